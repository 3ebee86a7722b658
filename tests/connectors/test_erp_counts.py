"""After a full reading the ERP's own count of every object equals ours, object by object; also after it changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command

from connectors import sync
from connectors.models import Interface
from qms.masterdata.models import BomLine, Customer, GenealogyEdge, Lot, Routing, StandardCost, StockLine
from qms.masterdata.specs import SPECS
from tests.erp import Erp

pytestmark = [pytest.mark.erp, pytest.mark.django_db]

DONE, IN_LOT = ["state", "=", "done"], ["lot", "!=", None]
# Our object: the ERP's model and what of it is meant.
COUNTED: dict[str, tuple[str, list[Any]]] = {
    "units": ("product.uom", []),
    "items": ("product.product", []),
    "suppliers": ("party.party", [["code", "like", "SUP-%"]]),
    "customers": ("party.party", [["code", "like", "CUS-%"]]),
    "work-centers": ("production.work.center", []),
    "operations": ("production.routing.operation", []),
    "routings": ("production.routing", []),
    "routing-steps": ("production.routing.step", []),
    "boms": ("production.bom", []),
    "bom-lines": ("production.bom.input", []),
    "costs": ("product.product", []),
    "lots": ("stock.lot", []),
    "purchase-orders": ("purchase.purchase", []),
    "purchase-order-lines": ("purchase.line", [["type", "=", "line"]]),
    "receipts": ("stock.shipment.in", []),
    "receipt-lines": (
        "stock.move",
        [["shipment", "like", "stock.shipment.in,%"], ["from_location.type", "=", "supplier"]],
    ),
    "production-orders": ("production", []),
    "production-operations": ("production.work", []),
    "shipments": ("stock.shipment.out", []),
    "shipment-lines": (
        "stock.move",
        [["shipment", "like", "stock.shipment.out,%"], ["to_location.type", "=", "customer"]],
    ),
}
NOT_KEPT = {"revisions", "equipment", "serials", "document-references"}  # as the adapter declares


@pytest.fixture
def connected(erp: Erp, people, tmp_path) -> Interface:
    file = tmp_path / "erp.json"
    file.write_text(json.dumps(erp.told))
    call_command("connect_erp", file=file)
    return Interface.objects.get(code="tryton")


def theirs(erp: Erp) -> dict[str, int]:
    ask = erp.manage.call
    found = {name: ask(model, "search_count", domain, active_test=False) for name, (model, domain) in COUNTED.items()}
    places = erp.manage.find("stock.location", [["OR", ["type", "=", "storage"], ["code", "=", "SCRAP"]]], ["id"])
    lies = [["quantity", "!=", 0]]
    found["stock"] = sum(ask("stock.lot", "search_count", lies, locations=[place["id"]]) for place in places)
    edges = 0
    for order in erp.manage.find("production", [], ["id"]):
        took = ask("stock.move", "search_count", [["production_input", "=", order["id"]], DONE, IN_LOT])
        made = [["production_output", "=", order["id"]], ["state", "!=", "cancelled"], IN_LOT]
        edges += took * ask("stock.move", "search_count", made)
    return {**found, "genealogy": edges}


def ours() -> dict[str, int]:
    rows = {name: spec.model.objects.live().filter(source="tryton").count() for name, spec in SPECS.items()}
    assert not any(rows.pop(name) for name in NOT_KEPT)
    return rows


def read(interface: Interface, **options: Any) -> sync.Reading:
    reading = sync.sync(interface=interface, full=True, **options)
    assert (reading.run.problem, reading.run.failed) == ("", 0)
    return reading


def test_every_count_is_the_erps_own_before_and_after_it_changes(connected, erp):
    read(connected)
    first = theirs(erp)
    assert ours() == first
    assert min(first.values()) > 0, "an object that is empty on both sides proves nothing"
    change(erp)
    read(connected)
    second = theirs(erp)
    assert ours() == second
    differs = {name for name in first if first[name] != second[name]}
    assert {"customers", "routing-steps", "bom-lines", "boms", "stock", "lots"} <= differs
    again = read(connected)
    assert (again.run.created, again.run.updated) == (0, 0), "nothing changed, nothing is written"


def change(erp: Erp) -> None:
    """What the ERP's people may do in a day: deletions leave no trace, children do not touch their parents."""
    manage = erp.manage
    manage.create("party.party", name="Fresh Ltd", code="CUS-77")
    routing = erp.id("production.routing", name="Shaft")
    step = manage.find("production.routing.step", [["routing", "=", routing]], ["id"])[-1]["id"]
    manage.call("production.routing.step", "delete", [step])
    bom = erp.id("production.bom", name="AS-9000 rev A")
    part = manage.find("production.bom.input", [["bom", "=", bom]], ["id"])[-1]["id"]
    manage.call("production.bom.input", "delete", [part])
    unused = manage.create("production.bom", name="Never used")
    manage.call("production.bom", "delete", [unused])
    unit = erp.id("product.uom", symbol="u")
    item = erp.id("product.product", code="PIN-DW-4")
    manage.create(
        "production.bom",
        name="HS-2050 rev B",
        inputs=[["create", [{"product": item, "quantity": quantity, "unit": unit} for quantity in (3.0, 1.0)]]],
        outputs=[
            ["create", [{"product": erp.id("product.product", code="HS-2050"), "quantity": 1.0, "unit": unit}]],
        ],
    )
    gone = manage.create("stock.lot", number="LOT-GONE", product=item)
    manage.call("stock.lot", "delete", [gone])
    erp.new_lot("LOT-COUNT-1", "TB-4711", 9)


