"""Carrying the decision out: postings asked of the ERP part by part, and what follows when it has posted."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qms import journal
from qms.commands import actions as commands
from qms.commands.choices import Kind
from qms.commands.models import Command, Posting
from qms.lib.clock import now
from qms.lib.errors import Invalid
from qms.lib.quantity import show
from qms.records import actions as records

from .. import events
from ..models import DispositionLine, Hold, Nonconformance
from ..queries import stock
from .holds import changed, in_base_unit, request_hold
from .rules import line_of


def execute(*, ncr: Nonconformance, by: Any, in_parts: bool = False, version: int | None = None) -> Nonconformance:
    """Ask the ERP for what the lines say: what leaves first, then what is released. Rework and repair wait for their
    re-inspection. `in_parts`: ask nothing yet, each part is asked for by `carry_out`.

    Without anything to post (nothing held, nothing leaves) execution is complete at once.
    """

    def ask(row: Nonconformance) -> None:
        _credit(row)
        lines = [] if in_parts else [line for line in row.current_lines() if not line.rule.reinspected]
        for line in sorted(lines, key=lambda line: not line.rule.leaves):
            if line.remaining:
                ask_part(row, line, line.remaining, by=by)
        _release_excess(row, by=by)

    records.check_step(ncr, ncr.workflow.transition("execute"), by)
    with transaction.atomic():
        row = records.step(record=ncr, name="execute", by=by, version=version, after=ask)
        complete_if_posted(ncr=row, by=by)
    row.refresh_from_db()
    return row


def carry_out(
    *,
    ncr: Nonconformance,
    by: Any,
    line: int | None = None,
    quantity: Decimal | None = None,
    version: int | None = None,
) -> Nonconformance:
    """One part of a line, everything that remains of it unless told; a posting of its own under its own reference."""
    asked: list[tuple[DispositionLine, Decimal]] = []

    def ask(row: Nonconformance) -> None:
        fitting = [one for one in row.current_lines() if one.remaining and not one.rule.reinspected]
        found = line_of(row, line, fitting)
        part = found.remaining if quantity is None else quantity
        ask_part(row, found, part, by=by)
        asked.append((found, part))

    def told(row: Nonconformance) -> events.LineMoved:
        return moved(row, *asked[0])

    records.check_step(ncr, ncr.workflow.transition("carry-out"), by)
    with transaction.atomic():
        row = records.step(record=ncr, name="carry-out", by=by, version=version, after=ask, payload=told)
        complete_if_posted(ncr=row, by=by)
    row.refresh_from_db()
    return row


def moved(ncr: Nonconformance, line: DispositionLine, quantity: Decimal) -> events.LineMoved:
    return events.LineMoved(
        number=ncr.number,
        line=line.line,
        kind=line.kind,
        quantity=show(quantity),
        unit=ncr.unit,
        done=show(line.done_quantity),
    )


def ask_part(ncr: Nonconformance, line: DispositionLine, quantity: Decimal, *, by: Any) -> None:
    """Ask the ERP for a part. What needs no movement (never held, used as it lies) is done at once."""
    if not 0 < quantity <= line.remaining:
        raise Invalid(
            _("%(quantity)s are asked for, but %(remaining)s of line %(line)s remain.")
            % {"quantity": show(quantity), "remaining": show(line.remaining), "line": line.line},
            field="quantity",
            hint=_("Give a quantity above zero, and no more than what remains."),
        )
    waiting = Decimal()
    for lot, amount, place in stock.draw(ncr, line, quantity):
        commands.request_posting(
            record=ncr,
            kind=Kind(line.rule.moves),
            purpose=f"line:{line.line}:{line.edition}:{show(amount)}",
            lot=lot,
            quantity=in_base_unit(ncr, amount),
            from_place=place,
            to_item=line.item,
            supplier=line.supplier,
            by=by,
        )
        waiting += amount
    line.asked_quantity += quantity
    line.done_quantity += quantity - waiting
    line.save(update_fields=["asked_quantity", "done_quantity"])


def _credit(ncr: Nonconformance) -> None:
    """What an earlier edition has scrapped, returned or regraded counts: only the difference is posted."""
    left = ncr.gone_before()
    for line in ncr.current_lines():
        key = (line.kind, line.item_id)
        if not (credit := min(left.get(key, Decimal()), line.quantity)):
            continue
        left[key] -= credit
        line.asked_quantity = line.done_quantity = credit
        before = ncr.lines.filter(edition=ncr.edition - 1, kind=line.kind).exclude(evidence="").first()
        if before and credit == line.quantity:
            line.evidence, line.evidence_by, line.evidence_at = before.evidence, before.evidence_by, before.evidence_at
            line.evidence_file = before.evidence_file
        line.save()


def _release_excess(ncr: Nonconformance, *, by: Any) -> bool:
    """Held stock that no line decides about goes back to storage. Whether anything was asked."""
    asked = False
    for hold, amount in stock.excess(ncr):
        commands.request_posting(
            record=ncr,
            kind=Kind.RELEASE,
            purpose=f"hold:{hold.pk}:rest:{show(amount)}",
            lot=hold.lot,
            quantity=in_base_unit(ncr, amount),
            by=by,
        )
        asked = True
    return asked


def acknowledge(*, posting: Posting, by: Any) -> None:
    """The ERP has posted (or a person has answered for it): holds become active, lines progress, reversals take back."""
    ncr = Nonconformance.objects.filter(pk=posting.record_key).first()
    if ncr is None:
        return
    kind, key, *rest = posting.purpose.split(":")
    if kind == "hold":
        _hold_posted(Hold.objects.get(pk=key), rest[0], by)
    elif kind == "line":
        _progress(ncr, posting, by=by)
    elif kind == "reverse" and posting.reverses:
        _take_back(ncr, posting.reverses, was_done=True, by=by)
    complete_if_posted(ncr=ncr, by=by)


def withdrawn(*, posting: Posting, by: Any) -> None:
    """A posting was cancelled: its part of the line may be carried out anew; a release that was not moved leaves the hold."""
    ncr = Nonconformance.objects.filter(pk=posting.record_key).first()
    if ncr is None:
        return
    kind, key, *rest = posting.purpose.split(":")
    if kind == "line":
        _take_back(ncr, posting, was_done=False, by=by)
    elif kind == "hold" and rest[0] == "release":
        hold = Hold.objects.get(pk=key)
        if hold.state == "RELEASE_REQUESTED":
            records.system_step(record=hold, name="keep", by=by, payload=changed)


def _part(ncr: Nonconformance, posting: Posting) -> tuple[DispositionLine, Decimal]:
    _kind, number, edition, amount = posting.purpose.split(":")
    rows = DispositionLine.objects.select_for_update(of=("self",))
    return rows.get(ncr=ncr, line=int(number), edition=int(edition)), Decimal(amount)


def _progress(ncr: Nonconformance, posting: Posting, *, by: Any) -> None:
    line, amount = _part(ncr, posting)
    with journal.act(events.PROGRESSED, by=by) as act:
        line.done_quantity += amount
        line.save(update_fields=["done_quantity"])
        act.record(ncr, moved(ncr, line, amount))


def _take_back(ncr: Nonconformance, posting: Posting, *, was_done: bool, by: Any) -> None:
    if not posting.purpose.startswith("line:"):
        return
    line, amount = _part(ncr, posting)
    with journal.act(events.TAKEN_BACK, by=by) as act:
        line.done_quantity -= amount if was_done else Decimal()
        line.asked_quantity -= amount
        line.save(update_fields=["asked_quantity", "done_quantity"])
        act.record(ncr, moved(ncr, line, amount))


def confirmed(*, command: Command, by: Any) -> None:
    """A system of the shop floor said that it holds; when it was the last that was waited for, the hold becomes active."""
    kind, key, *rest = command.purpose.split(":")
    if kind == "hold" and command.kind == "hold":
        _hold_posted(Hold.objects.get(pk=key), rest[0], by)


def hold_in_place(*, ncr: Nonconformance, by: Any, reason: str, quantity: Decimal, lot: Any) -> Hold:
    """Hold what an inspection had moved into quarantine: active at once, unless the shop floor still has to say that it holds it."""
    hold = request_hold(ncr=ncr, by=by, reason=reason, quantity=quantity, lot=lot, lies_there=True)
    _hold_posted(hold, "place", by)
    return hold


def _hold_posted(hold: Hold, what: str, by: Any) -> None:
    if what == "place" and hold.state == "REQUESTED" and hold.is_placed():
        records.system_step(record=hold, name="activate", by=by, change=_stamp("active_at"), payload=changed)
        ncr = Nonconformance.objects.get(pk=hold.ncr_id)
        if ncr.state == "OPEN" and ncr.containment == "confirmed":
            records.system_step(record=ncr, name="contain", by=by)
    elif what == "release" and hold.state == "RELEASE_REQUESTED":
        records.system_step(record=hold, name="release", by=by, change=_stamp("released_at"), payload=changed)


def _stamp(field: str) -> Any:
    def change(row: Any) -> tuple[str, ...]:
        setattr(row, field, now())
        return (field,)

    return change


def complete_if_posted(*, ncr: Nonconformance, by: Any) -> None:
    """In execution, every line done and every posting posted → holds end, verification."""
    row = records.locked(ncr)
    if row.state != "IN_EXECUTION" or row.unposted() or row.undone() or _release_excess(row, by=by):
        return
    for hold in row.holds.filter(state__in=("ACTIVE", "RELEASE_REQUESTED")):
        if hold.state == "ACTIVE":
            records.system_step(record=hold, name="end", by=by, payload=changed)
        records.system_step(record=hold, name="release", by=by, change=_stamp("released_at"), payload=changed)
    records.system_step(record=row, name="complete", by=by)
