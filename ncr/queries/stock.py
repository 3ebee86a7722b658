"""Where the pieces of a disposition lie and what has to move; quantities in the NCR's unit."""

from decimal import Decimal
from typing import Any

from qms.commands.models import Posting
from qms.masterdata.choices import Place

from ..models import DispositionLine, Hold, Nonconformance


def held(ncr: Nonconformance) -> list[tuple[Hold, Decimal]]:
    """Active holds, the NCR's own lot first, each with what nobody has asked to take out of quarantine yet."""
    holds = list(ncr.holds.filter(state="ACTIVE").select_related("lot__item__unit").order_by("pk"))
    postings = list(ncr.postings().prefetch_related("reversals"))
    left: dict[int, Decimal] = {lot: _taken(lot, holds, postings) for lot in {hold.lot_id for hold in holds}}
    found = []
    for hold in sorted(holds, key=lambda hold: (hold.lot_id != ncr.lot_id, hold.pk)):
        used = min(left[hold.lot_id], hold.quantity)
        left[hold.lot_id] -= used
        found.append((hold, hold.quantity - used))
    return found


def _taken(lot_id: int, holds: list[Hold], postings: list[Posting]) -> Decimal:
    """Since the first of the lot's active holds was placed; what came before belongs to holds that have ended."""
    places = {f"hold:{hold.pk}:place" for hold in holds if hold.lot_id == lot_id}
    since = min((p.pk for p in postings if p.purpose in places), default=0)
    return sum((_amount(p) for p in postings if p.lot_id == lot_id and p.pk > since and _takes(p)), Decimal())


def _takes(posting: Posting) -> bool:
    by_us = posting.purpose.startswith("line:") or ":rest:" in posting.purpose
    back = posting.reversed_by
    return (
        by_us
        and posting.from_place == Place.QUARANTINE
        and posting.state != "CANCELLED"
        and not (back and back.is_posted)
    )


def _amount(posting: Posting) -> Decimal:
    return Decimal(posting.purpose.rpartition(":")[2])


def draw(ncr: Nonconformance, line: DispositionLine, quantity: Decimal) -> list[tuple[Any, Decimal, Place]]:
    """(lot, quantity, place) of the movements that carry a part of the line out.

    Quarantine first, without what other lines still need of it. The rest lies in storage: it has to move when it
    leaves, and stays where it is when it is released.
    """
    rest = held(ncr)
    kept = Decimal() if line.rule.leaves else _wanted_by_others(ncr, line)
    free = max(sum((amount for _hold, amount in rest), Decimal()) - kept, Decimal())
    found: list[tuple[Any, Decimal, Place]] = []
    for hold, amount in rest:
        take = min(amount, quantity, free)
        if take:
            found.append((hold.lot, take, Place.QUARANTINE))
            quantity, free = quantity - take, free - take
    if quantity and line.rule.leaves:
        found.append((ncr.lot, quantity, Place.STORAGE))
    return found


def _wanted_by_others(ncr: Nonconformance, line: DispositionLine) -> Decimal:
    others = [one for one in ncr.current_lines() if one.pk != line.pk]
    return sum((one.remaining for one in others if one.rule.leaves or one.rule.reinspected), Decimal())


def excess(ncr: Nonconformance) -> list[tuple[Hold, Decimal]]:
    """Held stock that no line decides about, from the last hold backwards."""
    rest = held(ncr)
    wanted = sum((line.remaining for line in ncr.current_lines()), Decimal())
    over = sum((amount for _hold, amount in rest), Decimal()) - wanted
    found = []
    for hold, amount in reversed(rest):
        if (take := min(amount, over)) > 0:
            found.append((hold, take))
            over -= take
    return found
