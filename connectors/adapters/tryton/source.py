"""The shape of a source: model, fields, the parts that change without touching it, the translation of a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors import messages as m
from connectors.adapters.tryton.values import changes, kept, key, key_or_none, number
from connectors.adapters.tryton.wire import Domain, Row

DATES = ("create_date", "write_date")


@dataclass(frozen=True)
class Part:
    """Rows whose change does not touch the record that they belong to. `parent` is the field that leads there."""

    model: str
    parent: str
    only: tuple[Any, ...] = ()

    @property
    def domain(self) -> Domain:
        return [list(self.only)] if self.only else []


@dataclass(frozen=True)
class Source:
    model: str
    fields: tuple[str, ...]
    build: Callable[[Row, dict[str, Any]], m.MirrorRecord]
    parts: tuple[Part, ...] = ()


def to_record(source: Source, row: Row, zone: dt.tzinfo) -> m.MirrorRecord:
    """Raises KeyError, TypeError or ValueError for a row that is not as expected."""
    row = _ordered(row)
    changed_at = max(changes(row, zone), default=None)
    return source.build(row, {"external_id": key(row["id"]), "changed_at": changed_at, "raw": kept(row)})


def _ordered(value: Any) -> Any:
    """Nested rows by id: the ERP gives them in an order that may change while the content does not."""
    if isinstance(value, dict):
        return {name: _ordered(part) for name, part in value.items()}
    if isinstance(value, list) and all(isinstance(part, dict) and "id" in part for part in value):
        return sorted((_ordered(part) for part in value), key=lambda part: int(part["id"]))
    return value


def nested(prefix: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{prefix}.{name}" for name in (*names, *DATES))


def moved(move: Row) -> dict[str, Any]:
    """A stock move as the lines of documents have it."""
    return {
        "external_id": key(move),
        "item_id": key(move["product"]),
        "lot_id": key_or_none(move["lot"]),
        "quantity": number(move["quantity"]),
        "unit_id": key(move["unit"]),
        "state": move["state"],
    }


MOVE = ("product", "lot", "quantity", "unit", "state")
