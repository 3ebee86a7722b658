"""One event from the outside: keep it, try to apply it at once, answer with what became of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from connectors import mes_messages as messages
from connectors.models import MessageState
from connectors.routes import ROUTES, Route
from qms.accounts import access
from qms.api.parsers import parse
from qms.api.problems import Malformed
from qms.lib.clock import now
from qms.lib.errors import NotNow

from . import raw, shadow
from .apply import (
    NEW,
    OBSERVED,
    SHADOWED,
    Outcome,
    apply_message,
    departing,
    misfit,
    reread,
    settle,
    understand,
    unready,
)
from .faults import explain
from .places import only_site, site_of, spelling
from .sweep import apply_awaiting

PATIENCE = (
    0.01,
    0.02,
    0.04,
    0.08,
    0.15,
    0.3,
    0.6,
    0.8,
)  # seconds a repetition waits for the first one, which is under way
RETRY_AFTER = 3600  # seconds; of a flow that is off
CODES = {"foreign_site": "foreign_site", "other_body": "id_reused"}


@dataclass(frozen=True)
class Answer:
    """`status`: created, updated, duplicate, needs_mapping, parked; `http` its status code (contract.md). `source`, `id` as sent."""

    http: int
    status: str
    record: str = ""
    problem: str = ""
    notes: Sequence[str] = ()
    source: str = ""
    id: str = ""


class Refused(Malformed):
    """The message is not taken; it was kept in quarantine."""


class FlowOff(Malformed, NotNow):
    """The flow is off: nothing is taken, nothing is kept, and the sender is told so."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            _("The flow “%(type)s” is switched off here; the message was not taken and not kept.") % {"type": kind},
            status=503,
            code="flow_off",
            retry_after=RETRY_AFTER,
            hint=_("Keep it and send it again when the owner of the interface has switched the flow on."),
        )


class Faulty(Exception):
    """A message that is not taken, before anybody has kept it."""

    def __init__(self, faults: Sequence[messages.Fault], *, status: int = 422, value: Any = None) -> None:
        super().__init__(status)
        self.faults, self.status = faults, status
        named = {k: v for k in ("source", "id") if isinstance(value, dict) and isinstance(v := value.get(k), str)}
        self.named: dict[str, str] = named

    def refused(self) -> Refused:
        return Refused(
            _("The event was not taken."),
            status=self.status,
            code=CODES.get(self.faults[0].code, "invalid"),
            hint=_("Correct what is named and send the event again. This one was kept for inspection."),
            faults=[explain(fault) for fault in self.faults],
        )


def told(faults: Sequence[Any]) -> str:
    return "; ".join(f"{fault.pointer or '/'}: {fault.detail}" for fault in faults)


def receive(*, body: bytes, headers: Mapping[str, str], caller: Any, columnar: bool = False) -> Answer:
    """Raises Refused or Malformed (400, 403, 422) after keeping the raw message; OperationalError when the database is away."""
    try:
        arrival = read_one(body, caller, columnar=columnar)
        return replace(arrival.answer(headers), source=arrival.envelope.source, id=arrival.envelope.id)
    except Faulty as faulty:
        refused = faulty.refused()
        raw.quarantine(
            body=body,
            headers=headers,
            sender=caller,
            site_id=only_site(caller),
            problem=told(refused.faults),
            **faulty.named,
        )
        raise refused from None
    except (Refused, FlowOff):
        raise
    except Malformed as bad:
        raw.quarantine(body=body, headers=headers, sender=caller, site_id=only_site(caller), problem=str(bad))
        raise


def read_one(body: bytes, caller: Any, *, columnar: bool = False) -> Arrival:
    """Raises Malformed or Faulty."""
    value = messages.enveloped(parse(body)) if columnar else parse(body)
    envelope, faults = messages.read(messages.Envelope, value)
    if envelope is None:
        raise Faulty(faults, value=value)
    return Arrival(envelope, body, caller)


def refuse(*, why: Malformed, body: bytes, headers: Mapping[str, str], caller: Any) -> Malformed:
    """Keep a request that is refused for its frame (content type, size, not a list)."""
    raw.quarantine(body=body, headers=headers, sender=caller, site_id=only_site(caller), problem=str(why))
    return why


