"""What happens on the simulated shop floor, as the messages that tell the QMS of it."""

from __future__ import annotations

import datetime as dt
import json
import random
import uuid
from typing import Any

from connectors.simulators.books import PLANT
from connectors.simulators.outbox import Message
from connectors.simulators.server import now

EVENTS, MEASUREMENTS = "/api/v1/mes/events", "/api/v1/mes/measurements"
SOURCE = "mes-aug"
DICE = random.Random()  # noqa: S311  # measured values, no secrets


def plant() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(PLANT.read_text())
    return found


def event(kind: str, source: str = SOURCE, **data: Any) -> Message:
    """A CloudEvent of the type `mes.<kind>` under an id of its own."""
    body = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": source,
        "type": f"mes.{kind}",
        "time": now(),
        "data": data,
    }
    return Message(f"mes.{kind} {body['id']}", EVENTS, body)


def place(told: dict[str, str], number: int = 0) -> dict[str, str]:
    """Where it happens: one of the floor's places, changed by what was told."""
    floor = plant()["floor"]
    here: dict[str, str] = dict(floor[number % len(floor)])
    return here | {name: value for name, value in told.items() if name in here and value}


def defect(told: dict[str, str], source: str = SOURCE, defect_id: str = "", sequence: int = 1) -> Message:
    here = place(told)
    quantity = {"affected": _number(told.get("quantity") or "10"), "unit": here.pop("unit")}
    named = {"defect_id": defect_id or f"D-{uuid.uuid4().hex[:12]}", "sequence": sequence, "operator": "OP-7"}
    return event("defect.logged", source, **here, **named, quantity=quantity, note=told.get("note") or "Seat too large")


def thrice(told: dict[str, str], source: str = SOURCE) -> list[Message]:
    """The same defect three times; before it a change of it, and behind that an older change that must not win."""
    first = defect(told, source)
    data = first.body["data"]
    name, unit = data["defect_id"], data["quantity"]["unit"]

    def changed(sequence: int, quantity: int) -> Message:
        told = {"affected": quantity, "unit": unit}
        return event("defect.updated", source, defect_id=name, sequence=sequence, quantity=told)

    again = [Message(first.name, first.path, first.body) for _ in range(2)]
    amount = data["quantity"]["affected"]
    return [changed(3, amount + 2), first, *again, changed(2, amount + 1)]


def tested(told: dict[str, str], source: str = SOURCE) -> Message:
    here = place(told)
    measured = plant()["measured"]
    value = {name: measured[name] for name in ("characteristic", "unit", "lower", "upper")}
    serial = f"V-{uuid.uuid4().hex[:8]}"
    data = {
        "part": here["part"],
        "lot": here["lot"],
        "order": here["order"],
        "serial": serial,
        "program": "leak-7",
        "station": "V-TST-1",
    }
    return event(
        "test.completed",
        source,
        **data,
        verdict=told.get("verdict") or "passed",
        values=[{**value, "value": _measure(measured)}],
    )


def measurements(told: dict[str, str], source: str = SOURCE, count: int = 25) -> Message:
    """In columns: one header, times and values of one length."""
    here, measured = place(told), plant()["measured"]
    name, start = f"V-{uuid.uuid4().hex[:12]}", dt.datetime.now(dt.UTC)
    header = {**measured, "part": here["part"], "lot": here["lot"], "work_center": here["work_center"]}
    body = {
        "source": source, "id": name, "header": header,
        "t": [(start - dt.timedelta(seconds=7 * (count - n))).isoformat() for n in range(count)],
        "v": [_measure(measured) for _ in range(count)], "ids": [f"{name}-{n}" for n in range(count)],
    }  # fmt: skip
    return Message(f"measurements {name}", MEASUREMENTS, body)


def operation(told: dict[str, str], source: str = SOURCE, number: int = 0, kind: str = "completed") -> Message:
    here = place(told, number)
    data = {name: here[name] for name in ("part", "lot", "order", "operation", "work_center")}
    quantity = {"affected": _number(told.get("quantity") or "1"), "unit": here["unit"]}
    return event(f"operation.{kind}", source, **data, quantity=quantity, occurred_at=now())


def _measure(measured: dict[str, Any]) -> float:
    middle, width = (measured["lower"] + measured["upper"]) / 2, measured["upper"] - measured["lower"]
    return float(round(DICE.gauss(middle, width / 8), 4))


def _number(told: str) -> int | float:
    value = float(told)
    return int(value) if value == int(value) else value
