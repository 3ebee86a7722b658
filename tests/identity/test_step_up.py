"""Signing without a password here: the identity provider is asked anew, for exactly this signing, in this session, once."""

import html
import re
import time as clocks
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from ncr.models import Nonconformance
from qms import journal
from qms.accounts import actions as accounts
from qms.accounts import lockout
from qms.accounts.providers import Identity
from qms.journal.models import Entry
from qms.signatures.models import Signature, StepUp
from tests.factories import person
from tests.fakes import openid
from tests.signatures.test_bulk import URL, sure

from .conftest import Visitor, set_up
from .test_signing_in import turned

pytestmark = pytest.mark.django_db
PROVES = ("11.200(a)", "11.50", "11.70", "11.300(d)", "G8")
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def hidden(page):
    """What the dialog's own form would send."""
    dialog = page.content.decode().partition('id="q-sign"')[2].partition("</form>")[0]
    return [(name, html.unescape(value)) for name, value in HIDDEN.findall(dialog)]


class Signer(Visitor):
    """Approves an NCR on its page, by way of the provider."""

    def __init__(self, provider, liar, username="mrb1", **extra):
        super().__init__(provider, liar, **extra)
        self.username, self.sub = username, f"idp-{username}"
        assert self.sign_in(self.sub).status_code == 302

    def path(self, record):
        return f"/ncr/{record.number}/approve"

    def form(self, record, **more):
        record.refresh_from_db()
        return self.client.post(self.path(record), {"version": record.version, **more})

    def leave(self, record, **more):
        """From the dialog to the page that goes on to the provider; returns where that leads."""
        given = {"_sign": "1", "_step_up": "begin", "_username": self.username, **more}
        led = self.form(record, **given)
        assert led.status_code == 302, led.content.decode()[-1500:]
        page = self.client.get(led["Location"])
        self.liar.sub = self.sub
        found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page.content.decode())
        return html.unescape(found[1]) if found else page

    def dialog(self, record, **more):
        """There and back: the dialog as it stands after the sign-in."""
        answer = self.back(self.liar.signed_in(self.leave(record, **more)))
        assert answer.status_code == 302
        return self.client.get(answer["Location"])

    def entered(self, page):
        return dict(hidden(page))

    def sign(self, record, **more):
        page = self.dialog(record, **more)
        return self.client.post(self.path(record), {**self.entered(page), "_comment": "as discussed"})


@pytest.fixture
def records(make):
    return [make.ncr(state="IN_MRB", scrap="10") for _ in range(3)]


@pytest.fixture
def signer(provider, liar, bound):
    bound("mrb1")
    return Signer(provider, liar)


def made(record):
    return Signature.objects.filter(record_number=record.number)


def test_the_dialog_asks_for_the_user_id_and_leads_to_the_provider(signer, records):
    page = signer.form(records[0]).content.decode()
    assert 'name="_password"' not in page and 'name="_username"' in page and "Go on to Works account" in page


def test_there_and_back_signs_with_what_was_given_told_beside_it(signer, records):
    answer = signer.sign(records[0])
    assert answer.status_code == 302, answer.content.decode()[-1500:]
    signature = made(records[0]).get()
    assert signature.components == "user_id,step_up" and signature.comment == "as discussed"
    assert "a fresh sign-in at the identity provider" in signer.client.get(f"/ncr/{records[0].number}").content.decode()
    entry = Entry.objects.get(event="signature.stepped_up")
    assert '"auth_time"' in entry.payload and "idp-mrb1" in entry.payload
    assert StepUp.objects.get().entered == [], "the words do not stay longer than needed"


def test_the_provider_is_asked_anew(signer, records, liar):
    signer.leave(records[0])
    liar.signed_in(signer.leave(records[0]))
    asked = liar.asked[-1]
    assert asked["prompt"] == "login" and asked["max_age"] == "0" and "acr_values" not in asked


def test_the_words_are_kept_and_the_dialog_says_what_is_signed(signer, records):
    page = signer.dialog(records[0], note="kept").content.decode()
    assert records[0].number in page and "Approved for the MRB" in page and 'name="note" value="kept"' in page


