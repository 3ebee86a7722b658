"""Kinds of imports. Rooms above register their own from their apps (`register(GaugeKind())`); nothing is found by walking."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from qms.accounts.models import Site

from .columns import Column
from .problems import Said

KINDS: dict[str, "Kind"] = {}


@dataclass
class Row:
    """A row of the file on its way. `number`: its line in the file. `changes`: (column, old, new) as text."""

    number: int
    values: dict[str, Any]
    problems: list[Said] = field(default_factory=list)
    verdict: str = ""
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    held: Any = None  # what the kind found of it in the database

    @property
    def key(self) -> str:
        return str(self.values.get("external_id") or "")

    def refuse(self, code: str, column: str = "", **params: Any) -> None:
        self.problems.append(Said(code, column, params))


@dataclass(frozen=True)
class Context:
    """For whom and where an import works. `source` names the old system."""

    batch: Any
    site: Site
    source: str
    by: Any
    run: uuid.UUID
    memory: dict[str, Any] = field(default_factory=dict)  # what a kind remembers from chunk to chunk

    @property
    def mirror(self) -> str:
        """The source under which master data stand."""
        return f"import:{self.source}"


@dataclass(frozen=True)
class Made:
    """What applying one row did. `before`: what it was, for the way back; `after`: what tells whether somebody touched it since."""

    row: int
    effect: str
    subject: Any = None
    label: str = ""
    before: dict[str, Any] = field(default_factory=dict)
    after: str = ""
    problem: Said | None = None


@dataclass(frozen=True)
class Fate:
    """What rolling back would do with one thing that was made; `why` says why it stays."""

    outcome: Any
    what: Any = ""
    why: Any = ""

    @property
    def is_possible(self) -> bool:
        return not self.why


class Kind:
    """`rights`: beside import.run, on the site of the import. `shared`: rows belong to all sites, so import.run is asked on all."""

    name = ""
    label: Any = ""
    explain: Any = ""
    columns: tuple[Column, ...] = ()
    rights: tuple[str, ...] = ()
    shared = False
    chunk = 500

    def judge(self, context: Context, rows: list[Row]) -> None:
        """Gives every row its verdict, or problems. Writes nothing; rows come without problems."""
        raise NotImplementedError

    def apply(self, context: Context, rows: list[Row]) -> list[Made]:
        """Writes new and changed rows by acts, in the caller's transaction."""
        raise NotImplementedError

    def survey(self, context: Context, outcomes: list[Any]) -> list[Fate]:
        """What rolling back would do with each thing that was made."""
        raise NotImplementedError

    def undo(self, context: Context, fates: list[Fate], reason: str) -> None:
        """Undoes what is possible, by acts, in the caller's transaction."""
        raise NotImplementedError

    @property
    def required(self) -> list[str]:
        return [column.name for column in self.columns if column.required]

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


def register(kind: Kind) -> None:
    if kind.name in KINDS and type(KINDS[kind.name]) is not type(kind):
        raise ValueError(f"the kind of import {kind.name} is registered twice")
    KINDS[kind.name] = kind


def names() -> Iterable[tuple[str, Any]]:
    return [(kind.name, kind.label) for kind in KINDS.values()]
