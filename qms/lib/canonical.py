"""Canonical JSON in a profile where RFC 8785 and `json.dumps(sort_keys)` give the same bytes.

Profile: ASCII keys, no floats, integers within ±(2^53-1), decimals and times as strings (integrity.md §2.3).
"""

import dataclasses
import datetime
import decimal
import hashlib
import json
import uuid
from typing import Any

LARGEST_INTEGER = 2**53 - 1


def plain(value: Any) -> Any:
    """Reduce a value to the profile's types. Raises TypeError for what has no exact text (floats, sets, objects)."""
    if value is None or isinstance(value, (str, bool)):
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
        return [plain(item) for item in value]
    if isinstance(value, dict):
        for key in value:
            if not (isinstance(key, str) and key.isascii()):
                raise TypeError(f"key {key!r} is not ASCII text")
        return {key: plain(item) for key, item in value.items()}
    raise TypeError(f"{type(value).__name__} has no canonical form")


def instant(value: datetime.datetime) -> str:
    """UTC with microseconds and a Z; refuses naive times, whose meaning nobody can prove."""
    if value.tzinfo is None:
        raise TypeError("naive time")
    return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def dumps(value: Any) -> str:
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Any) -> str:
    """SHA-256 of the canonical bytes, hexadecimal."""
    return hashlib.sha256(dumps(value).encode()).hexdigest()
