"""Values become evidence: those that a case or a nonconformance stands on, and those that a person points to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.lib import statement
from qms.lib.errors import Invalid

from .. import events
from ..choices import SPOILT, UNJUDGED
from ..models import EvidencePoint, Measurement, MeasurementBatch, Series

MOST = 1_000  # values of one act
# Of higher rooms: keeper(since, until) keeps what they know to be evidence among the values of that time, before it is dropped.
Keeper = Callable[[datetime, datetime], int]
KEEPERS: list[Keeper] = []
COPIED = ("measured_at", "external_id", "serial", "lot", "lower", "upper", "flags")


@dataclass(frozen=True)
class Point:
    """A value outside its limits by the message that told it. `characteristic`: ours or the sender's name, as it was then."""

    source: str
    event: str
    at: datetime
    serial: str = ""
    characteristic: str = ""  # any


def keep_points(*, record: Any, points: Iterable[Point], by: Any) -> int:
    """Under the record, all of them; what it has already stays as it is. Returns how many are new."""
    return sum(_keep(record, _meant(some), by) for some in _parts(list(points)))


def _meant(points: Sequence[Point]) -> list[Measurement]:
    """Values of one message, time and serial number are told apart by every name that their series has ever had."""
    wanted = {(one.source, one.event, one.at, one.serial, one.characteristic) for one in points}
    rows = Measurement.objects.filter(
        batch__source_event__in={one.event for one in points}, measured_at__in={one.at for one in points}
    )
    found = list(_ordered(_outside(rows)))
    named: dict[int, set[str]] = {row.series_id: {""} for row in found}
    history: Any = Series.history
    for pk, *names in history.filter(id__in=named).values_list("id", "characteristic", "characteristic_name"):
        named[pk].update(names)
    return [
        row
        for row in found
        if any(
            (row.batch.source, row.batch.source_event, row.measured_at, row.serial, name) in wanted
            for name in named[row.series_id]
        )
    ]


def _outside(rows: Any) -> Any:
    judged = rows.alias(spoilt=F("flags").bitand(UNJUDGED.value)).filter(spoilt=0)
    return judged.filter(Q(value__gt=F("upper")) | Q(value__lt=F("lower")))


def _ordered(rows: Any) -> Any:
    return rows.select_related("series__item", "batch").order_by("measured_at", "pk")


def _parts(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[start : start + MOST] for start in range(0, len(rows), MOST))


def keep_batch(*, record: Any, batch: MeasurementBatch, by: Any, whole: bool = False) -> int:
    """What a person points to: the values outside their limits, or all of the batch. Raises Invalid for none, or too many."""
    access.check(by, "ncr.report", record)
    if batch.site_id != record.site_id:
        raise Invalid(
            _("This record belongs to another site."),
            field="number",
            hint=_("Choose a record of the site that measured."),
        )
    rows = Measurement.objects.filter(batch=batch, measured_at__range=(batch.first_at, batch.last_at))
    if not whole:
        rows = _outside(rows)
    if not 0 < rows.count() <= MOST:
        raise Invalid(
            _("%(count)s values would be kept.") % {"count": rows.count()},
            field="whole",
            hint=_("Keep 1 to %(most)s: only those outside the limits, or all.") % {"most": MOST},
        )
    return _keep(record, list(_ordered(rows)), by)


def _keep(record: Any, rows: Sequence[Measurement], by: Any) -> int:
    return sum(_keep_part(record, some, by) for some in _parts(rows))


def _keep_part(record: Any, found: Sequence[Measurement], by: Any) -> int:
    label, key = record._meta.label_lower, str(record.pk)
    with transaction.atomic():
        type(record)._base_manager.select_for_update(of=("self",)).get(pk=record.pk)
        span = (found[0].measured_at, found[-1].measured_at)
        held = EvidencePoint.objects.filter(record_type=label, record_key=key, measured_at__range=span)
        known = set(held.values_list("series_id", "measured_at", "external_id"))
        new = [row for row in found if (row.series_id, row.measured_at, row.external_id) not in known]
        if not new:
            return 0
        with journal.act(events.EVIDENCE_KEPT, by=by) as act:
            EvidencePoint.objects.bulk_create(
                EvidencePoint(record_type=label, record_key=key, record_number=record.number, **_copy(row, by))
                for row in new
            )
            first = new[0]
            told = events.EvidenceKept(record.number, len(new), first.batch.source, _characteristic(first))
            act.record(record, told)
    return len(new)


def _copy(row: Measurement, by: Any) -> dict[str, Any]:
    series, batch = row.series, row.batch
    return {
        **{name: getattr(row, name) for name in COPIED},
        "series": series, "batch": batch, "source": batch.source, "source_event": batch.source_event,
        "part": series.item.number if series.item else series.part_name, "characteristic": _characteristic(row),
        "unit": series.unit_name, "value": Decimal(str(row.value)), "kept_by_id": getattr(by, "pk", None),
    }  # fmt: skip


def _characteristic(row: Measurement) -> str:
    return str(row.series.characteristic or row.series.characteristic_name)


HOURS = f"""
INSERT INTO inspection_measurementhour (series_id, hour, count, spoilt, outside, mean, least, most, deviation)
SELECT series_id, date_trunc('hour', measured_at, 'UTC'), count(*) FILTER (WHERE sound), count(*) FILTER (WHERE NOT sound),
    count(*) FILTER (WHERE flags & {UNJUDGED.value} = 0 AND (value < lower OR value > upper)),
    avg(value) FILTER (WHERE sound), min(value) FILTER (WHERE sound), max(value) FILTER (WHERE sound),
    stddev_samp(value) FILTER (WHERE sound)
FROM (SELECT *, flags & {SPOILT.value} = 0 AS sound FROM inspection_measurement
    WHERE measured_at >= %s AND measured_at < %s) m
GROUP BY 1, 2 ON CONFLICT DO NOTHING RETURNING 1"""
LEAVING = "SELECT min(measured_at) FROM inspection_measurement WHERE measured_at < %s"


def before_dropping(until: datetime, keepers: Sequence[Keeper] | None = None) -> int:
    """What leaves before `until`: evidence is copied, and every hour is summed up. Inside the act that drops; an error of a keeper
    drops nothing. Returns the hours written."""
    [(first,)] = statement.rows(LEAVING, [until])
    if first is None:
        return 0
    for keep in KEEPERS if keepers is None else keepers:
        keep(first, until)
    return len(statement.rows(HOURS, [first, until]))
