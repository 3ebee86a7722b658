"""The demo plant's master data before a real ERP is connected: the same numbers as the ERP's seed (scripts/erp/plant.json).

External ids begin with "demo:". When a real ERP connects, its rows take over and these are marked gone.
"""

import json
import uuid
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from qms import journal
from qms.accounts.models import Site
from qms.lib.clock import now
from qms.masterdata import events
from qms.masterdata.models import Freshness
from qms.masterdata.specs import SHARED
from qms.masterdata.upsert import resolve_parents, upsert

SOURCE = "tryton"


def plant() -> dict[str, Any]:
    return _read(Path(settings.BASE_DIR) / "scripts" / "erp" / "plant.json")


def second_plant() -> dict[str, Any]:
    """Suzhou has an ERP of its own, with its own parts; that one pushes."""
    return _read(Path(__file__).with_name("suzhou.json"))


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def key(kind: str, number: str) -> str:
    return f"demo:{kind}:{number}"


def rows(data: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Every mirrored object of the plant, in the upsert's own columns."""
    units = sorted({item["unit"] for item in data["items"]})
    orders = data["production_orders"]
    return {
        "units": [row("unit", u, name=u, digits=0 if u in ("u", "件") else 3, category="", factor=None) for u in units],
        "items": [
            row("item", i["number"], name=i["name"], kind=i["kind"], is_active=True, unit_ref=key("unit", i["unit"]))
            for i in data["items"]
        ],
        "suppliers": [
            row("supplier", s["code"], name=s["name"], city=s["city"], is_active=True) for s in data["suppliers"]
        ],
        "work-centers": [row("wc", w["code"], name=w["category"] or w["code"]) for w in data["work_centers"]],
        "operations": [row("op", o["name"], name=o["name"]) for o in data["operations"]],
        "lots": [*_lots(data), *(_lot(o["lot"], o["item"]) for o in orders if o.get("lot"))],
        "purchase-orders": [
            row(
                "po",
                p["number"],
                state_text=p["state"],
                order_date=ago(p["days_ago"]),
                supplier_ref=key("supplier", p["supplier"]),
            )
            for p in data["purchase_orders"]
        ],
        "receipts": [_receipt(data, r) for r in data["receipts"]],
        "production-orders": [
            row(
                "wo",
                o["number"],
                quantity=o["quantity"],
                state_text=o["state"],
                planned_date=ago(o["days_ago"]),
                item_ref=key("item", o["item"]),
                unit_ref=key("unit", unit_of(data, o["item"])),
            )
            for o in orders
        ],
    }


def row(family: str, number: str, /, **values: Any) -> dict[str, Any]:
    return {"external_id": key(family, number), "number": number, "changed_at": None, **values}


def _lot(number: str, item: str) -> dict[str, Any]:
    return row("lot", number, is_active=True, item_ref=key("item", item))


def _lots(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [_lot(line["lot"], line["item"]) for r in data["receipts"] for line in r["lines"] if line.get("lot")]


def _receipt(data: dict[str, Any], receipt: dict[str, Any]) -> dict[str, Any]:
    order = next(p for p in data["purchase_orders"] if p["number"] == receipt["order"])
    return row(
        "gr",
        receipt["number"],
        state_text=receipt["state"],
        receipt_date=ago(receipt["days_ago"]),
        supplier_ref=key("supplier", order["supplier"]),
    )


def unit_of(data: dict[str, Any], number: str) -> str:
    return str(next(i["unit"] for i in data["items"] if i["number"] == number))


def ago(days: int) -> date:
    return now().date() - timedelta(days=days)


def load(*, site: Site, data: dict[str, Any] | None = None, source: str = SOURCE) -> None:
    """The plant's parts, partners, orders and lots."""
    write(rows(data or plant()), site=site, source=source)


def write(found: dict[str, list[dict[str, Any]]], *, site: Site, source: str = SOURCE) -> None:
    """By object, each in an act of its own, as a run of the connector would."""
    run = uuid.uuid4()
    for name, told in found.items():
        with transaction.atomic(), journal.act(events.SYNCED, by=journal.SYSTEM, source="demo") as act:
            site_id = None if name in SHARED else site.pk
            outcome = upsert(object=name, source=source, rows=told, run=run, site_id=site_id)
            act.record(f"mirror:{source}:{name}", _synced(name, source, run, outcome))
            Freshness.objects.update_or_create(source=source, object=name, defaults={"read_at": now()})
    resolve_parents(source=source)


def _synced(name: str, source: str, run: Any, outcome: Any) -> events.Synced:
    return events.Synced(
        object=name,
        source=source,
        run=str(run),
        created=len(outcome.created),
        updated=len(outcome.updated),
        unchanged=outcome.unchanged,
        failed=0,
        digest="",
    )
