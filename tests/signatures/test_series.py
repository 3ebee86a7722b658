"""A series of signings: every component first, then the password, until a pause, a logout, a change of password, place or device."""

from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from ncr.models import Nonconformance
from qms.accounts import actions as accounts
from qms.accounts.middleware import BADGE
from qms.accounts.models import FailedAttempt
from qms.demo.cast import BADGES, PASSWORD, PIN
from qms.journal.models import Entry
from qms.signatures import series
from qms.signatures.models import Series, Signature
from tests.factories import person

pytestmark = pytest.mark.django_db
PROVES = ("11.200(a)", "11.300(d)")
IDLE = settings.SIGNING_IDLE_SECONDS


@pytest.fixture
def records(make):
    return [make.ncr(state="IN_MRB", scrap="10") for _ in range(3)]


@pytest.fixture
def begun(signer, records, time):
    """A series with one signature in it."""
    found = signer("mrb1")
    assert found.whole(records[0]).status_code == 200
    return found


def refused(answer, code="components"):
    return answer.status_code == (401 if code == "components" else 403) and answer.json()["code"] == code


def test_the_first_signing_asks_for_user_id_and_password(signer, records):
    found = signer("mrb1")
    assert refused(found.short(records[0]))
    assert not Signature.objects.filter(record_number=records[0].number).exists()
    assert not FailedAttempt.objects.exists(), "what is missing is asked for; nothing wrong was tried"
    assert Entry.objects.filter(event="signature.refused").exists()
    assert found.whole(records[0]).status_code == 200


@pytest.mark.parametrize(
    ("key", "badge", "carries"), [("k" * 32, None, True), (None, None, False), ("", None, False), ("k" * 32, 7, False)]
)
def test_a_session_with_a_key_and_without_a_badge_carries_a_series(key, badge, carries):
    session = SimpleNamespace(session_key=key, get={BADGE: badge}.get)
    meta = {"HTTP_USER_AGENT": "Firefox/141.0", "REMOTE_ADDR": "10.0.0.7"}
    found = series.place(SimpleNamespace(session=session, META=meta))
    assert (found is not None) == carries and (found is None or found.address == "10.0.0.7")
    assert series.place(SimpleNamespace(META=meta)) is None  # a token has no session


def test_the_next_ones_ask_for_the_password_alone_and_tell_so(begun, records):
    assert begun.short(records[1]).status_code == 200
    made = [Signature.objects.get(record_number=r.number) for r in records[:2]]
    assert [s.components for s in made] == ["user_id,password", "password"]
    assert made[0].series == made[1].series is not None


def test_the_session_alone_signs_nothing(begun, records):
    assert begun.sign(records[1], username="mrb1", password="").status_code == 422
    assert refused(begun.sign(records[1], username="mrb1", password="wrong"), "signature_refused")
    assert FailedAttempt.objects.count() == 1


@pytest.mark.parametrize(("seconds", "status"), [(IDLE - 1, 200), (IDLE, 200), (IDLE + 1, 401)])
def test_a_pause_ends_the_series_to_the_second(begun, records, time, seconds, status):
    time.forward(seconds)
    assert begun.short(records[1]).status_code == status


def test_each_signing_begins_the_pause_anew(begun, records, time):
    time.forward(IDLE - 1)
    assert begun.short(records[1]).status_code == 200
    time.forward(IDLE - 1)
    assert begun.short(records[2]).status_code == 200


def test_after_the_end_a_new_series_begins_with_every_component(begun, records, time):
    time.forward(IDLE + 1)
    assert refused(begun.short(records[1])) and begun.whole(records[1]).status_code == 200
    assert begun.short(records[2]).status_code == 200
    of = {s.record_number: s.series for s in Signature.objects.exclude(meaning="agreed")}
    assert of[records[0].number] != of[records[1].number] == of[records[2].number]


def test_a_logout_ends_it(begun, records):
    begun.client.post("/logout")
    begun.log_in()
    assert refused(begun.short(records[1]))


def test_a_new_password_ends_it(begun, records):
    new = "another long phrase of words"
    data = {"current": PASSWORD, "password": new, "again": new}
    assert begun.client.post(reverse("office:password"), data).status_code == 302
    assert refused(begun.sign(records[1], password=new))
    assert begun.sign(records[1], username="mrb1", password=new).status_code == 200


