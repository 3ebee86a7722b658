"""The way of an NCR by its acts, and everything that must be refused on it."""

from decimal import Decimal

import pytest
from django.db import Error, connection, transaction

from ncr import actions as ncr
from ncr.models import DispositionLine, Hold, Nonconformance
from ncr.workflow import NCR
from qms import journal
from qms.commands.models import Posting
from qms.journal import queries as trail
from qms.lib.errors import Conflict, Forbidden, Invalid, SignatureRefused
from qms.records import queries as records
from tests.factories import person, signing

PROVES = ("11.10(f)", "11.10(j)", "11.70", "11.200(a)", "11.300(d)", "G21")

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", [s.code for s in NCR.states])
def test_every_state_is_reached_by_acts(make, state):
    assert make.ncr(state=state).state == state


def test_scrap_and_use_as_is_are_signed_posted_and_closed(make):
    record = make.ncr(state="CLOSED", quantity="10", scrap="3")
    kinds = [(p.kind, p.quantity, p.state) for p in record.postings()]
    assert kinds == [("HOLD", 10, "POSTED"), ("SCRAP", 3, "POSTED"), ("RELEASE", 7, "POSTED")]
    assert [p.reference[-2:] for p in record.postings()] == ["01", "02", "03"]
    assert Hold.objects.get(ncr=record).state == "RELEASED"
    assert {a.slot for a in record.approvals.all()} == {"mrb", "design"}
    assert record.approvals.count() == 3
    assert all(line.covers for line in records.signatures(record))
    sentences = [line.event for line in trail.timeline(record)]
    assert sentences.count("ncr.approved") == 3 and "posting.posted" in sentences


def test_an_ncr_is_not_executed_before_the_erp_has_posted(make):
    record = make.ncr(state="IN_EXECUTION")
    assert record.state == "IN_EXECUTION" and record.unposted()
    with pytest.raises(Forbidden):
        ncr.close(ncr=make.ncr(state="VERIFICATION"), by=person("mrb1"), signing=signing(person("mrb1")))
    with pytest.raises(Conflict):
        ncr.close(ncr=record, by=person("supervisor"), signing=signing(person("supervisor")))


def test_scrap_alone_needs_no_design_authority(make):
    record = make.ncr(state="DISPOSITIONED", quantity="5", scrap="5")
    assert record.approvals.count() == 2


def test_execution_waits_for_containment(make):
    record = make.ncr(state="DISPOSITIONED", held=False)
    with pytest.raises(Conflict, match="Containment"):
        ncr.execute(ncr=record, by=person("engineer"))
    who = person("manager")
    record = ncr.waive(ncr=record, by=who, reason="stock is in the cage", signing=signing(who))
    record = ncr.execute(ncr=record, by=person("engineer"))
    assert [(p.kind, p.from_place) for p in record.postings()] == [("SCRAP", "storage")]


@pytest.mark.parametrize("who", ["inspector", "engineer"])
def test_reporter_and_proposer_never_approve(make, who):
    record = make.ncr(state="IN_MRB")
    from qms.accounts import actions as accounts

    user = person(who)
    accounts.grant(user=user, role="mrb_member", site=record.site, by=journal.SYSTEM)
    with pytest.raises(Forbidden):
        ncr.approve(ncr=record, by=person(who), signing=signing(user))


def test_one_person_signs_once(make):
    record = make.ncr(state="IN_MRB")
    who = person("mrb1")
    record = ncr.approve(ncr=record, by=who, signing=signing(who))
    with pytest.raises(Forbidden, match="signed"):
        ncr.approve(ncr=record, by=who, signing=signing(who))


def test_a_wrong_password_signs_nothing_and_locks_in_the_end(make):
    record, who = make.ncr(state="IN_MRB"), person("mrb1")
    for _ in range(5):
        with pytest.raises(SignatureRefused):
            ncr.approve(ncr=record, by=who, signing=signing(who, password="wrong"))
    with pytest.raises(SignatureRefused, match="locked"):
        ncr.approve(ncr=record, by=who, signing=signing(who))
    assert record.approvals.count() == 0


