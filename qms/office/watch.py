"""Alarms of the trail, once per trouble: raised and ended as acts, told at once to whoever reads the trail.

Told at once, not behind the sealed trail as other news: nothing would arrive while the sealer is silent.
"""

from collections.abc import Callable
from typing import Any

from qms import journal
from qms.accounts import access
from qms.journal import anchoring, watching
from qms.journal.findings import Finding
from qms.lib.clock import now

from . import events
from .models import Kind, TrailAlarm
from .notifications import rules, subjects

WATCHER = journal.Actor(id="system:trail", name="Trail watch")
READERS = "trail.view"
QUESTIONS: dict[str, Callable[[], Finding | None]] = {
    TrailAlarm.UNSEALED: watching.trouble,
    TrailAlarm.ANCHOR: anchoring.trouble,
}


def ask_too(name: str, question: Callable[[], Finding | None]) -> None:
    """Rooms above this one add what they watch."""
    QUESTIONS[name] = question


def look() -> int:
    """Ask every question; how many alarms changed."""
    return sum(answered(name, ask()) for name, ask in QUESTIONS.items())


def answered(name: str, found: Finding | None) -> bool:
    """Raise the alarm, or end it; whether that changed anything."""
    held = TrailAlarm.objects.filter(pk=name).first() or TrailAlarm(pk=name)
    if (held.since is not None) == (found is not None):
        return False
    event = events.ALARMED if found else events.CALMED
    with journal.act(event, by=WATCHER) as act:
        held.since = now() if found else None
        held.finding = found.plain() if found else {}
        held.save()
        act.record(held, events.Trouble(name, found.code, dict(found.values)) if found else events.Calm(name))
        if found:
            _tell(held)
    return True


def _tell(alarm: TrailAlarm) -> None:
    key = f"trail:{alarm.pk}:{alarm.since:%Y%m%d%H%M%S}"
    told = [rules.made(person, key, Kind.TRAIL, alarm) for person in access.who_may(READERS)]
    for each in told:
        each.event = f"trail.{alarm.pk}"
    rules.write(told)


def seen_by(rows: Any, person: Any) -> Any:
    """There is one trail for all sites: whoever reads it anywhere sees its alarms."""
    return TrailAlarm.objects.visible_to(person).filter(pk__in=rows)


def register() -> None:
    subjects.register(subjects.Subject(TrailAlarm, READERS, lambda row: str(row.get_name_display()), seen_by))
