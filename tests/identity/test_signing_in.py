"""Sign-in at an identity provider: whom it lets in, and what it turns away, each with its line in the trail."""

import json
import time

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from qms import journal
from qms.accounts import actions as accounts
from qms.accounts import lockout
from qms.accounts.models import User
from qms.accounts.providers import Identity
from qms.demo.cast import PASSWORD
from qms.identity.models import ProviderState, Turn
from qms.journal.models import Entry
from qms.office.models import Notification
from qms.office.notifications import rules
from tests.factories import person
from tests.fakes import openid

from .conftest import set_up

pytestmark = pytest.mark.django_db
PROVES = ("11.10(d)", "11.100(a)", "11.300(d)")


def turned(why=None):
    found = [json.loads(e.payload)["data"] for e in Entry.objects.filter(event="provider.turned_away").order_by("id")]
    return [each["why"] for each in found] if why is None else [each for each in found if each["why"] == why]


def test_a_bound_person_comes_in_and_lands_where_they_wanted_to_go(visitor, bound):
    bound("engineer", password=True)
    browser = visitor()
    assert browser.sign_in("idp-engineer", "/ncr/")["Location"] == "/ncr/"
    assert browser.is_in
    entry = Entry.objects.filter(event="account.logged_in").latest("id")
    assert "Works account" in entry.payload and entry.actor_id == str(person("engineer").pk)


def test_the_question_is_by_code_with_pkce_state_and_nonce(visitor, liar):
    visitor().sign_in()
    [asked] = liar.asked
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 40 and len(asked["nonce"]) >= 40 and "openid" in asked["scope"].split()
    assert "prompt" not in asked, "a login does not ask anew; a signature does"
    assert asked["redirect_uri"] == settings.BASE_URL + "/identity/works/callback"
    kept = str(Turn.objects.values_list("state", "sealed").get())
    assert asked["state"] not in kept and asked["nonce"] not in kept, "the database alone answers no question"


def test_the_session_gets_a_new_key(visitor, bound):
    bound("engineer", password=True)
    browser = visitor()
    url = browser.go()
    before = browser.client.session.session_key
    browser.liar.sub = "idp-engineer"
    browser.back(browser.liar.signed_in(url))
    assert browser.client.session.session_key != before


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere(visitor, bound, target):
    bound("engineer", password=True)
    assert visitor().sign_in("idp-engineer", target)["Location"] == "/"


def test_roles_are_ours_alone(visitor, bound, liar):
    bound("operator", password=True)
    liar.claims = {"roles": ["administrator"], "groups": ["quality_manager"], "email": "manager@plant.example"}
    browser = visitor()
    browser.sign_in("idp-operator")
    assert browser.client.get("/people/").status_code == 403
    assert person("operator").role_codes == ["operator"]


FORGED = {
    "alg none": ({"algorithm": "none"}, "algorithm"),
    "a key of somebody else under the same id": ({"sign": openid.other_key()}, "signature"),
    "a key that the provider does not publish": (
        {"sign": openid.other_key("two"), "header": {"kid": "two"}},
        "signature",
    ),
    "no token at all": ({"raw": "not.a.token"}, "token"),
    "another issuer": ({"claims": {"iss": "https://idp.evil.example"}}, "issuer"),
    "for another program": ({"claims": {"aud": "another-client"}}, "audience"),
    "for several, and not for us to use": ({"claims": {"aud": [openid.CLIENT, "other"]}}, "audience"),
    "authorised for another party": ({"claims": {"aud": [openid.CLIENT, "o"], "azp": "o"}}, "audience"),
    "expired": ({"claims": {"exp": int(time.time()) - 60}}, "time"),
    "from the future": ({"claims": {"iat": int(time.time()) + 86_400}}, "time"),
    "without an end": ({"claims": {"exp": None}}, "time"),
    "of another question": ({"claims": {"nonce": "0" * 64}}, "nonce"),
    "of no question": ({"claims": {"nonce": None}}, "nonce"),
    "of nobody": ({"claims": {"sub": ""}}, "token"),
    "of something that is no name": ({"claims": {"sub": 7}}, "token"),
}


