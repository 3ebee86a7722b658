"""Badge and PIN: they open the floor and nothing else, belong to one person, and end at once."""

import pytest
from django.conf import settings
from django.db import IntegrityError
from django.urls import reverse

from qms import journal
from qms.accounts import actions, events
from qms.accounts.models import Badge, FailedAttempt, User
from qms.demo.cast import BADGES, PASSWORD, PIN
from qms.journal.models import Entry
from qms.lib.errors import Conflict, Forbidden, Invalid
from tests.factories import person

pytestmark = pytest.mark.django_db
PROVES = ("11.10(d)", "11.100(a)", "11.300(a)", "11.300(c)", "11.300(d)")
BADGE = BADGES["operator"]


def log_in(client, username=BADGE, password=PIN, **more):
    return client.post("/login", {"username": username, "password": password, **more})


def test_badge_and_pin_lead_to_the_floor_under_the_name_of_the_person(client):
    answer = log_in(client)
    assert answer.status_code == 302 and answer["Location"] == reverse("ncr:floor")
    assert client.get(reverse("ncr:floor")).status_code == 200
    assert client.get(reverse("ui:session"))["X-QMS-User"] == "operator"
    entry = Entry.objects.filter(event="account.logged_in").latest("id")
    assert entry.actor_id == str(person("operator").pk)


def test_the_desk_and_rest_stay_closed_until_the_password_is_given(client):
    log_in(client)
    assert client.get("/")["Location"] == reverse("ncr:floor")
    answer = client.get("/ncr/")
    assert answer.status_code == 302 and answer["Location"].startswith("/login?next=")
    page = client.get(answer["Location"])
    assert page.status_code == 200 and "floor only" in page.content.decode()
    assert reverse("office:bell") not in page.content.decode(), (
        "nothing of the Desk's navigation, whose links lead nowhere"
    )
    assert client.get("/ncr/", headers={"HX-Request": "true"}).status_code == 401
    refused = client.get("/api/v1/ncrs")
    assert refused.status_code == 403 and refused.json()["code"] == "badge" and refused.json()["detail"]
    assert log_in(client, "operator", PASSWORD, next="/ncr/")["Location"] == "/ncr/"
    assert client.get("/ncr/").status_code == 200


def test_a_part_of_the_login_page_does_not_load_that_page_again(client):
    """The bell stands on every page; led to the page it stands on, that page would load without end."""
    log_in(client)
    here = {"HX-Request": "true", "HX-Current-URL": "http://testserver/login?next=/ncr/"}
    assert client.get(reverse("office:bell"), headers=here).status_code == 204
    there = {**here, "HX-Current-URL": "http://testserver/floor/"}
    led = client.get(reverse("office:bell"), headers=there)
    assert led.status_code == 401 and led["HX-Redirect"] == "/login?next=/floor/"


def test_every_page_but_the_floor_is_closed_to_a_badge(client):
    from qms.accounts.middleware import FLOOR
    from qms.docs.routes import routes

    log_in(client)
    for route in routes():
        if route.parameters or route.name in FLOOR:
            continue
        answer = client.get(route.path())
        if route.path().startswith("/api/"):
            assert answer.status_code == 403 and answer.json()["code"] == "badge", route.name
            continue
        assert answer.status_code == 302, route.name
        assert answer["Location"].startswith(("/login", reverse("ncr:floor"))), route.name


@pytest.mark.parametrize(("badge", "secret"), [(BADGE, "274952"), (BADGE, PASSWORD), ("operator", PIN)])
def test_only_the_pin_counts_with_the_badge_and_only_the_password_with_the_user_id(client, badge, secret):
    assert log_in(client, badge, secret).status_code == 422
    assert FailedAttempt.objects.count() == 1, "a failure is counted once"


def test_failures_with_the_badge_lock_the_person(client):
    for _ in range(settings.LOCKOUT_FAILURES):
        log_in(client, password="999999")
    assert log_in(client).status_code == 422
    assert log_in(client, "operator", PASSWORD).status_code == 422


def test_an_unknown_badge_is_counted_and_says_no_more_than_a_wrong_pin(client):
    assert log_in(client, "0000000").content.count(b"q-summary") == log_in(client, password="1").content.count(
        b"q-summary"
    )
    assert FailedAttempt.objects.filter(username_key="0000000").exists()


