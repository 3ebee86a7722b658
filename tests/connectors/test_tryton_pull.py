"""Reading from a real Tryton, over both of its interfaces."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from connectors.adapters.tryton import Tryton
from connectors.base import Page, Permanent
from connectors.http import Trace, run
from tests.erp import PLANT, Erp

pytestmark = pytest.mark.erp

TRANSPORTS = ("rest", "rpc")
COUNTS = {
    "units": 35,
    "items": len(PLANT["items"]),
    "suppliers": len(PLANT["suppliers"]),
    "work-centers": len(PLANT["work_centers"]),
    "operations": len(PLANT["operations"]),
    "purchase-orders": len(PLANT["purchase_orders"]),
    "receipts": len(PLANT["receipts"]),
    "production-orders": len(PLANT["production_orders"]),
    "customers": len(PLANT["customers"]),
    "routings": len(PLANT["routings"]),
    "boms": len(PLANT["boms"]),
    "costs": len(PLANT["items"]),
    "shipments": len(PLANT["shipments"]),
    "stock": 20,
}
CHANGING = [name for name in Tryton.objects if name not in Tryton.snapshots]


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def pull(erp: Erp, name: str, cursor: str | None = None, **settings: Any) -> tuple[list[Any], str]:
    """A whole run: pages until there are no more."""
    adapter, found = Tryton(), []
    settings = erp.settings(**settings)
    for _ in range(500):
        page: Page = run(adapter.pull(name, cursor, settings), base_url=erp.base_url)
        assert not page.bad
        found += page.records
        cursor = page.cursor
        if not page.more:
            return found, cursor
    raise AssertionError("the run does not end")


def start(erp: Erp, name: str) -> str:
    """The cursor after a complete first run."""
    return pull(erp, name)[1]


def test_first_run_reads_everything(erp: Erp, transport: str) -> None:
    for name in Tryton.objects:
        records, _ = pull(erp, name, transport=transport)
        assert len(records) >= COUNTS.get(name, 31), name
        assert all(record.changed_at.tzinfo == dt.UTC for record in records if name in CHANGING)
        assert len({record.external_id for record in records}) == len(records)
        json.dumps([record.raw for record in records])


def test_both_interfaces_say_the_same(erp: Erp) -> None:
    def plain(record: Any) -> dict[str, Any]:
        return {key: value for key, value in vars(record).items() if key != "raw"}

    for name in Tryton.objects:
        one, two = (pull(erp, name, transport=transport)[0] for transport in TRANSPORTS)
        assert [plain(r) for r in one] == [plain(r) for r in two]


def test_small_pages_lose_and_repeat_nothing(erp: Erp, transport: str) -> None:
    for name in ("items", "receipts", "boms", "stock"):
        whole, _ = pull(erp, name, transport=transport)
        paged, _ = pull(erp, name, transport=transport, page_size=4)
        assert [r.external_id for r in paged] == [r.external_id for r in whole]


def test_records_hang_together(erp: Erp) -> None:
    by_key = {name: {r.external_id: r for r in pull(erp, name)[0]} for name in Tryton.objects}
    receipt = next(r for r in by_key["receipts"].values() if r.number == "GR-26-0003")
    assert by_key["suppliers"][receipt.supplier_id].number == "SUP-01"
    assert [by_key["lots"][line.lot_id].number for line in receipt.lines] == ["LOT-26-0003", "LOT-26-0004"]
    order = next(r for r in by_key["purchase-orders"].values() if r.number == "PO-26-0002")
    assert {line.order_line_id for line in receipt.lines} == {line.external_id for line in order.lines}
    made = next(r for r in by_key["production-orders"].values() if r.number == "WO-26-0001")
    assert by_key["items"][made.item_id].number == "TB-4711"
    assert by_key["operations"][made.operations[0].operation_id].name == "Mill 5-axis"
    assert by_key["lots"][made.outputs[0].lot_id].number == "LOT-26-0101"
    assert {str(move.quantity) for move in made.inputs} == {"35.0", "200.0"}


def test_quiet_erp_gives_nothing(erp: Erp, transport: str) -> None:
    for name in CHANGING:
        records, _ = pull(erp, name, start(erp, name), transport=transport, overlap_seconds=0)
        assert records == []


def test_new_row_without_a_write_date_is_found(erp: Erp, transport: str) -> None:
    cursor = start(erp, "lots")
    lot = erp.manage.create("stock.lot", number=f"NEW-{transport}", product=erp.id("product.product", code="TB-4711"))
    records, after = pull(erp, "lots", cursor, transport=transport, overlap_seconds=0)
    assert [r.external_id for r in records] == [str(lot)]
    assert pull(erp, "lots", after, overlap_seconds=0)[0] == []


def test_overlap_finds_what_a_long_transaction_committed_late(erp: Erp) -> None:
    lot = erp.manage.create("stock.lot", number="LATE", product=erp.id("product.product", code="TB-4711"))
    passed_by = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=40)
    cursor = json.dumps({"since": passed_by.isoformat(), "next": None, "stage": 0, "last": 0})
    assert pull(erp, "lots", cursor, overlap_seconds=0)[0] == []
    assert str(lot) in {r.external_id for r in pull(erp, "lots", cursor)[0]}


WAITING = [["production.number", "=", "WO-26-0012"]]
CHILD_ONLY = [
    ("suppliers", "party.contact_mechanism", [["party.code", "=", "SUP-02"]], {"value": "new@sup-02.test"}, "SUP-02"),
    ("suppliers", "party.address", [["party.code", "=", "SUP-03"]], {"city": "Rugby"}, "SUP-03"),
    ("items", "product.template", [["code", "=", "CV-7705"]], {"name": "Pump cover, long"}, "CV-7705"),
    ("purchase-orders", "purchase.line", [["purchase.number", "=", "PO-26-0011"]], {"note": "urgent"}, "PO-26-0011"),
    ("production-orders", "production.work", WAITING, {"sequence": 99}, "WO-26-0012"),
    ("production-orders", "stock.move", [["production_output.number", "=", "WO-26-0014"]], {"quantity": 81.0},
     "WO-26-0014"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "model", "domain", "values", "number"), CHILD_ONLY)
def test_change_of_a_part_brings_the_whole(
    erp: Erp, name: str, model: str, domain: Any, values: Any, number: str
) -> None:
    cursor = start(erp, name)
    before = next(r for r in pull(erp, name)[0] if r.number == number)
    part = erp.manage.find(model, domain, ["id"])[0]["id"]
    erp.manage.write(model, [part], **values)
    records, _ = pull(erp, name, cursor, overlap_seconds=0)
    assert {r.number for r in records} == {number}
    assert records[0].changed_at > before.changed_at, "the record counts as changed although its own dates did not move"


def test_change_of_a_received_line_brings_the_receipt(erp: Erp) -> None:
    cursor = start(erp, "receipts")
    order = erp.manage.find("purchase.purchase", [["number", "=", "PO-26-0010"]], ["lines", "party"])[0]
    origin = ["origin", "=", f"purchase.line,{order['lines'][0]}"]
    move = erp.manage.id_of("stock.move", [origin, ["state", "=", "draft"], ["shipment", "=", None]])
    places = {"warehouse": "WH", "warehouse_input": "IN", "warehouse_storage": "STO"}
    receipt = erp.manage.create(
        "stock.shipment.in",
        supplier=order["party"],
        reference="DN-CHILD",
        incoming_moves=[["add", [move]]],
        **{key: erp.id("stock.location", code=code) for key, code in places.items()},
    )
    records, cursor = pull(erp, "receipts", cursor, overlap_seconds=0)
    assert {(r.external_id, r.state) for r in records} == {(str(receipt), "draft")}
    erp.manage.write("stock.move", [move], quantity=2500.0)
    records, _ = pull(erp, "receipts", cursor, overlap_seconds=0)
    assert {(r.reference, str(r.lines[0].quantity)) for r in records} == {("DN-CHILD", "2500.0")}


@pytest.mark.parametrize(
    ("name", "model", "by", "values"),
    [
        ("boms", "production.bom.input", {"bom": "SH-3100 rev A"}, {"quantity": 0.44}),
        ("routings", "production.routing.step", {"routing": "Shaft"}, {"sequence": 99}),
    ],
)
def test_a_changed_child_brings_its_parent(
    erp: Erp, transport: str, name: str, model: str, by: Any, values: Any
) -> None:
    """Writing a component or a step leaves its bill or routing untouched in the ERP."""
    cursor = start(erp, name)
    (field, number), *_ = by.items()
    child = erp.manage.find(model, [[f"{field}.name", "=", number]], ["id"])[-1]["id"]
    erp.manage.write(model, [child], **values)
    records, _ = pull(erp, name, cursor, transport=transport, overlap_seconds=0)
    assert [record.number for record in records] == [number]


def test_a_routing_that_takes_a_bill_brings_the_bill(erp: Erp) -> None:
    cursor = start(erp, "boms")
    bom = erp.manage.create("production.bom", name=f"Linked {cursor[-8:]}")
    _records, cursor = pull(erp, "boms", cursor, overlap_seconds=0)
    routing = erp.id("production.routing", name="Implant")
    erp.manage.write("production.routing", [routing], boms=[["add", [bom]]])
    records, _ = pull(erp, "boms", cursor, overlap_seconds=0)
    assert {record.external_id: record.routing_id for record in records}[str(bom)] == str(routing)
    erp.manage.call("production.bom", "delete", [bom])


def test_a_changed_cost_is_found(erp: Erp, transport: str) -> None:
    cursor = start(erp, "costs")
    product = erp.id("product.product", code="SP-5510")
    start_values = {"date": None, "cost_price": {"__class__": "Decimal", "decimal": "171.2500"}}
    context = {"active_model": "product.product", "active_id": product, "active_ids": [product]}
    session, *_ = erp.manage._send("wizard.product.modify_cost_price.create", [erp.manage.context])
    told = {**erp.manage.context, **context}
    today = {"__class__": "date", "year": 2020, "month": 1, "day": 1} | _today(erp)
    erp.manage._send(
        "wizard.product.modify_cost_price.execute",
        [session, {"start": {**start_values, "date": today}}, "modify", told],
    )
    records, _ = pull(erp, "costs", cursor, transport=transport, overlap_seconds=0)
    assert str({r.number: r.amount for r in records}["SP-5510"]) == "171.2500"


def _today(erp: Erp) -> dict[str, int]:
    lot = erp.manage.create("stock.lot", number="CLOCK", product=erp.id("product.product", code="TB-4712"))
    row = erp.manage.find("stock.lot", [["id", "=", lot]], ["create_date"])[0]["create_date"]
    erp.manage.call("stock.lot", "delete", [lot])
    return {part: row[part] for part in ("year", "month", "day")}


def test_read_one_of_every_object(erp: Erp, transport: str) -> None:
    adapter, settings = Tryton(), erp.settings(transport)
    for name in Tryton.objects:
        records, _ = pull(erp, name, transport=transport)
        one = run(adapter.read_one(name, records[-1].external_id, settings), base_url=erp.base_url)
        assert one == records[-1], name
    gone = run(adapter.read_one("stock", "1:999999:3", settings), base_url=erp.base_url)
    assert gone is None


def test_every_object_of_the_contract_is_declared() -> None:
    told = set(Tryton.capabilities)
    assert set(Tryton.objects) < told
    assert {"revisions", "serials", "equipment", "document-references", "genealogy"} <= told - set(Tryton.objects)


def test_deleted_row_leaves_no_trace_but_its_key_is_gone(erp: Erp) -> None:
    adapter, settings = Tryton(), erp.settings()
    lot = erp.manage.create("stock.lot", number="GONE", product=erp.id("product.product", code="TB-4711"))
    cursor = start(erp, "lots")
    assert run(adapter.read_one("lots", str(lot), settings), base_url=erp.base_url).number == "GONE"
    erp.manage.call("stock.lot", "delete", [lot])
    assert pull(erp, "lots", cursor, overlap_seconds=0)[0] == [], "a delta does not show a deletion"
    keys = run(adapter.keys("lots", None, settings), base_url=erp.base_url)
    assert str(lot) not in keys.keys and keys.after is None
    assert run(adapter.read_one("lots", str(lot), settings), base_url=erp.base_url) is None


def test_two_lots_of_one_number_stay_two(erp: Erp) -> None:
    product = erp.id("product.product", code="TB-4712")
    made = [erp.manage.create("stock.lot", number="TWICE", product=product) for _ in range(2)]
    found = {r.external_id for r in pull(erp, "lots")[0] if r.number == "TWICE"}
    assert found == {str(lot) for lot in made}


def test_inactive_rows_are_read_as_inactive(erp: Erp, transport: str) -> None:
    cursor = start(erp, "suppliers")
    party = erp.manage.create("party.party", code=f"SUP-9-{transport}", name="Closed Ltd")
    erp.manage.write("party.party", [party], active=False)
    records, _ = pull(erp, "suppliers", cursor, transport=transport, overlap_seconds=0)
    assert [(r.external_id, r.is_active) for r in records] == [(str(party), False)]


def test_session_that_ends_in_mid_sync_is_renewed_once(erp: Erp) -> None:
    adapter, settings, seen = Tryton(), erp.settings("rpc", page_size=10), []

    def keep(trace: Trace) -> None:
        seen.append(trace)

    first = run(adapter.pull("items", None, settings), base_url=erp.base_url, recorder=keep)
    _end_sessions(adapter, erp)
    second = run(adapter.pull("items", first.cursor, settings), base_url=erp.base_url, recorder=keep)
    assert len(second.records) == 10 and second.records[0].external_id == "11"
    statuses = [trace.status for trace in seen]
    assert statuses.count(401) == 1
    logins = [trace for trace in seen if trace.request_body == b"***"]
    assert len(logins) == 2, "signed in at the start and once more"


def _end_sessions(adapter: Tryton, erp: Erp) -> None:
    """Sign the connector out behind its back."""
    (session, _context), *_ = adapter._memory.values()
    line = erp.manage.line
    body = json.dumps({"id": 1, "method": "common.db.logout", "params": []})
    headers = {"Content-Type": "application/json", "Authorization": f"Session {session}", "Connection": "close"}
    line.request("POST", f"/{erp.database}/rpc/", body, headers)
    answer = line.getresponse()
    assert answer.status == 200, answer.read()
    answer.read()


def test_withdrawn_key_is_a_matter_for_a_person(erp: Erp) -> None:
    user = erp.id("res.user", login="qms")
    key = erp.manage.create("res.user.application", user=user, application="rest", key="k" * 40)
    settings = {**erp.settings(page_size=10), "rest_key": "k" * 40}
    adapter = Tryton()
    page = run(adapter.pull("items", None, settings), base_url=erp.base_url)
    erp.manage.press("res.user.application", "cancel", [key])
    with pytest.raises(Permanent) as refused:
        run(adapter.pull("items", page.cursor, settings), base_url=erp.base_url)
    assert refused.value.code == "not_signed_in"


def test_field_that_may_not_be_read_shows_as_bad_row(erp: Erp) -> None:
    """REST leaves such fields out of the answer without a word."""
    company = erp.manage.context["company"]
    user = erp.manage.create("res.user", name="Nobody", login="nobody", companies=[["add", [company]]], company=company)
    erp.manage.create("res.user.application", user=user, application="rest", key="n" * 40)
    settings = {**erp.settings(company=company), "rest_key": "n" * 40}
    findings = run(Tryton().probe(settings), base_url=erp.base_url)
    failed = {finding.name for finding in findings if not finding.ok}
    assert {"purchase-orders", "receipts", "production-orders"} <= failed


def test_probe_of_a_good_connection(erp: Erp, transport: str) -> None:
    findings = run(Tryton().probe(erp.settings(transport)), base_url=erp.base_url)
    assert all(finding.ok for finding in findings), findings
    wrong = run(Tryton().probe(erp.settings(transport, locations={"quarantine": "NOWHERE"})), base_url=erp.base_url)
    assert [finding.name for finding in wrong if not finding.ok] == ["locations"]
