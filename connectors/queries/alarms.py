"""Who is told when an interface falls silent, a webhook stops, or the shop floor is late, refuses or works on what is held."""

from __future__ import annotations

from typing import Any

from connectors.actions import silence
from connectors.models import Daemon, Interface, Webhook
from qms.accounts import access
from qms.commands.choices import ESCALATION
from qms.commands.models import Command
from qms.office.models import Kind
from qms.office.notifications import rules, subjects

STAFF = "hold.release"


def late(news: Any) -> list[Any]:
    """One rung of the ladder at a time: whom the missed deadline names (integration-mes.md §8)."""
    rung = news.payload.get("problem", "")
    if rung in ESCALATION[1:]:
        site = news.record.site_id
        return [p for p in news.people.with_right(STAFF, site) if access.has_role(p, rung, site)]
    return [*asking(news), *operating(news)]


def asking(news: Any) -> list[Any]:
    """Owner and reporter of the record, and who asked."""
    key = Command.objects.filter(pk=news.entry.object_key).values_list("requested_by_id", flat=True).first()
    return [*rules.concerned(news), *news.people.one(key)]


def operating(news: Any) -> list[Any]:
    """The owner of the interface that was asked."""
    key = Interface.objects.filter(code=news.payload.get("target", "")).values_list("owner_id", flat=True).first()
    return list(news.people.one(key))


def breached(news: Any) -> list[Any]:
    return [*asking(news), *news.people.with_right(STAFF, news.record.site_id)]


def silent(news: Any) -> list[Any]:
    """The interface's owner and who operates it."""
    owner = news.people.one(news.record.owner_id)
    return [*owner, *news.people.with_right("interface.operate", news.record.site_id)]


def on_rung(news: Any) -> list[Any]:
    """One after the other: owner, who stands in, integration owners, quality managers."""
    return silence.on_rung(news.record, news.payload["rung"], news.people)


def stopped(news: Any) -> list[Any]:
    return list(news.people.with_right("webhook.manage", news.record.site_id))


def seen_daemons(rows: Any, person: Any) -> Any:
    """They belong to no site: whoever sees interfaces anywhere sees their alarms."""
    return Daemon.objects.visible_to(person).filter(pk__in=rows)


def register() -> None:
    """Told once while it is unread, however often it happens: a digest, no flood."""
    subjects.register(subjects.Subject(Interface, "interface.view", lambda row: str(row.code)))
    subjects.register(subjects.Subject(Daemon, "interface.view", lambda row: str(row.name), seen_daemons))
    subjects.register(subjects.Subject(Webhook, "webhook.view", lambda row: str(row.name)))
    for event, kind, who in (
        ("command.overdue", Kind.COMMAND, late),
        ("command.rejected", Kind.COMMAND, asking),
        ("command.expired", Kind.COMMAND, asking),
        ("command.breached", Kind.COMMAND, breached),
        ("command.report_differs", Kind.COMMAND, breached),
        ("interface.silent", Kind.SILENCE, silent),
        ("interface.escalated", Kind.SILENCE, on_rung),
        ("flow.silent", Kind.SILENCE, on_rung),
        ("flow.escalated", Kind.SILENCE, on_rung),
        ("interface.alarmed", Kind.INTERFACE, silent),
        ("webhook.stopped", Kind.INTERFACE, stopped),
    ):
        rules.RULES[event] = rules.Rule(kind, who, once=True)
