"""What transports took in, and what about them a person has to look at."""

from __future__ import annotations

from typing import Any

from connectors.models import Alarm, Intake, IntakeState, Interface
from connectors.transports import words
from qms.ui.show import Mark

SHOWN = 50
TONES = {"WORKING": "info", "DONE": "success", "PARTLY": "warning", "ERROR": "danger", "DUPLICATE": "muted"}


def intakes(interface: Interface) -> list[Intake]:
    return list(Intake.objects.filter(interface=interface)[:SHOWN])


def intake_marks() -> tuple[Mark, ...]:
    return tuple(Mark(state.value, state.label, TONES[state.value]) for state in IntakeState)


def open_alarms(interface: Interface) -> list[tuple[Alarm, str]]:
    """Open ones with their words."""
    rows = Alarm.objects.filter(interface=interface, settled_at=None).order_by("pk")
    return [(alarm, words.alarm(alarm.kind, alarm.values)) for alarm in rows]


def refused_of(intake: Intake) -> dict[str, Any]:
    """What was refused of it and why, in the reader's language."""
    errors = [{**one, "text": words.told(one["code"], one["values"])} for one in intake.errors]
    return {"errors": errors, "notes": [words.told(code, values) for code, values in intake.notes]}
