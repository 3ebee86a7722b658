"""Contract drift: each message is held against the stored contract of its type, in memory; only a shape that is new is looked at.

What the active mapping needs and is gone, of another type, or of a code that nobody knows stops the message before it is
understood wrongly. What is only added is noted.
"""

from __future__ import annotations

import hashlib
import json
from collections import abc
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from connectors import events, mapping
from connectors.models import Alarm, AlarmKind, Contract, Mapping, SeenShape
from qms import journal

WATCHER = journal.Actor(id="system:contract", name="Contract watch")
MOST = 1000  # shapes of one contract that are remembered
KEPT = 500  # shapes that departed from one edition; a sender that invents names would fill the table
KINDS = {"null": "null", "NoneType": "null", "str": "text", "bool": "boolean", "dict": "object", "list": "list"}
STOPPING = ("vanished", "type", "code")


@dataclass(frozen=True)
class Finding:
    """`kind`: vanished, type, code, added; many stands for all that came after the last shape that is kept."""

    kind: str
    pointer: str
    got: str = ""
    stops: bool = False

    def plain(self) -> list[str]:
        return [self.kind, self.pointer, self.got]


@dataclass
class Terms:
    """A contract with what the active mapping needs of it; `needed` groups: of each at least one pointer must be filled."""

    key: int
    interface: int
    message_type: str
    edition: int
    shape: dict[str, dict[str, Any]]
    needed: list[tuple[str, ...]]
    seen: dict[Any, tuple[Finding, ...]] = field(default_factory=dict)
    noted: set[Any] = field(default_factory=set)  # what stands in the database already

    @property
    def used(self) -> set[str]:
        return {pointer for group in self.needed for pointer in group}


KNOWN: dict[tuple[int, int, int | None], Terms] = {}


def terms_of(contract: int, edition: int, mapping_id: int | None) -> Terms:
    """A contract of an edition and the rules of a mapping never change: asked once in a process."""
    key = (contract, edition, mapping_id)
    if key not in KNOWN:
        row = Contract.objects.get(pk=contract)
        rules = Mapping.objects.values_list("rules", flat=True).get(pk=mapping_id) if mapping_id else None
        KNOWN[key] = Terms(row.pk, row.interface_id, row.message_type, edition, row.shape, needed_by(rules, row.shape))
    return KNOWN[key]


def needed_by(rules: dict[str, Any] | None, shape: dict[str, dict[str, Any]]) -> list[tuple[str, ...]]:
    """Without a mapping all that always came is needed."""
    if rules is None:
        return [(pointer,) for pointer, told in shape.items() if told["always"]]
    groups = [rule.get("from", []) for rule in rules.get("fields", [])]
    return [tuple([group] if isinstance(group, str) else group) for group in groups if group]


def kind_of(value: Any) -> str:
    return KINDS.get(type(value).__name__, "number")


def mark_of(value: Any) -> Any:
    """Names and kinds, no values: what two messages of one shape have in common."""
    if isinstance(value, dict):
        return tuple([(name, mark_of(member)) for name, member in value.items()])
    if isinstance(value, list):
        return ("list", *sorted({str(mark_of(member)) for member in value}))
    return type(value).__name__


def shape_of(data: Any, place: str = "") -> dict[str, set[str]]:
    """Pointer → kinds, of everything inside."""
    found: dict[str, set[str]] = {}
    members = data.items() if isinstance(data, dict) else (("*", member) for member in data)
    for name, value in members:
        pointer = f"{place}/{str(name).replace('~', '~0').replace('/', '~1')}"
        found.setdefault(pointer, set()).add(kind_of(value))
        if isinstance(value, dict | list):
            for inner, kinds in shape_of(value, pointer).items():
                found.setdefault(inner, set()).update(kinds)
    return found


def findings(terms: Terms, data: Any) -> tuple[Finding, ...]:
    """By shape, remembered; and by code, looked up each time."""
    if not isinstance(data, dict):
        return ()
    mark = mark_of(data)
    found = terms.seen.get(mark)
    if found is None:
        found = tuple(_departing(terms, shape_of(data)))
        if len(terms.seen) < MOST:
            terms.seen[mark] = found
    codes = _codes(terms, data)
    return (*found, *codes) if codes else found


def _departing(terms: Terms, shape: dict[str, set[str]]) -> list[Finding]:
    filled = {pointer for pointer, kinds in shape.items() if kinds - {"null"}}
    found = [Finding("vanished", *gone, stops=True) for gone in _vanished(terms, filled)]
    stopped = {one.pointer for one in found}
    for pointer, told in terms.shape.items():
        if told["always"] and pointer not in filled and pointer not in stopped and not _inside(pointer, shape):
            found.append(Finding("vanished", pointer))
    for pointer, kinds in sorted(shape.items()):
        if pointer not in terms.shape:
            found.append(Finding("added", pointer, ", ".join(sorted(kinds))))
        elif (known := terms.shape[pointer]["types"]) and (other := sorted(kinds - {"null", *known})):
            found.append(Finding("type", pointer, ", ".join(other), stops=pointer in terms.used))
    return found


