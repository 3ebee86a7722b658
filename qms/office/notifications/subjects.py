"""What is no record and still may be told about: an interface, a webhook. Higher rooms register theirs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qms.records.models import REGISTRY


@dataclass(frozen=True)
class Subject:
    """`permission`: who sees it; `named`: its short name in the inbox. The model knows its site and its address."""

    model: Any
    permission: str
    named: Callable[[Any], str]


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


def opened(told: Any, user: Any) -> Any:
    """What a notification is about, where it is no record and the person may see it; else None."""
    subject = SUBJECTS.get(told.record_type)
    return subject.model.objects.visible_to(user).filter(pk=told.record_key).first() if subject else None
