"""Downtime windows: planned or declared, begun and over by the clock, and signed off on a report of what was missed.

Meanwhile what is sent to the interface waits in its order, silence is no alarm, and what it sends is taken as ever."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from connectors import events
from connectors.models import Delivery, Downtime, Interface, Mode, ReconcileRun
from connectors.models.downtime import COMING
from connectors.outbox import circuit, postings
from connectors.reconcile import gap
from qms import journal
from qms.accounts import access
from qms.lib import canonical
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.lib.ids import uuid7
from qms.records import actions as records
from qms.records.actions import Signing, check_reason

from . import interfaces, reconciling

PLAN, SIGN = "downtime.plan", "downtime.sign"
KEEPER = journal.Actor(id="system:downtime", name="Downtime windows")
LONGEST, LATEST = dt.timedelta(days=14), dt.timedelta(days=1)


def plan(
    *,
    interface: Interface,
    ends_at: dt.datetime,
    reason: str,
    by: Any,
    begins_at: dt.datetime | None = None,
    owner: Any = None,
    uid: UUID | None = None,
) -> Downtime:
    """`begins_at` None or past (a day at most): declared, for a downtime that nobody planned. `owner`: who signs the gap
    report, else who plans.

    The same `uid` again returns the first one. Raises Invalid for a time that makes no sense, Conflict where windows overlap.
    """
    access.check(by, PLAN, interface)
    if uid and (known := Downtime.objects.filter(uid=uid, created_by=by).first()):
        return known
    check_reason(reason)
    moment, owner = now(), owner or by
    begins = begins_at or moment
    is_planned = begins > moment
    _check_owner(owner, interface)
    _check_time(begins, ends_at, moment)
    if begins < moment - LATEST:
        raise Invalid(
            _("The downtime would begin more than a day ago."),
            field="begins_at",
            hint=_("Leave the beginning empty to declare it from now on."),
        )
    with journal.act(events.downtime.PLANNED if is_planned else events.downtime.DECLARED, by=by, reason=reason) as act:
        _check_free(interface, begins, ends_at)
        made = Downtime.objects.create(
            uid=uid or uuid7(), site_id=interface.site_id, state="PLANNED" if is_planned else "ACTIVE", created_by=by,
            interface=interface, is_planned=is_planned, begins_at=begins, ends_at=ends_at,
            planned_until=ends_at, reason=reason, owner=owner,
        )  # fmt: skip
        act.record(made, changed(made))
    return made


def _check_owner(owner: Any, interface: Interface) -> None:
    if not access.may(owner, SIGN, interface):
        raise Invalid(
            _("%(person)s may not sign off gap reports of this site.") % {"person": owner},
            field="owner",
            hint=_("Choose somebody who may."),
        )


def _check_time(begins: dt.datetime, ends: dt.datetime, moment: dt.datetime) -> None:
    if ends <= begins or ends <= moment:
        raise Invalid(
            _("The downtime ends before it begins, or in the past."), field="ends_at", hint=_("Choose a later end.")
        )
    if ends - begins > LONGEST:
        raise Invalid(
            _("A downtime lasts at most %(days)s days.") % {"days": LONGEST.days},
            field="ends_at",
            hint=_("Switch the interface off when it is away for longer."),
        )


def _check_free(interface: Interface, begins: dt.datetime, ends: dt.datetime, own: int | None = None) -> None:
    """Under the interface's lock, so that two people cannot plan the same time."""
    row = Interface.objects.select_for_update().get(pk=interface.pk)
    if row.mode == Mode.OFF:
        raise Conflict(
            _("%(interface)s is switched off: there is nothing to plan for.") % {"interface": row.name},
            hint=_("Plan the downtime when it is on."),
            code="interface_closed",
        )
    other = Downtime.objects.filter(interface=row, state__in=COMING, begins_at__lt=ends, ends_at__gt=begins)
    if found := other.exclude(pk=own).first():
        raise Conflict(
            _("%(number)s covers a part of this time already.") % {"number": found.number},
            hint=_("Change the end of that window, or choose another time."),
            code="overlaps",
        )


