"""ERPNext, SAP and the generic REST adapter against fakes written from the wire shapes: what they read, post and mark, and what is
said about a description that is not usable."""

from __future__ import annotations

import copy
import datetime as dt
import inspect
import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command

from connectors import outbox, sync
from connectors.adapters.described.adapter import Described
from connectors.adapters.described.description import read
from connectors.adapters.described.values import roots, say
from connectors.adapters.erpnext import ERPNext
from connectors.adapters.generic import Generic
from connectors.adapters.odoo import Odoo
from connectors.adapters.sap import SAP
from connectors.base import LEVELS, WRITE_BACKS, Permanent, TellsDocuments, Temporary
from connectors.http import run
from connectors.models import Interface
from connectors.registry import ADAPTERS
from ncr import actions as ncr
from ncr.models import DefectCode
from qms.commands.models import Posting
from qms.lib.clock import now
from qms.masterdata.models import Lot
from tests.connectors.described import (
    BY_HAND,
    ERPNEXT,
    IN_ERPNEXT,
    IN_SAP,
    ODOO,
    SAP_SETTINGS,
    Losing,
    connected,
    every_key,
    intent,
    pull,
)
from tests.connectors.replay import SAMPLES
from tests.fakes import frappe, odoo, sap
from tests.fakes.server import Answer, Seen, as_json, serve

KINDS = {"erpnext": (ERPNext, ERPNEXT, frappe, IN_ERPNEXT), "sap": (SAP, SAP_SETTINGS, sap, IN_SAP)}


@pytest.fixture(params=KINDS)
def line(request: Any) -> Any:
    """An adapter as an interface has it, its settings and its fake."""
    kind, told, fake, parts = KINDS[request.param]
    with fake.plant() as server:
        settings = {**told, "base_url": server.base_url}
        yield kind().bound(settings), settings, server, parts


def test_every_object_is_read_and_probed(line: Any) -> None:
    adapter, settings, server, _parts = line
    findings = run(adapter.probe(settings), base_url=server.base_url)
    assert [finding for finding in findings if not finding.ok] == []
    assert "not tried against the product" in findings[0].detail
    for name in adapter.objects:
        records, _cursor, page = pull(adapter, name, {**settings, "page_size": 1}, server.base_url)
        assert records and not page.bad, (name, page.bad)
        assert run(adapter.read_one(name, records[0].external_id, settings), base_url=server.base_url) == records[0], (
            name
        )
        found = every_key(adapter, name, {**settings, "page_size": 1}, server.base_url)
        assert sorted(found) == sorted(record.external_id for record in records)
    assert {"boms", "lots", "suppliers", "work-centers", "purchase-orders", "receipts"} <= set(adapter.objects)
    assert set(adapter.objects) < set(adapter.capabilities)
    order = pull(adapter, "purchase-orders", settings, server.base_url)[0][0]
    receipt = pull(adapter, "receipts", settings, server.base_url)[0][0]
    assert receipt.lines[0].order_line_id == order.lines[0].external_id
    assert pull(adapter, "boms", settings, server.base_url)[0][0].lines[0].quantity == Decimal(2)


@pytest.mark.parametrize("carried_out", [True, False], ids=["answer lost", "call lost"])
def test_the_line_breaks_at_every_call_and_it_is_posted_once(line: Any, carried_out: bool) -> None:
    adapter, settings, server, parts = line
    for at in range(9):
        asked = intent("HOLD", at, **parts)
        breaking = Losing(at, carried_out=carried_out)
        try:
            run(adapter.post(asked, settings), base_url=server.base_url, session=breaking)
        except Temporary:
            pass
        else:
            break
        assert run(adapter.post(asked, settings), base_url=server.base_url).document_number
        done = server.submitted if isinstance(server, frappe.FakeFrappe) else server.posted
        assert len(done) == at + 1, f"call {at}"
    assert at >= 4, "every call of a posting was lost once"


