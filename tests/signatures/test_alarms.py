"""Failed signings count, lock and alarm: the security role is told in the program and by mail at once (21 CFR 11.300(d))."""

import pytest
from django.conf import settings
from django.core import mail
from django.urls import reverse

from ncr import actions as ncr
from qms.accounts import lockout
from qms.accounts.models import User
from qms.journal.models import Entry
from qms.lib.errors import SignatureRefused
from qms.office import notifications, tasks
from qms.office.models import Notification, NotificationSettings
from qms.office.notifications import rules
from tests.factories import person, signing

pytestmark = pytest.mark.django_db
PROVES = ("11.300(d)",)


@pytest.fixture
def news():
    last = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    return lambda: rules.take(list(Entry.objects.filter(id__gt=last).order_by("id")))


def fail(record, times, username="mrb1"):
    for _ in range(times):
        with pytest.raises(SignatureRefused):
            ncr.approve(ncr=record, by=person(username), signing=signing(person(username), password="wrong"))


def told():
    return sorted(Notification.objects.filter(kind="security").values_list("user__username", flat=True))


def test_the_failure_that_locks_tells_the_security_role_once(make, news):
    record = make.ncr(state="IN_MRB", scrap="10")
    fail(record, settings.LOCKOUT_FAILURES - 1)
    news()
    assert told() == []
    fail(record, 1)
    news()
    assert told() == ["security"]
    fail(record, 3)
    news()
    assert told() == ["security"], "whoever goes on failing is told of once"
    told_on = {"object_type": "ncr.nonconformance", "object_key": str(record.pk), "site": record.site_id}
    refused = Entry.objects.filter(event="signature.refused", **told_on).count()
    assert refused == settings.LOCKOUT_FAILURES, "those after the lock are refused before anything is looked at"


def test_the_sixth_try_with_the_right_password_is_refused(make):
    record = make.ncr(state="IN_MRB", scrap="10")
    fail(record, settings.LOCKOUT_FAILURES)
    with pytest.raises(SignatureRefused, match="locked"):
        ncr.approve(ncr=record, by=person("mrb1"), signing=signing(person("mrb1")))


def test_logins_and_signings_count_together(make, client):
    record = make.ncr(state="IN_MRB", scrap="10")
    fail(record, settings.LOCKOUT_FAILURES - 1)
    client.post("/login", {"username": "mrb1", "password": "wrong"})
    assert lockout.is_locked("mrb1") and Entry.objects.filter(event="account.lock_alarm").count() == 1


def test_the_mail_leaves_at_once_whatever_was_chosen(make, news):
    User.objects.filter(username="security")
    chief = person("security")
    from qms import journal

    with journal.act(journal.EVENTS["account.changed"], by=journal.SYSTEM) as act:
        User.objects.filter(pk=chief.pk).update(email="security@plant.example")
        act.record(chief)
    NotificationSettings.objects.create(user=chief, digest="none", muted=["security"])
    fail(make.ncr(state="IN_MRB", scrap="10"), settings.LOCKOUT_FAILURES)
    news()
    assert notifications.send_alarms() == 1 and notifications.send_alarms() == 0
    [sent] = mail.outbox
    assert sent.to == ["security@plant.example"] and "mrb1" in sent.body and "locked" in sent.body


def test_the_bell_that_tells_also_mails(settings, monkeypatch):
    """`office.tell` is rung for new entries at once, `office.send_mail` every minute: the alarm does not wait for the second."""
    sent = []
    settings.EMAIL_HOST = "mail.plant.example"
    monkeypatch.setattr(notifications, "send_alarms", lambda: sent.append("now"))
    monkeypatch.setattr(notifications, "catch_up", lambda: 0)
    tasks.tell()
    assert sent == ["now"]


def test_the_notification_opens_the_account(client, make, news):
    fail(make.ncr(state="IN_MRB", scrap="10"), settings.LOCKOUT_FAILURES)
    news()
    one = Notification.objects.get(kind="security")
    client.force_login(person("security"), "qms.accounts.backends.PasswordBackend")
    assert "was locked" in client.get(reverse("office:inbox")).content.decode()
    assert client.get(reverse("office:notification", args=[one.uid]))["Location"] == person("mrb1").get_absolute_url()
