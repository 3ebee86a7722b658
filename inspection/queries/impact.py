"""Reverse traceability: what a gauge was used for since it was last known to be right.

Each source is a function (gauge, since, until) → readings with the lots they are of; what those lots led to is found here. A lot is
told by part and number, since another part may have a lot of the same number; the part is None where a machine told none we know.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, Q

from ncr.models import Nonconformance
from qms.masterdata.models import Item, Shipment, ShipmentLine

from ..models import Calibration, EvidencePoint, Gauge, Inspection, Measurement, MeasurementBatch, Reading

LotName = tuple[int | None, str]


@dataclass(frozen=True)
class Use:
    """`kind`: readings, lot, record or shipment. `count`: readings, where it is of readings. `part`: of a lot."""

    kind: str
    label: str
    on: date | None = None
    count: int = 0
    url: str = ""
    part: str = ""

    def told(self) -> dict[str, Any]:
        """As it is kept and signed."""
        on = self.on.isoformat() if self.on else ""
        told = {"kind": self.kind, "label": self.label, "on": on, "count": self.count, "url": self.url}
        return told | ({"part": self.part} if self.part else {})


def good_date(gauge: Gauge, before: date) -> date | None:
    """Day of the last calibration before that day in which nothing was out as left; else what was entered by hand."""
    good = gauge.calibrations.filter(state__in=("IMPACT", "APPROVED"), performed_date__lt=before)
    last = good.exclude(result="failed").order_by("-performed_date").first()
    if last:
        found: date = last.performed_date
        return found
    return gauge.calibrated_date if gauge.calibrated_date and gauge.calibrated_date < before else None


def uses_since(calibration: Calibration) -> list[Use]:
    """All uses of the gauge from its last good calibration to this one; from the beginning when there was none."""
    gauge, since, until = calibration.gauge, calibration.good_date, calibration.performed_date
    uses, lots = _told(gauge, since, until)
    evident = EvidencePoint.objects.filter(batch__in=batches_of(gauge, since, until)).values("record_number")
    parts = dict(Item.objects.filter(pk__in={item for item, _number in lots if item}).values_list("pk", "number"))
    named = sorted((number, parts.get(item, "")) for item, number in lots)
    return [*uses, *(Use("lot", number, part=part) for number, part in named), *_led_to(gauge, lots, evident)]


def lots_since(calibration: Calibration) -> set[LotName]:
    return _told(calibration.gauge, calibration.good_date, calibration.performed_date)[1]


def _told(gauge: Gauge, since: date | None, until: date) -> tuple[list[Use], set[LotName]]:
    uses: list[Use] = []
    lots: set[LotName] = set()
    for source in SOURCES:
        for use, its_lots in source(gauge, since, until):
            uses.append(use)
            lots |= its_lots
    known = {number for item, number in lots if item}
    return uses, {(item, number) for item, number in lots if item or number not in known}


def batches_of(gauge: Gauge, since: date | None, until: date) -> Any:
    """Batches of the site whose header names the gauge by its asset, its number or the maker's serial number."""
    names = [name for name in (gauge.asset, gauge.number, gauge.serial_number) if name]
    rows = MeasurementBatch.objects.filter(site_id=gauge.site_id, header__gauge__in=names, first_at__date__lte=until)
    return rows.filter(last_at__date__gte=since) if since else rows


def _measured(gauge: Gauge, since: date | None, until: date) -> Iterator[tuple[Use, set[LotName]]]:
    """What machines told."""
    for batch in batches_of(gauge, since, until).order_by("first_at"):
        rows = Measurement.objects.filter(batch=batch, measured_at__range=(batch.first_at, batch.last_at))
        lots: set[LotName] = set(rows.exclude(lot="").values_list("series__item", "lot").distinct())
        if batch.header.get("lot"):
            items = rows.filter(lot="").values_list("series__item", flat=True).distinct()
            lots |= {(item, str(batch.header["lot"])) for item in [*items] or [None]}
        yield Use("readings", str(batch), batch.first_at.date(), batch.kept, batch.get_absolute_url()), lots


def _inspected(gauge: Gauge, since: date | None, until: date) -> Iterator[tuple[Use, set[LotName]]]:
    """What people read at inspections."""
    rows = Reading.objects.filter(gauge=gauge, at__date__lte=until)
    rows = rows.filter(at__date__gte=since) if since else rows
    by_lot = rows.order_by().values("characteristic__inspection").annotate(count=Count("pk"), last=Max("at"))
    told = {one["characteristic__inspection"]: one for one in by_lot}
    for record in _readable(Inspection.objects.filter(pk__in=told), gauge).order_by("pk"):
        one = told[record.pk]
        use = Use("readings", record.number, one["last"].date(), one["count"], record.get_absolute_url())
        yield use, {(record.item_id, record.lot_number)} if record.lot_number else set()


def _led_to(gauge: Gauge, lots: set[LotName], evident: Any) -> Iterator[Use]:
    """What was found on the lots or with the readings, and where the lots went."""
    numbers, evident = {number for _item, number in lots}, set(evident.values_list("record_number", flat=True))
    told = Q(lot_number__in=numbers) | Q(number__in=evident)
    for record in _readable(Nonconformance.objects.filter(told, site_id=gauge.site_id), gauge).order_by("pk"):
        if record.number not in evident and not is_of(lots, record.item_id, record.lot_number):
            continue
        yield Use("record", record.number, record.created_at.date(), url=record.get_absolute_url())
    for shipment in dict.fromkeys(_shipped(gauge, lots)):
        yield Use("shipment", str(shipment), shipment.shipped_date)


def _shipped(gauge: Gauge, lots: set[LotName]) -> Iterator[Shipment]:
    """Of each line that left with such a lot."""
    lines = ShipmentLine.objects.filter(lot__number__in={number for _item, number in lots}, lot__site_id=gauge.site_id)
    for line in lines.select_related("shipment__customer", "lot").order_by("pk"):
        if line.shipment and line.lot and is_of(lots, line.lot.item_id, line.lot.number):
            yield line.shipment


def shipments_since(calibration: Calibration) -> list[Shipment]:
    """What left with a lot that the gauge was used on since it was last known to be right."""
    return list(dict.fromkeys(_shipped(calibration.gauge, lots_since(calibration))))


def is_of(lots: set[LotName], item: int | None, number: str) -> bool:
    return (item, number) in lots or (None, number) in lots


def _readable(rows: Any, gauge: Gauge) -> Any:
    """The page is read by people who may not enter every compartment."""
    return rows.filter(Q(compartment=None) | Q(compartment=gauge.compartment_id))


SOURCES: tuple[Callable[[Gauge, date | None, date], Iterator[tuple[Use, set[LotName]]]], ...] = (_measured, _inspected)
