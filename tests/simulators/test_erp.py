"""The ERP simulator seen from both sides: by the generic connector as the demo plant configures it, and on its panel."""

import json
import signal
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors import http, outbox, sync
from connectors.models import Attempt, Delivery, InterfaceState
from connectors.registry import connected as line_of
from ncr import actions as ncr
from ncr.models import DefectCode, Hold
from qms import journal
from qms.accounts.models import Site
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.embedded.place import free_port
from qms.masterdata.models import Item, Lot, PurchaseOrder, StockLine, Supplier
from suppliers import actions as blocks
from tests.factories import person, signing
from tests.simulators.running import KEY, Panel, started

pytestmark = pytest.mark.django_db
PROVES = ("G9",)
# Fault of the call that writes → what the first try ends with, what the posting is after the second, and documents in the ERP.
SEEN = {
    "drop_before": ("temporary", "POSTED", 1),
    "drop_after": ("temporary", "POSTED", 1),
    "error": ("temporary", "POSTED", 1),
    "error_after": ("temporary", "POSTED", 1),
    "half_open": ("temporary", "POSTED", 1),
    "silence": ("temporary", "POSTED", 1),
    "delay": ("posted", "POSTED", 1),
    "slow_body": ("posted", "POSTED", 1),
    "reorder": ("posted", "POSTED", 1),
    "wrong_shape": ("posted", "POSTED", 1),
    "duplicate": ("permanent", "NEEDS_DECISION", 2),
}


def asked(quantity: int = 1) -> Posting:
    """A hold on the valves, which asks the ERP to block them."""
    lot = Lot.objects.get(source="erp-sim", number="VB-26-0301")
    record = ncr.report(
        by=person("inspector"), part=lot.item, lot=lot, quantity=Decimal(quantity), description="Seat too large",
        defect_code=DefectCode.objects.get(code="DIM-OUT"),
    )  # fmt: skip
    ncr.request_hold(ncr=record, by=person("engineer"), reason="Contain the lot")
    return Posting.objects.latest("pk")


def deliver() -> None:
    """What is due goes out; the waiting time is over, and the circuit closed."""
    Delivery.objects.filter(state="WAITING").update(next_at="2020-01-01T00:00Z", lease_until=None)
    InterfaceState.objects.update(open_until=None, failures_in_row=0)
    outbox.deliver_next()


def documents(erp: Panel, posting: Posting) -> list[dict[str, Any]]:
    return [row for row in erp.state()["documents"] if row["reference"] == posting.reference]


def test_the_demo_reads_its_plant_by_configuration_alone(connected: Any, erp: Panel) -> None:
    run = sync.sync(interface=connected, full=True).run
    assert (run.problem, run.failed) == ("", 0), list(run.lines.values_list("object", "external_id", "problem"))
    assert set(Item.objects.filter(source="erp-sim").values_list("number", flat=True)) == {
        "VB-2210",
        "VS-2215",
        "RM-BR-B40",
    }
    line = StockLine.objects.get(source="erp-sim", lot__number="VB-26-0302")
    assert (line.place_role, line.quantity) == ("storage", 400)
    assert PurchaseOrder.objects.get(source="erp-sim").supplier.name == "Talheim Drehteile GmbH"
    erp.act("receive")
    again = sync.sync(interface=connected).run
    assert again.created and again.failed == 0
    assert Lot.objects.get(source="erp-sim", number="VB-26-0405").item.number == "VS-2215"
    findings = http.run(line_of(connected).adapter.probe(line_of(connected).settings), base_url=connected.base_url)
    assert [finding.name for finding in findings if not finding.ok] == []


def test_every_fault_of_a_posting_is_seen_from_both_sides(
    connected: Any, erp: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox.postings, "CALL_TIMEOUT", (1.0, 0.5))
    sync.sync(interface=connected, full=True)
    erp.fault("", calls="writes", seconds=0.1)
    for fault, (first, last, count) in SEEN.items():
        posting = asked()
        erp.fault(fault, next=1)
        deliver()
        attempt = Attempt.objects.latest("pk")
        assert (attempt.outcome, erp.met(fault)) == (first, 1), (fault, attempt.problem)
        assert any(row["fault"] == fault for row in erp.state()["log"]), fault
        deliver()
        posting.refresh_from_db()
        booked = documents(erp, posting)
        assert (posting.state, len(booked)) == (last, count), (fault, posting.problem)
        assert last != "POSTED" or posting.document_number == booked[0]["number"]
        assert posting.record_number in str(Hold.objects.latest("pk").ncr)
    erp.fault("", calls="all")


