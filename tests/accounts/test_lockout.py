"""Guessing: five in a quarter of an hour are looked at, whoever is guessed at; who does not exist is alarmed too."""

import pytest
from django.conf import settings
from django.contrib.auth import hashers
from django.test import RequestFactory

from qms.accounts import backends, lockout
from qms.journal.models import Entry
from qms.office.models import Notification
from qms.office.notifications import rules
from tests.sizes import size

pytestmark = pytest.mark.django_db
PROVES = ("11.300(d)",)
GUESSES = size(10_000)


@pytest.fixture
def evaluated(monkeypatch):
    """Every password that was looked at, or would have been."""
    seen = []
    known, unknown = hashers.check_password, hashers.make_password
    monkeypatch.setattr(backends, "check_password", lambda *a, **k: (seen.append(a), known(*a, **k))[1])
    monkeypatch.setattr(backends, "make_password", lambda *a, **k: (seen.append(a), unknown(*a, **k))[1])
    return seen


def guess(username, number):
    from django.contrib.auth import authenticate

    request = RequestFactory().post("/login", REMOTE_ADDR=f"10.0.{number % 200}.{number % 250}")
    return authenticate(request, username=username, password=f"guess {number}")


@pytest.mark.parametrize("username", ["engineer", "nobody-here"])
def test_of_many_guesses_five_are_looked_at_from_wherever_they_come(evaluated, username):
    for number in range(GUESSES):
        assert guess(username, number) is None
    assert len(evaluated) == settings.LOCKOUT_FAILURES


def test_an_id_that_nobody_has_alarms_the_security_role_once():
    last = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    for number in range(settings.LOCKOUT_FAILURES + 3):
        guess("nobody-here", number)
    rules.take(list(Entry.objects.filter(id__gt=last).order_by("id")))
    told = Notification.objects.filter(event="account.lock_alarm")
    assert list(told.values_list("user__username", "number")) == [("security", "nobody-here")]


def test_the_notification_leads_to_the_trail(client):
    from tests.factories import person

    test_an_id_that_nobody_has_alarms_the_security_role_once()
    client.force_login(person("security"), "qms.accounts.backends.PasswordBackend")
    told = Notification.objects.get(event="account.lock_alarm")
    led = client.get(f"/notifications/{told.uid}")
    assert led.status_code == 302 and "nobody-here" in led["Location"] and lockout.is_locked("nobody-here")