@pytest.mark.parametrize(("lie", "why"), FORGED.values(), ids=FORGED)
def test_a_forged_token_is_turned_away_counted_and_told(visitor, bound, liar, lie, why):
    bound("engineer", password=True)
    for name, value in lie.items():
        setattr(liar, name, value)
    browser = visitor()
    last = Entry.objects.order_by("-id").values_list("id", flat=True).first()
    answer = browser.sign_in("idp-engineer")
    assert answer.status_code == 403 and not browser.is_in
    assert turned() == [why]
    assert lockout.failures("works@127.0.0.1") == 1
    rules.take(list(Entry.objects.filter(id__gt=last).order_by("id")))
    assert "security" in Notification.objects.filter(event="provider.alarm").values_list("user__username", flat=True)


def test_a_token_signed_with_the_public_key_as_a_password_is_turned_away(visitor, bound, liar):
    bound("engineer", password=True)
    liar.algorithm, liar.sign = "HS256", openid.hmac_key(b"k" * 64)
    assert visitor().sign_in("idp-engineer").status_code == 403 and turned() == ["algorithm"]


def test_an_answer_counts_once(visitor, bound, liar):
    bound("engineer", password=True)
    browser = visitor()
    query = liar.signed_in(browser.go())
    liar.sub = "idp-engineer"
    assert browser.back(query).status_code == 302
    browser.client.post("/logout")
    assert browser.back(query).status_code == 403 and not browser.is_in
    assert turned() == ["state"], "the session that asked is gone with the logout"


def test_an_answer_is_believed_once_even_in_its_own_session(visitor, liar):
    browser = visitor()
    query = liar.signed_in(browser.go())
    assert browser.back(query).status_code == 403 and browser.back(query).status_code == 403
    assert turned() == ["unknown", "replayed"]


def test_a_code_counts_once_at_the_provider(visitor, liar):
    browser = visitor()
    old = liar.signed_in(browser.go())
    browser.back(old)
    again = {**liar.signed_in(browser.go()), "code": old["code"]}
    assert browser.back(again).status_code == 403 and turned() == ["unknown", "exchange"]


def test_an_answer_in_another_browser_opens_nothing(visitor, bound, liar):
    """Login CSRF: somebody is made to come in as somebody else."""
    bound("engineer", password=True)
    query = liar.signed_in(visitor().go())
    liar.sub = "idp-engineer"
    victim = visitor()
    assert victim.back(query).status_code == 403 and not victim.is_in and turned() == ["state"]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({"state": "made-up", "code": "x"}, "state"),
        ({}, "state"),
        ({"iss": "https://idp.evil.example"}, "issuer"),
        ({"error": "access_denied"}, "denied"),
        ({"code": ""}, "exchange"),
    ],
)
def test_odd_answers(visitor, liar, query, why):
    browser = visitor()
    honest = liar.signed_in(browser.go()) if query and "state" not in query else {}
    assert browser.back({**honest, **query}).status_code == 403 and turned() == [why]


def test_a_late_answer_is_turned_away_and_not_counted(visitor, bound, liar):
    bound("engineer", password=True)
    browser = visitor()
    query = liar.signed_in(browser.go())
    from datetime import timedelta

    Turn.objects.update(begun_at=Turn.objects.get().begun_at - timedelta(minutes=11))
    assert browser.back(query).status_code == 403 and turned() == ["expired"]
    assert lockout.failures("works@127.0.0.1") == 0


def test_five_forged_answers_lock_the_address_out_of_the_provider(visitor, bound, liar):
    bound("engineer", password=True)
    liar.algorithm = "none"
    for _ in range(settings.LOCKOUT_FAILURES):
        assert visitor().sign_in("idp-engineer").status_code == 403
    liar.algorithm = "RS256"
    locked = visitor().client.get(reverse("identity:begin", args=["works"]))
    assert locked.status_code == 403 and len(turned()) == settings.LOCKOUT_FAILURES
    elsewhere = visitor(REMOTE_ADDR="10.1.2.3")
    assert elsewhere.sign_in("idp-engineer").status_code == 302, "one address locks no other"