def test_nothing_is_signed_without_the_sign_in(signer, records):
    for sent in ("", "begin-not", "00000000-0000-7000-8000-000000000000"):
        answer = signer.form(records[0], _sign="1", _step_up=sent, _username="mrb1")
        assert answer.status_code in (401, 403) and not made(records[0]).exists()
    signer.leave(records[0])
    pending = str(StepUp.objects.get().uid)
    assert signer.form(records[0], _sign="1", _step_up=pending).status_code == 403 and not made(records[0]).exists()


def test_not_even_with_an_empty_password(signer, records):
    assert signer.form(records[0], _sign="1", _username="mrb1", _password="").status_code == 401
    assert not made(records[0]).exists()


def test_it_counts_for_one_record_only(signer, records):
    page = signer.dialog(records[0])
    fields = {**signer.entered(page), "version": records[1].version}
    assert signer.client.post(signer.path(records[1]), fields).status_code == 403
    assert not made(records[1]).exists() and lockout.failures("mrb1") == 1
    assert signer.client.post(signer.path(records[0]), signer.entered(page)).status_code == 403, "and it is used up"


def test_it_counts_once(signer, records, liar):
    page = signer.dialog(records[0])
    fields = signer.entered(page)
    assert signer.client.post(signer.path(records[0]), fields).status_code == 302
    answer = signer.client.post(signer.path(records[1]), {**fields, "version": records[1].version})
    assert answer.status_code == 403 and not made(records[1]).exists()


def test_it_does_not_count_for_a_version_that_came_since(signer, records, make):
    page = signer.dialog(records[0])
    from qms.records import actions as acts

    acts.attach(record=records[0], name="late.txt", content=b"found later", by=person("engineer"))
    answer = signer.client.post(signer.path(records[0]), signer.entered(page))
    assert answer.status_code in (403, 409) and not made(records[0]).exists()
    fields = {**signer.entered(page), "version": Nonconformance.objects.get(pk=records[0].pk).version}
    assert signer.client.post(signer.path(records[0]), fields).status_code == 403 and not made(records[0]).exists()


def test_what_was_entered_cannot_be_exchanged_on_the_way(signer, records):
    page = signer.dialog(records[0], note="mine")
    fields = {**signer.entered(page), "note": "another"}
    assert signer.client.post(signer.path(records[0]), fields).status_code == 403 and not made(records[0]).exists()


def test_it_counts_in_its_own_session_only(signer, records, provider, liar):
    page = signer.dialog(records[0])
    other = Signer(provider, liar)
    assert other.client.post(other.path(records[0]), other.entered(page)).status_code == 403
    assert not made(records[0]).exists()


def test_it_waits_five_minutes(signer, records):
    page = signer.dialog(records[0])
    StepUp.objects.update(proved_at=StepUp.objects.get().proved_at - timedelta(minutes=6))
    assert signer.client.post(signer.path(records[0]), signer.entered(page)).status_code == 401
    assert lockout.failures("mrb1") == 0, "late is asked for again, and counts for nothing"


def test_the_user_id_is_a_component_of_its_own(signer, records):
    page = signer.dialog(records[0], _username="mrb2")
    assert signer.client.post(signer.path(records[0]), signer.entered(page)).status_code == 403
    assert not made(records[0]).exists() and lockout.failures("mrb1") == 1


LIES = {
    "somebody else signed in": ({"sub": "idp-mrb2"}, "subject"),
    "signed in an hour ago": ({"auth_time": int(clocks.time()) - 3600}, "stale"),
    "nobody says when": ({"auth_time": None}, "stale"),
    "in the future": ({"auth_time": int(clocks.time()) + 3600}, "stale"),
    "yes is no time": ({"auth_time": True}, "stale"),
    "of another question": ({"nonce": "f" * 64}, "nonce"),
    "for another program": ({"aud": "x"}, "audience"),
}


@pytest.mark.parametrize(("claims", "why"), LIES.values(), ids=LIES)
def test_what_is_not_believed_comes_back_to_the_dialog_counted(signer, records, liar, claims, why):
    url = signer.leave(records[0])
    liar.claims = claims
    answer = signer.back(liar.signed_in(url))
    page = signer.client.get(answer["Location"]).content.decode()
    assert "Not signed in" in page and "Go on to Works account" in page and records[0].number in page
    assert turned() == [why] and lockout.failures("mrb1") == 1 and StepUp.objects.get().proved_at is None
    liar.claims = {}
    again = signer.entered(signer.client.get(answer["Location"]))
    assert again["_step_up"] == "begin" and signer.sign(records[0]).status_code == 302


