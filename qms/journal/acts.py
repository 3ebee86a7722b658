"""`act()`: one person (or part of the system) does one thing; every row written inside belongs to it."""

import contextvars
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.db import connection, models, transaction

from qms.lib import canonical, statement
from qms.lib.ids import uuid7

from .events import SUBSCRIBERS, Event, Nothing


@dataclass(frozen=True)
class Actor:
    """Who acts, as text: the trail must stay readable when an account is gone."""

    id: str
    name: str
    role: str = ""
    on_behalf: str = ""

    def actor(self) -> "Actor":
        return self


class Acting(Protocol):
    def actor(self) -> Actor: ...


@dataclass(frozen=True)
class Origin:
    """Where the current call came from: ui, api, mes:<interface>, relay …, and its request id."""

    source: str = "system"
    request: str = ""


NOWHERE = Origin()
ORIGIN: contextvars.ContextVar[Origin] = contextvars.ContextVar("qms_origin", default=NOWHERE)


@dataclass(frozen=True)
class Happening:
    """What subscribers get."""

    event: str
    subject: Any
    payload: Any
    by: Any
    entry_id: int
    at: datetime


class SilentAct(RuntimeError):
    """An act changed something and said nothing: a programming error, never shown to a person as a message."""


@dataclass(frozen=True)
class Line:
    """A journal line of a row that was written by a set-wise statement, and is not in memory."""

    key: int
    label: str
    site: int | None
    payload: Any

    def plain(self) -> dict[str, Any]:
        data = canonical.dumps(self.payload)
        return {"key": str(self.key), "label": self.label, "site": self.site, "data": data}


@dataclass
class Act:
    event: Event
    by: Any
    id: Any = field(default_factory=uuid7)
    entries: list[Happening] = field(default_factory=list)
    # Hot paths only: an UPDATE … RETURNING of the caller's that travels with the first line (one round trip less), made of the
    # subject when it exists; `beside_rows` then says how many rows it found.
    beside: Callable[[Any], tuple[str, list[Any]]] | None = None
    beside_rows: int = 0

    def record(self, subject: Any, payload: Any = None, *, event: Event | None = None) -> Happening:
        """Write the act's line, after the change (architecture.md §7), and tell the subscribers."""
        event, payload = event or self.event, payload if payload is not None else Nothing()
        entry_id, at = self._write(event, subject, payload)
        happening = Happening(event.name, subject, payload, self.by, entry_id, at)
        self.entries.append(happening)
        for handler in SUBSCRIBERS.get(event.name, ()):
            handler(happening)
        return happening

    def record_all(self, model: type[models.Model], lines: Sequence["Line"]) -> None:
        """One line for each of many rows of a model, in one statement; a row stands once in `lines`.

        Subscribers are told of each; its row is read for them only when there are any.
        """
        rows = [line.plain() for line in lines]
        values = [self.event.name, self.event.version, model._meta.label_lower, json.dumps(rows)]
        written = {key: (entry_id, at) for entry_id, key, at in statement.rows(RECORD_ALL, values)}
        handlers = SUBSCRIBERS.get(self.event.name, ())
        subjects = model._base_manager.in_bulk([line.key for line in lines]) if handlers else {}
        for line in lines:
            entry_id, at = written[str(line.key)]
            happening = Happening(
                self.event.name, subjects.get(line.key, line.label), line.payload, self.by, entry_id, at
            )
            self.entries.append(happening)
            for handler in handlers:
                handler(happening)

    def _write(self, event: Event, subject: Any, payload: Any) -> tuple[int, datetime]:
        line = [event.name, event.version, *identity(subject), canonical.dumps(payload)]
        if self.beside is None:
            return statement.rows(RECORD, line)[0]
        (sql, values), self.beside = self.beside(subject), None
        [(entry_id, at, self.beside_rows)] = statement.rows(RECORD_BESIDE.format(sql), [*values, *line])
        return entry_id, at


RECORD_ALL = "SELECT entry_id, subject_key, recorded_at FROM qms_record_acts(%s, %s, %s, %s::json)"


@contextmanager
def act(event: Event, *, by: Acting, reason: str = "", source: str = "") -> Iterator[Act]:
    """One atomic block with its own act id. Acts may nest (an act that causes another); the outer one is restored."""
    running = Act(event, by)
    values = context_values(running.id, by.actor(), reason=reason, source=source)
    with opened(values):
        yield running
        if not running.entries:
            raise SilentAct(f"act {event.name} recorded nothing")


@contextmanager
def opened(values: list[str]) -> Iterator[None]:
    """The atomic block of an act.

    A released savepoint leaks its settings to the block around it (core-path.md §6), hence the explicit restore.
    """
    outer, inside = OPEN.get(), connection.in_atomic_block
    token = OPEN.set(values)
    try:
        with transaction.atomic():
            _set(values)
            yield
            if inside:
                _set(outer or CLOSED)
    finally:
        OPEN.reset(token)


@contextmanager
def entered(values: list[str]) -> Iterator[None]:
    """For hot paths: a statement of the caller's own transaction, whose only act this is, has set the context (core-path.md §5.3)."""
    if OPEN.get() is not None or not connection.in_atomic_block:
        raise RuntimeError("only in a transaction of its own, and never inside another act")
    token = OPEN.set(values)
    try:
        yield
    finally:
        OPEN.reset(token)


SETTINGS = ("qms.act", "qms.actor", "qms.who", "qms.reason", "qms.source", "qms.request")
SET = "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in SETTINGS)


def context_values(act_id: Any, actor: Actor, *, reason: str = "", source: str = "") -> list[str]:
    """Values for SETTINGS, so that a hot path may merge them into a statement of its own (core-path.md §5.3)."""
    origin = ORIGIN.get()
    who = {"id": actor.id, "name": actor.name, "on_behalf": actor.on_behalf, "role": actor.role}
    return [str(act_id), actor.id, canonical.dumps(who), reason, source or origin.source, origin.request]


CLOSED = [""] * len(SETTINGS)
OPEN: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("qms_open", default=None)


def _set(values: list[str]) -> None:
    statement.one(SET, values)


RECORD = "SELECT entry_id, recorded_at FROM qms_record_act(%s, %s, %s, %s, %s, %s, %s)"
RECORD_BESIDE = "WITH beside AS ({}) " + RECORD.replace(
    "recorded_at FROM", "recorded_at, (SELECT count(*) FROM beside) FROM"
)


def identity(subject: Any) -> tuple[str, str, str, int | None]:
    """(type, key, label, site) of a row, or of a plain name such as "trail"."""
    if isinstance(subject, models.Model):
        label = getattr(subject, "number", "") or str(subject)
        return subject._meta.label_lower, str(subject.pk), str(label), getattr(subject, "site_id", None)
    return "name", str(subject), str(subject), None
