"""T2: from the raw row to the record, in one transaction; whatever goes wrong, the row stays with the reason."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from celery import current_app
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from connectors import mapping
from connectors import mes_messages as messages
from connectors.models import InboxMessage, Mapping, MessageState, Stage
from connectors.routes import Closing, Context, Route, is_known
from ncr.actions import Unborn, Unknown, Waiting
from qms.lib.errors import Refusal

from . import causes, drift
from .faults import explain
from .places import fit, may_write, only_site
from .raw import Row, Terms

log = logging.getLogger("qms.inbox")
RULES: dict[int, dict[str, Any]] = {}  # rules of a version never change
NEW = MessageState.NEW.value
OBSERVED, SHADOWED = MessageState.OBSERVED.value, MessageState.SHADOWED.value
BELL = threading.Lock()


class SomebodyElse(Exception):
    """The row is no longer in the state in which it was taken up: another process has applied it."""


@dataclass(frozen=True)
class Outcome:
    """`causes`: why it waits, for the work list, in names of `system`. `is_update`: of a record that was there."""

    state: str
    number: str = ""
    problem: str = ""
    notes: tuple[str, ...] = ()
    causes: tuple[Unknown, ...] = ()
    system: str = ""
    is_update: bool = False


def understand(route: Route, envelope: messages.Envelope, terms: Terms) -> tuple[Any, list[messages.Fault]]:
    """The canonical message, by the active mapping version where the interface has one."""
    troubles: list[messages.Fault] = []
    data: Any = envelope.data
    if terms.mapping:
        mapped = mapping.apply(rules(terms.mapping), data)
        data = mapped.fields
        troubles = [messages.Fault(f"/data{t.pointer}", t.code, got=t.value) for t in mapped.troubles]
    message, faults = messages.read(route.message, data, pointer="/data")
    if message is not None:
        if hasattr(message, "defect_id") and not message.defect_id:
            message.defect_id = envelope.defectid or (envelope.subject or "" if route.is_news else "")[:200]
        faults = route.check(message)
    found = troubles + faults
    if envelope.type == messages.COLUMNAR:
        found = [replace(fault, pointer=messages.place_of(fault.pointer)) for fault in found]
    return message, found


def rules(version: int) -> dict[str, Any]:
    if version not in RULES:
        RULES[version] = Mapping.objects.values_list("rules", flat=True).get(pk=version)
    return RULES[version]


def unready(route: Route | None, terms: Terms, envelope: messages.Envelope, site_id: int | None) -> Outcome | None:
    """Why a message cannot be applied whatever it says. Every way in asks here: this is where a flow's stage is carried out."""
    if route and terms.is_open:
        return held_back(terms.stage(site_id or terms.site_id), terms, envelope) or departing(terms, envelope)
    text = _("The interface is paused or not live; the event is applied when it is.")
    if route is None:
        text = _("Events of the type “%(type)s” are kept, but not applied by this version.") % {"type": envelope.type}
    cause = Unknown("closed", "") if route else Unknown("type", envelope.type)
    return waits("PARKED", text, terms.code or envelope.source, cause)


def held_back(stage: str, terms: Terms, envelope: messages.Envelope) -> Outcome | None:
    """Observe: kept as it came. Shadow: computed beside (shadow.py). Off: only what a transport had in hand comes this far."""
    if stage == Stage.OBSERVE:
        return Outcome(OBSERVED, problem=_("The flow is only observed: the message is kept and not looked into."))
    if stage == Stage.SHADOW:
        return Outcome(SHADOWED, problem=_("The flow is in shadow: what it would do is computed, nothing is written."))
    if stage == Stage.OFF:
        text = _("The flow is off; the message is kept until somebody decides about it.")
        return waits("PARKED", text, terms.code or envelope.source, Unknown("closed", ""))
    return None


def departing(terms: Terms, envelope: messages.Envelope) -> Outcome | None:
    """Before anything is understood wrongly: what departs from the contract where the mapping needs it waits for a person."""
    if terms.contract is None or not terms.is_open:
        return None
    known = drift.terms_of(terms.contract, terms.edition, terms.mapping)
    found = drift.findings(known, envelope.data)
    if not found:
        return None
    drift.note(known, envelope.data, found)
    stops = [one for one in found if one.stops]
    if not stops:
        return None
    causes = [Unknown("drift", f"{envelope.type} {one.kind} {one.pointer} {one.got}".strip()[:200]) for one in stops]
    return waits("NEEDS_MAPPING", " ".join(drift.told(one) for one in stops), terms.code or envelope.source, *causes)


def waits(state: str, problem: str, system: str, *causes: Unknown) -> Outcome:
    return Outcome(state, problem=problem, causes=causes, system=system)


def misfit(faults: list[messages.Fault], terms: Terms, envelope: messages.Envelope) -> Outcome:
    """The mapping version does not fit what came."""
    text = " ".join(str(explain(f).detail) for f in faults)
    return waits("NEEDS_MAPPING", text, terms.code or envelope.source, Unknown("fields", envelope.type))


def apply_message(
    row: Row, route: Route, message: Any, envelope: messages.Envelope, terms: Terms, site_id: int | None, by: Any
) -> Outcome:
    """Site first, then the act. `site_id`: what the event named, None for none."""
    context = context_of(row, message, envelope, terms, site_id, by)
    if isinstance(context, Outcome):
        return settle(row, context)
    return take(row=row, route=route, message=message, context=context, terms=terms, by=by)


