"""One run over one interface: every object in the order of its dependencies, never two runs at once."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from connectors import http
from connectors.base import ConnectorError, KeyPage, Page, Permanent
from connectors.models import Downtime, Interface, InterfaceState, Mode, Stage, SyncCursor, SyncLine, SyncRun
from connectors.registry import Connection, connected
from qms import journal
from qms.lib.clock import now
from qms.lib.errors import Conflict
from qms.masterdata import upsert
from qms.masterdata.events import SYNCED, Synced
from qms.masterdata.models import Freshness
from qms.masterdata.specs import SHARED

from . import masters, stages, store, vanishing
from .rows import LINES, Document, documents_of, prepare

SYNC = journal.Actor(id="system:sync", name="Synchronisation")
FULL_EVERY, FULL_AGAIN = dt.timedelta(hours=24), dt.timedelta(hours=1)  # deletions leave no trace in a delta
TIDY = 10  # pages
WAITING_FOR = dt.timedelta(hours=1)


@dataclass
class Reading:
    """A run while it goes on."""

    interface: Interface
    run: SyncRun
    by: Any
    dry_run: bool
    believes_deletions: bool = False
    tell: Callable[[SyncLine], None] | None = None
    is_asked: bool = False  # a dry run that a person asked for
    connection: Connection = field(init=False)
    problems: list[str] = field(default_factory=list)
    was_cut_off: bool = False
    done: int = 0  # objects that were read to their end
    failures: list[SyncLine] = field(default_factory=list)
    told: dict[str, set[str]] = field(default_factory=dict)
    listed: dict[str, int] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)  # what the adapters noticed, each once
    not_ours: dict[str, str] = field(default_factory=dict)  # objects that another system masters, and why
    of_shadow: bool = False  # the planned reading of the objects that are not live: compared, or only counted
    counted: frozenset[str] = frozenset()
    kept: dict[str, frozenset[str]] = field(default_factory=dict)  # object → fields that another system owns
    noted: dict[tuple[str, str], int] = field(default_factory=dict)
    believed: dict[str, int] = field(default_factory=dict)  # object → how many may go
    vanished: dict[str, int] = field(default_factory=dict)  # object → how many went and were not believed

    @property
    def is_observed(self) -> bool:
        """Read as planned by an interface that only observes: it remembers what it saw, and nobody asked for it."""
        return self.run.is_trial and not self.is_asked and (self.interface.mode == Mode.OBSERVE or self.of_shadow)

    def say(self, lines: list[SyncLine]) -> None:
        if tell := self.tell:
            for line in lines:
                tell(line)

    def ask(self, exchange: Any) -> Any:
        return http.run(exchange, base_url=self.connection.base_url)

    def target(self, object: str, *, first: bool) -> store.Target:
        site = None if object in SHARED else self.interface.site_id
        return store.Target(
            self.run, object, self.interface.code, site, first, self.dry_run, told=self.told, listed=self.listed,
            keeps_cursor=self.is_observed or not self.dry_run, cursor_name="seen" if self.is_observed else "at",
            left_out=frozenset(self.not_ours), kept=self.kept, noted=self.noted,
        )  # fmt: skip


def sync(
    *,
    interface: Interface,
    full: bool = False,
    by: journal.Acting = SYNC,
    dry_run: bool = False,
    believes_deletions: bool = False,
    tell: Callable[[SyncLine], None] | None = None,
    run: SyncRun | None = None,
) -> Reading:
    """Read what changed, or everything (`full`, which also finds deletions). `dry_run` writes nothing at all; `tell`
    hears of every object that changed, would change or failed. `run`: a dry run that was asked for, and keeps its lines.

    An interface that only observes reads and compares, and its run says what would change. What goes wrong on the way
    stands in the run. Raises Conflict when the interface is off, paused or being read.
    """
    check_open(interface)
    with alone(interface):
        is_asked = run is not None
        if run is None:
            is_trial = dry_run or interface.mode == Mode.OBSERVE
            run = SyncRun(interface=interface, full=full, is_trial=is_trial, started_by=by.actor().name[:120])
        believed = {} if run.is_trial else vanishing.believed(interface)
        run.full = run.full or bool(believed)  # only a whole comparison finds them
        reading = Reading(interface, run, by, run.is_trial, believes_deletions, tell, is_asked, believed=believed)
        if dry_run:
            _read(reading)
        elif not is_asked or SyncRun.objects.filter(pk=run.pk, finished_at=None).exists():
            _close_leftovers(interface, run)
            run.save()
            _read(reading)
            _finish(reading)
            if not run.is_trial and not reading.was_cut_off:
                _shadow(reading)
        run.problem = "\n".join(reading.problems)
    return reading


def _shadow(live: Reading) -> None:
    """What is not live yet is read in a run of its own, which says what it would change."""
    objects = stages.sorted_out(live.interface, live.connection.adapter.objects)
    if not objects[Stage.SHADOW] and not objects[Stage.OBSERVE]:
        return
    run = SyncRun.objects.create(
        interface=live.interface, full=live.run.full, is_trial=True, started_by=live.run.started_by
    )
    reading = Reading(live.interface, run, live.by, dry_run=True, tell=live.tell, of_shadow=True)
    _read(reading)
    _finish(reading, has_failed=bool(live.problems))


def _objects(reading: Reading) -> list[str]:
    """Those that this run reads; why the others are left out stands in it. A dry run that is asked for shows all but what is
    off."""
    told = stages.sorted_out(reading.interface, reading.connection.adapter.objects)
    wanted = {Stage.LIVE, Stage.SHADOW, Stage.OBSERVE}
    if reading.of_shadow:
        wanted = {Stage.SHADOW, Stage.OBSERVE}
        reading.counted = frozenset(told[Stage.OBSERVE])
    elif not reading.dry_run:
        wanted = {Stage.LIVE}
    for stage in Stage:
        if told[stage] and stage not in wanted and not reading.of_shadow:
            words = {"objects": ", ".join(told[stage]), "stage": stage.label}
            reading.notes[_("%(objects)s: not read here, the flow is at “%(stage)s”.") % words] = None
    chosen = {name for stage in wanted for name in told[stage]}
    return [name for name in reading.connection.adapter.objects if name in chosen]


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


def _close_leftovers(interface: Interface, run: SyncRun) -> None:
    """Runs that no process goes on with: we hold the lock. A dry run may still wait for its worker."""
    left = SyncRun.objects.filter(interface=interface, finished_at=None, only_object="").exclude(pk=run.pk)
    left = left.exclude(is_trial=True, started_at__gt=now() - WAITING_FOR)
    left.update(finished_at=Now(), problem="Interrupted; the next run went on from where it stood.")


def _read(reading: Reading) -> None:
    try:
        reading.connection = connected(reading.interface)
        reading.not_ours, reading.kept = masters.foreign(reading.interface), masters.kept(reading.interface)
        for object in _objects(reading):
            if object in reading.not_ours:
                continue
            try:
                _object(reading, object)
                reading.done += 1
            except Permanent as problem:  # this object only: the account may lack one right
                reading.problems.append(f"{object}: {problem.message}")
    except ConnectorError as problem:  # the other side is away: the next run goes on from the cursors
        reading.problems.append(problem.message)
        reading.was_cut_off = True
    if not reading.dry_run:
        upsert.resolve_parents(source=reading.interface.code)


def _object(reading: Reading, object: str) -> None:
    started, tally = now(), store.Tally()
    held = (
        SyncCursor.objects.filter(interface=reading.interface, object=object).values_list("cursor", flat=True).first()
    )
    at = (held or {}).get("at")
    target = reading.target(object, first=at is None)
    is_snapshot = object in getattr(reading.connection.adapter, "snapshots", ())
    try:
        with upsert.Alive() as alive:
            if reading.is_observed:
                at = (held or {}).get("seen", at)
            cursor = None if reading.run.full or is_snapshot else at
            _pages(reading, target, cursor, tally, alive if is_snapshot else None)
            if not reading.dry_run:
                _fresh(reading.interface.code, object, started)
            is_whole = object not in reading.counted
            if reading.run.full and not is_snapshot and is_whole:
                _keys(reading, target, alive)
            if (reading.run.full or is_snapshot) and is_whole:
                _vanished(reading, target, tally, alive)
    finally:
        reading.failures += tally.lines
        if not reading.dry_run and (tally.created or tally.updated or tally.failed):
            journal_rows(reading, object, tally)


def _pages(
    reading: Reading, target: store.Target, cursor: str | None, tally: store.Tally, alive: upsert.Alive | None
) -> None:
    """While the database writes one page, the next is asked for and made ready."""
    with ThreadPoolExecutor(1, "read-ahead") as ahead, store.undisturbed():
        page, documents = _asked(reading, target, cursor)
        for number in count(1):
            coming = ahead.submit(_asked, reading, target, page.cursor) if page.more else None
            _page(reading, target, page, documents, tally, alive)
            if coming is None:
                return
            if number % TIDY == 0:
                gc.collect(1)
            page, documents = coming.result()


def _asked(reading: Reading, target: store.Target, cursor: str | None) -> tuple[Page, list[Document]]:
    """Touches no database: it runs beside the writing."""
    page: Page = reading.ask(reading.connection.adapter.pull(target.object, cursor, reading.connection.settings))
    documents = documents_of(target.object, page.records)
    prepare(target.object, documents, are_new=target.first)
    return page, documents


def _page(
    reading: Reading, target: store.Target, page: Page, documents: list[Document], tally: store.Tally,
    alive: upsert.Alive | None,
) -> None:  # fmt: skip
    if target.object in reading.counted:
        _count(reading, target, page, tally)
        return
    if alive is not None:  # a row that was told but refused is not gone
        alive.add([*(record.external_id for record in page.records), *(bad.external_id for bad in page.bad)])
    found = store.store(target, page, documents)
    reading.say(found.lines)
    tally.add(found)
    reading.notes.update(dict.fromkeys(page.notes))
    if page.gone:
        _buried(reading, target, page.gone, tally)


def _count(reading: Reading, target: store.Target, page: Page, tally: store.Tally) -> None:
    """Observed: how many there are, and nothing else."""
    tally.unchanged += len(page.records)
    if not page.more:
        words = {"object": target.object, "count": tally.unchanged}
        reading.notes[_("%(object)s: %(count)s records were listed and not looked into (observed).") % words] = None
    if page.cursor:
        with transaction.atomic():
            store.keep_cursor(target, page.cursor)


def _buried(reading: Reading, target: store.Target, keys: tuple[str, ...], tally: store.Tally) -> None:
    """What the source itself told as deleted or renamed, without waiting for the next comparison of all keys."""
    held = [row for key in keys for row in upsert.still_here(object=target.object, source=target.source, key=key)]
    if held:
        _bury(reading, target, held, tally)


def _keys(reading: Reading, target: store.Target, alive: upsert.Alive) -> None:
    adapter, after = reading.connection.adapter, None
    while True:
        keys: KeyPage = reading.ask(adapter.keys(target.object, after, reading.connection.settings))
        alive.add(keys.keys)
        after = keys.after
        if after is None:
            return


def _vanished(reading: Reading, target: store.Target, tally: store.Tally, alive: upsert.Alive) -> None:
    """What the source no longer has is gone here. A source that suddenly lost much is not believed, except at the first
    reading: nothing that stands here was ever told by it then (the demo plant's own rows)."""
    gone = alive.missing(object=target.object, source=target.source)
    is_much = vanishing.is_much(target.object, len(gone), alive.count) and not target.first
    if is_much and not reading.believes_deletions and len(gone) > reading.believed.get(target.object, 0):
        reading.vanished[target.object] = len(gone)
        raise Permanent("vanishing", vanishing.told(len(gone), len(gone) + alive.count, reading.interface.code))
    if gone:
        _bury(reading, target, gone, tally)


def _bury(reading: Reading, target: store.Target, gone: list[tuple[str, str]], tally: store.Tally) -> None:
    found, keys = store.Tally(), [key for key, _number in gone]
    now_at = upsert.successors(object=target.object, source=target.source, keys=keys)
    store.note_gone(target, target.object, gone, found, now_at)
    store.store_gone(target, keys, found)
    reading.say(found.lines)
    tally.add(found)


def _fresh(source: str, object: str, at: dt.datetime) -> None:
    for name in (object, *(kind.object for kind in LINES.get(object, ()))):
        Freshness.objects.update_or_create(source=source, object=name, defaults={"read_at": at})


def journal_rows(reading: Reading, object: str, tally: store.Tally) -> None:
    """One act for the object's rows in this run: counts, and a digest over what it wrote there."""
    payload = Synced(
        object=object,
        source=reading.interface.code,
        run=str(reading.run.uid),
        digest=tally.digest(),
        **{name: getattr(tally, name) for name in store.COUNTED},
    )
    with journal.act(SYNCED, by=reading.by) as act:
        act.record(reading.interface, payload)


def _notes(reading: Reading) -> list[str]:
    noted = masters.noted(reading.noted, reading.interface.site_id)
    return [*reading.not_ours.values(), *reading.notes, *noted]


def _finish(reading: Reading, *, has_failed: bool = False) -> None:
    """`has_failed`: the live reading before it, whose word stands."""
    problem, note = "\n".join(reading.problems), "\n".join(_notes(reading))
    change: dict[str, Any] = {} if reading.was_cut_off or not reading.done else {"succeeded_at": Now()}
    change |= {"failed_at": Now(), "problem": problem} if reading.problems else {"problem": ""}
    with transaction.atomic():
        SyncRun.objects.filter(pk=reading.run.pk).update(problem=problem, note=note, finished_at=Now())
        if not reading.is_asked and not has_failed:
            InterfaceState.objects.update_or_create(interface=reading.interface, defaults=change)
        vanishing.keep(reading.run, reading.vanished, has_used=bool(reading.believed) and not reading.was_cut_off)


def claim_due(ring: Callable[[int, bool], None], *, limit: int = 10) -> int:
    """Ring for every interface whose time has come, and set its next time, in one transaction.

    When the bell does not work (`ring` raises) nothing moves, and the next call tries again.
    """
    with transaction.atomic():
        due = InterfaceState.objects.filter(next_sync_at__lte=Now(), interface__paused_at=None)
        due = due.exclude(interface__mode=Mode.OFF).exclude(
            interface__in=Downtime.objects.in_force().values("interface")
        )
        due = due.select_related("interface").order_by("next_sync_at")
        states = list(due.select_for_update(skip_locked=True, of=("self",))[:limit])
        for state in states:
            ring(state.interface_id, _full_is_due(state.interface))
            state.next_sync_at = now() + dt.timedelta(seconds=max(state.interface.sync_every, 5))
            state.save(update_fields=["next_sync_at"])
    return len(states)


def _full_is_due(interface: Interface) -> bool:
    """Once a day; after a failed one again in an hour."""
    full = SyncRun.objects.filter(interface=interface, full=True, is_trial=interface.mode == Mode.OBSERVE)
    good = full.filter(problem="", finished_at__isnull=False, started_at__gte=now() - FULL_EVERY)
    return not (good | full.filter(started_at__gte=now() - FULL_AGAIN)).exists()
