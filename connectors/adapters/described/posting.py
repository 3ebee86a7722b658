"""Movements, carried by a document of the ERP that bears the intent's reference.

Each attempt first looks for the reference, goes on from the state that it finds and believes no answer but what it reads back; a
lost answer makes no second document. What the ERP asks of a person is not done: it ends at Needs decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.adapters.described.description import Rows
from connectors.adapters.described.dialect import Ask, Dialect, Row
from connectors.adapters.described.templates import fill
from connectors.adapters.described.values import Missing, number, say, text
from connectors.base import Exchange, Permanent
from connectors.messages import PostingIntent, PostingKind, PostingResult

SECRETS = frozenset({"rest_key", "password", "user", "description"})  # no template may spread them


@dataclass(frozen=True)
class Flow:
    """`write`: how the description says this movement is written; `places`: the ERP's code of each role."""

    dialect: Dialect
    write: Mapping[str, Any]
    places: Mapping[str, str]
    settings: Mapping[str, Any]

    def values(self, intent: PostingIntent, row: Row | None = None) -> dict[str, Any]:
        told = {name: getattr(intent, name) for name in intent.__dataclass_fields__}
        sides = {"from": self._place(intent.from_role.value), "to": self._place(intent.to_role.value)}
        names = {name: value for name, value in self.settings.items() if name not in SECRETS}
        return {
            **told, "place": sides, "row": row or {}, "settings": names, "write": self.write, "kind": intent.kind.value,
            "lot_id": intent.lot_id or "", "planned_date": intent.planned_date.isoformat(),
        }  # fmt: skip

    def _place(self, role: str) -> str:
        return self.places.get(role, "")

    def find(self, intent: PostingIntent) -> Exchange[list[Row]]:
        """Every document with our reference, but for cancelled ones: those were refused and may be tried again."""
        told = fill(self.write["find"], self.values(intent))
        names = {name: told[name] for name in ("source", "key", "where") if name in told}
        rest = {name: value for name, value in told.items() if name not in names}
        rows = Rows(**names, more=rest)
        answer = yield from self.dialect.ask(rows, Ask(10, tuple(told.get("fields", ()))))
        found = answer.rows
        if self.write.get("detail"):  # the list tells no lines
            keys = [text(say(rows.key, row)) for row in found]
            found = []
            for key in keys:
                one = yield from self.dialect.one(rows, key, ())
                found += [one] if one else []
        for name, of in self.write.get("with", {}).items():  # lines that stand in a list of their own
            for row in found:
                row[name] = yield from self.lines(of, intent, row)
        ended = {str(state) for state in self.write.get("cancelled", ())}
        return [row for row in found if self.state(row) not in ended and self._carries(row, intent)]

    def lines(self, told: Mapping[str, Any], intent: PostingIntent, row: Row) -> Exchange[list[Row]]:
        filled = fill(told, self.values(intent, row))
        rows = Rows(source=filled["source"], key=filled.get("key", "id"), where=filled.get("where"))
        answer = yield from self.dialect.ask(rows, Ask(100, tuple(filled.get("fields", ()))))
        return answer.rows

    def _carries(self, row: Row, intent: PostingIntent) -> bool:
        """The other side may have ignored what we looked for: only what bears the reference counts."""
        path = self.write["told"].get("reference")
        return path is None or text(say(path, row)) == intent.reference

    def state(self, row: Row) -> str:
        return text(say(self.write["told"]["state"], row))

    def is_done(self, row: Row) -> bool:
        return self.state(row) in {str(state) for state in self.write["done"]}

    def send(self, calls: Any, intent: PostingIntent, row: Row | None = None) -> Exchange[None]:
        found = {}
        if row is None:
            for name, told in self.write.get("lookup", {}).items():
                rows = yield from self.lines(told, intent, {})
                if not rows:
                    raise Permanent(
                        "not_found", f"The ERP has nothing in {told['source']} that this movement starts from."
                    )
                found[name] = rows[0]
        for call in calls if isinstance(calls, list) else [calls]:
            yield from self.dialect.call(fill(call, {**self.values(intent, row), **found}))

    def wrong(self, row: Row, intent: PostingIntent) -> list[str]:
        """What the document says otherwise than the intent, in its own words."""
        asked, told = self.values(intent), dict(self.write["told"])
        told |= self.write.get("told_done", {}) if self.is_done(row) else {}
        expected = {
            "item_id": intent.item_id, "lot_id": intent.lot_id or "", "unit_id": intent.unit_id,
            "from": asked["place"]["from"], "to": asked["place"]["to"], **fill(self.write.get("expect", {}), asked),
        }  # fmt: skip
        found = []
        for name, wanted in expected.items():
            if name in told and text(say(told[name], row)) != text(wanted):
                found.append(
                    f"{name}: {text(say(told[name], row)) or 'nothing'} instead of {text(wanted) or 'nothing'}"
                )
        counts = {name: len(say(name, row)) for name in self.write.get("single", ())}
        found += [f"{name}: {count} lines instead of one" for name, count in counts.items() if count != 1]
        quantity = abs(number(say(told["quantity"], row)))
        if quantity != intent.quantity:
            found.append(f"quantity: {quantity:f} instead of {intent.quantity:f}")
        return found

    def result(self, row: Row, intent: PostingIntent) -> PostingResult:
        told = self.write["told"]
        read_back: dict[str, Any] = {
            "item_id": intent.item_id, "lot_id": intent.lot_id, "unit_id": intent.unit_id,
            "quantity": f"{abs(Decimal(number(say(told['quantity'], row)))):f}",
            "from_role": intent.from_role.value, "to_role": intent.to_role.value, "state": self.state(row),
        }  # fmt: skip
        if warnings := getattr(self.dialect, "warnings", None):
            read_back["warnings"] = list(warnings)
        document = text(say(told["number"], row)) or f"#{text(say(told['key'], row))}"
        return PostingResult(document_number=document, external_id=text(say(told["key"], row)),
                             state=self.state(row), read_back=read_back)  # fmt: skip


