"""What a comparison has seen, before it becomes a row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from connectors.messages import DocumentFound


@dataclass(frozen=True)
class Seen:
    """`fields`: [[name, ours, theirs]]. `record`: number of the record of ours that it concerns."""

    object: str
    key: str
    kind: str
    name: str = ""
    owner: str = ""
    record: str = ""
    fields: list[list[str]] = field(default_factory=list)

    @property
    def mark(self) -> str:
        return hashlib.sha256(repr((self.kind, self.fields)).encode()).hexdigest()[:32]


@dataclass
class Count:
    """One object of one run. `windows`: days of change; `in_flight`: too young to have been read yet."""

    object: str
    here: int = 0
    there: int = 0
    windows: int = 0
    differing: int = 0
    found: int = 0
    in_flight: int = 0

    def plain(self) -> dict[str, Any]:
        return dict(self.__dict__)


class Other(Protocol):
    """The other side, asked afresh (`connectors.sync.afresh`)."""

    objects: list[str]
    lines: dict[str, list[str]]

    def pages(self, object: str) -> Iterator[dict[str, list[Any]]]: ...

    def one(self, object: str, key: str) -> dict[str, list[Any]]: ...

    @property
    def tells_documents(self) -> bool: ...

    def documents(self, stems: tuple[str, ...]) -> Iterable[DocumentFound]: ...
