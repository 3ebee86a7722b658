"""Reading into the mirror: first, delta, bad rows, late parents, lost lines, age, deletions, no two runs at once."""

import hashlib
import json
import uuid

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from connectors import actions, sync
from connectors.base import BadRow, Permanent, Temporary
from connectors.models import Interface, SyncCursor, SyncLine, SyncRun
from qms import journal
from qms.journal.models import Entry
from qms.lib.errors import Conflict
from qms.masterdata.models import Freshness, Item, Lot, MirrorVersion, PurchaseOrder, PurchaseOrderLine
from qms.masterdata.upsert import upsert
from tests.fakes import erp as fake

pytestmark = pytest.mark.django_db


def read(interface: Interface, **options) -> sync.Reading:
    return sync.sync(interface=interface, **options)


def counts(reading: sync.Reading) -> tuple[int, int, int, int]:
    run = SyncRun.objects.get(pk=reading.run.pk)
    return run.created, run.updated, run.unchanged, run.failed


def lines(reading: sync.Reading) -> set[tuple[str, str, str]]:
    return set(reading.run.lines.values_list("object", "external_id", "outcome"))


def synced():
    return Entry.objects.filter(event="masterdata.synced", object_type="connectors.interface").order_by("id")


@pytest.fixture
def stocked(erp_fake):
    erp_fake.put("units", fake.unit())
    erp_fake.put("items", *(fake.item(str(n)) for n in range(1, 6)))
    erp_fake.put("lots", fake.lot("7", "1"))
    return erp_fake


def test_a_first_reading_takes_everything_and_needs_no_lines(interface, stocked):
    reading = read(interface)
    assert counts(reading) == (7, 0, 0, 0)
    assert not lines(reading)
    assert Item.objects.get(source="erp", external_id="3").unit.number == "pcs"
    assert Lot.objects.get(source="erp", external_id="7").item.number == "ITEM-1"
    assert Freshness.objects.filter(source="erp", object="items").exists()
    interface.state.refresh_from_db()
    assert interface.state.succeeded_at and not interface.state.failed_at


def test_each_object_leaves_one_act_with_counts_and_digest(interface, stocked):
    reading = read(interface)
    acts = synced()
    told = [json.loads(entry.payload)["data"] for entry in acts]
    assert [(t["object"], t["created"]) for t in told] == [("units", 1), ("items", 5), ("lots", 1)]
    assert all(len(t["digest"]) == 64 and t["run"] == str(reading.run.uid) for t in told)
    before = acts.count()
    read(interface)
    assert synced().count() == before, "nothing changed, nothing to tell"


def test_a_delta_writes_what_changed_and_keeps_what_stood_there(interface, stocked):
    read(interface)
    stocked.put("items", fake.changed(fake.item("2"), 5, name="New name"), fake.item("9"))
    reading = read(interface)
    assert counts(reading) == (1, 1, 0, 0)
    assert lines(reading) == {("items", "2", "updated"), ("items", "9", "created")}
    assert json.loads(MirrorVersion.objects.get(external_id="2").content)["name"] == "Item 2"


def test_what_did_not_change_is_not_written_at_all(interface, stocked):
    read(interface)

    def stands():
        with connection.cursor() as cursor:
            cursor.execute("SELECT external_id, xmin::text, ctid::text FROM masterdata_item WHERE source = 'erp'")
            return sorted(cursor.fetchall())

    before = stands()
    assert len(before) == 5 and counts(read(interface, full=True)) == (0, 0, 7, 0)
    assert stands() == before
    item = Item.objects.filter(source="erp").first()
    assert item.content_hash == hashlib.sha256(item.content.encode()).hexdigest(), "the hash is that of the content"


def test_a_touch_is_no_change(interface, stocked):
    read(interface)
    stocked.put("items", fake.changed(fake.item("2"), 5, raw={"id": 2, "write_date": {"year": 2026}}))
    assert counts(read(interface)) == (0, 0, 1, 0)


