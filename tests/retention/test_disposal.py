"""Kept as long as its class says and no hold stands; disposed of by two signatures; never deleted."""

import datetime
import json

import psycopg
import pytest
from django.db import Error, connection, transaction
from django.test import Client
from django.urls import reverse

from inspection.models import Gauge
from qms import journal
from qms.insight import projection, search
from qms.journal.models import Entry
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.records.models import Preserved, Record, RetentionClass, Tombstone
from qms.records.queries import keeping
from qms.retention import actions
from tests.databases import direct
from tests.factories import Factory, person, signing

PROVES = ("83", "11.10(c)", "11.10(e)", "G21")
pytestmark = pytest.mark.usefixtures("own_database")
LABEL = "inspection.gauge"


@pytest.fixture
def make():
    return Factory()


def aged(record, years):
    """The owner moves the record's past back, as no other login can: a record of long ago."""
    table = record.history.model._meta.db_table
    with direct("owner") as owner:
        owner.execute(
            f"UPDATE {table} SET history_date = history_date - make_interval(years => %s) WHERE id = %s",
            [years, record.pk],
        )


def retired(make, years=0):
    gauge = make.gauge(state="RETIRED", description="Zylinder canary")
    if years:
        aged(gauge, years)
    return gauge


def client_of(name):
    client = Client()
    client.force_login(person(name))
    return client


def test_every_kind_of_record_has_a_class_and_its_page_says_until_when(make):
    from qms.records.models import REGISTRY

    assert set(RetentionClass.objects.values_list("record_type", flat=True)) == {
        model._meta.label_lower for model in REGISTRY.values()
    }
    open_one, closed = make.gauge(), retired(make, years=3)
    assert keeping(open_one).until is None and "10 years from closure" in keeping(open_one).words
    today = datetime.datetime.now(datetime.UTC).date()
    assert keeping(closed).until.year == today.year + 7
    page = client_of("engineer").get(closed.get_absolute_url()).content.decode()
    assert f"until {keeping(closed).until.isoformat()}" in page and "STD-GAU" in page


def test_a_record_of_fifteen_years_ago_is_read_like_any_other(make):
    gauge = retired(make, years=15)
    reader = client_of("engineer")
    assert "Zylinder canary" in reader.get(gauge.get_absolute_url()).content.decode()
    assert reader.get(f"/api/v1/gauges/{gauge.number}").status_code == 200
    assert reader.get("/gauges/", {"q": gauge.number}).content.decode().count(gauge.number) >= 1
    assert keeping(gauge).until < datetime.date.today()


def test_before_its_time_it_is_refused_in_words_and_by_the_database(make):
    gauge = retired(make, years=9)
    who = person("documents")
    with pytest.raises(Conflict, match=f"{gauge.number} is kept until"):
        actions.draft(by=who, site=gauge.site, reason="shelf is full", numbers=[gauge.number])
    attempt = Entry.objects.get(event="disposal.refused")
    assert attempt.object_key == str(gauge.pk) and attempt.actor_id == str(who.pk)
    with pytest.raises(Conflict, match="is not closed"):
        actions.draft(by=who, site=gauge.site, reason="shelf is full", numbers=[make.gauge().number])
    with pytest.raises(Error, match="is kept until"):
        forged(gauge)


def test_a_legal_hold_keeps_it_and_the_database_refuses_too(make):
    gauge = retired(make, years=15)
    hold = make.legalhold(gauge)
    assert f"Legal hold {hold.number}" in client_of("engineer").get(gauge.get_absolute_url()).content.decode()
    with pytest.raises(Conflict, match=f"under the legal hold {hold.number}"):
        make.disposal(gauge)
    with pytest.raises(Error, match=f"under the legal hold {hold.number}"):
        forged(gauge)
    actions.lift(legalhold=hold, by=person("manager"), reason="claim is settled")
    assert make.disposal(gauge, state="DISPOSED").state == "DISPOSED"


def test_a_hold_placed_between_the_two_signatures_stops_the_second(make):
    gauge = retired(make, years=15)
    disposal = make.disposal(gauge, state="PROPOSED")
    make.legalhold(gauge)
    with pytest.raises(Conflict, match="legal hold"):
        actions.approve(disposal=disposal, by=person("manager"), signing=signing(person("manager")))
    assert not Tombstone.objects.exists()


