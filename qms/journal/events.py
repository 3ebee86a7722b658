"""Registry of events: dotted name in the past tense, a sentence for people, a versioned payload for machines."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

EVENTS: dict[str, "Event"] = {}
SUBSCRIBERS: dict[str, list[Callable[..., None]]] = {}


@dataclass(frozen=True)
class Event:
    """`sentence` is a lazy msgid with %(field)s of the payload; `payload` a frozen dataclass of plain values; `words`:
    (field, ((code, label), …)) for payload codes that people read as words."""

    name: str
    sentence: Any
    payload: type
    version: int = 1
    words: tuple[tuple[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if self.name in EVENTS:
            raise ValueError(f"event {self.name} is declared twice")
        EVENTS[self.name] = self

    @property
    def type(self) -> str:
        """The name outside: qms.ncr.reported.v1."""
        return f"qms.{self.name}.v{self.version}"

    def fields(self) -> list[tuple[str, str]]:
        return [(f.name, getattr(f.type, "__name__", str(f.type))) for f in dataclasses.fields(self.payload)]


@dataclass(frozen=True)
class Nothing:
    """Payload of events that say all by their name, record and reason."""


def subscribe(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Registers a handler(happening), called in the act's own transaction; news travels up only (architecture.md §3)."""

    def register(handler: Callable[..., None]) -> Callable[..., None]:
        if handler not in SUBSCRIBERS.setdefault(name, []):
            SUBSCRIBERS[name].append(handler)
        return handler

    return register