@pytest.mark.parametrize("name", ["odoo", "erpnext"])
def test_what_is_not_posted_yet_is_taken_back_and_the_rest_is_told(name: str) -> None:
    adapter, settings, fake, parts = CANCELLING[name]
    with fake.plant() as server:
        server.lose = lambda *asked: bool(asked[-1] == "load" if name == "odoo" else asked[0].method == "POST")
        asked = intent("SCRAP", 1, **parts)
        with pytest.raises(Temporary):
            run(adapter.post(asked, settings), base_url=server.base_url)
        server.lose = lambda *asked: False
        assert run(adapter.cancel(asked, settings), base_url=server.base_url) is None
        assert run(adapter.cancel(asked, settings), base_url=server.base_url) is None, "nothing stands there"
        done = run(adapter.post(asked, settings), base_url=server.base_url)
        assert run(adapter.cancel(asked, settings), base_url=server.base_url) == done, "posted: it is told, not undone"


CANCELLING: dict[str, Any] = {"odoo": (Odoo(), ODOO, odoo, {}), "erpnext": (ERPNext(), ERPNEXT, frappe, IN_ERPNEXT)}


TELLING: dict[str, Any] = {
    **KINDS, "odoo": (Odoo, ODOO, odoo, {}), "rest": (Generic, BY_HAND, frappe, IN_ERPNEXT)
}  # fmt: skip


@pytest.mark.parametrize("name", TELLING)
def test_documents_are_found_again_by_our_references_page_by_page(name: str) -> None:
    kind, told, fake, parts = TELLING[name]
    with fake.plant() as server:
        settings = {**told, "base_url": server.base_url, "page_size": 1}
        adapter = kind().bound(settings)
        assert isinstance(adapter, TellsDocuments)
        done = {}
        for number, way in enumerate(("HOLD",) if name == "rest" else ("HOLD", "HOLD", "SCRAP")):
            asked = intent(way, number, **parts)
            done[asked.reference] = (run(adapter.post(asked, settings), base_url=server.base_url), asked)
        found, after = [], None
        while True:
            page = run(adapter.documents(("NCR", "CAP"), after, settings), base_url=server.base_url)
            found += page.documents
            if (after := page.after) is None:
                break
        assert len(found) == len(done) and {one.reference for one in found} == set(done)
        for one in found:
            posted, asked = done[one.reference]
            assert (one.number, one.external_id, one.is_done) == (posted.document_number, posted.external_id, True)
            assert one.quantity == asked.quantity and one.item_id == asked.item_id
        assert not run(adapter.documents(("XYZ",), None, settings), base_url=server.base_url).documents


def test_a_line_that_somebody_adds_there_counts_and_what_is_cancelled_does_not() -> None:
    with frappe.plant() as site:
        asked = intent("HOLD", 1, **IN_ERPNEXT)
        number = run(ERPNext().post(asked, ERPNEXT), base_url=site.base_url).document_number
        entry = site.docs["Stock Entry"][number]
        entry["items"] = [*entry["items"], dict(entry["items"][0])]
        [found] = run(ERPNext().documents(("NCR",), None, ERPNEXT), base_url=site.base_url).documents
        assert found.quantity == 2 * asked.quantity
        entry["docstatus"] = 2
        assert not run(ERPNext().documents(("NCR",), None, ERPNEXT), base_url=site.base_url).documents


def test_a_description_says_in_which_list_and_by_which_movement() -> None:
    told = copy.deepcopy(BY_HAND)
    told["description"]["documents"] = [{"of": "storage>moon", "where": ["x"]}]
    with pytest.raises(Permanent, match="documents.0: say “of”"):
        Generic().bound(told)
    told["description"].pop("documents")
    assert not isinstance(Generic().bound(told), TellsDocuments), "then it is said that they were not compared"


def test_a_value_under_a_condition_is_nothing_where_it_does_not_hold() -> None:
    path = "ended|planned if state=done,closed"
    assert roots(path) == {"ended", "planned", "state"}
    assert say(path, {"planned": "2026-11-20", "state": "done"}) == "2026-11-20"
    assert say(path, {"planned": "2026-11-20", "state": "confirmed"}) is None


