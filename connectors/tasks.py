"""What Celery carries: bells with an id, nothing else. Every task may come twice, late or never."""

from __future__ import annotations

import contextlib
from typing import Any

from celery import shared_task
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from connectors import actions, inbox, sync
from connectors.actions import downtime, reconciling, silence
from connectors.models import Interface, ReconcileRun, SyncRun
from connectors.outbox import travelers
from connectors.sync import push, refresh, trial
from connectors.transports import run as transports
from inspection import actions as measured
from ncr import actions as ncr
from qms import journal
from qms.accounts.models import User
from qms.journal import heartbeat
from qms.lib.errors import Conflict, NotNow, Refusal

LONGEST_SECONDS = 3600


@shared_task(name="connectors.sync_interface", time_limit=LONGEST_SECONDS)
def sync_interface(interface_id: int, full: bool = False, user_id: int | None = None) -> None:
    """A second bell during a run, or one for an interface that was paused meanwhile, finds the door closed."""
    interface = Interface.objects.get(pk=interface_id)
    if interface.is_polled:
        look_at(interface)
        return
    by: journal.Acting = User.objects.get(pk=user_id) if user_id else sync.SYNC
    token = journal.ORIGIN.set(journal.Origin(source="sync"))
    try:
        reading = sync.sync(interface=interface, full=full, by=by)
        if not reading.dry_run and (reading.run.created or reading.run.updated):
            inbox.retry_waiting()  # messages may have waited for just these parts, lots and orders
            measured.learn_meanings(by=by)
    except Refusal:
        return
    finally:
        journal.ORIGIN.reset(token)


def look_at(interface: Interface) -> None:
    """A file, a page of a view, an answer of a service: what is there to take."""
    with contextlib.suppress(Refusal):
        transports.poll(interface=interface)


@shared_task(name="connectors.refresh_record", time_limit=120)
def refresh_record(run_id: int, user_id: int) -> None:
    run = SyncRun.objects.select_related("interface").get(pk=run_id)
    token = journal.ORIGIN.set(journal.Origin(source="sync"))
    try:
        refresh.refresh(run=run, by=User.objects.get(pk=user_id))
    finally:
        journal.ORIGIN.reset(token)


@shared_task(name="connectors.try_sync", bind=True, time_limit=LONGEST_SECONDS, max_retries=60)
def try_sync(self: Any, run_id: int, user_id: int) -> None:
    """A dry run waits for a reading that goes on; who asked sees that it was not begun when it waited too long."""
    run = SyncRun.objects.select_related("interface").get(pk=run_id)
    token = journal.ORIGIN.set(journal.Origin(source="sync"))
    try:
        trial.carry_out(run=run, by=User.objects.get(pk=user_id))
    except Conflict as busy:
        if self.request.retries >= self.max_retries:
            refresh.close(run, str(busy))
        else:
            raise self.retry(countdown=10) from busy
    finally:
        journal.ORIGIN.reset(token)


@shared_task(name="connectors.reconcile", bind=True, time_limit=LONGEST_SECONDS, max_retries=60)
def reconcile_interface(self: Any, run_id: int, user_id: int | None = None) -> None:
    """A run waits for a reading that goes on."""
    run = ReconcileRun.objects.select_related("interface__site", "interface__owner").get(pk=run_id)
    by: journal.Acting = User.objects.get(pk=user_id) if user_id else reconciling.RECONCILER
    token = journal.ORIGIN.set(journal.Origin(source="sync"))
    try:
        reconciling.carry_out(run=run, by=by)
    except Conflict as busy:
        if self.request.retries >= self.max_retries:
            reconciling.close(run, str(busy))
        else:
            raise self.retry(countdown=10) from busy
    finally:
        journal.ORIGIN.reset(token)


@shared_task(name="connectors.sweep_inbox")
def sweep_inbox() -> None:
    inbox.sweep()
    inbox.worklist.carry_on()
    push.sweep()
    ncr.match_known()
    downtime.tend(ring_reconcile)
    actions.watch()
    silence.watch_flows()
    if travelers.is_due():
        ring_copies()


@shared_task(name="connectors.beat", expires=60)
def beat() -> None:
    """The worker beats when it gets on: a bell went through the broker, and a process of it carried it out."""
    heartbeat.beat("worker")


@shared_task(name="connectors.retry_cause", time_limit=LONGEST_SECONDS)
def retry_cause(uid: str) -> None:
    inbox.worklist.carry_on(uid)


@shared_task(name="connectors.look_at_travelers", time_limit=LONGEST_SECONDS)
def look_at_travelers() -> None:
    travelers.look()


@shared_task(name="connectors.freeze_travelers", time_limit=travelers.LONGEST_SECONDS)
def freeze_travelers() -> None:
    travelers.freeze_due()


def ring_copies() -> None:
    with contextlib.suppress(OperationalError, OSError):  # the next sweep rings again
        freeze_travelers.delay()


def ring_travelers() -> None:
    """Raises NotNow when the broker does not take the bell."""
    try:
        look_at_travelers.delay()
    except (OperationalError, OSError) as away:
        raise NotNow(_("The worker cannot be reached at the moment.")) from away


def ring_retry(uid: Any) -> None:
    """Raises NotNow when the broker does not take the bell."""
    try:
        retry_cause.delay(str(uid))
    except (OperationalError, OSError) as away:
        raise NotNow(_("The worker cannot be reached at the moment.")) from away


def ring_sync(interface_id: int, full: bool = False, user_id: int | None = None) -> None:
    """Raises NotNow when the broker does not take the bell."""
    try:
        sync_interface.delay(interface_id, full, user_id)
    except (OperationalError, OSError) as away:
        raise NotNow(
            _("The worker cannot be reached at the moment."), hint=_("The next planned reading comes by itself.")
        ) from away


def ring_reconcile(run: ReconcileRun, user_id: int | None = None) -> None:
    """Raises NotNow when the broker does not take the bell; the run is closed then."""
    try:
        reconcile_interface.delay(run.pk, user_id)
    except (OperationalError, OSError) as away:
        reconciling.close(run, _("The worker cannot be reached at the moment."))
        raise NotNow(_("The worker cannot be reached at the moment."), hint=_("Ask again in a moment.")) from away


def ring_beat() -> None:
    """Raises NotNow when the broker does not take the bell."""
    try:
        beat.delay()
    except (OperationalError, OSError) as away:
        raise NotNow(_("The worker cannot be reached at the moment.")) from away


def ring_sweep() -> None:
    try:
        sweep_inbox.delay()
    except (OperationalError, OSError) as away:
        raise NotNow(_("The worker cannot be reached at the moment.")) from away


def ring_refresh(run: SyncRun, user_id: int) -> None:
    """Raises NotNow when the broker does not take the bell; the question is closed then."""
    try:
        refresh_record.delay(run.pk, user_id)
    except (OperationalError, OSError) as away:
        refresh.close(run, _("The worker cannot be reached at the moment."))
        raise NotNow(_("The worker cannot be reached at the moment."), hint=_("Ask again in a moment.")) from away


def ring_trial(run: SyncRun, user_id: int) -> None:
    """Raises NotNow when the broker does not take the bell; the question is closed then."""
    try:
        try_sync.delay(run.pk, user_id)
    except (OperationalError, OSError) as away:
        refresh.close(run, _("The worker cannot be reached at the moment."))
        raise NotNow(_("The worker cannot be reached at the moment."), hint=_("Ask again in a moment.")) from away
