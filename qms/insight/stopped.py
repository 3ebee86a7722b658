"""What discontinued sampling asks of people: have the supplier act, then sign that inspection goes on."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from inspection.models import Inspection, SamplingSequence
from qms.accounts import access
from qms.records.queries import step_url
from suppliers.workflow import PROPOSE

from .worklist import LIMIT, REVIEW, SIGNATURE, Source, Task, register

NAME = "sampling-stopped"


def tasks(user: Any) -> list[Task]:
    """For whoever proposes blocks: the supplier; for whoever may sign: that sampling goes on. One each per sequence."""
    rows = SamplingSequence.objects.visible_to(user).filter(discontinued=True, supplier__isnull=False)
    found = []
    for row in rows.select_related("supplier", "item", "parent").order_by("pk")[:LIMIT]:
        last = row.last
        if last is not None:
            found += _of(row, last, user)
    return found


def _of(row: SamplingSequence, last: Inspection, user: Any) -> list[Task]:
    step = Inspection.workflow.transition("resume-sampling")
    stopped = row.events.order_by("-pk").first()
    shared: dict[str, Any] = {
        "label": last.number, "title": f"{row.supplier} · {row.subject}", "since": stopped.at if stopped else None,
    }  # fmt: skip
    found = []
    if access.may(user, PROPOSE, last):
        asked = _("Sampling inspection is discontinued: have the supplier act, or propose a block")
        found.append(Task(REVIEW, asked, reverse("masterdata:detail", args=["suppliers", row.supplier_id]), **shared))
    if last.state in step.sources and access.may(user, step.permission, last):
        asked = _("Sign that sampling inspection goes on, once the supplier has acted")
        found.append(Task(SIGNATURE, asked, step_url(last, step), step=step.name, record=last, **shared))
    return found


register(NAME, Source(tasks=tasks))
