"""Alarms of transports: raised once while open, settled by a person with a reason, or by what was missing."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from connectors import events
from connectors.models import STOPPING, Alarm, Interface
from qms import journal

from . import words

TRANSPORT = journal.Actor(id="system:transport", name="Transport")


def open_of(interface: Interface) -> Any:
    return Alarm.objects.filter(interface=interface, settled_at=None)


def stops(interface: Interface) -> Alarm | None:
    found: Alarm | None = open_of(interface).filter(kind__in=STOPPING).first()
    return found


def raise_alarm(interface: Interface, kind: str, name: str = "", **values: Any) -> bool:
    """False when it is open already."""
    if open_of(interface).filter(kind=kind, name=name[:200]).exists():
        return False
    try:
        with journal.act(events.ALARMED, by=TRANSPORT) as act:
            Alarm.objects.create(interface=interface, kind=kind, name=name[:200], values=values)
            told = words.alarm(kind, values)
            act.record(interface, events.Alarmed(interface.code, kind, name[:200], told))
    except IntegrityError:
        return False
    return True


def over(interface: Interface, kind: str, name: str = "") -> None:
    """It settled itself: what was missing is here."""
    for alarm in open_of(interface).filter(kind=kind, name=name[:200]):
        settle(alarm=alarm, by=TRANSPORT, reason="")


def settle(*, alarm: Alarm, by: journal.Acting, reason: str) -> bool:
    with transaction.atomic():
        held = Alarm.objects.select_for_update().filter(pk=alarm.pk, settled_at=None).first()
        if held is None:
            return False
        with journal.act(events.ALARM_SETTLED, by=by, reason=reason) as act:
            who = getattr(by, "pk", None)
            Alarm.objects.filter(pk=held.pk).update(settled_at=Now(), settled_by=who)
            told = words.alarm(held.kind, held.values)
            act.record(held.interface, events.Alarmed(held.interface.code, held.kind, held.name, told))
    return True
