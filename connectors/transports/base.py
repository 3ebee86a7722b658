"""Words that all transports share. A transport brings bytes and rows; what they mean is the mapping's business."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

ENCODER = msgspec.json.Encoder(decimal_format="number")
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "gb18030", "utf-16")
MOST_BYTES, MOST_ROWS = 32 * 1024 * 1024, 100_000


class Bad(Exception):
    """The file, page or message as a whole; nothing of it is taken. `code` and `values` are put into words by `words`."""

    def __init__(self, code: str, *, row: int = 0, column: str = "", **values: Any) -> None:
        super().__init__(code)
        self.code, self.row, self.column, self.values = code, row, column, values


@dataclass(frozen=True)
class Row:
    """`number`: as a person finds it in the source. `id`: the sender's own name of what it tells, "" where it has none.

    `fault`: (column, code, values) of a cell that cannot be what was declared. `event`: a whole CloudEvent, taken as it is.
    `key`: which state of the row it is, where one is told of more than once."""

    number: int
    data: dict[str, Any]
    id: str = ""
    type: str = ""
    fault: tuple[str, str, dict[str, Any]] | None = None
    event: bytes = b""
    key: str = ""


@dataclass
class Content:
    """What a format made of bytes. `notes`: (code, values) of what is odd and does no harm."""

    rows: list[Row] = field(default_factory=list)
    notes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@dataclass(frozen=True)
class Format:
    """How the bytes are to be read, as declared for the interface; nothing is guessed.

    `numbers`, `times`: columns that hold them. `row`: local name of the XML element that is one row."""

    format: str = "csv"
    encoding: str = "utf-8"
    separator: str = ","
    decimal_comma: bool = False
    time_format: str = ""
    numbers: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    id: str = ""
    type: str = "mes.defect.logged"
    type_column: str = ""
    trailer: bool = False
    complete: bool = False  # of an ERP's objects: what is not told is gone
    row: str = ""
    schema: str = ""

    @classmethod
    def of(cls, told: dict[str, Any]) -> Format:
        names = set(cls.__dataclass_fields__)
        known: dict[str, Any] = {
            name: value for name, value in told.items() if name in names and value not in (None, "")
        }
        lists: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in known.items()}
        return cls(**lists)


def put(data: dict[str, Any], name: str, value: Any) -> None:
    """`quantity.affected` stands for a member of `quantity`."""
    *path, last = name.split(".")
    for part in path:
        held = data.setdefault(part, {})
        if not isinstance(held, dict):
            raise Bad("twice", column=name)
        data = held
    if last in data:
        raise Bad("twice", column=name)
    data[last] = value
