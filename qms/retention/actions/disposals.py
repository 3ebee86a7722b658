"""Disposal by two people. Nothing is deleted: the record is no more shown, found or exported; its tombstone and its trail stay."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts.models import Site
from qms.lib.errors import Conflict, Invalid
from qms.lib.ids import uuid7
from qms.office.models import Notification
from qms.records import actions as records
from qms.records.actions import Signing
from qms.records.models import RetentionClass, Tombstone
from qms.records.reasons import check_reason

from .. import events, named
from ..models import Disposal
from ..obstacles import against, rows
from .holds import check_site

RIGHT = "disposal.propose"


def draft(*, by: Any, site: Site, reason: str, numbers: Iterable[str], uid: UUID | None = None) -> Disposal:
    """Prepared, not yet proposed. Raises Conflict, and the attempt stands in the trail, where one of them is to be kept."""
    check_site(by=by, site=site, right=RIGHT)
    if uid and (known := Disposal.objects.filter(uid=uid, created_by=by).first()):
        return known
    check_reason(reason)
    found = named.chosen(site, by, numbers=numbers)
    _check(found, by)
    with journal.act(events.DISPOSAL_DRAFTED, by=by, reason=reason) as act:
        made = Disposal.objects.create(
            uid=uid or uuid7(),
            site=site,
            state="DRAFT",
            created_by=by,
            reason=reason.strip(),
            numbers=sorted(row.number for row in found),
        )
        act.record(made, told(made))
    return made


def _check(found: Iterable[Any], by: Any) -> None:
    for row in found:
        if why := against(row):
            with journal.act(events.DISPOSAL_REFUSED, by=by) as act:
                act.record(row, events.DisposalRefused(number=row.number, why=why))
            raise Conflict(why, hint=_("A record is disposed of at the end of its retention only."), code="kept")


def propose(*, disposal: Disposal, by: Any, signing: Signing | None = None, version: int | None = None) -> Disposal:
    """The first signature."""

    def signed(row: Disposal, made: Any) -> tuple[str, ...]:
        row.proposed_by, row.proposal = by, made
        return ("proposed_by", "proposal")

    return _step(disposal, "propose", by, version=version, signing=signing, signed=signed)


def approve(*, disposal: Disposal, by: Any, signing: Signing | None = None, version: int | None = None) -> Disposal:
    """The second signature, by another person: the records are disposed of in the same moment, or none of them."""

    def signed(row: Disposal, made: Any) -> tuple[str, ...]:
        row.approved_by, row.approval = by, made
        return ("approved_by", "approval")

    return _step(disposal, "approve", by, version=version, signing=signing, signed=signed, after=_dispose)


def _dispose(disposal: Disposal) -> None:
    found = rows(disposal.numbers)
    if len(found) != len(disposal.numbers):
        raise Invalid(_("Some of the records were disposed of already."), hint=_("Cancel this disposal."))
    by = disposal.approved_by
    for row in found:
        label = row._meta.label_lower
        with journal.act(events.RECORD_DISPOSED, by=by, reason=disposal.reason) as act:
            stone = Tombstone.objects.create(
                record_type=label,
                record_key=row.pk,
                number=row.number,
                site_id=row.site_id,
                recorded_at=row.created_at,
                retention=RetentionClass.objects.get(record_type=label),
                disposal_number=disposal.number,
                proposed_by=disposal.proposed_by,
                approved_by=by,
                proposal=disposal.proposal,
                approval=disposal.approval,
            )
            stone.refresh_from_db(fields=["kept_until"])
            assert stone.kept_until  # the trigger has set it
            act.record(row, events.DisposedOf(disposal=disposal.number, kept_until=stone.kept_until.isoformat()))
        Notification.objects.filter(record_type=label, record_key=str(row.pk)).delete()


def cancel(*, disposal: Disposal, by: Any, reason: str, version: int | None = None) -> Disposal:
    return _step(disposal, "cancel", by, version=version, reason=reason)


def _step(disposal: Disposal, name: str, by: Any, **options: Any) -> Disposal:
    row: Disposal = records.step(record=disposal, name=name, by=by, payload=told, **options)
    return row


def told(disposal: Disposal) -> events.Disposing:
    return events.Disposing(disposal=disposal.number, records=len(disposal.numbers))


DISPOSAL_STEPS = {"propose": propose, "approve": approve, "cancel": cancel}
