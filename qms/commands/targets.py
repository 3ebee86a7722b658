"""Who can be asked on the shop floor. The room that knows the interfaces registers what answers (architecture.md §3)."""

from collections.abc import Callable
from dataclasses import dataclass

from .choices import Ask


@dataclass(frozen=True)
class Target:
    """A system that takes commands. `kinds`: which of them; `is_paused`: what is asked waits, with its clock running."""

    code: str
    name: str
    kinds: frozenset[str]
    is_paused: bool = False


Source = Callable[[int], list[Target]]
SOURCES: dict[str, Source] = {}
Level = Callable[[str, str], str]
LEVELS: list[Level] = []


def register(name: str, source: Source) -> None:
    SOURCES[name] = source


def level(source: str, write_back: str) -> str:
    """How far the ERP behind a source goes with a write-back (supplier_block, usage_decision …): enforced, advisory or none."""
    return next((told for ask in LEVELS if (told := ask(source, write_back))), "none")


def at(site_id: int, kind: str = "") -> list[Target]:
    """Those of a site, by code; with a kind only those that take it."""
    found = [target for source in SOURCES.values() for target in source(site_id)]
    return sorted((t for t in found if not kind or kind in t.kinds), key=lambda target: target.code)


def kinds_of(settings: object) -> frozenset[str]:
    """What an interface takes: `takes_commands` true for every kind, or a list of kinds."""
    if settings is True:
        return frozenset(Ask.values)
    return frozenset(settings) & frozenset(Ask.values) if isinstance(settings, list) else frozenset()
