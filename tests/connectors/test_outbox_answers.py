"""Cancellations, late answers and what an ERP does not take, on their way through the relay."""

import datetime as dt
from decimal import Decimal

import pytest

from connectors.base import Permanent, Temporary
from connectors.messages import PostingKind
from connectors.models import Attempt, Delivery
from connectors.outbox import postings as outbox
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.lib.clock import now
from qms.lib.errors import Conflict
from tests.fakes import erp as fake

from .test_outbox import ask, due_now, fresh, lot, raises, record

__all__ = ["ask", "lot", "record"]
pytestmark = pytest.mark.django_db


def cancel(posting, people):
    return commands.request_cancel(posting=fresh(posting), by=people["engineer"], reason="the wrong lot")


@pytest.fixture
def unanswered(ask, erp_fake):
    """A posting that was sent; nobody knows whether it arrived."""
    posting = ask()
    erp_fake.on_post = raises(Temporary("unreachable", "http://erp did not answer."))
    outbox.deliver_next()
    assert fresh(posting).state == "SENT"
    return posting


def test_what_never_left_is_cancelled_without_a_word_to_the_erp(ask, erp_fake, people):
    posting = ask()
    assert cancel(posting, people).state == "CANCELLED" and fresh(posting).delivery.state == "DONE"
    assert not outbox.deliver_next() and not erp_fake.posted and not erp_fake.taken_back


def test_a_cancellation_is_carried_and_answered(unanswered, ask, erp_fake, people):
    second = ask("2")
    assert cancel(unanswered, people).state == "CANCEL_REQUESTED"
    assert outbox.deliver_next() and fresh(unanswered).state == "CANCELLED"
    assert [intent.reference for intent in erp_fake.taken_back] == [unanswered.reference]
    assert Attempt.objects.last().outcome == "cancelled"
    erp_fake.on_post = None
    assert outbox.deliver_next() and fresh(second).state == "POSTED", "what waits behind it goes on"


def test_too_late_to_cancel_names_the_document(unanswered, erp_fake, people):
    cancel(unanswered, people)
    erp_fake.on_cancel = lambda intent: fake.posted(intent, "SHP7")
    outbox.deliver_next()
    posting = fresh(unanswered)
    assert (posting.state, posting.document_number) == ("POSTED", "SHP7")
    with pytest.raises(Conflict, match="SHP7") as refused:
        cancel(posting, people)
    assert refused.value.code == "already_posted"


def test_cancelled_while_it_is_sent_the_answer_of_the_erp_wins(ask, erp_fake, people):
    posting = ask()

    def answer(intent):
        cancel(posting, people)
        return fake.posted(intent, "SHP7")

    erp_fake.on_post = answer
    outbox.deliver_next()
    assert (fresh(posting).state, fresh(posting).delivery.state) == ("POSTED", "DONE")


def test_cancelled_while_it_is_refused_it_is_cancelled_in_the_erp_too(ask, erp_fake, people):
    posting = ask()

    def refuse(intent):
        cancel(posting, people)
        raise Permanent("refused", "The lot is on an inventory.")

    erp_fake.on_post = refuse
    outbox.deliver_next()
    assert fresh(posting).state == "CANCEL_REQUESTED"
    assert outbox.deliver_next() and fresh(posting).state == "CANCELLED" and len(erp_fake.taken_back) == 1


def test_a_cancellation_that_the_erp_cannot_answer_waits_for_a_person(unanswered, erp_fake, people):
    cancel(unanswered, people)

    def refuse(intent):
        raise Permanent("refused", "You can not cancel a running production.")

    erp_fake.on_cancel = refuse
    outbox.deliver_next()
    assert (fresh(unanswered).state, fresh(unanswered).delivery.state) == ("NEEDS_DECISION", "DEAD")


def test_a_cancellation_is_tried_again_when_the_line_breaks(unanswered, erp_fake, people):
    cancel(unanswered, people)
    erp_fake.on_cancel = raises(Temporary("unreachable", "http://erp did not answer."))
    outbox.deliver_next()
    assert fresh(unanswered).state == "CANCEL_REQUESTED"
    erp_fake.on_cancel = None
    due_now(unanswered)
    outbox.deliver_next()
    assert fresh(unanswered).state == "CANCELLED"


def test_what_the_erp_does_not_take_needs_a_decision_and_no_retry_by_itself(ask, erp_fake):
    posting = ask()
    erp_fake.on_post = raises(Permanent("unsupported", "This ERP has no such movement."))
    outbox.deliver_next()
    posting = fresh(posting)
    assert (posting.state, posting.problem_code, posting.delivery.state) == ("NEEDS_DECISION", "unsupported", "DEAD")
    assert posting.explanation and not outbox.deliver_next()


def test_accepted_is_asked_again_until_it_is_posted(ask, erp_fake):
    posting = ask()
    erp_fake.on_post = lambda intent: fake.replace(fake.posted(intent, "SHP7"), state="accepted")
    outbox.deliver_next()
    assert (fresh(posting).state, fresh(posting).document_number) == ("ACCEPTED", "SHP7")
    assert Delivery.objects.get(posting=posting).next_at > now() + dt.timedelta(minutes=4)
    erp_fake.on_post = None
    due_now(posting)
    outbox.deliver_next()
    assert fresh(posting).state == "POSTED"


def test_a_reversal_goes_the_other_way_under_a_reference_of_its_own(ask, record, erp_fake, people):
    posting = ask()
    outbox.deliver_next()
    back = commands.reverse(posting=fresh(posting), record=record, by=people["manager"], reason="the wrong lot")
    outbox.deliver_next()
    intent = erp_fake.posted[-1]
    assert (intent.kind, intent.undoes, intent.quantity) == (PostingKind.REVERSAL, PostingKind.HOLD, Decimal(4))
    assert (intent.from_role, intent.to_role) == ("quarantine", "storage") and intent.reference != posting.reference
    assert fresh(back).state == "POSTED" and fresh(posting).state == "POSTED"


def test_a_regrade_names_the_new_part_and_its_reversal_the_lot_that_was_made(lot, record, erp_fake, people, interface):
    from connectors import sync
    from qms.masterdata.models import Item

    erp_fake.put("items", fake.item("2"))
    sync.sync(interface=interface)
    other = Item.objects.get(source="erp", external_id="2")
    posting = commands.request_posting(
        record=record, kind="REGRADE", purpose="test:0", lot=lot, quantity=Decimal(4), to_item=other,
        by=people["engineer"],
    )  # fmt: skip
    outbox.deliver_next()
    intent = erp_fake.posted[-1]
    assert (intent.item_id, intent.to_item_id, intent.lot_number) == ("1", "2", "LOT-7")
    commands.reverse(posting=fresh(posting), record=record, by=people["manager"], reason="the wrong part")
    outbox.deliver_next()
    intent = erp_fake.posted[-1]
    assert (intent.item_id, intent.lot_id, intent.to_item_id, intent.to_lot_id) == ("2", "99", "1", "7")
    assert Posting.objects.filter(state="POSTED").count() == 2
