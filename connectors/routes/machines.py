"""Tests of pieces and alerts of machines."""

from __future__ import annotations

import functools
from typing import Any

from django.utils.translation import gettext as _

from connectors import mes_messages as messages
from inspection import actions as inspection
from qms.lib import statement

from .base import Closing, Context, Done, Route, moment
from .measurements import judged, waiting


def take_test(message: messages.PieceTested, context: Context, by: Any, closing: Closing) -> Done:
    occurred, notes = moment(message.tested_at or context.event_time, context)
    at = context.event_time or context.received_at.isoformat()
    told = inspection.ToldTest(
        site_id=context.site_id,
        source=context.source,
        source_event=context.message_id,
        verdict=message.verdict,
        occurred_at=occurred,
        received_at=context.received_at,
        codes=message.nc_codes,
        severity=message.severity,
        program=message.program,
        part_number=message.part,
        part_revision=message.part_revision,
        serial=message.serial or "".join(message.serials),
        lot_number=message.lot,
        order_number=message.order,
        operation=message.operation,
        work_center=message.work_center,
        station=message.station or message.equipment,
        operator=message.operator,
        note=message.note,
    )
    values = judged(message.columns(at, context.message_id), context) if message.values else None
    _row, unknown = inspection.report_test(
        test=told, system=context.system, by=by, values=values, origin=f"mes:{context.system}"
    )
    notes += waiting(unknown)
    return Done("", notes, len(statement.rows(*closing("", notes))))


def take_alert(is_raised: bool, message: messages.AlertRaised, context: Context, by: Any, closing: Closing) -> Done:
    at, notes = moment(message.occurred_at or context.event_time, context)
    told = inspection.ToldAlert(
        site_id=context.site_id,
        source=context.source,
        alert=messages.fit(message.alert_id or context.message_id, 120),
        is_raised=is_raised,
        at=at,
        received_at=context.received_at,
        equipment=message.equipment,
        work_center=message.work_center,
        code=message.code,
        severity=message.severity,
        text=message.text,
    )
    _row, is_news = inspection.report_alert(told=told, by=by, origin=f"mes:{context.system}")
    if not is_news:
        notes.append(_("Something newer was told of this alert before."))
    return Done("", notes, len(statement.rows(*closing("", notes))))


def alert(*, is_raised: bool) -> Route:
    check = messages.check_raised if is_raised else messages.check_cleared
    return Route(messages.AlertRaised, check, functools.partial(take_alert, is_raised))


TEST = Route(messages.PieceTested, messages.check_test, take_test)
