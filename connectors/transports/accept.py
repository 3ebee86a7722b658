"""What a person has accepted after an alarm: new columns of a view, a new description of a service."""

from __future__ import annotations

from connectors.models import Alarm

from . import memory


def accept(alarm: Alarm) -> None:
    """`values["new"]` becomes what is expected; every other alarm only ends."""
    if alarm.kind in ("drift", "contract") and "new" in alarm.values:
        held = memory.recall(alarm.interface, alarm.kind)
        memory.keep(alarm.interface, alarm.kind, {**held, **alarm.values["new"]})
