"""New values of a control chart, in the order in which they were measured: from machines, readings, or results of lots."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min, Q

from ..choices import ChartSource, ReadingVerdict
from ..models import ControlChart, Inspection, Measurement, MeasurementBatch, Reading, Series
from .values import beside

HISTORY = 200  # points that a new chart begins with
MOST = 20_000  # values in one look; what is left comes with the next


@dataclass(frozen=True)
class Taken:
    """`told_at`: by our clock; what is left over is looked for again from there."""

    key: int
    at: datetime
    told_at: datetime
    number: float
    size: int = 1
    lower: Decimal | None = None
    upper: Decimal | None = None
    name: str = ""
    batch: int | None = None
    inspection: int | None = None


def news(chart: ControlChart, *, since: datetime | None) -> list[Taken]:
    """Told since then, oldest first; without `since` the latest of what there is."""
    return NEWS[chart.source](chart, since)


def _limit(value: Any, factor: Any = 1) -> Decimal | None:
    return None if value is None else value * factor


def _measured(chart: ControlChart, since: datetime | None) -> list[Taken]:
    one = chart.series
    here = [one, *beside(one, Series.objects.filter(site_id=chart.site_id))] if one else []
    factors = {row.pk: row.factor for row in here if row.factor is not None}
    rows = Measurement.objects.filter(series__in=list(factors)).sound()
    if since is not None:
        told = MeasurementBatch.objects.filter(site_id=chart.site_id, created_at__gte=since)
        edge = told.aggregate(first=Min("pk"), at=Min("first_at"))
        if edge["at"] is None:
            return []
        rows = rows.filter(batch__gte=edge["first"], measured_at__gte=edge["at"])
    rows = rows.order_by("-measured_at", "-pk")[: MOST if since else HISTORY * chart.size]
    names = ("pk", "measured_at", "value", "series_id", "lower", "upper", "serial", "lot", "batch_id")
    found = list(rows.values_list(*names))
    moments = dict(MeasurementBatch.objects.filter(pk__in={row[8] for row in found}).values_list("pk", "created_at"))
    return [
        Taken(
            key=key, at=at, told_at=moments[batch], number=float(value * factors[series]), batch=batch,
            lower=_limit(lower, factors[series]), upper=_limit(upper, factors[series]), name=serial or lot,
        )
        for key, at, value, series, lower, upper, serial, lot, batch in reversed(found)
    ]  # fmt: skip


def _inspected(chart: ControlChart, since: datetime | None) -> Any:
    """Of the same site and compartment, with results that are complete: a reading is not typed over any more."""
    here: dict[str, Any] = {"compartment_id": chart.compartment_id, "item_id": chart.item_id}
    rows = Inspection.objects.filter(site_id=chart.site_id, **here, completed_at__isnull=False)
    return rows.filter(completed_at__gte=since) if since else rows


def _read(chart: ControlChart, since: datetime | None) -> list[Taken]:
    lots = _inspected(chart, since)
    rows = Reading.objects.current().filter(
        characteristic__inspection__in=lots, characteristic__name=chart.characteristic, characteristic__unit=chart.unit,
        value__isnull=False,
    )  # fmt: skip
    rows = rows.select_related("characteristic__inspection").order_by(
        "-characteristic__inspection__completed_at", "-characteristic", "-sample"
    )
    found = list(rows[: MOST if since else HISTORY * chart.size])
    return [_of_reading(row) for row in reversed(found)]


def _of_reading(row: Reading) -> Taken:
    line = row.characteristic
    lot: Any = line.inspection
    return Taken(
        key=row.pk, at=row.at, told_at=lot.completed_at, number=float(row.value), lower=_limit(line.lower),
        upper=_limit(line.upper), name=row.serial or lot.lot_number, inspection=lot.pk,
    )  # fmt: skip


def _lots(chart: ControlChart, since: datetime | None) -> list[Taken]:
    """p and np count samples with a reading that does not conform, c and u count such readings. A lot is one point, even when its results
    are taken back and completed again."""
    lots = _inspected(chart, since).exclude(pk__in=chart.points.values("inspection"))
    lots = lots.order_by("-completed_at", "-pk")
    return list(reversed(list(_counts(chart, list(lots[: MOST if since else HISTORY])))))


def _counts(chart: ControlChart, lots: list[Any]) -> Iterator[Taken]:
    rows = Reading.objects.current().order_by().filter(characteristic__inspection__in=lots)
    if chart.characteristic:
        rows = rows.filter(characteristic__name=chart.characteristic)
    failed = Q(verdict=ReadingVerdict.FAILED)
    of = "sample" if chart.kind in ("p", "np") else "pk"
    counted = rows.values("characteristic__inspection").annotate(
        samples=Count("sample", distinct=True), bad=Count(of, filter=failed, distinct=True)
    )
    by_lot = {row["characteristic__inspection"]: row for row in counted}
    for lot in lots:
        if row := by_lot.get(lot.pk):
            yield Taken(
                key=lot.pk, at=lot.completed_at, told_at=lot.completed_at, number=row["bad"], size=row["samples"],
                name=lot.lot_number, inspection=lot.pk,
            )  # fmt: skip


NEWS = {ChartSource.MEASUREMENTS.value: _measured, ChartSource.READINGS.value: _read, ChartSource.LOTS.value: _lots}