def test_whoever_left_is_refused_whatever_the_provider_says(visitor, bound):
    user = bound("engineer", password=True)
    accounts.deactivate(user=user, by=journal.SYSTEM, reason="left the plant")
    browser = visitor()
    assert browser.sign_in("idp-engineer").status_code == 403 and not browser.is_in and turned() == ["inactive"]


def test_ended_access_ends_the_binding_and_the_session(visitor, bound):
    user = bound("engineer")
    browser = visitor()
    browser.sign_in("idp-engineer")
    assert browser.is_in
    accounts.end_access(user=user, by=person("security"), reason="telephone lost")
    assert not browser.is_in
    assert browser.sign_in("idp-engineer").status_code == 403 and turned() == ["unknown"]


def test_a_locked_account_does_not_come_in_by_the_other_door(visitor, bound):
    bound("engineer", password=True)
    for _ in range(settings.LOCKOUT_FAILURES):
        lockout.failed(username="engineer")
    assert visitor().sign_in("idp-engineer").status_code == 403


def test_without_a_password_only_the_provider_opens_the_account(bound, visitor):
    bound("engineer")
    client = Client()
    assert client.post("/login", {"username": "engineer", "password": PASSWORD}).status_code == 422
    assert client.post("/login", {"username": "engineer", "password": ""}).status_code == 422
    assert visitor().sign_in("idp-engineer").status_code == 302


def test_a_one_time_password_brings_a_password_back(bound):
    bound("engineer")
    accounts.set_password(
        user=person("engineer"), password="one time words here", by=person("admin"), reason="provider away"
    )
    assert Client().post("/login", {"username": "engineer", "password": "one time words here"}).status_code == 302


class TestInvitation:
    @pytest.fixture
    def invited(self, provider):
        with journal.act(journal.EVENTS["account.changed"], by=journal.SYSTEM) as act:
            User.objects.filter(username="engineer").update(email="q.adler@plant.example")
            act.record(person("engineer"))
        return accounts.invite(
            user=person("engineer"), provider=provider, by=person("admin"), reason="new company account"
        )

    def test_the_first_sign_in_binds_the_subject_and_then_no_e_mail_counts(self, invited, visitor, liar):
        liar.claims = {"email": "Q.Adler@plant.example", "email_verified": True}
        assert visitor().sign_in("sub-1").status_code == 302
        assert Identity.objects.get(user__username="engineer").subject == "sub-1"
        assert visitor().sign_in("sub-2").status_code == 403, "the same e-mail, another person"
        liar.claims = {"email": "changed@plant.example"}
        assert visitor().sign_in("sub-1").status_code == 302

    @pytest.mark.parametrize(
        "claims",
        [
            {"email": "q.adler@plant.example"},
            {"email": "q.adler@plant.example", "email_verified": False},
            {"email": "q.adler@plant.example", "email_verified": "true"},
            {"email": "other@plant.example", "email_verified": True},
            {"email": ["q.adler@plant.example"], "email_verified": True},
            {},
        ],
    )
    def test_only_an_address_that_the_provider_has_confirmed(self, invited, visitor, liar, claims):
        liar.claims = claims
        assert visitor().sign_in("sub-1").status_code == 403 and turned() == ["unknown"]

    def test_it_lasts_a_week(self, invited, visitor, liar):
        from datetime import timedelta

        with journal.act(journal.EVENTS["account.invited"], by=journal.SYSTEM) as act:
            Identity.objects.filter(pk=invited.pk).update(invited_until=invited.made_at - timedelta(seconds=1))
            act.record(invited.user, journal.EVENTS["account.invited"].payload("works", ""))
        liar.claims = {"email": "q.adler@plant.example", "email_verified": True}
        assert visitor().sign_in("sub-1").status_code == 403

    def test_without_an_invitation_an_e_mail_opens_nothing(self, provider, visitor, liar):
        with journal.act(journal.EVENTS["account.changed"], by=journal.SYSTEM) as act:
            User.objects.filter(username="engineer").update(email="q.adler@plant.example")
            act.record(person("engineer"))
        liar.claims = {"email": "q.adler@plant.example", "email_verified": True}
        assert visitor().sign_in("sub-1").status_code == 403


