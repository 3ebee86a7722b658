"""Dry runs from the page, and interfaces that only observe: read and compared, shown field by field, nothing taken over."""

import pytest
from celery.exceptions import Retry
from django.db import connection
from django.urls import reverse
from kombu.exceptions import OperationalError

from connectors import actions, sync, tasks
from connectors.models import Interface, InterfaceState, SyncCursor, SyncLine, SyncRun
from connectors.sync import store
from qms import journal
from qms.accounts.models import User
from qms.journal.models import Entry
from qms.lib.errors import Conflict
from qms.masterdata.models import Freshness, Item, Lot, MirrorVersion, PurchaseOrder, PurchaseOrderLine
from tests.connectors.interface_page import WHY, url
from tests.fakes import erp as fake

pytestmark = pytest.mark.django_db


@pytest.fixture
def stocked(interface, erp_fake):
    erp_fake.put("units", fake.unit())
    erp_fake.put("items", *(fake.item(str(n)) for n in range(1, 6)))
    erp_fake.put("lots", fake.lot("7", "1"))
    return erp_fake


@pytest.fixture
def held(stocked, interface):
    """All of it was taken over; then one part changed, one is new, one vanished."""
    sync.sync(interface=interface)
    stocked.put("items", fake.changed(fake.item("1"), 3, name="Bracket, new"), fake.changed(fake.item("9"), 3))
    stocked.drop("lots", "7")
    return stocked


@pytest.fixture
def bell(bell_of):
    return bell_of(tasks.try_sync)


def stands():
    """Everything that a reading writes, to the row's own version."""
    with connection.cursor() as cursor:
        found = []
        for table in ("item", "lot", "unit", "mirrorversion", "freshness"):
            cursor.execute(f"SELECT id, xmin::text, ctid::text FROM masterdata_{table} ORDER BY id")
            found.append(cursor.fetchall())
    return found, list(SyncCursor.objects.order_by("pk").values_list("object", "cursor"))


def told(run):
    return {(line.object, line.external_id, line.outcome) for line in run.lines.all()}


