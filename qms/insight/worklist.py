"""My work: what waits for this person, from every room that registered what may wait.

A source answers with at most LIMIT tasks in a fixed number of queries; what is put off or handed on is taken out here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .models import Deferral

LIMIT = 100
SIGNATURE, REVIEW, EXECUTION, INTERFACE = "signature", "review", "execution", "interface"
KINDS = {
    SIGNATURE: (_("Signatures"), "signature"),
    REVIEW: (_("Reviews"), "clipboard-list"),
    EXECUTION: (_("Execution"), "package-check"),
    INTERFACE: (_("Interfaces"), "cable"),
}


@dataclass(frozen=True)
class Task:
    """One row of the queue. `record`: the record it is about, None for work of an interface; `url`: where it is done."""

    kind: str
    asked: Any
    url: str
    label: str
    title: Any = ""
    step: str = ""
    record: Any = None
    due: date | None = None
    since: datetime | None = None
    requester: Any = ""
    handed_by: Any = None

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.record._meta.label_lower, str(self.record.pk), self.step) if self.record else ("", self.label, "")

    @property
    def icon(self) -> str:
        return KINDS[self.kind][1]

    @property
    def record_url(self) -> str:
        return str(self.record.get_absolute_url()) if self.record else self.url


@dataclass(frozen=True)
class Alert:
    """Something about the plant's connections that the reader should know; not a task."""

    label: Any
    text: Any
    url: str
    tone: str = "warning"


@dataclass(frozen=True)
class Source:
    """`tasks(user)`; `others(user)`: how much of theirs waits for other people; `alerts(user)`."""

    tasks: Callable[[Any], list[Task]] | None = None
    others: Callable[[Any], list[Any]] | None = None
    alerts: Callable[[Any], list[Alert]] | None = None


SOURCES: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Called from the app's ready(); higher rooms register, so that this one need not know them."""
    SOURCES[name] = source


@dataclass(frozen=True)
class Group:
    key: str
    label: Any
    tasks: list[Task]


@dataclass
class Work:
    tasks: list[Task]
    others: list[Any]
    today: date
    put_off: list[tuple[Task, Deferral]] = field(default_factory=list)

    @property
    def overdue(self) -> list[Task]:
        return [t for t in self.tasks if t.due and t.due < self.today]

    @property
    def due_today(self) -> list[Task]:
        return [t for t in self.tasks if t.due == self.today]

    def groups(self, kind: str = "", show: str = "") -> list[Group]:
        week = self.today + timedelta(days=6 - self.today.weekday())
        shelves = (
            Group("overdue", _("Overdue"), self.overdue),
            Group("today", _("Today"), self.due_today),
            Group("week", _("This week"), [t for t in self.tasks if t.due and self.today < t.due <= week]),
            Group("later", _("Later"), [t for t in self.tasks if not t.due or t.due > week]),
        )
        asked = [replace(g, tasks=[t for t in g.tasks if kind in ("", t.kind)]) for g in shelves if show in ("", g.key)]
        return [group for group in asked if group.tasks]


def of(user: Any) -> Work:
    """Everything, soonest first: due dates before none, then the oldest."""
    offered = [task for source in SOURCES.values() if source.tasks for task in source.tasks(user)]
    deferred = deferrals(offered, user)
    tasks = sorted(kept(offered, deferred, user), key=_soonest)
    others = [row for source in SOURCES.values() if source.others for row in source.others(user)]
    waiting = {task.key[:2] for task in tasks}
    others = [row for row in others if (row._meta.label_lower, str(row.pk)) not in waiting]
    by_key = {task.key: task for task in offered}
    mine = [(by_key[_key(each)], each) for each in deferred if each.by_id == user.pk]
    return Work(tasks, others, timezone.localdate(), mine)


def _key(each: Deferral) -> tuple[str, str, str]:
    return each.record_type, each.record_key, each.step


def _soonest(task: Task) -> tuple[Any, ...]:
    return task.due or date.max, task.since or timezone.now(), task.label


def alerts(user: Any) -> list[Alert]:
    return [alert for source in SOURCES.values() if source.alerts for alert in source.alerts(user)]


def deferrals(tasks: Iterable[Task], user: Any) -> list[Deferral]:
    """What still holds of the offered tasks. One query."""
    keys = {task.key for task in tasks if task.record}
    if not keys:
        return []
    rows = Deferral.objects.filter(record_key__in={key[1] for key in keys}, ended_at=None).select_related("by", "to")
    today = timezone.localdate()
    found = [each for each in rows if _key(each) in keys]
    return [
        d for d in found if (d.to_id in (user.pk, None) or d.by_id == user.pk) and not (d.until and d.until <= today)
    ]


def kept(tasks: Iterable[Task], deferred: Iterable[Deferral], user: Any) -> list[Task]:
    gone, handed = set(), {}
    for each in deferred:
        key = _key(each)
        if each.by_id == user.pk:
            gone.add(key)
        elif each.to_id == user.pk:
            handed[key] = each.by
    return [replace(t, handed_by=handed.get(t.key)) for t in tasks if t.key not in gone or t.key in handed]
