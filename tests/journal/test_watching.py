"""An entry that stays unsealed is an alarm that says why, told to whoever reads the trail, without the sealer's help."""

import time

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse

from qms import journal
from qms.accounts import actions as accounts
from qms.accounts.models import Site
from qms.journal import heartbeat, sealing, watching
from qms.journal.models import Entry
from qms.office import watch
from qms.office.models import Notification, TrailAlarm
from qms.office.notifications import digest
from tests.databases import direct, use_login

from .plant import as_sealer, damaging, write

PROVES = ("11.10(a)", "G6")
pytestmark = pytest.mark.usefixtures("own_database")


def age(seconds: int) -> None:
    """What is not sealed yet was written so many seconds ago."""
    with damaging() as admin:
        admin.execute(
            "UPDATE journal_entry SET ts = ts - make_interval(secs => %s) WHERE id NOT IN (SELECT entry_id FROM journal_leaf)",
            [seconds],
        )


def code() -> str:
    found = watching.trouble()
    return found.code if found else ""


def test_what_is_sealed_or_fresh_is_no_trouble():
    write()
    as_sealer()
    assert watching.oldest_unsealed() == 0
    write()
    assert 0 < watching.oldest_unsealed() < 30 and code() == ""


@pytest.mark.parametrize(
    ("lives", "seconds", "expected"), [(True, 50, ""), (True, 70, "unsealed"), (False, 40, "sealer_silent")]
)
def test_a_minute_is_an_alarm_and_half_of_it_when_no_sealer_lives(lives, seconds, expected):
    as_sealer()
    if lives:
        heartbeat.beat("sealer")
    write()
    age(seconds)
    assert code() == expected


def test_the_writer_who_holds_the_horizon_is_named(monkeypatch):
    monkeypatch.setattr(watching, "LIMIT_SECONDS", 1)
    as_sealer()
    heartbeat.beat("sealer")
    with direct("app") as idle:
        idle.execute("SET application_name = 'forgotten console'")
        idle.autocommit = False
        idle.execute("SELECT pg_current_xact_id()")
        pid = idle.info.backend_pid
        write()
        assert as_sealer() == 0, "the horizon stands still"
        time.sleep(1.2)
        age(5)
        found = watching.trouble()
        assert found and found.code == "horizon_held"
        assert found.values["pid"] == pid and found.values["program"] == "forgotten console"
        idle.rollback()
    assert as_sealer() > 0 and code() == ""


def test_an_entry_that_the_sealer_would_never_take_is_seen():
    """As after a restore without a new era: its transaction lies behind the last seal."""
    write()
    as_sealer()
    heartbeat.beat("sealer")
    with damaging() as admin:
        admin.execute("""INSERT INTO journal_entry (xid, ts, leaf, kind, event, act_id, object_type, object_key, object_seq, actor_id,
            schema_version, payload) SELECT '3', clock_timestamp() - interval '2 minutes', leaf, kind, event, act_id, object_type,
            object_key, object_seq, actor_id, schema_version, payload FROM journal_entry ORDER BY id LIMIT 1""")
    assert as_sealer() == 0 and code() == "unsealed"


def test_a_restored_cluster_seals_again_and_the_alarm_ends():
    write()
    as_sealer()
    with damaging() as admin:
        admin.execute("UPDATE journal_era SET system_identifier = 'the cluster before the restore'")
        admin.execute("UPDATE journal_seal SET xid_to = '9000000000' WHERE n = (SELECT max(n) FROM journal_seal)")
    write()
    age(70)
    assert as_sealer() == 0 and watch.look() == 1
    connection.close()
    use_login("sealer")
    sealing.prepare()
    connection.close()
    use_login("app")
    write()
    assert as_sealer() > 0 and set(Entry.objects.values_list("era", flat=True)) == {1, 2}
    assert Entry.objects.filter(era=2).exists()


def test_the_alarm_is_one_act_and_reaches_people_while_nothing_is_sealed():
    as_sealer()
    write()
    age(70)
    assert watch.look() == 1 and watch.look() == 0
    told = Notification.objects.filter(event="trail.unsealed")
    assert {"auditor", "manager", "security"} <= set(told.values_list("user__username", flat=True))
    assert Client().get("/readyz").json()["warnings"]["unsealed"]
    assert "qms_trail_oldest_unsealed_seconds 7" in Client().get("/metrics").content.decode()
    as_sealer()
    assert watch.look() == 1 and not TrailAlarm.objects.going_on().exists()
    told = Entry.objects.filter(object_type="office.trailalarm").order_by("id").values_list("event", "actor_id")
    assert list(told) == [("trail.alarmed", "system:trail"), ("trail.calmed", "system:trail")]


def test_a_reader_of_one_site_finds_the_alarm_in_the_inbox_and_in_the_mail(client, settings):
    settings.EMAIL_HOST = "localhost"
    reader = accounts.create_user(username="reader", full_name="R", email="reader@example.test", by=journal.SYSTEM)
    accounts.grant(user=reader, role="auditor", site=Site.objects.first(), by=journal.SYSTEM)
    as_sealer()
    write()
    age(70)
    assert watch.look() == 1
    told = Notification.objects.get(user=reader)
    assert digest.send_alarms() and "reader@example.test" in [each.to[0] for each in mail.outbox]
    client.force_login(reader, backend="qms.accounts.backends.PasswordBackend")
    assert "q-inbox" in client.get(reverse("office:inbox")).content.decode()
    opened = client.get(reverse("office:notification", args=[told.uid]))
    assert opened.url == reverse("office:verify") and client.get(opened.url).status_code == 200


@pytest.mark.parametrize(("seconds", "named"), [(None, "unsealed"), (30, "unsealed"), (31, "horizon_held")])
def test_a_writer_is_the_reason_when_it_was_open_for_more_than_half_of_the_minute(monkeypatch, seconds, named):
    told = {watching.OLDEST: (61,), watching.SEALER: (None, False), watching.WRITER: (4711, "import", seconds)}
    monkeypatch.setattr(watching.statement, "one", lambda sql, _values: told[sql])
    assert code() == named