def test_another_address_ends_it(begun, records):
    begun.client.defaults["REMOTE_ADDR"] = "10.9.8.7"
    assert refused(begun.short(records[1]))


def test_another_device_ends_it(begun, records):
    begun.client.defaults["HTTP_USER_AGENT"] = "Another browser"
    assert refused(begun.short(records[1]))


def test_another_session_of_the_same_person_has_a_series_of_its_own(begun, signer, records):
    assert refused(signer("mrb1").short(records[1]))
    assert begun.short(records[1]).status_code == 200


def test_the_cookie_in_another_hand_signs_nothing_without_the_password(begun, records):
    thief = Client(REMOTE_ADDR="10.0.0.66")
    thief.cookies = begun.client.cookies
    begun.client = thief
    assert refused(begun.short(records[1])), "not even with the password: the address is another"


def test_ended_access_ends_it_and_the_session(begun, records):
    accounts.end_access(user=person("mrb1"), by=person("security"), reason="telephone lost")
    assert begun.short(records[1]).status_code in (401, 403)
    assert Series.objects.count() == 1, "the row may stand; it carries nothing"


def test_a_badge_session_reaches_no_signing_at_all(client, records):
    client.post("/login", {"username": BADGES["inspector"], "password": PIN})
    record = Nonconformance.objects.get(pk=records[0].pk)
    answer = client.post(f"/api/v1/ncrs/{record.number}/approve", "{}", content_type="application/json")
    assert answer.status_code == 403 and answer.json()["code"] == "badge"


def test_nobody_signs_with_the_account_of_another(begun, records):
    assert refused(begun.sign(records[1], username="mrb2", password=PASSWORD), "signature_refused")
    assert not Signature.objects.filter(record_number=records[1].number).exists()


def test_the_sixth_try_is_refused_with_the_right_password(begun, records):
    for _ in range(settings.LOCKOUT_FAILURES):
        assert refused(begun.sign(records[1], password="wrong"), "signature_refused")
    assert refused(begun.short(records[1]), "locked")
    assert refused(begun.whole(records[1]), "locked")


def test_a_service_account_never_signs(client, records, make):
    from qms.demo import cast
    from qms.lib.errors import SignatureRefused
    from qms.signatures import actions
    from tests.factories import signing

    token = cast.issue_tokens()["mes"]
    answer = client.post(
        f"/api/v1/ncrs/{records[0].number}/approve",
        {"signature": {"username": "svc-mes", "password": PASSWORD}},
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}", "If-Match": f'"{records[0].version}"'},
    )
    assert answer.status_code == 403
    service = person("svc-mes")
    with pytest.raises(SignatureRefused, match="only a person"):
        actions.authenticate(by=service, given=signing(service), number="x", meaning="verified")
    assert not FailedAttempt.objects.exists()


def test_the_dialog_shows_what_it_asks_for(signer, records):
    found = signer("mrb1")
    url = reverse("ncr:approve", args=[records[0].number])
    first = found.client.post(url, {"version": records[0].version}).content.decode()
    assert 'id="sign-username"' in first and 'id="sign-password"' in first and 'id="sign-code"' not in first
    assert found.whole(records[0]).status_code == 200
    url = reverse("ncr:approve", args=[records[1].number])
    next_one = found.client.post(url, {"version": records[1].version}).content.decode()
    assert 'id="sign-username"' not in next_one and 'id="sign-password"' in next_one


def test_a_dialog_that_outlived_the_series_asks_again_and_keeps_the_words(begun, records, time):
    url = reverse("ncr:approve", args=[records[1].number])
    sent = {"version": records[1].version, "_sign": "1", "_password": PASSWORD, "_comment": "Seen with the customer."}
    time.forward(IDLE + 1)
    answer = begun.client.post(url, sent)
    page = answer.content.decode()
    assert answer.status_code == 401 and 'id="sign-username"' in page and "Seen with the customer." in page
    assert begun.client.post(url, {**sent, "_username": "mrb1"}).status_code == 302
