"""Objects that are mirrored: counts and keyed hashes by day, rows where a day differs, and each suspicion asked once more.

A row that changed over there after our last reading is no difference yet: it is in flight.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from connectors.models import DifferenceKind
from qms.masterdata import comparing
from qms.masterdata.models import Freshness

from .seen import Count, Other, Seen

SLACK = dt.timedelta(minutes=5)  # between their clock and ours
ASKED_AGAIN = 400  # suspicions; more than so many at once are no coincidence of two clocks
MOST = 5_000  # rows of one object that one run keeps
# What people count by its number: the same number under two keys is a duplicate, not one more row.
NUMBERED = (
    "items",
    "suppliers",
    "customers",
    "work-centers",
    "purchase-orders",
    "receipts",
    "production-orders",
    "shipments",
)


def compare(
    *, source: str, other: Other, object: str, began: dt.datetime, beat: Callable[[], None], hear: Callable[[Any], None]
) -> tuple[list[Seen], list[Count]]:
    """`hear` is given every row told of the object itself."""
    names = [object, *other.lines.get(object, [])]
    with ExitStack() as tables:
        told = {name: tables.enter_context(comparing.Told(object=name, source=source)) for name in names}
        for page in other.pages(object):
            for name, rows in page.items():
                told[name].add(rows)
            hear(page[object])
            beat()
        for table in told.values():
            table.close()
        suspects = {name: _suspects(table)[0] for name, table in told.items()}
        keys = {found.key for found in suspects[object]}
        keys |= {found.owner for name in names[1:] for found in suspects[name] if found.owner}
        if 0 < len(keys) <= ASKED_AGAIN:
            _ask_again(other, object, sorted(keys), told, suspects)
            beat()
        return _judged(source, told, began)


def _suspects(table: comparing.Told) -> tuple[list[comparing.Found], list[comparing.Window]]:
    windows = table.windows()
    days = [window.day for window in windows if not window.same]
    return (table.differences(days, MOST) if days else []), windows


def _ask_again(other: Other, object: str, keys: list[str], told: dict[str, Any], suspects: dict[str, Any]) -> None:
    """What changed while it was read is no difference."""
    fresh: dict[str, list[Any]] = {name: [] for name in told}
    for key in keys:
        for name, rows in other.one(object, key).items():
            fresh[name] += rows
    told[object].again(keys, fresh[object])
    for name in list(told)[1:]:
        lines = {row["external_id"] for row in fresh[name]} | {found.key for found in suspects[name]}
        told[name].again(lines, fresh[name])


def _judged(source: str, told: dict[str, comparing.Told], began: dt.datetime) -> tuple[list[Seen], list[Count]]:
    seen: list[Seen] = []
    counts: list[Count] = []
    for name, table in told.items():
        read_at = Freshness.objects.filter(source=source, object=name).values_list("read_at", flat=True).first()
        found, windows = _suspects(table)
        count = Count(name, sum(w.here for w in windows), sum(w.there for w in windows), len(windows))
        count.differing = sum(not w.same for w in windows)
        doubles = table.doubles([f.key for f in found if f.kind == "missing_here"]) if name in NUMBERED else {}
        for one in found:
            if _is_in_flight(one, read_at, began):
                count.in_flight += 1
            else:
                seen.append(_seen(name, one, doubles))
                count.found += 1
        counts.append(count)
    return seen, counts


def _is_in_flight(found: comparing.Found, read_at: dt.datetime | None, began: dt.datetime) -> bool:
    if found.kind == "missing_there":
        return bool(found.taken_at and found.taken_at >= began)
    younger = found.there_at and (found.here_at is None or found.there_at > found.here_at)
    return bool(younger and found.there_at and (read_at is None or found.there_at > read_at - SLACK))


def _seen(object: str, found: comparing.Found, doubles: dict[str, str]) -> Seen:
    kind, fields = found.kind, found.fields
    if found.key in doubles:
        kind, fields = DifferenceKind.DUPLICATE, [["key", doubles[found.key], found.key]]
    elif found.kind == "differs" and found.there_at and found.here_at and found.there_at > found.here_at:
        kind = DifferenceKind.STALE
    return Seen(object, found.key, str(kind), found.number, found.owner, "", fields)
