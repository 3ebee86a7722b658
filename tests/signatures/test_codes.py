"""One-time codes: possession is proved, no code counts twice, login and the first signature ask for one, and they end at once."""

import base64
import re

import pytest
from django.conf import settings
from django.urls import reverse
from django_otp.oath import totp

from qms.accounts import actions, codes, lockout
from qms.accounts.models import CodeDevice, FailedAttempt
from qms.demo.cast import PASSWORD
from qms.journal.models import Entry
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.office.models import Notification
from qms.office.notifications import rules
from tests.factories import person

pytestmark = pytest.mark.django_db
PROVES = ("11.200(a)", "11.300(c)", "11.300(e)")


def code(key, at, *, steps=0):
    return f"{totp(key, t0=0, step=30, drift=steps) if at is None else _at(key, at.timestamp() + 30 * steps):06d}"


def _at(key, seconds):
    from django_otp.oath import TOTP

    made = TOTP(key)
    made.time = seconds
    return made.token()


@pytest.fixture
def enrolled(time):
    """A member of the board with codes; their key. The enrolment has used up the code of its moment."""
    user = person("mrb1")
    pending = actions.begin_codes(user=user)
    key = codes.opened(user, pending)
    actions.enrol_codes(user=user, pending=pending, code=code(key, time.now), current=PASSWORD)
    time.forward(60)
    return key


def log_in(client, key=None, time=None, steps=0, username="mrb1", password=PASSWORD):
    answer = client.post("/login", {"username": username, "password": password, "next": "/ncr/"})
    return client.post("/login", {"code": code(key, time.now, steps=steps), "next": "/ncr/"}) if key else answer


def test_enrolling_proves_possession_and_knows_the_password(time):
    user = person("mrb1")
    pending = actions.begin_codes(user=user)
    key = codes.opened(user, pending)
    right = code(key, time.now)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for given in ({"code": wrong}, {"code": "12345"}, {"code": ""}, {"current": "wrong"}):
        with pytest.raises(Invalid):
            actions.enrol_codes(user=user, pending=pending, **{"code": right, "current": PASSWORD, **given})
    assert not CodeDevice.objects.exists()
    actions.enrol_codes(user=user, pending=pending, code=right, current=PASSWORD)
    assert user.has_code() and Entry.objects.filter(event="account.code_enrolled").count() == 1
    with pytest.raises(Conflict):
        actions.enrol_codes(user=user, pending=pending, code=right, current=PASSWORD)


def test_an_enrolment_of_somebody_else_of_long_ago_or_forged_is_refused(time):
    theirs = actions.begin_codes(user=person("mrb2"))
    old = actions.begin_codes(user=person("mrb1"))
    time.forward(codes.PENDING.total_seconds() + 1)
    for pending in (theirs, old, "gAAAAAforged", ""):
        with pytest.raises(Invalid, match="expired"):
            actions.enrol_codes(user=person("mrb1"), pending=pending, code="123456", current=PASSWORD)


def test_the_secret_is_sealed_at_rest_and_nowhere_in_the_trail(enrolled):
    device, secret = CodeDevice.objects.get(), base64.b32encode(enrolled).decode()
    assert secret not in device.secret and enrolled.hex() not in device.secret
    assert codes.kept(enrolled) != device.secret, "sealed with a nonce"
    told = "".join(Entry.objects.filter(object_type="accounts.codedevice").values_list("payload", flat=True))
    assert secret not in told and device.secret not in told
    assert not {"secret", "personal_salt"} & {f.name for f in device.history.model._meta.fields}


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_of_drift_is_borne(enrolled, time, steps, good):
    time.forward(300)
    assert codes.accept(person("mrb1"), code(enrolled, time.now, steps=steps)) is good


def test_no_code_counts_twice_nor_one_before_it(enrolled, time):
    user = person("mrb1")
    assert codes.accept(user, code(enrolled, time.now)) and not codes.accept(user, code(enrolled, time.now))
    assert not codes.accept(user, code(enrolled, time.now, steps=-1))
    time.forward(30)
    assert codes.accept(user, code(enrolled, time.now))


def test_the_code_of_the_enrolment_opens_nothing(time):
    user = person("mrb1")
    pending = actions.begin_codes(user=user)
    key = codes.opened(user, pending)
    actions.enrol_codes(user=user, pending=pending, code=code(key, time.now), current=PASSWORD)
    assert not codes.accept(user, code(key, time.now))


def test_login_asks_for_the_code(client, enrolled, time):
    half = log_in(client)
    assert half.status_code == 200 and 'name="code"' in half.content.decode()
    assert client.get("/ncr/").status_code == 302, "half a login is none"
    assert log_in(client, enrolled, time)["Location"] == "/ncr/"
    assert client.get("/ncr/").status_code == 200


def test_a_wrong_or_used_code_does_not_open_and_the_password_does_not_clear_the_count(client, enrolled, time):
    used = code(enrolled, time.now)
    assert codes.accept(person("mrb1"), used)
    for _ in range(settings.LOCKOUT_FAILURES):
        log_in(client)
        assert client.post("/login", {"code": used}).status_code == 422
    assert lockout.is_locked("mrb1")
    time.forward(30)
    assert client.post("/login", {"code": code(enrolled, time.now)}).status_code == 422
    assert client.get("/").status_code == 302


