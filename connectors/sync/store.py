"""Writing what was read: one page, one short transaction, a line for every object that changed or was refused."""

from __future__ import annotations

import gc
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import DataError, IntegrityError, connection, models, transaction

from connectors.base import Page
from connectors.models import SyncCursor, SyncLine, SyncRun
from qms.masterdata import upsert
from qms.masterdata.models import MirrorVersion
from qms.masterdata.specs import SPECS

from . import checks
from .compare import differences
from .rows import LINES, Document, Row, documents_of

# A row that cannot be kept as it came; everything else (a lost database) ends the run.
REFUSED = (DataError, IntegrityError, psycopg.DataError, psycopg.IntegrityError, TypeError, ValueError, KeyError)
TURN = 0.0005  # seconds until another thread of the process may go on
NAMED = {"units", "items", "revisions"}  # what the checks look up
LISTED = 2000  # lines of an object that a dry run keeps; its counts are complete
COUNTED = ("created", "updated", "unchanged", "failed")


@dataclass(frozen=True)
class Target:
    """Where a run writes. `first`: nothing was held before, so new objects need no line of their own."""

    run: SyncRun
    object: str
    source: str
    site_id: int | None
    first: bool
    dry_run: bool = False
    keeps_cursor: bool = True
    told: dict[str, set[str]] = field(default_factory=dict)  # of a dry run, which leaves nothing to look up
    cursor_name: str = "at"
    left_out: frozenset[str] = frozenset()  # lines that another system masters
    listed: dict[str, int] = field(default_factory=dict)  # of a dry run: lines kept so far, by object
    kept: Mapping[str, frozenset[str]] = field(default_factory=dict)  # object → fields that another system owns
    noted: dict[tuple[str, str], int] = field(default_factory=dict)  # (object, field) → values that were not taken over


@dataclass
class Tally:
    """Counts, lines and (object, external id, hash) of everything that changed; of pages that are written only a digest
    of those is kept, so that memory stays flat."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    lines: list[SyncLine] = field(default_factory=list)
    hashes: list[tuple[str, str, str]] = field(default_factory=list)
    pages: str = ""

    def add(self, other: Tally) -> None:
        """The lines of another page are in the database; only the failed ones are kept to be told."""
        self.merge(other)
        if self.hashes:
            self.pages, self.hashes = self.digest(), []
        self.lines = [line for line in self.lines if line.outcome == "failed"]

    def merge(self, other: Tally) -> None:
        for name in COUNTED:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.lines += other.lines
        self.hashes += other.hashes

    def digest(self) -> str:
        """Over everything that changed, page after page, each in the order of its keys."""
        if self.pages and not self.hashes:
            return self.pages
        told = "\n".join(map("\t".join, sorted(self.hashes)))
        return hashlib.sha256(f"{self.pages}\n{told}".encode()).hexdigest()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Rows hold no circles, so looking for circles among them at every turn costs a fifth of the time and finds none; and
    who has heard from the database is not kept waiting by who makes rows ready."""
    was_on, turn = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(turn)
        if was_on:
            gc.enable()


def store(target: Target, page: Page, documents: list[Document] | None = None) -> Tally:
    """Rows, lines, counts and the cursor together, or nothing of the page. `documents`: those of the page, where they were
    made beforehand."""
    tally = Tally()
    with transaction.atomic():
        for bad in page.bad:
            _fail(target, tally, target.object, bad.external_id, "", bad.problem)
        documents = documents_of(target.object, page.records) if documents is None else documents
        refused = checks.problems(target.object, target.source, target.site_id, documents, target.told)
        if refused:
            documents = _told_apart(target, documents, refused, tally)
        _put(target, documents, tally)
        if target.dry_run:
            transaction.set_rollback(True)
        else:
            SyncLine.objects.bulk_create(tally.lines, batch_size=500)
            count(target.run, tally)
            if page.cursor and target.keeps_cursor:  # a push has none
                keep_cursor(target, page.cursor)
    if target.dry_run:
        _report(target, tally, page.cursor)
        if target.object in NAMED:
            target.told.setdefault(target.object, set()).update(document.key for document in documents)
    return tally


