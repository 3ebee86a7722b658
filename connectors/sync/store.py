"""Writing what was read: one page, one short transaction, a line for every object that changed or was refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import DataError, IntegrityError, models, transaction

from connectors.base import Page
from connectors.models import SyncCursor, SyncLine, SyncRun
from qms.masterdata import upsert
from qms.masterdata.specs import SPECS

from .rows import LINES, Lines, Row, lines_of, row_of

# A row that cannot be kept as it came; everything else (a lost database) ends the run.
REFUSED = (DataError, IntegrityError, psycopg.DataError, psycopg.IntegrityError, TypeError, ValueError, KeyError)
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


@dataclass
class Tally:
    """Counts, lines and (external id, hash) of everything that changed."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    lines: list[SyncLine] = field(default_factory=list)
    hashes: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """The lines of another page are in the database; only the failed ones are kept to be told."""
        for name in COUNTED:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.lines += [line for line in other.lines if line.outcome == "failed"]
        self.hashes += other.hashes


def store(target: Target, page: Page) -> Tally:
    """Rows, lines, counts and the cursor together, or nothing of the page."""
    tally = Tally()
    with transaction.atomic():
        for bad in page.bad:
            _fail(target, tally, target.object, bad.external_id, "", bad.problem)
        rows = [row_of(record) for record in page.records]
        taken = _put(target, target.object, rows, tally)
        for kind in LINES.get(target.object, ()):
            _store_lines(target, kind, [record for record in page.records if record.external_id in taken], tally)
        if target.dry_run:
            transaction.set_rollback(True)
        else:
            SyncLine.objects.bulk_create(tally.lines, batch_size=500)
            count(target.run, tally)
            if page.cursor:  # a push has none
                keep_cursor(target, page.cursor)
    if target.dry_run:
        count(target.run, tally)
    return tally


def keep_cursor(target: Target, cursor: str) -> None:
    SyncCursor.objects.update_or_create(
        interface_id=target.run.interface_id, object=target.object, defaults={"cursor": {"at": cursor}}
    )


def count(run: SyncRun, tally: Tally) -> None:
    """Add to the run's counts, which its page shows while it goes on."""
    added = {name: getattr(tally, name) for name in COUNTED}
    if run.pk:
        SyncRun.objects.filter(pk=run.pk).update(**{name: models.F(name) + n for name, n in added.items()})
    for name, n in added.items():
        setattr(run, name, getattr(run, name) + n)


def _store_lines(target: Target, kind: Lines, documents: list[Any], tally: Tally) -> None:
    """A document that does not tell its lines (None) keeps those that it has."""
    documents = [document for document in documents if getattr(document, kind.attribute) is not None]
    rows = [row for document in documents for row in lines_of(kind, document)]
    _put(target, kind.object, rows, tally)
    gone = upsert.drop_children(
        object=kind.object,
        source=target.source,
        parents=[document.external_id for document in documents],
        keep=[row["external_id"] for row in rows],
    )
    note_gone(target, kind.object, gone, tally)


def note_gone(target: Target, object: str, gone: list[tuple[str, str]], tally: Tally) -> None:
    tally.updated += len(gone)
    tally.hashes += [(object, external_id, "gone") for external_id, _ in gone]
    tally.lines += [_line(target, object, external_id, number, "gone") for external_id, number in gone]


def _put(target: Target, object: str, rows: list[Row], tally: Tally) -> set[str]:
    """Upsert and account. Returns the external ids that the mirror now holds as they were sent."""
    refused: list[tuple[Row, str]] = []
    outcome = _upsert(target, object, rows, refused)
    numbers = {row["external_id"]: row["number"] for row in rows}
    if target.run.full and outcome.stale:
        outcome.add(_upsert(target, object, _as_old_as_ours(target, object, rows, outcome.stale), refused))
        outcome.stale = []
    for row, why in refused:
        _fail(target, tally, object, str(row.get("external_id", "")), str(row.get("number", "")), why)
    tally.created += len(outcome.created)
    tally.updated += len(outcome.updated)
    tally.unchanged += outcome.unchanged + len(outcome.stale)
    shown = {"created": [] if target.first else outcome.created, "updated": outcome.updated, "stale": outcome.stale}
    tally.lines += [_line(target, object, key, numbers[key], word) for word, keys in shown.items() for key in keys]
    tally.hashes += _hashes(target, object, [*outcome.created, *outcome.updated])
    return numbers.keys() - {row["external_id"] for row, _ in refused} - set(outcome.stale)


def _upsert(target: Target, object: str, rows: list[Row], refused: list[tuple[Row, str]]) -> upsert.Outcome:
    """A refusal halves the rows until the bad one stands alone: it never stops the others."""
    try:
        with transaction.atomic():
            return upsert.upsert(
                object=object, source=target.source, rows=rows, run=target.run.uid, site_id=target.site_id
            )
    except REFUSED as why:
        if len(rows) == 1:
            refused.append((rows[0], str(why).splitlines()[0] if str(why) else type(why).__name__))
            return upsert.Outcome()
    middle = len(rows) // 2
    outcome = _upsert(target, object, rows[:middle], refused)
    outcome.add(_upsert(target, object, rows[middle:], refused))
    return outcome


def _as_old_as_ours(target: Target, object: str, rows: list[Row], stale: Iterable[str]) -> list[Row]:
    """A full read is the truth: a record is dated older than ours when its newest part was deleted in the source."""
    model = SPECS[object].model
    held = dict(
        model.objects.filter(source=target.source, external_id__in=stale).values_list("external_id", "changed_at")
    )
    return [{**row, "changed_at": held[row["external_id"]]} for row in rows if row["external_id"] in held]


def _hashes(target: Target, object: str, keys: list[str]) -> list[tuple[str, str, str]]:
    if not keys:
        return []
    found = SPECS[object].model.objects.filter(source=target.source, external_id__in=keys)
    return [(object, key, digest) for key, digest in found.values_list("external_id", "content_hash")]


def _fail(target: Target, tally: Tally, object: str, external_id: str, number: str, why: str) -> None:
    tally.failed += 1
    tally.lines.append(_line(target, object, external_id, number, "failed", why))


def _line(target: Target, object: str, key: str, number: str, outcome: str, problem: str = "") -> SyncLine:
    return SyncLine(
        run=target.run if target.run.pk else None,
        object=object,
        external_id=key[:80],
        number=number[:120],
        outcome=outcome,
        problem=problem,
    )


def store_gone(target: Target, keys: list[str], tally: Tally) -> None:
    with transaction.atomic():
        if not target.dry_run:
            upsert.mark_gone(object=target.object, source=target.source, keys=keys)
            SyncLine.objects.bulk_create(tally.lines, batch_size=500)
        count(target.run, tally)
