"""Nothing silent: flows that are not heard when they should be, daemons that do not beat, and who is told, one after the other.

Every rule takes the moment from outside, so that a test can live through a week.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.db.models import Max, Min
from django.utils.translation import gettext as _

from connectors import events
from connectors.models import (
    Daemon,
    Delivery,
    Direction,
    Downtime,
    Flow,
    FlowState,
    InboxMessage,
    Interface,
    InterfaceState,
    Kind,
)
from qms import journal
from qms.accounts import access
from qms.accounts.models import User
from qms.journal import heartbeat
from qms.lib import canonical
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.masterdata.models import Freshness
from qms.office import calendars
from qms.office.models import Kind as NewsKind
from qms.office.notifications import rules
from qms.records.actions import check_reason

OPERATE = "interface.operate"
WATCHER = journal.Actor(id="system:watch", name="Silence alarm")
LADDER = ("owner", "backup", "integration_owner", "quality_manager")
LEARN_DAYS, LEARN_GAPS, QUANTILE, MARGIN = 28, 200, 0.995, 2.0
LEARN_SPAN = dt.timedelta(days=14)
# Who is expected to beat, with period and grace; each is watched by another process than itself.
DAEMONS = {"relay": (5, 25), "sealer": (5, 25), "scheduler": (5, 25), "worker": (15, 30)}


def expect(
    *, interface: Interface, object: str, direction: str, every: int | None, grace: int, in_plant_hours: bool, by: Any,
    reason: str,
) -> Flow:  # fmt: skip
    """Declare what is expected, or change it. `every` None: only what is learned counts."""
    access.check(by, OPERATE, interface)
    check_reason(reason)
    if direction not in Direction.values or not object.strip():
        raise Invalid(_("Name the object or type of message, and its direction."), field="object")
    told = {"every": every, "grace": grace, "in_plant_hours": in_plant_hours}
    with journal.act(events.FLOW_EXPECTED, by=by, reason=reason) as act:
        row, _made = Flow.objects.update_or_create(
            interface=interface, object=object.strip(), direction=direction, defaults=told
        )
        FlowState.objects.get_or_create(flow=row)
        act.record(interface, _told(row))
    return row


def forget(*, flow: Flow, by: Any, reason: str) -> None:
    access.check(by, OPERATE, flow.interface)
    check_reason(reason)
    with journal.act(events.FLOW_FORGOTTEN, by=by, reason=reason) as act:
        act.record(flow.interface, _told(flow))
        FlowState.objects.filter(flow=flow).delete()
        flow.delete()


def learn(*, flow: Flow, by: Any, at: dt.datetime | None = None) -> Flow:
    """From the gaps between what was heard in the last four weeks, counted as the flow counts. Raises Conflict until there is
    enough of it; then what was learned says from what."""
    access.check(by, OPERATE, flow.interface)
    moment = at or now()
    told = _learned(flow, moment)
    with journal.act(events.FLOW_LEARNED, by=by) as act:
        row = Flow.objects.select_for_update(of=("self",)).select_related("interface").get(pk=flow.pk)
        row.learned, row.learned_every = told, told["every"]
        row.save(update_fields=["learned", "learned_every"])
        act.record(row.interface, _told(row))
    return row


def _learned(flow: Flow, moment: dt.datetime) -> dict[str, Any]:
    since = moment - dt.timedelta(days=LEARN_DAYS)
    rows = InboxMessage.objects.filter(interface_id=flow.interface_id, message_type=flow.object)
    heard = list(
        rows.filter(received_at__gte=since, received_at__lte=moment)
        .order_by("pk")
        .values_list("received_at", flat=True)
    )
    if flow.direction != Direction.IN or len(heard) <= LEARN_GAPS or heard[-1] - heard[0] < LEARN_SPAN:
        raise Conflict(
            _("There is not enough to learn from: %(count)s messages in four weeks.") % {"count": len(heard)},
            hint=_("It takes more than %(gaps)s messages over two weeks. Declare a time until then.")
            % {"gaps": LEARN_GAPS},
            code="too_little",
        )
    calendar = calendars.of(flow.interface.site)
    gaps = sorted(_passed(flow, calendar, a, b).total_seconds() for a, b in pairwise(heard))
    gap = gaps[min(int(len(gaps) * QUANTILE), len(gaps) - 1)]
    return {
        "from": canonical.instant(heard[0]), "to": canonical.instant(heard[-1]), "gaps": len(gaps),
        "quantile": str(QUANTILE), "gap": round(gap), "margin": str(MARGIN), "every": max(round(gap * MARGIN), 60),
    }  # fmt: skip


def _passed(flow: Flow, calendar: calendars.Calendar, since: dt.datetime, until: dt.datetime) -> dt.timedelta:
    return calendar.worked(since, until) if flow.in_plant_hours else until - since


def heard_at(flow: Flow, at: dt.datetime) -> dt.datetime:
    """When it was heard last, or since when it is expected. Outward: since when something waits, else this very moment."""
    if flow.direction == Direction.OUT:
        waiting = Delivery.objects.filter(interface_id=flow.interface_id, state="WAITING", made_at__lte=at)
        oldest: dt.datetime | None = waiting.aggregate(at=Min("made_at"))["at"]
        return oldest or at
    if flow.interface.kind == Kind.ERP and (
        read := Freshness.objects.filter(source=flow.interface.code, object=flow.object, read_at__lte=at).first()
    ):
        return read.read_at
    rows = InboxMessage.objects.filter(interface_id=flow.interface_id, message_type=flow.object, received_at__lte=at)
    last: dt.datetime | None = rows.aggregate(at=Max("received_at"))["at"]
    return last or min(flow.since, at)


def watch_flows(*, at: dt.datetime | None = None) -> int:
    """Raise, escalate and end alarms. Returns how many changed. Paused and switched-off interfaces are told as such; in a
    downtime alarms are held, and after it a flow has its whole time again."""
    moment, changed = at or now(), 0
    calendar: dict[int, calendars.Calendar] = {}
    resumed = Downtime.objects.resumed(moment)
    watched = Flow.objects.watched().exclude(interface__in=Downtime.objects.in_force(moment).values("interface"))
    for flow in watched.select_related("interface__site", "state"):
        site = flow.interface.site
        plan = calendar.setdefault(site.pk, calendars.of(site))
        heard = heard_at(flow, moment)
        limit = dt.timedelta(seconds=flow.expected + flow.grace)
        state = getattr(flow, "state", None)
        told = state.silent_since if state else None
        since = _counted_from(heard, resumed.get(flow.interface_id), told)
        changed += _flow(flow, heard, _passed(flow, plan, since, moment) > limit, moment)
    return changed


def _counted_from(heard: dt.datetime, resumed: dt.datetime | None, silent_since: dt.datetime | None) -> dt.datetime:
    """From the end of a downtime, if nothing was heard since; but an alarm ends only by being heard, never by a downtime."""
    return max(heard, resumed) if resumed and silent_since is None else heard


def _flow(flow: Flow, heard: dt.datetime, silent: bool, moment: dt.datetime) -> bool:
    with transaction.atomic():
        state, _made = FlowState.objects.select_for_update().get_or_create(flow=flow)
        verdict = _next(state, silent, moment, flow.interface.escalate_after)
        if verdict is None:
            return False
        state.heard_at = heard
        state.save()
        event = {"raise": events.FLOW_SILENT, "tell": events.FLOW_ESCALATED, "end": events.FLOW_HEARD}[verdict]
        with journal.act(event, by=WATCHER) as act:
            act.record(flow.interface, _told(flow, rung=LADDER[state.rung], last=canonical.instant(heard)))
    return True


def _next(state: Any, silent: bool, moment: dt.datetime, escalate_after: int) -> str | None:
    """What must be said now, written into the state: raise, tell (the next rung), end, or nothing."""
    if silent and state.silent_since is None:
        state.silent_since = state.told_at = moment
        state.rung = 0
        return "raise"
    if not silent and state.silent_since is not None:
        state.silent_since, state.told_at, state.rung = None, None, 0
        return "end"
    due = silent and state.told_at and moment - state.told_at >= dt.timedelta(seconds=escalate_after)
    if due and state.rung < len(LADDER) - 1:
        state.rung, state.told_at = state.rung + 1, moment
        return "tell"
    return None


def on_rung(interface: Interface, rung: str, people: Any) -> list[User]:
    """Who stands on this rung; where nobody does, everybody who operates interfaces there."""
    named = {"owner": interface.owner_id, "backup": interface.backup_id}
    if rung in named:
        found = people.one(named[rung])
    else:
        held = people.with_right("interface.resolve", interface.site_id)
        found = [person for person in held if access.has_role(person, rung, interface.site_id)]
    return list(found) or list(people.with_right(OPERATE, interface.site_id))


def silent_flows(interface: Interface) -> list[str]:
    """Their objects, of those that the alarm was raised for."""
    rows = Flow.objects.filter(interface=interface, state__silent_since__isnull=False)
    return list(rows.order_by("object").values_list("object", flat=True))


def _told(flow: Flow, rung: str = "", last: str = "") -> events.FlowTold:
    return events.FlowTold(
        interface=flow.interface.code, object=flow.object, direction=flow.direction, every=flow.expected, rung=rung,
        last_at=last,
    )  # fmt: skip


# --- the interface as a whole --------------------------------------------------------------------------------------------


def watch(*, at: dt.datetime | None = None) -> int:
    """Raise the alarm for every live interface that is silent for longer than it may, tell the next person while it stays so, and
    say when it is heard again. Returns how many changed."""
    moment = at or now()
    rows = Interface.objects.live().heard().select_related("state", "site")
    rows = rows.exclude(pk__in=Downtime.objects.in_force(moment).values("interface"))
    return sum(_interface(row, moment) for row in rows if hasattr(row, "state"))


def quiet_for(interface: Interface, moment: dt.datetime) -> dt.timedelta | None:
    """How long nothing went through; None: nothing ever did. A MES is counted in the plant's working time, and everything from
    the end of the last downtime."""
    state = getattr(interface, "state", None)
    resumed = Downtime.objects.filter(interface=interface).resumed(moment).get(interface.pk)
    alarmed = state.silent_since if state else None
    last: dt.datetime | None = interface.heard_at or (None if alarmed else resumed)
    if last is None:
        return None
    since = _counted_from(last, resumed, alarmed)
    if interface.kind != Kind.MES:
        return moment - since
    return calendars.of(interface.site).worked(since, moment)


def _interface(row: Any, moment: dt.datetime) -> bool:
    quiet = quiet_for(row, moment)
    silent = quiet is None or quiet > dt.timedelta(seconds=row.silent_after)
    if not silent and row.state.silent_since is None:
        return False
    with transaction.atomic():
        held = InterfaceState.objects.select_for_update().get(pk=row.pk)
        verdict = _next(held, silent, moment, row.escalate_after)
        if verdict is None:
            return False
        held.save(update_fields=["silent_since", "rung", "told_at"])
        if verdict == "tell":
            with journal.act(events.SILENT_ESCALATED, by=WATCHER) as act:
                act.record(row, events.Escalated(row.code, LADDER[held.rung]))
            return True
        last = canonical.instant(row.heard_at) if row.heard_at else ""
        with journal.act(events.SILENT if verdict == "raise" else events.RECOVERED, by=WATCHER) as act:
            act.record(row, events.Watched(row.code, last))
    return True


# --- daemons -------------------------------------------------------------------------------------------------------------


def watch_daemons(names: tuple[str, ...], *, at: dt.datetime | None = None) -> int:
    """`names`: those that another process than the caller is. Returns how many alarms changed."""
    return sum(_daemon(name, at or now()) for name in names)


def _daemon(name: str, moment: dt.datetime) -> bool:
    period, grace = DAEMONS[name]
    silent = bool(heartbeat.silent((name,), now=moment, after=dt.timedelta(seconds=period + grace)))
    with transaction.atomic():
        Daemon.objects.get_or_create(pk=name)
        state = Daemon.objects.select_for_update().get(pk=name)
        verdict = _next(state, silent, moment, 1800)
        if verdict is None:
            return False
        state.save()
        event = {"raise": events.DAEMON_SILENT, "tell": events.DAEMON_ESCALATED, "end": events.DAEMON_HEARD}[verdict]
        with journal.act(event, by=WATCHER) as act:
            act.record(state, events.DaemonTold(name, period + grace, LADDER[state.rung]))
            if verdict != "end":
                _tell(state, event.name, moment)
    return True


def _tell(daemon: Daemon, event: str, moment: dt.datetime) -> None:
    """At once, not behind the sealed trail as other news: nothing would arrive while the sealer or the worker is what is away."""
    people = access.who_may("day_sheet.sign" if LADDER[daemon.rung] == "quality_manager" else OPERATE)
    key = f"daemon:{daemon.pk}:{moment:%Y%m%d%H%M%S}"
    told = [rules.made(person, key, NewsKind.SILENCE, daemon) for person in people]
    for each in told:
        each.event = event
    rules.write(told)


def silent_daemons() -> list[str]:
    return list(Daemon.objects.exclude(silent_since=None).order_by("name").values_list("name", flat=True))
