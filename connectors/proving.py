"""The tests of a mapping: each a foreign message with what must come of it. Pure reading, nothing is written."""

from __future__ import annotations

import decimal
import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from connectors import mapping
from connectors import mes_messages as messages
from connectors.inbox.faults import explain
from connectors.routes import ROUTES
from connectors.sync import members

Faults = list[messages.Fault]


@dataclass(frozen=True)
class Difference:
    field: str
    expected: str
    made: str


@dataclass(frozen=True)
class Result:
    """What the rules make of a body: our fields by dotted name as text, and what is wrong with them."""

    fields: dict[str, str]
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    name: str
    result: Result
    differences: tuple[Difference, ...]
    wants_fault: bool

    @property
    def ok(self) -> bool:
        return bool(self.result.faults) == self.wants_fault and not self.differences

    @property
    def told(self) -> str:
        """Why it fails, in words."""
        if self.wants_fault and not self.result.faults:
            return _("the message should be refused, and it is taken.")
        lines = [] if self.wants_fault else list(self.result.faults)
        lines += [
            _("%(field)s: %(expected)s was expected, %(made)s was made.")
            % {"field": d.field, "expected": d.expected or "–", "made": d.made or "–"}
            for d in self.differences
        ]
        return " ".join(lines)


def run(record: Any) -> list[Verdict]:
    return [judge(record.message_type, record.rules, vector) for vector in record.vectors]


def judge(message_type: str, rules: dict[str, Any], vector: dict[str, Any]) -> Verdict:
    """A field that nobody expected is a difference too: nothing enters a record unseen."""
    made = result(message_type, rules, body(vector.get("message")))
    wants_fault = bool(vector.get("fault"))
    expected = {} if wants_fault else dict(vector.get("expect") or {})
    differences = () if wants_fault else between(expected, made.fields)
    return Verdict(str(vector.get("name", "")), made, differences, wants_fault)


def body(text: Any) -> Any:
    """The data of a message out of its JSON; numbers as they are written."""
    try:
        return json.loads(text, parse_float=decimal.Decimal)
    except (TypeError, ValueError):
        return {}


def between(expected: dict[str, str], made: dict[str, str]) -> tuple[Difference, ...]:
    pairs = ((name, expected.get(name, ""), made.get(name, "")) for name in sorted({*expected, *made}))
    return tuple(Difference(name, old, new) for name, old, new in pairs if not same(old, new))


def result(message_type: str, rules: dict[str, Any], data: Any) -> Result:
    """As an arriving message is understood, without asking the database for anything."""
    mapped = mapping.apply(rules, data)
    troubles = [messages.Fault(f"/data{t.pointer}", t.code, got=t.value) for t in mapped.troubles]
    return _checked(message_type, mapped.fields, troubles)


def plain(message_type: str, data: dict[str, Any]) -> Result:
    """As a message without a mapping is understood."""
    return _checked(message_type, data, [])


def _checked(message_type: str, fields: dict[str, Any], faults: Faults) -> Result:
    if message_type in members.TYPES:
        return Result(
            flat(fields), (*(f"{f.pointer}: {explain(f).detail}" for f in faults), *_member(message_type, fields))
        )
    route = ROUTES.get(message_type)
    if route is not None:
        message, more = messages.read(route.message, fields, pointer="/data")
        faults = faults + (more if message is None else route.check(message))
    return Result(flat(fields), tuple(f"{f.pointer}: {explain(f).detail}" for f in faults))


def _member(message_type: str, fields: dict[str, Any]) -> list[str]:
    """Why it is no member of a push. The time of the file stands in for one that the row does not tell."""
    shape = members.shape(members.TYPES[message_type])
    flags = {"true": True, "false": False}
    told = {
        f.name: flags.get(fields[f.name], fields[f.name])
        for f in shape.fields
        if f.kind == "boolean" and f.name in fields
    }
    try:
        members.read(shape, {"changed_at": "2026-01-01T00:00:00Z", **fields, **told})
    except members.Wrong as wrong:
        return [str(wrong)]
    return []


def same(expected: str, made: str) -> bool:
    """Numbers by value, everything else by its letters."""
    if expected == made:
        return True
    try:
        return decimal.Decimal(expected) == decimal.Decimal(made)
    except decimal.InvalidOperation:
        return False


def flat(fields: dict[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in fields.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return found