def test_keys_with_quotation_marks_stay_keys() -> None:
    with frappe.plant() as site:
        for name in ('Bolt 1/4"', "O'Ring", "Z"):
            site.put("Item", name, item_name=name, item_group="x", stock_uom="Nos", has_batch_no=0, disabled=0,
                     is_purchase_item=0)  # fmt: skip
        records = pull(ERPNext(), "items", {**ERPNEXT, "page_size": 1}, site.base_url)[0]
        assert [record.external_id for record in records] == ['Bolt 1/4"', "CST-1", "HSG-1", "O'Ring", "Z"]
        one = run(ERPNext().read_one("items", 'Bolt 1/4"', ERPNEXT), base_url=site.base_url)
        assert one == records[0]


def test_a_list_without_its_stamp_is_read_whole_and_says_so() -> None:
    with sap.plant() as s4:
        s4.fields["API_PRODUCT_SRV/A_Product"].discard("LastChangeDateTime")
        settings = {**SAP_SETTINGS, "base_url": s4.base_url}
        adapter = SAP().bound(settings)
        _records, cursor, page = pull(adapter, "items", settings, s4.base_url)
        assert page.notes == ("API_PRODUCT_SRV/A_Product has no field LastChangeDateTime; it is read whole each time.",)
        assert len(pull(adapter, "items", settings, s4.base_url, cursor)[0]) == 2


def test_sap_writes_each_movement_with_its_type_and_says_why_not() -> None:
    with sap.plant() as s4:
        for number, kind in enumerate(("HOLD", "RELEASE", "SCRAP", "RETURN")):
            run(SAP().post(intent(kind, number, **IN_SAP), SAP_SETTINGS), base_url=s4.base_url)
        items = [document["to_MaterialDocumentItem"]["results"][0] for document in s4.posted]
        assert [item["GoodsMovementType"] for item in items] == ["344", "343", "551", "122"]
        assert (items[3]["PurchaseOrder"], items[3]["PurchaseOrderItem"]) == ("4500000001", "00010"), (
            "the order it came by"
        )
        s4.create = lambda name, told: s4.refused(400, "M7/021", "Deficit of BA Unrestricted-use 5 PC")
        with pytest.raises(Permanent) as caught:
            run(SAP().post(intent("HOLD", 9, **IN_SAP), SAP_SETTINGS), base_url=s4.base_url)
        assert (
            caught.value.code == "refused"
            and "Deficit" in caught.value.message
            and "Check the batch" in caught.value.message
        )


def test_sap_marks_are_set_once_on_what_was_read_and_read_back() -> None:
    with sap.plant() as s4:
        batch = next(row for row in s4.sets["API_BATCH_SRV/Batch"] if row["BatchIdentifyingPlant"])
        for is_on in (True, True, False):
            told = run(SAP().mark("lot_block", IN_SAP["lot_id"], SAP_SETTINGS, is_on=is_on), base_url=s4.base_url)
            assert told["MatlBatchIsInRstrcdUseStock"] is is_on is batch["MatlBatchIsInRstrcdUseStock"]
        run(SAP().mark("supplier_block", "0000017300", SAP_SETTINGS), base_url=s4.base_url)
        assert s4.sets["API_BUSINESS_PARTNER/A_Supplier"][0]["PurchasingIsBlocked"] is True
        for _ in range(2):
            run(SAP().mark("usage_decision", "30000000012", SAP_SETTINGS, value="R"), base_url=s4.base_url)
        assert len(s4.sets["API_INSPECTIONLOT_SRV/A_InspLotUsageDecision"]) == 2, "one was there, one was made"
        with pytest.raises(Permanent) as caught:  # decided otherwise by somebody: never overwritten
            run(SAP().mark("usage_decision", "30000000012", SAP_SETTINGS, value="A"), base_url=s4.base_url)
        assert caught.value.code == "differs"
        s4.change = lambda row, seen: s4.refused(412, "PRECONDITION", "The row was changed meanwhile")
        with pytest.raises(Temporary) as meanwhile:  # read and decided anew by the next attempt
            run(SAP().mark("lot_block", IN_SAP["lot_id"], SAP_SETTINGS), base_url=s4.base_url)
        assert meanwhile.value.code == "changed_meanwhile"


