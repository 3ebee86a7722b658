"""Gauges of the demo plants: in order, due soon, overdue, one found out of tolerance whose impact waits to be judged, and what studies
of their measurement systems say of them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from inspection import actions
from inspection.models import Gauge
from qms.accounts.models import Site
from qms.lib.clock import now

from .walk import person, signing

STANDARD = "GB-0001"
# Asset, what it is, kind, range, resolution, where, days since the last calibration, days to the next one.
AUGSBURG = (
    (STANDARD, "Gauge block set, grade 0, 32 pieces", "Gauge block", 0, 100, "0.001", "Measuring room", 120, 245),
    ("CA-0102", "Caliper 0-150 mm, digital", "Caliper", 0, 150, "0.01", "Turning cell 2", 200, 165),
    ("MM-0207", "Micrometer 0-25 mm", "Micrometer", 0, 25, "0.001", "Turning cell 2", 351, 14),
    ("BG-0311", "Bore gauge 10-18 mm", "Bore gauge", 10, 18, "0.001", "Milling cell 1", 371, -6),
    ("MM-0215", "Micrometer 25-50 mm", "Micrometer", 25, 50, "0.001", "Goods-in", 180, 185),
)
SUZHOU = (("KC-0031", "数显卡尺 0-150 mm", "卡尺", 0, 150, "0.01", "来料检验", 90, 275),)
# Two people, five shafts, two readings each, in thousandths above 12 mm.
SHAFTS = {
    "Berg": ((4, 5), (11, 11), (-3, -2), (8, 8), (0, 1)),
    "Kolb": ((5, 5), (11, 12), (-2, -2), (8, 9), (1, 1)),
}


def load() -> None:
    engineer, manager = person("engineer"), person("manager")
    made = {row[0]: _registered(engineer, "AUG", row) for row in AUGSBURG}
    for row in SUZHOU:
        _registered(person("gongcheng"), "SUZ", row)
    given: dict[str, Any] = {"performed_date": now().date() - timedelta(days=2), "standards": [STANDARD]}
    good = [{"nominal": at, "tolerance": "0.03", "found": at, "left": ""} for at in ("50", "100")]
    fine = actions.calibrate(by=engineer, gauge=made["CA-0102"], points=good, **given)
    sentence = f"I approve the calibration of CA-0102 of {fine.performed_date}: Passed."
    actions.CALIBRATION_STEPS["approve"](calibration=fine, by=manager, signing=signing(manager, sentence))
    bad = [{"nominal": "50", "tolerance": "0.004", "found": "50.009", "left": "50.001"}]
    out = actions.calibrate(by=engineer, gauge=made["MM-0215"], points=bad, **given)
    sentence = f"I approve the calibration of MM-0215 of {out.performed_date}: Adjusted, within tolerance now."
    actions.CALIBRATION_STEPS["approve-out"](calibration=out, by=manager, signing=signing(manager, sentence))
    _studied(made["MM-0207"], engineer, manager)


def _registered(by: Any, site: str, row: tuple[Any, ...]) -> Gauge:
    asset, description, kind, low, high, resolution, where, since, until = row
    today = now().date()
    return actions.register(
        by=by, site=Site.objects.get(code=site), asset=asset, description=description, kind=kind, unit="mm", location=where,
        range_from=Decimal(low), range_to=Decimal(high), resolution=Decimal(resolution),
        calibrated_date=today - timedelta(days=since), due_date=today + timedelta(days=until),
    )  # fmt: skip


def _studied(gauge: Gauge, engineer: Any, manager: Any) -> None:
    """One study concluded; another waits for its conclusion."""
    rows = [
        {"appraiser": who, "part": str(place), "values": [str(12 + Decimal(each) / 1000) for each in pair]}
        for who, pairs in SHAFTS.items()
        for place, pair in enumerate(pairs, 1)
    ]
    given: dict[str, Any] = {"gauge": gauge, "by": engineer, "performed_date": now().date() - timedelta(days=9)}
    made = actions.study(kind="crossed", characteristic="Shaft Ø 12 h9", tolerance="0.043", rows=rows, **given)
    sentence = f"I conclude the study of {gauge.asset} for “{made.characteristic}”: {made.told}."
    why = "May be used for tolerances of 0.04 mm and wider; narrower ones go to the measuring room."
    actions.MSASTUDY_STEPS["approve"](msastudy=made, by=manager, signing=signing(manager, sentence), reason=why)
    values = ["12.001", "12.002", "12", "12.001", "12.001", "12.002", "12.001", "12", "12.001", "12.002"]
    actions.study(
        kind="type_one",
        characteristic="Gauge block 12 mm",
        tolerance="0.043",
        reference="12",
        rows=[{"values": values}],
        **given,
    )
