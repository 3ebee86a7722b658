"""Jobs that survive their worker: PostgreSQL knows what is to be done and who is at it; the bell of the broker only says so.

A worker takes a lease and renews it while it lives. The scheduler rings again for what nobody holds: after a kill, a lost bell, a
broker that was away. After MOST tries the job has failed, in words.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from qms.lib import bells
from qms.lib.errors import Conflict, NotNow, Refusal
from qms.lib.ids import uuid7

from .models import Job

LEASE, MOST = timedelta(seconds=30), 3
AGAIN = timedelta(seconds=30)  # so long a bell may take before it counts as lost
Ending = Callable[[int, Job], None]
GIVEN_UP: dict[str, Ending] = {}


class Lost(Conflict):
    """Somebody else holds the job by now: whatever this worker made of it does not count."""


def given_up(task: str) -> Callable[[Ending], Ending]:
    """Registers what happens to the row when its job has failed for good."""

    def register(end: Ending) -> Ending:
        GIVEN_UP[task] = end
        return end

    return register


def post(task: str, key: int) -> Job:
    """In the transaction of what asks for it; then `ring`."""
    return Job.objects.create(task=task, key=key)


def ring(task: str, key: int) -> bool:
    """Whether the bell was taken; when it was not, the scheduler rings as soon as it can."""
    try:
        bells.ring(task, key)
    except NotNow:
        return False
    return True


def found(task: str, key: int) -> Job | None:
    return Job.objects.filter(task=task, key=key).first()


def take(task: str, key: int) -> Job | None:
    """The job, ours for a minute; None when it has ended, or when somebody who lives is at it: a bell that came late or twice."""
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    fence = uuid7()
    taken = Job.objects.filter(free, task=task, key=key, ended_at=None, tries__lt=MOST).update(
        fence=fence, lease_until=Now() + LEASE, tries=F("tries") + 1, done=0, total=0
    )
    return Job.objects.get(task=task, key=key, fence=fence) if taken else None


def go_on(job: Job, done: int | None = None, total: int | None = None) -> None:
    """Renew the lease, and tell how far it has come. Raises Lost."""
    said = {name: value for name, value in (("done", done), ("total", total)) if value is not None}
    if not _ours(job).update(lease_until=Now() + LEASE, **said):
        raise Lost(_("This work was given to another worker."))


def close(job: Job, problem: str = "") -> None:
    """In the transaction that keeps the result: of two workers one alone gets through. Raises Lost."""
    if not _ours(job).update(ended_at=Now(), lease_until=None, problem=problem):
        raise Lost(_("This work was given to another worker."))


@contextmanager
def held(job: Job) -> Iterator[None]:
    """A defect inside is kept with the job and told to the log; the next try is due when the bell is rung again."""
    try:
        yield
    except Refusal:
        raise
    except Exception as error:  # whatever it is: the row must not look as if somebody were at it
        _ours(job).update(problem=f"{type(error).__name__}: {error}"[:500], lease_until=None)
        raise


def _ours(job: Job) -> Any:
    return Job.objects.filter(pk=job.pk, fence=job.fence, ended_at=None)


def why(job: Job) -> str:
    """Of a job that is given up, in the active language."""
    told = _("It was begun %(tries)s times and ended each time before it was done.") % {"tries": job.tries}
    return f"{told} {job.problem}".strip()


def cancel(task: str, key: int, problem: str = "") -> None:
    """Nobody is to do it any more; a worker that is at it notices when it says how far it has come."""
    Job.objects.filter(task=task, key=key, ended_at=None).update(ended_at=Now(), lease_until=None, problem=problem)


def sweep() -> int:
    """Ring again for what nobody holds, and give up what was tried often enough; how many. Raises NotNow without the broker."""
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    jobs = list(Job.objects.filter(free, ended_at=None, rung_at__lt=Now() - AGAIN).order_by("pk"))
    for job in jobs:
        _give_up(job) if job.tries >= MOST else _ring_again(job)
    return len(jobs)


def _ring_again(job: Job) -> None:
    bells.ring(job.task, job.key)
    Job.objects.filter(pk=job.pk).update(rung_at=Now())


def _give_up(job: Job) -> None:
    with transaction.atomic():
        mine = Job.objects.filter(pk=job.pk, fence=job.fence, ended_at=None)
        if mine.update(ended_at=Now(), lease_until=None):
            GIVEN_UP[job.task](job.key, job)
