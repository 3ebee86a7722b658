"""Long bulk acts, record by record; a job that is rung twice goes on where it stopped."""

from typing import Any

from celery import shared_task
from django.http import QueryDict
from django.urls import resolve
from django.utils import translation
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from qms.lib.clock import now
from qms.lib.errors import NotNow

from . import bulk
from .models import BulkJob

PIECE = 20


@shared_task(name="ui.run_bulk", time_limit=3600)
def run_bulk(job_id: int) -> None:
    job = BulkJob.objects.get(pk=job_id)
    view: Any = resolve(job.address).func
    spec, acts = view.view_initkwargs["spec"], view.view_initkwargs["acts"]
    act = next(each for each in acts if each.name == job.act)
    with translation.override(job.user.language):
        form = act.form_class(QueryDict(job.entered))
        if form.is_valid():
            _run(job, spec, act, form.cleaned_data)
    job.finished_at = now()
    job.save(update_fields=["finished_at"])


def _run(job: BulkJob, spec: Any, act: Any, data: dict[str, Any]) -> None:
    """The person's rights are asked anew for each record, by the acts."""
    while len(job.results) < len(job.keys) and not BulkJob.objects.filter(pk=job.pk, cancelled=True).exists():
        piece = job.keys[len(job.results) :][:PIECE]
        done = {line.url: line for line in bulk.run(spec, act, job.user, piece, data)}
        lines: list[Any] = [[line.number, line.url, line.why] for line in done.values()]
        lines += [["", "", _("No longer visible to you.")]] * (len(piece) - len(lines))
        job.results = [*job.results, *lines]
        job.save(update_fields=["results"])


def ring(job: BulkJob) -> None:
    try:
        run_bulk.delay(job.pk)
    except (OperationalError, OSError) as away:
        raise NotNow(_("The worker cannot be reached at the moment."), hint=_("Choose fewer records.")) from away
