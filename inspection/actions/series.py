"""What a measured characteristic means here: said once, by a person."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.lib.errors import Forbidden, Invalid
from qms.masterdata.models import Item
from qms.records.actions import check_reason

from .. import events, queries
from ..models import Series

MAP = "measurement.map"


def name_series(
    *, series: Series, item: Item | None, characteristic: str, unit: str, factor: Decimal, by: Any, reason: str
) -> Series:
    """From now on, and for all its values so far. Unknown series of the same part of the source learn the part, too. Without a part it is
    a process parameter of the machine.

    `factor` is exact: how many `unit` one of the source's units is. Raises Invalid, Forbidden.
    """
    access.check(by, MAP, series)
    check_reason(reason)
    characteristic = characteristic.strip()
    if not characteristic:
        raise Invalid(_("Say which characteristic of the part this is."), field="characteristic")
    if item and item.site_id not in (None, series.site_id):
        raise Forbidden(_("This part belongs to another site."), hint=_("Choose a part of the site that measures."))
    _check_unit(series, item, characteristic, unit, factor)
    with journal.act(events.SERIES_NAMED, by=by, reason=reason) as act:
        row = Series.objects.select_for_update().get(pk=series.pk)
        row.item, row.characteristic, row.unit, row.factor = item, characteristic, unit.strip(), factor
        row.is_parameter = item is None
        row.save(update_fields=["item", "is_parameter", "characteristic", "unit", "factor"])
        act.record(row, _payload(row))
        if item is None:
            return row
        beside = Series.objects.filter(site_id=row.site_id, source=row.source, part_name=row.part_name, item=None)
        beside = beside.filter(is_parameter=False)
        beside.update(item=item)
    return row


def _check_unit(series: Series, item: Item | None, characteristic: str, unit: str, factor: Decimal) -> None:
    if factor <= 0:
        raise Invalid(_("The factor is above zero."), field="factor")
    if item is None:
        return
    first = queries.first_of(item_id=item.pk, characteristic=characteristic, but=series.pk)
    if first and first.unit != unit.strip():
        raise Invalid(
            _("Values of this characteristic stand in %(unit)s.") % {"unit": first.unit or "–"},
            field="unit",
            hint=_("Name that unit, and by what its values are to be multiplied."),
        )


def learn_meanings(*, by: Any) -> int:
    """Another look at what nobody knew: master data, or a mapping of a name, may have come since. Returns how many changed."""
    return sum(_learn(series, by) for series in Series.objects.unknown().order_by("pk"))


def _learn(series: Series, by: Any) -> bool:
    meaning = queries.meaning_of_series(series)
    if all(getattr(series, name) == value for name, value in meaning.items()):
        return False
    with journal.act(events.SERIES_NAMED, by=by) as act:
        for name, value in meaning.items():
            setattr(series, name, value)
        series.save(update_fields=list(meaning))
        act.record(series, _payload(series))
    return True


def _payload(row: Series) -> events.SeriesNamed:
    part = row.item.number if row.item else ""
    factor = "" if row.factor is None else format(row.factor.normalize(), "f")
    return events.SeriesNamed(str(row), part, row.characteristic, row.unit, factor)
