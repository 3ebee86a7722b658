"""What a protocol supplies to the kernel: a page of a list, one row, a call, the names of the fields that there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from connectors.adapters.described.description import Rows
from connectors.base import Exchange

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Ask:
    """Rows changed at or after `since`, with a key behind `after`, in the order of the key. `link`: go on where the other side
    said so. `within`: only rows whose field has one of these values. `is_latest`: only the row that changed last."""

    limit: int
    fields: tuple[str, ...] = ()
    since: dt.datetime | None = None
    after: str = ""
    link: str = ""
    within: tuple[str, tuple[str, ...]] | None = None
    is_latest: bool = False


@dataclass(frozen=True)
class Answer:
    """`link`: where the next page stands, if the other side says so; `at`: its own clock, if it tells that."""

    rows: list[Row]
    link: str = ""
    at: dt.datetime | None = None


class Dialect(Protocol):
    keeps_limit: bool  # a page shorter than asked for is the last one; else only an empty page is

    def known(self, rows: Rows) -> Exchange[frozenset[str] | None]:
        """The fields that a list has; None where the other side does not tell."""

    def ask(self, rows: Rows, ask: Ask) -> Exchange[Answer]: ...

    def one(self, rows: Rows, key: str, fields: tuple[str, ...]) -> Exchange[Row | None]:
        """None when it is gone."""

    def call(self, told: Mapping[str, Any]) -> Exchange[Any]:
        """A step of a movement, in the protocol's own members. Raises Permanent("needs_person") where the ERP asks instead
        of doing."""
