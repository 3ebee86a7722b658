"""Tryton's typed JSON values, both ways, and what a row may hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

PARTS = ("year", "month", "day", "hour", "minute", "second", "microsecond")


def pack(value: Any) -> Any:
    """Our values as Tryton wants them on the wire. Decimals are for its Numeric fields; see `as_float` for others."""
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    if isinstance(value, dt.datetime):
        return {"__class__": "datetime"} | {part: getattr(value, part) for part in PARTS}
    if isinstance(value, dt.date):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    if isinstance(value, Mapping):
        return {key: pack(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [pack(part) for part in value]
    return value


def as_float(quantity: Decimal) -> float:
    """Tryton keeps quantities in binary; raises ValueError where that would change the number."""
    number = float(quantity)
    if Decimal(repr(number)) != quantity:
        raise ValueError(f"{quantity} cannot be kept by the ERP without rounding")
    return number


def kept(value: Any) -> Any:
    """A row as it may be stored: what was received, with fractions as text instead of binary numbers."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {key: kept(part) for key, part in value.items()}
    if isinstance(value, list):
        return [kept(part) for part in value]
    return value


def moment(value: Any, zone: dt.tzinfo) -> dt.datetime | None:
    """Datetimes on the wire are naive, in the time zone of the ERP's server."""
    if value is None:
        return None
    year, month, date, hour, minute, second = (value[part] for part in PARTS[:6])
    stamped = dt.datetime(year, month, date, hour, minute, second, value.get("microsecond", 0), tzinfo=zone)
    return stamped.astimezone(dt.UTC)


def day(value: Any) -> dt.date | None:
    return None if value is None else dt.date(value["year"], value["month"], value["day"])


def number(value: Any) -> Decimal:
    """Exact: the text of the answer was parsed as Decimal. Trailing zeros of a binary number say nothing."""
    if isinstance(value, dict):
        return Decimal(value["decimal"])
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(f"{value!r} is not a number")
    return Decimal(value)


def key(value: Any) -> str:
    """The id of a nested row, a bare id, or the id part of a reference such as `purchase.line,5`."""
    if isinstance(value, dict):
        value = value["id"]
    if isinstance(value, str):
        value = int(value.rpartition(",")[2])
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is not an id")
    return str(value)


def key_or_none(value: Any) -> str | None:
    return None if value is None else key(value)


def changes(row: Any, zone: dt.tzinfo) -> Iterator[dt.datetime]:
    """When the row and every row inside it was last changed. `write_date` is null until the first write."""
    if isinstance(row, list):
        for part in row:
            yield from changes(part, zone)
    elif isinstance(row, dict):
        at = moment(row.get("write_date") or row.get("create_date"), zone)
        if at:
            yield at
        for part in row.values():
            if isinstance(part, dict | list):
                yield from changes(part, zone)
