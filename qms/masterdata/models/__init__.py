"""Mirror of what ERP and MES master: read-only here, one file per group of nouns."""

from .base import Mirror, MirrorQuerySet, parent
from .crosswalk import SPELT, Crosswalk, CrosswalkKind, CrosswalkQuerySet, Matched, Normalisation
from .keeping import Freshness, MirrorVersion
from .lots import GenealogyEdge, Lot, Serial, StockLine, StockQuerySet
from .masters import (
    Customer,
    DocumentReference,
    Equipment,
    Item,
    Operation,
    Revision,
    StandardCost,
    Supplier,
    Unit,
    WorkCenter,
)
from .matrix import FieldConflict, Matrix, Otherwise, System
from .orders import (
    ProductionOperation,
    ProductionOrder,
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
    ReceiptLine,
    Shipment,
    ShipmentLine,
)
from .structures import Bom, BomLine, Routing, RoutingStep

__all__ = [
    "SPELT",
    "Bom",
    "BomLine",
    "Crosswalk",
    "CrosswalkKind",
    "CrosswalkQuerySet",
    "Customer",
    "DocumentReference",
    "Equipment",
    "FieldConflict",
    "Freshness",
    "GenealogyEdge",
    "Item",
    "Lot",
    "Matched",
    "Matrix",
    "Mirror",
    "MirrorQuerySet",
    "MirrorVersion",
    "Normalisation",
    "Operation",
    "Otherwise",
    "ProductionOperation",
    "ProductionOrder",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "Receipt",
    "ReceiptLine",
    "Revision",
    "Routing",
    "RoutingStep",
    "Serial",
    "Shipment",
    "ShipmentLine",
    "StandardCost",
    "StockLine",
    "StockQuerySet",
    "Supplier",
    "System",
    "Unit",
    "WorkCenter",
    "parent",
]