def _told_apart(target: Target, documents: list[Document], refused: checks.Problems, tally: Tally) -> list[Document]:
    """Those that are not refused; the others leave a line."""
    for document in documents:
        if why := refused.get(document.key):
            _fail(target, tally, target.object, document.key, str(document.row.get("number", "")), why)
    return [document for document in documents if document.key not in refused]


def _report(target: Target, tally: Tally, cursor: str = "") -> None:
    """What a dry run leaves behind: its counts, and when somebody will look at them the first lines of each object."""
    if target.run.pk:
        room = LISTED - target.listed.get(target.object, 0)
        kept = tally.lines[: max(room, 0)]
        target.listed[target.object] = LISTED - room + len(kept)
        with transaction.atomic():
            SyncLine.objects.bulk_create(kept, batch_size=500)
            count(target.run, tally)
            if cursor and target.keeps_cursor:
                keep_cursor(target, cursor)
    else:
        count(target.run, tally)


def keep_cursor(target: Target, cursor: str) -> None:
    """A reading into the mirror starts where the last one ended ("at"); one that only observes goes its own way ("seen"),
    so that everything it saw is read again when it counts. Nobody waits for the disk: a page that the database loses is
    read again, for its cursor is lost with it."""
    rows = SyncCursor.objects.filter(interface_id=target.run.interface_id, object=target.object)
    held = rows.values_list("cursor", flat=True).first() or {} if target.cursor_name == "seen" else {}
    stands = {**held, target.cursor_name: cursor}
    SyncCursor.objects.bulk_create(
        [SyncCursor(interface_id=target.run.interface_id, object=target.object, cursor=stands)],
        update_conflicts=True,
        unique_fields=["interface", "object"],
        update_fields=["cursor"],
    )
    with connection.cursor() as ours:
        ours.execute("SET LOCAL synchronous_commit = off")


def count(run: SyncRun, tally: Tally) -> None:
    """Add to the run's counts, which its page shows while it goes on."""
    added = {name: getattr(tally, name) for name in COUNTED}
    if run.pk:
        SyncRun.objects.filter(pk=run.pk).update(**{name: models.F(name) + n for name, n in added.items()})
    for name, n in added.items():
        setattr(run, name, getattr(run, name) + n)


def _put(target: Target, documents: list[Document], tally: Tally) -> None:
    """Documents with their lines, whole or not at all. A refusal halves them until the bad one stands alone: it never
    stops the others."""
    if not documents:
        return
    try:
        with transaction.atomic():
            found = Tally()
            _write(target, documents, found)
        tally.merge(found)
        return
    except REFUSED as why:
        if len(documents) == 1:
            told = str(why).splitlines()[0] if str(why) else type(why).__name__
            only = documents[0]
            _fail(target, tally, target.object, only.key, str(only.row.get("number", "")), told)
            return
    middle = len(documents) // 2
    _put(target, documents[:middle], tally)
    _put(target, documents[middle:], tally)


def _write(target: Target, documents: list[Document], tally: Tally) -> None:
    stale = _rows(target, target.object, [document.row for document in documents], tally)
    fresh = [document for document in documents if document.key not in stale] if stale else documents
    for kind in LINES.get(target.object, ()):
        if kind.object in target.left_out:
            continue
        telling = [document for document in fresh if kind.object in document.lines]
        rows = [row for document in telling for row in document.lines[kind.object]]
        _rows(target, kind.object, rows, tally)
        gone = upsert.drop_children(
            object=kind.object,
            source=target.source,
            parents=[document.key for document in telling],
            keep=[row["external_id"] for row in rows],
        )
        note_gone(target, kind.object, gone, tally)


def note_gone(
    target: Target,
    object: str,
    gone: list[tuple[str, str]],
    tally: Tally,
    successors: dict[str, str] | None = None,
) -> None:
    """A line for each: gone, or replaced where the number now stands under another key."""
    now_at = successors or {}
    tally.updated += len(gone)
    tally.hashes += [(object, external_id, "gone") for external_id, _ in gone]
    for external_id, number in gone:
        line = _line(target, object, external_id, number, "replaced" if external_id in now_at else "gone")
        line.before = now_at.get(external_id, "")
        tally.lines.append(line)


