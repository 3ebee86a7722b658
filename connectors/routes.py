"""Which act takes which message: one row per type of event."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from connectors import mes_messages as messages
from ncr import actions as ncr
from ncr.models import ProductionKind
from qms.lib import statement

AHEAD, BEHIND = timedelta(minutes=2), timedelta(hours=24)


@dataclass(frozen=True)
class Context:
    """What the message itself does not say. `system`: whose names it uses; `zone`, `language`: of the interface."""

    system: str
    site_id: int
    source: str
    message_id: str
    received_at: datetime
    event_time: str = ""
    zone: str = "UTC"
    language: str = "en"


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


def take_defect(message: messages.DefectReported, context: Context, by: Any, closing: Closing) -> Done:
    defect, notes = named(message, context)

    def close(number: str, more: list[str]) -> tuple[str, list[Any]]:
        return closing(number, [*notes, *more])

    taken = ncr.take_defect(defect=defect, by=by, origin=f"mes:{context.system}", closing=close)
    return Done(taken.ncr.number, [*notes, *taken.notes], taken.closed, taken.doubts)


def take_defects(pairs: Sequence[tuple[Any, Context]], by: Any, closing: ncr.ClosingAll) -> ncr.Many:
    """As take_defect, for messages of one system; `closing` gets the notes of both kinds."""
    known = [named(message, context) for message, context in pairs]

    def close(taken: dict[int, tuple[str, list[str]]]) -> bool:
        for place, (_number, notes) in taken.items():
            notes[:0] = known[place][1]
        return closing(taken)

    defects = [defect for defect, _notes in known]
    return ncr.take_defects(defects=defects, by=by, origin=f"mes:{pairs[0][1].system}", closing=close)


def named(message: messages.DefectReported, context: Context) -> tuple[ncr.NamedDefect, list[str]]:
    occurred, notes = moment(message.detected_at or context.event_time, context)
    defect = ncr.NamedDefect(
        system=context.system,
        site_id=context.site_id,
        code=message.nc_code,
        quantity=message.quantity.affected,
        unit=message.quantity.unit,
        occurred_at=occurred,
        received_at=context.received_at,
        part=message.part,
        part_revision=message.part_revision,
        order=message.order,
        lot=message.lot,
        operation=message.operation,
        work_center=message.work_center,
        severity=message.severity,
        description=description(message),
        detected_by=message.operator,
        source=context.source,
        source_event=defect_of(message, context),
        sequence=None if message.sequence is None else int(message.sequence),
        said_at=None if message.sequence is None else time_of(context),
        language=context.language,
    )
    return defect, notes


def defect_of(message: Any, context: Context) -> str:
    """The MES's own name of the defect, as the record keeps it."""
    return messages.fit(message.defect_id, 120) if message.defect_id else context.message_id


def is_known(message: messages.DefectReported, context: Context) -> bool:
    """Another message has logged this very defect."""
    defect = defect_of(message, context)
    return bool(ncr.logged_before(source=context.source, defects=[defect]))


def known_among(pairs: Sequence[tuple[messages.DefectReported, Context]]) -> set[tuple[str, str]]:
    """(source, defect) of those that were logged before. Only where the MES names its defects itself; a defect that has
    the event's own id cannot have come before, and the database would say so."""
    wanted: dict[str, list[str]] = {}
    for message, context in pairs:
        if message.defect_id:
            wanted.setdefault(context.source, []).append(defect_of(message, context))
    return {(source, d) for source, names in wanted.items() for d in ncr.logged_before(source=source, defects=names)}


def take_news(message: Any, context: Context, by: Any, closing: Closing) -> Done:
    """A change, a cancellation, or a defect that is logged once more."""
    heard = ncr.take_news(news=news_of(message, context), by=by, origin=f"mes:{context.system}")
    closed = len(statement.rows(*closing(heard.ncr.number, heard.notes)))
    return Done(heard.ncr.number, heard.notes, closed, heard.doubts, is_update=True)


def take_all_news(pairs: Sequence[tuple[Any, Context]], by: Any, closing: ncr.ClosingAll) -> ncr.Many:
    """As take_news, for messages of one system, in their order."""
    news = [news_of(message, context) for message, context in pairs]
    return ncr.take_all_news(news=news, by=by, closing=closing, origin=f"mes:{pairs[0][1].system}")


def news_of(message: Any, context: Context) -> ncr.DefectNews:
    told: dict[str, Any] = {
        "source": context.source,
        "defect": defect_of(message, context),
        "system": context.system,
        "site_id": context.site_id,
        "sequence": None if message.sequence is None else int(message.sequence),
        "at": time_of(context),
    }
    if isinstance(message, messages.DefectCancelled):
        return ncr.DefectNews(**told, is_cancelled=True, note=message.note)
    quantity = message.quantity or messages.QuantityNow()
    return ncr.DefectNews(
        **told,
        is_report=isinstance(message, messages.DefectReported),
        quantity=quantity.affected,
        unit=quantity.unit,
        severity=message.severity,
        note=description(message),
        operation=message.operation,
        work_center=message.work_center,
        operator=message.operator,
        part_revision=message.part_revision,
        part=message.part,
        order=message.order,
        lot=message.lot,
        code=message.nc_code,
    )


def take_production(
    kind: ProductionKind, message: messages.ProductionReported, context: Context, by: Any, closing: Closing
) -> Done:
    occurred, notes = moment(message.occurred_at or context.event_time, context)
    quantity = message.quantity or messages.QuantityNow()
    production = ncr.Production(
        site_id=context.site_id,
        kind=kind,
        source=context.source,
        source_event=context.message_id,
        occurred_at=occurred,
        received_at=context.received_at,
        part_number=message.part,
        order_number=message.order,
        operation=message.operation,
        lot_number=message.lot,
        serials=message.serials,
        quantity=quantity.affected,
        unit=quantity.unit,
        work_center=message.work_center,
        from_place=message.from_place,
        to_place=message.to_place,
    )
    broken = ncr.report_production(production=production, by=by, origin=f"mes:{context.system}")
    text = _("The material was on hold %(hold)s at that time; somebody is asked to look.")
    notes += [text % {"hold": hold.number} for hold in broken]
    closed = len(statement.rows(*closing("", notes)))
    return Done("", notes, closed, [ncr.Unknown("breach", hold.number) for hold in broken])


def production(kind: ProductionKind) -> Route:
    return Route(messages.ProductionReported, messages.check_production, functools.partial(take_production, kind))


def time_of(context: Context) -> datetime | None:
    return moment(context.event_time, context)[0] if context.event_time else None


def description(message: messages.DefectReported | messages.DefectUpdated) -> str:
    if not message.serials:
        return message.note
    return f"{message.note}\n{_('Serials')}: {', '.join(message.serials)}".strip()


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


ROUTES: dict[str, Route] = {
    "mes.defect.logged": Route(
        messages.DefectReported, messages.check_logged, take_defect, take_defects, take_news, take_all_news
    ),
    "mes.defect.updated": Route(messages.DefectUpdated, messages.check_news, take_news, take_all_news, is_news=True),
    "mes.defect.cancelled": Route(
        messages.DefectCancelled, messages.check_news, take_news, take_all_news, is_news=True
    ),
    "mes.operation.started": production(ProductionKind.STARTED),
    "mes.operation.completed": production(ProductionKind.COMPLETED),
    "mes.material.moved": production(ProductionKind.MOVED),
}
