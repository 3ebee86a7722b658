"""Postings on their way to the ERP. A row per posting, made in the business transaction, is the truth; bells only wake.

A delivery is claimed for a short lease in a transaction of its own, sent outside of any, and marked done together with
the posting. Of one record only the lowest undone delivery is ever claimed: a dead letter holds back the later postings
of its record and of no other.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now

from connectors import http
from connectors.base import ConnectorError, MarkIntent, Permanent, Temporary
from connectors.messages import PlaceRole, PostingIntent, PostingKind, PostingResult
from connectors.models import Attempt, Delivery, Interface, InterfaceState
from connectors.registry import Connection, connected
from qms import journal
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.lib import canonical
from qms.lib.clock import now
from qms.masterdata.upsert import PLACEHOLDER

from . import circuit, marks, shadow

LEASE_SECONDS = 60
CALL_TIMEOUT = (3.05, 12.0)  # one call, its slowest body included, ends within the lease, which every call renews
SLOWEST_SECONDS = 15 * 60
GIVE_UP_AFTER = dt.timedelta(hours=24)
ASK_AGAIN = dt.timedelta(minutes=5)
ACCEPTED = "accepted"  # the state of a result that is not posted yet
KEPT_BODY = 20_000
CHANNEL = "qms_outbox"
log = logging.getLogger(__name__)
Progress = Callable[[], None]

CLAIM = """
UPDATE connectors_delivery SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s), tries = tries + 1
WHERE id = (
    SELECT d.id FROM connectors_delivery d JOIN connectors_interface i ON i.id = d.interface_id
    LEFT JOIN connectors_interfacestate c ON c.interface_id = i.id
    WHERE d.state = 'WAITING' AND d.next_at <= clock_timestamp()
      AND (d.lease_until IS NULL OR d.lease_until < clock_timestamp())
      AND i.mode = 'live' AND i.paused_at IS NULL AND i.adapter <> 'push'
      AND (c.open_until IS NULL OR c.open_until <= clock_timestamp())
      AND NOT EXISTS (SELECT 1 FROM connectors_downtime w
                      WHERE w.interface_id = i.id AND w.state IN ('PLANNED', 'ACTIVE')
                        AND w.begins_at <= clock_timestamp() AND w.ends_at > clock_timestamp())
      AND NOT EXISTS (SELECT 1 FROM connectors_delivery e
                      WHERE e.aggregate = d.aggregate AND e.id < d.id AND e.state <> 'DONE')
    ORDER BY d.next_at, d.id LIMIT 1 FOR UPDATE OF d SKIP LOCKED)
RETURNING id, lease_until"""

RENEW = """
UPDATE connectors_delivery SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
WHERE id = %(id)s AND lease_until = %(held)s RETURNING lease_until"""


class LeaseLost(Exception):
    """Somebody else may be sending this delivery by now: stop without another call."""


def enqueue(posting: Posting) -> Delivery | None:
    """Inside the transaction that requested the posting. None when its interface is not known (yet; see `adopt`)."""
    interface = Interface.objects.filter(code=posting.target).first()
    if interface is None:
        return None
    shadow.steady(interface)
    state = shadow.begins_as(posting, interface)
    delivery = Delivery.objects.create(
        posting=posting, interface=interface, aggregate=marks.order_of(posting) or posting.record_number, state=state
    )
    if state == "SHADOW":
        shadow.keep_posting(posting, interface, intent_of)
    ring()
    return delivery


def ring() -> None:
    """Wake the relay when this transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")


def adopt() -> int:
    """Postings that were requested before their interface existed get their delivery."""
    left = Posting.objects.filter(state="QUEUED", delivery=None, target__in=Interface.objects.values("code"))
    with transaction.atomic():
        return len([enqueue(posting) for posting in left.select_for_update(of=("self",)).order_by("pk")])


def send_again(posting: Posting) -> None:
    """A person retries: the look-up by reference makes it safe."""
    for delivery in Delivery.objects.filter(posting=posting).select_related("interface"):
        shadow.steady(delivery.interface)
        state = shadow.begins_as(posting, delivery.interface)
        Delivery.objects.filter(pk=delivery.pk).update(state=state, tries=0, next_at=Now(), lease_until=None)
        circuit.release(delivery.interface_id)
    ring()