def test_what_was_read_hangs_together(connected, erp):
    read(connected)
    source = {"source": "tryton"}
    line = BomLine.objects.live().get(bom__number="AS-9000 rev A", item__number="HS-2050", **source)
    assert (line.quantity, line.unit.number, line.bom.item.number) == (1, "u", "AS-9000")
    assert line.bom.routing.number == "Assembly"
    assert Routing.objects.get(number="Assembly", **source).steps.count() == 2
    assert Customer.objects.get(number="CUS-01", **source).shipments.get().lines.get().lot.number == "LOT-26-0105"
    cost = StandardCost.objects.get(number="TB-4711", **source)
    assert (str(cost.amount), cost.currency, cost.unit.number, cost.item.number) == ("96.400000", "EUR", "u", "TB-4711")
    assert cost.valid_from
    lot = Lot.objects.live().get(number="LOT-26-0105", **source)
    assert set(lot.made_from.values_list("from_lot__number", flat=True)) >= {"LOT-26-0103", "LOT-26-0101"}
    edge = GenealogyEdge.objects.live().get(from_lot__number="LOT-26-0001", to_lot__number="LOT-26-0101", **source)
    assert (edge.quantity, edge.document, edge.order.number) == (35, "WO-26-0001", "WO-26-0001")
    where = StockLine.objects.of_lot(lot).get()
    assert (where.place_code, where.place_role, where.quantity, where.item.number) == ("STO", "storage", 14, "AS-9000")


def test_stock_follows_a_movement_without_a_full_reading(connected, erp):
    made = erp.new_lot("LOT-MOVES", "TB-4712", 12)
    sync.sync(interface=connected)
    lot = Lot.objects.get(source="tryton", external_id=str(made))
    assert [(row.place_code, row.quantity) for row in StockLine.objects.of_lot(lot)] == [("STO", 12)]
    move(erp, made, 12)
    reading = sync.sync(interface=connected)
    assert [(r.place_code, r.place_role, r.quantity) for r in StockLine.objects.of_lot(lot)] == [
        ("QUA", "quarantine", 12)
    ]
    told = set(reading.run.lines.filter(object="stock").values_list("number", "outcome"))
    assert told == {("LOT-MOVES @ QUA", "created"), ("LOT-MOVES @ STO", "gone")}


def move(erp: Erp, lot: int, quantity: float) -> None:
    product = erp.manage.find("stock.lot", [["id", "=", lot]], ["product"])[0]["product"]
    places = {
        "from_location": erp.id("stock.location", code="STO"),
        "to_location": erp.id("stock.location", code="QUA"),
    }
    today = erp.manage.find("stock.lot", [["id", "=", lot]], ["create_date"])[0]["create_date"]
    day = {"__class__": "date", "year": today["year"], "month": today["month"], "day": today["day"]}
    row = {"product": product, "lot": lot, "quantity": quantity, "unit": erp.id("product.uom", symbol="u"), **places}
    shipment = erp.manage.create(
        "stock.shipment.internal", planned_date=day, planned_start_date=day, moves=[["create", [row]]], **places
    )
    for button in ("wait", "assign_try", "do"):
        erp.manage.press("stock.shipment.internal", button, [shipment])
    assert erp.stock(lot, "QUA") == quantity
