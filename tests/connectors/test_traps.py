"""The twenty traps of reading from and writing to ERPs, each against a fake that has it: what the connectors do about it."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors import adapters, sync
from connectors.adapters.erpnext import ERPNext
from connectors.adapters.generic import Generic
from connectors.adapters.odoo import Odoo
from connectors.adapters.odoo.adapter import Dialect
from connectors.adapters.odoo.wire import Json2
from connectors.adapters.sap import SAP
from connectors.base import Permanent, Temporary
from connectors.http import run
from qms.masterdata.models import Item
from tests.connectors.described import (
    ERPNEXT,
    IN_ERPNEXT,
    IN_SAP,
    ODOO,
    ODOO_17,
    SAP_SETTINGS,
    connected,
    every_key,
    intent,
    pull,
)
from tests.fakes import frappe, odoo, sap

DESCRIPTIONS = Path(adapters.__file__).parent


@pytest.fixture
def erp() -> Any:
    with odoo.plant() as made:
        yield made


@pytest.fixture
def site() -> Any:
    with frappe.plant() as made:
        yield made


@pytest.fixture
def s4() -> Any:
    with sap.plant() as made:
        yield made


def keys_of(records: list[Any]) -> list[str]:
    return sorted((record.external_id for record in records), key=lambda key: (len(key), key))


def refused(exchange: Any, base_url: str) -> Permanent | Temporary:
    with pytest.raises((Permanent, Temporary)) as caught:
        run(exchange, base_url=base_url)
    return caught.value


def add_parts(erp: odoo.FakeOdoo, count: int, **values: Any) -> list[str]:
    for key in range(1000, 1000 + count):
        erp.put("product.product", key, default_code=f"P-{key}", name="Part", type="consu", uom_id=[1, "Units"],
                tracking="none", purchase_ok=True, **values)  # fmt: skip
    return [str(key) for key in range(1000, 1000 + count)]


def test_trap_01_rows_that_share_a_stamp_are_lost_at_no_page(erp: Any) -> None:
    _first, cursor, _page = pull(Odoo(), "items", ODOO, erp.base_url)
    stamp = (erp.now + dt.timedelta(minutes=1)).strftime(odoo.STAMP)
    told = add_parts(erp, 25, write_date=stamp)
    settings = {**ODOO, "page_size": 10, "overlap_seconds": 0}
    records, cursor, _page = pull(Odoo(), "items", settings, erp.base_url, cursor)
    assert set(told) <= set(keys_of(records)) and len(records) == len(set(keys_of(records)))
    again, _cursor, _page = pull(Odoo(), "items", settings, erp.base_url, cursor)
    assert set(told) <= set(keys_of(again)), "the last second is read again: it may not have been over"


def test_trap_02_a_late_commit_looks_older_than_the_last_look_and_is_found(erp: Any) -> None:
    page = run(Odoo().pull("items", None, {**ODOO, "page_size": 2}), base_url=erp.base_url)
    started = erp.now
    erp.put("product.product", 7, name="Changed during the run")  # behind us already
    _rest, cursor, _page = pull(Odoo(), "items", ODOO, erp.base_url, page.cursor)
    assert json.loads(cursor)["since"] <= started.replace(tzinfo=dt.UTC).isoformat(), "the mark was taken at the start"
    erp.put("product.product", 77, default_code="LATE", name="Late", type="consu", uom_id=[1, "U"], tracking="none",
            purchase_ok=True, write_date=(started - dt.timedelta(seconds=300)).strftime(odoo.STAMP))  # fmt: skip
    records, _cursor, _page = pull(Odoo(), "items", ODOO, erp.base_url, cursor)
    assert {"7", "77"} <= set(keys_of(records))
    assert "77" not in keys_of(pull(Odoo(), "items", {**ODOO, "overlap_seconds": 0}, erp.base_url, cursor)[0])


def test_trap_03_nothing_is_missed_while_somebody_edits(erp: Any) -> None:
    told, found, cursor = add_parts(erp, 60), [], None
    for turn in range(50):
        page = run(Odoo().pull("items", cursor, {**ODOO, "page_size": 7}), base_url=erp.base_url)
        found += [record.external_id for record in page.records]
        erp.put("product.product", 1000 + turn * 3 % 60, name=f"Edited {turn}")  # its place by stamp moves to the end
        cursor = page.cursor
        if not page.more:
            break
    assert set(told) <= set(found) and len(found) == len(set(found))


def test_trap_04_page_sizes_that_others_choose(site: Any, s4: Any) -> None:
    for number in range(38):
        site.put("Item", f"N-{number:02d}", item_name="x", item_group="x", stock_uom="Nos", has_batch_no=0, disabled=0)
    for size in (20, 39, 40, 41):  # short, exact and full last pages; twenty rows is what Frappe gives unasked
        records, _cursor, _page = pull(ERPNext(), "items", {**ERPNEXT, "page_size": size}, site.base_url)
        assert len(records) == len(set(keys_of(records))) == 40, size
    for number in range(7):
        s4.put("API_PRODUCT_SRV/A_Product", ("Product",), Product=f"X{number}", ProductType="HALB", BaseUnit="PC",
               IsBatchManagementRequired=False, IsMarkedForDeletion=False, LastChangeDateTime=sap.moment(s4.now),
               to_Description={"results": []})  # fmt: skip
    s4.cut = 2  # whatever was asked for; the rest stands behind its link, or behind the last key
    settings = {**SAP_SETTINGS, "base_url": s4.base_url}
    assert len(pull(SAP(), "items", settings, s4.base_url)[0]) == 9
    assert len(every_key(SAP(), "items", settings, s4.base_url)) == 9
    s4.other_host = "http://192.0.2.1"
    assert refused(SAP().pull("items", None, settings), s4.base_url).code == "other_host"


def test_trap_05_a_retry_after_a_timeout_moves_nothing_twice(erp: Any, site: Any, s4: Any) -> None:
    lost = []
    erp.lose = lambda model, method: method == "action_validate" and not lost and not lost.append(1)
    assert refused(Odoo().post(intent("SCRAP"), ODOO), erp.base_url).code == "unreachable"
    assert run(Odoo().post(intent("SCRAP"), ODOO), base_url=erp.base_url).state == "done"
    assert erp.moved == [("scrap", 100)]
    s4.lose = lambda seen: not lost.append(1) and len(lost) == 2
    hold = intent("HOLD", 2, **IN_SAP)
    assert refused(SAP().post(hold, SAP_SETTINGS), s4.base_url).code == "unreachable"
    assert run(SAP().post(hold, SAP_SETTINGS), base_url=s4.base_url).document_number == "4900000001"
    assert [document["ReferenceDocument"] for document in s4.posted] == [hold.reference]
    site.lose = lambda seen: seen.method == "POST"
    assert refused(ERPNext().post(intent("HOLD", 3, **IN_ERPNEXT), ERPNEXT), site.base_url).code == "unreachable"
    site.lose = lambda seen: False
    run(ERPNext().post(intent("HOLD", 3, **IN_ERPNEXT), ERPNEXT), base_url=site.base_url)
    assert len(site.docs["Stock Entry"]) == len(site.submitted) == 1


def test_trap_06_an_error_although_it_was_done_is_a_question_not_a_retry(erp: Any) -> None:
    erp.lose = lambda model, method: method == "load"  # committed, and no answer
    hold = intent("HOLD", 4)
    problem = refused(Odoo().post(hold, ODOO_17), erp.base_url)
    assert isinstance(problem, Temporary) and erp.models["stock.picking"][100]["state"] == "draft"
    erp.lose = lambda model, method: False
    assert run(Odoo().cancel(hold, ODOO_17), base_url=erp.base_url) is None, "a void act answers without a result"
    assert erp.models["stock.picking"][100]["state"] == "cancel" and erp.moved == []


def test_trap_07_a_good_answer_and_nothing_done(erp: Any, s4: Any) -> None:
    erp.put("stock.quant", 13, available_quantity=1.0)
    problem = refused(Odoo().post(intent("SCRAP", 5), ODOO), erp.base_url)
    assert (problem.code, erp.moved) == ("needs_person", []) and "stock.warn.insufficient.qty.scrap" in problem.message
    assert erp.models["stock.scrap"][100]["state"] == "draft"
    s4.warning = json.dumps({"code": "M7/053", "message": "Posting only possible in periods 2026/11"})
    made = run(SAP().post(intent("HOLD", 5, **IN_SAP), SAP_SETTINGS), base_url=s4.base_url)
    assert "periods 2026/11" in made.read_back["warnings"][0]


def test_trap_08_what_is_ignored_in_silence_is_asked_for_before_and_compared_after(site: Any) -> None:
    site.meta["Stock Entry"].discard("custom_qms_ref")
    problem = refused(ERPNext().post(intent("HOLD", 6, **IN_ERPNEXT), ERPNEXT), site.base_url)
    assert problem.permanent and "custom_qms_ref" in problem.message and "Stock Entry" not in site.docs
    site.meta["Stock Entry"].add("custom_qms_ref")
    site.on_write = lambda doc: doc["items"][0].update(qty=15.0)
    problem = refused(ERPNext().post(intent("HOLD", 7, **IN_ERPNEXT, quantity=Decimal("1.5")), ERPNEXT), site.base_url)
    assert problem.code == "differs" and "quantity: 15.0 instead of 1.5" in problem.message and not site.submitted
    description = tomllib.loads((DESCRIPTIONS / "erpnext" / "objects.toml").read_text())
    description["http"]["filter"]["into"] = "filter"  # misspelt: unfiltered rows, and no error
    settings = {**ERPNEXT, "description": description, "page_size": 1}
    problem = refused_reading(Generic().bound(settings), settings, site.base_url)
    assert problem.code == "no_progress"


def refused_reading(adapter: Any, settings: Any, base_url: str) -> Permanent:
    with pytest.raises(Permanent) as caught:
        pull(adapter, "items", settings, base_url)
    return caught.value


def test_trap_09_deletions_that_no_delta_shows(erp: Any, site: Any) -> None:
    _records, cursor, _page = pull(Odoo(), "items", ODOO, erp.base_url)
    del erp.models["product.product"][9]
    assert "9" not in keys_of(pull(Odoo(), "items", ODOO, erp.base_url, cursor)[0])
    assert every_key(Odoo(), "items", ODOO, erp.base_url) == ["7", "8"], "so every key is compared"
    assert run(Odoo().read_one("items", "9", ODOO), base_url=erp.base_url) is None
    _records, cursor, _page = pull(ERPNext(), "items", ERPNEXT, site.base_url)
    site.delete("Item", "CST-1")
    site.delete("Item", "HSG-1")
    site.put("Item", "HSG-1", item_name="Made again", item_group="x", stock_uom="Nos", has_batch_no=0, disabled=0)
    records, _cursor, page = pull(ERPNext(), "items", ERPNEXT, site.base_url, cursor)
    assert page.gone == ("CST-1",), "the ERP's own list of the dead is asked, and checked"
    assert keys_of(records) == ["HSG-1"]


def test_trap_10_archived_is_a_state_and_no_deletion(erp: Any, site: Any) -> None:
    erp.put("product.product", 8, active=False)
    site.put("Item", "CST-1", disabled=1)
    found = {record.external_id: record.is_active for record in pull(Odoo(), "items", ODOO, erp.base_url)[0]}
    assert found == {"7": True, "8": False, "9": True}
    records = pull(ERPNext(), "items", ERPNEXT, site.base_url)[0]
    assert {record.external_id: record.is_active for record in records} == {"CST-1": False, "HSG-1": True}


@pytest.mark.django_db
def test_trap_11_a_renamed_key_is_followed(site: Any, people: Any) -> None:
    with connected("erpnext", "erpnext", site.base_url, ERPNEXT, people["integration"]) as interface:
        assert sync.sync(interface=interface, full=True).run.problem == ""
        stamp = site.docs["Item"]["CST-1"]["modified"]
        site.rename("Item", "CST-1", "CST-1-R")
        assert site.docs["Item"]["CST-1-R"]["modified"] == stamp, "no delta ever shows it"
        sync.sync(interface=interface)
        live = Item.objects.live().filter(source="erpnext").values_list("external_id", flat=True)
        assert sorted(live) == ["CST-1-R", "HSG-1"]


def test_trap_12_a_line_that_does_not_touch_its_document(erp: Any) -> None:
    _records, cursor, _page = pull(Odoo(), "boms", ODOO, erp.base_url)
    before = erp.models["mrp.bom"][4]["write_date"]
    erp.put("mrp.bom.line", 5, product_qty=6.0)
    records, _cursor, _page = pull(Odoo(), "boms", {**ODOO, "overlap_seconds": 0}, erp.base_url, cursor)
    assert [line.quantity for line in records[0].lines] == [Decimal("6.0")]
    assert erp.models["mrp.bom"][4]["write_date"] == before


def test_trap_13_every_connection_has_its_zone(site: Any, erp: Any) -> None:
    record = pull(ERPNext(), "lots", ERPNEXT, site.base_url)[0][0]
    told = dt.datetime.fromisoformat(site.docs["Batch"]["LOT-1"]["modified"])
    assert record.changed_at == (told - dt.timedelta(hours=5, minutes=30)).replace(tzinfo=dt.UTC)
    _records, cursor, _page = pull(ERPNext(), "lots", ERPNEXT, site.base_url)
    site.put("Batch", "LOT-2", batch_id="LOT-2", item="HSG-1", disabled=0)
    found = pull(ERPNext(), "lots", {**ERPNEXT, "overlap_seconds": 0}, site.base_url, cursor)[0]
    assert "LOT-2" in keys_of(found), "asked for in the site's own time"
    assert ERPNext.overlap > 3600, "an hour is told twice in autumn"
    _records, cursor, _page = pull(Odoo(), "items", ODOO, erp.base_url)
    pull(Odoo(), "items", {**ODOO, "day_zone": "Asia/Shanghai"}, erp.base_url, cursor)  # a “Z” would be refused


def test_trap_14_a_date_stays_a_date(s4: Any) -> None:
    for zone in ("America/Los_Angeles", "UTC", "Asia/Shanghai"):
        order = pull(SAP(), "purchase-orders", {**SAP_SETTINGS, "day_zone": zone}, s4.base_url)[0][0]
        assert order.ordered_date == dt.date(2026, 11, 18), zone
    made = run(SAP().post(intent("HOLD", 8, **IN_SAP), SAP_SETTINGS), base_url=s4.base_url)
    assert (
        made.state == "posted" and s4.posted[0]["PostingDate"] == "/Date(1795132800000)/"
    )  # 20 November, midnight UTC


def test_trap_15_numbers_keep_their_digits_or_nothing_is_posted(erp: Any, site: Any) -> None:
    site.docs["BOM"]["BOM-HSG-1-001"]["items"][0]["qty"] = 54.320987159999994
    line = pull(ERPNext(), "boms", ERPNEXT, site.base_url)[0][0].lines[0]
    assert line.quantity == Decimal("54.320987159999994")
    problem = refused(Odoo().post(intent("SCRAP", 9, quantity=Decimal("1.23456")), ODOO), erp.base_url)
    assert "1.23 instead of 1.23456" in problem.message and erp.moved == [], "found while it is a draft"


@pytest.mark.django_db
def test_trap_16_units_are_never_converted_in_silence(erp: Any, people: Any) -> None:
    with connected("odoo", "odoo", erp.base_url, ODOO, people["integration"]) as interface:
        erp.put("purchase.order", 8, name="P00008")
        order = pull(Odoo(), "purchase-orders", ODOO, erp.base_url)[0][0]
        assert (order.lines[0].quantity, order.lines[0].unit_id) == (Decimal("15.0"), "3"), "fifteen dozens"
        erp.put("purchase.order.line", 17, product_uom_id=[99, "Crates"])
        reading = sync.sync(interface=interface, full=True)
        line = reading.run.lines.get(object="purchase-orders", outcome="failed")
        assert "99" in line.problem and "unit" in line.problem


def test_trap_17_keys_are_opaque(s4: Any) -> None:
    assert keys_of(pull(SAP(), "items", SAP_SETTINGS, s4.base_url)[0])[-1] == "000000000000004711"
    batches = keys_of(pull(SAP(), "lots", SAP_SETTINGS, s4.base_url)[0])
    assert batches == ["TG12||0000000001", "TG12|1010|0000000001"], "one of its plant, one of none"
    assert keys_of(pull(SAP(), "lots", {**SAP_SETTINGS, "page_size": 1}, s4.base_url)[0]) == batches
    s4.put("API_BATCH_SRV/Batch", ("Material", "BatchIdentifyingPlant", "Batch"), Material="O'NEIL", Batch=" 1",
           BatchIdentifyingPlant="1010", BatchIsMarkedForDeletion=False, LastChangeDateTime=sap.moment(s4.now))  # fmt: skip
    one = run(SAP().read_one("lots", "O'NEIL|1010| 1", SAP_SETTINGS), base_url=s4.base_url)
    assert one is not None and one.number == " 1"


@pytest.mark.parametrize("settings", [ODOO, ODOO_17], ids=["json/2", "jsonrpc"])
def test_trap_18_a_field_that_is_gone_costs_itself_and_not_the_reading(erp: Any, settings: Any) -> None:
    erp.fields["product.product"].discard("tracking")
    for row in erp.models["product.product"].values():
        row.pop("tracking")
    records, _cursor, page = pull(Odoo(), "items", settings, erp.base_url)
    told = "product.product has no field tracking=lot,serial; is_lot_controlled of items is left out."
    assert len(records) == 3 and page.notes == (told,)
    finding = {one.name: one for one in run(Odoo().probe(settings), base_url=erp.base_url)}["items"]
    assert finding.ok and "tracking" in finding.detail


def test_trap_19_others_have_limits_locks_and_tokens(site: Any, s4: Any) -> None:
    site.busy = 1
    problem = refused(ERPNext().pull("items", None, ERPNEXT), site.base_url)
    assert isinstance(problem, Temporary) and problem.retry_after == 9.0
    s4.expire = 1
    assert run(SAP().post(intent("HOLD", 10, **IN_SAP), SAP_SETTINGS), base_url=s4.base_url).state == "posted"
    assert s4.fetched == 2, "once more with a new token and its own cookie"
    s4.expire = 5
    assert refused(SAP().post(intent("HOLD", 11, **IN_SAP), SAP_SETTINGS), s4.base_url).code == "not_allowed"
    assert s4.fetched == 4 and len(s4.posted) == 1
    site.put("Stock Entry", "MAT-X", custom_qms_ref="other", docstatus=0, items=[])
    problem = refused(
        ERPNext()
        .dialect(ERPNEXT)
        .call({"method": "PUT", "path": "/api/resource/Stock%20Entry/MAT-X", "body": {"modified": "old"}}),
        site.base_url,
    )
    assert isinstance(problem, Temporary) and problem.code == "changed_meanwhile"


@pytest.mark.django_db
def test_trap_20_one_bad_row_stands_aside_and_stops_nobody(erp: Any, people: Any) -> None:
    erp.put("uom.uom", 2, name="Broken", factor="many", relative_uom_id=False)
    with connected("odoo", "odoo", erp.base_url, ODOO, people["integration"]) as interface:
        reading = sync.sync(interface=interface, full=True)
        line = reading.run.lines.get(object="units", outcome="failed")
        assert line.external_id == "2" and "'many' is not a number" in line.problem
        assert Item.objects.filter(source="odoo").count() == 3 and reading.run.problem == ""
    erp.load = lambda model, ids, named: {
        "ids": False,
        "messages": [{"message": "<b>No such product</b>", "type": "error"}],
    }
    dialect = Dialect(Json2(ODOO), [])
    problem = refused(dialect.call({"model": "stock.scrap", "method": "load", "named": {}}), erp.base_url)
    assert problem.code == "refused" and problem.message == "No such product", "told per row, with HTTP 200"
