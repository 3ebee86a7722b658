"""A foreign row, with its lines, as one of our messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from connectors import messages as m
from connectors.adapters.described.description import MESSAGES, Rows, Thing
from connectors.adapters.described.dialect import Row
from connectors.adapters.described.values import Clock, Missing, build, instant, kept, roots, say, text, truth, walk

ENDED = ("cancel", "cancelled", "canceled")


def record_of(
    name: str, thing: Thing, messages: Mapping[str, type], row: Row, lines: Mapping[str, list[Row]], clock: Clock,
    roles: Mapping[str, str],
) -> m.MirrorRecord:  # fmt: skip
    """Raises KeyError, TypeError or ValueError for a row that is not as described."""
    values = build(MESSAGES[name], thing.fields, row, clock)
    stamps, raw = [_stamp(thing, row, clock)], _used(thing, row)
    for line, rows in thing.lines.items():
        told = lines.get(line, []) if rows.source else _nested(rows, row)
        told = [one for one in told if not rows.only or truth(say(rows.only, one))]
        values[line] = tuple(_line(messages[line], rows, one, clock) for one in told)
        stamps += [_stamp(rows, one, clock) for one in told]
        raw[f"{line} of it"] = [_used(rows, one) for one in told]
    if name == "production-orders":
        values["edges"] = _edges(values) if values.keys() & {"inputs", "outputs"} else None
    for line in messages.keys() - values.keys():
        values[line] = None  # not told: what stands there stays
    if name == "stock":
        values["place_role"] = roles.get(values["place_code"], "")
    key = text(say(thing.key, row))
    if not key:
        raise ValueError(f"its key ({thing.key}) is empty")
    changed_at = max((stamp for stamp in stamps if stamp), default=None)
    record: m.MirrorRecord = MESSAGES[name](external_id=key, changed_at=changed_at, raw=kept(raw), **values)
    return record


def _used(rows: Rows, row: Row) -> Row:
    """What was received for us, without the stamp: a row that was only touched is no new version."""
    wanted = {root for path in [*rows.fields.values(), rows.key] for root in roots(path)}
    return {name: row[name] for name in sorted(wanted) if name in row}


def _stamp(rows: Rows, row: Row, clock: Clock) -> dt.datetime | None:
    try:
        return instant(say(rows.stamp, row), clock) if rows.stamp else None
    except Missing:
        return None


def _nested(rows: Rows, row: Row) -> list[Row]:
    found = walk(rows.at, row)
    if isinstance(found, Mapping):  # OData V2 wraps them
        found = found.get("results", found)
    if found in (None, False, ""):
        return []
    if not isinstance(found, list):
        raise TypeError(f"{rows.at} is no list of lines")
    return found


def _line(message: type, rows: Rows, row: Row, clock: Clock) -> Any:
    return message(external_id=text(say(rows.key, row)), **build(message, rows.fields, row, clock))


def _edges(values: Mapping[str, Any]) -> tuple[m.GenealogyEdge, ...]:
    """Every lot that was taken, into every lot that is made; what was only planned to be taken is none."""
    took = [move for move in values.get("inputs", ()) if move.lot_id and move.state == "done"]
    made = [move for move in values.get("outputs", ()) if move.lot_id and move.state not in ENDED]
    return tuple(
        m.GenealogyEdge(
            external_id=f"{one.external_id}:{other.external_id}", from_lot_id=one.lot_id, to_lot_id=other.lot_id,
            quantity=one.quantity, unit_id=one.unit_id, document=values["number"],
        )
        for one in took
        for other in made
    )  # fmt: skip
