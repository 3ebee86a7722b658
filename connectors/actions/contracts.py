"""The contract of a message: learned from approved samples, and changed only by a person who has looked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from connectors import events, mapping
from connectors.inbox import drift, worklist
from connectors.models import (
    Alarm,
    AlarmKind,
    Contract,
    InboxMessage,
    Interface,
    Mapping,
    MessageState,
    Retry,
    SeenShape,
)
from connectors.transports import alarms
from qms import journal
from qms.accounts import access
from qms.lib.clock import now
from qms.lib.errors import Conflict
from qms.records.actions import check_reason

EDIT = "mapping.edit"
MOST_CODES = 500
LATEST, SURE = 200, 5  # messages that it learns from; fewer than SURE cannot say that a field always comes


def learn(*, interface: Interface, message_type: str, by: Any, reason: str) -> Contract:
    """From the tests of the active mapping and the latest messages that became records. Learned anew it is another edition."""
    access.check(by, EDIT, interface)
    check_reason(reason)
    active = Mapping.objects.filter(interface=interface, message_type=message_type, state="ACTIVE").first()
    vectors = [_body(vector["message"]) for vector in active.vectors if not vector.get("fault")] if active else []
    taken = [_data(row) for row in _applied(interface, message_type)]
    samples = [data for data in (*vectors, *taken) if isinstance(data, dict) and data]
    if len(samples) < SURE:
        raise Conflict(
            _("There is not enough to learn from: %(count)s samples.") % {"count": len(samples)},
            hint=_("It takes %(count)s at least: messages that became records, and tests of the active mapping.")
            % {"count": SURE},
            code="too_little",
        )
    told = {"mapping": active.number if active else "", "tests": len(vectors), "messages": len(taken)}
    with journal.act(events.CONTRACT_LEARNED, by=by, reason=reason) as act:
        Interface.objects.select_for_update().get(pk=interface.pk)
        held = Contract.objects.filter(interface=interface, message_type=message_type).first()
        row = held or Contract(interface=interface, message_type=message_type, edition=0)
        row.edition += 1
        row.shape, row.learned = shape_of(samples, active.rules if active else None), told
        row.accepted_by, row.accepted_at = by, now()
        row.save()
        act.record(interface, changed(row))
    return row


def _applied(interface: Interface, message_type: str) -> Any:
    rows = InboxMessage.objects.filter(interface=interface, message_type=message_type, state=MessageState.APPLIED)
    return rows.order_by("-pk")[:LATEST]


def _body(text: Any) -> Any:
    try:
        return json.loads(text, parse_float=Decimal)
    except (TypeError, ValueError):
        return {}


def _data(row: InboxMessage) -> Any:
    value = _body(bytes(row.body))
    return value.get("data") if isinstance(value, dict) else {}


def shape_of(samples: list[dict[str, Any]], rules: dict[str, Any] | None) -> dict[str, dict[str, Any]]:
    kinds: dict[str, set[str]] = {}
    filled: Counter[str] = Counter()
    for data in samples:
        for pointer, found in drift.shape_of(data).items():
            kinds.setdefault(pointer, set()).update(found - {"null"})
            filled[pointer] += bool(found - {"null"})
    codes = _codes(rules)
    for pointer, known in codes.items():  # and what came and was taken as it is: a table need not hold every code
        came = (mapping.look(data, pointer) for data in samples)
        told = {mapping.as_text(value).strip() for value in came if value not in (mapping.MISSING, None, "")}
        known.extend(sorted(told - set(known))[:MOST_CODES])
    return {
        pointer: {
            "types": sorted(found), "always": filled[pointer] == len(samples),
            "filled": 100 * filled[pointer] // len(samples), "codes": codes.get(pointer),
        }
        for pointer, found in sorted(kinds.items())
    }  # fmt: skip


def _codes(rules: dict[str, Any] | None) -> dict[str, list[str]]:
    """Of the rules that translate by a table: what the table knows."""
    found: dict[str, list[str]] = {}
    for rule in (rules or {}).get("fields", []):
        for pointer in [rule["from"]] if isinstance(rule.get("from"), str) else rule.get("from", []):
            if rule.get("values"):
                found.setdefault(pointer, []).extend(name for name in rule["values"] if name not in found[pointer])
    return found


def accept(*, contract: Contract, by: Any, reason: str) -> Contract:
    """What came otherwise is right from now on. Its alarms end; what waited for it can be tried again."""
    access.check(by, EDIT, contract.interface)
    check_reason(reason)
    with journal.act(events.CONTRACT_ACCEPTED, by=by, reason=reason) as act:
        row = Contract.objects.select_for_update(of=("self",)).select_related("interface").get(pk=contract.pk)
        seen = list(SeenShape.objects.filter(contract=row, edition=row.edition))
        if not seen:
            raise Conflict(_("Nothing has departed from this contract."), code="nothing_seen")
        row.shape = widened(row.shape, (one for shape in seen for one in shape.findings))
        row.edition += 1
        row.accepted_by, row.accepted_at = by, now()
        row.save()
        act.record(row.interface, changed(row))
        open_ones = Alarm.objects.filter(interface=row.interface, kind=AlarmKind.SHAPE, settled_at=None)
        for alarm in open_ones.filter(values__type=row.message_type):
            alarms.settle(alarm=alarm, by=by, reason=reason)
    return row


def widened(shape: dict[str, dict[str, Any]], findings: Iterable[list[str]]) -> dict[str, dict[str, Any]]:
    made = {pointer: dict(told) for pointer, told in shape.items()}
    for kind, pointer, got in findings:
        told = made.setdefault(pointer, {"types": [], "always": False, "filled": 0, "codes": None})
        if kind == "vanished":
            told["always"] = False
        elif kind == "code":
            told["codes"] = sorted({*(told["codes"] or []), got})
        else:
            told["types"] = sorted({*told["types"], *(name for name in got.split(", ") if name != "null")})
    return made


def try_again(*, contract: Contract, by: Any) -> list[Retry]:
    """What waited for this contract, by cause; a worker carries it out."""
    groups = [
        group for group in worklist.groups(by) if group.kind == "drift" and group.system == contract.interface.code
    ]
    mine = [group for group in groups if group.name.startswith(f"{contract.message_type} ")]
    return [worklist.plan(kind=group.kind, system=group.system, name=group.name, by=by) for group in mine]


def changed(row: Contract) -> events.ContractChanged:
    return events.ContractChanged(row.interface.code, row.message_type, row.edition, len(row.shape))
