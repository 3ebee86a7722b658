"""The trail is verified every night by itself: once, at the plant's hour; switched off only by an act; its absence is an alarm."""

import json
from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from qms.journal.models import Entry
from qms.lib import bells
from qms.lib.errors import Forbidden, Invalid
from qms.office import actions, nightly, tasks, watch
from qms.office.models import Nightly, TrailAlarm, Verification
from qms.records.models import Job
from tests.factories import person
from tests.journal.plant import as_sealer, write
from tests.office.conftest import kept

PROVES = ("11.10(a)", "G3")
WHY = "Maintenance of the server at night"


@pytest.fixture
def rung(monkeypatch):
    found = []
    monkeypatch.setattr(bells, "ring", lambda task, key: found.append((task, key)))
    return found


@pytest.fixture
def at(monkeypatch):
    """What time it is for the clock of the nights."""

    def set_to(moment):
        monkeypatch.setattr(nightly, "now", lambda: moment)

    return set_to


def plan(**more):
    values = {"is_on": True, "at": time(2, 30), "timezone": "Asia/Shanghai", "reason": WHY}
    return actions.set_nightly(by=person("security"), **{**values, **more})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("moment", "night"),
    [
        (datetime(2026, 11, 20, 18, 29, tzinfo=UTC), "2026-11-20"),
        (datetime(2026, 11, 20, 18, 30, tzinfo=UTC), "2026-11-21"),  # half past two in Suzhou
        (datetime(2026, 11, 20, 23, 59, tzinfo=UTC), "2026-11-21"),
    ],
)
def test_the_hour_is_the_plants(moment, night):
    plan()
    assert str(nightly.due(moment)) == night


@pytest.mark.django_db
def test_without_a_setting_it_is_half_past_two_at_the_first_plant():
    assert not Nightly.objects.exists() and nightly.schedule().is_on and nightly.schedule().at == time(2, 30)
    assert nightly.schedule().timezone == person("engineer").valid_grants[0].site.timezone


@pytest.mark.usefixtures("own_database")
def test_the_scheduler_asks_once_a_night_and_the_result_is_an_act(rung, at):
    write()
    as_sealer()
    plan()
    at(datetime.now(UTC) - timedelta(days=2))
    assert not nightly.ring_due(), "there was no trail yet that night"
    at(datetime.now(UTC) + timedelta(days=1))
    assert nightly.ring_due() and not nightly.ring_due()
    [(task, key)] = rung
    assert task == "office.verify" and Verification.objects.get().asked_by is None
    tasks.verify(key)
    said = json.loads(Entry.objects.get(event="trail.verified").payload)
    assert said["who"]["name"] == "Scheduler" and said["data"]["breaks"] == 0
    at(datetime.now(UTC) + timedelta(days=2))
    assert nightly.ring_due() and len(rung) == 2


@pytest.mark.usefixtures("own_database")
def test_off_is_an_act_with_a_reason_and_rings_no_more(rung, at):
    write()
    as_sealer()
    row = plan(is_on=False)
    at(datetime.now(UTC) + timedelta(days=4))
    assert not nightly.ring_due() and nightly.trouble() is None and rung == []
    said = kept("trail.nightly_set", row)[0]
    assert said["reason"] == WHY and said["who"]["id"] == str(person("security").pk)
    plan(is_on=True)
    assert [line["data"]["at"] for line in kept("trail.nightly_set", row)] == ["02:30", ""]
    assert nightly.ring_due()


@pytest.mark.usefixtures("own_database")
def test_a_day_and_a_half_without_one_is_an_alarm_until_the_next(rung, at):
    write()
    as_sealer()
    at(datetime.now(UTC) + timedelta(hours=35))
    watch.look()
    assert not TrailAlarm.objects.going_on().filter(pk=TrailAlarm.UNVERIFIED).exists()
    at(datetime.now(UTC) + timedelta(hours=37))
    watch.look()
    alarm = TrailAlarm.objects.going_on().get(pk=TrailAlarm.UNVERIFIED)
    assert "never verified" in alarm.told
    call_command("verify_trail")
    as_sealer()
    at(datetime.now(UTC))
    watch.look()
    assert not TrailAlarm.objects.going_on().filter(pk=TrailAlarm.UNVERIFIED).exists()


@pytest.mark.usefixtures("own_database")
def test_the_shell_records_its_act_unless_told_not_to(capsys):
    write()
    as_sealer()
    call_command("verify_trail", no_act=True)
    call_command("verify_trail", quick=True)
    assert kept("trail.verified") == [] and "quick" in capsys.readouterr().out
    call_command("verify_trail")
    [said] = kept("trail.verified")
    assert said["who"]["id"].startswith("system:shell:") and said["data"]["breaks"] == 0


@pytest.mark.usefixtures("own_database")
def test_a_read_only_copy_is_verified_without_an_act(monkeypatch, capsys):
    from django.db import connection

    write()
    as_sealer()
    connection.close()
    options = connection.settings_dict["OPTIONS"]
    monkeypatch.setitem(options, "options", "-c default_transaction_read_only=on")
    call_command("verify_trail")
    connection.close()
    told = capsys.readouterr().out
    assert "read-only" in told and "intact" in told
    monkeypatch.undo()
    assert kept("trail.verified") == []


@pytest.mark.django_db
def test_who_may_set_it_and_what_is_refused(client):
    for who in ("auditor", "engineer", "admin", "operator"):
        with pytest.raises(Forbidden):
            actions.set_nightly(is_on=True, at=time(3), timezone="UTC", reason=WHY, by=person(who))
        client.force_login(person(who))
        assert client.get(reverse("office:nightly")).status_code == 403
    for wrong in ({"timezone": "Mars/Base"}, {"reason": "n/a"}):
        with pytest.raises(Invalid):
            plan(**wrong)


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "word"), [("en", "switched off"), ("zh-hans", "已关闭")])
def test_it_is_set_on_its_page_and_the_verify_page_says_so(client, language, word):
    reader = person("security")
    reader.language = language
    client.force_login(reader)
    client.cookies["django_language"] = language
    answer = client.post(reverse("office:nightly"), {"at": "03:15", "timezone": "UTC", "reason": WHY})
    assert answer.status_code == 302, answer.content.decode()
    assert Nightly.objects.get().is_on is False
    client.post(reverse("office:nightly"), {"is_on": "on", "at": "03:15", "timezone": "UTC", "reason": WHY})
    assert "03:15" in client.get(reverse("office:verify")).content.decode()
    assert Job.objects.count() == 0
