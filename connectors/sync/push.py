"""An ERP or its middleware that pushes: the raw body is kept first, then understood member by member, then written whole.

T1 keeps the request. T2 writes rows, lines, run, journal and the answer's state together; a process that dies in between
leaves a message that `sweep` applies. Nothing of a member is written when one of its lines cannot be kept.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from connectors.base import BadRow, Page
from connectors.models import InboxMessage, Interface, InterfaceState, MessageState, Mode, Stage, SyncRun
from qms import journal
from qms.api.parsers import parse
from qms.api.problems import Malformed
from qms.lib import canonical
from qms.lib.clock import now
from qms.lib.errors import Conflict, Refusal
from qms.masterdata import upsert
from qms.masterdata.events import SYNCED, Synced
from qms.masterdata.models import Freshness
from qms.masterdata.specs import SHARED

from . import masters, members, stages, store
from .judge import Judge, Result
from .rows import LINES

MOST = 1000
PREFIX = "erp."
LEFT_BEHIND = timedelta(seconds=30)
SECRET = {"authorization", "cookie", "proxy-authorization", "x-csrftoken"}


@dataclass(frozen=True)
class Answer:
    """`status`: applied, parked (kept until the interface is live), observed (checked, not written)."""

    status: str
    results: list[Result] = field(default_factory=list)
    run: str = ""
    problem: str = ""


class Again(Exception):
    """Lines that the database refused: their whole member is left out, and the rest is written anew."""

    def __init__(self, bad: dict[str, str]) -> None:
        self.bad = bad


def receive(*, interface: Interface, object: str, body: bytes, headers: Mapping[str, str], by: Any) -> Answer:
    """Raises Malformed or Refusal after keeping the raw message, and NotNow before it where the flow is off."""
    stage = stages.stage_of(interface, object)
    if stage == Stage.OFF:
        raise stages.off(object)
    message = keep(interface, f"{PREFIX}{object}.batch", body, headers, by)
    try:
        given = batch(parse(body))
        masters.check(interface, object, given)
    except Refusal as refusal:
        settle(message, MessageState.REJECTED, str(refusal))
        raise
    if why := closed(interface):
        settle(message, MessageState.PARKED, why)
        return Answer("parked", problem=why)
    if stage == Stage.OBSERVE:
        why = _("The flow is only observed: the message is kept and not looked into.")
        settle(message, MessageState.OBSERVED, why)
        return Answer("observed", problem=why)
    return Push(interface, object, message, given, by, stage).answer()


def keep(interface: Interface, kind: str, body: bytes, headers: Mapping[str, str], by: Any) -> InboxMessage:
    """T1: committed before anybody tries to make sense of it."""
    kept = {name: value for name, value in headers.items() if name.lower() not in SECRET}
    return InboxMessage.objects.create(
        interface=interface,
        site_id=interface.site_id,
        source=interface.code,
        message_id=str(uuid.uuid4()),
        message_type=kind,
        sender=by,
        headers=canonical.dumps({name: value[:2000] for name, value in list(kept.items())[:40]}),
        body=body,
        body_sha256=hashlib.sha256(body).hexdigest(),
    )


def settle(message: InboxMessage, state: MessageState, problem: str = "") -> None:
    applied = {"applied_at": Now()} if state == MessageState.APPLIED else {}
    InboxMessage.objects.filter(pk=message.pk).update(state=state, problem=problem, **applied)


def batch(value: Any) -> list[Any]:
    """The members: the body itself, or its `members`. Raises Malformed."""
    given = value.get("members") if isinstance(value, dict) else value
    if not isinstance(given, list) or not 1 <= len(given) <= MOST:
        raise Malformed(
            _("A batch is a list of 1 to %(most)s members.") % {"most": MOST},
            status=422,
            code="invalid",
            hint=_("Send [{…}, {…}] or {“members”: [{…}]}, and larger amounts in several requests."),
        )
    return given


def closed(interface: Interface) -> str:
    """Why nothing may be applied now, or "". Observe is not closed: it is understood, and not written."""
    if interface.mode == Mode.OFF or interface.paused_at:
        return _("The interface is off or paused; the message was kept and is applied when it is live again.")
    return ""


class Push:
    """One batch on its way into the mirror."""

    def __init__(
        self, interface: Interface, object: str, message: InboxMessage, given: list[Any], by: Any, stage: str
    ) -> None:
        self.interface, self.object, self.message, self.given, self.by = interface, object, message, given, by
        self.is_shadow = stage == Stage.SHADOW
        self.is_observed = interface.mode == Mode.OBSERVE or self.is_shadow
        self.refused: dict[str, str] = {}
        self.noted: dict[tuple[str, str], int] = {}

    def answer(self) -> Answer:
        while (answer := self._try()) is None:
            continue
        if self.is_shadow:
            settle(self.message, MessageState.SHADOWED, answer.problem)
            stages.keep(self.message, self.object, answer.results)
        elif self.is_observed:
            settle(self.message, MessageState.PARKED, answer.problem)
        return answer

    def _try(self) -> Answer | None:
        """None when something has to be left out; every round leaves out at least one member more."""
        try:
            with transaction.atomic():
                answer = self._take()
                transaction.set_rollback(self.is_observed)
        except Again as again:
            self.refused |= again.bad
            return None
        return answer

    def _take(self) -> Answer:
        self._alone()
        self.noted = {}
        judge = Judge(self.interface, self.object, self.given, self.refused, getattr(self.by, "token_scope", None))
        run = SyncRun.objects.create(
            interface=self.interface, message=self.message, started_by=self.by.actor().name[:120]
        )
        tally = store.Tally()
        for site_id, accepted in judge.by_site().items():
            tally.merge(self._write(run, site_id, accepted))
        if bad := tuple(BadRow(key, problem, {}) for key, problem in judge.rejected()):
            tally.merge(store.store(self._target(run, None), Page((), cursor="", more=False, bad=bad)))
        self._resolve(tally)
        self._finish(run, tally)
        notes = masters.noted(self.noted, self.interface.site_id)
        answer = Answer("applied", judge.results(tally), str(run.uid), " ".join(notes))
        if self.is_observed:
            why = _("Observe: the message was understood and checked, nothing was written.")
            return Answer("observed", answer.results, problem=why)
        rejected = [result for result in answer.results if result.status == "rejected"]
        told = _("%(count)s of %(all)s members were rejected.") % {"count": len(rejected), "all": len(self.given)}
        settle(self.message, MessageState.APPLIED, " ".join([*([told] if rejected else []), *notes]))
        return answer

    def _alone(self) -> None:
        """Pushes of one interface wait for each other, so that two of them never lock rows crosswise."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"push:{self.interface.pk}"])
        held = InboxMessage.objects.select_for_update().get(pk=self.message.pk)
        if held.state == MessageState.APPLIED:
            raise Conflict(_("This message was applied already."), code="applied")

    def _target(self, run: SyncRun, site_id: int | None) -> store.Target:
        left_out = frozenset(masters.foreign(self.interface))
        return store.Target(
            run, self.object, self.interface.code, site_id, first=False, left_out=left_out,
            kept=masters.kept(self.interface), noted=self.noted,
        )  # fmt: skip

    def _write(self, run: SyncRun, site_id: int | None, accepted: list[Any]) -> store.Tally:
        site = None if self.object in SHARED else site_id
        tally = store.store(self._target(run, site), Page(tuple(accepted), cursor="", more=False))
        made = members.shape(self.object)
        owners = {
            line.external_id: row.external_id
            for row in accepted
            for name, _line in made.lines
            for line in getattr(row, name) or ()
        }
        lost = [line for line in tally.lines if line.outcome == "failed" and line.object != self.object]
        if lost:
            raise Again({owners[line.external_id]: f"{line.external_id}: {line.problem}" for line in lost})
        return tally

    def _resolve(self, tally: store.Tally) -> None:
        """Children that came before their parent find it now."""
        made: dict[str, list[str]] = {}
        for line in tally.lines:
            if line.outcome == "created":
                made.setdefault(line.object, []).append(line.external_id)
        for object, keys in made.items():
            upsert.resolve_children(object=object, source=self.interface.code, keys=keys)

    def _finish(self, run: SyncRun, tally: store.Tally) -> None:
        SyncRun.objects.filter(pk=run.pk).update(finished_at=Now())
        InterfaceState.objects.update_or_create(
            interface=self.interface, defaults={"succeeded_at": Now(), "problem": ""}
        )
        fresh(self.interface.code, self.object)
        if tally.created or tally.updated or tally.failed:
            note(self.interface, self.object, run, tally, self.by)


