"""Which columns a mirrored object has and which parents it names: one line per object, read by the upsert."""

from dataclasses import dataclass
from typing import Any

from . import models

Parents = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Spec:
    """`columns` come from the message; each parent (`item`) is found through its `item_ref` within the same source."""

    object: str
    model: Any
    columns: tuple[str, ...]
    parents: Parents = ()
    owner: str = ""  # the parent whose content lists this child: children it no longer lists are gone

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def refs(self) -> tuple[str, ...]:
        return tuple(f"{name}_ref" for name, _ in self.parents)


# Masters of the whole company; everything else belongs to the site of the interface that brought it.
SHARED = frozenset({"units", "items", "revisions", "suppliers", "customers", "operations", "routings", "boms"})
M = models
UNIT, ITEM, LOT = ("unit", M.Unit), ("item", M.Item), ("lot", M.Lot)
OPERATION, WORK_CENTER = ("operation", M.Operation), ("work_center", M.WorkCenter)
PARTNER = ("name", "city", "is_active")
# In the order of their dependencies: lines behind their documents.
SPECS = {
    spec.object: spec
    for spec in (
        Spec("units", M.Unit, ("name", "digits", "category", "factor")),
        Spec("items", M.Item, ("name", "kind", "is_active"), (UNIT,)),
        Spec("revisions", M.Revision, ("description", "valid_from", "state_text"), (ITEM,)),
        Spec("suppliers", M.Supplier, PARTNER),
        Spec("customers", M.Customer, PARTNER),
        Spec("work-centers", M.WorkCenter, ("name",)),
        Spec("operations", M.Operation, ("name",)),
        Spec("equipment", M.Equipment, ("name", "kind", "is_active"), (WORK_CENTER,)),
        Spec("routings", M.Routing, ("name", "is_active")),
        Spec(
            "routing-steps",
            M.RoutingStep,
            ("sequence",),
            (("routing", M.Routing), OPERATION, WORK_CENTER),
            "routing",
        ),
        Spec("boms", M.Bom, ("name", "revision", "quantity", "is_active"), (ITEM, ("routing", M.Routing), UNIT)),
        Spec("bom-lines", M.BomLine, ("quantity",), (("bom", M.Bom), ITEM, UNIT), "bom"),
        Spec("costs", M.StandardCost, ("amount", "currency", "valid_from"), (ITEM, UNIT)),
        Spec("lots", M.Lot, ("revision", "is_active"), (ITEM,)),
        Spec("serials", M.Serial, ("state_text", "is_active"), (ITEM, LOT)),
        Spec("purchase-orders", M.PurchaseOrder, ("state_text", "order_date"), (("supplier", M.Supplier),)),
        Spec(
            "purchase-order-lines",
            M.PurchaseOrderLine,
            ("quantity",),
            (("order", M.PurchaseOrder), ITEM, UNIT),
            "order",
        ),
        Spec(
            "receipts",
            M.Receipt,
            ("state_text", "receipt_date", "is_return"),
            (("supplier", M.Supplier), ("customer", M.Customer)),
        ),
        Spec(
            "receipt-lines",
            M.ReceiptLine,
            ("quantity",),
            (("receipt", M.Receipt), ("order_line", M.PurchaseOrderLine), ITEM, LOT, UNIT),
            "receipt",
        ),
        Spec(
            "production-orders",
            M.ProductionOrder,
            ("revision", "quantity", "state_text", "planned_date", "finished_date"),
            (ITEM, UNIT),
        ),
        Spec(
            "production-operations",
            M.ProductionOperation,
            ("sequence", "state_text", "is_running"),
            (("order", M.ProductionOrder), OPERATION, WORK_CENTER),
            "order",
        ),
        Spec(
            "genealogy",
            M.GenealogyEdge,
            ("document", "quantity"),
            (
                ("order", M.ProductionOrder),
                ("from_lot", M.Lot),
                ("to_lot", M.Lot),
                ("from_serial", M.Serial),
                ("to_serial", M.Serial),
                UNIT,
            ),
            "order",
        ),
        Spec("shipments", M.Shipment, ("state_text", "shipped_date"), (("customer", M.Customer),)),
        Spec(
            "shipment-lines",
            M.ShipmentLine,
            ("quantity",),
            (("shipment", M.Shipment), ITEM, LOT, UNIT),
            "shipment",
        ),
        Spec("stock", M.StockLine, ("place_code", "place_name", "place_role", "quantity"), (ITEM, LOT, UNIT)),
        Spec(
            "document-references", M.DocumentReference, ("title", "kind", "url", "about_object", "about_ref"), (ITEM,)
        ),
    )
}
