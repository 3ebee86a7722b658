"""Reworked and repaired pieces of a nonconformance: inspected by a plan, whose usage decision ends the loop of its line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from ncr import actions as ncr
from ncr.actions.holds import in_base_unit
from ncr.models import ReworkLoop
from qms.lib.errors import Invalid
from qms.lib.quantity import show

from ..choices import Usage
from ..models import Inspection, InspectionPlan

WHOLE = ({Usage.UNRESTRICTED}, {Usage.REWORK})


def quantity_of(loop: ReworkLoop) -> Decimal:
    """In the part's own unit. Raises Invalid where that is not exact."""
    return in_base_unit(loop.line.ncr, loop.quantity)


def waiting(**where: Any) -> Any:
    """Loops whose work is done, and that nobody re-inspects yet, oldest first."""
    rows = ReworkLoop.objects.filter(result="", reference="", line__ncr__state="IN_EXECUTION", **where)
    return rows.select_related("line__ncr__item__unit", "line__ncr__lot", "line__ncr__supplier").order_by("pk")


def check(plan: InspectionPlan, loop: ReworkLoop, quantity: Decimal) -> None:
    """Raises Invalid for other pieces than those of the loop."""
    of = loop.line.ncr
    if of.item_id != plan.item_id or of.site_id != plan.site_id:
        raise Invalid(
            _("%(number)s is about another part or site than the plan.") % {"number": of.number}, field="rework"
        )
    if quantity != (wanted := quantity_of(loop)):
        raise Invalid(
            _("Loop %(loop)s of %(number)s has %(wanted)s pieces, not %(quantity)s.")
            % {"loop": loop, "number": of.number, "wanted": show(wanted), "quantity": show(quantity)},
            field="quantity",
            hint=_(
                "All pieces of a loop are inspected together; rework that is recorded in parts has a loop for each."
            ),
        )


def check_parts(inspection: Inspection, kinds: Sequence[str]) -> None:
    """Raises Invalid: the loop ends for all of its pieces alike."""
    if set(kinds) not in WHOLE:
        raise Invalid(
            _("Reworked pieces are decided whole: unrestricted use, or rework once more."),
            field="lines",
            hint=_(
                "Scrap, return and use as is are decided by %(number)s. Record the rework in parts to decide in parts."
            )
            % {"number": inspection.rework.line.ncr.number if inspection.rework else ""},
            code="rework_is_whole",
        )


def settle(inspection: Inspection, *, by: Any) -> None:
    """The line of the nonconformance follows from the signed decision."""
    assert inspection.rework and inspection.decision
    is_good = inspection.usage.filter(kind=Usage.UNRESTRICTED).exists()
    ncr.settle_loop(loop=inspection.rework, is_good=is_good, signature=inspection.decision, by=by)


def given(loop: ReworkLoop) -> dict[str, Any]:
    """What an inspection of it is begun with."""
    of = loop.line.ncr
    return {
        "rework": loop, "quantity": quantity_of(loop), "lot": of.lot, "lot_number": of.lot_number, "supplier": of.supplier,
        "arrived_at": loop.done_at,
    }  # fmt: skip


def asked(plans: Any) -> Iterator[ReworkLoop]:
    """Loops of the parts of these plans."""
    items = plans.values("item", "site").distinct()
    where = Q()
    for one in items:
        where |= Q(line__ncr__item=one["item"], line__ncr__site=one["site"])
    yield from waiting().filter(where)[:500] if where else ()
