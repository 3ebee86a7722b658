"""Messages to rows of the mirror: the record itself and, for documents, its lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cache
from itertools import chain
from typing import Any

from connectors.messages import MirrorRecord
from qms.lib import canonical
from qms.masterdata.specs import SPECS
from qms.masterdata.upsert import Row

RENAMED = {"state": "state_text", "ordered_date": "order_date", "received_date": "receipt_date"}
TOUCHES = {"create_date", "write_date"}  # a record that was only touched is no new version


@dataclass(frozen=True)
class Lines:
    """Where a document keeps its lines, what they are in the mirror, and how each names its document."""

    attribute: str
    object: str
    owner: str


LINES: dict[str, tuple[Lines, ...]] = {
    "routings": (Lines("steps", "routing-steps", "routing_ref"),),
    "boms": (Lines("lines", "bom-lines", "bom_ref"),),
    "purchase-orders": (Lines("lines", "purchase-order-lines", "order_ref"),),
    "receipts": (Lines("lines", "receipt-lines", "receipt_ref"),),
    "production-orders": (
        Lines("operations", "production-operations", "order_ref"),
        Lines("edges", "genealogy", "order_ref"),
    ),
    "shipments": (Lines("lines", "shipment-lines", "shipment_ref"),),
}


@dataclass(frozen=True)
class Document:
    """A record's row with the rows of its lines, by the lines' object: kept whole or not at all."""

    row: Row
    lines: Mapping[str, list[Row]]

    @property
    def key(self) -> str:
        return str(self.row["external_id"])


def prepare(object: str, documents: list[Document], *, are_new: bool) -> None:
    """Make the rows' contents (and where they will be written, their lines) ahead of their turn, up to the first that has
    none; it is refused when it is written."""
    lines = chain.from_iterable(document.lines.items() for document in documents)
    with suppress(TypeError, ValueError, KeyError):
        for name, rows in chain([(object, [document.row for document in documents])], lines):
            spec = SPECS[name] if are_new else None
            for row in rows:
                row.prepare(spec)


def documents_of(object: str, records: Iterable[MirrorRecord]) -> list[Document]:
    kinds = LINES.get(object, ())
    return [Document(row_of(record), _told_lines(kinds, record)) for record in records]


def _told_lines(kinds: tuple[Lines, ...], record: MirrorRecord) -> dict[str, list[Row]]:
    """A document that does not tell its lines (None) keeps those that it has."""
    told = [kind for kind in kinds if getattr(record, kind.attribute) is not None]
    return {kind.object: lines_of(kind, record) for kind in told}


def row_of(record: MirrorRecord) -> Row:
    """Every member of the message under the mirror's name; what has no column, a document's lines too, is content:
    a document with other lines is another version of it."""
    row = _members(record)
    row["raw"] = untouched(record.raw)
    return row


def lines_of(kind: Lines, record: MirrorRecord) -> list[Row]:
    """The lines, in the document's order; they are as old as the document."""
    return [
        Row(
            {
                **_members(line),
                "number": f"{record.number}/{position}",
                "changed_at": record.changed_at,
                kind.owner: record.external_id,
            }
        )
        for position, line in enumerate(getattr(record, kind.attribute) or (), start=1)
    ]


def _members(message: Any) -> Row:
    row = Row(vars(message))
    row.pop("raw", None)
    for told, ours in _renamed(message.__class__):
        row[ours] = row.pop(told)
    return row


@cache
def _renamed(kind: Any) -> list[tuple[str, str]]:
    """Members of such a message that have another name in the mirror."""
    return [(field.name, _name(field.name)) for field in fields(kind) if _name(field.name) != field.name]


def _name(name: str) -> str:
    if name.endswith("_id") and name != "external_id":
        return name.removesuffix("_id") + "_ref"
    return RENAMED.get(name, name)


def untouched(value: Any) -> Any:
    """What was received without the dates of the last touch, at every depth."""
    if isinstance(value, (dict, Mapping)):
        if not (type(value) is dict and TOUCHES.isdisjoint(value)):
            value = {name: part for name, part in value.items() if name not in TOUCHES}
        return canonical.replaced(value, untouched)
    if isinstance(value, (list, tuple)):
        return [untouched(part) for part in value]
    return value
