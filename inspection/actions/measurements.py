"""Measured values: kept in sets, each batch one act; what they mean here is said once for a series."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from qms import journal
from qms.accounts.models import Site
from qms.lib import statement
from qms.lib.clock import now
from qms.lib.ids import uuid7

from .. import events, queries
from ..choices import DOUBTS, UNJUDGED
from ..models import MeasurementBatch, Series
from ..models.days import LEAST_DAYS
from .evidence import before_dropping

# One for all, or a list with one per value.
COLUMNS = ("characteristic", "unit", "serial", "lot", "ids", "lower", "upper")
MOST_PROBLEMS = 1000


@dataclass(frozen=True, kw_only=True)
class Told:
    """Values of a part as one source sends them. `times`, `values`, `flags` (a Doubt word each) and every column that is a list
    have the same length; what is in `rejected` (place in the message → why) is left out of them."""

    system: str
    site_id: int
    source: str
    source_event: str
    received_at: datetime
    part: str
    times: Sequence[datetime]
    values: Sequence[int | Decimal]
    characteristic: str | list[str]
    unit: str | list[str] = ""
    serial: str | list[str] = ""
    lot: str | list[str] = ""
    ids: list[str] | None = None
    lower: Decimal | list[Decimal | None] | None = None
    upper: Decimal | list[Decimal | None] | None = None
    flags: Sequence[int] | None = None
    header: dict[str, str] = field(default_factory=dict)
    rejected: dict[int, str] = field(default_factory=dict)

    def each(self, name: str) -> list[Any]:
        column = getattr(self, name)
        return column if isinstance(column, list) else [column] * len(self.values)

    def pairs(self) -> list[tuple[str, str]]:
        """(characteristic, unit) of each value, or of all."""
        if isinstance(self.characteristic, list) or isinstance(self.unit, list):
            return list(zip(self.each("characteristic"), self.each("unit"), strict=True))
        return [(self.characteristic, self.unit)]


def keep_measurements(*, told: Told, by: Any, origin: str = "") -> tuple[MeasurementBatch, list[str]]:
    """The batch, and the series whose meaning is not known here. A value that is here already is not kept twice."""
    with journal.act(events.MEASUREMENTS_RECORDED, by=by, source=origin) as act:
        pairs = told.pairs()
        known = _series(told, sorted(set(pairs)))
        keys = [known[pair].pk for pair in pairs]
        batch = _write(told, keys if len(pairs) > 1 else keys[0])
        act.record(batch, _payload(told, batch, sorted({name for name, _unit in pairs})))
    return batch, sorted({str(one) for one in known.values() if not one.is_known})


def _series(told: Told, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Series]:
    """Those that are here and those that are new; two senders may make the same one at once."""
    mine = Series.objects.filter(site_id=told.site_id, source=told.source, part_name=told.part)
    wanted = mine.filter(characteristic_name__in={name for name, _unit in pairs})
    found = {(one.characteristic_name, one.unit_name): one for one in wanted}
    if missing := [pair for pair in pairs if pair not in found]:
        fresh = [
            Series(
                site_id=told.site_id,
                source=told.source,
                part_name=told.part,
                characteristic_name=name,
                unit_name=unit,
                factor=None,
            )
            for name, unit in missing
        ]
        for one in fresh:
            for name, value in queries.meaning_of_series(one).items():
                setattr(one, name, value)
        Series.objects.bulk_create(fresh, ignore_conflicts=True)
        found |= {(one.characteristic_name, one.unit_name): one for one in wanted.all()}
    return {pair: found[pair] for pair in pairs}


# --- the write: one statement for values and batch ----------------------------------------------------------------------

CAST = {
    "series": "bigint",
    "at": "timestamptz",
    "value": "numeric",
    "flags": "smallint",
    "lower": "numeric",
    "upper": "numeric",
}


@functools.cache
def _sql(columns: tuple[str, ...]) -> str:
    """`columns`: those that differ from value to value; the others are one for all."""
    order = ("series", "at", "value", "id", "serial", "lot", "lower", "upper", "flags")
    said = ", ".join(f"c.{n}" if n in columns else f"%({n})s::{CAST.get(n, 'text')}" for n in order)
    lists = ", ".join(f"unnest(%({n})s::text[]::{CAST.get(n, 'text')}[])" for n in columns)
    name = "c.id" if "id" in columns else "%(id)s::text || '#' || c.place"
    said = said.replace("%(id)s::text", name).replace("c.id", name)
    return f"""
