from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from qms.journal import Event


@dataclass(frozen=True)
class Snoozed:
    step: str
    until: str


@dataclass(frozen=True)
class Delegated:
    """`person`: key of the account; `name` as it was then."""

    step: str
    person: str
    name: str


@dataclass(frozen=True)
class Woken:
    step: str


SNOOZED = Event("task.snoozed", _("“%(step)s” was put off until %(until)s."), Snoozed)
DELEGATED = Event("task.delegated", _("“%(step)s” was handed to %(name)s."), Delegated)
WOKEN = Event("task.woken", _("“%(step)s” is back in the queue."), Woken)
