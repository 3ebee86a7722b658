"""What inspections ask of people: to look at what could not be inspected."""

from typing import Any

from django.utils.translation import gettext as _

from inspection import queries
from inspection.models import Certificate, Inspection, InspectionOccasion
from inspection.workflow import DECIDE, MANAGE, RECORD
from qms.accounts import access
from qms.lib.listed import listed
from qms.records.queries import step_url

from .worklist import LIMIT, REVIEW, SIGNATURE, Source, Task, register


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


def papers(user: Any) -> list[Task]:
    """Certificates to accept, and lots that lack one: of those who may do something about it."""
    found = []
    if access.may(user, DECIDE):
        step = Certificate.workflow.transition("accept")
        rows = Certificate.objects.visible_to(user).filter(state="RECEIVED").order_by("pk")[:LIMIT]
        found += [
            Task(
                SIGNATURE, _("Review the certificate"), step_url(row, step), row.number, row.title, step=step.name,
                record=row, since=row.created_at,
            )
            for row in rows
            if access.may(user, DECIDE, row) and not row.refuses(step, user)
        ]  # fmt: skip
    if access.may(user, RECORD):
        lots = queries.certificates.lacking(Inspection.objects.visible_to(user)).order_by("arrived_at", "pk")[:LIMIT]
        asked = _("Get the missing certificate: %(kinds)s")
        found += [
            Task(
                REVIEW, asked % {"kinds": listed(queries.certificates.kinds_lacked(row))}, row.get_absolute_url(),
                row.number, row.title, since=row.arrived_at,
            )
            for row in lots
            if access.may(user, RECORD, row)
        ]  # fmt: skip
    return found


register("certificates", Source(tasks=papers))
register("inspections", Source(tasks=tasks))