def test_a_forged_step_up_is_turned_away(signer, records, liar):
    url = signer.leave(records[0])
    liar.algorithm = "none"
    signer.back(liar.signed_in(url))
    assert turned() == ["algorithm"] and not made(records[0]).exists()


def test_the_answer_to_another_signing_is_turned_away(signer, records, liar):
    """The nonce is made of what is about to be signed: a token for one record answers no question about another."""
    first = liar.signed_in(signer.leave(records[0]))
    second = liar.signed_in(signer.leave(records[1]))
    liar.codes[second["code"]]["nonce"] = liar.codes[first["code"]]["nonce"]
    signer.back(second)
    assert turned() == ["nonce"]


def test_an_answer_for_a_login_proves_no_signing(signer, records, liar):
    query = liar.signed_in(signer.leave(records[0]))
    assert signer.back(query).status_code == 302 and signer.back(query).status_code in (302, 403)
    assert turned() == ["replayed"]


def test_five_lies_lock_the_account_and_alarm(signer, records, liar):
    liar.claims = {"sub": "idp-mrb2"}
    for _ in range(settings.LOCKOUT_FAILURES):
        signer.back(liar.signed_in(signer.leave(records[0])))
    assert lockout.is_locked("mrb1") and Entry.objects.filter(event="account.lock_alarm").exists()
    assert signer.leave(records[0]).status_code == 302, "back to the dialog, which says why"


def test_a_strong_sign_in_is_asked_for_and_checked(signer, records, liar, provider):
    accounts.change_provider(provider=provider, acr_values="gold", by=person("admin"), reason="second factor")
    signer.back(liar.signed_in(signer.leave(records[0])))
    assert liar.asked[-1]["acr_values"] == "gold" and turned() == ["acr"]
    liar.claims = {"acr": "gold", "amr": ["pwd", "otp"]}
    assert signer.sign(records[0]).status_code == 302
    assert '"gold"' in Entry.objects.get(event="signature.stepped_up").payload


class TestSeries:
    def test_the_next_one_needs_a_fresh_sign_in_again(self, signer, records):
        assert signer.sign(records[0]).status_code == 302
        assert signer.form(records[1], _sign="1").status_code == 401 and not made(records[1]).exists()
        page = signer.dialog(records[1], _username="")
        assert signer.client.post(signer.path(records[1]), signer.entered(page)).status_code == 302
        assert made(records[1]).get().components == "step_up"
        assert made(records[1]).get().series == made(records[0]).get().series is not None

    def test_or_a_one_time_code_where_one_is_enrolled(self, provider, liar, bound, records):
        from django_otp.oath import TOTP

        from qms.accounts import codes
        from qms.accounts.models import CodeDevice

        key = b"a secret of 20 bytes"
        with journal.act(journal.EVENTS["account.code_enrolled"], by=person("mrb1")) as act:
            CodeDevice.objects.create(user=person("mrb1"), secret=codes.kept(key))
            act.record(person("mrb1"))
        bound("mrb1")
        signer = Signer(provider, liar)
        assert signer.form(records[0], _sign="1", _code="123456", _username="mrb1").status_code == 401, (
            "not at the first"
        )
        assert signer.sign(records[0]).status_code == 302
        assert 'name="_code"' in signer.form(records[1]).content.decode()
        totp = TOTP(key)
        totp.time = clocks.time()
        assert signer.form(records[1], _sign="1", _code="000000").status_code == 403
        assert signer.form(records[1], _sign="1", _code=f"{totp.token():06}").status_code == 302
        assert made(records[1]).get().components == "code"

    def test_ends_with_the_binding(self, signer, records):
        assert signer.sign(records[0]).status_code == 302
        accounts.unbind(identity=Identity.objects.get(user__username="mrb1"), by=person("security"), reason="left")
        assert signer.form(records[1], _sign="1").status_code == 302 and not made(records[1]).exists()


