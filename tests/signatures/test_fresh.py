"""A role, a password or a binding that somebody else gave within a day: told beside the signature, or refused where the site says so."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from ncr import actions as ncr
from qms import journal
from qms.accounts import actions as accounts
from qms.accounts.models import Grant, Site
from qms.demo.cast import PASSWORD
from qms.journal.models import Entry
from qms.lib.errors import Forbidden, Invalid, SignatureRefused
from qms.records import queries
from qms.records.bundle import report
from qms.signatures import actions
from qms.signatures.models import Signature, SigningRule
from tests.factories import person, signing

pytestmark = pytest.mark.django_db
PROVES = ("11.200(a)", "11.50", "11.10(g)")


@pytest.fixture
def record(make):
    return make.ncr(state="IN_MRB", scrap="10")


@pytest.fixture
def home(record):
    return record.site


@pytest.fixture
def promoted(home):
    """The supervisor sits on the board since now."""
    accounts.grant(user=person("supervisor"), role="mrb_member", site=home, by=person("admin"), reason="deputy")
    return person("supervisor")


def approve(record, who):
    return ncr.approve(ncr=record, by=who, signing=signing(who))


def rule(home, **told):
    told = {"refuses_fresh_role": False, "refuses_fresh_access": False, **told}
    return actions.set_rule(site=home, by=person("admin"), reason="our rule", **told)


def made(record):
    return Signature.objects.get(record_number=record.number)


def test_a_fresh_role_is_told_with_when_and_by_whom_on_screen_in_json_and_over_rest(record, promoted, client):
    approve(record, promoted)
    found = made(record)
    assert found.flags == "fresh_role"
    [told] = found.fresh_roles
    assert told["role"] == "mrb_member" and told["by"] == person("admin").full_name
    words = f"The role MRB member was granted less than an hour before, by {person('admin').full_name}"
    assert [str(word) for word in found.flag_words] == [words]
    client.force_login(person("engineer"), "qms.accounts.backends.PasswordBackend")
    assert words in client.get(f"/ncr/{record.number}").content.decode()
    [line] = client.get(f"/api/v1/ncrs/{record.number}").json()["signatures"]
    assert line["flags"] == ["fresh_role"] and line["flags_text"] == [words] and line["fresh_roles"] == [told]


def test_hours_are_told(record, promoted, monkeypatch):
    Grant.objects.none()
    with journal.act(journal.EVENTS["account.granted"], by=journal.SYSTEM) as act:
        held = Grant.objects.filter(user=promoted, role="mrb_member").get()
        later = Grant(**{f.attname: getattr(held, f.attname) for f in held._meta.concrete_fields if not f.primary_key})
        later.granted_at = held.granted_at - timedelta(hours=3)
        held.ended_at = held.granted_at
        held.save(update_fields=["ended_at"])
        later.save()
        act.record(promoted, journal.EVENTS["account.granted"].payload("mrb_member", "AUG"))
    approve(record, person("supervisor"))
    assert "3 h before" in str(made(record).flag_words[0])


def test_on_paper_too(record, promoted):
    approve(record, promoted)
    [line] = queries.signatures(record)
    told = report._signature(line)
    assert "MRB member" in told["flags"][0] and "user id" in told["components"]


def test_after_a_day_nothing_is_told(record, promoted, time):
    time.forward(24 * 3600 + 60)
    approve(record, person("supervisor"))
    assert made(record).flags == ""


def test_an_older_grant_of_the_same_right_is_enough(record, home):
    accounts.grant(user=person("mrb1"), role="mrb_member", site=home, by=person("admin"), reason="again")
    approve(record, person("mrb1"))
    assert made(record).flags == ""


def test_a_fresh_role_of_another_kind_says_nothing(record, home):
    accounts.grant(user=person("mrb1"), role="auditor", site=home, by=person("admin"), reason="audit")
    approve(record, person("mrb1"))
    assert made(record).flags == ""


def test_what_the_system_granted_is_exempt(record, home):
    accounts.grant(user=person("supervisor"), role="mrb_member", site=home, by=journal.SYSTEM)
    approve(record, person("supervisor"))
    assert made(record).flags == ""


def test_a_site_refuses_it_and_the_refusal_is_in_the_trail(record, promoted, home):
    rule(home, refuses_fresh_role=True)
    with pytest.raises(SignatureRefused, match="24 hours"):
        approve(record, promoted)
    assert not Signature.objects.filter(record_number=record.number).exists()
    refused = Entry.objects.filter(event="signature.refused").latest("id")
    assert json.loads(refused.payload)["data"]["why"] == "fresh_role"
    approve(record, person("mrb1"))


def test_the_rule_of_one_site_holds_for_that_site(record, promoted):
    rule(Site.objects.get(code="SUZ"), refuses_fresh_role=True)
    approve(record, promoted)


def test_a_password_set_by_somebody_else_is_refused_where_the_site_says_so(record, home):
    rule(home, refuses_fresh_access=True)
    accounts.set_password(user=person("mrb1"), password="one time words here", by=person("admin"), reason="forgotten")
    accounts.choose_password(user=person("mrb1"), current="one time words here", password=PASSWORD + " new")
    who = person("mrb1")
    with pytest.raises(SignatureRefused):
        ncr.approve(ncr=record, by=who, signing=signing(who, password=PASSWORD + " new"))
    rule(home)
    ncr.approve(ncr=record, by=who, signing=signing(who, password=PASSWORD + " new"))
    assert made(record).flags == "one_time_password"


def test_the_act_beneath_refuses_as_well(record, promoted, home):
    """Whoever signs without the step's own question (a list, a message) meets the rule too."""
    proof = actions.authenticate(by=promoted, given=signing(promoted), number=record.number, meaning="approved_mrb")
    rule(home, refuses_fresh_role=True)
    told = {"record": record, "meaning": "approved_mrb", "sentence": "x", "by": promoted, "proof": proof}
    with pytest.raises(SignatureRefused):
        actions.sign(**told, permission="ncr.approve")


def test_the_rule_is_set_on_its_page_by_whoever_manages_the_site(client, home):
    client.force_login(person("admin"), "qms.accounts.backends.PasswordBackend")
    url = reverse("office:signing-rule", args=[home.code])
    assert client.get(url).status_code == 200
    assert client.post(url, {"refuses_fresh_role": "on", "reason": ""}).status_code == 422
    assert client.post(url, {"refuses_fresh_role": "on", "reason": "board decision"}).status_code == 302
    held = SigningRule.objects.get(site=home)
    assert held.refuses_fresh_role and not held.refuses_fresh_access
    assert (
        Entry.objects.filter(event="signature.rule_set").exists()
        and "Refused" in client.get("/settings/sites/").content.decode()
    )
    client.force_login(person("manager"), "qms.accounts.backends.PasswordBackend")
    assert client.post(url, {"reason": "board decision"}).status_code == 403


def test_nobody_sets_it_for_a_site_they_do_not_manage(home):
    local = accounts.create_user(
        username="local", full_name="Local Admin", password="a long phrase of words", by=journal.SYSTEM
    )
    accounts.grant(user=local, role="administrator", site=Site.objects.get(code="SUZ"), by=journal.SYSTEM)
    with pytest.raises(Forbidden):
        actions.set_rule(site=home, refuses_fresh_role=True, refuses_fresh_access=True, by=local, reason="not mine")


def test_a_meaning_that_nobody_signs_with_is_refused_by_name(home):
    with pytest.raises(Invalid, match=r"^No such meaning: sung, whistled\.$"):
        rule(home, qualified_meanings=("whistled", "verified", "sung"))