def _inside(pointer: str, shape: dict[str, set[str]]) -> bool:
    """A member of a list that is empty this time, or of an object that is missing as a whole and told as that."""
    parent = pointer.rpartition("/")[0]
    return pointer.endswith("/*") or "/*/" in pointer or bool(parent) and parent not in shape


def _vanished(terms: Terms, filled: set[str]) -> list[tuple[str, str]]:
    """Groups of which one pointer was always there, and none is filled now."""
    lost = []
    for group in terms.needed:
        always = [pointer for pointer in group if terms.shape.get(pointer, {}).get("always")]
        if always and not any(pointer in filled for pointer in group):
            lost.append((always[0], ""))
    return lost


def _codes(terms: Terms, data: Any) -> list[Finding]:
    found = []
    for pointer, told in terms.shape.items():
        if told.get("codes"):
            value = mapping.look(data, pointer)
            if (
                value not in (mapping.MISSING, None, "")
                and (name := mapping.as_text(value).strip()) not in told["codes"]
            ):
                found.append(Finding("code", pointer, name[:80], stops=pointer in terms.used))
    return found


def told(finding: Finding) -> str:
    words = {"pointer": finding.pointer, "got": finding.got}
    return {
        "vanished": _("“%(pointer)s” always came and is missing."),
        "type": _("“%(pointer)s” came as another kind of value: %(got)s."),
        "code": _("“%(pointer)s” holds a code that nobody has told of: %(got)s."),
        "added": _("“%(pointer)s” is new."),
        "many": _("More than %(got)s shapes departed; further ones are judged as ever and not kept."),
    }[finding.kind] % words


def note(terms: Terms, data: Any, found: tuple[Finding, ...], message_id: int | None = None) -> None:
    """Once per shape, and once per process; what stops raises an alarm, what is only added does not."""
    seen = (mark_of(data), found)
    if seen in terms.noted:
        return
    transaction.on_commit(lambda: terms.noted.add(seen) if len(terms.noted) < MOST else None)
    shape = {pointer: sorted(kinds) for pointer, kinds in sorted(shape_of(data).items())}
    plain = [one.plain() for one in found]
    mark = hashlib.sha256(json.dumps([shape, plain]).encode()).hexdigest()[:32]
    stops = [one for one in found if one.stops]
    seen_before = SeenShape.objects.filter(contract_id=terms.key, edition=terms.edition)
    if seen_before.count() >= KEPT and not seen_before.filter(mark=mark).exists():
        for one in (Finding("many", "", str(KEPT)), *(one for one in stops if one.kind != "code")):  # codes have no end
            _raise(terms, one)
        return
    _row, is_new = SeenShape.objects.get_or_create(
        contract_id=terms.key,
        edition=terms.edition,
        mark=mark,
        defaults={"shape": shape, "findings": plain, "stops": bool(stops), "message_id": message_id},
    )
    if is_new and stops:
        for one in stops:
            _raise(terms, one)


def _raise(terms: Terms, finding: Finding) -> None:
    """Told to owner and operators once, until somebody has accepted the shape or looked into it."""
    contract = Contract.objects.select_related("interface").get(pk=terms.key)
    name = f"{terms.message_type} {finding.kind} {finding.pointer} {finding.got}".strip()[:200]
    rows = Alarm.objects.filter(interface=contract.interface, kind=AlarmKind.SHAPE, name=name, settled_at=None)
    if rows.exists():
        return
    values = {"type": terms.message_type, "kind": finding.kind, "pointer": finding.pointer, "got": finding.got}
    try:
        with transaction.atomic(), journal.act(events.ALARMED, by=WATCHER) as act:
            Alarm.objects.create(interface=contract.interface, kind=AlarmKind.SHAPE, name=name, values=values)
            act.record(
                contract.interface,
                events.Alarmed(
                    contract.interface.code, AlarmKind.SHAPE, name, f"{terms.message_type}: {told(finding)}"
                ),
            )
    except IntegrityError:
        return  # another process has told it


def alarm_told(values: abc.Mapping[str, Any]) -> str:
    finding = Finding(values["kind"], values["pointer"], values["got"])
    if finding.kind == "many":
        todo = _("Does the sender invent names? Let it be mended, or accept the new shape.")
        return f"{values['type']}: {told(finding)} {todo}"
    todo = _(
        "Its messages wait. Compare the contract with what came, then accept the new shape or let the sender mend it."
    )
    return f"{values['type']}: {told(finding)} {todo}"
