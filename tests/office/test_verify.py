"""Verify now: asked on the page, done by the worker, its result an act, the first break named in both languages."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from qms import journal
from qms.accounts import actions as accounts
from qms.accounts.models import User
from qms.journal.models import Entry
from qms.lib import bells
from qms.lib.errors import Conflict, Forbidden, NotNow
from qms.office import actions, queries, tasks
from qms.office.models import Notification, TrailAlarm
from qms.records import jobs
from qms.records.models import Job
from tests.journal.plant import as_sealer, damaging, write

PROVES = ("11.10(a)", "G3")
pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture(autouse=True)
def rung(monkeypatch):
    """What was rung for; nobody answers by themself."""
    found = []
    monkeypatch.setattr(bells, "ring", lambda task, *values: found.append((task, *values)))
    return found


def page(user, name="verify"):
    client = Client()
    client.force_login(user, backend="qms.accounts.backends.PasswordBackend")
    return client.get(reverse(f"office:{name}")).content.decode()


def named(username):
    return User.objects.get(username=username)


def lapse():
    """A minute passes: leases are over, and bells that nobody answered count as lost."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE records_job SET rung_at = rung_at - interval '1 minute', lease_until = lease_until - interval '1 minute'"
        )


def run(who="auditor"):
    asked = actions.ask_verification(by=named(who))
    tasks.verify(asked.pk)
    return asked


def test_the_button_asks_the_worker_and_the_page_follows(rung):
    write()
    as_sealer()
    client = Client()
    client.force_login(named("auditor"), backend="qms.accounts.backends.PasswordBackend")
    assert client.post(reverse("office:verify")).status_code == 302
    [(task, key)] = rung
    assert task == "office.verify" and "Waiting for the worker" in page(named("auditor"))
    assert Entry.objects.filter(event="trail.verified").count() == 0, "the request itself verifies nothing"
    assert client.post(reverse("office:verify")).status_code == 409
    Job.objects.update(done=3, total=9)
    assert "Verifying: 3 of 9 entries" in page(named("auditor"), "verifying")
    tasks.verify(key)
    shown = page(named("auditor"), "verifying")
    assert "Intact" in shown and "every 1s" not in shown and named("auditor").full_name in shown


def test_the_result_is_an_act_of_whoever_asked():
    write()
    as_sealer()
    entries = Entry.objects.count()
    run()
    entry = Entry.objects.get(event="trail.verified")
    said = json.loads(entry.payload)
    assert said["who"]["id"] == str(named("auditor").pk) and said["data"]["entries"] == entries
    assert said["data"]["breaks"] == 0 and len(said["data"]["root"]) == 64
    assert queries.verifications()[0]["breaks"] == 0


def test_a_bell_that_comes_twice_verifies_once():
    write()
    as_sealer()
    asked = run()
    tasks.verify(asked.pk)
    assert Entry.objects.filter(event="trail.verified").count() == 1


@pytest.mark.parametrize(
    ("language", "word"), [("en", "its text was changed after it was written"), ("zh-hans", "其文本在写入后被更改")]
)
def test_the_first_break_is_named_in_the_readers_language_and_alarms(language, word):
    write()
    as_sealer()
    reader = accounts.create_user(username="reader", full_name="R", language=language, by=journal.SYSTEM)
    accounts.grant(user=reader, role="auditor", site=None, by=journal.SYSTEM)
    as_sealer()
    with damaging() as admin:
        admin.execute(
            "UPDATE journal_entry SET payload = replace(payload, 'Site 1', 'Site 9') WHERE payload LIKE '%Site 1%'"
        )
    run()
    assert word in page(reader) and TrailAlarm.objects.going_on().get().name == "broken"
    assert Notification.objects.filter(user=reader, event="trail.broken").count() == 1
    with damaging() as admin:
        admin.execute(
            "UPDATE journal_entry SET payload = replace(payload, 'Site 9', 'Site 1') WHERE payload LIKE '%Site 9%'"
        )
    run()
    shown = page(reader)
    assert not TrailAlarm.objects.going_on().exists() and 'role="alert"' not in shown
    assert shown.count(word) == 1, "the history of verifications keeps what the earlier one found"


def test_only_readers_of_the_trail_may_ask():
    for who in ("operator", "engineer", "admin"):
        with pytest.raises(Forbidden):
            actions.ask_verification(by=named(who))
        client = Client()
        client.force_login(named(who), backend="qms.accounts.backends.PasswordBackend")
        assert client.post(reverse("office:verify")).status_code == 403
        assert client.get(reverse("office:verifying")).status_code == 403


def test_one_whose_worker_dies_each_time_is_given_up_and_holds_up_nobody(rung):
    asked = actions.ask_verification(by=named("auditor"))
    with pytest.raises(Conflict):
        actions.ask_verification(by=named("manager"))
    for _ in range(jobs.MOST):
        assert jobs.take(actions.BELL, asked.pk)
        lapse()
        jobs.sweep()
    said = json.loads(Entry.objects.get(event="trail.not_verified").payload)
    assert "begun 3 times" in said["data"]["why"] and said["who"]["id"] == str(named("auditor").pk)
    assert "Not finished" in page(named("auditor")) and len(rung) == jobs.MOST
    assert actions.ask_verification(by=named("manager")).pk != asked.pk


def test_without_the_broker_it_waits_until_the_scheduler_reaches_it(monkeypatch, rung):
    def away(*_):
        raise NotNow("away")

    with monkeypatch.context() as gone:
        gone.setattr(bells, "ring", away)
        asked = actions.ask_verification(by=named("auditor"))
        assert "Waiting for the worker" in page(named("auditor"))
        lapse()
        with pytest.raises(NotNow):
            jobs.sweep()
    assert jobs.sweep() == 1 and rung == [(actions.BELL, asked.pk)]
    assert jobs.sweep() == 0, "it has just been rung for"
