"""Measured characteristics, and their values newest first."""

from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.lib.quantity import show
from qms.ui.filters import DateRange, Flag, Lookup, Text
from qms.ui.listspec import Column, ListSpec, Tab
from qms.ui.show import Mark

from ..choices import UNJUDGED, doubts
from ..models import Measurement, Series
from ..models.measurements import UNKNOWN

NAMED = Mark("known", _("Known"), "success")
UNNAMED = Mark("unknown", _("Needs mapping"), "warning")
KNOWN = (NAMED, UNNAMED)
OUTSIDE = (Q(value__gt=F("upper")) | Q(value__lt=F("lower"))) & ~Q(flags__in=[n for n in range(32) if n & UNJUDGED])


def known(series: Series) -> str:
    return (NAMED if series.is_known else UNNAMED).code


def _last() -> Subquery:
    mine = Measurement.objects.filter(series=OuterRef("pk")).order_by("-measured_at")
    return Subquery(mine.values("measured_at")[:1])


def _series(user: Any) -> Any:
    return Series.objects.visible_to(user).select_related("item", "site").annotate(last_at=_last())


SERIES = ListSpec(
    name="measured-characteristics",
    title=_("Measured characteristics"),
    model=Series,
    permission="measurement.view",
    rows=_series,
    columns=(
        Column("part_name", _("Part, as sent"), kind="record", sort="part_name"),
        Column("characteristic_name", _("Characteristic, as sent"), sort="characteristic_name"),
        Column("unit_name", _("Unit, as sent")),
        Column("state", _("Status"), kind="state", source=known, states=KNOWN),
        Column("item", _("Part"), source="item.number"),
        Column("characteristic", _("Characteristic")),
        Column("unit", _("Unit")),
        Column("last_at", _("Last value"), kind="moment"),
        Column("source", _("Source system")),
        Column("site", _("Site"), source="site.code", shown=False),
        Column("uid", _("Key"), shown=False),
        Column("created_at", _("First seen"), kind="moment", shown=False),
    ),
    filters=(
        Lookup("item", _("Part"), field="item__number", url="masterdata:item-lookup"),
        Text("part_name", _("Part, as sent"), lookup="exact"),
        Text("source", _("Source system"), lookup="exact"),
        Flag("unknown", _("Needs mapping"), where=UNKNOWN),
    ),
    tabs=(Tab(_("All"), {}), Tab(_("Needs mapping"), {"unknown": "1"})),
    search=("part_name", "characteristic_name", "characteristic"),
    order="-id",
    empty=_("Characteristics appear here when a machine or an MES sends measurements (POST mes/measurements)."),
)


def number(value: Decimal | None) -> str:
    return "" if value is None else show(value)


def shown(row: Measurement) -> str:
    return f"{show(row.value)} {row.series.unit_name}".strip()


def _judged(row: Measurement) -> str:
    found = [str(_("outside the limits"))] if row.is_outside else []
    return ", ".join([*found, *(text for _code, text in doubts(row.flags))])


MEASUREMENTS = ListSpec(
    name="measurements",
    title=_("Measurements"),
    model=Measurement,
    permission="measurement.view",
    rows=lambda user: Measurement.objects.visible_to(user).select_related("series__item", "batch"),
    columns=(
        Column("measured_at", _("Measured"), kind="moment", sort="measured_at"),
        Column("part", _("Part"), source=lambda row: row.series.item.number if row.series.item else row.series.part_name),
        Column(
            "characteristic",
            _("Characteristic"),
            kind="link",
            source=lambda row: row.series.characteristic or row.series.characteristic_name,
            link=lambda row: row.series.get_absolute_url(),
        ),
        Column("value", _("Value"), source=lambda row: show(row.value), align="end"),
        Column("unit", _("Unit"), source="series.unit_name"),
        Column("lower", _("Lower limit"), source=lambda row: number(row.lower), align="end"),
        Column("upper", _("Upper limit"), source=lambda row: number(row.upper), align="end"),
        Column("judged", _("Remark"), source=_judged),
        Column("serial", _("Serial number")),
        Column("lot", _("Lot")),
        Column("message", _("Message"), kind="link", source="batch.source_event",
               link=lambda row: reverse("inspection:batch", args=[row.batch.uid])),
        Column("source", _("Source system"), source="series.source", shown=False),
        Column("external_id", _("Key in the source"), shown=False),
    ),
    filters=(
        Text("characteristic", _("Characteristic"), field="series__characteristic_name", lookup="exact"),
        Text("part_name", _("Part, as sent"), field="series__part_name", lookup="exact"),
        Lookup("item", _("Part"), field="series__item__number", url="masterdata:item-lookup"),
        Text("lot", _("Lot"), lookup="exact"),
        Text("serial", _("Serial number"), lookup="exact"),
        Text("source", _("Source system"), field="series__source", lookup="exact"),
        DateRange("measured", _("Measured"), field="measured_at"),
        Flag("outside", _("Outside the limits"), where=OUTSIDE),
        Flag("doubtful", _("Doubtful"), where=Q(flags__gt=0)),
    ),
    tabs=(Tab(_("All"), {}), Tab(_("Outside the limits"), {"outside": "1"}), Tab(_("Doubtful"), {"doubtful": "1"})),
    order="-measured_at",
    empty=_("Values appear here when a machine or an MES sends them (POST mes/measurements)."),
)  # fmt: skip
