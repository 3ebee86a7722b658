"""Acts on postings. People request, retry, cancel and reverse them; only the relay says sent, posted or refused."""

from typing import Any

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access, refusals
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.lib.quantity import show
from qms.masterdata.choices import Place
from qms.records.actions import check_reason, locked
from qms.workflow.apply import apply, check

from . import events
from .choices import AMBIGUOUS, Kind
from .models import Posting

RELAY = journal.Actor(id="system:relay", name="Relay")
ROUTES = {
    Kind.HOLD: (Place.STORAGE, Place.QUARANTINE),
    Kind.RELEASE: (Place.QUARANTINE, Place.STORAGE),
    Kind.SCRAP: (Place.QUARANTINE, Place.SCRAP),
    Kind.RETURN: (Place.QUARANTINE, Place.SUPPLIER),
    Kind.REGRADE: (Place.QUARANTINE, Place.STORAGE),
}


def request_posting(
    *,
    record: Any,
    kind: Kind,
    purpose: str,
    lot: Any,
    quantity: Any,
    by: Any,
    from_place: Place | None = None,
    to_item: Any = None,
    supplier: Any = None,
) -> Posting:
    """Queue a movement of `quantity` (in the item's own unit) of a lot, inside the caller's transaction.

    Raises Invalid when the lot is not known to an ERP, since nothing could be moved there, or lies at another site.
    """
    _check_lot(record, lot)
    source, target = ROUTES[kind]
    return _queue(
        record,
        by,
        kind=kind,
        purpose=purpose,
        target=lot.source,
        item=lot.item,
        lot=lot,
        quantity=quantity,
        unit=lot.item.unit,
        from_place=from_place or source,
        to_place=target,
        to_item=to_item,
        supplier=supplier,
    )


def request_supplier_mark(
    *, record: Any, supplier: Any, is_blocked: bool, purpose: str, reason: str, by: Any
) -> Posting:
    """Ask the ERP of the supplier to block it for new orders, or to lift that, inside the caller's transaction."""
    return _queue(
        record,
        by,
        kind=Kind.BLOCK if is_blocked else Kind.UNBLOCK,
        purpose=purpose,
        target=supplier.source,
        supplier=supplier,
        marks=supplier.number,
        reason=reason,
    )


def request_shipment_mark(*, record: Any, shipment: Any, is_blocked: bool, purpose: str, by: Any) -> Posting:
    """Ask the ERP of the shipment to keep it in the house, or to let it go, inside the caller's transaction."""
    return _queue(
        record,
        by,
        kind=Kind.SHIP_BLOCK if is_blocked else Kind.SHIP_RELEASE,
        purpose=purpose,
        target=shipment.source,
        marks=shipment.external_id,
        code=shipment.number,
    )


def request_decision(*, record: Any, lot: Any, code: str, purpose: str, by: Any, marks: str = "") -> Posting:
    """Ask the ERP for the usage decision `code` (its own word, such as A or R) of a lot that it keeps, inside the caller's
    transaction. `marks`: its key of the inspection lot, where that is another than the lot's own. It is said once, for ever."""
    if lot.site_id not in (None, record.site_id):
        raise Invalid(_("Lot %(lot)s lies at another site.") % {"lot": lot.number}, field="lot")
    return _queue(
        record,
        by,
        kind=Kind.DECISION,
        purpose=purpose,
        target=lot.source,
        lot=lot,
        marks=marks or lot.external_id,
        code=code,
    )


def _check_lot(record: Any, lot: Any) -> None:
    if lot is None or lot.item is None or lot.item.unit is None:
        raise Invalid(
            _("The lot is not known from the ERP, so it cannot be moved there."),
            field="lot",
            hint=_("Wait for the next synchronisation or choose a lot that the ERP knows."),
        )
    if lot.site_id not in (None, record.site_id):
        raise Invalid(
            _("Lot %(lot)s lies at another site.") % {"lot": lot.number},
            field="lot",
            hint=_("Choose a lot of this site, or report the nonconformance there."),
        )


def _queue(record: Any, by: Any, **values: Any) -> Posting:
    with journal.act(events.REQUESTED, by=by, reason=values.get("reason", "")) as act:
        posting = Posting.objects.create(
            reference=next_reference(record),
            record_type=record._meta.label_lower,
            record_key=str(record.pk),
            record_number=record.number,
            site_id=record.site_id,
            requested_by_id=by.pk if hasattr(by, "pk") else None,
            **values,
        )
        act.record(posting, _requested(posting))
    return posting


def reverse(*, posting: Posting, record: Any, by: Any, reason: str) -> Posting:
    """Ask the ERP for the counter movement, under a reference of its own; the original stays as it is.

    Raises Conflict for what is not posted or reversed already.
    """
    access.check(by, "posting.reverse", posting)
    check_reason(reason)
    row = locked(posting)
    _check_reversible(row)
    return _queue(
        record,
        by,
        kind=Kind.REVERSAL,
        purpose=f"reverse:{row.pk}",
        target=row.target,
        item=row.to_item or row.item,
        lot=row.lot,
        quantity=row.quantity,
        unit=row.unit,
        from_place=row.to_place,
        to_place=row.from_place,
        to_item=row.item if row.to_item else None,
        supplier=row.supplier,
        reverses=row,
        reason=reason,
    )


