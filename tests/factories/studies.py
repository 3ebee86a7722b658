"""Studies of measurement systems, made by the acts that make them in life."""

from typing import Any

from inspection import actions as inspection
from inspection.models import Gauge, MsaStudy
from qms.lib.clock import now

from .people import person, signing

# Two people, three parts, two readings each: the parts differ far more than the people.
ROWS = [
    {"appraiser": who, "part": part, "values": [f"{base + off:.3f}" for off in offs]}
    for who, offs in (("Berg", (0.000, 0.001)), ("Kolb", (0.001, 0.002)))
    for part, base in (("1", 10.0), ("2", 10.05), ("3", 9.95))
]


class Studies:
    gauge: Any

    def msastudy(
        self,
        *,
        state: str = "DRAFT",
        site: str = "AUG",
        gauge: Gauge | None = None,
        kind: str = "crossed",
        **values: Any,
    ) -> MsaStudy:
        """Of a gauge of its own; the engineer records, the manager signs."""
        who, other = ("engineer", "manager") if site == "AUG" else ("gongcheng", "zhuguan")
        gauge = gauge or self.gauge(site=site, by=who)
        given = {"characteristic": "Bore", "performed_date": now().date(), "tolerance": "0.2", "rows": ROWS, **values}
        made = inspection.study(by=person(who), gauge=gauge, kind=kind, **given)
        steps, boss = inspection.MSASTUDY_STEPS, person(other)
        if state == "CANCELLED":
            return steps["cancel"](msastudy=made, by=person(who), reason="the sheet of another gauge")
        if state == "APPROVED":
            return steps["approve"](msastudy=made, by=boss, signing=signing(boss), reason="May be used for the bore.")
        return made
