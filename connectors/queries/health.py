"""How an interface does, by the clock and by what went through it. Silence is never taken for health."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from connectors.models import (
    Attempt,
    Delivery,
    Downtime,
    InboxMessage,
    Interface,
    InterfaceState,
    MessageState,
    Mode,
    SyncRun,
)
from qms.lib.clock import now
from qms.masterdata import ownership
from qms.masterdata.models import Freshness
from qms.ui.show import Mark, local

DAY = dt.timedelta(hours=24)
LATEST = 200  # of these the lag is measured
PEOPLE = (MessageState.NEEDS_MAPPING, MessageState.PARKED)


@dataclass(frozen=True)
class Card:
    """An interface as it stands. `last_at`: when something last went through it as it should; `lag`: 95 of 100 of the
    latest messages and postings took at most so long; `failures`: in the last 24 hours."""

    interface: Interface
    health: Mark
    last_at: dt.datetime | None
    problem: str
    waiting: int
    dead: int
    unresolved: int
    next_sync_at: dt.datetime | None
    lag: dt.timedelta | None = None
    oldest_at: dt.datetime | None = None
    failures: int = 0
    open_until: dt.datetime | None = None
    masters: tuple[tuple[str, str], ...] = ()
    downtime: Downtime | None = None

    @property
    def silent_minutes(self) -> int:
        """Where the alarm is set in whole minutes."""
        minutes, rest = divmod(self.interface.silent_after, 60)
        return 0 if rest else minutes


def cards(user: Any) -> list[Card]:
    """Every interface that the reader may see."""
    rows = Interface.objects.visible_to(user).heard().select_related("owner", "site", "state")
    return [card(interface) for interface in rows]


def card(interface: Interface) -> Card:
    if not hasattr(interface, "heard_at"):
        interface = Interface.objects.heard().select_related("owner", "site", "state").get(pk=interface.pk)
    state = getattr(interface, "state", None) or InterfaceState(interface=interface)
    sent, heard, last_at = _deliveries(interface), _messages(interface), interface.heard_at
    failing = bool(state.failed_at and (last_at is None or state.failed_at >= last_at))
    dead, unresolved = sent["dead"] + heard["rejected"], heard["unresolved"]
    is_open = bool(state.open_until and state.open_until > now())
    is_moving = interface.mode != Mode.OFF and not interface.paused_at
    window = Downtime.objects.of(interface) if is_moving else None
    return Card(
        interface=interface,
        health=downtime_mark(window)
        if window
        else health(interface, last_at, failing=failing, troubled=bool(dead or unresolved or is_open), now=now()),
        downtime=window,
        last_at=last_at,
        problem=state.problem if failing else "",
        waiting=sent["waiting"] + heard["waiting"],
        dead=dead,
        unresolved=unresolved,
        next_sync_at=state.next_sync_at,
        lag=lag(interface),
        oldest_at=min(filter(None, (sent["oldest"], heard["oldest"])), default=None),
        failures=_failures(interface),
        open_until=state.open_until if is_open else None,
        masters=tuple(masters(interface)),
    )


def downtime_mark(window: Downtime) -> Mark:
    text = _("Planned downtime until %(at)s") if window.is_planned else _("Downtime until %(at)s")
    return Mark("downtime", text % {"at": f"{local(window.ends_at):%Y-%m-%d %H:%M}"}, "info", "calendar-clock")


def _deliveries(interface: Interface) -> dict[str, Any]:
    rows = Delivery.objects.filter(interface=interface).exclude(state="DONE")
    waiting = Q(state="WAITING")
    return rows.aggregate(
        waiting=Count("pk", filter=waiting),
        dead=Count("pk", filter=Q(state="DEAD")),
        oldest=Min("made_at", filter=waiting),
    )


def _messages(interface: Interface) -> dict[str, Any]:
    mine = InboxMessage.objects.filter(interface=interface)
    rejected = mine.filter(state=MessageState.REJECTED).count()
    return mine.waiting().aggregate(
        waiting=Count("pk"), unresolved=Count("pk", filter=Q(state__in=PEOPLE)), oldest=Min("received_at")
    ) | {"rejected": rejected}


def _failures(interface: Interface) -> int:
    since = now() - DAY
    tried = Attempt.objects.filter(delivery__interface=interface, at__gte=since).exclude(outcome="posted").count()
    read = SyncRun.objects.filter(interface=interface, started_at__gte=since).exclude(problem="").count()
    return tried + read


def lag(interface: Interface) -> dt.timedelta | None:
    """p95 from received to applied, and from asked for to posted, over the latest of each."""
    mine = InboxMessage.objects.filter(interface=interface, state=MessageState.APPLIED, applied_at__isnull=False)
    taken = mine.order_by("-pk").values_list("received_at", "applied_at")[:LATEST]
    done = Delivery.objects.filter(interface=interface, state="DONE", posting__posted_at__isnull=False)
    posted = done.order_by("-pk").values_list("made_at", "posting__posted_at")[:LATEST]
    return p95(end - start for start, end in [*taken, *posted] if end)


def p95(spans: Iterable[dt.timedelta]) -> dt.timedelta | None:
    """Nearest rank."""
    ordered = sorted(max(span, dt.timedelta(0)) for span in spans)
    return ordered[-(-len(ordered) * 95 // 100) - 1] if ordered else None


def named(site_id: int | None) -> dict[str, str]:
    """Code → name of the interfaces of a site, for those who say which of them owns a field."""
    if site_id is None:
        return {}
    return dict(Interface.objects.filter(site_id=site_id).order_by("code").values_list("code", "name"))


def masters(interface: Interface) -> list[tuple[str, str]]:
    """(object, system of record) of what it brings, by the site's matrix; the system behind it where anybody may tell the object."""
    brought = set(Freshness.objects.filter(source=interface.code).values_list("object", flat=True))
    owners = ownership.of(interface.site_id) if brought else ownership.shipped()
    rules = {object: owners.rule(object, ownership.ALL) for object in brought}
    own = interface.get_kind_display()
    return sorted((name, str(rule.told_by) if rule and rule.is_said else own) for name, rule in rules.items())


def health(
    interface: Interface, last_at: dt.datetime | None, *, failing: bool, troubled: bool, now: dt.datetime
) -> Mark:
    """Green needs a success that is younger than the interface's silence alarm."""
    if interface.mode == Mode.OFF:
        return Mark("off", _("Off"), "muted", "power-off")
    if interface.paused_at:
        return Mark("paused", _("Paused"), "warning", "circle-pause")
    silent = last_at is None or now - last_at > dt.timedelta(seconds=interface.silent_after)
    if silent and failing:
        return Mark("down", _("Down"), "danger", "unplug")
    if last_at is None:
        return Mark("unknown", _("Unknown: no message yet"), "warning", "circle-question-mark")
    if silent:
        text = _("Unknown: no message since %(at)s") % {"at": f"{local(last_at):%Y-%m-%d %H:%M}"}
        return Mark("unknown", text, "warning", "circle-question-mark")
    if failing or troubled:
        return Mark("degraded", _("Degraded"), "warning", "triangle-alert")
    return Mark("healthy", _("Healthy"), "success", "circle-check")
