"""What Celery carries: a batch and who asked. A bell may come twice: the second finds the door closed or the work done."""

from celery import shared_task
from django.utils import translation

from qms import journal
from qms.accounts.models import User
from qms.lib.errors import Conflict, Refusal

from . import actions
from .models import ImportBatch

LONGEST_SECONDS = 3600


@shared_task(name="imports.check", time_limit=LONGEST_SECONDS)
def check(batch_id: int, user_id: int) -> None:
    _run("check", batch_id, user_id)


@shared_task(name="imports.apply", time_limit=LONGEST_SECONDS)
def apply(batch_id: int, user_id: int) -> None:
    _run("apply", batch_id, user_id)


def _run(stage: str, batch_id: int, user_id: int) -> None:
    batch, user = ImportBatch.objects.get(pk=batch_id), User.objects.get(pk=user_id)
    token = journal.ORIGIN.set(journal.Origin(source=f"import:{batch.source}"))
    try:
        with translation.override(user.language), actions.alone(batch=batch):
            _work(stage, batch_id, user)
    except Conflict:  # another worker has it
        return
    finally:
        journal.ORIGIN.reset(token)


def _work(stage: str, batch_id: int, user: User) -> None:
    batch = ImportBatch.objects.get(pk=batch_id)
    if batch.applied_at:  # an earlier bell did it
        return
    try:
        (actions.check if stage == "check" else actions.apply)(batch=batch, by=user)
    except Refusal as refusal:
        actions.give_up(batch=batch, problem=refusal)
