"""Odoo, spoken to in both its protocols against a fake that was written from the wire shapes: read, post, and the whole way."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from connectors import outbox, sync
from connectors.adapters.odoo import Odoo
from connectors.base import Permanent, Temporary
from connectors.http import Trace, run
from ncr import actions as ncr
from ncr.models import DefectCode
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.masterdata.models import BomLine, Item, Lot, PurchaseOrderLine, StockLine
from tests.connectors.described import ODOO, ODOO_17, Losing, connected, every_key, intent, pull
from tests.fakes.odoo import FakeOdoo, plant

BOTH = pytest.mark.parametrize("settings", [ODOO, ODOO_17], ids=["json/2", "jsonrpc"])


@pytest.fixture
def odoo() -> Any:
    with plant() as made:
        yield made


def post(odoo: FakeOdoo, asked: Any, settings: Any = ODOO, session: Any = None) -> Any:
    return run(Odoo().post(asked, settings), base_url=odoo.base_url, session=session)


@BOTH
def test_every_object_is_read_and_probed(odoo: FakeOdoo, settings: Any) -> None:
    adapter = Odoo()
    findings = run(adapter.probe(settings), base_url=odoo.base_url)
    assert [finding for finding in findings if not finding.ok] == []
    assert "not tried against the product" in findings[0].detail
    for name in adapter.objects:
        records, _cursor, page = pull(adapter, name, {**settings, "page_size": 2}, odoo.base_url)
        assert records and not page.bad, (name, page.bad)
        one = run(adapter.read_one(name, records[0].external_id, settings), base_url=odoo.base_url)
        assert one == records[0], name
        assert sorted(every_key(adapter, name, {**settings, "page_size": 2}, odoo.base_url)) == sorted(
            record.external_id for record in records
        )
    bom = pull(adapter, "boms", settings, odoo.base_url)[0][0]
    assert (bom.item_id, [(line.item_id, line.quantity) for line in bom.lines]) == ("7", [("8", Decimal("4.0"))])
    order = pull(adapter, "purchase-orders", settings, odoo.base_url)[0][0]
    assert [line.unit_id for line in order.lines] == ["3"], "a heading is no line; dozens stay dozens"


@BOTH
def test_scrap_and_quarantine_move_once_however_often_they_are_asked_for(odoo: FakeOdoo, settings: Any) -> None:
    scrap, hold = intent("SCRAP", 1), intent("HOLD", 2)
    assert post(odoo, scrap, settings) == post(odoo, scrap, settings)
    held = post(odoo, hold, settings)
    assert post(odoo, hold, settings) == held and held.document_number.startswith("WH/INT/")
    assert [kind for kind, _key in odoo.moved] == ["scrap", "picking"]
    assert odoo.models["stock.quant"][13]["available_quantity"] == 72.0


@pytest.mark.parametrize("carried_out", [True, False], ids=["answer lost", "call lost"])
def test_the_line_breaks_at_every_call_and_the_stock_moves_once(odoo: FakeOdoo, carried_out: bool) -> None:
    for at in range(9):
        asked = intent("HOLD", at, quantity=Decimal(2))
        line = Losing(at, carried_out=carried_out)
        with pytest.raises(Temporary):
            post(odoo, asked, session=line)
        assert post(odoo, asked).state == "done"
        assert len(odoo.moved) == at + 1, f"call {at}"


def test_too_little_stock_and_a_foreign_document_are_a_persons(odoo: FakeOdoo) -> None:
    with pytest.raises(Permanent) as caught:
        post(odoo, intent("HOLD", 1, quantity=Decimal(500)))
    assert caught.value.code == "not_enough_stock" and "80" in caught.value.message
    post(odoo, intent("SCRAP", 2))
    with pytest.raises(Permanent) as caught:
        post(odoo, replace(intent("SCRAP", 2), quantity=Decimal(5)))
    assert caught.value.code == "reference_conflict"
    with pytest.raises(Permanent) as caught:
        post(odoo, intent("RETURN", 3))
    assert caught.value.code == "unsupported"
    with pytest.raises(Permanent) as caught:
        post(odoo, intent("SCRAP", 4), {**ODOO, "rest_key": "stolen"})
    assert caught.value.code == "not_signed_in" and "Traceback" not in str(caught.value)


@BOTH
def test_a_traceback_of_the_erp_is_neither_told_nor_kept(odoo: FakeOdoo, settings: Any) -> None:
    traces: list[Trace] = []
    exchange = Odoo().dialect(settings).call({"model": "stock.scrap", "method": "_private"})
    with pytest.raises(Permanent) as caught:
        run(exchange, base_url=odoo.base_url, recorder=traces.append)
    assert caught.value.code == "not_allowed" and "/opt/odoo" not in caught.value.message
    assert traces and b"/opt/odoo" not in traces[-1].response_body


@pytest.mark.django_db
def test_what_the_erp_asks_a_person_waits_for_a_decision(odoo: FakeOdoo, people: Any, make: Any) -> None:
    with connected("odoo", "odoo", odoo.base_url, ODOO, people["integration"]) as interface:
        sync.sync(interface=interface, full=True)
        lot = Lot.objects.get(source="odoo", external_id="1")
        posting = commands.request_posting(
            record=make.report(), kind="SCRAP", purpose="test:0", lot=lot, quantity=Decimal(4), by=people["engineer"]
        )
        while outbox.deliver_next():
            pass
        posting = Posting.objects.get(pk=posting.pk)
        assert (posting.state, posting.problem_code) == ("NEEDS_DECISION", "needs_person") and odoo.moved == []
        quarantined = {"product_id": [7, "x"], "lot_id": [1, "x"], "location_id": [17, "WH/Quarantine"]}
        odoo.put("stock.quant", 14, **quarantined, quantity=4.0, available_quantity=4.0, product_uom_id=[1, "Units"])
        commands.retry(posting=posting, by=people["integration"])
        while outbox.deliver_next():
            pass
        assert Posting.objects.get(pk=posting.pk).state == "POSTED" and odoo.moved == [("scrap", 100)]


@pytest.mark.django_db
def test_from_the_first_reading_to_the_document_number(odoo: FakeOdoo, people: Any) -> None:
    with connected("odoo", "odoo", odoo.base_url, ODOO, people["integration"]) as interface:
        reading = sync.sync(interface=interface, full=True)
        assert (reading.run.problem, reading.run.failed) == ("", 0)
        assert Item.objects.get(source="odoo", external_id="9").number == "#9"
        assert BomLine.objects.get(source="odoo").item.number == "CST-1"
        assert PurchaseOrderLine.objects.get(source="odoo").unit.number == "Dozens"
        assert StockLine.objects.get(source="odoo").place_role == "storage"
        again = sync.sync(interface=interface)
        assert (again.run.created, again.run.updated, again.run.failed) == (0, 0, 0)

        lot = Lot.objects.get(source="odoo", external_id="1")
        record = ncr.report(
            by=people["inspector"], part=lot.item, lot=lot, quantity=Decimal(12), description="Bore too large",
            defect_code=DefectCode.objects.get(code="DIM-OUT"),
        )  # fmt: skip
        ncr.request_hold(ncr=record, by=people["engineer"], reason="Contain the lot")
        while outbox.deliver_next():
            pass
        posting = Posting.objects.of(record).get()
        assert (posting.state, posting.document_number) == ("POSTED", "WH/INT/00100"), posting.problem
        assert odoo.moved == [("picking", 100)] and odoo.models["stock.picking"][100]["origin"] == posting.reference
