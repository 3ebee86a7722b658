"""What is no record and still may be told about: an interface, a webhook. Higher rooms register theirs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qms.accounts import access
from qms.records.models import REGISTRY


@dataclass(frozen=True)
class Subject:
    """`permission`: who sees it; `named`: its short name in the inbox. The model knows its site and its address."""

    model: Any
    permission: str
    named: Callable[[Any], str]
    # For what belongs to no site: which of the rows the person may see.
    shown: Callable[[Any, Any], Any] | None = None


SUBJECTS: dict[str, Subject] = {}


def register(subject: Subject) -> None:
    SUBJECTS[subject.model._meta.label_lower] = subject


def models() -> dict[str, Any]:
    """Everything that may be told about, by its label."""
    kinds: dict[str, Any] = {model._meta.label_lower: model for model in REGISTRY.values()}
    return kinds | {label: subject.model for label, subject in SUBJECTS.items()}


def permission(label: str) -> str:
    subject = SUBJECTS.get(label)
    return subject.permission if subject else str(models()[label].view_permission)


def name(row: Any) -> str:
    subject = SUBJECTS.get(row._meta.label_lower)
    return subject.named(row)[:24] if subject else str(row.number)


def may(person: Any, row: Any) -> bool:
    """Whether the person may see what is told about."""
    subject = SUBJECTS.get(row._meta.label_lower)
    if subject and subject.shown:
        return bool(subject.shown(subject.model.objects.filter(pk=row.pk), person).exists())
    return access.may(person, permission(row._meta.label_lower), row)


def visible(rows: Any, person: Any) -> Any:
    label = rows.model._meta.label_lower
    subject = SUBJECTS.get(label)
    if subject and subject.shown:
        return subject.shown(rows, person)
    return access.visible_to(rows, person, permission(label))


def opened(told: Any, user: Any) -> Any:
    """What a notification is about, where it is no record and the person may see it; else None."""
    subject = SUBJECTS.get(told.record_type)
    if subject is None:
        return None
    rows = subject.model.objects.all() if subject.shown else subject.model.objects.visible_to(user)
    rows = rows.filter(pk=told.record_key)
    return (subject.shown(rows, user) if subject.shown else rows).first()
