"""Cancelling, reversing and answering postings from the record: each a message of its own, each seen afterwards."""

from decimal import Decimal

import pytest
from django.db import Error, transaction

from ncr import actions as ncr
from ncr.actions import Line
from qms import journal
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.journal import queries as trail
from qms.lib.errors import Conflict, Forbidden, Invalid
from tests.factories import person, signing

PROVES = ("11.10(f)", "11.10(j)", "11.70")
pytestmark = pytest.mark.django_db
TEN = Decimal(10)


@pytest.fixture
def executing(make):
    """Ten to scrap, asked of the ERP."""
    return ncr.execute(ncr=make.decided(Line("scrap", TEN)), by=person("engineer"))


def scrap(record) -> Posting:
    return record.postings().get(kind="SCRAP")


def failed(record, code="refused") -> Posting:
    return commands.mark_failed(posting=commands.mark_sent(posting=scrap(record)), code=code, problem="no stock")


# --- cancel ----------------------------------------------------------------------------------------------------------


def test_what_never_left_is_cancelled_at_once_and_can_be_asked_anew(executing, make):
    record = ncr.cancel_posting(ncr=executing, by=person("engineer"), reason="wrong cage")
    assert scrap(record).state == "CANCELLED" and record.current_lines()[0].remaining == TEN
    record = ncr.carry_out(ncr=record, by=person("engineer"))
    assert [(p.state, p.reference[-2:]) for p in record.postings()] == [
        ("POSTED", "01"), ("CANCELLED", "02"), ("QUEUED", "03"),
    ]  # fmt: skip
    make.post(record)
    assert make.mark_scrap(record).state == "VERIFICATION"


def test_what_was_sent_waits_for_the_answer(executing):
    commands.mark_sent(posting=scrap(executing))
    record = ncr.cancel_posting(ncr=executing, by=person("engineer"), reason="wrong cage")
    assert scrap(record).state == "CANCEL_REQUESTED" and record.unposted()
    with pytest.raises(Conflict):
        ncr.cancel_posting(ncr=record, by=person("engineer"), reason="wrong cage")
    commands.mark_cancelled(posting=scrap(record))
    assert record.current_lines()[0].remaining == TEN


def test_posted_before_the_cancellation_it_stays_posted_and_that_is_told(executing, make):
    sent = commands.mark_sent(posting=scrap(executing))
    asked = commands.request_cancel(posting=sent, by=person("engineer"), reason="wrong cage")
    commands.refuse_cancel(posting=asked, document_number="IS-9", document_id="9", read_back="{}")
    record = make.fresh(executing)
    assert (scrap(record).state, record.current_lines()[0].done_quantity) == ("POSTED", TEN)
    assert "posting.cancel_refused" in [line.event for line in trail.timeline(record)]
    with pytest.raises(Conflict, match="IS-9") as refused:
        ncr.cancel_posting(ncr=record, by=person("engineer"), reason="wrong", posting=scrap(record).reference)
    assert refused.value.code == "guard"


def test_after_posting_the_document_is_named_and_reversal_offered(make):
    record = ncr.execute(
        ncr=make.decided(Line("scrap", Decimal(6)), Line("use_as_is", Decimal(4))), by=person("engineer")
    )
    first = record.postings().get(kind="SCRAP")
    commands.mark_posted(
        posting=commands.mark_sent(posting=first), document_number="IS-9", document_id="9", read_back="{}"
    )
    with pytest.raises(Conflict, match="IS-9") as refused:
        ncr.cancel_posting(ncr=make.fresh(record), by=person("engineer"), reason="wrong", posting=first.reference)
    assert refused.value.code == "already_posted" and "Reverse" in str(refused.value.hint)


def test_a_cancelled_release_leaves_the_hold_active(make):
    record = make.report()
    hold = make.hold(record)
    ncr.request_release(hold=hold, by=person("supervisor"), reason="sorted and found good")
    ncr.cancel_posting(ncr=make.fresh(record), by=person("engineer"), reason="not sorted at all")
    hold.refresh_from_db()
    assert hold.state == "ACTIVE"


# --- reverse ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def verified(executing, make):
    make.post(executing)
    return make.mark_scrap(executing)


def test_a_reversal_is_a_posting_of_its_own_and_both_stay(verified, make):
    record = ncr.reverse(ncr=verified, by=person("manager"), reason="wrong parts were scrapped")
    back = record.postings().get(kind="REVERSAL")
    assert record.state == "IN_EXECUTION"
    assert (back.from_place, back.to_place, back.quantity) == ("scrap", "quarantine", TEN)
    assert scrap(record).state == "POSTED" and scrap(record).reversed_by == back
    make.post(record)
    record = make.fresh(record)
    assert record.current_lines()[0].remaining == TEN and record.state == "IN_EXECUTION"
    record = ncr.carry_out(ncr=record, by=person("engineer"))
    make.post(record)
    assert make.fresh(record).state == "VERIFICATION"
    assert [(p.kind, p.from_place) for p in record.postings()] == [
        ("HOLD", "storage"), ("SCRAP", "quarantine"), ("REVERSAL", "scrap"), ("SCRAP", "storage"),
    ]  # fmt: skip


