"""What a reading tells and refuses: dry run, renamed, replaced, vanished, snapshots, rows that are not believed."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db.models import Max

from connectors import actions, sync
from connectors import messages as m
from connectors.models import Interface, InterfaceState, SyncCursor, SyncLine, SyncRun
from qms.accounts.models import Site
from qms.journal.models import Entry
from qms.lib.errors import Conflict, Forbidden
from qms.masterdata.models import Bom, BomLine, Freshness, Item, Lot, MirrorVersion, PurchaseOrder, Revision, StockLine
from qms.masterdata.specs import SPECS
from qms.masterdata.upsert import upsert
from tests.factories import person
from tests.fakes import erp as fake

pytestmark = pytest.mark.django_db
WHY = "the ERP archived its old parts"
OBJECTS = ("units", "items", "revisions", "suppliers", "boms", "lots", "purchase-orders", "stock")


@pytest.fixture
def stocked(erp_fake):
    erp_fake.objects, erp_fake.snapshots, erp_fake.page_size = OBJECTS, {"stock"}, 3
    erp_fake.put("units", fake.unit())
    erp_fake.put("items", *(fake.item(str(n)) for n in range(1, 7)))
    erp_fake.put("suppliers", fake.supplier("1"))
    erp_fake.put("lots", fake.lot("7", "1"), fake.lot("8", "1"))
    return erp_fake


def read(interface: Interface, **options) -> sync.Reading:
    return sync.sync(interface=interface, **options)


def lines(reading: sync.Reading, *names: str) -> set[tuple[str, ...]]:
    return set(reading.run.lines.values_list(*(names or ("object", "external_id", "outcome"))))


def problems(reading: sync.Reading) -> dict[str, str]:
    return dict(reading.run.lines.filter(outcome="failed").values_list("external_id", "problem"))


def bom(key: str, item: str, *parts: str, quantity: str = "1", minute: int = 0, **more) -> m.BomRecord:
    made = [
        m.BomLine(external_id=f"{key}.{part}", item_id=part, quantity=Decimal(quantity), unit_id="1") for part in parts
    ]
    fields = {"number": f"BOM-{key}", "changed_at": fake.at(minute), "quantity": Decimal(1), "unit_id": "1"} | more
    return m.BomRecord(external_id=key, item_id=item, lines=tuple(made), **fields)


def lies(lot: str, place: str, quantity: str) -> m.StockRecord:
    return m.StockRecord(
        external_id=f"1:{lot}:{place}", number=f"LOT-{lot} @ {place}", changed_at=None, item_id="1", lot_id=lot,
        place_code=place, place_name=place, place_role="", quantity=Decimal(quantity), unit_id="1",
    )  # fmt: skip


# --- dry run ----------------------------------------------------------------------------------------------------------


def everything() -> dict[str, object]:
    """Every table that a reading may write, as counts and latest dates."""
    rows = {
        name: tuple(spec.model.objects.aggregate(n=Max("pk"), at=Max("synced_at")).values())
        for name, spec in SPECS.items()
    }
    live = {f"{name} live": spec.model.objects.live().count() for name, spec in SPECS.items()}
    other = {model.__name__: model.objects.count() for model in (SyncRun, SyncLine, MirrorVersion)}
    return {
        **rows, **live, **other,
        "cursors": list(SyncCursor.objects.order_by("pk").values_list("object", "cursor")),
        "fresh": list(Freshness.objects.order_by("pk").values_list("object", "read_at")),
        "state": list(InterfaceState.objects.values_list("succeeded_at", "failed_at", "problem")),
        "journal": Entry.objects.count(),
    }  # fmt: skip


def test_a_dry_run_shows_what_differs_and_writes_nothing_at_all(interface, stocked, capsys):
    stocked.put("boms", bom("b", "1", "2"))
    stocked.put("stock", lies("7", "STO", "5"))
    read(interface, full=True)
    stocked.put("items", fake.changed(fake.item("2"), 5, name="New name"), fake.item("30"))
    stocked.put("items", fake.changed(fake.item("3"), 5, number="ITEM-3B"))
    stocked.drop("items", "6")
    stocked.put("boms", bom("b", "1", "2", quantity="4", minute=9))
    stocked.log["stock"] = [lies("7", "STO", "2"), lies("7", "QUA", "3")]
    stocked.put("purchase-orders", fake.order("9", "90", supplier_id="1"))
    before = everything()
    call_command("sync", "erp", "--full", "--dry-run")
    assert everything() == before
    out = capsys.readouterr().out
    for told in (
        "updated: items ITEM-2 (2)\n      name: Item 2 → New name",
        "renamed: items ITEM-3B (3): renamed from ITEM-3 to ITEM-3B",
        "number: ITEM-3 → ITEM-3B",
        "created: items ITEM-30 (30)",
        "gone: items ITEM-6 (6)",
        "updated: bom-lines BOM-b/1 (b.2)\n      quantity: 1 → 4",
        "lines.1.quantity: 1 → 4",
        "updated: stock LOT-7 @ STO (1:7:STO)\n      quantity: 5 → 2",
        "created: stock LOT-7 @ QUA (1:7:QUA)",
        "created: purchase-orders PO-9 (9)",
        "nothing was written",
    ):
        assert told in out
    read(interface, full=True)
    assert Item.objects.get(source="erp", external_id="2").name == "New name"


def test_a_first_dry_run_knows_what_it_was_told_itself(interface, stocked):
    """Units and parts of the same run are known, though nothing of it stands in a table."""
    told = []
    reading = read(interface, dry_run=True, tell=told.append)
    assert (reading.run.created, reading.run.failed) == (10, 0)
    assert len(told) == 10 and not Item.objects.filter(source="erp").exists()


# --- renamed, replaced, vanished --------------------------------------------------------------------------------------


def test_a_new_number_under_the_same_key_is_told_as_renamed(interface, stocked):
    read(interface)
    stocked.put("lots", fake.lot("7", "1", number="LOT-7B", changed_at=fake.at(3)))
    reading = read(interface)
    line = reading.run.lines.get()
    assert (line.outcome, line.before, line.number) == ("renamed", "LOT-7", "LOT-7B")
    assert ["number", "LOT-7", "LOT-7B"] in line.changes
    assert reading.run.updated == 1


def test_a_number_that_stands_under_a_new_key_is_told_as_replaced(interface, stocked):
    read(interface)
    stocked.drop("lots", "7")
    stocked.put("lots", fake.lot("70", "1", number="LOT-7", changed_at=fake.at(3)))
    reading = read(interface, full=True)
    assert ("lots", "7", "replaced", "70") in lines(reading, "object", "external_id", "outcome", "before")
    assert Lot.objects.get(source="erp", external_id="7").gone_at, "kept: records may refer to it"
    stocked.drop("lots", "8")
    assert ("lots", "8", "gone", "") in lines(read(interface, full=True), "object", "external_id", "outcome", "before")


def test_the_twin_of_another_part_is_no_successor(interface, stocked):
    read(interface)
    stocked.drop("lots", "7")
    stocked.put("lots", fake.lot("70", "2", number="LOT-7", changed_at=fake.at(3)))
    assert ("lots", "7", "gone") in lines(read(interface, full=True))


def test_mass_deletion_says_what_to_do_and_is_believed_on_request(interface, stocked):
    stocked.put("items", *(fake.item(str(n)) for n in range(20, 40)))
    read(interface)
    stocked.log["items"] = [fake.item("1")]
    problem = read(interface, full=True).run.problem
    assert "no longer names 25 of 26" in problem and "--believe-deletions" in problem
    assert Item.objects.live().filter(source="erp").count() == 26
    call_command("sync", "erp", "--full", "--believe-deletions")
    assert Item.objects.live().filter(source="erp").count() == 1


def test_a_person_believes_as_many_deletions_as_they_saw_and_once(interface, stocked):
    owner = person("integration")
    stocked.put("items", *(fake.item(str(n)) for n in range(20, 40)))
    read(interface)
    stocked.log["items"] = [fake.item("1"), fake.item("2")]
    refused = read(interface, full=True).run
    assert SyncRun.objects.get(pk=refused.pk).vanished == {"items": 24}
    with pytest.raises(Forbidden):
        actions.believe_deletions(run=refused, by=person("inspector"), reason=WHY)
    actions.believe_deletions(run=refused, by=owner, reason=WHY)
    with pytest.raises(Conflict):
        actions.believe_deletions(run=refused, by=owner, reason=WHY)
    stocked.log["items"] = [fake.item("1")]  # one more has gone meanwhile: that is not what was believed
    again = read(interface).run
    assert "no longer names 25 of 26" in again.problem
    assert Item.objects.live().filter(source="erp").count() == 26
    with pytest.raises(Conflict):
        actions.believe_deletions(run=refused, by=owner, reason=WHY)
    actions.believe_deletions(run=SyncRun.objects.get(pk=again.pk), by=owner, reason=WHY)
    assert read(interface).run.problem == ""
    assert Item.objects.live().filter(source="erp").count() == 1
    assert InterfaceState.objects.get(interface=interface).believed == {}
    believed = Entry.objects.filter(event="interface.believed")
    assert [json.loads(entry.payload)["data"]["objects"] for entry in believed.order_by("pk")] == [
        "24 items",
        "25 items",
    ]
    assert Item.objects.filter(source="erp").count() == 26


# --- snapshots --------------------------------------------------------------------------------------------------------


def test_a_snapshot_is_whole_each_time(interface, stocked):
    stocked.put("stock", lies("7", "STO", "5"), lies("8", "STO", "1"))
    read(interface)
    again = read(interface)
    assert (again.run.updated, again.run.unchanged) == (0, 2), "unchanged rows write nothing"
    versions = MirrorVersion.objects.count()
    stocked.log["stock"] = [lies("8", "STO", "1"), lies("7", "QUA", "5")]
    reading = read(interface)
    assert lines(reading) == {("stock", "1:7:STO", "gone"), ("stock", "1:7:QUA", "created")}
    lot = Lot.objects.get(source="erp", external_id="7")
    assert [(row.place_code, row.quantity) for row in StockLine.objects.of_lot(lot)] == [("QUA", 5)]
    assert MirrorVersion.objects.count() == versions
    assert Freshness.objects.get(source="erp", object="stock").read_at


def test_stock_that_is_gone_altogether_is_not_believed(interface, stocked):
    stocked.put("lots", *(fake.lot(str(n), "1") for n in range(100, 120)))
    stocked.put("stock", *(lies(str(n), "STO", "5") for n in range(100, 120)))
    read(interface)
    stocked.log["stock"] = []
    assert "no longer names 20 of 20" in read(interface).run.problem
    assert StockLine.objects.live().filter(source="erp").count() == 20


# --- rows that are refused, each with a sentence; the others go on ----------------------------------------------------


def test_negative_quantities_are_refused_with_their_document(interface, stocked):
    bad = fake.order("1", "10", "11")
    row = bad.lines[1]
    object.__setattr__(row, "quantity", Decimal(-3))
    stocked.put("purchase-orders", bad, fake.order("2", "20"))
    stocked.put("stock", lies("7", "STO", "-4"), lies("8", "STO", "1"))
    reading = read(interface)
    assert "negative quantity -3" in problems(reading)["1"] and "PO-1/2" in problems(reading)["1"]
    assert "negative quantity -4" in problems(reading)["1:7:STO"]
    assert [order.number for order in PurchaseOrder.objects.filter(source="erp")] == ["PO-2"], "nothing half applied"
    assert StockLine.objects.live().filter(source="erp").count() == 1


def test_a_line_that_cannot_be_kept_takes_its_document_with_it(interface, stocked):
    bad = fake.order("1", "10", "11")
    object.__setattr__(bad.lines[1], "external_id", "x" * 200)
    stocked.put("purchase-orders", bad, fake.order("2", "20"))
    reading = read(interface)
    assert "too long" in problems(reading)["1"]
    assert [order.number for order in PurchaseOrder.objects.filter(source="erp")] == ["PO-2"]


def test_an_unknown_unit_is_refused_with_the_next_step(interface, stocked):
    stocked.put("items", fake.changed(fake.item("50"), 1), m.ItemRecord(
        external_id="51", number="ITEM-51", changed_at=fake.at(1), name="Odd", kind="goods", unit_id="77"))  # fmt: skip
    reading = read(interface)
    assert problems(reading) == {
        "51": "ITEM-51 names the unit “77”, which is not known here. Bring the units first, then send it again."
    }
    assert Item.objects.filter(source="erp", external_id="50").exists()


def test_a_revision_that_the_part_does_not_have_is_refused(interface, stocked):
    stocked.put("revisions", m.RevisionRecord(external_id="r1", number="B", changed_at=fake.at(0), item_id="1"))
    stocked.put(
        "lots", fake.lot("60", "1", revision="B"), fake.lot("61", "1", revision="Z"), fake.lot("62", "2", revision="Q")
    )
    reading = read(interface)
    assert "names revision “Z”; the part has B" in problems(reading)["61"]
    assert set(Lot.objects.filter(source="erp", external_id__in=("60", "61", "62")).values_list("external_id", flat=True)) == {
        "60", "62",
    }  # fmt: skip
    assert Revision.objects.get(source="erp").item.number == "ITEM-1"


def test_a_part_that_vanished_is_not_named_any_more(interface, stocked):
    read(interface)
    stocked.drop("items", "6")
    read(interface, full=True)
    stocked.put("lots", fake.lot("66", "6", changed_at=fake.at(5)), fake.lot("67", "5", changed_at=fake.at(5)))
    reading = read(interface)
    assert "ITEM-6, which has vanished from the ERP" in problems(reading)["66"]
    assert Lot.objects.filter(source="erp", external_id="67").exists()


def test_a_lot_of_another_site_is_refused(interface, stocked):
    other = Site.objects.exclude(pk=interface.site_id).first()
    row = {"external_id": "99", "number": "LOT-99", "changed_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}
    upsert(object="lots", source="erp", rows=[{**row, "is_active": True}], run=SyncRun().uid, site_id=other.pk)
    stocked.put("stock", lies("99", "STO", "1"), lies("7", "STO", "1"))
    reading = read(interface)
    assert f"names lot LOT-99, which belongs to site {other.code}" in problems(reading)["1:99:STO"]
    assert StockLine.objects.filter(source="erp").count() == 1


def test_a_bill_that_contains_its_own_part_is_refused_and_the_others_stay(interface, stocked):
    stocked.page_size = 10
    stocked.put(
        "boms", bom("a", "1", "2"), bom("b", "2", "3"), bom("c", "3", "1"), bom("d", "4", "4"), bom("e", "5", "1")
    )
    reading = read(interface)
    assert set(problems(reading)) == {"c", "d"}
    assert "contains its own part" in problems(reading)["c"]
    assert set(Bom.objects.live().filter(source="erp").values_list("external_id", flat=True)) == {"a", "b", "e"}
    assert not BomLine.objects.filter(source="erp", bom_ref="c").exists()


def test_a_circle_over_what_stands_here_already_is_found(interface, stocked):
    stocked.put("boms", bom("a", "1", "2"), bom("b", "2", "3"))
    read(interface)
    stocked.put("boms", bom("c", "3", "1", minute=3))
    assert set(problems(read(interface))) == {"c"}
    stocked.put("boms", bom("b", "2", "4", minute=5))
    stocked.put("boms", bom("c", "3", "1", minute=6))
    reading = read(interface)
    assert not problems(reading), "the circle was opened elsewhere, so the bill may come now"
    assert Bom.objects.live().filter(source="erp").count() == 3
