"""What a MES says that it holds: read back against what was asked of it (integration-mes.md §8, verified)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from connectors import mes_messages as messages
from qms.commands import readback
from qms.lib import statement
from qms.masterdata.models import Crosswalk

from .base import AHEAD, Closing, Context, Done, Route, moment


def take_hold(message: messages.HoldReported, context: Context, by: Any, closing: Closing) -> Done:
    at, notes = moment(message.reported_at or context.event_time, context)
    if at > context.received_at + AHEAD:
        at = context.received_at  # a clock far ahead silences no later report
    quantity = message.quantity or messages.QuantityNow()
    report = readback.Report(
        is_held=message.held,
        at=at,
        source=context.source,
        event=context.message_id,
        quantity=quantity.affected,
        unit=quantity.unit,
        there=message.hold_id or message.url,
    )
    rows = readback.matching(
        target=context.system,
        site_id=context.site_id,
        command=message.command.lower(),
        lots=_meant(context, "lot", message.lot),
        orders=_meant(context, "order", message.order),
        parts=_meant(context, "item", message.part),
    )
    number = ""
    for row in rows:
        heard, outcome = readback.hear(command=row, report=report, by=by)
        number = heard.record_number
        if outcome == readback.DIFFERS:
            notes.append(heard.problem)
    if not rows:
        notes.append(_("Nothing of this was asked of the system; the report is kept."))
    return Done(number, notes, len(statement.rows(*closing(number, notes))), is_update=True)


def _meant(context: Context, kind: str, told: str) -> list[str]:
    """The name as told, as it is spelt here, and what it stands for."""
    spelt = context.name(kind, told)
    known = Crosswalk.objects.current().filter(source=context.system, kind=kind, foreign_value=spelt)
    return list({told, spelt, *known.exclude(local_value="").values_list("local_value", flat=True)}) if told else []


HOLD = Route(messages.HoldReported, messages.check_hold, take_hold)
