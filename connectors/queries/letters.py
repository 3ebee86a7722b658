"""Dead letters of an interface, grouped by cause: postings that the other side refused, messages that were rejected."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from connectors.models import Delivery, InboxMessage, Interface, LetterCare, MessageState

SHOWN = 500
VARIABLE = re.compile(r"“[^”]*”|'[^']*'|\d+")  # names and numbers differ from letter to letter; the cause does not


@dataclass(frozen=True)
class Letter:
    """`id`: out:<reference> or in:<uid>."""

    id: str
    at: Any
    label: str
    kind: str
    problem: str
    tries: int
    record: str = ""


@dataclass
class Cause:
    """`key` names the group in a form."""

    key: str
    text: str
    letters: list[Letter] = field(default_factory=list)
    assigned_to: Any = None

    @property
    def since(self) -> Any:
        return min(letter.at for letter in self.letters)


def letters(interface: Interface) -> list[Letter]:
    dead = Delivery.objects.filter(interface=interface, state="DEAD").select_related("posting").order_by("pk")
    rejected = InboxMessage.objects.filter(interface=interface, state=MessageState.REJECTED).defer("body", "headers")
    return [*map(_posting, dead[:SHOWN]), *map(_message, rejected.order_by("pk")[:SHOWN])]


def causes(found: Iterable[Letter]) -> list[Cause]:
    """The largest group first."""
    groups: dict[str, Cause] = {}
    for letter in found:
        text = VARIABLE.sub("…", letter.problem.splitlines()[0] if letter.problem else "")[:200]
        key = hashlib.sha256(f"{letter.kind}{text}".encode()).hexdigest()[:12]
        groups.setdefault(key, Cause(key, letter.problem[:300])).letters.append(letter)
    return sorted(groups.values(), key=lambda cause: -len(cause.letters))


def causes_of(interface: Interface) -> list[Cause]:
    """With whoever takes care of each."""
    care = LetterCare.objects.filter(interface=interface).select_related("assigned_to")
    held = {row.cause: row.assigned_to for row in care}
    found = causes(letters(interface))
    for cause in found:
        cause.assigned_to = held.get(cause.key)
    return found


def _posting(row: Delivery) -> Letter:
    posting = row.posting
    return Letter(
        id=f"out:{posting.reference}",
        at=row.made_at,
        label=posting.reference,
        kind=str(posting.get_kind_display()),
        problem=row.problem or posting.problem,
        tries=row.tries,
        record=posting.record_number,
    )


def _message(row: InboxMessage) -> Letter:
    return Letter(
        id=f"in:{row.uid}",
        at=row.received_at,
        label=row.message_id,
        kind=row.message_type,
        problem=row.problem,
        tries=row.tries,
        record=row.record_number,
    )