def test_v4_follows_links_that_are_relative() -> None:
    with sap.plant() as s4:
        name = "API_BATCH_SRV/Batch"
        s4.v4.add(name)
        s4.cut = 1
        lots = {
            "source": name, "key": "Material+BatchIdentifyingPlant+Batch", "v4": True,
            "fields": {"number": "Batch", "item_id": "Material"},
        }  # fmt: skip
        adapter = SAP(read({"objects": {"lots": lots}}))
        records, _cursor, page = pull(adapter, "lots", SAP_SETTINGS, s4.base_url)
        assert len(records) == 2 and not page.bad


def test_the_generic_adapter_reads_another_protocol_by_configuration_alone() -> None:
    """OData V2 in data: where the rows stand, how filters are said, where the next page is."""
    http = {
        "headers": {"Authorization": "Basic {basic}"}, "path": "/sap/opu/odata/sap/{source}", "rows": "d.results",
        "next": "d.__next", "query": {"$top": "{limit}", "$orderby": "{key} asc"}, "error": "error.message.value",
        "filter": {"into": "$filter", "wrap": "{}", "join": " and "}, "after": "{key} gt '{after}'",
        "since": "{stamp} ge datetimeoffset'{since}'", "latest": {"$orderby": "{stamp} desc"}, "stamp_format": "utc",
        "one": {"path": "/sap/opu/odata/sap/{source}('{key:url}')", "row": "d"},
    }  # fmt: skip
    items = {"source": "API_PRODUCT_SRV/A_Product", "key": "Product", "stamp": "LastChangeDateTime", "fields": {
        "number": "Product", "name": "Product", "kind": "ProductType", "unit_id": "BaseUnit"}}  # fmt: skip
    with sap.plant() as s4:
        s4.cut = 1
        settings = {**SAP_SETTINGS, "base_url": s4.base_url, "description": {"http": http, "objects": {"items": items}}}
        adapter = Generic().bound(settings)
        records, cursor, _page = pull(adapter, "items", settings, s4.base_url)
        assert [record.number for record in records] == ["000000000000004711", "TG12"]
        s4.touch(s4.sets["API_PRODUCT_SRV/A_Product"][1], ProductType="FERT")
        changed, _cursor, _page = pull(adapter, "items", {**settings, "overlap_seconds": 0}, s4.base_url, cursor)
        assert [(record.number, record.kind) for record in changed] == [("TG12", "FERT")]
        assert run(adapter.read_one("items", "TG12", settings), base_url=s4.base_url) == changed[0]


def test_the_generic_adapter_takes_pages_by_number_and_the_clock_of_the_server() -> None:
    rows = [{"id": number, "code": f"P{number}", "title": "x", "type": "t", "uom": "1"} for number in range(1, 6)]
    asked: list[dict[str, list[str]]] = []

    def answer(seen: Seen) -> Answer:
        query = parse_qs(urlsplit(seen.path).query)
        asked.append(query)
        end = int(query["page"][0]) * 2
        return as_json({"data": rows[end - 2 : end]})

    http = {"path": "/api/{source}", "rows": "data", "page": {"into": "page"}, "since": {"changed_since": "{since}"},
            "stamp_format": "utc", "query": {"size": "{limit}"}}  # fmt: skip
    items = {"source": "parts", "key": "id", "stamp": "updated_at", "fields": {
        "number": "code", "name": "title", "kind": "type", "unit_id": "uom"}}  # fmt: skip
    settings = {"description": {"http": http, "objects": {"items": items}}, "overlap_seconds": 0}
    with serve(answer) as server:
        adapter = Generic().bound(settings)
        before = now().replace(microsecond=0)
        records, cursor, _page = pull(adapter, "items", settings, server.base_url)
        assert [record.number for record in records] == ["P1", "P2", "P3", "P4", "P5"]
        assert not any("changed_since" in query for query in asked)
        pull(adapter, "items", settings, server.base_url, cursor)
        told = dt.datetime.fromisoformat(asked[-1]["changed_since"][0])
        assert before <= told <= now(), "the mark is the server's own time at the start"


