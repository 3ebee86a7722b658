"""A signer takes one signature back while what it served has not gone on: struck through everywhere, never deleted, never by another."""

import json

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from ncr import actions as ncr
from ncr.models import Approval, Nonconformance
from qms import journal
from qms.demo.cast import PASSWORD
from qms.journal import queries as trail
from qms.lib.errors import Conflict, Forbidden, Invalid, SignatureRefused
from qms.records import actions as records
from qms.records import queries
from qms.signatures import events
from qms.signatures.models import Signature, Withdrawal
from tests.factories import person, signing

pytestmark = pytest.mark.django_db
PROVES = ("11.50", "11.70", "11.200(a)", "G8")
WHY = "Signed the wrong one of two similar records"


def approve(record, name):
    return ncr.approve(ncr=record, by=person(name), signing=signing(person(name)))


def withdraw(record, name="mrb1", *, signature=None, reason=WHY, password=PASSWORD):
    who = person(name)
    made = signature or Signature.objects.on(record).first()
    given = signing(who, password=password)
    return records.withdraw_signature(record=record, signature=made, reason=reason, by=who, signing=given)


def fresh(record):
    return Nonconformance.objects.get(pk=record.pk)


@pytest.fixture
def signed(make):
    """Signed by one member of the board; the second is still asked."""
    return approve(make.ncr(state="IN_MRB", scrap="10"), "mrb1")


def test_it_counts_no_more_and_stays(signed):
    assert len(fresh(signed).missing_slots()) == 1
    before = fresh(signed).version
    withdraw(signed)
    row = fresh(signed)
    assert len(row.missing_slots()) == 2 and row.state == "IN_MRB" and row.version == before + 1
    [line] = queries.signatures(row)
    gone = line.signature.taken_back
    assert not line.covers and "Withdrawn by the signer" in line.words
    assert (gone.by, gone.reason, gone.components) == (person("mrb1"), WHY, "user_id,password")
    told = trail.timeline(row)[0]
    assert (told.event, told.kind, told.reason) == ("signature.withdrawn", "signature", WHY)
    assert told.actor_name == person("mrb1").full_name


def test_the_place_is_free_again_also_for_the_same_person(signed):
    withdraw(signed)
    approve(fresh(signed), "mrb2")
    row = approve(fresh(signed), "mrb1")
    assert row.state == "DISPOSITIONED" and len(Signature.objects.on(row)) == 3
    assert [a.withdrawn for a in row.approvals.order_by("pk")] == [True, False, False]


def test_it_does_not_conclude_with_a_withdrawn_one(signed):
    withdraw(signed)
    assert approve(fresh(signed), "mrb2").state == "IN_MRB"


def test_once_the_step_has_gone_on_nothing_is_withdrawn(signed):
    made = Signature.objects.on(signed).get()
    done = approve(fresh(signed), "mrb2")
    assert done.state == "DISPOSITIONED"
    with pytest.raises(Conflict, match="cannot be withdrawn"):
        withdraw(done, signature=made)
    assert not Withdrawal.objects.exists() and not queries.signatures(done)[0].may_go


def test_a_waiver_goes_while_nothing_is_executed(make):
    record = make.ncr(state="IN_REVIEW", held=False)
    record = ncr.waive(
        ncr=record, by=person("manager"), reason="No stock is left of it", signing=signing(person("manager"))
    )
    assert fresh(record).waiver_id
    withdraw(fresh(record), "manager")
    assert fresh(record).waiver_id is None and fresh(record).containment != "waived"


def test_nobody_withdraws_for_another(signed):
    for name in ("mrb2", "manager", "admin", "engineer"):
        with pytest.raises(Forbidden):
            withdraw(signed, name)
    other = approve(signed.__class__.objects.get(pk=signed.pk), "mrb2")
    with pytest.raises(Forbidden):
        withdraw(other, "mrb1", signature=Signature.objects.on(other).get(signer=person("mrb2")))


def test_it_takes_a_reason_and_the_components_and_is_done_once(signed):
    with pytest.raises(Invalid):
        withdraw(signed, reason="n/a")
    with pytest.raises(SignatureRefused):
        withdraw(signed, password="not the password of anybody")
    assert not Withdrawal.objects.exists() and fresh(signed).valid_approvals()
    withdraw(signed)
    with pytest.raises(Conflict):
        withdraw(fresh(signed))
    with pytest.raises(Conflict, match="was changed"):  # who saw the signature does not build on it
        ncr.approve(ncr=fresh(signed), by=person("mrb2"), signing=signing(person("mrb2")), version=signed.version)


