"""Scene D: a gauge out of tolerance; 37 readings, 4 lots and 1 shipment are in doubt; the ERP holds the lots, the customer is told."""

from decimal import Decimal
from typing import Any

import pytest

from connectors import outbox, sync
from connectors.models import Delivery
from inspection import actions, queries
from inspection.models import Calibration, Gauge
from ncr.models import DefectCode, Hold
from qms.lib.clock import now
from qms.masterdata.models import Lot
from tests.factories import person, signing
from tests.simulators.running import KEY, Panel

pytestmark = pytest.mark.django_db
PROVES = ("11.10(a)", "11.10(f)")
READ = {"VB-26-0301": 12, "VB-26-0302": 10, "VS-26-0107": 8, "BR-26-0040": 7}  # 37 readings
SEAT = {"balloon": "1", "name": "Seat", "lower": Decimal("19.98"), "upper": Decimal("20.02"), "unit": "mm"}


def carried() -> None:
    Delivery.objects.filter(state="WAITING").update(next_at="2020-01-01T00:00Z", lease_until=None)
    while outbox.deliver_next():
        pass


def read(make: Any, gauge: Gauge, number: str, count: int) -> None:
    lot = Lot.objects.select_related("item").get(number=number)
    plan = make.lotplan(item=lot.item.number, kind="final", size=count, characteristics=[SEAT])
    made = make.inspection(state="RELEASED", plan=plan, lot=lot, quantity="100")
    cells = [actions.Cell("1", sample, "20.001", gauge=gauge) for sample in range(1, count + 1)]
    actions.record_readings(inspection=made, by=person("inspector"), cells=cells)


def in_quarantine(erp: Panel, lot: str) -> Decimal:
    rows = erp.ask("/api/stock", Authorization=f"Bearer {KEY}")["data"]
    return sum(
        (Decimal(row["quantity"]) for row in rows if row["lot"] == lot and row["place"] == "V-BLOCKED"), Decimal()
    )


def test_from_the_bad_gauge_to_the_held_lots_and_the_told_customer(connected: Any, erp: Panel, make: Any) -> None:
    assert sync.sync(interface=connected, full=True).run.failed == 0
    gauge = make.gauge()
    for number, count in READ.items():
        read(make, gauge, number, count)
    bad: Calibration = make.calibration(state="IMPACT", gauge=gauge)
    uses = queries.uses_since(bad)
    kinds = {kind: [use for use in uses if use.kind == kind] for kind in ("readings", "lot", "shipment")}
    assert sum(use.count for use in kinds["readings"]) == 37
    assert sorted(use.label for use in kinds["lot"]) == sorted(READ) and len(kinds["shipment"]) == 1
    assert Gauge.objects.get(pk=gauge.pk).state == "OUT_OF_SERVICE"

    doubtful = queries.doubtful(bad)  # what lies in storage stands in the form already: one click
    assert len(doubtful) == 4 and all(one.can_be_held for one in doubtful)
    actions.hold_lots(
        calibration=bad, by=person("engineer"), reason="measured with a gauge out of tolerance",
        lots=[actions.HeldLot(one.lot, one.quantity) for one in doubtful], defect_code=DefectCode.objects.get(code="DIM-OUT"),
    )  # fmt: skip
    carried()
    holds = Hold.objects.filter(pk__in=bad.holds.values("hold"))
    assert {hold.state for hold in holds} == {"ACTIVE"} and holds.count() == 4
    assert in_quarantine(erp, "L001") == 400 and in_quarantine(erp, "L004") == 900

    told = {"shipment": "CS-V-0001", "customer_name": "Armaturen Ost", "contact": "Mr Weiss, quality", "means": "mail"}
    actions.CALIBRATION_STEPS["notify"](
        calibration=bad, by=person("engineer"), told_date=now().date(), text="100 valve bodies are in doubt.", **told
    )
    who = person("manager")
    done = actions.CALIBRATION_STEPS["judge"](
        calibration=Calibration.objects.get(pk=bad.pk), by=who, impact="affected", reason="The error eats the tolerance.",
        signing=signing(who),
    )  # fmt: skip
    signed = done.signed_content()
    assert done.state == "APPROVED" and signed["notices"][0]["customer_name"] == "Armaturen Ost"
    assert sum(use["count"] for use in signed["impact_seen"] if use["kind"] == "readings") == 37
