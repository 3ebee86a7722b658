"""A signature is bound to its record, version, content, files, meaning and signer, and says so on the page and in JSON."""

from datetime import timedelta

import pytest
from django.urls import reverse

from ncr import actions as ncr
from qms import journal
from qms.accounts import actions as accounts
from qms.demo.cast import PASSWORD
from qms.journal.models import Entry
from qms.lib import canonical
from qms.lib.errors import Forbidden
from qms.records import actions as records
from qms.records import queries
from qms.signatures import actions, snapshot
from qms.signatures.actions import Proof
from qms.signatures.models import Signature
from tests.factories import person, signing
from tests.factories.pictures import picture

pytestmark = pytest.mark.django_db
PROVES = ("11.50", "11.70", "11.200(a)")


def approve(record, name):
    return ncr.approve(ncr=record, by=person(name), signing=signing(person(name)))


@pytest.fixture
def signed(make):
    """Signed by one member of the board; the second is still asked."""
    return approve(make.ncr(state="IN_MRB", scrap="10"), "mrb1")


def line(record, n=0):
    return queries.signatures(type(record).objects.get(pk=record.pk))[n]


def attach(record, color="red", by="engineer"):
    return records.attach(record=record, name="bore.png", content=picture(color=color), by=person(by))


def test_name_time_with_zone_and_meaning_stand_on_the_page_and_in_json(client, signed):
    client.force_login(person("engineer"), "qms.accounts.backends.PasswordBackend")
    made = Signature.objects.on(signed).get()
    page = client.get(reverse("ncr:detail", args=[signed.number])).content.decode()
    told = client.get(f"/api/v1/ncrs/{signed.number}").json()["signatures"][0]
    assert made.timezone == "Europe/Berlin" and made.when.endswith("+01:00 (Europe/Berlin)")
    for text in (made.signer_name, made.when, "Approved for the MRB", "Covers this record as it is."):
        assert text in page, text
    assert (told["name"], told["meaning"], told["local_time"]) == (made.signer_name, "approved_mrb", made.when)
    assert told["at"].endswith("Z") and told["timezone"] == "Europe/Berlin" and told["covers"] is True
    assert told["coverage"] == "Covers this record as it is." and told["components"] == ["user_id", "password"]


def test_a_file_that_comes_before_the_decision_is_part_of_it(signed):
    attach(signed)
    assert not line(signed).covers and "changed since" in line(signed).words


def test_a_file_that_comes_after_the_decision_uncovers_nothing_and_is_told(make, client):
    record = make.ncr(state="DISPOSITIONED", scrap="10")
    before = [one.covers for one in queries.signatures(record)]
    attach(record)
    attach(record, "green")
    assert before == [True, True] and [one.covers for one in queries.signatures(make.fresh(record))] == before
    assert "2 files were added later" in line(record).words
    client.force_login(person("engineer"), "qms.accounts.backends.PasswordBackend")
    assert "2 files were added later" in client.get(f"/api/v1/ncrs/{record.number}").json()["signatures"][0]["coverage"]


def test_a_file_between_two_signatures_of_the_board_asks_the_first_again(signed, make):
    attach(signed)
    record = approve(make.fresh(signed), "mrb2")
    assert record.state == "IN_MRB" and [one.covers for one in queries.signatures(record)] == [False, True]
    record = approve(make.fresh(record), "mrb1")
    assert record.state == "DISPOSITIONED" and [one.covers for one in queries.signatures(record)] == [False, True, True]


def test_the_files_hash_is_signed_not_its_name_only(make):
    record = make.ncr(state="DISPOSITIONED", scrap="10")
    shown = snapshot.told(record, Signature.objects.on(record).first())
    assert shown["attachments"] == []
    with_file = make.report()
    file = attach(with_file, "blue")
    assert snapshot.told(with_file, Signature(scheme=2, record_version=1))["attachments"] == [file.sha256]


def test_a_later_posting_and_its_progress_uncover_nothing(make):
    record = make.ncr(state="CLOSED")
    assert all(one.covers for one in queries.signatures(record))


def test_signatures_of_the_first_scheme_keep_verifying(make):
    record = make.ncr(state="IN_MRB", scrap="10")
    content = {"content": record.signed_content(), "number": record.number, "type": "ncr.nonconformance"}
    with journal.act(journal.EVENTS["signature.made"], by=person("mrb1")) as act:
        old = Signature.objects.create(
            record_type="ncr.nonconformance", record_key=str(record.pk), record_number=record.number,
            record_version=record.version, digest=canonical.digest(content), meaning="approved_mrb", sentence="I sign.",
            language="en", signer=person("mrb1"), signer_name="Milan Roth", timezone="UTC",
        )  # fmt: skip
        act.record(record, actions._payload(old))
    assert old.scheme == 1 and line(record).covers
    attach(record)
    assert not line(record).covers


@pytest.mark.parametrize("change", ["record_version", "signer_name", "sentence", "meaning", "uid"])
def test_no_part_of_a_signature_can_be_exchanged(signed, change):
    from qms.lib.ids import uuid7

    made = Signature.objects.on(signed).get()
    other = {"record_version": 99, "uid": uuid7(), "meaning": "verified"}.get(change, "Somebody Else")
    setattr(made, change, other)
    assert not snapshot.covers(signed, made)


def test_a_proof_signs_for_its_owner_and_its_meaning_only(signed):
    for proof in (Proof(person("mrb1").pk, "approved_mrb", ""), Proof(person("mrb2").pk, "verified", "")):
        with pytest.raises(Forbidden, match="Nobody signs for another"):
            actions.sign(record=signed, meaning="approved_mrb", sentence="x", by=person("mrb2"), proof=proof)


def test_a_signature_soon_after_a_one_time_password_is_flagged(make, time, client):
    new = "a phrase of her own words"
    accounts.set_password(user=person("mrb1"), password="a phrase of the administrator", by=person("security"))
    accounts.choose_password(user=person("mrb1"), current="a phrase of the administrator", password=new)
    first, second = (make.ncr(state="IN_MRB", scrap="10") for _ in "ab")
    given = signing(person("mrb1"), password=new)
    ncr.approve(ncr=first, by=person("mrb1"), signing=given)
    time.forward(timedelta(hours=24, seconds=60).total_seconds())
    ncr.approve(ncr=second, by=person("mrb1"), signing=given)
    assert [Signature.objects.on(r).get().flags for r in (first, second)] == ["one_time_password", ""]
    client.force_login(person("engineer"), "qms.accounts.backends.PasswordBackend")
    assert client.get(f"/api/v1/ncrs/{first.number}").json()["signatures"][0]["flags"] == ["one_time_password"]
    assert "one-time password set by somebody else" in client.get(f"/ncr/{first.number}").content.decode()


def test_while_somebody_else_knows_the_password_nothing_is_signed(make):
    record = make.ncr(state="IN_MRB", scrap="10")
    accounts.set_password(user=person("mrb1"), password="a phrase of the administrator", by=person("security"))
    given = signing(person("mrb1"), password="a phrase of the administrator")
    from qms.lib.errors import SignatureRefused

    with pytest.raises(SignatureRefused, match="somebody else knows"):
        ncr.approve(ncr=record, by=person("mrb1"), signing=given)


def test_each_signature_is_a_line_of_the_trail_with_its_digest(signed):
    made = Signature.objects.on(signed).get()
    told = Entry.objects.filter(event="signature.made", object_key=str(signed.pk), payload__contains=made.digest)
    assert told.count() == 1 and PASSWORD not in told.get().payload
