"""A contract beside what came lately, and what a change of it touches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from connectors.inbox import drift
from connectors.models import Contract, Interface, Mapping, SeenShape
from connectors.routes import ROUTES
from connectors.transports import memory

from .mappings import told as rule_told

SHOWN = 50


@dataclass(frozen=True)
class Line:
    """One field: what was agreed, what came otherwise, and the rules of the active mapping that read it."""

    pointer: str
    told: dict[str, Any]
    came: tuple[str, ...]
    stops: bool
    rules: tuple[str, ...]


def active_of(contract: Contract) -> Mapping | None:
    rows = Mapping.objects.filter(interface_id=contract.interface_id, message_type=contract.message_type)
    found: Mapping | None = rows.filter(state="ACTIVE").first()
    return found


def lines(contract: Contract) -> list[Line]:
    """Those that came otherwise first."""
    rules = used(active_of(contract))
    came: dict[str, list[drift.Finding]] = {}
    for shape in SeenShape.objects.filter(contract=contract, edition=contract.edition)[:SHOWN]:
        for kind, pointer, got in shape.findings:
            came.setdefault(pointer, []).append(drift.Finding(kind, pointer, got))
    needed = rules if rules else {pointer: () for pointer, told in contract.shape.items() if told["always"]}
    found = [
        Line(
            pointer,
            contract.shape.get(pointer, {}),
            tuple(dict.fromkeys(drift.told(one) for one in came.get(pointer, ()))),
            pointer in needed and any(one.kind in drift.STOPPING for one in came.get(pointer, ())),
            tuple(rules.get(pointer, ())),
        )
        for pointer in dict.fromkeys([*came, *contract.shape])
    ]
    return sorted(found, key=lambda line: (not line.stops, not line.came))


def used(mapping: Mapping | None) -> dict[str, tuple[str, ...]]:
    """Pointer → our fields that are made of it, with the rule."""
    found: dict[str, tuple[str, ...]] = {}
    for rule in mapping.rules.get("fields", []) if mapping else []:
        for pointer in [rule["from"]] if isinstance(rule.get("from"), str) else rule.get("from", []):
            found[pointer] = (*found.get(pointer, ()), f"{rule['to']}: {rule_told(rule)}")
    return found


def contracts(interface: Interface) -> list[tuple[str, Contract | None, int]]:
    """Each type of message with its contract, and how many shapes departed from it."""
    held = {row.message_type: row for row in Contract.objects.filter(interface=interface)}
    seen = SeenShape.objects.filter(contract__in=held.values())
    counts: dict[int, int] = {}
    for key, edition in seen.values_list("contract_id", "edition"):
        if any(row.pk == key and row.edition == edition for row in held.values()):
            counts[key] = counts.get(key, 0) + 1
    return [(name, held.get(name), counts.get(held[name].pk, 0) if name in held else 0) for name in ROUTES]


def columns(interface: Interface) -> Iterable[tuple[str, str]]:
    """Of a view that is read: its columns as they were agreed; they stop the interface by their own alarm."""
    return sorted(memory.recall(interface, "drift").get("columns", {}).items()) if interface.adapter == "view" else ()
