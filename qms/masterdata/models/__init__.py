"""Mirror of what ERP and MES master: read-only here, one file per group of nouns."""

from .base import Mirror, MirrorQuerySet, parent
from .keeping import Crosswalk, Freshness, MirrorVersion
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
    "Bom",
    "BomLine",
    "Crosswalk",
    "Customer",
    "DocumentReference",
    "Equipment",
    "Freshness",
    "GenealogyEdge",
    "Item",
    "Lot",
    "Mirror",
    "MirrorQuerySet",
    "MirrorVersion",
    "Operation",
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
    "Unit",
    "WorkCenter",
    "parent",
]