def extend(*, downtime: Downtime, ends_at: dt.datetime, by: Any, reason: str, version: int | None = None) -> Downtime:
    """Another end, later or earlier; not in the past."""

    def change(row: Downtime) -> tuple[str, ...]:
        _check_time(row.begins_at, ends_at, now())
        _check_free(row.interface, row.begins_at, ends_at, own=row.pk)
        row.ends_at = ends_at
        return ("ends_at",)

    return _step(downtime, "extend", by, version=version, reason=reason, change=change)


def end(*, downtime: Downtime, by: Any, reason: str, version: int | None = None) -> Downtime:
    """Before its time: what waited goes now, and the reconciliation is asked for."""
    return _step(downtime, "end", by, version=version, reason=reason, change=_over)


def _over(row: Downtime) -> tuple[str, ...]:
    row.ended_at = min(now(), row.ends_at)
    row.ends_at = row.ended_at
    row.run = reconciling.ask_after(row.interface)
    row.report = gap.content(row)
    _drain(row.interface)
    if row.interface.is_read:
        interfaces.plan_sync(interface=row.interface)
    return ("ended_at", "ends_at", "run", "report")


def _drain(interface: Interface) -> None:
    """What waited goes at once and in its order, whatever had failed before."""
    Delivery.objects.filter(interface=interface, state="WAITING").update(next_at=Now())
    circuit.answered(interface.pk)
    postings.ring()


def count(*, downtime: Downtime, by: Any, version: int | None = None) -> Downtime:
    return _step(downtime, "count", by, version=version, change=_counted)


def _counted(row: Downtime) -> tuple[str, ...]:
    row.report = gap.content(row)
    return ("report",)


def sign(*, downtime: Downtime, by: Any, signing: Signing | None, version: int | None = None) -> Downtime:
    return _step(downtime, "sign", by, version=version, signing=signing)


def cancel(*, downtime: Downtime, by: Any, reason: str, version: int | None = None) -> Downtime:
    return _step(downtime, "cancel", by, version=version, reason=reason)


def tend(ring: Callable[[ReconcileRun], None] | None = None, *, at: dt.datetime | None = None) -> int:
    """What follows from the clock: begins, ends, asks for the comparison, and counts again while something is under way.
    Returns how many windows changed."""
    moment = at or now()
    begun = Downtime.objects.filter(state="PLANNED", begins_at__lte=moment)
    changes = sum(bool(_move(row, "begin")) for row in begun.order_by("pk"))
    over = Downtime.objects.filter(state="ACTIVE", ends_at__lte=moment)
    changes += sum(bool(_move(row, "lapse", _over)) for row in over.select_related("interface__site").order_by("pk"))
    for row in Downtime.objects.filter(state="ENDED").select_related("interface__site", "run").order_by("pk"):
        if ring and row.run and row.run.started_at is None and row.run.finished_at is None:
            ring(row.run)
        changes += _is_open(row) and gap.content(row) != row.report and bool(_move(row, "renew", _counted))
    return changes


def _is_open(row: Downtime) -> bool:
    """Something of the report is still on its way."""
    reconciled = row.report.get("reconciliation", {})
    return bool(row.report.get("left") or (row.run and not reconciled.get("finished")))


def _move(row: Downtime, name: str, change: Callable[[Any], tuple[str, ...]] | None = None) -> Downtime | None:
    """None where a person was faster."""
    try:
        moved: Downtime = records.system_step(record=row, name=name, by=KEEPER, change=change, payload=changed)
    except Conflict:
        return None
    return moved


def _step(record: Downtime, name: str, by: Any, **options: Any) -> Downtime:
    row: Downtime = records.step(record=record, name=name, by=by, payload=changed, **options)
    return row


def changed(row: Downtime) -> events.downtime.DowntimeTold:
    return events.downtime.DowntimeTold(
        number=row.number, interface=row.interface.code, since=canonical.instant(row.begins_at),
        until=canonical.instant(row.ends_at), missing=gap.missing(row.report),
        buffered=len(row.report.get("buffered", ())), left=row.report.get("left", 0),
    )  # fmt: skip


DOWNTIME_STEPS: dict[str, Callable[..., Downtime]] = {
    "extend": extend,
    "end": end,
    "count": count,
    "sign": sign,
    "cancel": cancel,
}