def test_silence_is_an_outage_until_it_ends(connected: Any, erp: Panel) -> None:
    sync.sync(interface=connected, full=True)
    erp.fault("silence", rate=100)
    posting = asked()
    deliver()
    assert sync.sync(interface=connected).was_cut_off and Delivery.objects.get(posting=posting).problem
    assert not documents(erp, posting)
    erp.off()
    deliver()
    posting.refresh_from_db()
    assert posting.state == "POSTED" and len(documents(erp, posting)) == 1


def test_marks_are_set_and_read_back(connected: Any, erp: Panel) -> None:
    sync.sync(interface=connected, full=True)
    line = line_of(connected)
    for name, of, value in (
        ("lot_block", "L002", ""),
        ("supplier_block", "S2", ""),
        ("shipment_block", "CS1", ""),
        ("usage_decision", "L003", "A"),
    ):
        for _ in range(2):
            http.run(line.adapter.mark(name, of, line.settings, value=value), base_url=line.base_url)  # type: ignore[attr-defined]
    assert next(row for row in erp.state()["suppliers"] if row["id"] == "S2")["blocked"] is True
    sync.sync(interface=connected)
    assert not Supplier.objects.get(source="erp-sim", external_id="S2").is_active


def test_what_was_booked_outlives_a_kill(key: Path, tmp_path: Path) -> None:
    store, port = tmp_path / "erp.jsonl", free_port()
    first = started("erp", port, "--key-file", str(key), "--store", str(store))
    told = {"kind": "cost", "reference": "NCR26000001-01", "quantity": "1", "amount": "12.50", "currency": "EUR"}
    booked = first.ask("/api/documents", told, Authorization=f"Bearer {KEY}")["data"]
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    with open(store, "ab") as file:  # killed in the middle of a line that nobody was answered
        file.write(b'["documents", {"id": "2", "ref')
    again = started("erp", port, "--key-file", str(key), "--store", str(store))
    try:
        assert again.state()["documents"] == [booked] and booked["amount"] == "12.50"
        assert again.ask("/api/documents", told, Authorization=f"Bearer {KEY}")["data"]["id"] == "2"
    finally:
        again.process.terminate()
        again.process.wait(10)


def test_a_supplier_block_is_set_read_back_and_lifted(connected: Any, erp: Panel) -> None:
    """The act, its posting, the mark over there, a lost answer, and an order that went there all the same."""
    sync.sync(interface=connected, full=True)
    supplier = Supplier.objects.get(source="erp-sim", external_id="S2")
    manager = person("manager")
    row = blocks.propose(by=person("supplierq"), site=Site.objects.get(code="AUG"), supplier=supplier, reason="Cracks")
    row = blocks.block(supplierblock=row, by=manager, signing=signing(manager))
    erp.fault("drop_after", rate=100)
    deliver()
    posting = Posting.objects.of(row).get()
    assert posting.state == "SENT" and row.level == "advisory"
    erp.off()
    deliver()
    posting.refresh_from_db()
    assert posting.state == "POSTED" and posting.document_number == supplier.number
    assert mark_of(erp, "S2") is True
    row = blocks.ask_lift(supplierblock=row, by=manager, reason="the audit was passed")
    blocks.lift(supplierblock=row, by=manager, signing=signing(manager))
    deliver()
    assert [p.state for p in Posting.objects.of(row)] == ["POSTED", "POSTED"] and mark_of(erp, "S2") is False


def mark_of(erp: Panel, key: str) -> Any:
    return next(row for row in erp.state()["suppliers"] if row["id"] == key)["blocked"]


def test_a_usage_decision_is_asked_once_and_never_taken_back(connected: Any, erp: Panel) -> None:
    sync.sync(interface=connected, full=True)
    lot = Lot.objects.get(source="erp-sim", external_id="L002")
    record = ncr.report(
        by=person("inspector"), part=lot.item, lot=lot, quantity=Decimal(1), description="Seat too large",
        defect_code=DefectCode.objects.get(code="DIM-OUT"),
    )  # fmt: skip
    with journal.act(journal.EVENTS["ncr.edited"], by=person("engineer"), reason="decided") as act:
        posting = commands.request_decision(record=record, lot=lot, code="R", purpose="decision", by=person("engineer"))
        act.record(record)
    deliver()
    posting.refresh_from_db()
    assert (posting.state, Delivery.objects.get(posting=posting).problem, posting.code) == ("POSTED", "", "R")
    assert json.loads(posting.read_back)["row"]["code"] == "R"
