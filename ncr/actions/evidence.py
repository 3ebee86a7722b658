"""What has to be shown: the customer's approval before execution, and that scrap cannot be used any more."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from qms.lib.clock import now
from qms.lib.errors import Invalid
from qms.records import actions as records
from qms.records.models import Attachment

from .. import events
from ..models import DispositionLine, Nonconformance
from .execution import complete_if_posted
from .rules import line_of


@dataclass(frozen=True)
class Upload:
    """A file that comes with the act itself."""

    name: str
    content: bytes


def customer_approval(
    *,
    ncr: Nonconformance,
    by: Any,
    reference: str,
    file: UUID | None = None,
    upload: Upload | None = None,
    version: int | None = None,
) -> Nonconformance:
    """Keep the customer's word: its reference and the document, which is on the record already or comes along."""

    def keep(row: Nonconformance) -> tuple[str, ...]:
        if not reference.strip():
            raise Invalid(_("Name the customer's approval."), field="reference", hint=_("Its number or date."))
        row.customer_file = _file(row, by, file, upload, needed=True)
        row.customer_reference, row.customer_by, row.customer_at = reference.strip(), by, now()
        return ("customer_file", "customer_reference", "customer_by", "customer_at")

    def told(row: Nonconformance) -> events.CustomerApproved:
        name = row.customer_file.name if row.customer_file else ""
        return events.CustomerApproved(number=row.number, reference=row.customer_reference, file=name)

    return records.step(record=ncr, name="customer-approval", by=by, version=version, change=keep, payload=told)


def evidence(
    *,
    ncr: Nonconformance,
    by: Any,
    evidence: str,
    line: int | None = None,
    file: UUID | None = None,
    upload: Upload | None = None,
    version: int | None = None,
) -> Nonconformance:
    """How scrap was mutilated or marked; its line is not done without it (AS9100D 8.7.1)."""
    marked: list[DispositionLine] = []

    def keep(row: Nonconformance) -> tuple[str, ...]:
        found = line_of(row, line, [one for one in row.current_lines() if one.lacks_evidence])
        if len(evidence.strip()) < 4:
            raise Invalid(
                _("Say how the parts were mutilated or marked."),
                field="evidence",
                hint=_("For example: bore slotted, marked red, put into cage 3."),
            )
        found.evidence, found.evidence_by, found.evidence_at = evidence.strip(), by, now()
        found.evidence_file = _file(row, by, file, upload)
        found.save(update_fields=["evidence", "evidence_by", "evidence_at", "evidence_file"])
        marked.append(found)
        return ()

    def told(row: Nonconformance) -> events.LineTold:
        one = marked[0]
        name = one.evidence_file.name if one.evidence_file else ""
        return events.LineTold(number=row.number, line=one.line, kind=one.kind, loop=0, result="", reference=name)

    records.check_step(ncr, ncr.workflow.transition("evidence"), by)
    with transaction.atomic():
        row = records.step(record=ncr, name="evidence", by=by, version=version, change=keep, payload=told)
        complete_if_posted(ncr=row, by=by)
    row.refresh_from_db()
    return row


def _file(
    ncr: Nonconformance, by: Any, uid: UUID | None, upload: Upload | None, *, needed: bool = False
) -> Attachment | None:
    if upload:
        made = records.attach(record=ncr, name=upload.name, content=upload.content, by=by)
        ncr.version = type(ncr).objects.values_list("version", flat=True).get(pk=ncr.pk)
        return made
    found = next((one for one in ncr.files() if one.uid == uid), None) if uid else None
    if found is None and (needed or uid):
        raise Invalid(
            _("The document is missing."), field="file", hint=_("Attach it to the record, or choose one that is there.")
        )
    return found