def test_a_bad_row_stops_no_other(interface, stocked):
    stocked.page_size = 10
    stocked.put("items", fake.item("6", name="x" * 300), fake.item("8", raw={"weight": 1.5}), fake.item("10"))
    stocked.bad["items"] = (BadRow("11", "'name' is missing; may the account read it?", {}),)
    reading = read(interface)
    assert counts(reading) == (8, 0, 0, 3)
    assert Item.objects.filter(source="erp", external_id="10").exists()
    problems = dict(reading.run.lines.values_list("external_id", "problem"))
    assert "too long" in problems["6"] and "float" in problems["8"] and "is missing" in problems["11"]


def test_parents_may_come_late(interface, stocked):
    stocked.put("purchase-orders", fake.order("1", "10", supplier_id="44"))
    read(interface)
    assert PurchaseOrder.objects.get(source="erp").supplier is None
    stocked.put("suppliers", fake.supplier("44"))
    read(interface)
    assert PurchaseOrder.objects.get(source="erp").supplier.number == "SUP-44"


def test_a_line_that_is_no_longer_listed_is_gone_and_may_come_back(interface, stocked):
    stocked.put("purchase-orders", fake.order("1", "10", "11"))
    read(interface)
    stocked.put("purchase-orders", fake.order("1", "11", minute=5))
    assert ("purchase-order-lines", "10", "gone") in lines(read(interface))
    assert PurchaseOrderLine.objects.live().filter(source="erp").get().external_id == "11"
    stocked.put("purchase-orders", fake.order("1", "10", "11", minute=9))
    read(interface)
    assert PurchaseOrderLine.objects.live().filter(source="erp").count() == 2


def test_older_news_never_overwrites_newer(interface, stocked):
    stocked.put("purchase-orders", fake.order("1", "11", minute=5))
    read(interface)
    stocked.put("purchase-orders", fake.order("1", "10", "12", minute=2))
    reading = read(interface)
    assert lines(reading) == {("purchase-orders", "1", "stale")}
    assert [line.external_id for line in PurchaseOrderLine.objects.live().filter(source="erp")] == ["11"]


def test_a_full_reading_believes_the_source_and_finds_deletions(interface, stocked):
    stocked.put("purchase-orders", fake.order("1", "10", "11", minute=5))
    read(interface)
    stocked.log["purchase-orders"] = [fake.order("1", "10", minute=1)]  # its newest line was deleted
    stocked.drop("items", "4")
    reading = read(interface, full=True)
    assert {("items", "4", "gone"), ("purchase-order-lines", "11", "gone")} <= lines(reading)
    assert (
        Item.objects.get(source="erp", external_id="4").gone_at
        and not Item.objects.get(source="erp", external_id="3").gone_at
    )
    assert PurchaseOrder.objects.get(source="erp").changed_at == fake.at(5)


def test_a_source_that_lost_much_at_once_is_not_believed(interface, stocked):
    stocked.put("items", *(fake.item(str(n)) for n in range(20, 40)))
    read(interface)
    stocked.log["items"] = [fake.item("1")]
    reading = read(interface, full=True)
    assert "no longer names" in reading.run.problem
    assert Item.objects.live().filter(source="erp").count() == 25


def test_the_first_reading_takes_over_from_rows_that_the_source_never_told(interface, stocked):
    told = {"changed_at": None, "name": "Ours", "kind": "made", "is_active": True}
    rows = [{"external_id": f"demo:{n}", "number": f"ITEM-{n}", **told} for n in range(30)]
    upsert(object="items", source="erp", rows=rows, run=uuid.uuid4())
    assert not read(interface, full=True).run.problem
    assert Item.objects.live().filter(source="erp").count() == 5
    assert Item.objects.get(external_id="demo:29").gone_at


