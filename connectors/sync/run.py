"""One run over one interface: every object in the order of its dependencies, never two runs at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from connectors import http
from connectors.base import ConnectorError, KeyPage, Page, Permanent
from connectors.models import Interface, InterfaceState, Mode, SyncCursor, SyncLine, SyncRun
from connectors.registry import Connection, connected
from qms import journal
from qms.lib import canonical
from qms.lib.clock import now
from qms.lib.errors import Conflict
from qms.masterdata import upsert
from qms.masterdata.events import SYNCED, Synced
from qms.masterdata.models import Freshness
from qms.masterdata.specs import SHARED

from . import store
from .rows import LINES

SYNC = journal.Actor(id="system:sync", name="Synchronisation")
FULL_EVERY, FULL_AGAIN = dt.timedelta(hours=24), dt.timedelta(hours=1)  # deletions leave no trace in a delta
VANISHING = 0.2  # a source that loses more than this share of an object at once is believed only by a person
VANISHING_FROM = 10


@dataclass
class Reading:
    """A run while it goes on."""

    interface: Interface
    run: SyncRun
    by: Any
    dry_run: bool
    connection: Connection = field(init=False)
    problems: list[str] = field(default_factory=list)
    was_cut_off: bool = False
    failures: list[SyncLine] = field(default_factory=list)

    def ask(self, exchange: Any) -> Any:
        return http.run(exchange, base_url=self.connection.base_url)

    def target(self, object: str, *, first: bool) -> store.Target:
        site = None if object in SHARED else self.interface.site_id
        return store.Target(self.run, object, self.interface.code, site, first, self.dry_run)


def sync(*, interface: Interface, full: bool = False, by: journal.Acting = SYNC, dry_run: bool = False) -> Reading:
    """Read what changed, or everything (`full`, which also finds deletions). `dry_run` writes nothing at all.

    What goes wrong on the way stands in the run. Raises Conflict when the interface is off, paused or being read.
    """
    check_open(interface)
    with alone(interface):
        run = SyncRun(interface=interface, full=full, started_by=by.actor().name[:120])
        if not dry_run:
            _close_leftovers(interface)
            run.save()
        reading = Reading(interface, run, by, dry_run)
        _read(reading)
        _finish(reading)
    return reading


def check_open(interface: Interface) -> None:
    if interface.mode == Mode.OFF or interface.paused_at:
        raise Conflict(
            _("%(interface)s is off or paused, so nothing is read.") % {"interface": interface.name},
            hint=_("Resume it, or switch it to Observe or Live, and repeat."),
            code="interface_closed",
        )


@contextmanager
def alone(interface: Interface) -> Iterator[None]:
    """A lock of the database session: it vanishes with a killed worker."""
    name = f"sync:{interface.pk}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        if not cursor.fetchone()[0]:
            raise Conflict(
                _("%(interface)s is being read already.") % {"interface": interface.name},
                hint=_("Its run is shown on the interface's page."),
                code="sync_running",
            )
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def _close_leftovers(interface: Interface) -> None:
    """Runs that no process goes on with: we hold the lock."""
    left = SyncRun.objects.filter(interface=interface, finished_at=None)
    left.update(finished_at=Now(), problem="Interrupted; the next run went on from where it stood.")


def _read(reading: Reading) -> None:
    try:
        reading.connection = connected(reading.interface)
        for object in reading.connection.adapter.objects:
            try:
                _object(reading, object)
            except Permanent as problem:  # this object only: the account may lack one right
                reading.problems.append(f"{object}: {problem.message}")
    except ConnectorError as problem:  # the other side is away: the next run goes on from the cursors
        reading.problems.append(problem.message)
        reading.was_cut_off = True
    if not reading.dry_run:
        upsert.resolve_parents(source=reading.interface.code)


def _object(reading: Reading, object: str) -> None:
    started, tally = now(), store.Tally()
    held = SyncCursor.objects.filter(interface=reading.interface, object=object).first()
    target = reading.target(object, first=held is None)
    try:
        _pages(reading, target, held.cursor.get("at") if held and not reading.run.full else None, tally)
        if not reading.dry_run:
            _fresh(reading.interface.code, object, started)
        if reading.run.full:
            _sweep(reading, target, tally)
    finally:
        reading.failures += tally.lines
        if not reading.dry_run and (tally.created or tally.updated or tally.failed):
            _journal(reading, object, tally)


def _pages(reading: Reading, target: store.Target, cursor: str | None, tally: store.Tally) -> None:
    adapter, settings = reading.connection.adapter, reading.connection.settings
    while True:
        page: Page = reading.ask(adapter.pull(target.object, cursor, settings))
        tally.add(store.store(target, page))
        if not page.more:
            return
        cursor = page.cursor


def _sweep(reading: Reading, target: store.Target, tally: store.Tally) -> None:
    """What the source no longer has is gone here. A source that suddenly lost much is not believed, except at the first
    reading: nothing that stands here was ever told by it then (the demo plant's own rows)."""
    adapter, alive, after = reading.connection.adapter, list[str](), None
    while True:
        keys: KeyPage = reading.ask(adapter.keys(target.object, after, reading.connection.settings))
        alive += keys.keys
        after = keys.after
        if after is None:
            break
    gone = upsert.not_among(object=target.object, source=target.source, alive=alive)
    if not target.first and len(gone) >= VANISHING_FROM and len(gone) > VANISHING * (len(alive) + len(gone)):
        raise Permanent("vanishing", f"The source no longer names {len(gone)} of {len(gone) + len(alive)} objects.")
    if gone:
        found = store.Tally()
        store.note_gone(target, target.object, sorted(gone), found)
        store.store_gone(target, [key for key, _number in gone], found)
        tally.add(found)


def _fresh(source: str, object: str, at: dt.datetime) -> None:
    for name in (object, *(kind.object for kind in LINES.get(object, ()))):
        Freshness.objects.update_or_create(source=source, object=name, defaults={"read_at": at})


def _journal(reading: Reading, object: str, tally: store.Tally) -> None:
    """One act for the object's rows in this run: counts, and a digest over what stands in the mirror now."""
    payload = Synced(
        object=object,
        source=reading.interface.code,
        run=str(reading.run.uid),
        digest=canonical.digest(sorted(tally.hashes)),
        **{name: getattr(tally, name) for name in store.COUNTED},
    )
    with journal.act(SYNCED, by=reading.by) as act:
        act.record(reading.interface, payload)


def _finish(reading: Reading) -> None:
    run = reading.run
    run.problem, run.finished_at = "\n".join(reading.problems), now()
    if reading.dry_run:
        return
    change: dict[str, Any] = {} if reading.was_cut_off else {"succeeded_at": Now()}
    change |= {"failed_at": Now(), "problem": run.problem} if reading.problems else {"problem": ""}
    with transaction.atomic():
        SyncRun.objects.filter(pk=run.pk).update(problem=run.problem, finished_at=Now())
        InterfaceState.objects.update_or_create(interface=run.interface, defaults=change)


def claim_due(ring: Callable[[int, bool], None], *, limit: int = 10) -> int:
    """Ring for every interface whose time has come, and set its next time, in one transaction.

    When the bell does not work (`ring` raises) nothing moves, and the next call tries again.
    """
    with transaction.atomic():
        due = InterfaceState.objects.filter(next_sync_at__lte=Now(), interface__paused_at=None)
        due = due.exclude(interface__mode=Mode.OFF).select_related("interface").order_by("next_sync_at")
        states = list(due.select_for_update(skip_locked=True, of=("self",))[:limit])
        for state in states:
            ring(state.interface_id, _full_is_due(state.interface))
            state.next_sync_at = now() + dt.timedelta(seconds=max(state.interface.sync_every, 5))
            state.save(update_fields=["next_sync_at"])
    return len(states)


def _full_is_due(interface: Interface) -> bool:
    """Once a day; after a failed one again in an hour."""
    full = SyncRun.objects.filter(interface=interface, full=True)
    good = full.filter(problem="", finished_at__isnull=False, started_at__gte=now() - FULL_EVERY)
    return not (good | full.filter(started_at__gte=now() - FULL_AGAIN)).exists()
