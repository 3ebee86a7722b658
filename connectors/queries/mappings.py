"""What a mapping changes: against its base, and in what came in lately."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from connectors import proving
from connectors.models import InboxMessage, Mapping, MessageState
from connectors.proving import Difference, Result

from .traffic import body_of

LATEST, SHOWN = 200, 20


@dataclass(frozen=True)
class Example:
    """One kept message that this edition reads differently; `gained`, `lost`: it had faults before, or has them now."""

    message: InboxMessage
    differences: tuple[Difference, ...]
    before: tuple[str, ...]
    now: tuple[str, ...]


@dataclass
class Impact:
    """`better`: messages that had faults and have none; `worse`: the other way. `waiting`: those that wait for a mapping now."""

    compared: int = 0
    same: int = 0
    changed: int = 0
    better: int = 0
    worse: int = 0
    waiting: int = 0
    examples: list[Example] = field(default_factory=list)


@dataclass(frozen=True)
class RuleChange:
    """`kind`: added, removed or changed; rules are told apart by our field and their place among its rules."""

    kind: str
    field: str
    before: str
    now: str


def active_mapping(mapping: Mapping) -> Mapping | None:
    same = Mapping.objects.filter(interface_id=mapping.interface_id, message_type=mapping.message_type)
    return same.filter(state="ACTIVE").exclude(pk=mapping.pk).first()


def kept(mapping: Mapping) -> Any:
    """Messages of its interface and type, the newest first."""
    mine = InboxMessage.objects.filter(interface_id=mapping.interface_id, message_type=mapping.message_type)
    return mine.order_by("-pk")


def sample_of(mapping: Mapping, asked: str = "", mine: Any = None) -> str:
    """What an editor tries first: the message of its kind that was asked for (of those that the reader may see, `mine`), else
    the newest one, else the first test."""
    newest = kept(mapping)
    if mine is not None and re.fullmatch(r"[0-9a-f-]{36}", asked):
        newest = newest.filter(pk__in=mine.filter(uid=asked).values("pk")) or newest
    for message in newest[:1]:
        if isinstance(data := body_of(message).get("data"), dict):
            return json.dumps(data, indent=1, ensure_ascii=False, default=str)
    return str(mapping.vectors[0]["message"]) if mapping.vectors else ""


def impact(mapping: Mapping) -> Impact:
    """The newest messages as they are read now, and as this edition would read them. Nothing is written."""
    found, present = Impact(), active_mapping(mapping)
    found.waiting = kept(mapping).filter(state=MessageState.NEEDS_MAPPING).count()
    for message in kept(mapping)[:LATEST]:
        data = body_of(message).get("data")
        if isinstance(data, dict):
            _compare(
                found, message, _read(present, mapping.message_type, data), _read(mapping, mapping.message_type, data)
            )
    return found


def _read(mapping: Mapping | None, message_type: str, data: dict[str, Any]) -> Result:
    """Without a mapping a message must be in our own form."""
    if mapping is None:
        return proving.plain(message_type, data)
    return proving.result(message_type, mapping.rules, data)


def _compare(found: Impact, message: InboxMessage, before: Result, after: Result) -> None:
    found.compared += 1
    differences = proving.between(before.fields, after.fields)
    if not differences and bool(before.faults) == bool(after.faults):
        found.same += 1
        return
    if bool(before.faults) != bool(after.faults):
        found.better += bool(before.faults)
        found.worse += bool(after.faults)
    else:
        found.changed += 1
    if len(found.examples) < SHOWN:
        found.examples.append(Example(message, differences, before.faults, after.faults))


def diff(mapping: Mapping, other: Mapping | None) -> list[RuleChange]:
    """Rule by rule against another edition, in the order of this one."""
    old, new = _keyed(other.rules if other else {}), _keyed(mapping.rules)
    lines = [
        RuleChange("added" if key not in old else "changed", key[0], told(old.get(key)), told(rule))
        for key, rule in new.items()
        if old.get(key) != rule
    ]
    return [*lines, *(RuleChange("removed", key[0], told(rule), "") for key, rule in old.items() if key not in new)]


def _keyed(rules: dict[str, Any]) -> dict[tuple[str, int], dict[str, Any]]:
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for rule in rules.get("fields", []):
        place = sum(name == rule["to"] for name, _number in found)
        found[rule["to"], place] = rule
    return found


def told(rule: dict[str, Any] | None) -> str:
    """A rule on one line."""
    if not rule:
        return ""
    source = rule.get("from", rule.get("cel", rule.get("value", "")))
    parts = [", ".join(source) if isinstance(source, list) else str(source)]
    parts += [f"{name}: {_short(rule[name])}" for name in ORDER if name in rule]
    return " · ".join(parts)


ORDER = ("when", "as", "factor", "values", "only", "default", "join", "comma", "strip", "note")


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} = {made}" for name, made in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)


def to_correct(message: Any, mine: Any) -> Mapping | None:
    """The open draft by which this message would be read otherwise, the newest; None: one has to be drafted."""
    if message.interface_id is None:
        return None
    drafts = mine.filter(interface_id=message.interface_id, message_type=message.message_type)
    found: Mapping | None = drafts.filter(state__in=("DRAFT", "TESTED")).order_by("-edition").first()
    return found