def test_faults_of_a_description_are_sentences() -> None:
    told = copy.deepcopy(BY_HAND)
    described = told["description"]
    described["objects"]["widgets"] = {"source": "W", "fields": {}}
    described["objects"]["items"]["fields"].pop("unit_id")
    described["objects"]["lots"]["fields"]["colour"] = "paint"
    described["objects"]["units"].pop("source")
    described["writes"]["storage>moon"] = {}
    described["writes"]["storage>quarantine"]["told"].pop("quantity")
    described["write_backs"]["hold"] = "certainly"
    with pytest.raises(Permanent) as caught:
        Generic().bound(told)
    for words in (
        "objects.widgets: there is no such object", "objects.items.fields: unit_id must be said", "lots.fields.colour: there is no",
        "objects.units: it needs “source”", "writes.storage>moon: name the movement", "without a look-up and a read-back",
        "writes.storage>quarantine.told: quantity must be read back", "write_backs.hold: say enforced, advisory, none",
    ):  # fmt: skip
        assert words in caught.value.message, words
    with pytest.raises(Permanent):
        Generic().bound({})


@pytest.mark.django_db
def test_configuration_alone_reads_an_erp_and_posts_to_it(people: Any) -> None:
    with (
        frappe.plant() as site,
        connected("byhand", "rest", site.base_url, BY_HAND, people["integration"]) as interface,
    ):
        reading = sync.sync(interface=interface, full=True)
        assert (reading.run.problem, reading.run.failed) == ("", 0)
        lot = Lot.objects.get(source="byhand", external_id="LOT-1")
        record = ncr.report(
            by=people["inspector"], part=lot.item, lot=lot, quantity=Decimal(3), description="Bore too large",
            defect_code=DefectCode.objects.get(code="DIM-OUT"),
        )  # fmt: skip
        ncr.request_hold(ncr=record, by=people["engineer"], reason="Contain the lot")
        while outbox.deliver_next():
            pass
        posting = Posting.objects.of(record).get()
        assert posting.state == "POSTED", posting.problem
        made = site.docs["Stock Entry"][posting.document_number]
        assert (made["custom_qms_ref"], made["docstatus"], made["items"][0]["qty"]) == (posting.reference, 1, 3.0)


@pytest.mark.django_db
def test_a_description_with_faults_is_not_connected(people: Any, tmp_path: Path) -> None:
    told = {
        "adapter": "rest",
        "base_url": "http://127.0.0.1:1",
        "rest_key": "k",
        "settings": {"description": {"objects": {"x": {}}}},
    }
    file = tmp_path / "erp.json"
    file.write_text(json.dumps(told))
    with pytest.raises(CommandError, match=r"objects\.x: there is no such object"):
        call_command("connect_erp", file=file)
    assert not Interface.objects.filter(code="rest").exists()


def test_every_adapter_says_how_far_each_write_back_goes() -> None:
    for name, adapter in ADAPTERS.items():
        if name != "rest":
            assert set(adapter.write_backs) == set(WRITE_BACKS), name
        assert set(adapter.write_backs.values()) <= set(LEVELS)
        ways = getattr(getattr(adapter, "description", None), "writes", None)
        if ways is not None:
            assert (adapter.write_backs.get("hold", "none") != "none") == ("storage>quarantine" in ways), name
            assert (adapter.write_backs.get("return", "none") != "none") == ("quarantine>supplier" in ways), name
            assert (adapter.write_backs.get("scrap", "none") != "none") == ("storage>scrap" in ways), name


def test_a_connector_is_one_short_file_a_row_and_its_samples() -> None:
    """The budget: an adapter that was added on the shared protocols has no file above 120 lines."""
    for name, kind in ADAPTERS.items():
        if isinstance(kind, Described):
            files = list(Path(inspect.getfile(type(kind))).parent.glob("*.py"))
            assert files and max(len(file.read_text().splitlines()) for file in files) <= 120, name
            assert (SAMPLES / name).is_dir(), name
