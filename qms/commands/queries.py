"""What pages tell of commands: those that were asked at once stand together, with how many are confirmed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .models import Command

GONE = ("CANCELLED", "SUPERSEDED")


@dataclass(frozen=True)
class Asked:
    """One thing asked of one or more systems. `counting`: those that were not withdrawn."""

    rows: tuple[Command, ...]

    @property
    def first(self) -> Command:
        return self.rows[0]

    @property
    def counting(self) -> list[Command]:
        return [row for row in self.rows if row.state not in GONE]

    @property
    def confirmed(self) -> int:
        return sum(row.is_confirmed for row in self.counting)

    @property
    def late(self) -> list[str]:
        return [row.target for row in self.counting if row.is_late]

    @property
    def is_whole(self) -> bool:
        return self.confirmed == len(self.counting)


def grouped(rows: Iterable[Command]) -> list[Asked]:
    """In the order in which they were asked."""
    found: dict[tuple[str, str, str], list[Command]] = {}
    for row in rows:
        found.setdefault((row.record_type, row.record_key, row.purpose), []).append(row)
    return [Asked(tuple(each)) for each in found.values()]


def beside(command: Command) -> list[Command]:
    """The same asked of other systems."""
    rows = Command.objects.filter(record_type=command.record_type, record_key=command.record_key)
    return list(rows.filter(purpose=command.purpose).exclude(pk=command.pk).order_by("target"))


# What an answer holds beside its state, in the order of the page.
EVIDENCE = ("by", "at", "location", "id", "url", "note", "reason")


@dataclass(frozen=True)
class Said:
    """One answer: the state that was told, its evidence and the quantities."""

    state: str
    evidence: dict[str, Any]
    quantity: dict[str, str]


def answers(command: Command) -> list[Said]:
    return [
        Said(state, {name: said[name] for name in EVIDENCE if said.get(name)}, said.get("quantity") or {})
        for state, said in command.answers.items()
    ]
