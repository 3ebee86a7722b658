"""Carrying postings: sent before the first call, posted after the read-back, refused to a person, one at a time."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from django.db import connection, transaction

from connectors import actions, sync
from connectors.base import Call, Permanent, Temporary
from connectors.models import Attempt, Delivery
from connectors.outbox import postings as outbox
from ncr.models import Nonconformance
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.lib.clock import now
from qms.masterdata.models import Lot
from tests.fakes import erp as fake

pytestmark = pytest.mark.django_db


@pytest.fixture
def lot(interface, erp_fake) -> Lot:
    erp_fake.put("units", fake.unit())
    erp_fake.put("items", fake.item("1"))
    erp_fake.put("lots", fake.lot("7", "1"))
    sync.sync(interface=interface)
    return Lot.objects.get(source="erp", external_id="7")


@pytest.fixture
def record(make) -> Nonconformance:
    return make.report()


@pytest.fixture
def ask(lot, record, people):
    def request(quantity: str = "4", of: Nonconformance = record, by: str = "engineer") -> Posting:
        return commands.request_posting(
            record=of, kind="HOLD", purpose="test:0", lot=lot, quantity=Decimal(quantity), by=people[by]
        )

    return request


def fresh(posting: Posting) -> Posting:
    return Posting.objects.get(pk=posting.pk)


def due_now(posting: Posting) -> None:
    Delivery.objects.filter(posting=posting).update(next_at=now(), lease_until=None)


def test_the_delivery_is_made_with_the_posting_or_not_at_all(ask):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        ask()
        raise ZeroDivisionError
    assert not Delivery.objects.exists()
    assert ask().delivery.state == "WAITING"


def test_a_posting_is_sent_then_posted_with_its_document(ask, erp_fake, interface):
    posting, seen = ask("4"), []

    def answer(intent):
        seen.append(fresh(posting).state)
        return fake.posted(intent, "SHP7")

    erp_fake.on_post = answer
    assert outbox.deliver_next() and not outbox.deliver_next()
    posting = fresh(posting)
    assert seen == ["SENT"]
    assert (posting.state, posting.document_number) == ("POSTED", "SHP7")
    assert json.loads(posting.read_back)["quantity"] == "4.000000"
    intent = erp_fake.posted[0]
    assert (intent.reference, intent.item_id, intent.lot_id, intent.unit_id) == (posting.reference, "1", "7", "1")
    assert (intent.from_role, intent.to_role) == ("storage", "quarantine")
    assert posting.delivery.state == "DONE" and posting.delivery.attempts.get().outcome == "posted"
    interface.state.refresh_from_db()
    assert interface.state.succeeded_at and not interface.state.problem


@pytest.mark.parametrize("differs", [{"quantity": "3"}, {"lot_id": "8"}, {"to_role": "scrap"}])
def test_what_was_read_back_has_to_agree(ask, erp_fake, differs):
    posting = ask()
    erp_fake.on_post = lambda intent: fake.posted(intent, "SHP7", **differs)
    outbox.deliver_next()
    posting = fresh(posting)
    assert (posting.state, posting.problem_code, posting.delivery.state) == ("NEEDS_DECISION", "differs", "DEAD")
    assert next(iter(differs)) in posting.problem


def test_a_temporary_trouble_waits_and_is_tried_again(ask, erp_fake, interface):
    posting = ask()
    erp_fake.on_post = raises(Temporary("busy", "The server answered HTTP 503.", retry_after=120))
    outbox.deliver_next()
    delivery = Delivery.objects.get(posting=posting)
    assert (fresh(posting).state, delivery.state, delivery.problem) == (
        "SENT",
        "WAITING",
        "The server answered HTTP 503.",
    )
    assert delivery.next_at >= now() + dt.timedelta(seconds=119)
    assert not outbox.deliver_next(), "not before its time"
    interface.state.refresh_from_db()
    assert interface.state.failed_at and interface.state.problem
    erp_fake.on_post = None
    due_now(posting)
    assert outbox.deliver_next() and fresh(posting).state == "POSTED"
    assert list(Attempt.objects.values_list("outcome", flat=True)) == ["temporary", "posted"]


def test_after_a_day_of_trouble_a_person_decides(ask, erp_fake, monkeypatch):
    posting = ask()
    erp_fake.on_post = raises(Temporary("unreachable", "http://erp did not answer."))
    outbox.deliver_next()
    monkeypatch.setattr(outbox, "now", lambda: now() + dt.timedelta(hours=24))
    due_now(posting)
    outbox.deliver_next()
    assert fresh(posting).state == "FAILED" and fresh(posting).delivery.state == "DEAD"
    assert Attempt.objects.last().outcome == "gave up"


def test_backoff_grows_with_jitter_and_honours_the_other_side():
    assert all(1 <= outbox.backoff(1) <= 2 for _ in range(50))
    late = [outbox.backoff(30) for _ in range(200)]
    assert max(late) <= 900 and max(late) - min(late) > 300
    assert outbox.backoff(1, retry_after=77) == 77


def test_a_dead_letter_holds_back_its_record_and_no_other(ask, make, erp_fake, people):
    first, second, other = ask(), ask("2"), ask(of=make.report())
    erp_fake.on_post = refuses(first.reference)
    while outbox.deliver_next():
        pass
    assert [fresh(p).state for p in (first, second, other)] == ["FAILED", "QUEUED", "POSTED"]
    assert fresh(first).problem == "The lot is on an inventory."
    erp_fake.on_post = None
    commands.retry(posting=fresh(first), by=people["integration"])
    while outbox.deliver_next():
        pass
    assert [fresh(p).state for p in (first, second)] == ["POSTED", "POSTED"]
    assert [intent.reference for intent in erp_fake.posted[-2:]] == [first.reference, second.reference]


def test_a_hold_given_up_lets_the_next_one_go(ask, erp_fake, people):
    first, second = ask(), ask("2")
    erp_fake.on_post = refuses(first.reference)
    outbox.deliver_next()
    assert not outbox.deliver_next()
    commands.cancel(posting=fresh(first), by=people["integration"], reason="moved by hand already")
    assert outbox.deliver_next() and fresh(second).state == "POSTED"


@pytest.mark.parametrize("mode", ["off", "observe"])
def test_only_a_live_interface_sends(ask, interface, people, mode):
    ask()
    actions.switch(interface=interface, mode=mode, by=people["integration"], reason="watch only")
    assert not outbox.deliver_next()
    actions.switch(interface=interface, mode="live", by=people["integration"], reason="watched")
    actions.pause(interface=interface, by=people["integration"], reason="ERP is upgraded")
    assert not outbox.deliver_next()
    interface.refresh_from_db()
    actions.resume(interface=interface, by=people["integration"], reason="upgrade done")
    assert outbox.deliver_next()


def test_a_claim_holds_until_its_lease_is_over(ask, erp_fake):
    posting = ask()
    with connection.cursor() as cursor:
        cursor.execute(outbox.CLAIM, {"lease": 60})
        assert cursor.fetchone()
    assert not outbox.deliver_next()
    Delivery.objects.update(lease_until=now() - dt.timedelta(seconds=1))
    assert outbox.deliver_next() and fresh(posting).state == "POSTED"


def test_a_carrier_without_its_lease_stops_before_the_next_call(ask, erp_fake, listening):
    posting, calls = ask(), []

    def post(intent, settings):
        yield Call("GET", "/one")
        calls.append(1)
        yield Call("GET", "/two")
        calls.append(2)

    def overslept(trace):
        Delivery.objects.update(lease_until=now() + dt.timedelta(hours=1))

    erp_fake.post = post
    listening.on_request = overslept
    assert outbox.deliver_next()
    assert calls == [] and fresh(posting).state == "SENT" and not Attempt.objects.exists()


def test_a_defect_of_the_adapter_stops_no_other_delivery(ask, make, erp_fake, caplog):
    first, other = ask(), ask(of=make.report())
    erp_fake.on_post = raises(KeyError("x"), of=first.reference)
    while outbox.deliver_next():
        pass
    assert (fresh(first).state, fresh(first).problem_code, fresh(other).state) == ("FAILED", "fault", "POSTED")
    assert "KeyError" in fresh(first).problem


def test_a_lot_that_the_erp_no_longer_has_is_said_so(ask, erp_fake, lot):
    posting = ask()
    Lot.objects.filter(pk=lot.pk).update(gone_at=now())
    outbox.deliver_next()
    assert fresh(posting).problem_code == "gone" and "LOT-7" in fresh(posting).problem and not erp_fake.posted


def test_a_placeholder_gives_way_to_the_one_real_row(ask, erp_fake, lot, interface):
    posting = ask()
    Lot.objects.filter(pk=lot.pk).update(external_id="demo:lot:LOT-7")
    outbox.deliver_next()
    assert fresh(posting).state == "SENT" and "not read" in fresh(posting).delivery.problem
    due_now(posting)
    Lot.objects.filter(pk=lot.pk).update(gone_at=now())
    erp_fake.put("lots", fake.lot("70", "1", number="LOT-7"))
    sync.sync(interface=interface)
    outbox.deliver_next()
    assert fresh(posting).state == "POSTED" and erp_fake.posted[0].lot_id == "70"


def test_postings_from_before_the_interface_are_adopted(ask, interface):
    posting = ask()
    Delivery.objects.all().delete()
    assert outbox.adopt() == 1 and outbox.adopt() == 0
    assert outbox.deliver_next() and fresh(posting).state == "POSTED"


def test_attempts_keep_the_exchange_without_secrets(ask, erp_fake, listening):
    ask()

    def post(intent, settings):
        yield Call("POST", "/login", {"Authorization": "Bearer abc-secret"}, b"password=abc-secret", is_secret=True)
        yield Call("POST", "/move", {"Authorization": "Bearer abc-secret"}, b'{"n": 4}')
        raise Permanent("refused", "No such lot.")

    erp_fake.post = post
    outbox.deliver_next()
    kept = Attempt.objects.get().exchange
    assert "abc-secret" not in kept
    told = json.loads(kept)
    assert [(t["method"], t["status"], t["request"]) for t in told] == [("POST", 200, "***"), ("POST", 200, '{"n": 4}')]
    assert told[1]["response"] == "heard"


def test_a_defect_of_what_hears_the_answer_stops_no_other_delivery(ask, make, monkeypatch, caplog):
    first, other = ask(), ask(of=make.report())
    mark = commands.mark_posted
    broken = {first.reference}
    monkeypatch.setattr(
        commands,
        "mark_posted",
        lambda *, posting, **told: {}[0] if posting.reference in broken else mark(posting=posting, **told),
    )
    while outbox.deliver_next():
        pass
    assert (fresh(first).state, fresh(other).state) == ("SENT", "POSTED")
    broken.clear()
    due_now(first)
    outbox.deliver_next()
    assert fresh(first).state == "POSTED"


def raises(problem: Exception, *, of: str = ""):
    """An ERP that raises for every posting, or for one, and posts the others."""

    def answer(intent):
        if of in ("", intent.reference):
            raise problem
        return fake.posted(intent, "DOC")

    return answer


def refuses(reference: str):
    return raises(Permanent("refused", "The lot is on an inventory."), of=reference)


def test_a_fault_of_ours_waits_long_and_stops_nobody_else(ask, erp_fake, monkeypatch, caplog):
    """The others go on; this one is tried again after a while, and says whose fault it was."""
    posting, moment = ask("4"), now()
    tries = Delivery.objects.get(posting=posting).tries
    monkeypatch.setattr(outbox.random, "uniform", lambda _low, high: high)
    monkeypatch.setattr(outbox, "now", lambda: moment)

    def fault(_carrier):
        raise ZeroDivisionError

    monkeypatch.setattr(outbox._Carrier, "carry", fault)
    assert outbox.deliver_next()
    delivery = Delivery.objects.get(posting=posting)
    assert (delivery.state, delivery.lease_until, delivery.problem) == (
        "WAITING",
        None,
        "A fault of the QMS: ZeroDivisionError",
    )
    assert delivery.next_at == moment + dt.timedelta(seconds=2 ** (delivery.tries + 3)) and delivery.tries >= tries
