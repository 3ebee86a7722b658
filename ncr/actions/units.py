"""What came under a name nobody knew, once somebody has said what it means: a unit of a quantity, a work center."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from qms import journal
from qms.lib.errors import Invalid
from qms.masterdata.models import Unit, WorkCenter
from qms.records import actions as records

from .. import events
from ..models import Nonconformance


def correct_unit(*, ncr: Nonconformance, unit: str, by: Any, reason: str) -> Nonconformance:
    """The quantity stays as it was sent; only what its unit is worth in the part's own is added. Raises Invalid when that
    cannot be said, Conflict when the record is not open for edits any more."""

    def change(row: Nonconformance) -> tuple[str, ...]:
        row.base_unit, row.unit_factor = row.item.unit, factor(row.item.unit, unit)
        return ("base_unit", "unit_factor")

    return records.step(record=ncr, name="edit", by=by, reason=reason, cause=None, change=change)


def fill_work_center(*, ncr: Nonconformance, number: str, by: Any) -> bool:
    """The name that the MES had given means this center now. Into a record that has none and is still open; whoever decides it sees
    the center, nobody's decision is touched. False where there is nothing to fill."""
    here = Q(site=ncr.site_id) | Q(site=None)
    center = WorkCenter.objects.live().filter(here, number=number).order_by("pk").first()
    with transaction.atomic():
        row: Nonconformance = records.locked(ncr)
        if center is None or row.work_center_id or row.workflow.state(row.state).final:
            return False
        with journal.act(events.WORK_CENTER_FILLED, by=by) as act:
            row.work_center, row.version = center, row.version + 1
            row.save(update_fields=["work_center", "version"])
            act.record(row, events.WorkCenterFilled(row.number, center.number))
    return True


def factor(base: Unit | None, number: str) -> Decimal:
    given = Unit.objects.live().filter(number=number).first()
    if base and given and given.number == base.number:
        return Decimal(1)
    if base and given and base.factor and given.factor and base.category == given.category:
        return (given.factor / base.factor).quantize(Decimal("1e-12"))
    raise Invalid(
        _("%(unit)s cannot be converted to the part's unit %(own)s.")
        % {"unit": number, "own": base.number if base else "–"},
        hint=_("Map the name to a unit of the same kind, or leave the record as it is."),
    )
