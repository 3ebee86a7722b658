"""What control charts ask of people: signals of their owner, charts that could not be judged."""

from typing import Any

from django.utils.translation import gettext as _

from inspection.actions import ANSWER
from inspection.models import ControlChart
from inspection.queries.control import open_signals
from inspection.workflow import MANAGE_CHART
from qms.accounts import access

from .worklist import LIMIT, REVIEW, Source, Task, register

NAME = "control-charts"


def tasks(user: Any) -> list[Task]:
    """Open signals of the charts that the person owns; charts whose last look failed, for whoever keeps charts there."""
    return [*_signals(user), *_failing(user)]


def _signals(user: Any) -> list[Task]:
    if not access.may(user, ANSWER):
        return []
    rows = open_signals(user).filter(chart__owner=user)[:LIMIT]
    return [
        Task(
            REVIEW,
            _("Find the assignable cause and react") if row.acknowledged_at else _("Acknowledge the signal"),
            row.get_absolute_url(),
            f"{row.chart.number} #{row.place}.{row.track + 1} {row.rule}",
            row.chart.title,
            since=row.created_at,
        )
        for row in rows
    ]


def _failing(user: Any) -> list[Task]:
    if not access.may(user, MANAGE_CHART):
        return []
    rows = ControlChart.objects.visible_to(user).open().exclude(feed__problem="").select_related("feed", "site")
    return [
        Task(
            REVIEW, _("The chart could not be judged: see why"), row.get_absolute_url(), row.number, row.feed.problem,
            since=row.feed.failed_at,
        )
        for row in rows.order_by("pk")[:LIMIT]
        if access.may(user, MANAGE_CHART, row)
    ]  # fmt: skip


register(NAME, Source(tasks=tasks))
