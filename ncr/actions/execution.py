"""Carrying the decision out: postings asked of the ERP, and what follows when it has posted."""

from decimal import Decimal
from typing import Any

from django.db import transaction

from qms.commands import actions as commands
from qms.commands.choices import Kind, Place
from qms.commands.models import Posting
from qms.lib.clock import now
from qms.records import actions as records

from ..choices import Disposition
from ..models import Hold, Nonconformance
from .holds import changed, in_base_unit


def execute(*, ncr: Nonconformance, by: Any, version: int | None = None) -> Nonconformance:
    """Ask the ERP for one movement per scrap line and for the release of what is used as is.

    Without anything to post (nothing held, nothing scrapped) execution is complete at once.
    """

    def ask(row: Nonconformance) -> None:
        held = _held(row)
        scrapped = _ask_scrap(row, held=bool(held), by=by)
        _ask_release(row, held, scrapped, by=by)

    with transaction.atomic():
        row = records.step(record=ncr, name="execute", by=by, version=version, after=ask)
        complete_if_posted(ncr=row, by=by)
    row.refresh_from_db()
    return row


def _held(ncr: Nonconformance) -> list[Hold]:
    return list(ncr.holds.filter(state="ACTIVE").select_related("lot").order_by("pk"))


def _ask_scrap(ncr: Nonconformance, *, held: bool, by: Any) -> Decimal:
    total = Decimal()
    for line in ncr.lines.filter(kind=Disposition.SCRAP):
        commands.request_posting(
            record=ncr,
            kind=Kind.SCRAP,
            purpose=f"line:{line.line}:{ncr.round}",
            lot=ncr.lot,
            quantity=in_base_unit(ncr, line.quantity),
            from_place=Place.QUARANTINE if held else Place.STORAGE,
            by=by,
        )
        total += line.quantity
    return total


def _ask_release(ncr: Nonconformance, holds: list[Hold], scrapped: Decimal, *, by: Any) -> None:
    """Every hold ends: its stock is scrapped as far as the lines say, and the rest goes back to storage."""
    left = scrapped
    for hold in holds:
        taken = min(left, hold.quantity)
        left -= taken
        if rest := hold.quantity - taken:
            commands.request_posting(
                record=ncr,
                kind=Kind.RELEASE,
                purpose=f"hold:{hold.pk}:release",
                lot=hold.lot,
                quantity=in_base_unit(ncr, rest),
                by=by,
            )
        records.system_step(record=hold, name="end", by=by, payload=changed)


def acknowledge(*, posting: Posting, by: Any) -> None:
    """The ERP has posted: a placed hold becomes active, a finished execution goes to verification."""
    ncr = Nonconformance.objects.filter(pk=posting.record_key).first()
    if ncr is None:
        return
    kind, key, *rest = posting.purpose.split(":")
    if kind == "hold":
        _hold_posted(Hold.objects.get(pk=key), rest[0], by)
    complete_if_posted(ncr=ncr, by=by)


def _hold_posted(hold: Hold, what: str, by: Any) -> None:
    if what == "place" and hold.state == "REQUESTED":
        records.system_step(record=hold, name="activate", by=by, change=_stamp("active_at"), payload=changed)
        ncr = Nonconformance.objects.get(pk=hold.ncr_id)
        if ncr.state == "OPEN" and ncr.containment == "confirmed":
            records.system_step(record=ncr, name="contain", by=by)
    elif what == "release" and hold.state == "RELEASE_REQUESTED" and hold.ncr.state != "IN_EXECUTION":
        records.system_step(record=hold, name="release", by=by, change=_stamp("released_at"), payload=changed)


def _stamp(field: str) -> Any:
    def change(row: Any) -> tuple[str, ...]:
        setattr(row, field, now())
        return (field,)

    return change


def complete_if_posted(*, ncr: Nonconformance, by: Any) -> None:
    """In execution with every posting posted → holds released, verification."""
    row = records.locked(ncr)
    if row.state != "IN_EXECUTION" or row.unposted():
        return
    for hold in row.holds.filter(state="RELEASE_REQUESTED"):
        records.system_step(record=hold, name="release", by=by, change=_stamp("released_at"), payload=changed)
    records.system_step(record=row, name="complete", by=by)
