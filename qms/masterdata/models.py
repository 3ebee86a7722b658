"""Mirror of what ERP and MES master: read-only here, one row per (source, external id); numbers are shown, not trusted."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime, QuantityField
from qms.lib.trail import BULK, MIRROR, PLUMBING


class MirrorQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        """Rows of the user's sites and rows that belong to no site."""
        sites = access.site_ids(user, "masterdata.view")
        if sites == access.ALL:
            return self
        if not sites:
            return self.none()
        return self.filter(Q(site_id__in=sites) | Q(site=None))

    def live(self) -> Self:
        return self.filter(gone_at=None)


class Mirror(models.Model):
    trail_class = MIRROR
    source = models.CharField(_("source"), max_length=40)
    external_id = models.CharField(max_length=80)
    number = models.CharField(_("number"), max_length=120, db_index=True)
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, db_index=False)
    changed_at = models.DateTimeField(_("changed in the source"), null=True)
    synced_at = models.DateTimeField(_("last change taken over"), db_default=models.functions.Now())
    gone_at = models.DateTimeField(_("gone from the source"), null=True)
    content_hash = models.CharField(max_length=64)
    content = models.TextField()
    objects = MirrorQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ("number", "pk")
        constraints = (models.UniqueConstraint(fields=("source", "external_id"), name="%(class)s_identity"),)

    def __str__(self) -> str:
        return self.number


def parent(to: str, **options: Any) -> Any:
    """A parent in the mirror: empty until it arrives, whatever the order of arrival."""
    return models.ForeignKey(to, null=True, on_delete=models.PROTECT, db_constraint=False, **options)


class Unit(Mirror):
    name = models.CharField(_("name"), max_length=80)
    digits = models.SmallIntegerField(default=6)
    category = models.CharField(max_length=80, blank=True, default="")
    factor = models.DecimalField(max_digits=24, decimal_places=12, null=True)


class Item(Mirror):
    name = models.CharField(_("name"), max_length=200)
    unit = parent("Unit", related_name="+")
    unit_ref = models.CharField(max_length=80, default="")
    kind = models.CharField(max_length=40, blank=True, default="")
    is_active = models.BooleanField(default=True)


class Supplier(Mirror):
    name = models.CharField(_("name"), max_length=200)
    city = models.CharField(max_length=80, blank=True, default="")
    is_active = models.BooleanField(default=True)


class WorkCenter(Mirror):
    name = models.CharField(_("name"), max_length=200)


class Operation(Mirror):
    name = models.CharField(_("name"), max_length=200)


class Lot(Mirror):
    """Lot numbers are not unique in every ERP, not even within an item: identity is the external id."""

    item = parent("Item", related_name="lots")
    item_ref = models.CharField(max_length=80, default="")
    is_active = models.BooleanField(default=True)


class PurchaseOrder(Mirror):
    supplier = parent("Supplier", related_name="purchase_orders")
    supplier_ref = models.CharField(max_length=80, default="")
    state_text = models.CharField(_("status in the source"), max_length=40, blank=True, default="")
    order_date = models.DateField(_("order date"), null=True)


class PurchaseOrderLine(Mirror):
    order = parent("PurchaseOrder", related_name="lines")
    order_ref = models.CharField(max_length=80, default="")
    item = parent("Item", related_name="+")
    item_ref = models.CharField(max_length=80, default="")
    quantity = QuantityField(_("quantity"), null=True)
    unit = parent("Unit", related_name="+")
    unit_ref = models.CharField(max_length=80, default="")


class Receipt(Mirror):
    supplier = parent("Supplier", related_name="receipts")
    supplier_ref = models.CharField(max_length=80, default="")
    state_text = models.CharField(_("status in the source"), max_length=40, blank=True, default="")
    receipt_date = models.DateField(_("receipt date"), null=True)


class ReceiptLine(Mirror):
    receipt = parent("Receipt", related_name="lines")
    receipt_ref = models.CharField(max_length=80, default="")
    order_line = parent("PurchaseOrderLine", related_name="receipt_lines")
    order_line_ref = models.CharField(max_length=80, default="")
    item = parent("Item", related_name="+")
    item_ref = models.CharField(max_length=80, default="")
    lot = parent("Lot", related_name="receipt_lines")
    lot_ref = models.CharField(max_length=80, default="")
    quantity = QuantityField(_("quantity"), null=True)
    unit = parent("Unit", related_name="+")
    unit_ref = models.CharField(max_length=80, default="")


class ProductionOrder(Mirror):
    item = parent("Item", related_name="production_orders")
    item_ref = models.CharField(max_length=80, default="")
    quantity = QuantityField(_("quantity"), null=True)
    unit = parent("Unit", related_name="+")
    unit_ref = models.CharField(max_length=80, default="")
    state_text = models.CharField(_("status in the source"), max_length=40, blank=True, default="")
    planned_date = models.DateField(_("planned date"), null=True)


class ProductionOperation(Mirror):
    order = parent("ProductionOrder", related_name="operations")
    order_ref = models.CharField(max_length=80, default="")
    operation = parent("Operation", related_name="+")
    operation_ref = models.CharField(max_length=80, default="")
    work_center = parent("WorkCenter", related_name="+")
    work_center_ref = models.CharField(max_length=80, default="")
    sequence = models.IntegerField(null=True)
    state_text = models.CharField(max_length=40, blank=True, default="")


class MirrorVersion(models.Model):
    """What an object of the source said before it changed; append-only, found by content hash."""

    trail_class = BULK
    object = models.CharField(max_length=40)
    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=80)
    content_hash = models.CharField(max_length=64)
    content = models.TextField()
    run = models.UUIDField()
    replaced_at = DatabaseTime()

    class Meta:
        indexes = (models.Index(fields=("object", "source", "external_id"), name="mirror_version_object"),)


class Freshness(models.Model):
    """When an object of a source was last read to its end: the age that pages show."""

    trail_class = PLUMBING
    source = models.CharField(max_length=40)
    object = models.CharField(max_length=40)
    read_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("source", "object"), name="freshness_once"),)


class Crosswalk(Regulated):
    """How a foreign system names what we know by another name; resolved once by a person, for all its kind."""

    KINDS = (
        ("defect_code", _("Defect code")),
        ("item", _("Item")),
        ("unit", _("Unit")),
        ("work_center", _("Work center")),
        ("site", _("Site")),
    )
    source = models.CharField(_("source"), max_length=40)
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    foreign_value = models.CharField(_("name there"), max_length=120)
    local_value = models.CharField(_("name here"), max_length=120)
    history = Trail()

    class Meta:
        verbose_name = _("name mapping")
        constraints = (models.UniqueConstraint(fields=("source", "kind", "foreign_value"), name="crosswalk_once"),)

    def __str__(self) -> str:
        return f"{self.source}: {self.foreign_value} → {self.local_value}"
