"""A quantity that came in a unit nobody knew, once somebody has said what the unit means."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from qms.lib.errors import Invalid
from qms.masterdata.models import Unit
from qms.records import actions as records

from ..models import Nonconformance


def correct_unit(*, ncr: Nonconformance, unit: str, by: Any, reason: str) -> Nonconformance:
    """The quantity stays as it was sent; only what its unit is worth in the part's own is added. Raises Invalid when that
    cannot be said, Conflict when the record is not open for edits any more."""

    def change(row: Nonconformance) -> tuple[str, ...]:
        row.base_unit, row.unit_factor = row.item.unit, factor(row.item.unit, unit)
        return ("base_unit", "unit_factor")

    return records.step(record=ncr, name="edit", by=by, reason=reason, cause=None, change=change)


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
