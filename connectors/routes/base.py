"""What a route is, and what every one of them knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from connectors import mes_messages as messages
from ncr import actions as ncr
from qms.masterdata import spelling

AHEAD, BEHIND = timedelta(minutes=2), timedelta(hours=24)


@dataclass(frozen=True)
class Context:
    """What the message itself does not say. `system`: whose names it uses; `zone`, `language`, `spelling`: of the interface."""

    system: str
    site_id: int
    source: str
    message_id: str
    received_at: datetime
    event_time: str = ""
    zone: str = "UTC"
    language: str = "en"
    spelling: Mapping[str, int] = field(default_factory=dict)

    def name(self, kind: str, told: str) -> str:
        """As the name is looked up: by the rule of spelling that its interface has for such names."""
        return spelling.name(self.spelling, kind, told) if self.spelling else told


@dataclass(frozen=True)
class Done:
    """`notes`: what was taken over with a reservation, in words. `closed`: rows that the closing statement found.
    `doubts`: what is left for a person. `is_update`: of a record that was there."""

    number: str
    notes: list[str] = field(default_factory=list)
    closed: int = 0
    doubts: list[ncr.Unknown] = field(default_factory=list)
    is_update: bool = False


# (number, notes) → the UPDATE … RETURNING that marks the message as applied, in the act's own transaction.
Closing = Callable[[str, list[str]], tuple[str, list[Any]]]


# (pairs of message and context of one system, by, closing) → all of them in one act, or whatever the database says.
TakeAll = Callable[[Sequence[tuple[Any, Context]], Any, ncr.ClosingAll], ncr.Many]


@dataclass(frozen=True)
class Route:
    """`take(message, context, by, closing)` runs the closing statement and says how many rows it found.

    `repeat`, `repeat_all`: the same for one that tells again of what another message has made a record of (`twin`).
    """

    message: type[Any]
    check: Callable[[Any], list[messages.Fault]]
    take: Callable[..., Done]
    take_all: TakeAll | None = None
    repeat: Callable[..., Done] | None = None
    repeat_all: TakeAll | None = None
    is_news: bool = False  # names a defect that was logged before, by `defect_id` or by the event's subject


def time_of(context: Context) -> datetime | None:
    return moment(context.event_time, context)[0] if context.event_time else None


def moment(text: str, context: Context) -> tuple[datetime, list[str]]:
    """When it happened, in UTC, and what is odd about it. A time without offset is in the interface's zone."""
    sent = messages.instant(text) if text else None
    if sent is None:
        return context.received_at, []
    notes = []
    if sent.tzinfo is None:
        sent, note = in_zone(sent, context.zone)
        notes.append(note)
    sent = sent.astimezone(UTC)
    if sent > context.received_at + AHEAD:
        notes.append(_("The event's time lies ahead of ours; compare the clocks (GET mes/time)."))
    elif sent < context.received_at - BEHIND:
        notes.append(_("The event arrived more than a day after it happened."))
    return sent, notes


def in_zone(naive: datetime, zone: str) -> tuple[datetime, str]:
    here = naive.replace(tzinfo=ZoneInfo(zone))
    if here.utcoffset() != here.replace(fold=1).utcoffset():
        return here, _("The time without offset is ambiguous or does not exist in %(zone)s (clock change).") % {
            "zone": zone
        }
    return here, _("The time came without an offset; it was read as %(zone)s.") % {"zone": zone}
