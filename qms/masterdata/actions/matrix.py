"""What can be done with a system-of-record matrix, and with what two systems say of a field."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts.models import Site
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.lib.ids import uuid7
from qms.records import actions as records
from qms.records.actions import Signing, check_reason

from .. import events
from ..models import FieldConflict, Matrix, Otherwise
from ..models.matrix import CONTENT
from ..ownership import ALL, shipped_rows, systems
from ..specs import SPECS
from ..workflow import EDIT

RESOLVE = "interface.resolve"
# Fields of an NCR that another system may tell.
NCR_FIELDS = (
    "affected_quantity", "description", "detected_by", "operation_id", "operation_name", "part_revision", "severity",
    "work_center_id",
)  # fmt: skip
MOST = 400


def draft_matrix(
    *, by: Any, site: Site, note: str, rows: Sequence[dict[str, str]] | None = None, uid: UUID | None = None
) -> Matrix:
    """The next edition of the site, with the rows of the one in use (else the shipped ones) where none are given.

    The same `uid` again returns the first one. Raises Forbidden, Invalid.
    """
    access.check(by, EDIT, Matrix(site=site))
    if uid and (known := Matrix.objects.filter(uid=uid, created_by=by).first()):
        return known
    base = Matrix.objects.filter(site=site, state="ACTIVE").first()
    told = list(rows) if rows is not None else (base.rows if base else [dict(row) for row in shipped_rows()])
    check_rows(told, site)
    with journal.act(events.MATRIX_DRAFTED, by=by) as act:
        Site.objects.select_for_update().get(pk=site.pk)  # two drafts at once get two editions
        last = Matrix.objects.filter(site=site).aggregate(n=Max("edition"))["n"]
        made = Matrix.objects.create(
            uid=uid or uuid7(), site=site, state="DRAFT", created_by=by, edited_by=by, edition=(last or 0) + 1,
            base=base, note=note, rows=told,
        )  # fmt: skip
        act.record(made, changed(made))
    return made


def edit(*, matrix: Matrix, by: Any, rows: Sequence[dict[str, str]], note: str = "", version: int | None = None) -> Any:
    check_rows(rows, matrix.site)

    def change(row: Matrix) -> tuple[str, ...]:
        row.rows, row.note, row.edited_by = list(rows), note or row.note, by
        return ("rows", "note", "edited_by")

    return _step(matrix, "edit", by, version=version, change=change)


def approve(*, matrix: Matrix, by: Any, signing: Signing | None, version: int | None = None) -> Matrix:
    """By a second person: never by whoever drafted or edited it (the database holds that too)."""

    def change(row: Matrix) -> tuple[str, ...]:
        row.approved_by = by
        row.approved_content = Matrix.objects.values_list(CONTENT, flat=True).get(pk=row.pk)
        return ("approved_by", "approved_content")

    return _step(matrix, "approve", by, version=version, signing=signing, change=change)


def send_back(*, matrix: Matrix, by: Any, reason: str, version: int | None = None) -> Matrix:
    def change(row: Matrix) -> tuple[str, ...]:
        row.approved_by, row.approved_content = None, ""
        return ("approved_by", "approved_content")

    return _step(matrix, "return", by, version=version, reason=reason, change=change)


def activate(*, matrix: Matrix, by: Any, version: int | None = None) -> Matrix:
    """It counts from now on; the edition that was in use retires in the same transaction."""

    def change(row: Matrix) -> tuple[str, ...]:
        if before := Matrix.objects.filter(site_id=row.site_id, state="ACTIVE").exclude(pk=row.pk).first():
            records.system_step(record=before, name="supersede", by=by, payload=changed)
        row.activated_at = now()
        return ("activated_at",)

    return _step(matrix, "activate", by, version=version, change=change)


def retire(*, matrix: Matrix, by: Any, reason: str, version: int | None = None) -> Matrix:
    """The shipped matrix counts again."""
    return _step(matrix, "retire", by, version=version, reason=reason)


def cancel(*, matrix: Matrix, by: Any, reason: str, version: int | None = None) -> Matrix:
    return _step(matrix, "cancel", by, version=version, reason=reason)


def _step(record: Matrix, name: str, by: Any, **options: Any) -> Matrix:
    row: Matrix = records.step(record=record, name=name, by=by, payload=changed, **options)
    return row


def changed(row: Matrix) -> events.MatrixChanged:
    return events.MatrixChanged(row.number, row.site.code, row.edition, len(row.rows))


def check_rows(rows: Sequence[dict[str, str]], site: Site) -> None:
    """Raises Invalid with the row that cannot be."""
    if not 1 <= len(rows) <= MOST:
        raise Invalid(_("A matrix has 1 to %(most)s rows.") % {"most": MOST}, field="rows")
    seen, known = set(), systems(site.pk)
    for place, row in enumerate(rows, 1):
        if why := _wrong(row, known) or (_("stands twice") if (row["object"], row["field"]) in seen else ""):
            raise Invalid(
                _("Row %(place)s: %(why)s.") % {"place": place, "why": why},
                field="rows",
                hint=_("Correct the row and save again."),
            )
        seen.add((row["object"], row["field"]))


def _wrong(row: dict[str, str], known: Container[str]) -> str:
    if set(row) != {"object", "field", "owner", "otherwise"} or not all(isinstance(v, str) for v in row.values()):
        return _("object, field, owner and otherwise are wanted")
    if row["object"] not in objects():
        return _("this object is not known here")
    if row["field"] not in (ALL, *fields_of(row["object"])):
        return _("the object has no field “%(field)s”") % {"field": row["field"]}
    if row["owner"] not in known:
        return _("“%(name)s” is neither a kind of system nor an interface of this site") % {"name": row["owner"]}
    if row["otherwise"] not in Otherwise.values:
        return _("owner or rule is not known")
    if row["otherwise"] == Otherwise.CONFLICT and row["object"] != "ncrs":
        return _("only of nonconformances a person decides; what is mirrored is refused or noted")
    return ""


def objects() -> tuple[str, ...]:
    return ("ncrs", *SPECS)


def fields_of(object: str) -> tuple[str, ...]:
    return NCR_FIELDS if object == "ncrs" else SPECS[object].columns


@dataclass(frozen=True)
class Said:
    """What `source` says of a field of ours; `message`: in which message."""

    record: Any
    object: str
    field: str
    source: str
    ours: str
    theirs: str
    message: str = ""


def disagree(*, said: Sequence[Said], by: Any, origin: str = "") -> None:
    """Into the queue, each question once: what is told anew replaces what the same system told before."""
    with journal.act(events.CONFLICT_OPENED, by=by, source=origin) as act:
        for one in said:
            row, _made = FieldConflict.objects.open().update_or_create(
                record_type=one.record._meta.label_lower, record_key=one.record.pk, field=one.field, source=one.source,
                defaults={"ours": one.ours, "theirs": one.theirs, "message": one.message}, create_defaults={
                    "ours": one.ours, "theirs": one.theirs, "message": one.message, "object": one.object,
                    "site_id": one.record.site_id, "record_number": one.record.number, "decided_at": None,
                },
            )  # fmt: skip
            act.record(row, told(row))


def decided(*, conflict: FieldConflict, decision: str, by: Any, reason: str) -> FieldConflict:
    """Closes the conflict; who takes theirs has written it by an act of the record before. Raises Conflict when it is decided."""
    access.check(by, RESOLVE, conflict)
    check_reason(reason)
    with journal.act(events.CONFLICT_DECIDED, by=by, reason=reason) as act:
        row: FieldConflict = FieldConflict.objects.select_for_update().get(pk=conflict.pk)
        if row.decided_at:
            raise Conflict(_("Somebody has decided it already."), code="decided")
        row.decision, row.reason, row.decided_at, row.decided_by = decision, reason, now(), by
        row.save(update_fields=["decision", "reason", "decided_at", "decided_by"])
        act.record(row, told(row))
    return row


def told(row: FieldConflict) -> events.Disagreed:
    return events.Disagreed(
        number=row.record_number, field=row.field, source=row.source, ours=row.ours, theirs=row.theirs,
        decision=str(row.get_decision_display()) if row.decision else "",
    )  # fmt: skip


MATRIX_STEPS: dict[str, Callable[..., Any]] = {
    "edit": edit,
    "approve": approve,
    "return": send_back,
    "activate": activate,
    "retire": retire,
    "cancel": cancel,
}
