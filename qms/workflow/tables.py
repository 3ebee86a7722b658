"""Transition, State and Workflow: pure tables, no Django model."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

# A guard answers with the reason why not (translated text), or with "" when the way is free.
Guard = Callable[[Any], Any]
REGISTRY: dict[str, "Workflow"] = {}
STAY = "="


@dataclass(frozen=True)
class State:
    code: str
    label: Any
    tone: str = "neutral"  # neutral, info, warning, success, danger, muted
    final: bool = False


@dataclass(frozen=True)
class Transition:
    """One legal step; target "=" stays in the state. `signature`: the meaning to sign, "" for none; `by_system`: no button."""

    name: str
    label: Any
    sources: tuple[str, ...]
    target: str
    permission: str
    event: str
    guards: tuple[Guard, ...] = ()
    signature: str = ""
    reason: bool = False
    caused: bool = False  # corrects what was recorded: asks for one of the list of reasons for change too
    by_system: bool = False
    counts: bool = True  # False: the record's content stays as it is (a signature on it), so its version does too
    form: str = ""  # URL name of a form of its own; "" = the general confirmation page

    def leads_to(self, state: str) -> str:
        return state if self.target == STAY else self.target

    def blocked(self, record: Any) -> Any:
        """The first guard's reason, or ""."""
        return next((why for guard in self.guards if (why := guard(record))), "")


@dataclass(frozen=True)
class Workflow:
    """A record type's lifecycle. Binds itself to its model, which may not import it (rooms, architecture.md §3)."""

    model: Any
    initial: tuple[str, ...]
    states: tuple[State, ...]
    transitions: tuple[Transition, ...] = field(default=())

    def __post_init__(self) -> None:
        known = {s.code for s in self.states}
        for t in self.transitions:
            if unknown := {*t.sources, t.target} - known - {STAY}:
                raise ValueError(f"{self.table}: transition {t.name} names unknown states {sorted(unknown)}")
        if len({t.name for t in self.transitions}) != len(self.transitions):
            raise ValueError(f"{self.table}: two transitions of one name")
        REGISTRY[self.table] = self
        self.model.workflow = self

    @property
    def table(self) -> str:
        return str(self.model._meta.db_table)

    def state(self, code: str) -> State:
        return next(s for s in self.states if s.code == code)

    def transition(self, name: str) -> Transition:
        return next(t for t in self.transitions if t.name == name)

    def leaving(self, code: str) -> list[Transition]:
        return [t for t in self.transitions if code in t.sources]

    @property
    def choices(self) -> list[tuple[str, Any]]:
        return [(s.code, s.label) for s in self.states]

    @property
    def open_states(self) -> list[str]:
        return [s.code for s in self.states if not s.final]


def edges() -> Iterator[tuple[str, str, str]]:
    """Every legal (table, source, target); source "" is the birth of a row."""
    for workflow in REGISTRY.values():
        yield from ((workflow.table, "", code) for code in workflow.initial)
        for t in workflow.transitions:
            if t.target != STAY:
                yield from ((workflow.table, source, t.target) for source in t.sources)
