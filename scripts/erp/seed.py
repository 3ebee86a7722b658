"""A small machining plant for aerospace and medical parts, entered through Tryton's own interface.

The names and numbers come from plant.json, which the QMS's demo plant reads as well. Dates are counted back from today.
"""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import place
from rpc import Rpc
from seed_orders import make_orders

GROUPS = ("Stock", "Production", "Purchase")  # what the connector's user needs; never Stock Force Assignment
SEQUENCES = {
    "Purchase": "PO-26-",
    "Supplier Shipment": "GR-26-",
    "Internal Shipment": "IS-26-",
    "Production": "WO-26-",
    "Customer Shipment": "CS-26-",
}


def locations() -> dict[str, str]:
    """Which location codes mean storage, quarantine and scrap."""
    return dict(json.loads(place.PLANT.read_text())["locations"])


class Plant:
    """What was made so far, by the plant's own names."""

    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc
        self.plan: dict[str, Any] = json.loads(place.PLANT.read_text())
        self.today = dt.datetime.now(dt.UTC).date()
        self.units: dict[str, int] = {}
        self.items: dict[str, int] = {}
        self.item_unit: dict[str, int] = {}
        self.suppliers: dict[str, int] = {}
        self.locations: dict[str, int] = {}
        self.centers: dict[str, int] = {}
        self.routings: dict[str, int] = {}
        self.boms: dict[str, int] = {}
        self.lots: dict[str, int] = {}
        self.currency = self.warehouse = self.company = 0

    def day(self, days_ago: int) -> dt.date:
        return self.today - dt.timedelta(days=days_ago)

    def lot(self, number: str, item: str) -> int:
        if number not in self.lots:
            self.lots[number] = self.rpc.create("stock.lot", number=number, product=self.items[item])
        return self.lots[number]


def seed(url: str, database: str, secret: dict[str, str]) -> None:
    """Fill an empty database. Runs once; the result is kept as a template."""
    plant = Plant(Rpc(url, database, "admin", secret["admin"]))
    make_company(plant)
    make_places(plant)
    make_items(plant)
    make_suppliers(plant)
    make_shop(plant)
    make_orders(plant)
    make_connector_user(plant.rpc, secret)


def make_company(plant: Plant) -> None:
    rpc, plan = plant.rpc, plant.plan["company"]
    plant.currency = rpc.create(
        "currency.currency", name="Euro", symbol="€", code="EUR", numeric_code="978", rounding=Decimal("0.01"), digits=2
    )
    party = rpc.create("party.party", name=plan["name"], code="PLANT", addresses=[["create", [{"city": "Lund"}]]])
    plant.company = rpc.create("company.company", party=party, currency=plant.currency, timezone="Europe/Stockholm")
    user = rpc.id_of("res.user", [["login", "=", "admin"]])
    rpc.write("res.user", [user], companies=[["add", [plant.company]]], company=plant.company)
    rpc.refresh()
    person = rpc.create("party.party", name=plan["employee"], code="EMP-01", addresses=[["create", [{"city": "Lund"}]]])
    employee = rpc.create("company.employee", party=person, company=plant.company)
    rpc.write("res.user", [user], employees=[["add", [employee]]], employee=employee)
    rpc.refresh()
    for name, prefix in SEQUENCES.items():
        rpc.write("ir.sequence", [rpc.id_of("ir.sequence", [["name", "=", name]])], prefix=prefix, padding=4)


def make_places(plant: Plant) -> None:
    """QUA stands beside the storage zone, not in it: what lies there cannot be assigned to an order."""
    rpc = plant.rpc
    plant.units = {row["symbol"]: row["id"] for row in rpc.find("product.uom", [], ["symbol"])}
    plant.locations = {row["code"]: row["id"] for row in rpc.find("stock.location", [["code", "!=", None]], ["code"])}
    plant.warehouse = plant.locations["WH"]
    made = rpc.create_many(
        "stock.location",
        [
            {"name": "Quarantine", "code": "QUA", "type": "storage", "parent": plant.warehouse},
            {"name": "Scrap", "code": "SCRAP", "type": "lost_found"},
        ],
    )
    plant.locations |= dict(zip(("QUA", "SCRAP"), made, strict=True))