def test_a_run_goes_on_where_it_was_cut_off(interface, stocked):
    stocked.trouble["lots"] = Temporary("unreachable", "http://erp did not answer.")
    reading = read(interface)
    assert reading.run.problem == "http://erp did not answer."
    assert (
        Item.objects.filter(source="erp").count() == 5
        and not Freshness.objects.filter(source="erp", object="lots").exists()
    )
    interface.state.refresh_from_db()
    assert interface.state.failed_at and not interface.state.succeeded_at
    stocked.trouble.clear()
    assert counts(read(interface)) == (1, 0, 0, 0)


def test_one_forbidden_object_does_not_hide_the_others(interface, stocked):
    stocked.trouble["items"] = Permanent("not_allowed", "The ERP does not let this account do that.")
    reading = read(interface)
    assert reading.run.problem == "items: The ERP does not let this account do that."
    assert Lot.objects.filter(source="erp").count() == 1
    interface.state.refresh_from_db()
    assert interface.state.failed_at == interface.state.succeeded_at


def test_a_dry_run_writes_nothing(interface, stocked):
    stocked.put("items", fake.item("6", name="x" * 300))
    reading = read(interface, dry_run=True)
    assert (reading.run.created, reading.run.failed) == (7, 1)
    assert [line.external_id for line in reading.failures] == ["6"]
    assert not (Item.objects.filter(source="erp").exists() or SyncRun.objects.exists() or SyncCursor.objects.exists())
    assert not (SyncLine.objects.exists() or synced().exists())


def test_a_closed_interface_is_not_read(interface, stocked, people):
    actions.pause(interface=interface, by=people["integration"], reason="moving the server")
    interface.refresh_from_db()
    with pytest.raises(Conflict, match="paused"):
        read(interface)
    interface = actions.resume(interface=interface, by=people["integration"], reason="moved")
    interface = actions.switch(interface=interface, mode="off", by=people["integration"], reason="not needed now")
    with pytest.raises(Conflict):
        read(interface)
    interface = actions.switch(interface=interface, mode="observe", by=people["integration"], reason="watch it first")
    assert counts(read(interface))[0] == 7


def test_two_runs_never_overlap(interface, stocked):
    place = connection.get_connection_params()
    other = psycopg.connect(**{k: place[k] for k in ("dbname", "user", "password", "host", "port")}, autocommit=True)
    with other:
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"sync:{interface.pk}"])
        with pytest.raises(Conflict, match="already"):
            read(interface)
        other.execute("SELECT pg_advisory_unlock_all()")  # the server may notice a closed connection later
    left = SyncRun.objects.create(interface=interface)
    read(interface)
    left.refresh_from_db()
    assert left.finished_at and left.problem.startswith("Interrupted")


def test_the_scheduler_rings_once_and_not_at_all_without_a_broker(interface, stocked):
    actions.plan_sync(interface=interface)
    with pytest.raises(OSError):
        sync.claim_due(broken_bell)
    rung = []
    assert sync.claim_due(lambda *told: rung.append(told)) == 1
    assert sync.claim_due(lambda *told: rung.append(told)) == 0
    assert rung == [(interface.pk, True)]
    read(interface, full=True)
    actions.plan_sync(interface=interface)
    sync.claim_due(lambda *told: rung.append(told))
    assert rung[1] == (interface.pk, False)


def broken_bell(*_told):
    raise OSError("broker away")


def test_the_command_tells_what_it_did(interface, stocked, capsys):
    call_command("sync", "erp", "--dry-run")
    call_command("sync", "erp")
    out = capsys.readouterr().out
    assert "7 created, 0 updated, 0 unchanged, 0 failed (nothing was written)" in out
    with pytest.raises(CommandError, match="there are: erp"):
        call_command("sync", "sap")


def test_the_person_who_asked_stands_in_the_trail(interface, stocked, people):
    reading = read(interface, by=people["integration"])
    assert reading.run.started_by == "Ivo Hartmann"
    entry = synced().first()
    assert entry.actor_id == str(people["integration"].pk)
    assert journal.SYSTEM.id != entry.actor_id