def settle(posting: Posting) -> None:
    """A person gave the posting up; what comes behind it may go on."""
    Delivery.objects.filter(posting=posting).update(state="DONE", lease_until=None)
    ring()


def acknowledged(posting: Posting) -> None:
    """The ERP settled it by itself."""
    state = "DEAD" if posting.state in ("FAILED", "NEEDS_DECISION") else "DONE"
    rows = Delivery.objects.filter(posting=posting)
    rows.update(state=state, lease_until=None, problem=posting.problem)
    ring()


def deliver_next(*, lease: int = LEASE_SECONDS, progress: Progress = lambda: None) -> bool:
    """Claim one delivery and carry it as far as it goes. False when nothing is due."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"lease": lease})
        claimed = cursor.fetchone()
    if claimed is None:
        return False
    delivery = Delivery.objects.select_related("interface").get(pk=claimed[0])
    circuit.probe(delivery.interface_id)
    token = journal.ORIGIN.set(journal.Origin(source="relay"))
    try:
        with _alone(delivery) as alone:
            if alone:
                _Carrier(delivery, claimed[1], lease, progress).carry()
    except LeaseLost:
        log.warning("delivery %s: the lease ran out while it was sent", delivery.pk)
    except (OperationalError, InterfaceError):
        raise
    except Exception as fault:  # a defect of ours, perhaps in what hears of the answer: the others go on
        log.exception("delivery %s", delivery.pk)
        wait = dt.timedelta(seconds=backoff(delivery.tries + 3))
        problem = f"A fault of the QMS: {type(fault).__name__}"
        Delivery.objects.filter(pk=delivery.pk).update(lease_until=None, next_at=now() + wait, problem=problem)
    finally:
        journal.ORIGIN.reset(token)
    return True


@contextmanager
def _alone(delivery: Delivery) -> Iterator[bool]:
    """A frozen relay that wakes after its lease still holds this lock, so nobody sent in its place."""
    name = f"delivery:{delivery.pk}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def _posting(delivery: Delivery) -> Posting:
    named = ("item", "lot", "unit", "to_item", "supplier", "reverses")
    return Posting.objects.select_related(*named).get(pk=delivery.posting_id)


class _Carrier:
    """One attempt at one delivery."""

    def __init__(self, delivery: Delivery, held: dt.datetime, lease: int, progress: Progress) -> None:
        self.delivery, self.held, self.lease, self.progress = delivery, held, lease, progress
        self.traces: list[http.Trace] = []

    def carry(self) -> None:
        posting = _posting(self.delivery)
        if posting.state == "QUEUED" and shadow.kept_back(posting, self.delivery, intent_of):
            return
        if posting.state == "QUEUED":
            posting = commands.mark_sent(posting=posting)  # said before the first call: an answer may be lost
        if posting.state not in ("SENT", "ACCEPTED", "CANCEL_REQUESTED"):
            Delivery.objects.filter(pk=self.delivery.pk).update(state="DONE", lease_until=None)
            return
        taking_back = posting.state == "CANCEL_REQUESTED"
        try:
            result = self._ask(posting, taking_back=taking_back)
        except Temporary as problem:
            self._put_off(posting, problem)
        except ConnectorError as problem:
            self._give_up(posting, problem, taking_back=taking_back)
        else:
            self._answered(posting, result)

    def _ask(self, posting: Posting, *, taking_back: bool) -> PostingResult | None:
        """The movement, or its cancellation: then None says that nothing stands in the ERP."""
        intent = intent_of(posting)
        line = connected(self.delivery.interface)
        try:
            call = _exchange(line, intent, taking_back=taking_back)
            result = http.run(call, base_url=line.base_url, timeout=CALL_TIMEOUT, recorder=self._recorded)
        except (ConnectorError, LeaseLost):
            raise
        except Exception as fault:  # a defect of the adapter must not stop every other delivery
            log.exception("delivery %s", self.delivery.pk)
            raise Permanent("fault", f"The adapter failed: {type(fault).__name__}.") from fault
        if result and isinstance(intent, PostingIntent):  # a mark is compared where it is read back
            _compare(intent, result)
        return result

    def _recorded(self, trace: http.Trace) -> None:
        self.traces.append(trace)
        self.progress()
        with connection.cursor() as cursor:
            cursor.execute(RENEW, {"lease": self.lease, "id": self.delivery.pk, "held": self.held})
            renewed = cursor.fetchone()
        if renewed is None:
            raise LeaseLost
        self.held = renewed[0]

    def _answered(self, posting: Posting, result: PostingResult | None) -> None:
        with transaction.atomic():
            if result and result.state == ACCEPTED:
                self._accepted(posting, result)
                return
            self._note("posted" if result else "cancelled")
            if result:
                _mark(posting, result)
            else:
                commands.mark_cancelled(posting=posting)
            self._set(state="DONE", problem="")
            _state(self.delivery.interface, succeeded_at=Now(), problem="")
            circuit.answered(self.delivery.interface_id)

    def _accepted(self, posting: Posting, result: PostingResult) -> None:
        """The ERP has taken it and not posted it yet: ask again, by the same reference, until it has."""
        self._note("accepted")
        if posting.state == "SENT":
            commands.mark_accepted(
                posting=posting, document_number=result.document_number, document_id=result.external_id
            )
        self._set(next_at=now() + ASK_AGAIN, problem="")
        circuit.answered(self.delivery.interface_id)

    def _put_off(self, posting: Posting, problem: Temporary) -> None:
        if posting.sent_at and now() - posting.sent_at >= GIVE_UP_AFTER:
            self._give_up(posting, problem)
            return
        wait = backoff(self.delivery.tries, retry_after=problem.retry_after)
        with transaction.atomic():
            self._note("temporary", problem)
            self._set(next_at=now() + dt.timedelta(seconds=wait), problem=problem.message)
            _state(self.delivery.interface, failed_at=Now(), problem=problem.message)
            circuit.failed(self.delivery.interface_id, problem)

    def _give_up(self, posting: Posting, problem: ConnectorError, *, taking_back: bool = False) -> None:
        with transaction.atomic():
            self._note("permanent" if problem.permanent else "gave up", problem)
            if not taking_back and _is_taken_back(posting):
                self._set(next_at=now(), problem=problem.message)  # asked meanwhile: the next attempt cancels
                return
            commands.mark_failed(posting=posting, code=problem.code, problem=problem.message)
            self._set(state="DEAD", problem=problem.message)
            if problem.permanent:
                circuit.answered(self.delivery.interface_id)
            _state(self.delivery.interface, failed_at=Now(), problem=problem.message)

    def _note(self, outcome: str, problem: ConnectorError | None = None) -> None:
        Attempt.objects.create(
            delivery=self.delivery,
            outcome=outcome,
            problem=problem.message if problem else "",
            exchange=json.dumps([_kept(trace) for trace in self.traces]),
        )

    def _set(self, **values: Any) -> None:
        Delivery.objects.filter(pk=self.delivery.pk).update(lease_until=None, **values)


def _mark(posting: Posting, result: PostingResult) -> None:
    """Posted; and whoever asked to cancel meanwhile is told that it was too late."""
    tell = commands.refuse_cancel if _is_taken_back(posting) else commands.mark_posted
    tell(
        posting=posting,
        document_number=result.document_number,
        document_id=result.external_id,
        read_back=canonical.dumps(dict(result.read_back)),
    )


def _is_taken_back(posting: Posting) -> bool:
    return Posting.objects.filter(pk=posting.pk, state="CANCEL_REQUESTED").exists()


def _exchange(line: Connection, intent: PostingIntent | MarkIntent, *, taking_back: bool) -> Any:
    if isinstance(intent, MarkIntent):
        return marks.exchange(line.adapter, intent, line.settings, taking_back=taking_back)
    return (line.adapter.cancel if taking_back else line.adapter.post)(intent, line.settings)


def intent_of(posting: Posting) -> PostingIntent | MarkIntent:
    """What the ERP is asked for, in its own keys. Raises Permanent or Temporary when it lacks one of the parts."""
    if posting.is_mark:
        of = posting.marks if posting.supplier_id is None else there(posting.supplier).external_id
        return marks.intent(posting, of)
    lot = there(posting.lot) if posting.lot else None
    return PostingIntent(
        kind=PostingKind(posting.kind),
        reference=posting.reference,
        item_id=there(posting.item).external_id,
        quantity=posting.quantity,
        unit_id=there(posting.unit).external_id,
        from_role=PlaceRole(posting.from_place),
        to_role=PlaceRole(posting.to_place),
        planned_date=posting.requested_at.date(),
        lot_number=posting.lot.number if posting.lot else "",
        to_item_id=there(posting.to_item).external_id if posting.to_item else None,
        supplier_id=there(posting.supplier).external_id if posting.supplier else None,
        **_counter(posting, lot),
    )


def _counter(posting: Posting, lot: Any) -> dict[str, Any]:
    """A reversal takes what the original made, as it was read back, and gives back the lot that it took."""
    if posting.reverses is None:
        return {"lot_id": lot.external_id if lot else None}
    undone = PostingKind(posting.reverses.kind)
    if undone != PostingKind.REGRADE:
        return {"lot_id": lot.external_id if lot else None, "undoes": undone}
    made = json.loads(posting.reverses.read_back or "{}").get("to_lot_id")
    if made is None:
        raise Permanent("unsupported", "Which lot the regrade made was not read back from the ERP.")
    return {"lot_id": made, "to_lot_id": lot.external_id if lot else None, "undoes": undone}


def there(row: Any) -> Any:
    """The row that the ERP knows: a placeholder gives way to the one real row of its number."""
    if row.external_id.startswith(PLACEHOLDER):
        found = type(row).objects.live().filter(source=row.source, number=row.number)
        real = list(found.exclude(external_id__startswith=PLACEHOLDER)[:2])
        row = real[0] if len(real) == 1 else row
    if row.gone_at:
        raise Permanent("gone", f"The ERP no longer has {row.number}; read it again, or ask for the move anew.")
    if row.external_id.startswith(PLACEHOLDER):
        raise Temporary("not_read_yet", f"{row.number} was not read from the ERP yet.")
    return row


def _compare(intent: PostingIntent, result: PostingResult) -> None:
    """Posted means that what was read back from the ERP is what was asked for."""
    told = result.read_back
    asked = {"item_id": intent.item_id, "lot_id": intent.lot_id, "unit_id": intent.unit_id}
    asked |= {"from_role": intent.from_role.value, "to_role": intent.to_role.value}
    if intent.to_item_id is not None:
        asked["to_item_id"] = intent.to_item_id
    wrong = [name for name, value in asked.items() if told.get(name) != value]
    if canonical.decimal.Decimal(told["quantity"]) != intent.quantity:
        wrong.append("quantity")
    if wrong or not result.document_number:
        raise Permanent("differs", f"The ERP's document differs from what was asked for: {', '.join(wrong)}.")


def backoff(tries: int, *, retry_after: float | None = None) -> float:
    """Seconds to wait after the n-th try: exponential with full jitter, never sooner than the other side asked."""
    ceiling = min(2.0 ** min(tries, 20), SLOWEST_SECONDS)
    return max(1.0, random.uniform(0, ceiling), retry_after or 0.0)  # noqa: S311  # spreads load, keeps no secret


def _kept(trace: http.Trace) -> dict[str, Any]:
    return {
        "method": trace.method,
        "url": trace.url,
        "status": trace.status,
        "seconds": round(trace.seconds, 3),
        "problem": trace.problem,
        "request_headers": dict(trace.request_headers),
        "request": _text(trace.request_body),
        "response_headers": dict(trace.response_headers),
        "response": _text(trace.response_body),
    }


def _text(body: bytes) -> str:
    text = body[:KEPT_BODY].decode(errors="replace").replace("\x00", "\ufffd")
    return text + (" …" if len(body) > KEPT_BODY else "")


def _state(interface: Interface, **values: Any) -> None:
    InterfaceState.objects.update_or_create(interface=interface, defaults=values)