def test_nothing_is_reversed_twice_nor_a_reversal_itself(make):
    record = ncr.execute(
        ncr=make.decided(Line("scrap", Decimal(6)), Line("use_as_is", Decimal(4))), by=person("engineer")
    )
    make.post(record)
    first = record.postings().get(kind="SCRAP").reference
    record = ncr.reverse(ncr=make.fresh(record), by=person("manager"), reason="wrong parts", posting=first)
    with pytest.raises(Conflict, match="reversed already"):
        ncr.reverse(ncr=record, by=person("manager"), reason="wrong parts", posting=first)
    make.post(record)
    back = record.postings().get(kind="REVERSAL").reference
    with pytest.raises(Conflict, match="reversal itself"):
        ncr.reverse(ncr=make.fresh(record), by=person("manager"), reason="wrong parts", posting=back)
    hold = record.postings().get(kind="HOLD").reference
    with pytest.raises(Conflict, match="hold"):
        ncr.reverse(ncr=make.fresh(record), by=person("manager"), reason="wrong parts", posting=hold)


def test_the_database_reverses_once(verified):
    ncr.reverse(ncr=verified, by=person("manager"), reason="wrong parts")
    names = [
        f.attname for f in Posting._meta.concrete_fields if f.name not in ("id", "uid", "reference", "requested_at")
    ]
    back = verified.postings().get(kind="REVERSAL")
    with (
        pytest.raises(Error, match="posting_reversed_once"),
        transaction.atomic(),
        journal.act(journal.EVENTS["ncr.edited"], by=person("engineer")),
    ):
        Posting.objects.create(reference="OTHER-01", **{name: getattr(back, name) for name in names})


def test_a_reversal_asks_a_right_and_a_reason(verified):
    with pytest.raises(Forbidden):
        ncr.reverse(ncr=verified, by=person("engineer"), reason="wrong parts")
    with pytest.raises(Invalid, match="reason"):
        ncr.reverse(ncr=verified, by=person("manager"), reason="n/a")
    assert not verified.postings().filter(kind="REVERSAL").exists()


# --- what needs a decision -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "state"), [("refused", "FAILED"), ("unsupported", "NEEDS_DECISION"), ("differs", "NEEDS_DECISION")]
)
def test_an_answer_that_leaves_it_open_waits_for_a_person(executing, code, state):
    assert failed(executing, code).state == state and executing.unposted()


def test_a_posting_is_skipped_by_signature_of_another(executing, make):
    failed(executing)
    who = person("manager")
    with pytest.raises(Forbidden):
        ncr.skip_posting(ncr=executing, by=person("engineer"), reason="burnt", signing=signing(person("engineer")))
    record = ncr.skip_posting(ncr=make.fresh(executing), by=who, reason="the ERP is retired", signing=signing(who))
    posting = scrap(record)
    assert (posting.state, posting.answered_by, posting.answered_with.meaning) == ("SKIPPED", who, "skipped")
    assert make.mark_scrap(record).state == "VERIFICATION"


def test_who_asked_may_not_answer(make):
    """The manager both executes and answers for the ERP: not the same movement."""
    record = ncr.execute(ncr=make.decided(Line("scrap", TEN)), by=person("manager"))
    failed(record)
    who = person("manager")
    for act, more in ((ncr.skip_posting, {}), (ncr.record_document, {"document_number": "IS-4"})):
        with pytest.raises(Forbidden, match="asked for this posting"):
            act(ncr=make.fresh(record), by=who, reason="the ERP is retired", signing=signing(who), **more)
    assert scrap(record).state == "FAILED"


def test_what_was_posted_by_hand_is_recorded_by_signature(executing, make):
    failed(executing, "unsupported")
    who = person("manager")
    with pytest.raises(Invalid, match="document number"):
        ncr.record_document(
            ncr=make.fresh(executing), by=who, reason="booked there", document_number=" ", signing=signing(who)
        )
    record = ncr.record_document(
        ncr=make.fresh(executing), by=who, reason="booked there", document_number="MB-31", signing=signing(who)
    )
    posting = scrap(record)
    assert (posting.state, posting.document_number, posting.answered_by) == ("POSTED", "MB-31", who)
    assert record.current_lines()[0].done_quantity == TEN


def test_a_hold_is_never_skipped(make):
    record = make.report()
    make.hold(record, posted=False)
    commands.mark_failed(posting=commands.mark_sent(posting=record.postings().get()), code="refused", problem="no")
    who = person("manager")
    with pytest.raises(Conflict, match="hold"):
        ncr.skip_posting(ncr=make.fresh(record), by=who, reason="the ERP is retired", signing=signing(who))


def test_accepted_is_not_posted_and_reconciled_is(executing, make):
    posting = commands.mark_accepted(
        posting=commands.mark_sent(posting=scrap(executing)), document_number="IS-5", document_id="5"
    )
    assert posting.state == "ACCEPTED" and executing.unposted()
    posting = commands.mark_posted(posting=posting, document_number="IS-5", document_id="5", read_back="{}")
    assert commands.mark_reconciled(posting=posting, read_back="{}").state == "RECONCILED"
    assert make.mark_scrap(executing).state == "VERIFICATION"
