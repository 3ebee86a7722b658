"""Canonical JSON in a profile where RFC 8785 and `json.dumps(sort_keys)` give the same bytes.

Profile: ASCII keys, no floats, integers within ±(2^53-1), decimals and times as strings (integrity.md §2.3).
"""

import dataclasses
import datetime
import decimal
import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any

import msgspec

LARGEST_INTEGER = 2**53 - 1
AS_IS = frozenset({str, bool, type(None)})  # asked first: most of what is written down is text
ENCODER = msgspec.json.Encoder(order="sorted")


def plain(value: Any) -> Any:
    """Reduce a value to the profile's types. Raises TypeError for what has no exact text (floats, sets, objects).

    What is plain already comes back as it is, not as a copy.
    """
    kind = type(value)
    if kind in AS_IS or (kind is int and -LARGEST_INTEGER <= value <= LARGEST_INTEGER):
        return value
    if isinstance(value, dict):
        return _members(value)
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, (str, bool)):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise TypeError(f"integer {value} is beyond 2^53-1; pass it as text")
        return value
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, (datetime.datetime, datetime.date)):
        return instant(value) if isinstance(value, datetime.datetime) else value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain({f.name: getattr(value, f.name) for f in dataclasses.fields(value)})
    return _container(value)


def _container(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [item if type(item) in AS_IS else plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _members(value: dict[Any, Any]) -> dict[str, Any]:
    try:
        is_ascii = "".join(value).isascii()
    except TypeError:
        is_ascii = False
    if not is_ascii:
        raise TypeError(f"keys {list(value)!r} are not all ASCII text")
    return replaced(value, plain)


def replaced(value: dict[Any, Any], change: Callable[[Any], Any]) -> dict[Any, Any]:
    """Every member that is more than text through `change`; the very same dict when none of them became another."""
    made = value
    for key, item in value.items():
        if type(item) not in AS_IS and (other := change(item)) is not item:
            if made is value:
                made = value.copy()
            made[key] = other
    return made


def instant(value: datetime.datetime) -> str:
    """UTC with microseconds and a Z; refuses naive times, whose meaning nobody can prove."""
    if value.tzinfo is None:
        raise TypeError("naive time")
    return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def encode(value: Any) -> bytes:
    known = plain(value)
    try:
        return ENCODER.encode(known)
    except TypeError:  # a subclass of a text or a number; slower, and the same bytes
        return json.dumps(known, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def dumps(value: Any) -> str:
    return encode(value).decode()


def digest(value: Any) -> str:
    """SHA-256 of the canonical bytes, hexadecimal."""
    return hashlib.sha256(encode(value)).hexdigest()
