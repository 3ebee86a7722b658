"""Refused attempts of known callers: what they wanted to do, and that they lacked the right or the duty forbids it (ASVS 16.3.2)."""

from typing import Any

from qms import journal
from qms.journal.acts import OPEN

from . import events

RIGHT, DUTY = "right", "duty"


def told(*, by: Any, right: str, record: Any = None, why: str = RIGHT) -> None:
    """On the record, so that whoever sees the record sees it. Called before the refusal is raised, and before an act begins:
    inside one nothing is kept of what fails."""
    if OPEN.get() is None and hasattr(by, "actor"):
        number = str(getattr(record, "number", "") or "")
        with journal.act(events.ACCESS_REFUSED, by=by) as act:
            act.record(record if number else f"right:{right}", events.Denied(right, why, number))
