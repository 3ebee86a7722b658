"""What a message would have done while its flow is in shadow: the very act is carried out and taken back before anybody sees it.

Only the answer stays (`Shadow`). A number that a record would have drawn is not used again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django.db import InterfaceError, OperationalError, transaction

from connectors import mes_messages as messages
from connectors.models import Direction, InboxMessage, Shadow, Verdict
from connectors.routes import ROUTES, Context, Route, is_known
from ncr.actions import Unborn, Waiting
from ncr.models import Nonconformance
from qms.api import strict_json
from qms.lib import canonical
from qms.lib.errors import Refusal
from qms.lib.quantity import show

from . import raw
from .apply import SHADOWED, Outcome, closing, context_of, departing, misfit, understand
from .places import site_of

log = logging.getLogger("qms.inbox")
AT_ONCE = 500


def settled(key: int, outcome: Outcome) -> Outcome:
    """Computed as soon as it is kept."""
    if outcome.state == SHADOWED:
        compute([key])
    return outcome


def compute(keys: Iterable[int]) -> int:
    """Once for each message; what goes wrong is an answer too. Returns how many were computed."""
    rows = InboxMessage.objects.filter(pk__in=list(keys), state=SHADOWED, shadow=None, interface__isnull=False)
    return sum(_one(message) for message in rows.select_related("interface", "sender").order_by("pk"))


def compute_left() -> int:
    """Those whose process died in between."""
    left = InboxMessage.objects.filter(state=SHADOWED, shadow=None).exclude(message_type__startswith="erp.")
    return compute(left.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


def _one(message: InboxMessage) -> bool:
    try:
        told = _foreseen(message)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # a defect of ours is what a shadow is there to find
        log.exception("shadow of message %s", message.pk)
        told = {"verdict": Verdict.FAULT, "problem": f"{type(error).__name__}: {error}"[:2000].replace("\x00", "")}
    assert message.interface is not None
    with transaction.atomic():
        held = InboxMessage.objects.select_for_update().get(pk=message.pk)
        if held.state != SHADOWED or Shadow.objects.filter(message=held).exists():
            return False
        Shadow.objects.create(
            interface=message.interface, site_id=message.site_id, direction=Direction.IN,
            object=message.message_type, message=held, **told,
        )  # fmt: skip
    return True


def _foreseen(message: InboxMessage) -> dict[str, Any]:
    told = strict_json.loads(bytes(message.body))
    told = messages.enveloped(told) if message.message_type == messages.COLUMNAR else told
    envelope, _faults = messages.read(messages.Envelope, told)
    route = ROUTES[message.message_type]
    terms = raw.terms(message_type=message.message_type, interface=message.interface_id)
    assert envelope is not None
    if stopped := departing(terms, envelope):
        return _waits(stopped.problem)
    read, faults = understand(route, envelope, terms)
    if faults:
        return _waits(misfit(faults, terms, envelope).problem)
    name = getattr(read, "site", "")
    site_id = site_of(name, terms.code or envelope.source) if name else message.site_id
    row = raw.Row(message.pk, False, message.received_at, message.source, SHADOWED)
    context = context_of(row, read, envelope, terms, site_id, message.sender)
    if isinstance(context, Outcome):
        return _waits(context.problem)
    return _tried(route, read, context, closing(row, terms), message.sender)


def _tried(route: Route, read: Any, context: Context, close: Any, by: Any) -> dict[str, Any]:
    """The act, whole, and back again."""
    take = route.repeat if route.repeat and is_known(read, context) else route.take
    try:
        with transaction.atomic():
            done = take(read, context, by, close)
            facts = _facts(done.number) if done.number else {}
            transaction.set_rollback(True)
    except Unborn as unborn:
        return _follows(read, context, unborn)
    except Waiting as waiting:
        return _waits(waiting.message)
    except Refusal as refusal:
        return {"verdict": Verdict.REFUSE, "problem": str(refusal)}
    facts |= {
        "defect": getattr(read, "defect_id", "") or context.message_id,
        "notes": [str(note) for note in done.notes],
    }
    is_update = done.is_update or route.is_news
    return {
        "verdict": Verdict.UPDATE if is_update else Verdict.CREATE, "facts": facts,
        "subject": done.number if is_update else "",
    }  # fmt: skip


def _follows(read: Any, context: Context, unborn: Unborn) -> dict[str, Any]:
    """It tells of a defect that is itself only a shadow."""
    before = Shadow.objects.filter(message__source=context.source, facts__defect=read.defect_id).exists()
    facts = {"defect": read.defect_id, "follows": True}
    return {"verdict": Verdict.UPDATE, "facts": facts} if before else _waits(unborn.message)


def _waits(problem: str) -> dict[str, Any]:
    return {"verdict": Verdict.WAIT, "problem": str(problem)}


def _facts(number: str) -> dict[str, Any]:
    """Of the record as it would stand; only NCRs are compared field by field."""
    ncr = Nonconformance.objects.select_related("defect_code").filter(number=number).first()
    return {} if ncr is None else facts_of(ncr)


def facts_of(ncr: Nonconformance) -> dict[str, str]:
    return {
        "part": ncr.part_number,
        "lot": ncr.lot_number,
        "order": ncr.order_number,
        "code": ncr.defect_code.code,
        "severity": ncr.severity,
        "quantity": show(ncr.affected_quantity),
        "unit": ncr.unit,
        "occurred_at": canonical.instant(ncr.occurred_at),
    }
