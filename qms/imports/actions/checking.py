"""The dry run: every row read and judged, nothing of the plant written."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from qms import journal
from qms.lib import canonical
from qms.lib.errors import Conflict
from qms.lib.ids import uuid7

from .. import columns, events, permissions, reading
from ..choices import Stage, Verdict
from ..models import ImportBatch, ImportCount, ImportRow
from ..registry import KINDS, Context, Kind, Row
from . import progress


@dataclass
class Tally:
    """Counts by verdict and a digest over what was counted."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Verdict.values, 0))
    done: int = 0
    hash: Any = field(default_factory=hashlib.sha256)

    def add(self, verdict: str, line: Any) -> None:
        self.counts[verdict] += 1
        self.done += 1
        self.hash.update(canonical.dumps(line).encode())

    def payload(self, batch: ImportBatch) -> events.Counted:
        return events.Counted(
            kind=batch.kind, source=batch.source, sha256=batch.sha256, digest=self.hash.hexdigest(), **self.counts
        )

    def keep(self, batch: ImportBatch, stage: str, run: Any) -> None:
        ImportCount.objects.create(batch=batch, stage=stage, run=run, digest=self.hash.hexdigest(), **self.counts)


def check(*, batch: ImportBatch, by: Any) -> ImportBatch:
    """Judge every row. Raises FileRefused for a file that cannot be read to its end, Stopped, Forbidden, Conflict."""
    kind = KINDS[batch.kind]
    permissions.check_kind(kind, batch.site, by)
    progress.check_open(batch, Stage.CHECK)
    context = Context(batch, batch.site, batch.source, by, uuid7())
    tally = Tally()
    for rows in chunks(kind, context):
        with transaction.atomic():
            ImportRow.objects.bulk_create([_kept(context, row) for row in rows])
        for row in rows:
            tally.add(row.verdict, [row.number, row.verdict, row.key])
        progress.advance(batch, tally.done)
    with journal.act(events.CHECKED, by=by) as act:
        held = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
        held.checked_at, held.checked_by, held.check_run = Now(), by, context.run
        held.save(update_fields=["checked_at", "checked_by", "check_run"])
        tally.keep(batch, Stage.CHECK, context.run)
        act.record(held, tally.payload(batch))
    progress.finish(batch)
    return ImportBatch.objects.get(pk=batch.pk)


def chunks(kind: Kind, context: Context) -> Iterator[list[Row]]:
    """Rows, read and judged, in the order of the file; memory holds one chunk and the identifiers."""
    seen: dict[str, int] = {}
    with _opened(context.batch) as file:
        rows = _rows(kind, context, file, seen)
        while found := list(islice(rows, kind.chunk)):
            good = [row for row in found if not row.problems]
            kind.judge(context, good)
            for row in found:
                row.verdict = Verdict.REFUSED if row.problems else row.verdict
            yield found


def _opened(batch: ImportBatch) -> Any:
    """The very bytes that were uploaded. Raises Conflict when they are not."""
    file = default_storage.open(batch.place)
    if hashlib.file_digest(file, "sha256").hexdigest() != batch.sha256:
        file.close()
        raise Conflict(
            _("The kept file is not the one that was uploaded."), hint=_("Upload it again, and tell the administrator.")
        )
    return file


def _rows(kind: Kind, context: Context, file: Any, seen: dict[str, int]) -> Iterator[Row]:
    dialect = context.batch.dialect
    for raw in reading.rows(file, context.batch.form, [c.name for c in kind.columns], kind.required):
        row = read_row(kind, raw, dialect)
        if row.key and row.key in seen:
            row.refuse("duplicate_key", "external_id", text=row.key, row=seen[row.key])
        elif row.key:
            seen[row.key] = row.number
        if (code := row.values.get("site")) and code != context.site.code:
            row.refuse("other_site", "site", text=code, site=context.site.code)
        yield row


def read_row(kind: Kind, raw: reading.RawRow, dialect: columns.Dialect) -> Row:
    """Columns that the file does not have are not in the values."""
    row = Row(raw.number, {})
    for column in kind.columns:
        if column.name in raw.cells:
            row.values[column.name], problem = columns.read(column, raw.cells[column.name], dialect)
            row.problems += [problem] if problem else []
    if raw.extra:
        row.refuse("extra_cells")
    return row


def _kept(context: Context, row: Row) -> ImportRow:
    return ImportRow(
        batch=context.batch,
        run=context.run,
        number=row.number,
        key=row.key[:120],
        verdict=row.verdict,
        values={name: columns.shown(value) for name, value in row.values.items()},
        problems=[problem.plain() for problem in row.problems],
        changes=[list(change) for change in row.changes],
    )
