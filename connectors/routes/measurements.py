"""Values as a machine sends them, judged one by one: which can be kept, and what is odd about them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from connectors import mes_messages as messages
from connectors.models import Interface
from inspection import actions as inspection
from inspection.choices import Doubt
from qms.lib import statement

from .base import AHEAD, BEHIND, Closing, Context, Done, in_zone

LARGEST, SMALLEST = Decimal(10) ** 20, -31
SENSOR_CODES = frozenset(Decimal(n) for n in (999, -999, 9999, -9999))
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
HEADER = [f for f in messages.Measurements.__struct_fields__ if f not in (*messages.COLUMNS, "site")]


def take_measurements(message: messages.Measurements, context: Context, by: Any, closing: Closing) -> Done:
    told = judged(message, context)
    _batch, unknown = inspection.keep_measurements(told=told, by=by, origin=f"mes:{context.system}")
    notes = waiting(unknown)
    return Done("", notes, len(statement.rows(*closing("", notes))))


def waiting(unknown: Iterable[str]) -> list[str]:
    return [_("%(series)s waits until somebody says what it means here.") % {"series": name} for name in unknown]


def judged(message: messages.Measurements, context: Context) -> inspection.Told:
    """Without what cannot be kept; marked where something is odd."""
    codes = sensor_codes(context.system)
    times, rejected, naive = read_times(message.t, context)
    values, bad = read_values(message.v)
    rejected |= bad
    flags = doubts_of(message, times, values, rejected, naive, codes, context)
    kept = [n for n in range(len(values)) if n not in rejected] if rejected else None
    return inspection.Told(
        system=context.system,
        site_id=context.site_id,
        source=context.source,
        source_event=context.message_id,
        received_at=context.received_at,
        header={name: value for name in HEADER if (value := getattr(message, name))},
        part=message.part,
        times=only(times, kept),
        values=only(values, kept),
        flags=only(flags, kept) if flags else None,
        rejected=rejected,
        **{name: only(getattr(message, name), kept) for name in inspection.COLUMNS},
    )


def take_measurement(message: messages.MeasurementRecorded, context: Context, by: Any, closing: Closing) -> Done:
    at = context.event_time or context.received_at.isoformat()
    return take_measurements(message.columns(at, context.message_id), context, by, closing)


def only(column: Any, kept: list[int] | None) -> Any:
    return [column[n] for n in kept] if kept is not None and isinstance(column, list) else column


def sensor_codes(system: str) -> frozenset[Decimal]:
    """Numbers by which sensors of this interface say that they have no value."""
    found = Interface.objects.filter(code=system).values_list("settings__sensor_codes", flat=True).first()
    return SENSOR_CODES if found is None else frozenset(Decimal(str(code)) for code in found)


def read_times(sent: Sequence[Any], context: Context) -> tuple[list[Any], dict[int, str], set[int]]:
    """Times in UTC, places of those that are none, places of those without an offset."""
    try:
        found = [datetime.fromisoformat(text) for text in sent]
        if min(map(len, sent)) >= 16 and all(at.tzinfo and 1970 < at.year < 2200 for at in found):
            return found, {}, set()
    except (TypeError, ValueError):
        pass
    times: list[Any] = []
    naive: set[int] = set()
    for place, one in enumerate(sent):
        at = messages.instant(one) if isinstance(one, str) else from_milliseconds(one)
        if at and at.tzinfo is None:
            at = in_zone(at, context.zone)[0]
            naive.add(place)
        times.append(at and at.astimezone(UTC))
    return times, {place: "not_a_time" for place, at in enumerate(times) if at is None}, naive


def from_milliseconds(number: Any) -> datetime | None:
    if type(number) is not int or not 0 < number < 7_258_118_400_000:
        return None
    return datetime.fromtimestamp(number / 1000, UTC)


def read_values(sent: Sequence[Any]) -> tuple[list[Any], dict[int, str]]:
    """Exact numbers, and places of what is none."""
    if set(map(type, sent)) <= {int, Decimal} and all(map(is_ordinary, sent)):
        return list(sent), {}
    values = [number_of(one) for one in sent]
    bad = {place: "not_a_number" for place, value in enumerate(values) if value is None}
    bad |= {place: "out_of_range" for place, value in enumerate(values) if value is not None and not is_ordinary(value)}
    return values, bad


def is_ordinary(number: int | Decimal) -> bool:
    return -LARGEST < number < LARGEST and (number.__class__ is int or number.adjusted() > SMALLEST)  # type: ignore[union-attr]


def number_of(one: Any) -> int | Decimal | None:
    if isinstance(one, str):
        return Decimal(one.strip()) if NUMBER.fullmatch(one.strip()) else None
    return one if isinstance(one, int | Decimal) and not isinstance(one, bool) else None


def doubts_of(
    message: messages.Measurements,
    times: list[Any],
    values: list[Any],
    rejected: dict[int, str],
    naive: Iterable[int],
    codes: frozenset[Decimal],
    context: Context,
) -> list[int] | None:
    """A flag word per value, or None when nothing is odd."""
    good = [at for place, at in enumerate(times) if place not in rejected] if rejected else times
    flags = [0] * len(values)

    def mark(doubt: Doubt, places: Iterable[int]) -> None:
        for place in places:
            flags[place] |= doubt

    ahead, behind = context.received_at + AHEAD, context.received_at - BEHIND
    if good and max(good) > ahead:
        mark(Doubt.AHEAD, places(times, lambda at: at is not None and at > ahead))
    if good and min(good) < behind:
        mark(Doubt.LATE, places(times, lambda at: at is not None and at < behind))
    if not codes.isdisjoint(values):
        mark(Doubt.SENSOR, (n for n in places(values, codes.__contains__) if not is_within(message, n, values[n])))
    mark(Doubt.LIMITS, reversed_limits(message))
    mark(Doubt.NAIVE, naive)
    return flags if any(flags) else None


def places(column: Sequence[Any], holds: Callable[[Any], bool]) -> list[int]:
    return [place for place, one in enumerate(column) if holds(one)]


def limit(column: Any, place: int) -> Decimal | None:
    return column[place] if isinstance(column, list) else column


def is_within(message: messages.Measurements, place: int, value: Any) -> bool:
    """A number that sensors use as a code may be a value, where limits say so."""
    lower, upper = limit(message.lower, place), limit(message.upper, place)
    return lower is not None and upper is not None and lower <= value <= upper


def reversed_limits(message: messages.Measurements) -> Iterable[int]:
    lower, upper = message.lower, message.upper
    if not isinstance(lower, list) and not isinstance(upper, list):
        return range(len(message.v)) if lower is not None and upper is not None and lower > upper else ()
    both = ((n, limit(lower, n), limit(upper, n)) for n in range(len(message.v)))
    return [n for n, low, high in both if low is not None and high is not None and low > high]
