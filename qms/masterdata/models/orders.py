"""Documents of buying, making and shipping, with their lines."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.lib.fields import QuantityField

from .base import Mirror, parent


class Amount(Mirror):
    """A line: so much of a part."""

    item = parent("masterdata.Item", related_name="+")
    item_ref = models.CharField(max_length=80, default="")
    quantity = QuantityField(_("quantity"), null=True)
    unit = parent("masterdata.Unit", related_name="+")
    unit_ref = models.CharField(max_length=80, default="")

    class Meta(Mirror.Meta):
        abstract = True


class PurchaseOrder(Mirror):
    supplier = parent("Supplier", related_name="purchase_orders")
    supplier_ref = models.CharField(max_length=80, default="")
    state_text = models.CharField(_("status in the source"), max_length=40, blank=True, default="")
    order_date = models.DateField(_("order date"), null=True)


class PurchaseOrderLine(Amount):
    order = parent("PurchaseOrder", related_name="lines")
    order_ref = models.CharField(max_length=80, default="")


class Receipt(Mirror):
    supplier = parent("Supplier", related_name="receipts")
    supplier_ref = models.CharField(max_length=80, default="")
    state_text = models.CharField(_("status in the source"), max_length=40, blank=True, default="")
    receipt_date = models.DateField(_("receipt date"), null=True)
    is_return = models.BooleanField(_("return of a customer"), default=False)
    customer = parent("Customer", related_name="returns")
    customer_ref = models.CharField(max_length=80, default="")


class ReceiptLine(Amount):
    receipt = parent("Receipt", related_name="lines")
    receipt_ref = models.CharField(max_length=80, default="")
    order_line = parent("PurchaseOrderLine", related_name="receipt_lines")
    order_line_ref = models.CharField(max_length=80, default="")
    lot = parent("Lot", related_name="receipt_lines")
    lot_ref = models.CharField(max_length=80, default="")


class ProductionOrder(Mirror):
    item = parent("Item", related_name="production_orders")
    item_ref = models.CharField(max_length=80, default="")
    revision = models.CharField(_("revision"), max_length=40, blank=True, default="")
    quantity = QuantityField(_("quantity"), null=True)
    unit = parent("Unit", related_name="+")
    unit_ref = models.CharField(max_length=80, default="")
    state_text = models.CharField(_("status in the source"), max_length=40, blank=True, default="")
    planned_date = models.DateField(_("planned date"), null=True)
    finished_date = models.DateField(_("received into stock"), null=True)  # all of it; before that the source says none


class ProductionOperation(Mirror):
    order = parent("ProductionOrder", related_name="operations")
    order_ref = models.CharField(max_length=80, default="")
    operation = parent("Operation", related_name="+")
    operation_ref = models.CharField(max_length=80, default="")
    work_center = parent("WorkCenter", related_name="+")
    work_center_ref = models.CharField(max_length=80, default="")
    sequence = models.IntegerField(null=True)
    state_text = models.CharField(max_length=40, blank=True, default="")
    is_running = models.BooleanField(
        _("being worked on"), default=False
    )  # said by the source; state_text is only shown


class Shipment(Mirror):
    customer = parent("Customer", related_name="shipments")
    customer_ref = models.CharField(max_length=80, default="")
    state_text = models.CharField(_("status in the source"), max_length=40, blank=True, default="")
    shipped_date = models.DateField(_("shipped"), null=True)


class ShipmentLine(Amount):
    shipment = parent("Shipment", related_name="lines")
    shipment_ref = models.CharField(max_length=80, default="")
    lot = parent("Lot", related_name="shipment_lines")
    lot_ref = models.CharField(max_length=80, default="")
