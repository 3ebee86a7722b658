"""From rows to the inbox, and what is remembered of it: one Intake per file, page or answer."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from connectors import inbox
from connectors.base import ConnectorError
from connectors.inbox import raw
from connectors.inbox.arrival import told as faults_told
from connectors.inbox.sweep import FILE
from connectors.models import InboxMessage, Intake, Interface, MessageState
from qms.lib import statement
from qms.lib.errors import NotNow

from . import objects, words
from .base import ENCODER, Bad, Content, Format, Row
from .caller import caller
from .outcome import Result, Whole, Wrong

log = logging.getLogger(__name__)

ERRORS_KEPT, NUMBERS_KEPT = 500, 1000
COUNTS = {"created": "created", "updated": "updated", "duplicate": "repeated", "rejected": "refused"}


# What is not the fault of what came: it is tried again as it is.
PASSING = (Bad, NotNow, ConnectorError, OSError, OperationalError, InterfaceError)


@contextmanager
def foreseen(interface: Interface, name: str) -> Iterator[None]:
    """Whatever nobody foresaw is a matter of this one file or page, kept with its reason, and never stops those behind it."""
    try:
        yield
    except PASSING:
        raise
    except Exception as error:
        log.exception("%s: %s could not be worked through", interface.code, name)
        raise Bad("unforeseen", why=f"{type(error).__name__}: {error}"[:300]) from error


def event_of(
    interface: Interface, row: Row, form: Format, *, batch: str, prefix: str = "", at: str = ""
) -> inbox.Event:
    """The CloudEvent of one row. `batch`: by which a row without an id of its own is called."""
    fault = words.told(row.fault[1], row.fault[2]) if row.fault else ""
    where = f"/data/{row.fault[0]}" if row.fault and row.fault[0] else ""
    if row.event and not row.fault:
        return inbox.Event(row.event)
    name = row.id or f"{batch[:16]}:{row.number}"
    name += f"@{row.key}" if row.key else ""
    kind = row.type or form.type
    value = {
        "specversion": "1.0",
        "id": f"{prefix}{name}:{row.type}"[:200] if form.type_column and row.type else f"{prefix}{name}"[:200],
        "source": interface.code,
        "type": kind[:80],
        "data": row.data,
    }
    if row.id:
        value |= {"subject": row.id[:200], "defectid": row.id[:200]}
    if at:
        value["time"] = at
    return inbox.Event(ENCODER.encode(value), fault, where)


def take(
    interface: Interface, content: Content, form: Format, *, batch: str, whole: bool, headers: dict[str, str],
    by: Any = None, at: dt.datetime | None = None,
) -> Result:  # fmt: skip
    """Every row by itself; with `whole` none when one would be refused (raises Bad). `at`: when it came."""
    by = by or caller(interface)
    if objects.is_object(form.type):
        return objects.take(interface, content, form, whole=whole, headers=headers, by=by, at=at)
    made = [event_of(interface, row, form, batch=batch) for row in content.rows]
    if whole and (refused := inbox.faults_of(events=made, headers=headers, caller=by)):
        raise Whole(_wrong(refused, content.rows))
    answers = inbox.take_in(events=made, headers=headers, caller=by)
    result = Result(notes=content.notes)
    for answer in answers:
        name = COUNTS.get(answer.status, "waiting")
        result.counts[name] = result.counts.get(name, 0) + 1
        if answer.record and answer.record not in result.numbers:
            result.numbers.append(answer.record)
    result.wrong = _wrong([answer for answer in answers if answer.status == "rejected"], content.rows)
    return result


def _wrong(answers: Iterable[inbox.ItemAnswer], rows: list[Row]) -> list[Wrong]:
    found = []
    for answer in answers:
        row = rows[answer.index]
        if row.fault:
            found.append(Wrong(row.number, *row.fault))
        else:
            column = answer.faults[0].pointer.removeprefix("/data/") if answer.faults else ""
            text = faults_told(answer.faults) if answer.faults else answer.problem
            found.append(Wrong(row.number, column, "row", {"text": text}))
    return found


def keep_raw(interface: Interface, *, name: str, body: bytes, sha256: str, headers: dict[str, str]) -> raw.Row:
    """The bytes as they came, committed before anybody reads them; the same bytes once (`is_new` False)."""
    row, _terms = raw.store(
        code=interface.code,
        source=f"{interface.code}|files",
        message_id=sha256,
        message_type=FILE,
        sender=caller(interface).pk,
        site_id=interface.site_id,
        fallback=None,
        headers={"name": name, **headers},
        body=body,
    )
    assert row is not None  # a file is no flow that could be off; its rows are
    return row


def finish_raw(message_id: int, result: Result) -> None:
    """The raw file is applied, or among the dead letters with what is wrong with it."""
    if result.bad:
        line = _("Line %(row)s:") % {"row": result.bad.row} + " " if result.bad.row else ""
        column = f"“{result.bad.column}” " if result.bad.column else ""
        raw.settle_all([(message_id, MessageState.REJECTED, f"{line}{column}{result.bad.text}")])
    else:
        statement.rows(APPLIED, [message_id])


def given_free(interface: Interface) -> list[InboxMessage]:
    """Raw messages that a person gave free for another try, or that a dead process left."""
    return list(
        InboxMessage.objects.filter(interface=interface, message_type=FILE, state=MessageState.NEW).order_by("pk")[:50]
    )


def reopen(message_id: int) -> None:
    """The very file that was refused comes again."""
    InboxMessage.objects.filter(pk=message_id, state=MessageState.REJECTED).update(state=MessageState.NEW)


APPLIED = """
UPDATE connectors_inboxmessage SET state = 'APPLIED', problem = '', tries = tries + 1, applied_at = clock_timestamp(), next_at = NULL
WHERE id = %s AND state = 'NEW' RETURNING id"""


def begin(interface: Interface, name: str, **values: Any) -> Intake:
    made: Intake = Intake.objects.create(interface=interface, name=name[:255], **values)
    return made


def finish(intake: Intake, result: Result, *, state: str = "") -> None:
    wrong = [result.bad, *result.wrong] if result.bad else result.wrong
    Intake.objects.filter(pk=intake.pk).update(
        state=state or result.state,
        finished_at=Now(),
        **{name: result.counts.get(name, 0) for name in ("created", "updated", "repeated", "waiting", "refused")},
        errors=[vars(one) for one in wrong[:ERRORS_KEPT]],
        numbers=result.numbers[:NUMBERS_KEPT],
        notes=[list(note) for note in result.notes[:ERRORS_KEPT]],
    )


def bad(problem: Bad) -> Result:
    values = {name: str(value) for name, value in problem.values.items()}
    made = Result(bad=Wrong(problem.row, problem.column, problem.code, values))
    if isinstance(problem, Whole):
        made.wrong = problem.wrong
    return made