def fresh(source: str, object: str) -> None:
    for name in (object, *(kind.object for kind in LINES.get(object, ()))):
        Freshness.objects.update_or_create(source=source, object=name, defaults={"read_at": now()})


def note(interface: Interface, object: str, run: SyncRun, tally: store.Tally, by: Any) -> None:
    payload = Synced(
        object=object,
        source=interface.code,
        run=str(run.uid),
        digest=tally.digest(),
        **{name: getattr(tally, name) for name in store.COUNTED},
    )
    with journal.act(SYNCED, by=by) as act:
        act.record(interface, payload)


def sweep() -> int:
    """Batches whose process died, and those that waited for their interface, oldest first. Returns how many were applied."""
    rows = InboxMessage.objects.filter(message_type__startswith=PREFIX, message_type__endswith=".batch")
    rows = rows.filter(interface__mode=Mode.LIVE, interface__paused_at=None)
    left = rows.filter(state=MessageState.NEW, received_at__lt=Now() - LEFT_BEHIND)
    due = left | rows.filter(state=MessageState.PARKED)
    return sum(_apply_stored(key) for key in due.order_by("pk").values_list("pk", flat=True)[:500])


def _apply_stored(key: int) -> bool:
    message = InboxMessage.objects.select_related("interface__site", "sender").get(pk=key)
    assert message.interface is not None
    object = message.message_type.removeprefix(PREFIX).removesuffix(".batch")
    stage = stages.stage_of(message.interface, object)
    if stage in (Stage.OFF, Stage.OBSERVE):  # it came when the flow went further, or while nothing went at all
        settle(message, MessageState.OBSERVED, _("The flow is not live; the message is kept as it came."))
        return False
    try:
        given = batch(parse(bytes(message.body)))
        masters.check(message.interface, object, given)
        Push(message.interface, object, message, given, message.sender, stage).answer()
    except Refusal as refusal:
        if refusal.code != "applied":
            settle(message, MessageState.REJECTED, str(refusal))
        return False
    return stage == Stage.LIVE
