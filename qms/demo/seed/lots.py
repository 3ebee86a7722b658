"""Inspections of the demo plant: bought screws whose sample is known and not yet measured, a recheck half done, and one whose
result waits for a decision."""

from decimal import Decimal
from itertools import islice

from inspection import actions
from inspection.models import Inspection, InspectionPlan

from .walk import person


def _opened(part: str, kind: str, quantity: int, lot: str, note: str = "") -> Inspection:
    plan = InspectionPlan.objects.get(part_number=part, kind=kind, state="RELEASED")
    made = actions.create(by=person("engineer"), plan=plan, quantity=Decimal(quantity), lot_number=lot, note=note)
    return actions.INSPECTION_STEPS["release"](inspection=made, by=person("engineer"))


def _read(inspection: Inspection, most: int | None = None) -> Inspection:
    """The first readings, all of them without a number."""
    lines = inspection.characteristics.order_by("position")
    cells = (actions.Cell(line.balloon, sample, "pass") for line in lines for sample in range(1, line.wanted + 1))
    return actions.record_readings(inspection=inspection, by=person("inspector"), cells=list(islice(cells, most)))


def load() -> None:
    _opened("FST-M6-16", "incoming", 2000, "HU-7731", "Second delivery of the week; boxes look sound.")
    _read(_opened("TB-4711", "pre_shipment", 30, "BOX-0412"), most=12)
    whole = _read(_opened("TB-4711", "pre_shipment", 12, "BOX-0415"))
    actions.INSPECTION_STEPS["complete"](inspection=whole, by=person("inspector"))