def test_an_unknown_person_gets_an_account_only_where_that_is_switched_on_and_never_a_role(liar, visitor, provider):
    row = accounts.change_provider(provider=provider, creates_people=True, by=person("admin"), reason="many joiners")
    liar.claims = {"preferred_username": "n.neu", "name": "Nora Neu"}
    browser = visitor()
    assert browser.sign_in("sub-new").status_code == 302
    made = User.objects.get(username="n.neu")
    assert made.role_codes == [] and not made.has_usable_password() and made.identity.provider == row
    assert browser.client.get("/ncr/").status_code == 403
    liar.claims = {"preferred_username": "engineer", "name": "Quentin Adler"}
    assert visitor().sign_in("sub-other").status_code == 403, "a user id that exists is not taken over"


def test_new_keys_of_the_provider_are_found_by_themselves(visitor, bound, liar):
    bound("engineer", password=True)
    assert visitor().sign_in("idp-engineer").status_code == 302
    liar.key = openid.other_key("two")
    liar.header = {"kid": "two"}
    from datetime import timedelta

    state = ProviderState.objects.get()
    ProviderState.objects.update(keys_at=state.keys_at - timedelta(minutes=1))
    assert visitor().sign_in("idp-engineer").status_code == 302
    assert [key["kid"] for key in ProviderState.objects.get().keys["keys"]] == ["two"]


def test_keys_are_not_read_again_for_every_forged_token(visitor, liar):
    liar.sign, liar.header = openid.other_key("two"), {"kid": "two"}
    reads = []
    honest = liar._keys
    liar._keys = lambda seen: (reads.append(1), honest(seen))[1]
    for _ in range(3):
        visitor().sign_in()
    assert len(reads) == 1


def test_an_elliptic_key_is_taken_too(visitor, bound, liar):
    bound("engineer", password=True)
    liar.key, liar.algorithm = openid.curve_key(), "ES256"
    assert visitor().sign_in("idp-engineer").status_code == 302


def test_the_provider_is_away(visitor, liar, provider):
    ProviderState.objects.all().delete()
    liar._discovery = lambda seen: openid.as_json({}, 500)
    answer = visitor().client.get(reverse("identity:begin", args=["works"]))
    assert answer.status_code == 403 and turned() == ["away"] and lockout.failures("works@127.0.0.1") == 0


def test_a_retired_provider_opens_nothing_and_ends_sessions(visitor, bound, provider):
    bound("engineer", password=True)
    browser = visitor()
    browser.sign_in("idp-engineer")
    accounts.retire_provider(provider=provider, by=person("admin"), reason="replaced")
    assert not browser.is_in
    assert browser.client.get(reverse("identity:begin", args=["works"])).status_code == 404
    assert b"Works account" not in Client().get("/login").content


def test_the_logout_here_offers_the_one_there(liar, visitor, bound, provider):
    bound("engineer", password=True)
    browser = visitor()
    browser.sign_in("idp-engineer")
    led = browser.client.post("/logout")
    assert led["Location"] == reverse("identity:left", args=["works"]) and not browser.is_in
    assert b"/end?" not in browser.client.get(led["Location"]).content
    accounts.change_provider(provider=provider, ends_session=True, by=person("admin"), reason="shared computers")
    page = browser.client.get(led["Location"]).content.decode()
    assert f"{liar.base_url}/end?client_id={openid.CLIENT}&amp;post_logout_redirect_uri=" in page


def test_with_the_real_provider(real, visitor, bound, liar):
    """Another implementation of the standard, in a process of its own."""
    row = set_up(real.issuer, code="real", name="Real")
    accounts.bind(user=person("engineer"), provider=row, subject="adler", by=journal.SYSTEM, reason="checked")
    browser = visitor()
    browser.provider = row
    query = real.sign_in(browser.go("/ncr/"), "adler")
    assert browser.back(query)["Location"] == "/ncr/" and browser.is_in
    other = visitor()
    other.provider = row
    assert other.back(real.sign_in(other.go(), "somebody")).status_code == 403 and turned() == ["unknown"]