WITH put AS (
    INSERT INTO inspection_measurement
        (series_id, measured_at, value, external_id, serial, lot, lower, upper, flags, batch_id)
    SELECT {said}, %(batch)s::bigint
    FROM ROWS FROM ({lists}) WITH ORDINALITY AS c({", ".join(columns)}, place)
    ON CONFLICT DO NOTHING
    RETURNING id, measured_at, flags & {UNJUDGED.value} = 0 AND (value < lower OR value > upper) AS outside,
        {queries.LINE} AS line)
SELECT count(*), count(*) FILTER (WHERE outside), min(measured_at), max(measured_at), {queries.DIGEST} FROM put"""


def _write(told: Told, series: int | list[int]) -> MeasurementBatch:
    texts: dict[str, Any] = {
        "at": list(map(datetime.isoformat, told.times)),
        "value": list(map(str, told.values)),
        "series": list(map(str, series)) if isinstance(series, list) else series,
        "flags": list(map(str, told.flags)) if told.flags else 0,
        "id": told.ids or told.source_event,
        **{name: getattr(told, name) for name in ("serial", "lot", "lower", "upper")},
    }
    for name in ("lower", "upper"):
        if isinstance(texts[name], list):
            texts[name] = [None if limit is None else str(limit) for limit in texts[name]]
    columns = tuple(name for name, value in texts.items() if isinstance(value, list))
    [(key,)] = statement.rows("SELECT nextval(pg_get_serial_sequence('inspection_measurementbatch', 'id'))", [])
    nothing = (0, 0, None, None, queries.NO_DIGEST)
    [found] = statement.rows(_sql(columns), {**texts, "batch": key}) if told.values else [nothing]
    kept, outside, first_at, last_at, sha256 = found
    batch = MeasurementBatch(
        pk=key,
        uid=uuid7(),
        site_id=told.site_id,
        source=told.source,
        source_event=told.source_event,
        header=told.header,
        told=len(told.values) + len(told.rejected),
        kept=kept,
        doubtful=sum(1 for flag in told.flags if flag) if told.flags else 0,
        rejected=len(told.rejected),
        outside=outside,
        problems=_problems(told),
        first_at=first_at,
        last_at=last_at,
        sha256=sha256,
        received_at=told.received_at,
    )
    batch.save(force_insert=True)
    return batch


def _problems(told: Told) -> dict[str, list[int]]:
    """Code → places in the message, of the first thousand of a kind."""
    found: dict[str, list[int]] = {}
    for place, why in told.rejected.items():
        found.setdefault(why, []).append(place)
    if told.flags:
        total = len(told.values) + len(told.rejected)
        where = [place for place in range(total) if place not in told.rejected] if told.rejected else range(total)
        for doubt, (code, _text) in DOUBTS.items():
            if marked := [where[n] for n, flag in enumerate(told.flags) if flag & doubt]:
                found[code] = marked
    return {code: found_at[:MOST_PROBLEMS] for code, found_at in sorted(found.items())}


def _payload(told: Told, batch: MeasurementBatch, names: list[str]) -> events.MeasurementsRecorded:
    return events.MeasurementsRecorded(
        site=Site.objects.values_list("code", flat=True).get(pk=told.site_id),
        source=told.source,
        id=told.source_event,
        part=told.part,
        characteristics=names[:100],
        told=batch.told,
        kept=batch.kept,
        doubtful=batch.doubtful,
        rejected=batch.rejected,
        outside=batch.outside,
        sha256=batch.sha256,
    )


def drop_old(*, days: int, by: Any) -> int:
    """Raw values of days before these many days are dropped, and the trail says which. What became evidence stands elsewhere."""
    dropped = 0
    today = datetime.combine(now().astimezone(UTC).date(), time(), UTC)
    with transaction.atomic():
        before_dropping(today - timedelta(days=max(days, LEAST_DAYS)))
        rows = statement.rows("SELECT day, dropped FROM qms_drop_measurements(%s)", [days])
        for day, count in rows:
            with journal.act(events.DAY_DROPPED, by=by) as act:
                told = events.DayDropped(day.isoformat() if day else "", count, max(days, LEAST_DAYS))
                act.record("measurements", told)
            dropped += count
    return dropped
