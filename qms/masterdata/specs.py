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
SHARED = frozenset({"units", "items", "suppliers", "operations"})
M = models
UNIT, ITEM = ("unit", M.Unit), ("item", M.Item)
SPECS = {
    spec.object: spec
    for spec in (
        Spec("units", M.Unit, ("name", "digits", "category", "factor")),
        Spec("items", M.Item, ("name", "kind", "is_active"), (UNIT,)),
        Spec("suppliers", M.Supplier, ("name", "city", "is_active")),
        Spec("work-centers", M.WorkCenter, ("name",)),
        Spec("operations", M.Operation, ("name",)),
        Spec("lots", M.Lot, ("is_active",), (ITEM,)),
        Spec("purchase-orders", M.PurchaseOrder, ("state_text", "order_date"), (("supplier", M.Supplier),)),
        Spec(
            "purchase-order-lines",
            M.PurchaseOrderLine,
            ("quantity",),
            (("order", M.PurchaseOrder), ITEM, UNIT),
            "order",
        ),
        Spec("receipts", M.Receipt, ("state_text", "receipt_date"), (("supplier", M.Supplier),)),
        Spec(
            "receipt-lines",
            M.ReceiptLine,
            ("quantity",),
            (("receipt", M.Receipt), ("order_line", M.PurchaseOrderLine), ITEM, ("lot", M.Lot), UNIT),
            "receipt",
        ),
        Spec("production-orders", M.ProductionOrder, ("quantity", "state_text", "planned_date"), (ITEM, UNIT)),
        Spec(
            "production-operations",
            M.ProductionOperation,
            ("sequence", "state_text"),
            (("order", M.ProductionOrder), ("operation", M.Operation), ("work_center", M.WorkCenter)),
            "order",
        ),
    )
}