def make_items(plant: Plant) -> None:
    rows = []
    for item in plant.plan["items"]:
        unit, made = plant.units[item["unit"]], item["kind"] == "made"
        rows.append(
            {
                "name": item["name"],
                "code": item["number"],
                "type": "goods",
                "default_uom": unit,
                "purchase_uom": unit,
                "producible": made,
                "purchasable": not made,
                "cost_price_method": "fixed",
                "lot_required": ["supplier", "customer", "lost_found", "storage", "production"],
                "list_price": Decimal(item["cost"]) * 2,
                "products": [["create", [{"cost_price": Decimal(item["cost"])}]]],
            }
        )
        plant.item_unit[item["number"]] = unit
    templates = plant.rpc.create_many("product.template", rows)
    found = plant.rpc.find("product.product", [["template", "in", templates]], ["code"])
    plant.items = {row["code"]: row["id"] for row in found}


def make_suppliers(plant: Plant) -> None:
    rows = []
    for party in plant.plan["suppliers"] + plant.plan["customers"]:
        contact = [["create", [{"type": "email", "value": f"quality@{party['code'].lower()}.test"}]]]
        address = [["create", [{"city": party.get("city", "Lund")}]]]
        rows.append({"name": party["name"], "code": party["code"], "addresses": address, "contact_mechanisms": contact})
    made = plant.rpc.create_many("party.party", rows)
    plant.suppliers = {row["code"]: party for row, party in zip(rows, made, strict=True)}
    approved = []
    for party in plant.plan["suppliers"]:
        for item in party["supplies"]:
            template = plant.rpc.find("product.product", [["id", "=", plant.items[item]]], ["template"])[0]["template"]
            approved.append(
                {
                    "party": plant.suppliers[party["code"]],
                    "template": template,
                    "currency": plant.currency,
                    "code": f"{party['code']}/{item}",
                }
            )
    plant.rpc.create_many("purchase.product_supplier", approved)


def make_shop(plant: Plant) -> None:
    """Work centres, operations, routings and bills of material."""
    rpc, plan = plant.rpc, plant.plan
    names = sorted({row["category"] for row in plan["operations"]})
    made = rpc.create_many("production.work.center.category", [{"name": name} for name in names])
    category = dict(zip(names, made, strict=True))
    for row in plan["work_centers"]:
        plant.centers[row["code"]] = rpc.create(
            "production.work.center",
            name=row["code"],
            category=category.get(row["category"]),
            cost_method="hour",
            cost_price=Decimal("65.0000"),
            warehouse=plant.warehouse,
            parent=plant.centers.get("WC-SHOP"),
        )
    rows = [{"name": row["name"], "work_center_category": category[row["category"]]} for row in plan["operations"]]
    made = rpc.create_many("production.routing.operation", rows)
    operation = {row["name"]: number for row, number in zip(rows, made, strict=True)}
    for row in plan["routings"]:
        steps = [{"sequence": n * 10, "operation": operation[name]} for n, name in enumerate(row["operations"], 1)]
        plant.routings[row["name"]] = rpc.create("production.routing", name=row["name"], steps=[["create", steps]])
    for row in plan["boms"]:
        inputs = [_part(plant, item, quantity) for item, quantity in row["inputs"].items()]
        plant.boms[row["item"]] = rpc.create(
            "production.bom",
            name=row["name"],
            inputs=[["create", inputs]],
            outputs=[["create", [_part(plant, row["item"], "1")]]],
            routings=[["add", [plant.routings[row["routing"]]]]],
        )
        link = {"bom": plant.boms[row["item"]], "routing": plant.routings[row["routing"]]}
        rpc.write("product.product", [plant.items[row["item"]]], boms=[["create", [link]]])


def _part(plant: Plant, item: str, quantity: str) -> dict[str, Any]:
    return {"product": plant.items[item], "quantity": float(quantity), "unit": plant.item_unit[item]}


def make_connector_user(rpc: Rpc, secret: dict[str, str]) -> None:
    """The account that the QMS signs in with, and its key for the REST interface."""
    groups = [rpc.id_of("res.group", [["name", "=", name]]) for name in GROUPS]
    company = rpc.context["company"]
    user = rpc.create(
        "res.user",
        name="QMS connector",
        login="qms",
        password=secret["qms"],
        groups=[["add", groups]],
        companies=[["add", [company]]],
        company=company,
    )
    rpc.create("res.user.application", user=user, application="rest", key=secret["rest"])
