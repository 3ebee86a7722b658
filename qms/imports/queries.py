"""What pages ask of an import: where it stands, a preview, its rows in words, what rolling back would do."""

from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.lib import canonical
from qms.lib.errors import Conflict
from qms.ui.show import Mark

from . import columns, problems, reading
from .choices import Effect, Stage, Verdict
from .models import ImportBatch, ImportCount, ImportOutcome, ImportRow
from .registry import KINDS, Context, Fate

SHOWN, PREVIEWED = 100, 8
UPLOADED = Mark("uploaded", gettext_lazy("Uploaded"), "neutral")
CHECKED = Mark("checked", gettext_lazy("Dry run done"), "info")
APPLIED = Mark("applied", gettext_lazy("Imported"), "success")
ROLLED_BACK = Mark("rolled_back", gettext_lazy("Rolled back"), "muted")
RUNNING = Mark("running", gettext_lazy("Running"), "info", "loader-circle")
FAILED = Mark("failed", gettext_lazy("Stopped"), "danger")
PHASES = (UPLOADED, CHECKED, APPLIED, ROLLED_BACK, RUNNING, FAILED)
VERDICTS = (
    Mark(Verdict.NEW, Verdict.NEW.label, "success", "plus"),
    Mark(Verdict.CHANGED, Verdict.CHANGED.label, "info", "pencil"),
    Mark(Verdict.UNCHANGED, Verdict.UNCHANGED.label, "muted"),
    Mark(Verdict.REFUSED, Verdict.REFUSED.label, "danger"),
)


def phase(batch: ImportBatch) -> str:
    progress = getattr(batch, "progress", None)
    if progress and progress.is_running:
        return RUNNING.code
    if progress and progress.problem and not batch.applied_at:
        return FAILED.code
    return finished_phase(batch).code


def finished_phase(batch: ImportBatch) -> Mark:
    if batch.rolled_back_at:
        return ROLLED_BACK
    return APPLIED if batch.applied_at else CHECKED if batch.checked_at else UPLOADED


def counts(batch: ImportBatch, stage: str) -> ImportCount | None:
    return batch.counts.filter(stage=stage).order_by("-pk").first()


@dataclass(frozen=True)
class Preview:
    """The first rows as they are read with what was declared: heads, and per row its cells as (text, what is wrong)."""

    heads: list[Any]
    rows: list[tuple[int, list[tuple[str, str]]]]


def preview(batch: ImportBatch) -> Preview:
    kind, dialect = KINDS[batch.kind], batch.dialect
    with default_storage.open(batch.place) as file:
        names = [column.name for column in kind.columns]
        found = list(islice(reading.rows(file, batch.form, names, kind.required), PREVIEWED))
    present = [column for column in kind.columns if any(column.name in raw.cells for raw in found)]
    return Preview(
        [c.label for c in present], [(raw.number, [_cell(raw, c, dialect) for c in present]) for raw in found]
    )


def _cell(raw: reading.RawRow, column: columns.Column, dialect: columns.Dialect) -> tuple[str, str]:
    value, problem = columns.read(column, raw.cells.get(column.name), dialect)
    if problem is None:
        return columns.shown(value), ""
    return columns.plain_text(raw.cells.get(column.name))[:80], problems.words(problem.plain())[0]


@dataclass(frozen=True)
class Line:
    """A row of the dry run in words."""

    number: int
    key: str
    verdict: str
    problems: list[tuple[Any, str, str]]
    changes: list[tuple[Any, str, str]]


def run_rows(batch: ImportBatch) -> Any:
    """Rows of the newest finished dry run."""
    if batch.check_run is None:
        return ImportRow.objects.none()
    return ImportRow.objects.filter(batch=batch, run=batch.check_run)


def lines(batch: ImportBatch, verdict: str, after: int) -> tuple[list[Line], int]:
    """A page of rows below line `after`, and the line after which the next page begins (0: none)."""
    rows = run_rows(batch).filter(number__gt=after)
    if verdict:
        rows = rows.filter(verdict=verdict)
    found = list(rows.order_by("number")[: SHOWN + 1])
    shown = found[:SHOWN]
    return [_line(batch, row) for row in shown], shown[-1].number if len(found) > SHOWN else 0


def _line(batch: ImportBatch, row: ImportRow) -> Line:
    return Line(
        number=row.number,
        key=row.key,
        verdict=row.verdict,
        problems=[(label(batch, p["column"]), *problems.words(p)) for p in row.problems],
        changes=[(label(batch, name), old, new) for name, old, new in row.changes],
    )


def label(batch: ImportBatch, name: str) -> Any:
    column = KINDS[batch.kind].column(name)
    return column.label if column else name


def problem_text(batch: ImportBatch, kept: list[dict[str, Any]]) -> str:
    """“Unit: the unit “pc” is not known here. Write …” for each problem, on a line of its own."""
    found = []
    for problem in kept:
        sentence, hint = problems.words(problem)
        name = label(batch, problem["column"])
        found.append(f"{name}: {sentence} {hint}" if name else f"{sentence} {hint}")
    return "\n".join(found)


def outcomes(batch: ImportBatch, effect: str, after: int) -> tuple[list[Any], int]:
    """What applying did, row by row: created and updated things with their label, refused ones with the reason."""
    rows = batch.outcomes.filter(row__gt=after)
    if effect:
        rows = rows.filter(effect=effect)
    found = list(rows.order_by("row")[: SHOWN + 1])
    shown = [(row, problem_text(batch, [row.problem]) if row.problem else "") for row in found[:SHOWN]]
    return shown, found[SHOWN - 1].row if len(found) > SHOWN else 0


# --- the way back ---


def context(batch: ImportBatch, user: Any) -> Context:
    assert batch.check_run is not None
    return Context(batch, batch.site, batch.source, user, batch.check_run)


def survey(batch: ImportBatch, user: Any) -> list[Fate]:
    """What rolling back would do with everything that the batch made. Raises Conflict when the batch has no way back."""
    if not batch.applied_at:
        raise Conflict(_("Nothing was imported yet, so nothing can be rolled back."))
    if batch.rolled_back_at:
        raise Conflict(_("This import was rolled back already."))
    made = list(batch.outcomes.filter(effect__in=(Effect.CREATED, Effect.UPDATED)).order_by("row"))
    return KINDS[batch.kind].survey(context(batch, user), made)


def survey_digest(fates: list[Fate]) -> str:
    return canonical.digest([[fate.outcome.pk, fate.is_possible] for fate in fates])


def newest_problems(batch: ImportBatch) -> dict[int, list[dict[str, Any]]]:
    rows = run_rows(batch).filter(verdict=Verdict.REFUSED)
    return dict(rows.values_list("number", "problems"))


def outcome_keys(rows: list[ImportOutcome]) -> list[int]:
    return [int(row.object_key) for row in rows]


__all__ = ["APPLIED", "CHECKED", "PHASES", "VERDICTS", "Stage"]
