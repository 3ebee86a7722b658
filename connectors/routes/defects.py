"""Defects: logged, told anew, cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from connectors import mes_messages as messages
from ncr import actions as ncr
from ncr.models import Nonconformance
from qms.lib import statement

from .base import Closing, Context, Done, moment, time_of


def take_defect(message: messages.DefectReported, context: Context, by: Any, closing: Closing) -> Done:
    defect, notes = named(message, context)

    def close(number: str, more: list[str]) -> tuple[str, list[Any]]:
        return closing(number, [*notes, *more])

    taken = ncr.take_defect(defect=defect, by=by, origin=f"mes:{context.system}", closing=close)
    if message.traveler:
        link(taken.ncr, message.traveler, context, by)
    return Done(taken.ncr.number, [*notes, *taken.notes], taken.closed, taken.doubts)


def link(record: Any, named: messages.TravelerNamed, context: Context, by: Any) -> None:
    """In the transaction of the record; it says by its own line where it comes from."""
    pointer = ncr.Pointer(
        system=named.system or context.system,
        record_type=named.record_type,
        record_id=messages.fit(named.id, 120),
        url=named.url,
        title=named.title,
        sha256=named.sha256,
        captured_at=moment(named.captured_at or context.event_time, context)[0],
    )
    origin = f"mes:{context.system}"
    ncr.link_traveler(ncr=record, pointer=pointer, by=by, source_event=context.message_id, origin=origin)


def take_defects(pairs: Sequence[tuple[Any, Context]], by: Any, closing: ncr.ClosingAll) -> ncr.Many:
    """As take_defect, for messages of one system; `closing` gets the notes of both kinds."""
    known = [named(message, context) for message, context in pairs]

    def close(taken: dict[int, tuple[str, list[str]]]) -> bool:
        for place, (_number, notes) in taken.items():
            notes[:0] = known[place][1]
        return closing(taken)

    defects = [defect for defect, _notes in known]
    many = ncr.take_defects(defects=defects, by=by, origin=f"mes:{pairs[0][1].system}", closing=close)
    linked = {many.taken[place][0]: pairs[place] for place in many.taken if pairs[place][0].traveler}
    for record in Nonconformance.objects.filter(number__in=linked) if linked else ():
        message, context = linked[record.number]
        link(record, message.traveler, context, by)
    return many


def named(message: messages.DefectReported, context: Context) -> tuple[ncr.NamedDefect, list[str]]:
    occurred, notes = moment(message.detected_at or context.event_time, context)
    defect = ncr.NamedDefect(
        system=context.system,
        site_id=context.site_id,
        code=context.name("defect_code", message.nc_code),
        quantity=message.quantity.affected,
        unit=context.name("unit", message.quantity.unit),
        occurred_at=occurred,
        received_at=context.received_at,
        part=context.name("item", message.part),
        part_revision=context.name("revision", message.part_revision),
        order=context.name("order", message.order),
        lot=context.name("lot", message.lot),
        operation=message.operation,
        work_center=context.name("work_center", message.work_center),
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
        "received_at": context.received_at,
    }
    if isinstance(message, messages.DefectCancelled):
        return ncr.DefectNews(**told, is_cancelled=True, note=message.note)
    quantity = message.quantity or messages.QuantityNow()
    return ncr.DefectNews(
        **told,
        is_report=isinstance(message, messages.DefectReported),
        quantity=quantity.affected,
        unit=context.name("unit", quantity.unit),
        severity=message.severity,
        note=description(message),
        operation=message.operation,
        work_center=context.name("work_center", message.work_center),
        operator=message.operator,
        part_revision=context.name("revision", message.part_revision),
        part=context.name("item", message.part),
        order=context.name("order", message.order),
        lot=context.name("lot", message.lot),
        code=context.name("defect_code", message.nc_code),
    )


def description(message: messages.DefectReported | messages.DefectUpdated) -> str:
    if not message.serials:
        return message.note
    return f"{message.note}\n{_('Serials')}: {', '.join(message.serials)}".strip()
