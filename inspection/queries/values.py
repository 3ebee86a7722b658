"""Measured values: meanings of names, digests, days in numbers."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q

from qms.lib import statement
from qms.masterdata.models import Item, Unit
from qms.masterdata.queries import meaning_of

from ..choices import DOUBTS, REJECTIONS, SPOILT
from ..models import MeasurementBatch, Series

# A kept value as one line of its batch's digest; times in microseconds since 1970.
LINE = """concat_ws('|', series_id, (extract(epoch FROM measured_at) * 1000000)::bigint, value, coalesce(lower::text, '-'),
    coalesce(upper::text, '-'), flags, length(external_id), external_id, length(serial), serial, length(lot), lot)"""
DIGEST = "encode(sha256(convert_to(coalesce(string_agg(line, E'\\n' ORDER BY id), ''), 'UTF8')), 'hex')"
NO_DIGEST = hashlib.sha256(b"").hexdigest()
CHECK = f"""
SELECT count(*), {DIGEST} FROM (SELECT id, {LINE} AS line FROM inspection_measurement
    WHERE batch_id = %s AND measured_at BETWEEN %s AND %s) put"""
PLACES = 15


def is_intact(batch: MeasurementBatch) -> bool:
    """Every kept value stands in the table as it was written. False too when the days of the batch were dropped."""
    if not batch.kept:
        return True
    [(count, sha256)] = statement.rows(CHECK, [batch.pk, batch.first_at, batch.last_at])
    return (count, sha256) == (batch.kept, batch.sha256)


# --- what is answered -----------------------------------------------------------------------------------------------------

COUNTS = ("told", "kept", "repeated", "doubtful", "rejected", "outside")


def batch_of(*, source: str, event: str) -> MeasurementBatch | None:
    found: MeasurementBatch | None = MeasurementBatch.objects.filter(source=source, source_event=event).first()
    return found


def counted(batch: MeasurementBatch | None) -> dict[str, Any]:
    counts = {name: getattr(batch, name) if batch else None for name in COUNTS}
    return {**counts, "values": odd_values(batch) if batch else []}


def odd_values(batch: MeasurementBatch) -> list[dict[str, Any]]:
    """Each by its place in the message."""
    words = odd_words()
    found = [
        {
            "index": place,
            "status": "rejected" if code in REJECTIONS else "doubtful",
            "code": code,
            "detail": words[code],
        }
        for code, places in batch.problems.items()
        for place in places
    ]
    return sorted(found, key=lambda one: one["index"])


def odd_words() -> dict[str, str]:
    return {code: str(text) for code, text in (*REJECTIONS.items(), *DOUBTS.values())}


# --- what names mean ----------------------------------------------------------------------------------------------------


def item_of(*, system: str, site_id: int, name: str) -> int | None:
    """The one live part of the site, or of no site, that the name means; None where there is none or several."""
    number = meaning_of(source=system, kind="item", name=name)
    here = Item.objects.live().filter(Q(site_id=site_id) | Q(site=None), number=number)
    found = list(here.values_list("pk", flat=True)[:2])
    return found[0] if len(found) == 1 else None


def characteristic_of(*, item_id: int | None, name: str) -> str:
    """As somebody has named it for the same part, in another unit or from another source; "" where nobody has."""
    said = (
        Series.objects.filter(item_id=item_id, characteristic_name=name).exclude(characteristic="") if item_id else None
    )
    found = said.order_by("pk").values_list("characteristic", flat=True).first() if said is not None else ""
    return found or ""


def unit_of(*, system: str, name: str, item_id: int | None, characteristic: str) -> tuple[str, Decimal | None]:
    """(our unit, exact factor to it). The first unit of a characteristic is that of all; (…, None): nobody knows."""
    if not name:
        return "", Decimal(1)
    number = meaning_of(source=system, kind="unit", name=name)
    first = first_of(item_id=item_id, characteristic=characteristic)
    if first and first.unit in (name, number):
        return first.unit, Decimal(1)
    units = {
        row.number: row for row in Unit.objects.live().filter(number__in=[number, first.unit if first else number])
    }
    if first:
        return first.unit, factor_between(units.get(number), units.get(first.unit))
    return (number, Decimal(1)) if number in units else ("", None)


def first_of(*, item_id: int | None, characteristic: str, but: int = 0) -> Series | None:
    """Whose unit is that of the characteristic."""
    if not item_id or not characteristic:
        return None
    rows = Series.objects.filter(item_id=item_id, characteristic=characteristic).exclude(factor=None).exclude(pk=but)
    found: Series | None = rows.order_by("pk").first()
    return found


def meaning_of_series(series: Series) -> dict[str, Any]:
    """As far as names tell; what somebody has said stays."""
    system = series.source.partition("|")[0]
    item = series.item_id or item_of(system=system, site_id=series.site_id, name=series.part_name)
    characteristic = series.characteristic or characteristic_of(item_id=item, name=series.characteristic_name)
    unit, factor = series.unit, series.factor
    if factor is None:
        unit, factor = unit_of(system=system, name=series.unit_name, item_id=item, characteristic=characteristic)
    return {"item_id": item, "characteristic": characteristic, "unit": unit, "factor": factor}


# --- values -------------------------------------------------------------------------------------------------------------

DAY = """
SELECT count(*), avg(value * f), min(value * f), max(value * f), stddev_samp(value * f)
FROM inspection_measurement m JOIN unnest(%s::bigint[], %s::numeric[]) s(id, f) ON s.id = m.series_id
WHERE measured_at >= %s AND measured_at < %s AND flags & %s = 0"""


@dataclass(frozen=True)
class Day:
    """Sound values between two moments, in the unit of the characteristic."""

    count: int
    mean: Decimal | None
    least: Decimal | None
    most: Decimal | None
    deviation: Decimal | None


def day(series: Iterable[Series], *, since: datetime, until: datetime) -> Day:
    """Of all series of one characteristic together; those whose unit is unknown are left out."""
    known = [one for one in series if one.factor is not None]
    keys, factors = [one.pk for one in known], [one.factor for one in known]
    return Day(*statement.rows(DAY, [keys, factors, since, until, SPOILT.value])[0])


def factor_between(given: Any, base: Any) -> Decimal | None:
    """Exactly, or not at all."""
    if not given or not base or not given.factor or not base.factor or given.category != base.category:
        return None
    factor = (given.factor / base.factor).quantize(Decimal(1).scaleb(-PLACES))
    return factor if factor * base.factor == given.factor else None


def beside(series: Series, rows: Any) -> Any:
    """Other series of the same characteristic: from another source, or in another unit."""
    if not series.item_id or not series.characteristic:
        return rows.none()
    return rows.filter(item_id=series.item_id, characteristic=series.characteristic).exclude(pk=series.pk)
