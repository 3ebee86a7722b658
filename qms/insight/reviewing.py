"""What reviews ask of people: to begin the ones planned for them, and to finish those they began."""

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from qms.accounts import access
from qms.records.queries import record_refuses, step_url
from qms.reviews.models import AccessReview, SystemReview, TrailReview
from qms.reviews.queries import access as intervals

from .worklist import LIMIT, REVIEW, Alert, Source, Task, register

KIND = REVIEW


def trail_tasks(user: Any) -> list[Task]:
    right = TrailReview.workflow.transition("start").permission
    if not access.may(user, right):
        return []
    mine = Q(state="DRAFT", owner=user) | Q(state="DRAFT", owner=None) | Q(state="IN_REVIEW", reviewer=user)
    rows = TrailReview.objects.visible_to(user).filter(mine).select_related("site", "created_by", "reviewer")
    found = [_task(row, user) for row in rows.order_by("due_date", "-pk")[:LIMIT] if access.may(user, right, row)]
    return [task for task in found if task]


def _task(row: TrailReview, user: Any) -> Task | None:
    step = row.workflow.transition("start" if row.state == "DRAFT" else "sign")
    if row.owner_id is None and record_refuses(row, step, user):
        return None  # planned for nobody: offered to whoever may
    return Task(
        kind=KIND,
        asked=_("Begin the audit-trail review") if step.name == "start" else _("Read the entries and sign"),
        url=step_url(row, step) if step.name == "start" else row.get_absolute_url(),
        label=row.number,
        title=row.title,
        step=step.name,
        record=row,
        due=row.due_date,
        since=row.created_at,
        requester=row.created_by,
    )


def access_tasks(user: Any) -> list[Task]:
    right = AccessReview.workflow.transition("start").permission
    if not access.may(user, right):
        return []
    mine = Q(owner=user) | Q(owner=None)
    rows = AccessReview.objects.visible_to(user).open().filter(mine).select_related("site", "created_by")
    return [
        Task(
            kind=KIND,
            asked=_("Review roles and tokens"),
            url=row.get_absolute_url(),
            label=row.number,
            title=row.title,
            step="start" if row.state == "DRAFT" else "decide",
            record=row,
            due=row.due_date,
            since=row.created_at,
            requester=row.created_by,
        )
        for row in rows.order_by("due_date", "-pk")[:LIMIT]
        if access.may(user, right, row)
    ]


def system_tasks(user: Any) -> list[Task]:
    right = SystemReview.workflow.transition("start").permission
    if not access.may(user, right):
        return []
    mine = Q(owner=user) | Q(owner=None)
    rows = (
        SystemReview.objects.visible_to(user).open().filter(mine).select_related("site", "created_by").defer("report")
    )
    return [
        Task(
            kind=KIND,
            asked=_("Review the system"),
            url=row.get_absolute_url(),
            label=row.number,
            title=row.title,
            step="start" if row.state == "DRAFT" else "sign",
            record=row,
            due=row.due_date,
            since=row.created_at,
            requester=row.created_by,
        )
        for row in rows.order_by("due_date", "-pk")[:LIMIT]
        if access.may(user, right, row)
    ]


def system_alerts(user: Any) -> list[Alert]:
    """Sites whose periodic review is overdue, for whoever may do it."""
    sites = access.site_ids(user, SystemReview.workflow.transition("start").permission)
    if not sites:
        return []
    text, url = _("The periodic review of the system is overdue since %(day)s."), reverse("reviews:systemreview-create")
    return [
        Alert(site.code, text % {"day": day.isoformat()}, url, "danger")
        for site, day in intervals.system_overdue()
        if sites == access.ALL or site.pk in sites
    ]


register("system-reviews", Source(tasks=system_tasks, alerts=system_alerts))
register("access-reviews", Source(tasks=access_tasks))
register("trail-reviews", Source(tasks=trail_tasks))
