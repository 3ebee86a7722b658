"""Asking for a stage, keeping its progress, and one worker at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from qms.accounts import access
from qms.lib import bells
from qms.lib.errors import Conflict, Refusal

from .. import permissions
from ..choices import Stage
from ..models import ImportBatch, ImportProgress
from ..registry import KINDS


class Stopped(Refusal):
    status, code = 409, "stopped"


def ask(*, batch: ImportBatch, stage: str, by: Any, run: Any = None) -> None:
    """Let a worker do the stage. `run`: the dry run that the person saw. Raises Forbidden, Conflict or NotNow."""
    permissions.check_kind(KINDS[batch.kind], batch.site, by)
    check_open(batch, stage, run)
    with transaction.atomic():
        held = ImportProgress.objects.select_for_update().filter(batch=batch).first()
        if held and held.is_running and is_taken(batch):
            raise Conflict(
                _("A worker is busy with this import already."),
                hint=_("Its progress is shown on the page."),
                code="running",
            )
        fresh = {"stage": stage, "done": 0, "asked_at": Now(), "finished_at": None, "stop": False, "problem": ""}
        ImportProgress.objects.update_or_create(batch=batch, defaults=fresh)
        transaction.on_commit(lambda: bells.ring(f"imports.{stage}", batch.pk, by.pk))


def check_open(batch: ImportBatch, stage: str, run: Any = None) -> None:
    """Raises Conflict when the stage is not open for the batch as it stands."""
    if batch.applied_at:
        raise Conflict(
            _("This file was imported already."),
            hint=_("To import it once more, upload it again: rows that are as before stay untouched."),
            code="applied",
        )
    if stage != Stage.APPLY:
        return
    if batch.check_run is None:
        raise Conflict(_("Nothing was checked yet."), hint=_("Do the dry run first."), code="unchecked")
    if run is not None and str(run) != str(batch.check_run):
        raise Conflict(
            _("Another dry run was done since you looked."), hint=_("Look at its result, then import."), code="stale"
        )


def stop(*, batch: ImportBatch, by: Any) -> None:
    """Ask the worker to stop after the rows in hand. What was imported stays and can be gone on with."""
    access.check(by, "import.run", batch)
    ImportProgress.objects.filter(batch=batch, finished_at=None).update(stop=True)


def advance(batch: ImportBatch, done: int) -> None:
    """Raises Stopped when somebody asked for it."""
    held = ImportProgress.objects.filter(batch=batch).first()
    if held is None:
        return
    ImportProgress.objects.filter(batch=batch).update(done=done)
    if held.stop:
        raise Stopped(_("Stopped by hand."), hint=_("What was written so far stays. Start again to go on."))


def finish(batch: ImportBatch, *, problem: str = "") -> None:
    ImportProgress.objects.filter(batch=batch).update(finished_at=Now(), problem=problem)


def give_up(*, batch: ImportBatch, problem: Refusal) -> None:
    finish(batch, problem=str(problem))


def lock_name(batch: ImportBatch) -> str:
    """One worker per kind and site: two files with the same rows never race."""
    return f"import:{batch.site_id}:{batch.kind}"


def is_taken(batch: ImportBatch) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [lock_name(batch)])
        return not cursor.fetchone()[0]


@contextmanager
def alone(*, batch: ImportBatch) -> Iterator[None]:
    """A lock of the database session: it vanishes with a killed worker. Raises Conflict when another has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [lock_name(batch)])
        if not cursor.fetchone()[0]:
            raise Conflict(_("Another import of this kind is running on the site."), code="running")
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [lock_name(batch)])
