"""Logging in and out: default deny, lockout, one answer for known and unknown, nobody led elsewhere."""

import time

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from qms import journal
from qms.accounts import actions, lockout
from qms.accounts.middleware import PUBLIC
from qms.accounts.models import FailedAttempt, User
from qms.demo.cast import PASSWORD
from qms.journal.models import Entry
from qms.lib.errors import Invalid, SignatureRefused
from tests.factories import person

pytestmark = pytest.mark.django_db
PROVES = ("11.10(d)", "11.100(a)", "11.300(d)")
LOGIN = "/login"


def log_in(client, username="engineer", password=PASSWORD, **more):
    return client.post(LOGIN, {"username": username, "password": password, **more})


def test_a_login_is_an_act_with_its_address(client):
    assert log_in(client).status_code == 302
    entry = Entry.objects.filter(event="account.logged_in").latest("id")
    assert entry.actor_id == str(person("engineer").pk) and "127.0.0.1" in entry.payload


def test_the_session_gets_a_new_key_at_login(client):
    client.get(LOGIN)
    before = client.session.session_key
    log_in(client)
    assert client.session.session_key != before


@pytest.mark.parametrize("spelling", ["ENGINEER", " engineer ", "engin\uff45er"])
def test_every_spelling_of_a_user_id_is_the_same_account(client, spelling):
    assert log_in(client, spelling).status_code == 302


@pytest.mark.parametrize("name", ["Engineer", "ENGINEER", "engin\uff45er"])
def test_a_user_id_is_never_given_twice_in_any_spelling(name):
    with pytest.raises(Invalid):
        actions.create_user(username=name, full_name="Second", by=journal.SYSTEM)


@pytest.mark.parametrize("password", ["short", "password", "123456789012345", "quentin adler engineer"])
def test_weak_passwords_are_refused(password):
    with pytest.raises(Invalid):
        actions.create_user(username="weak", full_name="Quentin Adler Engineer", password=password, by=journal.SYSTEM)


def test_wrong_and_unknown_look_the_same(client):
    answers = [log_in(client, "engineer", "wrong"), log_in(client, "nobody-here", "wrong")]
    assert {a.status_code for a in answers} == {422}
    texts = [a.content.decode().replace("engineer", "").replace("nobody-here", "") for a in answers]
    strip = [t[t.index("q-summary") : t.index("</form>")] for t in texts]
    assert strip[0] == strip[1]


def test_an_unknown_id_costs_as_much_time_as_a_known_one(client):
    def seconds(name):
        start = time.perf_counter()
        log_in(client, name, "wrong")
        return time.perf_counter() - start

    log_in(client, "warm-up", "wrong")
    known, unknown = min(seconds("engineer") for _ in "ab"), min(seconds("nobody-here") for _ in "ab")
    assert 0.3 < known / unknown < 3


def test_five_failures_lock_login_and_signing_and_each_is_an_act(client):
    for _ in range(settings.LOCKOUT_FAILURES):
        log_in(client, "engineer", "wrong")
    assert log_in(client).status_code == 422
    with pytest.raises(SignatureRefused, match="locked"):
        lockout.check("ENGINEER")
    events = Entry.objects.filter(object_key="account:engineer", kind="act").values_list("event", flat=True)
    assert (
        list(events).count("account.login_failed") == settings.LOCKOUT_FAILURES - 1 and "account.locked_out" in events
    )


def test_a_lock_opens_after_its_time(client):
    for _ in range(settings.LOCKOUT_FAILURES):
        lockout.failed(username="engineer")
    assert lockout.is_locked("engineer")
    from datetime import timedelta

    from qms.lib.clock import now

    FailedAttempt.objects.update(at=now() - timedelta(seconds=settings.LOCKOUT_SECONDS + 1))
    assert log_in(client).status_code == 302


def test_one_locked_account_locks_no_other(client):
    for _ in range(settings.LOCKOUT_FAILURES):
        lockout.failed(username="engineer")
    assert log_in(client, "inspector").status_code == 302


def test_a_service_account_never_logs_in(client):
    user = actions.create_user(username="svc-x", full_name="Service", kind=User.SERVICE, by=journal.SYSTEM)
    with journal.act(journal.EVENTS["account.changed"], by=journal.SYSTEM) as act:
        user.set_password(PASSWORD)
        user.save()
        act.record(user)
    assert log_in(client, "svc-x").status_code == 422


def test_a_deactivated_account_is_out_with_its_next_request(client):
    log_in(client)
    assert client.get("/").status_code == 200
    actions.deactivate(user=person("engineer"), by=journal.SYSTEM, reason="left the plant")
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_nobody_is_led_elsewhere(client, target):
    assert log_in(client, next=target)["Location"] == "/"
    assert client.post("/language", {"language": "en", "next": target})["Location"] == "/"


def test_a_login_leads_where_one_wanted_to_go(client):
    assert log_in(client, next="/ncr/")["Location"] == "/ncr/"


def test_writes_need_the_token_of_the_form():
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person("engineer"), backend="qms.accounts.backends.PasswordBackend")
    for url in (LOGIN, "/logout", "/preferences", "/language", "/ncr/new"):
        assert strict.post(url, {}).status_code == 403, url


def test_logging_out_is_an_act_and_ends_the_session(client):
    log_in(client)
    assert client.post("/logout").status_code == 302
    assert client.get("/").status_code == 302
    assert Entry.objects.filter(event="account.logged_out").exists()


def test_preferences_keep_language_and_theme_and_ignore_others(client):
    log_in(client)
    client.post("/preferences", {"language": "zh-hans", "theme": "dark"})
    client.post("/preferences", {"language": "xx", "theme": "<script>"})
    user = person("engineer")
    assert (user.language, user.theme) == ("zh-hans", "dark")
    assert 'lang="zh-hans"' in client.get("/").content.decode().lower()


def test_fragments_of_an_ended_session_lead_the_whole_page_to_the_login(client):
    answer = client.get("/ncr/", headers={"HX-Request": "true"})
    assert answer.status_code == 401 and answer["HX-Redirect"].startswith(LOGIN)


def test_the_public_routes_are_named_and_few():
    assert len(PUBLIC) <= 10
    assert all(reverse(name, args=["works"] if name.startswith("identity:") else None) for name in PUBLIC)


def test_cookies_are_not_for_scripts(client):
    cookie = log_in(client).cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


def test_a_token_is_stored_as_its_hash_only():
    user = actions.create_user(username="svc-y", full_name="Service", kind=User.SERVICE, by=journal.SYSTEM)
    token, clear = actions.issue_token(user=user, scopes=["read"], sites=[], by=journal.SYSTEM)
    assert clear not in str(vars(token)) and token.digest == actions.digest(clear) and len(clear) > 40
    kept = Entry.objects.filter(object_type="accounts.servicetoken", object_key=str(token.pk)).get()
    assert clear not in kept.payload


def test_nobody_grants_to_themself_and_people_get_no_tokens():
    with pytest.raises(Invalid):
        actions.issue_token(user=person("engineer"), scopes=["read"], sites=[], by=journal.SYSTEM)
