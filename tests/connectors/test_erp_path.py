"""The whole way with a real Tryton: connect, read, hold, document number; refusal, correction, retry."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from django.core.management import call_command

from connectors import outbox, sync
from connectors.models import Attempt, Delivery, Interface
from ncr import actions as ncr
from ncr.models import DefectCode, Nonconformance
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.journal.models import Entry
from qms.lib import crypto
from qms.masterdata.models import Item, Lot, PurchaseOrder, ReceiptLine
from tests.erp import PLANT, Erp

pytestmark = [pytest.mark.erp, pytest.mark.django_db]


@pytest.fixture
def connected(erp: Erp, people, tmp_path) -> Interface:
    file = tmp_path / "erp.json"
    file.write_text(json.dumps(erp.told))
    call_command("connect_erp", file=file)
    return Interface.objects.get(code="tryton")


def reported(people, lot: Lot, quantity: str) -> Nonconformance:
    return ncr.report(
        by=people["inspector"],
        part=lot.item,
        lot=lot,
        quantity=Decimal(quantity),
        defect_code=DefectCode.objects.get(code="DIM-OUT"),
        description="Bore too large",
    )


def held(people, lot: Lot, quantity: str) -> Posting:
    record = reported(people, lot, quantity)
    ncr.request_hold(ncr=record, by=people["engineer"], reason="Contain the lot")
    return Posting.objects.of(record).get()


def carry(posting: Posting) -> Posting:
    while outbox.deliver_next():
        pass
    return Posting.objects.get(pk=posting.pk)


def test_connecting_twice_changes_nothing_and_hides_the_secret(connected, erp, tmp_path, capsys):
    acts = Entry.objects.filter(event="interface.connected")
    assert acts.count() == 1
    file = tmp_path / "erp.json"
    call_command("connect_erp", file=file)
    out = capsys.readouterr().out
    assert acts.count() == 1 and "as before" in out and "ok   locations" in out
    key = erp.told["rest_key"]
    told = [
        connected.credentials,
        json.dumps(connected.settings),
        out,
        *Entry.objects.values_list("payload", flat=True),
    ]
    assert not [text for text in told if key in text]
    assert crypto.unseal(connected.credentials) == {"rest_key": key}
    assert connected.state.next_sync_at


def test_the_real_plant_takes_the_place_of_the_placeholders(connected):
    reading = sync.sync(interface=connected, full=True)
    assert (reading.run.problem, reading.run.failed) == ("", 0)
    live = Item.objects.live().filter(source="tryton")
    assert set(live.values_list("number", flat=True)) >= {item["number"] for item in PLANT["items"]}
    assert not Item.objects.live().filter(external_id__startswith="demo:").exists()
    assert PurchaseOrder.objects.live().filter(source="tryton", supplier=None).count() == 0
    line = ReceiptLine.objects.live().exclude(lot=None).first()
    assert line.lot.item == line.item and line.receipt.supplier and line.order_line.order
    again = sync.sync(interface=connected)
    assert (again.run.created, again.run.updated, again.run.failed) == (0, 0, 0)


def test_a_change_in_the_erp_arrives_and_its_old_content_is_kept(connected, erp):
    sync.sync(interface=connected)
    made = erp.new_lot("LOT-SYNC-1", "TB-4711", 20)
    reading = sync.sync(interface=connected)
    assert ("lots", str(made), "created") in set(reading.run.lines.values_list("object", "external_id", "outcome"))
    erp.manage.write("stock.lot", [made], number="LOT-SYNC-1B")
    reading = sync.sync(interface=connected)
    assert ("lots", str(made), "renamed") in set(reading.run.lines.values_list("object", "external_id", "outcome"))
    assert Lot.objects.get(source="tryton", external_id=str(made)).number == "LOT-SYNC-1B"


def test_a_hold_becomes_a_document_of_the_erp(connected, erp, people):
    made = erp.new_lot("LOT-HOLD-1", "TB-4711", 50)
    sync.sync(interface=connected)
    posting = carry(held(people, Lot.objects.get(source="tryton", external_id=str(made)), "12"))
    assert posting.state == "POSTED", posting.problem
    shipment = erp.manage.find("stock.shipment.internal", [["reference", "=", posting.reference]], ["number", "state"])
    assert [(row["number"], row["state"]) for row in shipment] == [(posting.document_number, "done")]
    assert (erp.stock(made, "STO"), erp.stock(made, "QUA")) == (38, 12)
    record = Nonconformance.objects.get(number=posting.record_number)
    assert record.containment == "confirmed" and record.state == "CONTAINED"
    kept = Attempt.objects.get(delivery__posting=posting)
    assert erp.told["rest_key"] not in kept.exchange and len(json.loads(kept.exchange)) >= 8


def test_a_refusal_is_a_persons_and_is_retried_after_the_correction(connected, erp, people):
    made = erp.new_lot("LOT-HOLD-2", "TB-4711", 5)
    sync.sync(interface=connected)
    posting = carry(held(people, Lot.objects.get(source="tryton", external_id=str(made)), "8"))
    assert (posting.state, posting.problem_code) == ("FAILED", "not_enough_stock")
    assert Delivery.objects.get(posting=posting).state == "DEAD"
    add_stock(erp, made, 20)
    commands.retry(posting=posting, by=people["integration"])
    posting = carry(posting)
    assert posting.state == "POSTED" and posting.document_number
    assert erp.stock(made, "QUA") == 8
    connected.state.refresh_from_db()
    assert connected.state.succeeded_at > connected.state.failed_at and connected.state.problem == ""


def add_stock(erp: Erp, lot: int, quantity: float) -> None:
    """The ERP's people count again and find more."""
    product = erp.manage.find("stock.lot", [["id", "=", lot]], ["product"])[0]["product"]
    count = erp.manage.create(
        "stock.inventory",
        location=erp.id("stock.location", code="STO"),
        empty_quantity="keep",
        lines=[["create", [{"product": product, "lot": lot, "quantity": quantity}]]],
    )
    erp.manage.press("stock.inventory", "confirm", [count])
