"""What became of a file or page: counts, records, and each line that was refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from connectors.models import IntakeState

from . import words
from .base import Bad


@dataclass(frozen=True)
class Wrong:
    """One line of what was refused."""

    row: int
    column: str
    code: str
    values: dict[str, Any]

    @property
    def text(self) -> str:
        return words.told(self.code, self.values)

    def plain(self) -> dict[str, Any]:
        return {"row": self.row, "column": self.column, "code": self.code, "text": self.text}


@dataclass
class Result:
    """What became of one file or page."""

    counts: dict[str, int] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    notes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    bad: Wrong | None = None

    @property
    def state(self) -> str:
        if self.bad:
            return IntakeState.ERROR
        return IntakeState.PARTLY if self.wrong else IntakeState.DONE

    @property
    def taken(self) -> int:
        return sum(count for name, count in self.counts.items() if name != "refused")


class Whole(Bad):
    """All or nothing, and it is nothing."""

    def __init__(self, wrong: list[Wrong]) -> None:
        super().__init__("all_or_nothing", count=len(wrong))
        self.wrong = wrong