def test_the_page_asks_the_worker_compares_and_nothing_is_taken_over(held, owner, bell, people):
    before, synced = stands(), Entry.objects.filter(event="masterdata.synced").count()
    assert url("trial") in owner.get(url("interface")).content.decode()
    answer = owner.post(url("trial"), {"full": "on"})
    assert answer.status_code == 302 and len(bell) == 1
    waiting = owner.get(answer.url).content.decode()
    assert "hx-trigger" in waiting and "nothing was taken over" in waiting
    tasks.try_sync(*bell[0])
    run = SyncRun.objects.get(is_trial=True)
    assert stands() == before and Entry.objects.filter(event="masterdata.synced").count() == synced
    assert told(run) == {("items", "1", "updated"), ("items", "9", "created"), ("lots", "7", "gone")}
    assert (run.created, run.updated, run.failed, run.problem) == (1, 2, 0, "") and run.finished_at
    page = owner.get(answer.url, headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in page and "<code>name</code> Item 1 → Bracket, new" in page
    asked = Entry.objects.filter(event="interface.trial_asked").get()
    assert asked.actor_id == str(people["integration"].pk)
    sync.sync(interface=run.interface, full=True)
    assert Item.objects.get(source="erp", external_id="1").name == "Bracket, new", "what was shown is what then happens"
    assert Lot.objects.get(source="erp", external_id="7").gone_at


def test_without_a_tick_only_what_changed_is_compared(held, owner, bell):
    owner.post(url("trial"), {})
    tasks.try_sync(*bell[0])
    run = SyncRun.objects.get(is_trial=True)
    assert told(run) == {("items", "1", "updated"), ("items", "9", "created")} and run.unchanged == 0


def test_the_lines_are_a_list_that_is_exported(held, owner, bell):
    owner.post(url("trial"), {"full": "on"})
    tasks.try_sync(*bell[0])
    run = SyncRun.objects.get(is_trial=True)
    query = {"run": str(run.uid)}
    page = owner.get(reverse("connectors:told"), query).content.decode()
    assert "name: Item 1 → Bracket, new" in page and "Gone from the source" in page
    sheet = owner.get(reverse("connectors:told"), {**query, "outcome": "updated", "format": "csv"})
    rows = b"".join(sheet).decode() if sheet.streaming else sheet.content.decode()
    assert rows.count("Bracket, new") == 1 and "Gone from" not in rows
    assert "run" in owner.get(reverse("connectors:told"), {"run": "no key"}).content.decode()


def test_a_double_press_is_one_question_and_a_second_bell_does_nothing(held, owner, bell):
    one, two = owner.post(url("trial"), {}), owner.post(url("trial"), {})
    assert one.url == two.url and SyncRun.objects.filter(is_trial=True).count() == 1
    for rung in bell:
        tasks.try_sync(*rung)
    assert SyncLine.objects.filter(run__is_trial=True).count() == 2


def test_it_waits_for_a_reading_that_goes_on_and_says_so_when_that_lasts(held, owner, bell, monkeypatch):
    def busy(**_told):
        raise Conflict("ERP is being read already.", code="sync_running")

    owner.post(url("trial"), {})
    monkeypatch.setattr(tasks.trial, "carry_out", busy)
    with pytest.raises(Retry):
        tasks.try_sync.apply(args=bell[0], throw=True)
    run = SyncRun.objects.get(is_trial=True)
    assert run.finished_at is None
    tasks.try_sync.apply(args=bell[0], retries=tasks.try_sync.max_retries)
    run.refresh_from_db()
    assert run.finished_at and "being read already" in run.problem


def test_no_worker_and_a_paused_interface_are_told(held, owner, interface, people, monkeypatch):
    def broken(*_told):
        raise OperationalError

    monkeypatch.setattr(tasks.try_sync, "delay", broken)
    assert owner.post(url("trial"), {}).status_code == 503
    assert "worker cannot be reached" in SyncRun.objects.get(is_trial=True).problem
    actions.pause(interface=interface, by=people["integration"], reason=WHY)
    assert owner.post(url("trial"), {}).status_code == 409


def test_who_may_not_operate_may_not_ask(held, client, people, bell):
    client.force_login(people["engineer"])
    assert client.post(url("trial"), {}).status_code == 403 and not bell
    assert url("trial") not in client.get(url("interface")).content.decode()


def test_a_dry_run_keeps_so_many_lines_and_counts_all(stocked, interface, owner, bell, monkeypatch):
    monkeypatch.setattr(store, "LISTED", 3)
    owner.post(url("trial"), {"full": "on"})
    tasks.try_sync(*bell[0])
    run = SyncRun.objects.get(is_trial=True)
    assert run.created == 7 and run.lines.filter(object="items").count() == 3 and not Item.objects.filter(source="erp")


def test_the_page_speaks_chinese(held, owner, bell, people):
    answer = owner.post(url("trial"), {})
    tasks.try_sync(*bell[0])
    with journal.act(journal.EVENTS["account.changed"], by=journal.SYSTEM) as act:
        User.objects.filter(pk=people["integration"].pk).update(language="zh-hans")
        act.record("test")
    page = owner.get(answer.url).content.decode()
    assert "试读" in page and "未写入任何数据" in page


# --- observe -----------------------------------------------------------------------------------------------------------


def observe(interface, people, mode="observe"):
    actions.switch(interface=interface, mode=mode, by=people["integration"], reason=WHY)
    return Interface.objects.get(pk=interface.pk)


def test_an_interface_that_observes_reads_compares_and_writes_nothing(held, interface, people, owner):
    before = stands()[0]
    seen = sync.sync(interface=observe(interface, people))
    assert stands()[0] == before and seen.run.is_trial and not seen.problems
    assert told(seen.run) == {("items", "1", "updated"), ("items", "9", "created")}
    assert InterfaceState.objects.get(interface=interface).succeeded_at, "it was heard"
    assert "Dry run" in owner.get(url("interface")).content.decode()


def test_what_was_observed_is_told_once_and_taken_over_when_it_is_live(held, interface, people):
    watching = observe(interface, people)
    sync.sync(interface=watching)
    again = sync.sync(interface=watching)
    assert not told(again.run) and again.run.created == 0, "told once"
    full = sync.sync(interface=watching, full=True)
    assert ("lots", "7", "gone") in told(full.run) and not Lot.objects.get(external_id="7", source="erp").gone_at
    live = sync.sync(interface=observe(interface, people, "live"))
    assert told(live.run) == {("items", "1", "updated"), ("items", "9", "created")}, "nothing of it was skipped"
    assert Item.objects.filter(source="erp", name="Bracket, new").exists()


def test_an_interface_that_begins_by_observing_takes_all_over_later(stocked, interface, people):
    seen = sync.sync(interface=observe(interface, people))
    assert seen.run.created == 7 and not Item.objects.filter(source="erp").exists()
    assert (
        not Freshness.objects.filter(source="erp").exists() and not MirrorVersion.objects.filter(source="erp").exists()
    )
    live = sync.sync(interface=observe(interface, people, "live"))
    assert live.run.created == 7 and not live.run.lines.exists(), "its first reading"


def test_a_single_record_is_not_refreshed_while_it_observes(held, interface, people, client):
    observe(interface, people)
    client.force_login(people["inspector"])
    row = Item.objects.get(source="erp", external_id="1")
    answer = client.post(reverse("connectors:refresh", args=["items", row.pk]))
    assert answer.status_code == 409 and "only observes" in answer.content.decode()


# --- systems of record -------------------------------------------------------------------------------------------------


def master(make, object, system="mes"):
    row = {"object": object, "field": "*", "owner": system, "otherwise": "refused"}
    make.matrix(state="ACTIVE", rows=[row])


def test_what_another_system_masters_is_not_read(held, interface, make, owner):
    master(make, "items")
    before = stands()[0]
    reading = sync.sync(interface=interface, full=True)
    assert not reading.run.lines.filter(object="items").exists() and stands()[0][0] == before[0]
    assert Lot.objects.get(source="erp", external_id="7").gone_at, "everything else is"
    reading.run.refresh_from_db()
    assert "items: their system of record is MES" in reading.run.note and not reading.problems
    page = owner.get(reverse("connectors:run", args=["erp", reading.run.uid])).content.decode()
    assert "their system of record is MES" in page
    master(make, "items", "erp")
    assert sync.sync(interface=interface).run.created == 1, "it goes on where it stood"


def test_lines_that_another_system_masters_are_left_out_of_their_document(stocked, interface, make):
    stocked.put("purchase-orders", fake.order("1", "10", "11", minute=5))
    master(make, "purchase-order-lines")
    sync.sync(interface=interface)
    assert PurchaseOrder.objects.filter(source="erp").count() == 1
    assert not PurchaseOrderLine.objects.filter(source="erp").exists()


def test_a_dry_run_leaves_them_out_too(held, make, owner, bell):
    master(make, "items")
    owner.post(url("trial"), {"full": "on"})
    tasks.try_sync(*bell[0])
    assert told(SyncRun.objects.get(is_trial=True)) == {("lots", "7", "gone")}


def test_a_single_record_of_theirs_is_not_refreshed(held, make, people, client):
    master(make, "items")
    client.force_login(people["inspector"])
    row = Item.objects.get(source="erp", external_id="1")
    answer = client.post(reverse("connectors:refresh", args=["items", row.pk]))
    assert answer.status_code == 409 and "system of record" in answer.content.decode()