def way_of(intent: PostingIntent) -> str:
    if intent.undoes == PostingKind.RETURN:
        raise Permanent("unsupported", "What has left for the supplier comes back by a receipt that a person books.")
    return f"{intent.from_role.value}>{intent.to_role.value}" if intent.to_item_id is None else "regrade"


def post(flow: Flow, intent: PostingIntent) -> Exchange[PostingResult]:
    row = yield from _found(flow, intent)
    if row is None:
        yield from _enough(flow, intent)
        yield from flow.send(flow.write["create"], intent)
        row = yield from _found(flow, intent)
        if row is None:
            raise Permanent(
                "needs_person",
                f"The ERP answered as if it had made a document and shows none with the reference {intent.reference}."
                " Look there before anything is tried again.",
            )
        _check(flow, row, intent, "differs")
    else:
        _check(flow, row, intent, "reference_conflict")
    while not flow.is_done(row):
        row = yield from _advance(flow, row, intent)
    _check(flow, row, intent, "differs")
    return flow.result(row, intent)


def cancel(flow: Flow, intent: PostingIntent) -> Exchange[PostingResult | None]:
    """What is done stays done and is told; everything before that is cancelled and read back."""
    row = yield from _found(flow, intent)
    if row is None:
        return None
    if flow.is_done(row):
        _check(flow, row, intent, "differs")
        return flow.result(row, intent)
    if not flow.write.get("cancel"):
        raise Permanent("needs_person", f"This ERP lets nobody cancel {_name(flow, row)} on our word; cancel it there.")
    yield from flow.send(flow.write["cancel"], intent, row)
    if (after := (yield from _found(flow, intent))) is not None:
        raise Permanent(
            "needs_person", f"{_name(flow, after)} stays at {flow.state(after)}: the ERP did not cancel it."
        )
    return None


def _found(flow: Flow, intent: PostingIntent) -> Exchange[Row | None]:
    rows = yield from flow.find(intent)
    if len(rows) > 1:
        numbers = ", ".join(_name(flow, row) for row in rows)
        raise Permanent("duplicate_reference", f"The ERP has {numbers} with the reference {intent.reference}.")
    return rows[0] if rows else None


def _enough(flow: Flow, intent: PostingIntent) -> Exchange[None]:
    """What the ERP would accept in silence is asked for first: a field that it does not have, stock that is not there."""
    for source, names in flow.write.get("needs", {}).items():
        known = yield from flow.dialect.known(Rows(source=source))
        if missing := [name for name in names if known is not None and name not in known]:
            raise Permanent("settings", f"{source} in the ERP has no field {', '.join(missing)}; add it there first.")
    told = flow.write.get("stock")
    if told is None:
        return
    rows = yield from flow.lines(told, intent, {})
    there = sum((number(say(told["quantity"], row)) for row in rows), Decimal(0))
    if there < intent.quantity:
        raise Permanent("not_enough_stock", f"The ERP has {there:f} free there, {intent.quantity:f} are asked for.")


def _advance(flow: Flow, row: Row, intent: PostingIntent) -> Exchange[Row]:
    """One step further. The state is read before it, for the same step twice may move twice, and after it, for a good answer
    says nothing."""
    state = flow.state(row)
    step = flow.write.get("steps", {}).get(state)
    if step is None:
        raise Permanent(
            "needs_person", f"{_name(flow, row)} stands at {state} in the ERP, where only a person goes on."
        )
    yield from flow.send(step, intent, row)
    after = yield from _found(flow, intent)
    if after is not None and flow.state(after) == state and (stuck := flow.write.get("stuck", {}).get(state)):
        raise Permanent(stuck["code"], f"{_name(flow, row)}: {stuck['message']}")
    if after is None or flow.state(after) == state:
        raise Permanent("needs_person", f"{_name(flow, row)} stays at {state}: the ERP wants a person to go on.")
    return after


def _check(flow: Flow, row: Row, intent: PostingIntent, code: str) -> None:
    try:
        wrong = flow.wrong(row, intent)
    except (Missing, ValueError, TypeError) as problem:
        raise Permanent(code, f"{_name(flow, row)} in the ERP cannot be compared: {problem}.") from problem
    if wrong:
        raise Permanent(
            code, f"{_name(flow, row)} in the ERP says otherwise than {intent.reference}: {'; '.join(wrong)}."
        )


def _name(flow: Flow, row: Row) -> str:
    return text(say(f"{flow.write['told']['number']}|{flow.write['told']['key']}", row))
