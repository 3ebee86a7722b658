"""Nobody signs what they are not qualified for where the site asks for it (21 CFR 11.10(i))."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from ncr import actions as ncr
from qms import journal
from qms.accounts.models import Site
from qms.demo.cast import PASSWORD
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.lib.errors import Forbidden, Invalid, SignatureRefused
from qms.office.models import Notification
from qms.office.notifications import rules, wording
from qms.qualifications import actions
from qms.qualifications.models import Qualification
from qms.signatures import actions as signatures
from qms.signatures import qualified
from qms.signatures.models import Signature, SigningRule
from tests.factories import Factory, person, signing

PROVES = ("11.10(i)",)
pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Site:
    return Site.objects.get(code="AUG")


def ask(site: Site, *meanings: str) -> SigningRule:
    off = {"refuses_fresh_role": False, "refuses_fresh_access": False}
    return signatures.set_rule(site=site, qualified_meanings=meanings, by=person("admin"), reason="our rule", **off)


def close(record, by="supervisor"):
    return ncr.close(ncr=record, by=person(by), signing=signing(person(by)))


def test_without_one_the_signature_is_refused_and_the_attempt_stays(make: Factory, home: Site):
    record = make.ncr(state="VERIFICATION")
    ask(home, "verified")
    with pytest.raises(SignatureRefused) as refused:
        close(record)
    assert (refused.value.code, refused.value.status) == ("unqualified", 403)
    assert "Verified and closed" in str(refused.value) and "None is recorded" in str(refused.value)
    told = Entry.objects.filter(event="signature.refused").latest("id")
    assert '"why":"unqualified"' in told.payload and told.actor_id == str(person("supervisor").pk)
    make.qualification(of="supervisor", meanings=("reviewed",))  # of another meaning
    with pytest.raises(SignatureRefused):
        close(record)
    make.qualification(of="supervisor", meanings=("reviewed", "verified"))
    assert close(record).state == "CLOSED"


def test_an_expired_a_coming_and_an_ended_one_count_for_nothing(make: Factory, home: Site):
    record, today = make.ncr(state="VERIFICATION"), now().date()
    ask(home, "verified")
    old = make.qualification(of="supervisor", valid_from=today - timedelta(days=9), valid_to=today - timedelta(days=1))
    with pytest.raises(SignatureRefused, match=f"{old.number} was valid until {today - timedelta(days=1)}"):
        close(record)
    actions.end(qualification=old, by=person("manager"), reason="recorded for the wrong person")
    coming = make.qualification(of="supervisor", valid_from=today + timedelta(days=1))
    with pytest.raises(SignatureRefused, match=f"{coming.number} is not valid before"):
        close(record)
    ended = make.qualification(of="supervisor", state="ENDED")
    assert ended.ended_at
    with pytest.raises(SignatureRefused):
        close(record)
    make.qualification(of="supervisor", valid_to=today)  # the last day counts
    assert close(record).state == "CLOSED"


def test_it_counts_at_its_site_and_the_rule_of_another_asks_nothing(make: Factory, home: Site):
    record = make.ncr(state="VERIFICATION")
    ask(Site.objects.get(code="SUZ"), "verified")
    assert qualified.lacking(person("supervisor"), site_id=home.pk, meaning="verified") == ""
    ask(home, "verified")
    make.qualification(site="SUZ", of="gongcheng")
    assert qualified.lacking(person("gongcheng"), site_id=home.pk, meaning="verified")
    with pytest.raises(SignatureRefused):
        close(record)


def test_it_is_asked_again_where_the_signature_is_stored(make: Factory, home: Site):
    """Ended between the dialog and the lock: the authentication of before opens nothing."""
    record, who = make.ncr(state="VERIFICATION"), person("supervisor")
    proof = signatures.authenticate(by=who, given=signing(who), number=record.number, meaning="verified")
    ask(home, "verified")
    with pytest.raises(SignatureRefused), journal.act(journal.EVENTS["ncr.closed"], by=who):
        signatures.sign(record=record, meaning="verified", sentence="I sign.", by=who, proof=proof)
    assert not Signature.objects.filter(meaning="verified").exists()


def test_without_a_room_that_answers_nothing_is_signed(make: Factory, home: Site, monkeypatch):
    ask(home, "verified")
    monkeypatch.setattr(qualified, "ASK", [])
    with pytest.raises(SignatureRefused, match="Nothing here knows"):
        close(make.ncr(state="VERIFICATION"))


@pytest.mark.parametrize(("language", "words"), [("en", "current qualification"), ("zh-hans", "有效资质")])
def test_the_dialog_says_it_and_keeps_what_was_entered(make: Factory, home: Site, client: Client, language, words):
    record, who = make.ncr(state="VERIFICATION"), person("supervisor")
    ask(home, "verified")
    signatures.agree(user=who, given=signing(who)) if not who.agreements.exists() else None
    client.force_login(who, backend="qms.accounts.backends.PasswordBackend")
    client.post(reverse("accounts:preferences"), {"language": language, "next": "/"})
    url = reverse("ncr:ncr-step", args=[record.number, "close"])
    given = {
        "version": record.version,
        "_sign": "1",
        "_username": who.username,
        "_password": PASSWORD,
        "_comment": "kept",
    }
    answer = client.post(url, given)
    assert answer.status_code == 403
    page = answer.content.decode()
    assert words in page and 'id="sign-username"' in page and "kept" in page


class TestRecording:
    def test_nobody_records_their_own(self, home: Site):
        who = person("manager")
        with pytest.raises(Forbidden) as refused:
            actions.qualify(
                by=who, site=home, person=who, meanings=["verified"], basis="I know it", valid_to=now().date()
            )
        assert refused.value.code == "segregation"
        assert Entry.objects.filter(event="access.refused").latest("id").actor_id == str(who.pk)
        row = {"site": home, "state": "VALID", "person": who, "meanings": ["verified"], "basis": "x"}
        with pytest.raises(IntegrityError), transaction.atomic(), journal.act(actions.events.RECORDED, by=who):
            Qualification.objects.create(created_by=who, valid_from=now().date(), valid_to=now().date(), **row)

    def test_words_and_days_are_looked_at(self, home: Site):
        today = now().date()
        good = {"meanings": ["verified"], "basis": "Training", "valid_to": today, "person": person("inspector")}
        for wrong, field in (
            ({"meanings": []}, "meanings"),
            ({"meanings": ["agreed"]}, "meanings"),
            ({"basis": " "}, "basis"),
            ({"valid_from": today + timedelta(days=1)}, "valid_to"),
            ({"person": person("gongcheng")}, "person"),
        ):
            with pytest.raises(Invalid) as refused:
                actions.qualify(by=person("manager"), site=home, **{**good, **wrong})
            assert refused.value.field == field
        with pytest.raises(Forbidden):
            actions.qualify(by=person("engineer"), site=home, **good)
        with pytest.raises(Forbidden):
            actions.qualify(by=person("manager"), site=Site.objects.get(code="SUZ"), **good)

    def test_by_page_and_by_interface_once(self, home: Site, client: Client):
        client.force_login(person("manager"), backend="qms.accounts.backends.PasswordBackend")
        day = (now().date() + timedelta(days=90)).isoformat()
        page = client.get(reverse("qualifications:qualification-create")).content.decode()
        assert 'value="inspector"' in page and 'value="manager"' not in page and 'value="gongcheng"' not in page
        said = {"site": "AUG", "person": "inspector", "meanings": ["verified"], "basis": "Course 7", "valid_to": day}
        assert client.post(reverse("qualifications:qualification-create"), said).status_code == 302
        key = {"Idempotency-Key": "0190a1a0-0000-7000-8000-000000000001"}
        url = "/api/v1/qualifications"
        first = client.post(url, said, content_type="application/json", headers=key)
        again = client.post(url, said, content_type="application/json", headers=key)
        assert (first.status_code, again.status_code) == (201, 201), first.content
        assert first.json()["number"] == again.json()["number"] and first.json()["standing"] == "current"
        assert Qualification.objects.filter(basis="Course 7").count() == 2

    def test_the_rule_is_set_on_the_sites_page_and_stands_in_the_trail(self, home: Site, client: Client):
        client.force_login(person("admin"), backend="qms.accounts.backends.PasswordBackend")
        url = reverse("office:signing-rule", args=["AUG"])
        said = {"qualified_meanings": ["verified", "approved_mrb"], "reason": "board decision"}
        assert client.post(url, said).status_code == 302
        assert SigningRule.objects.get(site=home).qualified_meanings == ["approved_mrb", "verified"]
        assert '"approved_mrb"' in Entry.objects.filter(event="signature.rule_set").latest("id").payload
        assert 'value="verified" ' in client.get(url).content.decode()


def test_what_runs_out_is_told_once_to_the_person_and_to_who_records(make: Factory):
    today = now().date()
    row = make.qualification(of="inspector", valid_to=today + timedelta(days=20))
    make.qualification(of="engineer", valid_to=today + timedelta(days=20))
    make.qualification(of="engineer", valid_to=today + timedelta(days=400))  # replaces it
    rules.remind()
    rules.remind()
    told = Notification.objects.filter(record_type="qualifications.qualification")
    assert set(told.values_list("number", flat=True)) == {row.number}
    names = set(told.values_list("user__username", flat=True))
    assert {"inspector", "manager", "supervisor"} <= names and len(names) == told.count()
    assert "within a month" in wording.sentence(told.first())