def test_a_code_without_the_password_before_it_is_nothing(client, enrolled, time):
    assert client.post("/login", {"code": code(enrolled, time.now)}).status_code == 422
    log_in(client)
    time.forward(301)
    assert client.post("/login", {"code": code(enrolled, time.now)}).status_code == 422, "too late"
    assert client.get("/").status_code == 302


def test_half_a_login_dies_with_the_password(client, enrolled, time):
    log_in(client)
    actions.set_password(user=person("mrb1"), password="a phrase of the administrator", by=person("security"))
    assert client.post("/login", {"code": code(enrolled, time.now)}).status_code == 422


@pytest.fixture
def inside(client, enrolled, time):
    log_in(client, enrolled, time)
    time.forward(30)
    return client


def approve(client, record, **given):
    record.refresh_from_db()
    headers = {"If-Match": f'"{record.version}"'}
    url = f"/api/v1/ncrs/{record.number}/approve"
    return client.post(url, {"signature": given}, content_type="application/json", headers=headers)


def test_the_first_signature_asks_for_it_the_next_does_not(inside, enrolled, time, make):
    first, second = (make.ncr(state="IN_MRB", scrap="10") for _ in "ab")
    refused = approve(inside, first, username="mrb1", password=PASSWORD).json()
    assert refused["code"] == "components"
    assert f"Within {settings.SIGNING_IDLE_SECONDS // 60} minutes" in str(refused), refused
    page = inside.post(reverse("ncr:approve", args=[first.number]), {"version": first.version}).content.decode()
    assert 'id="sign-code"' in page
    wrong = approve(inside, first, username="mrb1", password=PASSWORD, code="000000")
    assert wrong.status_code == 403 and FailedAttempt.objects.count() == 1
    right = approve(inside, first, username="mrb1", password=PASSWORD, code=code(enrolled, time.now))
    assert right.status_code == 200 and right.json()["signatures"][0]["components"] == ["user_id", "password", "code"]
    assert approve(inside, second, password=PASSWORD).status_code == 200


def test_a_wrong_password_does_not_use_up_the_code(inside, enrolled, time, make):
    record, good = make.ncr(state="IN_MRB", scrap="10"), code(enrolled, time.now)
    assert approve(inside, record, username="mrb1", password="wrong", code=good).status_code == 403
    assert approve(inside, record, username="mrb1", password=PASSWORD, code=good).status_code == 200


def test_ending_and_enrolling_ends_a_series(inside, enrolled, time, make):
    first, second = (make.ncr(state="IN_MRB", scrap="10") for _ in "ab")
    assert approve(inside, first, username="mrb1", password=PASSWORD, code=code(enrolled, time.now)).status_code == 200
    actions.end_own_codes(user=person("mrb1"), current=PASSWORD)
    assert approve(inside, second, password=PASSWORD).json()["code"] == "components"


def test_the_owner_ends_them_with_the_password(inside):
    url = reverse("office:codes-end-own")
    assert inside.post(url, {"current": "wrong"}).status_code == 422 and person("mrb1").has_code()
    assert inside.post(url, {"current": PASSWORD}).status_code == 302 and not person("mrb1").has_code()


def test_an_administrator_ends_them_with_a_reason_and_the_owner_and_security_are_told(client, enrolled):
    last = Entry.objects.latest("id").id
    client.force_login(person("admin"), "qms.accounts.backends.PasswordBackend")
    url = reverse("office:codes-end", args=["mrb1"])
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "telephone lost"}).status_code == 302
    assert not person("mrb1").has_code()
    assert Entry.objects.filter(event="account.code_ended", payload__contains="telephone lost").exists()
    rules.take(list(Entry.objects.filter(id__gt=last).order_by("id")))
    assert sorted(Notification.objects.values_list("user__username", flat=True)) == ["mrb1", "security"]
    with pytest.raises(Conflict):
        actions.end_codes(user=person("mrb1"), by=person("security"), reason="again")


def test_nobody_else_ends_them(enrolled):
    for who in ("mrb1", "mrb2", "manager"):
        with pytest.raises(Forbidden):
            actions.end_codes(user=person("mrb1"), by=person(who), reason="x")


def test_the_page_shows_a_picture_and_a_key_and_enrols(client, time):
    client.force_login(person("mrb1"), "qms.accounts.backends.PasswordBackend")
    url = reverse("office:codes")
    page = client.get(url).content.decode()
    assert "<svg" in page and "style=" not in page[page.index("<svg") : page.index("</svg>")]
    pending = re.search(r'name="pending" value="([^"]+)"', page)[1]
    key = codes.opened(person("mrb1"), pending)
    assert base64.b32encode(key).decode()[:4] in page
    wrong = client.post(url, {"pending": pending, "code": "000000", "current": PASSWORD})
    assert wrong.status_code == 422 and pending in wrong.content.decode(), (
        "the same picture, so that the app still fits"
    )
    assert client.post(url, {"pending": pending, "code": code(key, time.now), "current": PASSWORD}).status_code == 302
    assert person("mrb1").has_code()
    again = client.post(url, {"pending": "forged", "code": "1", "current": PASSWORD})
    assert again.status_code in (409, 422)
