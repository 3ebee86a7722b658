"""Suppliers, their orders and their blocks; rows of the mirror come as a synchronisation brings them."""

import itertools
from typing import Any

from qms import journal
from qms.accounts.models import Site
from qms.lib.ids import uuid7
from qms.masterdata.events import SYNCED, Synced
from qms.masterdata.models import PurchaseOrder, Shipment, Supplier
from qms.masterdata.upsert import resolve_parents, upsert
from suppliers import actions as suppliers
from suppliers.models import SupplierBlock

from .people import person, signing

COUNT = itertools.count(1)
SOURCE = "tryton"


def synced(object: str, rows: list[dict[str, Any]], *, source: str = SOURCE) -> None:
    """As a reading ends: rows, parents, then the act that says so."""
    with journal.act(SYNCED, by=journal.SYSTEM, source="test") as act:
        upsert(object=object, source=source, rows=rows, run=uuid7())
        resolve_parents(source=source)
        act.record(f"mirror:{source}:{object}", Synced(object, source, "x", len(rows), 0, 0, 0, ""))


def shipment(name: str = "CS-ROWS") -> Shipment:
    """One without a line, made when it is asked for first."""
    if not Shipment.objects.filter(external_id=name).exists():
        synced("shipments", [{"external_id": name, "number": name, "changed_at": None}])
    return Shipment.objects.get(external_id=name)


class Buying:
    def supplier(self, name: str = "Forge & Sons", source: str = SOURCE) -> Supplier:
        key = f"made-{next(COUNT)}"
        row = {"external_id": key, "number": key.upper(), "name": name, "changed_at": None, "is_active": True}
        synced("suppliers", [row], source=source)
        return Supplier.objects.get(source=source, external_id=key)

    def purchase_order(self, supplier: Supplier, *, date: Any = None, item: Any = None) -> PurchaseOrder:
        key = f"po-{next(COUNT)}"
        row = {"external_id": key, "number": key.upper(), "supplier_ref": supplier.external_id, "changed_at": None}
        if item:
            self.order_line(key, item)
        synced("purchase-orders", [{**row, "order_date": date}], source=supplier.source)
        return PurchaseOrder.objects.get(source=supplier.source, external_id=key)

    def order_line(self, order: str, item: Any) -> None:
        key = f"{order}-{next(COUNT)}"
        row = {"external_id": key, "number": key, "order_ref": order, "item_ref": item.external_id, "changed_at": None}
        synced("purchase-order-lines", [row], source=item.source)

    def receipt(self, supplier: Supplier, lot: Any) -> None:
        key = f"rc-{next(COUNT)}"
        row = {"external_id": key, "number": key.upper(), "changed_at": None}
        synced("receipts", [{**row, "supplier_ref": supplier.external_id}], source=supplier.source)
        line = {**row, "receipt_ref": key, "lot_ref": lot.external_id, "item_ref": lot.item.external_id}
        synced("receipt-lines", [line], source=supplier.source)

    def supplierblock(
        self, *, state: str = "PROPOSED", site: str = "AUG", by: str = "", reason: str = "", **values: Any
    ) -> SupplierBlock:
        """In force and later: with an order that waits for an answer."""
        who = person(by or ("supplierq" if site == "AUG" else "gongcheng"))
        supplier = values.pop("supplier", None) or self.supplier()
        made = suppliers.propose(
            by=who,
            site=Site.objects.get(code=site),
            supplier=supplier,
            reason=reason or "Three lots refused in a month",
            **values,
        )
        if state == "CANCELLED":
            return suppliers.cancel(supplierblock=made, by=who, reason="settled with the supplier")
        if state == "PROPOSED":
            return made
        manager = person("manager")
        made = suppliers.block(supplierblock=made, by=manager, signing=signing(manager))
        self.purchase_order(supplier, item=made.item)
        if state in ("LIFT_PROPOSED", "LIFTED"):
            made = suppliers.ask_lift(supplierblock=made, by=who, reason="the audit was passed")
        if state == "LIFTED":
            made = suppliers.lift(supplierblock=made, by=manager, signing=signing(manager))
        return made
