"""Asking for a reconciliation, carrying it out, and what people do with a difference."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from connectors import events, reconcile
from connectors.base import ConnectorError
from connectors.models import (
    Difference,
    DifferenceKind,
    Downtime,
    Interface,
    Mode,
    Origin,
    ReconcileRun,
    Resolution,
    SyncRun,
)
from connectors.models.reconcile import POSTINGS
from connectors.reconcile import RECONCILER
from connectors.registry import ADAPTERS
from connectors.sync import refresh
from connectors.sync.afresh import Afresh
from connectors.sync.rows import LINES
from connectors.sync.run import alone, check_open
from qms import journal
from qms.accounts import access
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.masterdata.specs import SPECS
from qms.records.actions import check_reason

from . import daysheets

OPERATE, RESOLVE = "interface.operate", "interface.resolve"
STILL_OURS = dt.timedelta(minutes=5)  # a run that has not beaten for so long has lost its worker
NIGHT = dt.time(2, 0)
AGAIN = dt.timedelta(hours=1)  # a night that came to nothing is tried again
Bell = Callable[[SyncRun], None]


def ask(*, interface: Interface, by: Any) -> ReconcileRun:
    """The run that a worker carries out; while one goes on, that one. Raises Conflict when nobody can be asked."""
    access.check(by, OPERATE, interface)
    check_reconcilable(interface)
    with transaction.atomic(), journal.act(events.RECONCILE_ASKED, by=by) as act:
        Interface.objects.select_for_update().get(pk=interface.pk)
        held = under_way(interface)
        run = held or ReconcileRun.objects.create(
            interface=interface, origin=Origin.ASKED, asked_by=by.actor().name[:120]
        )
        act.record(interface, events.ReconcileAsked(interface.code, str(run.uid)))
    return run


def ask_after(interface: Interface) -> ReconcileRun | None:
    """At the end of a downtime, inside its act; the sweep rings for it. None where nothing can be compared."""
    try:
        check_reconcilable(interface)
    except Conflict:
        return None
    return ReconcileRun.objects.create(interface=interface, origin=Origin.DOWNTIME, asked_by=RECONCILER.name)


def under_way(interface: Interface) -> ReconcileRun | None:
    fresh = Q(beat_at__gte=now() - STILL_OURS) | Q(beat_at=None, asked_at__gte=now() - STILL_OURS)
    found: ReconcileRun | None = ReconcileRun.objects.filter(fresh, interface=interface, finished_at=None).first()
    return found


def check_reconcilable(interface: Interface) -> None:
    check_open(interface)
    if interface.mode != Mode.LIVE:
        raise Conflict(
            _("%(interface)s only observes, so nothing of it stands here to be compared.")
            % {"interface": interface.name},
            hint=_("A dry run on its page shows what would differ."),
            code="interface_observes",
        )
    if interface.adapter not in ADAPTERS:
        raise Conflict(
            _("%(interface)s sends by itself and cannot be asked.") % {"interface": interface.name},
            hint=_("The other side compares by sending its manifest."),
            code="not_askable",
        )


def carry_out(*, run: ReconcileRun, by: Any = RECONCILER) -> ReconcileRun:
    """Said twice, the second time does nothing. Raises Conflict ("sync_running") while the interface is being read."""
    interface = run.interface
    if not ReconcileRun.objects.filter(pk=run.pk, finished_at=None).exists():
        return run
    try:
        check_reconcilable(interface)
        with alone(interface):
            reconcile.carry_out(run=run, other=Afresh(interface), by=by)
    except ConnectorError as problem:
        close(run, problem.message)
    except Conflict as refusal:
        if refusal.code == "sync_running":
            raise
        close(run, str(refusal))
    if run.origin == Origin.NIGHT and not run.problem:
        daysheets.of_night(interface=interface, day=daysheets.day_of(interface, run.asked_at), by=by)
    daysheets.renew(interface=interface, by=by)
    return run


def close(run: ReconcileRun, problem: str) -> None:
    ReconcileRun.objects.filter(pk=run.pk, finished_at=None).update(finished_at=Now(), problem=problem, doing="")
    run.refresh_from_db()


def claim_due(ring: Callable[[ReconcileRun], None]) -> int:
    """One run a night for every live interface that can be read, two o'clock by its site; a plant that was off catches up."""
    rows = Interface.objects.live().filter(adapter__in=ADAPTERS).select_related("site", "state")
    rows = rows.exclude(pk__in=Downtime.objects.in_force().values("interface"))
    return sum(_claim(row, ring) for row in rows if hasattr(row, "state"))


