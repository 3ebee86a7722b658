"""Operations and movements."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from connectors import mes_messages as messages
from ncr import actions as ncr
from ncr.models import ProductionKind
from qms.lib import statement

from .base import Closing, Context, Done, Route, moment


def take_production(
    kind: ProductionKind, message: messages.ProductionReported, context: Context, by: Any, closing: Closing
) -> Done:
    production, notes = told(kind, message, context)
    broken = ncr.report_production(production=production, by=by, origin=f"mes:{context.system}")
    notes += [ncr.broken_note(hold) for hold in broken]
    closed = len(statement.rows(*closing("", notes)))
    return Done("", notes, closed, [ncr.Unknown("breach", hold.number) for hold in broken])


def take_all_production(
    kind: ProductionKind, pairs: Sequence[tuple[Any, Context]], by: Any, closing: ncr.ClosingAll
) -> ncr.Many:
    """As take_production, for messages of one system and kind; `closing` gets the notes of both kinds."""
    known = [told(kind, message, context) for message, context in pairs]

    def close(taken: dict[int, tuple[str, list[str]]]) -> bool:
        for place, (_number, notes) in taken.items():
            notes[:0] = known[place][1]
        return closing(taken)

    productions = [production for production, _notes in known]
    origin = f"mes:{pairs[0][1].system}"
    return ncr.report_all_production(productions=productions, by=by, closing=close, origin=origin)


def told(
    kind: ProductionKind, message: messages.ProductionReported, context: Context
) -> tuple[ncr.Production, list[str]]:
    occurred, notes = moment(message.occurred_at or context.event_time, context)
    quantity = message.quantity or messages.QuantityNow()
    production = ncr.Production(
        site_id=context.site_id,
        kind=kind,
        source=context.source,
        source_event=context.message_id,
        occurred_at=occurred,
        received_at=context.received_at,
        part_number=context.name("item", message.part),
        order_number=context.name("order", message.order),
        operation=message.operation,
        lot_number=context.name("lot", message.lot),
        serials=message.serials,
        quantity=quantity.affected,
        unit=quantity.unit,
        work_center=message.work_center,
        from_place=message.from_place,
        to_place=message.to_place,
    )
    return production, notes


def production(kind: ProductionKind) -> Route:
    take, take_all = functools.partial(take_production, kind), functools.partial(take_all_production, kind)
    return Route(messages.ProductionReported, messages.check_production, take, take_all)
