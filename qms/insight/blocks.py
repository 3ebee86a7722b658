"""What supplier blocks ask of people: the signature, and an answer for each order that went to a blocked supplier."""

from typing import Any

from django.utils.translation import gettext as _

from qms.accounts import access
from qms.records.queries import record_refuses, step_url
from suppliers import queries
from suppliers.models import SupplierBlock

from .worklist import LIMIT, REVIEW, SIGNATURE, Source, Task, register

STEPS = {"PROPOSED": "block", "LIFT_PROPOSED": "lift"}


def signature_tasks(user: Any) -> list[Task]:
    flow = SupplierBlock.workflow
    if not access.may(user, flow.transition("block").permission):
        return []
    rows = (
        SupplierBlock.objects.visible_to(user).filter(state__in=STEPS).select_related("supplier", "item", "created_by")
    )
    found = []
    for row in rows.order_by("pk")[:LIMIT]:
        step = flow.transition(STEPS[row.state])
        if access.may(user, step.permission, row) and not record_refuses(row, step, user):
            asked = _("Sign the supplier block") if step.name == "block" else _("Sign the end of the supplier block")
            found.append(
                Task(SIGNATURE, asked, step_url(row, step), row.number, row.title, step.name, row,
                     since=row.created_at, requester=row.created_by)
            )  # fmt: skip
    return found


def order_tasks(user: Any) -> list[Task]:
    """One per block, with how many orders wait; the oldest counts."""
    found: dict[int, Task] = {}
    for seen in queries.open_orders(user).order_by("pk")[:LIMIT]:
        row, step = seen.block, SupplierBlock.workflow.transition("answer")
        if row.pk not in found:
            asked = _("Say what became of order %(order)s") % {"order": seen.order.number}
            found[row.pk] = Task(REVIEW, asked, step_url(row, step), row.number, row.title, step.name, row,
                                 since=seen.seen_at)  # fmt: skip
    return list(found.values())


def tasks(user: Any) -> list[Task]:
    return [*signature_tasks(user), *order_tasks(user)]


register("supplier-blocks", Source(tasks=tasks))