def _claim(interface: Interface, ring: Callable[[ReconcileRun], None]) -> bool:
    night = last_night(interface, now())
    runs = ReconcileRun.objects.filter(interface=interface, origin=Origin.NIGHT, asked_at__gte=night)
    done = runs.filter(Q(problem="") | Q(asked_at__gte=now() - AGAIN))
    was_read = SyncRun.objects.filter(interface=interface, full=True, problem="", finished_at__lt=night).exists()
    if not was_read or done.exists():
        return False
    with transaction.atomic():
        Interface.objects.select_for_update().get(pk=interface.pk)
        if done.exists():
            return False
        run = ReconcileRun.objects.create(interface=interface, origin=Origin.NIGHT, asked_by=RECONCILER.name)
    ring(run)
    return True


def last_night(interface: Interface, at: dt.datetime) -> dt.datetime:
    """The last two o'clock of the plant."""
    zone = ZoneInfo(interface.site.timezone)
    here = at.astimezone(zone)
    day = here.date() if here.time() >= NIGHT else here.date() - dt.timedelta(days=1)
    return dt.datetime.combine(day, NIGHT, zone)


# --- what people do with a difference ----------------------------------------------------------------------------------


def assign(*, difference: Difference, to: Any, by: Any) -> Difference:
    access.check(by, RESOLVE, difference)
    if not access.may(to, RESOLVE, difference):
        raise Invalid(
            _("%(person)s may not resolve differences of this site.") % {"person": to},
            field="to",
            hint=_("Choose somebody who may."),
        )
    with journal.act(events.DIFFERENCE_ASSIGNED, by=by) as act:
        row = _open(difference)
        row.assigned_to = to
        row.save(update_fields=["assigned_to"])
        act.record(row, _decided(row, to=str(to)))
    daysheets.renew(interface=row.interface, by=by)
    return row


def refuses(difference: Difference, resolution: str) -> str:
    """Why this difference cannot be resolved so, or ""."""
    if difference.resolved_at:
        return _("It is resolved already.")
    if resolution == Resolution.THEIRS and not difference.is_mirrored:
        return _("Only what is mirrored can be taken over; correct it in the other system, or accept it with a reason.")
    lost = difference.object == POSTINGS and difference.kind == DifferenceKind.MISSING_THERE
    if resolution == Resolution.OURS and not lost:
        return _("Only a posting that the other system has lost can be sent again.")
    return ""


def resolve(*, difference: Difference, resolution: str, reason: str, by: Any, ring: Bell | None = None) -> Difference:
    """Theirs: the record is read again (`ring` wakes the worker). Ours: the posting is sent again under its reference.
    Corrected: somebody mended it over there. Accepted: it stays so. What is seen again is reopened; only an accepted
    difference stays accepted while it is the same."""
    access.check(by, RESOLVE, difference)
    check_reason(reason)
    if resolution not in (set(Resolution.values) - {Resolution.VANISHED}):
        raise Invalid(_("Choose how it is resolved."), field="resolution")
    if why := refuses(difference, resolution):
        raise Conflict(why, code="not_possible")
    if resolution == Resolution.THEIRS:
        asked = refresh.ask(row=_row_there(difference), object=_document(difference)[0], by=by)
        if ring:  # before anything is said of the difference: without a worker it stays open
            ring(asked)
    with journal.act(events.DIFFERENCE_RESOLVED, by=by, reason=reason) as act:
        row = _open(difference)
        if resolution == Resolution.OURS:
            commands.resend(posting=Posting.objects.get(reference=row.key), by=by, reason=reason)
        row.resolution, row.reason, row.resolved_at, row.resolved_by = resolution, reason, now(), by
        row.save(update_fields=["resolution", "reason", "resolved_at", "resolved_by"])
        act.record(row, _decided(row, resolution=resolution))
    daysheets.renew(interface=row.interface, by=by)
    return row


def _open(difference: Difference) -> Difference:
    row = Difference.objects.select_for_update(of=("self",)).select_related("interface__site").get(pk=difference.pk)
    if row.resolved_at:
        raise Conflict(
            _("%(number)s is resolved already.") % {"number": row.number},
            hint=_("Look at it again; it is reopened when it is seen again."),
            code="resolved",
        )
    return row


def _document(difference: Difference) -> tuple[str, str]:
    """Object and key that can be asked for: of a line its document."""
    owners = {kind.object: object for object, kinds in LINES.items() for kind in kinds}
    owner = owners.get(difference.object)
    return (owner, difference.owner_key) if owner else (difference.object, difference.key)


def _row_there(difference: Difference) -> Any:
    """The mirror's row, or, of what we never held, what is needed to ask for it."""
    object, key = _document(difference)
    model, source = SPECS[object].model, difference.interface.code
    found = model.objects.filter(source=source, external_id=key).first()
    return found or model(source=source, external_id=key, number=difference.name, site_id=difference.site_id)


def _decided(row: Difference, **told: str) -> events.Decided:
    return events.Decided(row.interface.code, row.object, row.name or row.key, row.kind, **told)
