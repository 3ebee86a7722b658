"""A dry run that a person asks for: read and compared by the worker, kept as a run with its lines, nothing taken over."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from connectors import events
from connectors.models import Interface, SyncRun
from qms import journal
from qms.accounts import access
from qms.lib.clock import now
from qms.lib.errors import Conflict

from .refresh import close
from .run import check_open, sync

OPERATE = "interface.operate"
SAME_PRESS = dt.timedelta(seconds=30)  # a second press meanwhile is the same question


def ask(*, interface: Interface, full: bool, by: Any) -> SyncRun:
    """The run that will answer. Raises Conflict when the interface is off or paused."""
    access.check(by, OPERATE, interface)
    check_open(interface)
    asked = SyncRun.objects.filter(interface=interface, is_trial=True, full=full, started_by=by.actor().name[:120])
    with transaction.atomic(), journal.act(events.TRIAL_ASKED, by=by) as act:
        Interface.objects.select_for_update().get(pk=interface.pk)
        held = asked.filter(finished_at=None, started_at__gte=now() - SAME_PRESS).first()
        run = held or SyncRun.objects.create(
            interface=interface, full=full, is_trial=True, started_by=by.actor().name[:120]
        )
        act.record(interface, events.TrialAsked(interface.code, full, str(run.uid)))
    return run


def carry_out(*, run: SyncRun, by: Any) -> None:
    """Said twice, the second time does nothing. Raises Conflict ("sync_running") while the interface is being read."""
    try:
        sync(interface=run.interface, by=by, run=run)
    except Conflict as refusal:
        if refusal.code == "sync_running":
            raise
        close(run, str(refusal))
