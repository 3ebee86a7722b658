"""Who is told by mail: of gauges to be calibrated their keeper and whoever manages gauges on the site, of signals the chart's owner."""

from typing import Any

from qms.accounts import access
from qms.lib.clock import now
from qms.office.models import Kind
from qms.office.notifications import rules, subjects

from . import queries
from .actions import RIGHT
from .models import ChartSignal

WEEK = 7


def remind() -> None:
    """Once for each due date when it is recalled, then once a week while it is overdue and in use."""
    today, found = now().date(), []
    for gauge in queries.recalled():
        late = (today - gauge.due_date).days
        word = "overdue" if late > 0 else "recalled"
        week = f":{(late - 1) // WEEK}" if late > 0 else ""
        for person in _people(gauge):
            told = rules.made(person, f"gauge:{word}:{gauge.pk}:{gauge.due_date.isoformat()}{week}", Kind.DUE, gauge)
            told.event = f"gauge.{word}"
            told.data["target"] = ", ".join(filter(None, (gauge.asset, gauge.location, gauge.due_date.isoformat())))
            found.append(told)
    rules.write(found)


def _people(gauge: Any) -> list[Any]:
    people = {one.pk: one for one in access.who_may(RIGHT, gauge.site_id)}
    if gauge.keeper_id and gauge.keeper.is_active:
        people[gauge.keeper_id] = gauge.keeper
    return [one for one in people.values() if access.may(one, gauge.view_permission, gauge)]


def register() -> None:
    subjects.register(
        subjects.Subject(
            ChartSignal,
            "measurement.view",
            str,
            lambda rows, person: rows.filter(pk__in=ChartSignal.objects.visible_to(person).values("pk")),
        )
    )
    rules.RULES["controlchart.signalled"] = rules.Rule(Kind.ASSIGNED, _owner_of_chart)


def _owner_of_chart(news: rules.News) -> list[Any]:
    return list(news.people.one(news.record.chart.owner_id))