def context_of(
    row: Row, message: Any, envelope: messages.Envelope, terms: Terms, site_id: int | None, by: Any
) -> Context | Outcome:
    """What the message itself does not say; an Outcome when it belongs to no site that the sender may write to."""
    named = getattr(message, "site", "")
    if site_id is None and not named:
        site_id = terms.site_id or only_site(by)
    if site_id is None:
        text = _("The site “%(site)s” is not known here. Map it.") % {"site": named} if named else ""
        cause = Unknown("site", named) if named else Unknown("no_site", "")
        return waits("NEEDS_MAPPING", text or _("The event names no site."), terms.code or envelope.source, cause)
    if not may_write(by, site_id):
        return Outcome(MessageState.REJECTED, problem=_("The token is not good for this site."))
    return Context(
        system=terms.code or envelope.source,
        site_id=site_id,
        source=fit(row.source, 40),
        message_id=fit(envelope.id, 120),
        received_at=row.received_at,
        event_time=envelope.time or "",
        zone=terms.zone,
        language=terms.language,
        spelling=terms.spelling or {},
    )


def take(*, row: Row, route: Route, message: Any, context: Context, terms: Terms, by: Any) -> Outcome:
    """Never raises for what a message holds; raises OperationalError when the database went away, with the row still there."""
    try:
        with transaction.atomic():
            done = route.take(message, context, by, closing(row, terms))
            if done.closed != 1:
                raise SomebodyElse(row.id)
            if done.doubts or row.state != NEW:
                causes.keep([(row.id, context.system, done.doubts)])
    except Waiting as unknown:
        system = context.source if isinstance(unknown, Unborn) else context.system
        return settle(row, waits(unknown.settles, unknown.message, system, *unknown.names))
    except Refusal as refusal:
        return settle(row, Outcome(MessageState.REJECTED, problem=str(refusal)))
    except (OperationalError, InterfaceError):
        raise
    except (SomebodyElse, IntegrityError) as race:
        return _raced(race, row=row, route=route, message=message, context=context, terms=terms, by=by)
    except Exception as error:  # the raw row must outlive every mistake of ours
        return trouble(row, error)
    return Outcome(MessageState.APPLIED, done.number, notes=tuple(done.notes), is_update=done.is_update)


def _raced(
    race: Exception, *, row: Row, route: Route, message: Any, context: Context, terms: Terms, by: Any
) -> Outcome:
    """Another process has applied it, or another message has told of the same thing before: then this one tells again."""
    if (now := reread(row)).state != row.state:
        return now
    if route.repeat is None or not is_known(message, context):
        return trouble(row, race)
    again = replace(route, take=route.repeat, repeat=None)
    return take(row=row, route=again, message=message, context=context, terms=terms, by=by)


def closing(row: Row, terms: Terms) -> Closing:
    """Part of the same transaction as the record: the effect comes exactly once (core-path.md §5.2)."""

    def close(number: str, notes: list[str]) -> tuple[str, list[Any]]:
        return CLOSE, [MessageState.APPLIED.value, number, " ".join(notes), terms.mapping, row.id, row.state]

    return close


CLOSE = """
UPDATE connectors_inboxmessage SET state = %s, record_number = %s, problem = %s, mapping_id = %s::bigint, tries = tries + 1,
    applied_at = clock_timestamp(), next_at = NULL
WHERE id = %s AND state = %s RETURNING id"""


def settle(row: Row, what: Outcome) -> Outcome:
    """The row waits, or is refused, and says why."""
    mine = InboxMessage.objects.filter(pk=row.id, state=row.state)
    if not mine.update(state=what.state, problem=what.problem, next_at=None):
        return reread(row)
    if what.causes or row.state != NEW:
        causes.keep([(row.id, what.system, what.causes)])
    return what


def trouble(row: Row, error: Exception, *, rings: bool = True) -> Outcome:
    """A mistake of ours: the row stays as it is, is tried again later and shows the error to a person."""
    log.exception("message %s was not applied", row.id, exc_info=error)
    problem = f"{type(error).__name__}: {error}"[:2000].replace("\x00", "")
    held = InboxMessage.objects.filter(pk=row.id).values_list("tries", flat=True).first() or 0
    wait = timedelta(seconds=min(15 * 2**held, 3600))
    try:
        InboxMessage.objects.filter(pk=row.id, state=row.state).update(
            problem=problem, tries=held + 1, next_at=Now() + wait
        )
    except DatabaseError:
        log.exception("message %s: the reason was not kept", row.id)
    if rings:
        ring()
    return Outcome(NEW, problem=_("Kept, but not applied yet: an error of ours. It is tried again by itself."))


def reread(row: Row) -> Outcome:
    state, number, problem = InboxMessage.objects.values_list("state", "record_number", "problem").get(pk=row.id)
    return Outcome(state, number, problem)


def ring() -> None:
    """Tell a worker, beside the answer and one bell at a time. Without a broker the next sweep finds the row."""
    if BELL.acquire(blocking=False):
        threading.Thread(target=_ring, daemon=True).start()


def _ring() -> None:
    try:
        current_app.send_task("connectors.sweep_inbox", retry=False, ignore_result=True, expires=60)
    except Exception as away:  # whatever the transport raises: a bell is never worth a request
        log.warning("the doorbell does not ring: %s", away)
    finally:
        BELL.release()