def _check_reversible(row: Posting) -> None:
    if row.kind == Kind.REVERSAL:
        raise Conflict(
            _("%(reference)s is a reversal itself.") % {"reference": row.reference},
            hint=_("Ask for the movement anew instead."),
            code="is_reversal",
        )
    if not row.is_posted:
        raise Conflict(
            _("%(reference)s is not posted, so there is nothing to reverse.") % {"reference": row.reference},
            hint=_("Ask to cancel it instead."),
            code="not_posted",
        )
    if other := row.reversed_by:
        raise Conflict(
            _("%(reference)s is reversed already, by %(other)s.")
            % {"reference": row.reference, "other": other.reference},
            code="reversed",
        )


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
        item=posting.item.number if posting.item else "",
        lot=posting.lot.number if posting.lot else "",
        quantity=show(posting.quantity) if posting.quantity else "",
        unit=posting.unit.number if posting.unit else "",
        from_place=posting.from_place,
        to_place=posting.to_place,
        to_item=posting.to_item.number if posting.to_item else "",
        reverses=posting.reverses.reference if posting.reverses else "",
        supplier=posting.supplier.number if posting.supplier else "",
        code=posting.code,
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


def mark_accepted(*, posting: Posting, document_number: str, document_id: str, by: Any = RELAY) -> Posting:
    """The ERP has taken the movement under this number and has not posted it yet."""
    return _step(posting, "accept", by=by, document_number=document_number, document_id=document_id)


def mark_reconciled(*, posting: Posting, read_back: str) -> Posting:
    """Read again later: the document still stands in the ERP and says what was asked."""
    return _step(posting, "reconcile", by=RELAY, read_back=read_back)


def mark_failed(*, posting: Posting, code: str, problem: str, by: Any = RELAY) -> Posting:
    """Permanent: a person must correct the cause, or decide where the answer leaves open what happened."""
    name = "doubt" if code in AMBIGUOUS or posting.state == "CANCEL_REQUESTED" else "fail"
    return _step(posting, name, by=by, problem_code=code[:40], problem=problem)


def retry(*, posting: Posting, by: Any) -> Posting:
    access.check(by, "interface.operate", posting)
    return _step(posting, "retry", by=by)


def resend(*, posting: Posting, by: Any, reason: str) -> Posting:
    """The ERP has lost the document. The reference is looked for before anything is made, so it never stands there twice."""
    access.check(by, "interface.operate", posting)
    check_reason(reason)
    return _step(
        posting, "resend", by=by, reason=reason, document_number="", document_id="", sent_at=None, posted_at=None
    )


def cancel(*, posting: Posting, by: Any, reason: str) -> Posting:
    access.check(by, "interface.operate", posting)
    check_reason(reason)
    return _step(posting, "cancel", by=by, reason=reason)


def request_cancel(*, posting: Posting, by: Any, reason: str) -> Posting:
    """Ask for the cancellation. What never left is cancelled at once; what was sent waits for the ERP's answer.

    Raises Conflict with the document number when the ERP has posted already.
    """
    access.check(by, "posting.cancel", posting)
    check_reason(reason)
    row = locked(posting)
    if row.is_posted:
        raise Conflict(
            _("%(reference)s is posted already, as document %(document)s.")
            % {"reference": row.reference, "document": row.document_number},
            hint=_("Reverse it instead: the ERP then posts the counter movement."),
            code="already_posted",
        )
    asked = _step(row, "request-cancel", by=by, reason=reason)
    return mark_cancelled(posting=asked) if asked.sent_at is None else asked


def mark_cancelled(*, posting: Posting) -> Posting:
    """Nothing stands in the ERP under this reference, or what stood there is cancelled."""
    return _step(posting, "confirm-cancel", by=RELAY, problem="", problem_code="")


def refuse_cancel(*, posting: Posting, document_number: str, document_id: str, read_back: str) -> Posting:
    """The ERP had posted before it could be asked to cancel: posted it is, and that is said."""
    row = mark_posted(posting=posting, document_number=document_number, document_id=document_id, read_back=read_back)
    with journal.act(events.CANCEL_REFUSED, by=RELAY) as act:
        act.record(row, _moved(row))
    return row


def skip(*, posting: Posting, by: Any, reason: str, signature: Any) -> Posting:
    """The QMS goes on without this movement; who asked for it may not skip it. The signature stands on the record."""
    _check_answer(posting, by)
    return _step(posting, "skip", by=by, reason=reason, answered_by=by, answered_with=signature)


def record_document(*, posting: Posting, by: Any, reason: str, document_number: str, signature: Any) -> Posting:
    """A person has posted the movement in the ERP by hand, and signs for its document number."""
    _check_answer(posting, by)
    if not document_number.strip():
        raise Invalid(_("Give the document number of the ERP."), field="document_number")
    return _step(
        posting,
        "record",
        by=by,
        reason=reason,
        document_number=document_number.strip(),
        posted_at=now(),
        answered_by=by,
        answered_with=signature,
    )


def _check_answer(posting: Posting, by: Any) -> None:
    access.check(by, "posting.answer", posting)
    if posting.requested_by_id == by.pk:
        refusals.told(by=by, right="posting.answer", record=posting, why=refusals.DUTY)
        raise Forbidden(
            _("You asked for this posting, so you may not answer for the ERP."),
            code="segregation",
            hint=_("Another person must do this."),
        )