def _rows(target: Target, object: str, rows: list[Row], tally: Tally) -> set[str]:
    """Upsert and account. Returns the external ids of rows that were older than what the mirror holds."""
    if fields := target.kept.get(object):
        rows = _left(target, object, rows, fields)
    outcome = _upsert(target, object, rows)
    if (target.run.full or target.run.only_key) and outcome.stale:
        outcome.add(_upsert(target, object, _as_old_as_ours(target, object, rows, outcome.stale)))
        outcome.stale = []
    tally.created += len(outcome.created)
    tally.updated += len(outcome.updated)
    tally.unchanged += outcome.unchanged + len(outcome.stale)
    tally.hashes += [(object, key, digest) for key, digest in outcome.hashes.items()]
    created = [] if target.first and not target.dry_run else outcome.created
    if created or outcome.updated or outcome.stale:
        _tell(target, object, rows, created, outcome, tally)
    return set(outcome.stale)


def _left(target: Target, object: str, rows: list[Row], fields: frozenset[str]) -> list[Row]:
    """Fields that the source does not own stay as they stand here; a new row has none of them yet."""
    model = SPECS[object].model
    asked = model.objects.filter(source=target.source, external_id__in=[row["external_id"] for row in rows])
    held = {row["external_id"]: row for row in asked.values("external_id", *fields)}
    made = []
    for row in rows:
        ours = held.get(row["external_id"]) or {name: _empty(model, name) for name in fields}
        for name in fields:
            if name in row and row[name] != ours[name]:
                target.noted[object, name] = target.noted.get((object, name), 0) + 1
        made.append(Row({**row, **{name: ours[name] for name in fields}}))
    return made


def _empty(model: Any, name: str) -> Any:
    column = model._meta.get_field(name)
    return column.get_default() if column.has_default() or not column.null else None


def _tell(
    target: Target, object: str, rows: list[Row], created: list[str], outcome: upsert.Outcome, tally: Tally
) -> None:
    """A line for each row that changed, with what changed in it."""
    by_key = {row["external_id"]: row for row in rows}
    for word, keys in (("created", created), ("stale", outcome.stale)):
        tally.lines += [_line(target, object, key, by_key[key]["number"], word) for key in keys]
    before = _before(target, object, outcome.updated)
    for key in outcome.updated:
        line = _line(target, object, key, by_key[key]["number"], "updated")
        held = before.get(key)
        if held is not None:
            line.changes = differences(held, by_key[key])
            if held["number"] != by_key[key]["number"]:
                line.outcome, line.before = "renamed", str(held["number"])[:120]
        tally.lines.append(line)


def _before(target: Target, object: str, keys: list[str]) -> dict[str, dict[str, Any]]:
    """What stood there until this run; a row that only came back has no earlier content."""
    if not keys:
        return {}
    kept = MirrorVersion.objects.filter(
        run=target.run.uid, object=object, source=target.source, external_id__in=keys
    ).order_by("pk")
    return {version.external_id: json.loads(version.content) for version in kept}


def _upsert(target: Target, object: str, rows: list[Row]) -> upsert.Outcome:
    return upsert.upsert(object=object, source=target.source, rows=rows, run=target.run.uid, site_id=target.site_id)


def _as_old_as_ours(target: Target, object: str, rows: list[Row], stale: Iterable[str]) -> list[Row]:
    """A full read is the truth: a record is dated older than ours when its newest part was deleted in the source."""
    model = SPECS[object].model
    held = dict(
        model.objects.filter(source=target.source, external_id__in=stale).values_list("external_id", "changed_at")
    )
    return [Row({**row, "changed_at": held[row["external_id"]]}) for row in rows if row["external_id"] in held]


def _fail(target: Target, tally: Tally, object: str, external_id: str, number: str, why: str) -> None:
    tally.failed += 1
    tally.lines.append(_line(target, object, external_id, number, "failed", why))


def _line(target: Target, object: str, key: str, number: str, outcome: str, problem: str = "") -> SyncLine:
    return SyncLine(
        run=target.run if target.run.pk else None,
        object=object,
        external_id=key[:80],
        number=str(number)[:120],
        outcome=outcome,
        problem=problem,
    )


def store_gone(target: Target, keys: list[str], tally: Tally) -> None:
    if target.dry_run:
        _report(target, tally)
        return
    with transaction.atomic():
        upsert.mark_gone(object=target.object, source=target.source, keys=keys)
        SyncLine.objects.bulk_create(tally.lines, batch_size=500)
        count(target.run, tally)
