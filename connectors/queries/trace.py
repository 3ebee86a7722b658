"""How a foreign message became ours: each rule of the mapping version with what it found and what it made of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors import mapping
from connectors.models import InboxMessage, Mapping

from .traffic import body_of

LONGEST = 120
SHOWN = ("when", "cel", "as", "factor", "values", "default", "join", "value")


@dataclass(frozen=True)
class Step:
    """From where in the message to which of our fields. `rule`: as, values, default and such, "" when it was taken as it is."""

    source: str
    given: str
    rule: str
    target: str
    result: str


def steps(message: InboxMessage) -> list[Step]:
    """By the version that was used; by the active one for a message that was not understood yet; else one to one."""
    data = body_of(message).get("data")
    if not isinstance(data, dict):
        return []
    version = (
        message.mapping
        or Mapping.objects.filter(
            interface=message.interface, message_type=message.message_type, state="ACTIVE"
        ).first()
    )
    if version is None:
        return [
            Step(f"/data{path}", _text(value), "", path.strip("/").replace("/", "."), _text(value))
            for path, value in _leaves(data)
        ]
    return by_rules(version.rules, data)


def by_rules(rules: dict[str, Any], data: Any) -> list[Step]:
    return [_by_rule(row, data) for row in rules["fields"]]


def _by_rule(row: dict[str, Any], data: Any) -> Step:
    pointers = row.get("from", [])
    pointers = [pointers] if isinstance(pointers, str) else list(pointers)
    given = [mapping.look(data, pointer) for pointer in pointers]
    made = mapping.apply({"fields": [{**row, "to": "made"}]}, data)
    told = "; ".join(f"{trouble.code} {trouble.value}".strip() for trouble in made.troubles)
    rule = ", ".join(name for name in SHOWN if name in row)
    return Step(
        source=", ".join(f"/data{pointer}" for pointer in pointers),
        given=", ".join(_text(value) for value in given if value is not mapping.MISSING),
        rule=rule,
        target=row["to"],
        result=told or _text(made.fields.get("made", "")),
    )


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(part, f"{path}/{name}")
    else:
        yield path, value


def _text(value: Any) -> str:
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