def test_without_a_pin_a_badge_opens_nothing(client):
    actions.issue_badge(user=person("engineer"), number="5500-7", by=person("security"), reason="New")
    assert log_in(client, "5500-7", "").status_code == 422


def test_an_ended_badge_closes_the_tablet_that_it_opened(client):
    log_in(client)
    badge = Badge.objects.get(number=BADGE)
    actions.end_badge(badge=badge, by=person("security"), reason="Lost in the car park")
    answer = client.get(reverse("ncr:floor"))
    assert answer.status_code == 302 and answer["Location"].startswith("/login")
    assert log_in(client).status_code == 422
    with pytest.raises(Conflict):
        actions.end_badge(badge=badge, by=person("security"), reason="again")


def test_a_number_belongs_to_one_person_for_ever():
    badge = Badge.objects.get(number=BADGE)
    with pytest.raises(Invalid, match="given to somebody"):
        actions.issue_badge(user=person("engineer"), number=BADGE, by=person("security"), reason="x")
    actions.end_badge(badge=badge, by=person("security"), reason="Lost")
    with pytest.raises(Invalid):
        actions.issue_badge(user=person("engineer"), number=BADGE, by=person("security"), reason="x")
    actions.issue_badge(user=badge.user, number=BADGE, by=person("security"), reason="Found again")
    with pytest.raises(IntegrityError, match="badge_once"), journal.act(events.BADGE_ISSUED, by=journal.SYSTEM):
        Badge.objects.create(user=person("engineer"), number=BADGE)


@pytest.mark.parametrize("number", ["engineer", "ENGINEER", "12", "a b c d", ""])
def test_what_is_no_badge_number_is_refused(number):
    with pytest.raises(Invalid):
        actions.issue_badge(user=person("operator"), number=number, by=person("security"), reason="x")


def test_no_user_id_is_made_of_a_badge_number():
    with pytest.raises(Invalid, match="used before"):
        actions.create_user(username=BADGE, full_name="Somebody", by=journal.SYSTEM)


@pytest.mark.parametrize("who", ["engineer", "operator", "manager"])
def test_only_who_manages_accounts_issues_badges_and_never_their_own(who):
    with pytest.raises(Forbidden):
        actions.issue_badge(user=person("mrb1"), number="7777-1", by=person(who), reason="x")
    with pytest.raises(Forbidden):
        actions.issue_badge(user=person("security"), number="7777-1", by=person("security"), reason="x")


@pytest.mark.parametrize(
    "pin", ["12345", "123456", "987654", "111111", "121212", "abcdef", "1234567890123", BADGE[-6:]]
)
def test_a_pin_that_anybody_guesses_is_refused(pin):
    with pytest.raises(Invalid):
        actions.choose_pin(user=person("operator"), current=PASSWORD, pin=pin)


def test_the_pin_is_chosen_with_the_password_and_is_nowhere_in_the_trail(client):
    user = person("operator")
    with pytest.raises(Invalid):
        actions.choose_pin(user=user, current="wrong", pin="640281")
    assert FailedAttempt.objects.filter(username_key="operator").count() == 1
    client.force_login(user, "qms.accounts.backends.PasswordBackend")
    data = {"current": PASSWORD, "pin": "640281", "again": "640281"}
    assert client.post(reverse("office:pin"), {**data, "again": "640282"}).status_code == 422
    assert client.post(reverse("office:pin"), data).status_code == 302
    kept = User.objects.get(pk=user.pk).pin
    assert Entry.objects.filter(event="account.pin_chosen").exists()
    assert not Entry.objects.filter(payload__contains="640281").exists()
    assert not Entry.objects.filter(payload__contains=kept).exists()


def test_the_page_of_a_person_issues_and_ends_badges(client):
    client.force_login(person("security"), "qms.accounts.backends.PasswordBackend")
    made = client.post(reverse("office:badge", args=["engineer"]), {"number": "8800-1", "reason": "New tablet"})
    assert made.status_code == 302
    page = client.get(reverse("office:person", args=["engineer"])).content.decode()
    badge = Badge.objects.get(number="8800-1")
    assert "8800-1" in page and reverse("office:badge-end", args=["engineer", badge.pk]) in page
    end = client.post(reverse("office:badge-end", args=["engineer", badge.pk]), {"reason": "Given back"})
    assert end.status_code == 302 and Badge.objects.get(pk=badge.pk).ended_at
    other = reverse("office:badge-end", args=["operator", badge.pk])
    assert client.get(other).status_code == 404
