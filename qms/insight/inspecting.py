"""What inspections ask of people: to look at what could not be inspected."""

from typing import Any

from django.utils.translation import gettext as _

from inspection.models import InspectionOccasion
from inspection.workflow import MANAGE
from qms.accounts import access

from .worklist import LIMIT, REVIEW, Source, Task, register


def tasks(user: Any) -> list[Task]:
    """One per object, however often it was tried."""
    if not access.may(user, MANAGE):
        return []
    rows = InspectionOccasion.objects.visible_to(user).waiting().order_by("since", "pk")[:LIMIT]
    return [
        Task(
            REVIEW,
            _("See why it could not be inspected"),
            row.get_absolute_url(),
            row.subject,
            row.problem,
            since=row.since,
        )
        for row in rows
        if access.may(user, MANAGE, row)
    ]


register("inspections", Source(tasks=tasks))
