"""A closed record is never edited: reopening begins an edition, and only the difference is posted."""

from decimal import Decimal

import pytest

from ncr import actions as ncr
from ncr.actions import Line
from ncr.queries import editions
from qms.lib.errors import Conflict, Forbidden, Invalid
from tests.factories import person, signing

PROVES = ("11.10(c)", "11.10(e)", "11.70")
pytestmark = pytest.mark.django_db


def lines(scrap: str, use: str) -> list[Line]:
    return [Line("scrap", Decimal(scrap)), *([Line("use_as_is", Decimal(use))] if use != "0" else [])]


def reopen(record, reason="a customer found one more"):
    who = person("manager")
    return ncr.reopen(ncr=record, by=who, reason=reason, signing=signing(who))


@pytest.fixture
def closed(make):
    """Three scrapped, seven released."""
    return make.ncr(state="CLOSED", quantity="10", scrap="3")


def execute(make, record):
    """After reopening: containment is waived (the stock is in the cage), then executed."""
    who = person("supervisor")
    record = ncr.waive(ncr=record, by=who, reason="parts are in the cage", signing=signing(who))
    return ncr.execute(ncr=record, by=person("engineer"))


def test_reopening_keeps_the_edition_before(closed, make):
    signed = list(closed.approvals.values_list("pk", flat=True))
    record = reopen(closed)
    assert (record.state, record.edition, record.round, record.undecided_quantity) == ("IN_REVIEW", 2, 2, 10)
    assert record.closed_at is None and record.current_lines() == []
    ((number, why, old),) = editions(record)
    assert number == 1 and why.reason == "a customer found one more" and why.from_state == "CLOSED" and why.closed_at
    assert [(line.kind, line.quantity, line.done_quantity) for line in old] == [("scrap", 3, 3), ("use_as_is", 7, 7)]
    assert list(record.approvals.values_list("pk", flat=True)) == signed


def test_only_the_difference_is_posted(closed, make):
    record = make.signed(reopen(closed), *lines("5", "5"))
    before = record.postings().count()
    record = execute(make, record)
    new = list(record.postings())[before:]
    assert [(p.kind, p.quantity, p.from_place) for p in new] == [("SCRAP", 2, "storage")]
    assert [(line.asked_quantity, line.done_quantity) for line in record.current_lines()] == [(5, 3), (5, 5)]
    make.post(record)
    assert make.mark_scrap(record).state == "VERIFICATION"
    third = reopen(make.fresh(record))
    assert third.edition == 3 and third.gone_before() == {("scrap", None): 5}


def test_the_same_decision_again_posts_nothing(closed, make):
    record = make.signed(reopen(closed), *lines("3", "7"))
    before = record.postings().count()
    record = execute(make, record)
    assert record.postings().count() == before and record.state == "VERIFICATION", "evidence of before counts"


def test_less_than_was_posted_has_to_be_reversed_first(closed, make):
    record = make.signed(reopen(closed), *lines("1", "9"))
    who = person("supervisor")
    record = ncr.waive(ncr=record, by=who, reason="parts are in the cage", signing=signing(who))
    with pytest.raises(Conflict, match="-02"):
        ncr.execute(ncr=record, by=person("engineer"))
    first = record.postings().get(kind="SCRAP")
    record = ncr.reverse(ncr=record, by=person("manager"), reason="two are good", posting=first.reference)
    make.post(record)
    record = ncr.execute(ncr=make.fresh(record), by=person("engineer"))
    assert [(p.kind, p.quantity) for p in record.postings()][-1] == ("SCRAP", 1)


def test_a_failed_rework_is_decided_anew(make):
    record = ncr.execute(ncr=make.decided(Line("rework", Decimal(10), "re-bore")), by=person("engineer"))
    record = ncr.rework(ncr=record, by=person("operator"))
    who = person("manager")
    record = ncr.reinspect(ncr=record, by=who, result="failed", reference="INS-1", signing=signing(who))
    record = make.signed(reopen(record, "cannot be reworked"), Line("scrap", Decimal(10)))
    record = ncr.execute(ncr=record, by=person("engineer"))
    assert [(p.kind, p.quantity, p.from_place) for p in record.postings()][-1] == ("SCRAP", 10, "quarantine")


def test_nothing_is_reopened_while_the_erp_owes_an_answer(make):
    with pytest.raises(Conflict, match="under way"):
        reopen(make.ncr(state="IN_EXECUTION"))


def test_reopening_asks_right_reason_and_signature(closed):
    with pytest.raises(Forbidden):
        ncr.reopen(ncr=closed, by=person("engineer"), reason="one more", signing=signing(person("engineer")))
    with pytest.raises(Invalid, match="reason"):
        reopen(closed, "-")
    with pytest.raises(Invalid, match="signature"):
        ncr.reopen(ncr=closed, by=person("manager"), reason="one more", signing=None)


def test_a_stale_page_reopens_nothing(closed):
    who = person("manager")
    seen = closed.version
    reopen(closed)
    with pytest.raises(Conflict):
        ncr.reopen(ncr=closed, by=who, reason="one more", signing=signing(who), version=seen)
