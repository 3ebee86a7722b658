"""Leaver, mover, loss: one act ends open sessions, tokens, badges and signing, and nothing of it comes back by itself."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from ncr import actions as ncr
from qms import journal
from qms.accounts import actions
from qms.accounts.models import User
from qms.demo import cast
from qms.demo.cast import BADGES, PASSWORD, PIN
from qms.journal.models import Entry
from qms.lib.errors import Conflict, Forbidden, Refusal
from tests.factories import person, signing

pytestmark = pytest.mark.django_db
PROVES = ("11.300(c)",)


def session(username, password=PASSWORD):
    found = Client()
    assert found.post("/login", {"username": username, "password": password}).status_code == 302
    return found


@pytest.fixture(params=["deactivate", "end_access"])
def ended(request):
    """The act, by whoever manages accounts."""
    return lambda user: getattr(actions, request.param)(user=user, by=person("security"), reason="left the plant")


def is_in(client):
    return client.get("/", follow=False).status_code == 200


def test_open_sessions_end_with_their_next_click(ended):
    open_ones = [session("mrb1") for _ in range(3)]
    other = session("mrb2")
    assert all(map(is_in, open_ones))
    ended(person("mrb1"))
    assert not any(map(is_in, open_ones)) and is_in(other)
    assert open_ones[0].get("/api/v1/ncrs").status_code in (401, 403)


def test_signing_ends_too(ended, make):
    record, browser = make.ncr(state="IN_MRB", scrap="10"), session("mrb1")
    ended(person("mrb1"))
    answer = browser.post(
        f"/api/v1/ncrs/{record.number}/approve",
        json.dumps({"signature": {"username": "mrb1", "password": PASSWORD}}),
        content_type="application/json",
        headers={"If-Match": f'"{record.version}"'},
    )
    assert answer.status_code in (401, 403)
    with pytest.raises(Refusal):
        ncr.approve(ncr=record, by=person("mrb1"), signing=signing(person("mrb1")))


def test_badge_and_pin_open_nothing_and_close_what_they_opened(ended):
    tablet = Client()
    assert tablet.post("/login", {"username": BADGES["operator"], "password": PIN}).status_code == 302
    assert tablet.get(reverse("ncr:floor")).status_code == 200
    ended(person("operator"))
    assert tablet.get(reverse("ncr:floor")).status_code == 302
    assert Client().post("/login", {"username": BADGES["operator"], "password": PIN}).status_code == 422
    assert not person("operator").pin


def test_tokens_open_nothing(ended, client):
    clear = cast.issue_tokens()["readonly"]
    headers = {"Authorization": f"Bearer {clear}"}
    assert client.get("/api/v1/ncrs", headers=headers).status_code == 200
    ended(person("svc-readonly"))
    assert client.get("/api/v1/ncrs", headers=headers).status_code == 401
    assert not person("svc-readonly").tokens.filter(revoked_at=None).exists()


def test_nothing_comes_back_with_the_account():
    browser = session("operator")
    actions.deactivate(user=person("operator"), by=person("security"), reason="on leave")
    actions.reactivate(user=person("operator"), by=person("security"), reason="back again")
    assert not is_in(browser) and not person("operator").badges.filter(ended_at=None).exists()
    assert is_in(session("operator")), "with the password"


def test_after_a_loss_a_new_one_time_password_lets_the_person_in():
    actions.end_access(user=person("mrb1"), by=person("security"), reason="notebook stolen")
    assert Client().post("/login", {"username": "mrb1", "password": PASSWORD}).status_code == 422
    assert person("mrb1").is_active and person("mrb1").valid_grants
    actions.set_password(user=person("mrb1"), password="a phrase of the administrator", by=person("security"))
    browser = session("mrb1", "a phrase of the administrator")
    assert browser.get("/")["Location"] == reverse("office:password")


def test_who_moves_loses_every_role_in_the_same_act():
    actions.end_access(user=person("auditor"), by=person("security"), reason="other duties", with_roles=True)
    assert person("auditor").valid_grants == []
    entry = Entry.objects.get(event="account.access_ended")
    lines = Entry.objects.filter(act_id=entry.act_id, kind="act").values_list("event", flat=True)
    assert sorted(lines) == ["account.access_ended", "account.grant_ended", "account.grant_ended"]


def test_by_page_with_a_reason(client):
    browser = session("mrb1")
    client.force_login(person("admin"), "qms.accounts.backends.PasswordBackend")
    url = reverse("office:access-end", args=["mrb1"])
    assert client.get(url).status_code == 200 and client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "badge found in the street", "with_roles": "on"}).status_code == 302
    assert not is_in(browser) and person("mrb1").valid_grants == []


def test_nobody_ends_their_own_and_only_who_manages_accounts():
    for who, whom in (("security", "security"), ("manager", "mrb1"), ("mrb1", "mrb2")):
        with pytest.raises(Forbidden):
            actions.end_access(user=person(whom), by=person(who), reason="x")
    actions.deactivate(user=person("mrb1"), by=person("security"), reason="left")
    with pytest.raises(Conflict):
        actions.end_access(user=person("mrb1"), by=person("security"), reason="again")


def test_an_open_session_is_ended_by_the_row_alone():
    """What another process did counts with the next request: nothing is cached."""
    browser = session("mrb1")
    with journal.act(journal.EVENTS["account.changed"], by=journal.SYSTEM) as act:
        User.objects.filter(username="mrb1").update(epoch=7)
        act.record(person("mrb1"))
    assert not is_in(browser)
