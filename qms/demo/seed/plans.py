"""Inspection plans of both plants: bought screws by the tables, a machined bracket with its geometry, a recheck before shipment; and a
next edition that is still being written."""

from decimal import Decimal
from typing import Any

from inspection import actions
from inspection.models import InspectionPlan
from qms.accounts.models import Site
from qms.masterdata.models import Item

from .walk import person, signing


def line(balloon: str, name: str, low: str = "", high: str = "", **more: Any) -> dict[str, Any]:
    """A measured characteristic in mm unless `more` says otherwise."""
    limits = {"lower": Decimal(low) if low else None, "upper": Decimal(high) if high else None}
    return {"balloon": balloon, "name": name, "unit": "mm" if low or high else "", **limits, **more}


def checked(balloon: str, name: str, kind: str = "attribute", **more: Any) -> dict[str, Any]:
    return {"balloon": balloon, "name": name, "kind": kind, **more}


def callout(symbol: str, tolerance: str, *datums: str, diameter: bool = False, modifier: str = "") -> dict[str, Any]:
    letters = [{"letter": datum, "modifier": ""} for datum in datums]
    return {"symbol": symbol, "tolerance": tolerance, "diameter": diameter, "modifier": modifier, "datums": letters}


SCREW = (
    line("1", "Length under head", "15.65", "16.35", nominal=Decimal(16), gauge_kind="caliper"),
    checked("2", "Thread M6-6g", importance="critical", is_key=True, gauge_kind="thread ring gauge", method="go and no-go"),
    line("3", "Head height", "5.82", "6", nominal=Decimal(6), gauge_kind="caliper", importance="minor"),
    line("4", "Hardness", "32", "39", unit="HRC", gauge_kind="hardness tester", sampling="fixed", sample_size=3),
    checked("5", "Surface", "choice", importance="minor", choices=[
        {"code": "OK", "label": "clean", "accept": True},
        {"code": "SCR", "label": "scratched", "accept": False},
        {"code": "COR", "label": "corroded", "accept": False},
    ]),
)  # fmt: skip
BORE = line(
    "1", "Bore 12 H7", "12", "12.018", nominal=Decimal(12), importance="critical", is_key=True, gauge_kind="bore gauge",
    uncertainty=Decimal("0.002"), reaction="Stop the machine, measure the last five parts, tell the setter.",
)  # fmt: skip
BRACKET = (
    BORE,
    line("2", "Position of the bore", "", "0.1", gauge_kind="CMM", importance="critical",
         callout=callout("position", "0.1", "A", "B", "C", diameter=True, modifier="M")),
    line("3", "Flatness of the base", "", "0.05", gauge_kind="CMM", callout=callout("flatness", "0.05")),
    line("4.1", "Wall, left", "3.9", "4.1", nominal=Decimal(4), gauge_kind="caliper", zone="B4"),
    line("4.2", "Wall, right", "3.9", "4.1", nominal=Decimal(4), gauge_kind="caliper", zone="B6"),
    line("5", "Difference of the walls", "", "0.1", kind="computed", formula="abs(b4_1 - b4_2)"),
    line("6", "Surface roughness Ra", "", "1.6", unit="µm", gauge_kind="roughness tester", sampling="fixed", sample_size=1),
    checked("7", "Burr-free edges", "visual", importance="minor", sampling="all"),
)  # fmt: skip
RECHECK = (
    checked("1", "Part, revision and quantity as ordered", importance="critical", sampling="all"),
    checked("2", "Certificate in the box", importance="major"),
    checked("3", "Packing undamaged", "visual", importance="minor"),
)
ROD = (
    line("1", "直径", "7.97", "8", nominal=Decimal(8), gauge_kind="外径千分尺", importance="critical"),
    line("2", "直线度", "", "0.3", gauge_kind="塞尺", callout=callout("straightness", "0.3", diameter=True)),
    checked("3", "炉批号与质量证明书一致", importance="critical", sampling="all"),
    checked("4", "表面无裂纹、折叠", "visual"),
)
TABLE = {"scheme": "z14_single", "level": "II", "aql": Decimal("1.0"), "switching": "iso"}
# Site, author, who releases, part, what the plan says, its lines, and the sentence that is signed.
PLANS: tuple[tuple[str, str, str, str, dict[str, Any], tuple[dict[str, Any], ...], str], ...] = (
    ("AUG", "engineer", "manager", "FST-M6-16", {"kind": "incoming", "title": "Socket screw, goods in", "certificates": ["coc", "coa"],
     **TABLE}, SCREW,
     "I release %s."),
    ("AUG", "engineer", "manager", "TB-4711", {
        "kind": "in_process", "title": "Bearing bracket after milling", "operation": "30", "scheme": "fixed", "size": 5,
        "stock_mode": "block", "decision_rule": "guard_band", "drawing": "TB-4711 sheet 1",
        "reaction": "A failed critical characteristic holds the lot and calls the quality engineer.",
    }, BRACKET, "I release %s."),
    ("AUG", "engineer", "manager", "TB-4711", {
        "kind": "pre_shipment", "title": "Bearing bracket before shipment", "scheme": "percent", "percent": Decimal(10),
    }, RECHECK, "I release %s."),
    ("SUZ", "gongcheng", "zhuguan", "SZ-RM-TC4-D8", {"kind": "incoming", "title": "钛棒进货检验", **TABLE}, ROD, "我发布 %s。"),
)  # fmt: skip


def load() -> None:
    for site, author, other, part, head, lines, sentence in PLANS:
        plan = actions.draft(
            by=person(author), site=Site.objects.get(code=site), item=Item.objects.live().get(number=part),
            characteristics=lines, **head,
        )  # fmt: skip
        plan = actions.INSPECTIONPLAN_STEPS["submit"](inspectionplan=plan, by=person(author))
        signed = signing(person(other), sentence % plan.number)
        actions.INSPECTIONPLAN_STEPS["release"](inspectionplan=plan, by=person(other), signing=signed)
    bracket = InspectionPlan.objects.get(part_number="TB-4711", kind="in_process")
    following = actions.draft(
        by=person("engineer"),
        site=bracket.site,
        base=bracket,
        note="The fit was too loose at the top of the tolerance.",
    )
    narrower = ({**BORE, "upper": Decimal("12.015")}, *BRACKET[1:])
    rows = [{"uid": row.uid, **told} for row, told in zip(following.characteristics.all(), narrower, strict=True)]
    actions.characterise(inspectionplan=following, by=person("engineer"), characteristics=rows)