def test_a_hold_by_kind_and_period_takes_what_is_there(make):
    first, second = make.gauge(), make.gauge()
    today = datetime.date.today()
    hold = actions.place(
        by=person("documents"), site=first.site, reason="recall of the series", record_types=[LABEL], from_date=today
    )
    assert {first.number, second.number} <= set(hold.lines().values_list("number", flat=True))
    later = make.gauge()
    hold = actions.extend(legalhold=hold, by=person("manager"), numbers=[later.number], reason="bought for the recall")
    assert Preserved.objects.of(later).standing().exists()
    with pytest.raises(Invalid, match="already"):
        actions.extend(legalhold=hold, by=person("manager"), numbers=[later.number], reason="once more, to be sure")
    with pytest.raises(Invalid, match="No record is named"):
        actions.place(by=person("documents"), site=first.site, reason="nothing is named")
    with pytest.raises(Forbidden):
        actions.place(by=person("engineer"), site=first.site, reason="not my right", numbers=[first.number])


def test_two_people_sign_and_the_record_is_gone_from_every_door(make):
    gauge = retired(make, years=15)
    disposal = make.disposal(gauge, state="PROPOSED")
    with pytest.raises(Forbidden, match="another person approves"):
        actions.approve(disposal=disposal, by=person("documents"), signing=signing(person("documents")))
    projection.rebuild()
    engineer = person("engineer")
    assert search.find(gauge.number, engineer).records
    actions.approve(disposal=disposal, by=person("manager"), signing=signing(person("manager")))
    projection.renew(Gauge, [gauge.pk])
    reader = client_of("engineer")
    assert not search.find(gauge.number, engineer).records and not search.find("canary", engineer).records
    assert (
        reader.get("/gauges/", {"q": gauge.number, "size": "100"}).content.decode().count(f"/gauges/{gauge.number}")
        == 0
    )
    answer = reader.get(f"/api/v1/gauges/{gauge.number}")
    assert answer.status_code == 410 and answer.json()["code"] == "disposed" and "canary" not in answer.content.decode()
    for url in (gauge.get_absolute_url(), f"/r/{gauge.number}", f"/find?q={gauge.number}"):
        assert reader.get(url)["Location"] == reverse("retention:tombstone", args=[gauge.number])
    assert reader.get(f"/r/{gauge.number}/export").status_code == 404
    assert reader.get(f"/gauges/{gauge.number}/retire").status_code == 404
    left = reader.get(reverse("retention:tombstone", args=[gauge.number])).content.decode()
    assert all(word in left for word in (gauge.number, "STD-GAU", "Doris Weiss", "Maren Vogt", disposal.number))
    assert "canary" not in left
    assert client_of("gongcheng").get(reverse("retention:tombstone", args=[gauge.number])).status_code == 404
    assert gauge.number in client_of("auditor").get(reverse("retention:tombstones")).content.decode()


def test_the_trail_stays_and_its_page_tells_what_was_done_without_the_content(make):
    gauge = retired(make, years=15)
    before = Entry.objects.filter(object_type=LABEL, object_key=str(gauge.pk)).count()
    make.disposal(gauge, state="DISPOSED")
    after = Entry.objects.filter(object_type=LABEL, object_key=str(gauge.pk))
    assert after.count() == before + 1 and after.latest("id").event == "record.disposed"
    assert Gauge._base_manager.filter(pk=gauge.pk).exists(), "nothing was deleted"
    page = client_of("auditor").get("/trail/", {"object": LABEL, "size": "100"}).content.decode()
    assert gauge.number in page and "content withheld" in page and "Disposed of" in page and "canary" not in page


def forged(gauge):
    """Raw SQL under the application's login, inside an act, with everything that a forger can give."""
    kept = RetentionClass.objects.get(record_type=LABEL)
    one, two = person("documents"), person("manager")
    with (
        transaction.atomic(),
        journal.act(journal.EVENTS["disposal.drafted"], by=one) as act,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            """INSERT INTO records_tombstone (record_type, record_key, number, site_id, recorded_at, closed_at, kept_until,
               retention_id, years, disposal_number, proposed_by_id, approved_by_id, proposal_id, approval_id)
               VALUES (%s, %s, %s, %s, now(), now() - interval '20 years', '2000-01-01', %s, 0, 'DSP-26-000001', %s, %s, 1, 2)""",
            [LABEL, gauge.pk, gauge.number, gauge.site_id, kept.pk, one.pk, two.pk],
        )
        act.record("forged")


