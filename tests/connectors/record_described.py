"""Take the samples of the described adapters anew: `python -m tests.connectors.record_described`.

They are recorded from the fakes of tests/fakes, which are written from documented wire shapes: they hold our side still, and
prove nothing about the products.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from connectors.adapters.erpnext import ERPNext
from connectors.adapters.generic import Generic
from connectors.adapters.odoo import Odoo
from connectors.adapters.sap import SAP
from connectors.http import Trace, run
from tests.connectors.described import BY_HAND, ERPNEXT, IN_ERPNEXT, IN_SAP, ODOO, SAP_SETTINGS, intent
from tests.connectors.replay import SAMPLES, keep
from tests.fakes import frappe, odoo, sap

Made = tuple[str, Any, dict[str, Any], tuple[Any, ...], AbstractContextManager[Any]]


def all_of_them() -> list[Made]:
    """Name, adapter, settings, movements, fake."""
    frappes = (intent("HOLD", **IN_ERPNEXT), intent("SCRAP", 2, **IN_ERPNEXT))
    saps = (intent("HOLD", **IN_SAP), intent("RETURN", 2, **IN_SAP))
    return [
        ("odoo", Odoo(), ODOO, (intent("HOLD"), intent("SCRAP", 2)), odoo.plant()),
        ("erpnext", ERPNext(), ERPNEXT, frappes, frappe.plant()),
        ("sap", SAP().bound(SAP_SETTINGS), SAP_SETTINGS, saps, sap.plant()),
        ("rest", Generic().bound(BY_HAND), BY_HAND, (intent("HOLD", **IN_ERPNEXT),), frappe.plant()),
    ]


def take(
    name: str, adapter: Any, settings: dict[str, Any], moves: tuple[Any, ...], fake: AbstractContextManager[Any]
) -> None:
    (SAMPLES / name).mkdir(exist_ok=True)
    with fake as server:
        asked = [(of, adapter.pull(of, None, settings)) for of in adapter.objects]
        asked += [(move.kind.value.lower(), adapter.post(move, settings)) for move in moves]
        for of, exchange in asked:
            traces: list[Trace] = []
            result = run(exchange, base_url=server.base_url, recorder=traces.append)
            keep(f"{name}/{of}", traces, server.base_url, result)


if __name__ == "__main__":
    for made in all_of_them():
        take(*made)