def test_whoever_was_bound_by_somebody_else_lately_signs_with_a_flag(provider, liar, bound, records):
    bound("mrb1", by=person("security"))
    assert Signer(provider, liar).sign(records[0]).status_code == 302
    assert made(records[0]).get().flags == "bound_lately"


def test_the_agreement_is_signed_the_same_way(provider, liar, bound, make, records):
    user = accounts.create_user(
        username="neu", full_name="Nora Neu", password="a long phrase of words", by=journal.SYSTEM
    )
    accounts.grant(user=user, role="mrb_member", site=records[0].site, by=journal.SYSTEM)
    bound("neu")
    signer = Signer(provider, liar, "neu")
    led = signer.client.post("/account/agreement", {"_step_up": "begin", "_username": "neu"})
    assert led.status_code == 302
    url = html.unescape(re.search(r'content="0;url=([^"]+)"', signer.client.get(led["Location"]).content.decode())[1])
    liar.sub = "idp-neu"
    page = signer.client.get(signer.back(liar.signed_in(url))["Location"])
    assert signer.client.post("/account/agreement", signer.entered(page)).status_code == 302
    assert Signature.objects.get(signer=user).components == "user_id,step_up"


def test_in_the_dialog_too_where_it_was_missing(provider, liar, bound, records):
    user = accounts.create_user(
        username="neu", full_name="Nora Neu", password="a long phrase of words", by=journal.SYSTEM
    )
    accounts.grant(user=user, role="mrb_member", site=records[0].site, by=journal.SYSTEM)
    bound("neu")
    signer = Signer(provider, liar, "neu")
    page = signer.dialog(records[0], _agree="1")
    asks = signer.client.post(signer.path(records[0]), signer.entered(page))
    assert asks.status_code == 200 and "Approved for the MRB" in asks.content.decode()
    assert signer.sign(records[0], _username="").status_code == 302
    assert made(records[0]).get().signer == user


def test_a_list_is_signed_at_once(signer, records):
    keys = [record.pk for record in records[:2]]
    preview = signer.client.post(URL, {"act": "approve", "key": keys})
    led = signer.client.post(URL, {**sure(preview), "_sign": "1", "_step_up": "begin", "_username": "mrb1"})
    assert led.status_code == 302, led.content.decode()[-800:]
    url = html.unescape(re.search(r'content="0;url=([^"]+)"', signer.client.get(led["Location"]).content.decode())[1])
    signer.liar.sub = signer.sub
    fields = hidden(signer.client.get(signer.back(signer.liar.signed_in(url))["Location"]))
    done = signer.client.post(URL, {name: [v for n, v in fields if n == name] for name, _v in fields})
    assert done.status_code == 200 and all(made(record).exists() for record in records[:2]), done.content.decode()[
        -1500:
    ]


def test_over_rest_a_session_without_a_password_is_told_where_to_sign(signer, records):
    answer = signer.client.post(
        f"/api/v1/ncrs/{records[0].number}/approve",
        {"signature": {"username": "mrb1", "password": "x"}},
        content_type="application/json",
        headers={"If-Match": f'"{records[0].version}"'},
    )
    assert answer.status_code == 401 and answer.json()["code"] == "components"
    assert "identity provider" in str(answer.json())


def test_with_the_real_provider(real, records, liar):
    row = set_up(real.issuer, code="real", name="Real")
    accounts.bind(user=person("mrb1"), provider=row, subject="board", by=journal.SYSTEM, reason="checked")
    accounts.switch_password_off(user=person("mrb1"), by=journal.SYSTEM, reason="company account")
    signer = Signer.__new__(Signer)
    signer.provider, signer.liar, signer.client = row, liar, Client()
    signer.username, signer.sub = "mrb1", "board"
    assert signer.back(real.sign_in(signer.go(), "board")).status_code == 302
    other = real.sign_in(signer.leave(records[0]), "somebody")
    signer.back(other)
    assert turned() == ["subject"]
    back = signer.back(real.sign_in(signer.leave(records[0]), "board"))
    page = signer.client.get(back["Location"])
    assert signer.client.post(signer.path(records[0]), signer.entered(page)).status_code == 302
    assert made(records[0]).get().components == "user_id,step_up"
    assert reverse("identity:callback", args=["real"]) == "/identity/real/callback"
    assert row.client_id == openid.CLIENT