def test_no_tombstone_without_two_signatures_of_a_disposal(make):
    gauge = retired(make, years=15)
    with pytest.raises(Error, match="not signed by two people"):
        forged(gauge)


def refused(table):
    found = Entry.objects.filter(event="record.delete_refused", object_key=f"table:{table}")
    return [json.loads(entry.payload) for entry in found]


def test_nobody_deletes_and_every_attempt_stands_in_the_trail(make):
    from django.contrib.admin.options import ModelAdmin
    from django.contrib.admin.sites import AdminSite

    gauge = retired(make, years=15)
    table, who = Gauge._meta.db_table, person("admin")
    ways = (
        lambda: gauge.delete(),
        lambda: Gauge.objects.filter(pk=gauge.pk).delete(),
        lambda: connection.cursor().execute(f"DELETE FROM {table} WHERE id = %s", [gauge.pk]),
        lambda: connection.cursor().execute(f"TRUNCATE TABLE {table}"),
        lambda: ModelAdmin(Gauge, AdminSite()).delete_model(None, gauge),
    )
    key = gauge.pk
    for number, way in enumerate(ways, 1):
        gauge.pk = key
        with (
            pytest.raises(Error, match="permission denied"),
            transaction.atomic(),
            journal.act(journal.EVENTS["gauge.edited"], by=who),
        ):
            way()
        assert len(refused(table)) == number
    assert {said["who"]["id"] for said in refused(table)} == {str(who.pk)}
    with direct("app") as login, pytest.raises(psycopg.errors.InsufficientPrivilege):
        login.execute(f"DELETE FROM {table}")  # past our own code: the server's log tells of it
    gauge.pk = key
    client = client_of("engineer")
    assert client.delete(f"/api/v1/gauges/{gauge.number}").status_code == 405
    assert client.delete(gauge.get_absolute_url()).status_code == 405
    told = Entry.objects.filter(event="record.delete_refused", object_type=LABEL, object_key=str(key))
    assert sorted(json.loads(entry.payload)["data"]["way"] for entry in told) == ["api", "page"]
    assert Gauge.objects.filter(pk=key).exists() and issubclass(Gauge, Record)


def test_a_class_is_changed_with_a_reason_and_every_version_stays(make):
    kept, who = RetentionClass.objects.get(record_type=LABEL), person("manager")
    with pytest.raises(Forbidden):
        actions.change_class(retention=kept, by=person("engineer"), reason="shelf is full", years=1)
    with pytest.raises(Invalid):
        actions.change_class(retention=kept, by=who, reason="shelf is full", years=101)
    with pytest.raises(Invalid, match="different"):
        actions.change_class(retention=kept, by=who, reason="shelf is full", years=kept.years)
    changed = actions.change_class(
        retention=kept, by=who, reason="customer asks for more", years=30, basis="Contract 7"
    )
    assert [row.years for row in changed.history.order_by("history_id")] == [10, 30]
    reader = client_of("operator")
    page = reader.get(reverse("retention:class", args=[kept.code])).content.decode()
    assert "customer asks for more" in page and "Contract 7" in page
    assert reader.get(reverse("retention:class-change", args=[kept.code])).status_code == 403


def test_the_pages_of_a_disposal_by_form(make):
    gauge = retired(make, years=15)
    writer, approver = client_of("documents"), client_of("manager")
    form = {"site": "AUG", "reason": "End of retention", "numbers": gauge.number}
    answer = writer.post(reverse("retention:disposal-create"), form)
    assert answer.status_code == 302
    url = answer["Location"]
    sign = {"version": 1, "_sign": "1", "_username": "documents", "_password": "meridian-demo-plant"}
    assert writer.post(f"{url}/propose", sign).status_code == 302
    assert writer.get(f"{url}/approve").status_code == 409
    dialog = approver.post(f"{url}/approve", {"version": 2})
    assert gauge.number in dialog.content.decode() and dialog.status_code == 200
    sign = {"version": 2, "_sign": "1", "_username": "manager", "_password": "meridian-demo-plant"}
    assert approver.post(f"{url}/approve", sign).status_code == 302
    assert Tombstone.objects.get().number == gauge.number
    assert approver.get(url).status_code == 200
    held = writer.post(
        reverse("retention:legalhold-create"), {"site": "AUG", "reason": "Claim 17", "numbers": make.gauge().number}
    )
    assert held.status_code == 302 and writer.get(held["Location"]).status_code == 200