class Arrival:
    """One event on its way through T1 and T2."""

    def __init__(self, envelope: messages.Envelope, body: bytes, caller: Any) -> None:
        self.envelope, self.body, self.caller = envelope, body, caller
        self.scope = caller.token_scope
        self.code = self.scope.source or envelope.source
        self.source = spelling(self.scope.source, envelope.source)
        self.route: Route | None = ROUTES.get(envelope.type)
        self.is_mapped = False

    def answer(self, headers: Mapping[str, str]) -> Answer:
        message = self.read()
        site_id = self.site(message)
        row, terms = raw.store(
            code=self.code,
            source=self.source,
            message_id=self.envelope.id,
            message_type=self.envelope.type,
            sender=self.caller.pk,
            site_id=site_id,
            fallback=only_site(self.caller),
            headers=headers,
            body=self.body,
            defect=getattr(message, "defect_id", "") or self.envelope.id,
        )
        if row is None:
            raise FlowOff(self.envelope.type)
        if not row.is_new:
            return self.repeated(row)
        outcome = self.apply(row, terms, message, site_id)
        if row.is_awaited and outcome.state == MessageState.APPLIED:
            apply_awaiting([(row.source, getattr(message, "defect_id", "") or self.envelope.id)])
        return as_answer(outcome, is_first=True)

    def read(self) -> Any:
        """The message. The canonical form asks nothing of the database; only a body that is not canonical may need a mapping."""
        envelope = self.envelope
        if envelope.time and messages.instant(envelope.time) is None:
            raise self.refused([messages.Fault("/time", "bad_time")])
        if self.route is None:
            return None
        message, faults = understand(self.route, envelope, raw.Terms())
        if faults:
            terms = raw.terms(message_type=envelope.type, code=self.code)
            if terms.mapping:
                self.is_mapped = True
                message, faults = understand(self.route, envelope, terms)
        if faults and self.is_mapped and departing(terms, envelope):
            return None  # it is kept and waits: the sender may be right, and the contract is what has to be looked at
        if faults:
            raise self.refused(faults)
        return message

    def site(self, message: Any) -> int | None:
        """The site that the event names, None where it names none or one that we do not know. Raises Refused for a foreign one."""
        name = getattr(message, "site", "")
        if not name or name in self.scope.site_codes:
            return self.scope.site_codes.get(name)
        site_id = site_of(name, self.code)
        if site_id and self.scope.sites != access.ALL and site_id not in self.scope.sites:
            raise self.refused([messages.Fault("/data/site", "foreign_site", got=name)], status=403)
        return site_id

    def apply(self, row: raw.Row, terms: raw.Terms, message: Any, site_id: int | None) -> Outcome:
        message, waits = self.understood(terms, message, site_id)
        if waits:
            return shadow.settled(row.id, settle(row, waits))
        assert self.route is not None
        return apply_message(row, self.route, message, self.envelope, terms, site_id, self.caller)

    def understood(self, terms: raw.Terms, message: Any, site_id: int | None) -> tuple[Any, Outcome | None]:
        """The message as the terms of its interface make it, or why it waits."""
        if why := unready(self.route, terms, self.envelope, site_id):
            return message, why
        assert self.route is not None
        if terms.mapping and not self.is_mapped:
            message, faults = understand(self.route, self.envelope, terms)
            if faults:
                return message, misfit(faults, terms, self.envelope)
        return message, None

    def repeated(self, row: raw.Row) -> Answer:
        """The same id again: the same body is answered as before, another one is refused and kept aside."""
        self.check_body(row.body_sha256)
        outcome = Outcome(row.state, row.record_number, row.problem)
        for seconds in PATIENCE:
            if outcome.state != NEW or row.received_at < now() - timedelta(seconds=10):
                break
            time.sleep(seconds)
            outcome = reread(row)
        return as_answer(outcome, is_first=False)

    def check_body(self, sha256: str) -> None:
        if sha256 != hashlib.sha256(self.body).hexdigest():
            raise self.refused([messages.Fault("/id", "other_body", got=self.envelope.id)])

    def refused(self, faults: Sequence[messages.Fault], *, status: int = 422) -> Faulty:
        return Faulty(faults, status=status, value={"source": self.envelope.source, "id": self.envelope.id})


def as_answer(outcome: Outcome, *, is_first: bool) -> Answer:
    if outcome.state == MessageState.APPLIED:
        if is_first:
            made = (200, "updated") if outcome.is_update else (201, "created")
            return Answer(*made, outcome.number, notes=outcome.notes)
        return Answer(200, "duplicate", outcome.number)
    if outcome.state == MessageState.NEEDS_MAPPING:
        return Answer(202, "needs_mapping", problem=outcome.problem)
    if outcome.state in (NEW, MessageState.PARKED, OBSERVED, SHADOWED):
        problem = outcome.problem or _("Kept; it is being applied.")
        return Answer(202, "parked", problem=problem)
    if is_first:
        raise Refused(
            outcome.problem, status=422, code="rejected", hint=_("The event was kept; ask the owner of the interface.")
        )
    return Answer(200, "duplicate", problem=outcome.problem)
