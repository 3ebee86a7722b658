"""Sparkplug B payloads, read only: the wire format of protocol buffers and the few fields that a reading needs. No dependency."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from .base import Bad

SIGNED = {1: 8, 2: 16, 3: 32, 4: 64}  # Int8 … Int64 travel as unsigned of 32 or 64 bits
MOST_METRICS = 10_000


@dataclass
class Metric:
    name: str = ""
    alias: int | None = None
    at: int | None = None
    type: int = 0
    is_historical: bool = False
    is_null: bool = False
    value: Any = None


@dataclass
class Payload:
    """`at`: milliseconds since 1970; `seq`: 0 … 255, grows by one with each message of an edge node."""

    at: int | None = None
    seq: int | None = None
    metrics: list[Metric] = field(default_factory=list)


def read(body: bytes) -> Payload:
    """Raises Bad."""
    made = Payload()
    try:
        for number, value in _fields(body):
            if number == 1:
                made.at = value
            elif number == 3:
                made.seq = value
            elif number == 2 and len(made.metrics) < MOST_METRICS:
                made.metrics.append(_metric(value))
    except (IndexError, ValueError, TypeError, struct.error):
        raise Bad("not_sparkplug") from None
    return made


def _fields(body: bytes) -> Iterator[tuple[int, Any]]:
    place, value = 0, cast(Any, None)
    while place < len(body):
        tag, place = _varint(body, place)
        number, kind = tag >> 3, tag & 7
        if not number:
            raise ValueError(number)
        if kind == 0:
            value, place = _varint(body, place)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            value, place = body[place : place + size], place + size
        elif kind == 2:
            size, place = _varint(body, place)
            value, place = body[place : place + size], place + size
        else:
            raise ValueError(kind)
        if place > len(body):
            raise ValueError(place)
        yield number, value


def _varint(body: bytes, place: int) -> tuple[int, int]:
    found = shift = 0
    while True:
        byte = body[place]
        found |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if not byte & 128:
            return found, place
        if shift > 63:
            raise ValueError(shift)


def _metric(body: bytes) -> Metric:
    made = Metric()
    raw: dict[int, Any] = {}
    for number, value in _fields(body):
        raw[number] = value
    made.name = bytes(raw.get(1, b"")).decode()
    made.alias, made.at, made.type = raw.get(2), raw.get(3), int(raw.get(4, 0))
    made.is_historical, made.is_null = bool(raw.get(5)), bool(raw.get(7))
    made.value = None if made.is_null else _value(raw, made.type)
    return made


def _value(raw: dict[int, Any], kind: int) -> Any:
    """Fields 10 … 16: int, long, float, double, boolean, string, bytes."""
    if 10 in raw or 11 in raw:
        number = int(raw.get(10, raw.get(11, 0)))
        bits = 32 if 10 in raw else 64
        return number - (1 << bits) if kind in SIGNED and number >> (bits - 1) else number
    if 12 in raw:
        return struct.unpack("<f", raw[12])[0]
    if 13 in raw:
        return struct.unpack("<d", raw[13])[0]
    if 14 in raw:
        return bool(raw[14])
    return bytes(raw[15]).decode() if 15 in raw else None
