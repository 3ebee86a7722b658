"""Acts on postings. People request, retry and cancel them; only the relay says sent, posted or refused."""

from typing import Any

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.lib.clock import now
from qms.lib.errors import Invalid
from qms.lib.quantity import show
from qms.records.actions import check_reason, locked
from qms.workflow.apply import apply, check

from . import events
from .choices import Kind, Place
from .models import Posting

RELAY = journal.Actor(id="system:relay", name="Relay")
ROUTES = {
    Kind.HOLD: (Place.STORAGE, Place.QUARANTINE),
    Kind.RELEASE: (Place.QUARANTINE, Place.STORAGE),
    Kind.SCRAP: (Place.QUARANTINE, Place.SCRAP),
}


def request_posting(
    *, record: Any, kind: Kind, purpose: str, lot: Any, quantity: Any, by: Any, from_place: Place | None = None
) -> Posting:
    """Queue a movement of `quantity` (in the item's own unit) of a lot, inside the caller's transaction.

    Raises Invalid when the lot is not known to an ERP, since nothing could be moved there.
    """
    item = lot.item if lot else None
    if item is None or item.unit is None:
        raise Invalid(
            _("The lot is not known from the ERP, so it cannot be moved there."),
            field="lot",
            hint=_("Wait for the next synchronisation or choose a lot that the ERP knows."),
        )
    source, target = ROUTES[kind]
    with journal.act(events.REQUESTED, by=by) as act:
        posting = Posting.objects.create(
            reference=next_reference(record),
            kind=kind,
            record_type=record._meta.label_lower,
            record_key=str(record.pk),
            record_number=record.number,
            purpose=purpose,
            site_id=record.site_id,
            target=lot.source,
            item=item,
            lot=lot,
            quantity=quantity,
            unit=item.unit,
            from_place=from_place or source,
            to_place=target,
            requested_by_id=by.pk if hasattr(by, "pk") else None,
        )
        act.record(posting, _requested(posting))
    return posting


def next_reference(record: Any) -> str:
    """NCR26000123-02: the record's number without dashes and the intent's number; the record's row is locked by the caller."""
    count = Posting.objects.of(record).count() + 1
    return f"{record.number.replace('-', '')}-{count:02d}"


def _requested(posting: Posting) -> events.Requested:
    return events.Requested(
        reference=posting.reference,
        kind=posting.kind,
        record=posting.record_number,
        target=posting.target,
        item=posting.item.number,
        lot=posting.lot.number if posting.lot else "",
        quantity=show(posting.quantity),
        unit=posting.unit.number,
        from_place=posting.from_place,
        to_place=posting.to_place,
    )


def _moved(posting: Posting) -> events.Moved:
    return events.Moved(
        reference=posting.reference,
        kind=posting.kind,
        record=posting.record_number,
        target=posting.target,
        document=posting.document_number,
        problem=posting.problem,
    )


def _step(posting: Posting, name: str, *, by: Any, reason: str = "", **values: Any) -> Posting:
    transition = posting.workflow.transition(name)
    with journal.act(journal.EVENTS[transition.event], by=by, reason=reason) as act:
        row = locked(posting)
        check(row, transition)
        for field, value in values.items():
            setattr(row, field, value)
        apply(row, transition, fields=tuple(values))
        act.record(row, _moved(row))
    return row


def mark_sent(*, posting: Posting) -> Posting:
    return _step(posting, "send", by=RELAY, sent_at=now())


def mark_posted(
    *, posting: Posting, document_number: str, document_id: str, read_back: str, by: Any = RELAY
) -> Posting:
    """The ERP has posted and was read back. `read_back` is what stands in the ERP now, canonical JSON."""
    return _step(
        posting,
        "post",
        by=by,
        document_number=document_number,
        document_id=document_id,
        read_back=read_back,
        posted_at=now(),
        problem="",
        problem_code="",
    )


def mark_failed(*, posting: Posting, code: str, problem: str, by: Any = RELAY) -> Posting:
    """Permanent: a person must decide."""
    return _step(posting, "fail", by=by, problem_code=code[:40], problem=problem)


def retry(*, posting: Posting, by: Any) -> Posting:
    access.check(by, "interface.operate", posting)
    return _step(posting, "retry", by=by)


def cancel(*, posting: Posting, by: Any, reason: str) -> Posting:
    access.check(by, "interface.operate", posting)
    check_reason(reason)
    return _step(posting, "cancel", by=by, reason=reason)