def test_a_stale_page_signs_nothing_and_learns_who_changed_what(make):
    record, who = make.ncr(state="IN_REVIEW"), person("mrb1")
    seen = record.version
    ncr.edit(cause="INFO", ncr=record, by=person("manager"), reason="count was wrong", affected_quantity=Decimal(12))
    with pytest.raises(Conflict) as caught:
        ncr.send_to_mrb(ncr=record, by=person("engineer"), version=seen)
    assert ("Maren Vogt", "12") in {(c[0], c[4]) for c in caught.value.changes}
    assert not record.approvals.filter(signer=who).exists()


def test_a_change_after_signing_uncovers_the_signature(make):
    record, who = make.ncr(state="IN_MRB"), person("mrb1")
    record = ncr.approve(ncr=record, by=who, signing=signing(who))
    record = ncr.send_back(ncr=record, by=person("mrb2"), reason="quantity is doubtful")
    record = ncr.edit(cause="INFO", ncr=record, by=person("engineer"), reason="recounted", description="Bore 12.1 mm")
    assert [line.covers for line in records.signatures(record)] == [False]
    record = ncr.send_to_mrb(ncr=record, by=person("engineer"))
    assert len(record.missing_slots()) == 2


def test_quantities_add_up_whoever_writes(make):
    record = make.ncr(state="IN_REVIEW")
    with pytest.raises(Invalid, match="add up"):
        ncr.disposition(ncr=record, lines=[ncr.Line("scrap", Decimal(11))], by=person("engineer"))
    with pytest.raises(Error, match="add up"), transaction.atomic():
        with journal.act(journal.EVENTS["ncr.edited"], by=person("engineer")) as act:
            DispositionLine.objects.create(ncr=record, line=1, kind="scrap", quantity=3)
            act.record(record)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_database_refuses_an_illegal_state(make):
    record = make.ncr()
    with pytest.raises(Error, match="may not go"), journal.act(journal.EVENTS["ncr.closed"], by=person("engineer")):
        Nonconformance.objects.filter(pk=record.pk).update(state="CLOSED")


def test_a_hold_is_active_only_when_the_erp_moved_the_lot(make):
    record = make.report()
    hold = make.hold(record, posted=False)
    assert (hold.state, make.fresh(record).containment) == ("REQUESTED", "requested")
    make.post(record)
    hold.refresh_from_db()
    assert (hold.state, make.fresh(record).state, make.fresh(record).containment) == (
        "ACTIVE",
        "CONTAINED",
        "confirmed",
    )


def test_a_posting_reads_posted_only_with_a_document(make):
    record = make.report()
    make.hold(record, posted=False)
    with (
        pytest.raises(Error, match="posting_has_document"),
        journal.act(journal.EVENTS["posting.posted"], by=journal.SYSTEM),
    ):
        Posting.objects.of(record).update(state="POSTED")


def test_the_same_form_twice_is_one_ncr(make):
    from qms.lib.ids import uuid7

    lot, uid = make.report().lot, uuid7()
    code = Nonconformance.objects.first().defect_code
    one, two = (
        ncr.report(by=person("operator"), uid=uid, part=lot.item, lot=lot, quantity=Decimal(1), defect_code=code)
        for _ in "ab"
    )
    assert one.pk == two.pk


@pytest.mark.parametrize("name", ["caozuo", "operator", "admin"])
def test_only_who_can_review_here_owns_an_ncr(make, name):
    record = make.ncr()
    with pytest.raises(Invalid, match="own"):
        ncr.edit(cause="INFO", ncr=record, by=person("engineer"), reason="hand over", owner=person(name))
    assert (
        ncr.edit(
            cause="INFO", ncr=record, by=person("engineer"), reason="hand over", owner=person("manager")
        ).owner.username
        == "manager"
    )
