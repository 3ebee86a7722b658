"""One record, asked of its source by its key: never inside a request, always with an answer that a person can read."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from connectors import events
from connectors.base import ConnectorError, Page
from connectors.models import Interface, Mode, Stage, SyncRun
from connectors.registry import connected
from qms import journal
from qms.accounts import access
from qms.lib.clock import now
from qms.lib.errors import Conflict
from qms.masterdata import upsert

from . import masters, stages, store
from .run import Reading, check_open, journal_rows

REFRESH = "masterdata.refresh"
SAME_PRESS = dt.timedelta(seconds=30)  # a second press meanwhile is the same question


def ask(*, row: Any, object: str, by: Any) -> SyncRun:
    """The run that will answer. Raises Conflict when nobody can be asked, Forbidden without the right on the row's site."""
    if row.site_id is None:
        access.check(by, REFRESH)
    else:
        access.check(by, REFRESH, row)
    interface = Interface.objects.filter(code=row.source).first()
    check_askable(interface, object, row)
    assert interface is not None
    runs = SyncRun.objects.filter(interface=interface, only_object=object, only_key=row.external_id)
    with transaction.atomic(), journal.act(events.REFRESH_ASKED, by=by) as act:
        Interface.objects.select_for_update().get(pk=interface.pk)
        held = runs.filter(finished_at=None, started_at__gte=now() - SAME_PRESS).first()
        run = held or SyncRun.objects.create(
            interface=interface, only_object=object, only_key=row.external_id, started_by=by.actor().name[:120]
        )
        act.record(interface, events.RefreshAsked(interface.code, object, row.number, row.external_id, str(run.uid)))
    return run


def asked(uid: Any) -> SyncRun | None:
    """Who may see the answer is who may see the row that was asked for: the caller looks."""
    return SyncRun.objects.exclude(only_object="").select_related("interface").filter(uid=uid).first()


def check_askable(interface: Interface | None, object: str, row: Any) -> None:
    try:
        if interface is None:
            raise Conflict(
                _("No interface of this QMS leads to %(source)s.") % {"source": row.source},
                hint=_("Connect it first; until then its rows stand as they were brought."),
                code="no_interface",
            )
        check_open(interface)
        masters.check(interface, object)
        check_writing(interface, object)
        line = connected(interface)
    except ConnectorError as problem:
        raise Conflict(problem.message, code=problem.code) from problem
    if row.external_id.startswith(upsert.PLACEHOLDER):
        raise Conflict(
            _("%(number)s was never told by the ERP; it stands in until the first reading.") % {"number": row.number},
            hint=_("Read the ERP once; then every record can be asked for."),
            code="not_askable",
        )
    if object not in line.adapter.objects:
        reason = getattr(line.adapter, "capabilities", {}).get(object, "")
        raise Conflict(
            _("%(interface)s cannot be asked for this: %(reason)s")
            % {"interface": interface.name, "reason": reason or _("it comes with its document")},
            hint=_("Refresh the document that it belongs to, or wait for the next reading."),
            code="not_askable",
        )


def check_writing(interface: Interface, object: str) -> None:
    if interface.mode == Mode.OBSERVE or stages.stage_of(interface, object) != Stage.LIVE:
        raise Conflict(
            _("%(interface)s only observes: nothing of it is taken over.") % {"interface": interface.name},
            hint=_("Ask for a dry run on its page to see what would change, or let its owner switch it to Live."),
            code="interface_observes",
        )


def refresh(*, run: SyncRun, by: Any) -> None:
    """Carry it out. Said twice, the second time does nothing."""
    if not SyncRun.objects.filter(pk=run.pk, finished_at=None).exists():
        return
    reading = Reading(run.interface, run, by, dry_run=False)
    try:
        check_open(run.interface)
        check_writing(run.interface, run.only_object)
        reading.connection, reading.kept = connected(run.interface), masters.kept(run.interface)
        _read(reading)
    except ConnectorError as problem:
        reading.problems.append(problem.message)
    except Conflict as closed:
        reading.problems.append(str(closed))
    close(run, "\n".join(reading.problems))


def close(run: SyncRun, problem: str) -> None:
    SyncRun.objects.filter(pk=run.pk, finished_at=None).update(finished_at=Now(), problem=problem)


def _read(reading: Reading) -> None:
    run, object = reading.run, reading.run.only_object
    line, source = reading.connection, reading.interface.code
    record = reading.ask(line.adapter.read_one(object, run.only_key, line.settings))
    held = reading.target(object, first=False)
    target = store.Target(run, object, source, held.site_id, first=False, keeps_cursor=False, kept=reading.kept)
    if record is None:
        tally = store.Tally()
        gone = upsert.still_here(object=object, source=source, key=run.only_key)
        store.note_gone(target, object, gone, tally)
        store.store_gone(target, [key for key, _number in gone], tally)
    else:
        tally = store.store(target, Page((record,), "", False))
        upsert.resolve_children(object=object, source=source, keys=[run.only_key])
    if tally.created or tally.updated or tally.failed:
        journal_rows(reading, object, tally)
