"""A caliper of Augsburg that walls were measured with, found out of tolerance afterwards: two lots are in doubt, nobody has judged yet."""

from datetime import timedelta
from decimal import Decimal

from inspection import actions
from inspection.models import Gauge, InspectionPlan
from qms.accounts.models import Site
from qms.lib.clock import now
from qms.masterdata.models import Lot

from .walk import person, signing

ASSET, STANDARD = "CA-0110", "GB-0001"
PART, LOTS = "TB-4711", ("LOT-26-0108", "LOT-26-0111")
WALLS = ("4.03", "3.98", "4.06", "4.01", "3.97")
OUT = (
    {"nominal": "50", "tolerance": "0.03", "found": "50.08", "left": "50.01"},
    {"nominal": "100", "tolerance": "0.03", "found": "100.09", "left": "100.01"},
)


def load() -> None:
    engineer, manager, today = person("engineer"), person("manager"), now().date()
    caliper = actions.register(
        by=engineer, site=Site.objects.get(code="AUG"), asset=ASSET, description="Caliper 0-150 mm, digital", kind="Caliper",
        unit="mm", location="Milling cell 1", keeper=person("inspector"), range_from=Decimal(0), range_to=Decimal(150),
        resolution=Decimal("0.01"), calibrated_date=today - timedelta(days=190), due_date=today + timedelta(days=175),
    )  # fmt: skip
    for number in LOTS:
        _measured(caliper, number)
    made = actions.calibrate(by=engineer, gauge=caliper, performed_date=today, points=OUT, standards=[STANDARD])
    sentence = f"I approve the calibration of {ASSET} of {made.performed_date}: Adjusted, within tolerance now."
    actions.CALIBRATION_STEPS["approve-out"](calibration=made, by=manager, signing=signing(manager, sentence))


def _measured(caliper: Gauge, number: str) -> None:
    """The walls of five brackets; the rest of the characteristics waits."""
    plan = InspectionPlan.objects.get(part_number=PART, kind="in_process", state="RELEASED")
    lot = Lot.objects.live().get(number=number, item__number=PART)
    made = actions.create(by=person("engineer"), plan=plan, quantity=Decimal(40), lot=lot)
    made = actions.INSPECTION_STEPS["release"](inspection=made, by=person("engineer"))
    cells = [
        actions.Cell(balloon, sample, value, gauge=caliper)
        for balloon in ("4.1", "4.2")
        for sample, value in enumerate(WALLS, 1)
    ]
    actions.record_readings(inspection=made, by=person("inspector"), cells=cells)
