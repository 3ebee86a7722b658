"""Certificates of Augsburg: those of suppliers that came with deliveries, one that a delivery still lacks, and our own for a customer."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from inspection import actions
from inspection.models import Gauge, Inspection, InspectionPlan
from qms.accounts.models import Site
from qms.lib.clock import now
from qms.masterdata.models import Item, Supplier
from qms.records import actions as records

from .plans import BORE, checked, line
from .walk import person, signing

SEAT = (
    {**BORE, "uncertainty": None},
    line("2", "Wall", "3.9", "4.1", nominal=Decimal(4), gauge_kind="caliper"),
    checked("3", "Burr-free edges", "visual", importance="minor"),
)  # fmt: skip
FOUND = ("12.006", "12.009", "12.011", "12.007", "12.01"), ("3.98", "4.02", "4.01", "3.99", "4")
GAUGES = ("BG-0231", "Bore gauge 10-18 mm", "Bore gauge"), ("CA-0127", "Caliper 0-150 mm, digital", "Caliper")
SCREWS = (
    {"characteristic": "1", "value": "16.02", "unit": "mm"},
    {"characteristic": "4", "value": "36", "unit": "HRC"},
)


def load() -> None:
    engineer, manager, site = person("engineer"), person("manager"), Site.objects.get(code="AUG")
    supplier = Supplier.objects.live().order_by("pk").first()
    mill = {"supplier": supplier, "issued_date": now().date() - timedelta(days=9)}
    screws = _recorded(
        site, "FST-M6-16", kind="coa", reference="W-26-3391", lots=["HU-7731"], values=SCREWS,
        claims="Property class 8.8 by ISO 898-1", **mill,
    )  # fmt: skip
    accept = actions.CERTIFICATE_STEPS["accept"]
    accept(certificate=screws, by=manager, signing=signing(manager, f"I accept {screws.number}."))
    billet = _recorded(
        site, "TB-4711", kind="material", reference="MTR 88-1204", lots=["BOX-0418"], heats=["H48213"],
        claims="EN 10204 3.1, EN AW-7075 T6", **mill,
    )  # fmt: skip
    accept(certificate=billet, by=manager, signing=signing(manager, f"I accept {billet.number}."))
    _recorded(site, "FST-M6-16", kind="coc", reference="W-26-3404", lots=["HU-7744"], claims="RoHS, REACH", **mill)
    lot = _released(engineer, site)
    issued, draft = (
        actions.prepare_conformance(
            inspection=lot, by=engineer, customer_name=customer, customer_order=order, delivery=delivery, with_gauges=True,
            quantity=Decimal(quantity), remarks=remark,
        )
        for customer, order, delivery, quantity, remark in (
            ("Flugwerk Nord GmbH", "4500081172", "LS-26-2207", 24, "Packed by the customer's instruction V-12."),
            ("Werft Süd AG", "B-7731", "", 16, ""),
        )
    )  # fmt: skip
    assert draft.state == "DRAFT"
    sentence = f"I certify 24 u of TB-4711 to {issued.customer_name}."
    actions.CONFORMANCE_STEPS["issue"](conformance=issued, by=engineer, signing=signing(engineer, sentence))


def _recorded(site: Site, part: str, **told: Any) -> Any:
    """With a picture of the paper, as a scanner makes it."""
    inspector = person("engineer")
    made = actions.record_certificate(by=inspector, site=site, item=Item.objects.live().get(number=part), **told)
    records.attach(record=made, name=f"{made.reference}.png", content=_scanned(made), by=inspector)
    return made


def _scanned(made: Any) -> bytes:
    sheet = Image.new("RGB", (620, 300), "white")
    words = f"{made.issuer_name}\n{made.reference}\n{made.part_number}\n{made.claims}"
    ImageDraw.Draw(sheet).multiline_text((30, 30), words, fill="black", spacing=12)
    out = BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def _released(by: Any, site: Site) -> Inspection:
    """Forty brackets, five of them measured; released by signature."""
    boss = person("manager")
    plan: InspectionPlan = actions.draft(
        by=by, site=site, item=Item.objects.live().get(number="TB-4711"), characteristics=SEAT, kind="final",
        title="Bearing bracket, final", scheme="fixed", size=5, drawing="TB-4711 B sheet 1", stock_mode="warn",
    )  # fmt: skip
    plan = actions.INSPECTIONPLAN_STEPS["submit"](inspectionplan=plan, by=by)
    plan = actions.INSPECTIONPLAN_STEPS["release"](
        inspectionplan=plan, by=boss, signing=signing(boss, f"I release {plan.number}.")
    )
    lot = actions.create(by=by, plan=plan, quantity=Decimal(40), lot_number="BOX-0418")
    lot = actions.INSPECTION_STEPS["release"](inspection=lot, by=by)
    gauges = [_gauge(by, site, *told) for told in GAUGES]
    cells = [
        actions.Cell(str(row), at, text, gauge=gauge)
        for row, (told, gauge) in enumerate(zip(FOUND, gauges, strict=True), 1)
        for at, text in enumerate(told, 1)
    ]
    cells += [actions.Cell("3", at, "pass") for at in range(1, 6)]
    actions.record_readings(inspection=lot, by=person("inspector"), cells=cells)
    lot = actions.INSPECTION_STEPS["complete"](inspection=lot, by=person("inspector"))
    sentence = f"I release 40 u of {lot.lot_number}."
    return actions.decide(
        inspection=lot, by=by, lines=[actions.Part("unrestricted", Decimal(40))], signing=signing(by, sentence)
    )


def _gauge(by: Any, site: Site, asset: str, description: str, kind: str) -> Gauge:
    day = now().date()
    return actions.register(
        by=by, site=site, asset=asset, description=description, kind=kind, unit="mm", location="Measuring room",
        calibrated_date=day - timedelta(days=80), due_date=day + timedelta(days=285),
    )  # fmt: skip
