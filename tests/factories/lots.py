"""Inspections, made by the acts that make them in life."""

from decimal import Decimal
from typing import Any

from inspection import actions as inspection
from inspection.actions import Cell, Part
from inspection.models import Inspection, InspectionPlan
from ncr.models import DefectCode
from qms.masterdata.models import Lot

from .people import person, signing

LOT_WAY: dict[str, tuple[str, ...]] = {
    "CREATED": (),
    "RELEASED": ("release",),
    "IN_INSPECTION": ("release", "readings"),
    "RESULTS_COMPLETE": ("release", "readings", "complete"),
    "DECIDED": ("release", "readings", "complete", "decide"),
    "POSTED": ("release", "readings", "complete", "decide"),
    "CANCELLED": ("cancel",),
}
DOCK: dict[str, Any] = {"skipping": "dock", "skip_after": 1, "skip_most_lots": 10, "skip_most_days": 180}
BURR: dict[str, Any] = {"balloon": "1", "name": "Burr", "kind": "attribute"}


class Lots:
    """By a plan of its own with one attribute, two pieces, and stock that stays where it is; `state` POSTED needs no posting then."""

    inspectionplan: Any
    post: Any

    def lotplan(self, *, site: str = "AUG", **values: Any) -> InspectionPlan:
        given = {"scheme": "fixed", "size": 2, "aql": None, "switching": "none", "stock_mode": "warn", **values}
        given.setdefault("characteristics", [BURR])
        plan: InspectionPlan = self.inspectionplan(released=True, site=site, **given)
        return plan

    def inspection(
        self, *, state: str = "CREATED", plan: InspectionPlan | None = None, quantity: str = "10", by: str = "engineer",
        site: str = "AUG", bad: int = 0, lot: Lot | None = None, **values: Any,
    ) -> Inspection:  # fmt: skip
        """`bad`: pieces of the sample that do not conform."""
        if state == "SKIPPED":
            return self.skipped(site=site, by=by)
        plan = plan or self.lotplan(site=site, by=by)
        given = {"lot": lot, **values}
        made = inspection.create(by=person(by), plan=plan, quantity=Decimal(quantity), **given)
        way = LOT_WAY[state]
        if state == "DECIDED":
            made = self.lot_step(made, "release", by)
            return self.to_decided(made, by, bad=bad or 1)
        for step in way:
            made = self.lot_step(made, step, by, bad=bad)
        return made

    def lot_step(self, made: Inspection, step: str, by: str = "engineer", *, bad: int = 0) -> Inspection:
        if step == "readings":
            return self.read(made, by, bad=bad)
        if step == "decide":
            return self.usage(made, by, unrestricted=made.quantity)
        reason = {"reason": "the lot went back"} if step == "cancel" else {}
        done: Inspection = inspection.INSPECTION_STEPS[step](inspection=made, by=person(by), **reason)
        return done

    def read(self, made: Inspection, by: str = "engineer", *, bad: int = 0) -> Inspection:
        """Every characteristic of every sample; the first `bad` samples do not conform."""
        cells = []
        for line in made.characteristics.all():
            for sample in range(1, line.wanted + 1):
                good, wrong = ("pass", "fail") if not line.is_measured else (f"{line.lower}", f"{line.upper + 1}")
                cells.append(Cell(line.balloon, sample, wrong if sample <= bad else good))
        return inspection.record_readings(inspection=made, by=person(by), cells=cells)

    def skipped(self, *, site: str = "AUG", by: str = "engineer") -> Inspection:
        """A lot that came by itself, of a part that has earned dock-to-stock by one accepted lot."""
        plan = self.lotplan(site=site, by=by, kind="incoming", **DOCK)
        self.inspection(state="POSTED", plan=plan, site=site, by=by)
        return self.arrived(plan, by=by)

    def arrived(self, plan: InspectionPlan, *, by: str = "engineer", **values: Any) -> Inspection:
        """As the ERP's receipt brings it: released, or skipped."""
        made = inspection.open_lot(plan=plan, quantity=Decimal(10), by=person(by), origin="receipt", **values)
        return inspection.release(inspection=made, by=person(by))

    def usage(
        self, made: Inspection, by: str = "engineer", *, note: str = "", code: str = "", **parts: Any
    ) -> Inspection:
        """`parts`: usage → quantity."""
        lines = [Part(kind, Decimal(quantity)) for kind, quantity in parts.items()]
        found = DefectCode.objects.get(code=code) if code else None
        return inspection.decide(
            inspection=made, by=person(by), lines=lines, signing=signing(person(by)), note=note, defect_code=found
        )

    def to_decided(self, made: Inspection, by: str, *, bad: int) -> Inspection:
        """What is kept back waits for the ERP."""
        made = inspection.complete(inspection=self.read(made, by, bad=bad), by=person(by))
        rest = made.quantity - 3
        return self.usage(made, by, note="sorted 100 %", code="DIM-OUT", unrestricted=rest, blocked=3)
