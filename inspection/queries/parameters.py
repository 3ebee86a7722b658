"""Process parameters beside a characteristic: what the machine told of itself when each point was measured.

A parameter is measured like a characteristic, of the same part or in the machine's own name. Each point gets the value of the same
serial number where one was told, else the latest one before it that is not older than `AGE`.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import nan
from typing import Any

from ..models import Measurement, MeasurementBatch, Series
from .charts import MOST, Value, measured

AGE = timedelta(hours=1)
PLACES = ("equipment", "work_center", "station")


@dataclass(frozen=True)
class Parameter:
    """`points`: one for each point of the characteristic, nan where nothing was told. Limits are the youngest that were told."""

    series: Series
    values: Sequence[Value | None]
    lower: Decimal | None
    upper: Decimal | None

    @property
    def points(self) -> list[float]:
        return [nan if one is None else float(one.number) for one in self.values]

    @property
    def outside(self) -> dict[int, list[str]]:
        """Place → L, of values outside the limits that they were told with."""
        return {place: ["L"] for place, one in enumerate(self.values) if one is not None and is_outside(one)}


def is_outside(value: Value) -> bool:
    return (value.lower is not None and value.number < value.lower) or (
        value.upper is not None and value.number > value.upper
    )


def choosable(series: Series, rows: Any) -> list[Series]:
    """Of `rows`, what the same source tells of the same part, or in the name of a machine that the part is measured at."""
    recent = Measurement.objects.filter(series=series).order_by("-measured_at").values_list("batch", flat=True)[:200]
    headers = MeasurementBatch.objects.filter(pk__in=set(recent)).values_list("header", flat=True)
    names = {series.part_name} | {header[place] for header in headers for place in PLACES if header.get(place)}
    found = rows.filter(site_id=series.site_id, source=series.source, part_name__in=names).exclude(pk=series.pk)
    return [one for one in found.order_by("part_name", "characteristic_name", "pk")[:100] if one.factor is not None]


def parameters(rows: Any, chosen: Iterable[Series], points: Sequence[Value]) -> list[Parameter]:
    """`points`: of the characteristic, oldest first."""
    if not points:
        return []
    span = (points[0].at - AGE, points[-1].at + AGE)  # a test of the same serial may follow
    return [
        _beside(one, measured(rows.filter(measured_at__range=span), [one], latest=MOST * 5), points) for one in chosen
    ]


def _beside(series: Series, told: list[Value], points: Sequence[Value]) -> Parameter:
    times = [one.at for one in told]
    by_serial = {one.name: one for one in told if one.name}
    values = [
        by_serial.get(point.name) if point.name in by_serial else _before(told, times, point.at) for point in points
    ]
    last: Any = next((one for one in reversed(told) if one.lower is not None or one.upper is not None), None)
    return Parameter(series, values, last.lower if last else None, last.upper if last else None)


def _before(told: list[Value], times: list[datetime], at: datetime) -> Value | None:
    place = bisect_right(times, at)
    found = told[place - 1] if place else None
    return found if found and at - found.at <= AGE else None