def refused(act):
    with pytest.raises((DatabaseError, psycopg.Error)) as told, transaction.atomic():
        act()
    connection.check_constraints()
    return str(told.value)


def row_for(made, **more):
    values = {"signature": made, "record_type": made.record_type, "record_key": made.record_key, "reason": WHY}
    values |= {"record_number": made.record_number, "by": made.signer, "by_name": "X", "timezone": "UTC"}
    return Withdrawal(**{**values, **more})


def test_the_database_holds_it_whoever_writes(signed):
    made = Signature.objects.on(signed).get()

    def in_act(write):
        def run():
            with journal.act(events.WITHDRAWN, by=person("mrb2"), reason=WHY) as act:
                write()
                act.record(signed, events.Withdrawn(signed.number, 1, "", "", ""))
                connection.check_constraints()

        return run

    assert "signer alone" in refused(in_act(lambda: row_for(made, by=person("mrb2")).save()))
    assert "signer alone" in refused(in_act(lambda: row_for(made, record_key="0").save()))
    assert "still" in refused(in_act(lambda: row_for(made).save())) or "counts although" in refused(
        in_act(lambda: row_for(made).save())
    )
    assert "with its signature" in refused(in_act(lambda: Approval.objects.update(withdrawn=True)))
    withdraw(signed)
    assert "for good" in refused(in_act(lambda: Approval.objects.update(withdrawn=False)))
    assert refused(in_act(lambda: Withdrawal.objects.update(reason="another one")))
    assert refused(in_act(lambda: Withdrawal.objects.all().delete()))


@pytest.mark.parametrize(
    ("language", "button", "word"),
    [("en", "Withdraw my signature", "Withdrawn by"), ("zh-hans", "撤回我的签名", "撤回：")],
)
def test_on_the_page_by_the_dialog_in_both_languages(client, signed, language, button, word):
    signer = person("mrb1")
    signer.language = language
    with journal.act(journal.EVENTS["account.changed"], by=journal.SYSTEM, reason="language") as act:
        signer.save(update_fields=["language"])
        act.record(signer)
    client.force_login(signer, "qms.accounts.backends.PasswordBackend")
    made = Signature.objects.on(signed).get()
    address = reverse("office:signature-withdraw", args=[signed.number, made.uid])
    page = client.get(signed.get_absolute_url()).content.decode()
    assert address in page and button in page
    asked = client.post(address, {"reason": WHY})
    assert asked.status_code == 200 and 'id="q-sign"' in asked.content.decode() and not Withdrawal.objects.exists()
    given = {"reason": WHY, "_sign": "1", "_username": "mrb1", "_password": PASSWORD}
    assert client.post(address, given).status_code == 302
    page = client.get(signed.get_absolute_url()).content.decode()
    assert "<del>" in page and word in page and WHY in page and address not in page
    client.force_login(person("mrb2"), "qms.accounts.backends.PasswordBackend")
    assert client.get(address).status_code == 404 and client.post(address, given).status_code == 404
    client.force_login(person("gongcheng"), "qms.accounts.backends.PasswordBackend")
    assert client.get(address).status_code == 404


def test_over_rest_and_in_json(signer, signed):
    made = Signature.objects.on(signed).get()
    address = f"/api/v1/signatures/{made.uid}/withdraw"
    body = {"reason": WHY, "signature": {"username": "mrb1", "password": PASSWORD}}

    def post(who, **more):
        return signer(who).client.post(address, json.dumps({**body, **more}), content_type="application/json")

    assert post("mrb2").status_code == 404 and post("mrb1", reason="n/a").status_code == 422
    assert post("mrb1", signature={"password": PASSWORD}).status_code == 401, "every component at the first signing"
    assert post("mrb1").status_code == 200
    told = signer("engineer").client.get(f"/api/v1/ncrs/{signed.number}").json()["signatures"][0]
    assert told["withdrawn"]["reason"] == WHY and told["withdrawn"]["name"] == person("mrb1").full_name
    assert told["covers"] is False and post("mrb1").status_code == 409
