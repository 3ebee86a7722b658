"""Applying a file that was checked: good rows in chunks, each whole or not at all, each judged once more before it is written."""

from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from qms import journal

from .. import events, permissions
from ..choices import Effect, Stage, Verdict
from ..models import ImportBatch, ImportOutcome
from ..registry import KINDS, Context, Kind, Made, Row
from . import progress
from .checking import Tally, chunks

VERDICTS = {Effect.CREATED: Verdict.NEW, Effect.UPDATED: Verdict.CHANGED, Effect.REFUSED: Verdict.REFUSED}


def apply(*, batch: ImportBatch, by: Any) -> ImportBatch:
    """Raises Forbidden, Conflict, FileRefused, Stopped. A row that meanwhile became wrong is refused, never half written."""
    kind = KINDS[batch.kind]
    permissions.check_kind(kind, batch.site, by)
    progress.check_open(batch, Stage.APPLY)
    assert batch.check_run is not None
    context = Context(batch, batch.site, batch.source, by, batch.check_run)
    tally = Tally()
    for rows in chunks(kind, context):
        with transaction.atomic():
            made = _write(kind, context, rows)
            ImportOutcome.objects.bulk_create([_kept(context, each) for each in made])
        _count(tally, rows, made)
        progress.advance(batch, tally.done)
    with journal.act(events.APPLIED, by=by) as act:
        held = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
        held.applied_at, held.applied_by = Now(), by
        held.save(update_fields=["applied_at", "applied_by"])
        tally.keep(batch, Stage.APPLY, context.run)
        act.record(held, tally.payload(batch))
    progress.finish(batch)
    return ImportBatch.objects.get(pk=batch.pk)


def _write(kind: Kind, context: Context, rows: list[Row]) -> list[Made]:
    due = [row for row in rows if row.verdict in (Verdict.NEW, Verdict.CHANGED)]
    made = kind.apply(context, due) if due else []
    bad = [row for row in rows if row.verdict == Verdict.REFUSED]
    return [*made, *(Made(row.number, Effect.REFUSED, label=row.key, problem=row.problems[0]) for row in bad)]


def _count(tally: Tally, rows: list[Row], made: list[Made]) -> None:
    effects = {each.row: each for each in made}
    for row in rows:
        each = effects.get(row.number)
        tally.add(
            VERDICTS[Effect(each.effect)] if each else Verdict.UNCHANGED, [row.number, each.after if each else ""]
        )


def _kept(context: Context, made: Made) -> ImportOutcome:
    subject = made.subject
    return ImportOutcome(
        batch=context.batch,
        row=made.row,
        effect=made.effect,
        object_type=subject._meta.label_lower if subject is not None else "",
        object_key=str(subject.pk) if subject is not None else "",
        label=(made.label or str(subject or ""))[:200],
        before=made.before,
        after=made.after,
        problem=made.problem.plain() if made.problem else {},
    )
