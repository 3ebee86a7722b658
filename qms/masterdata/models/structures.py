"""How a part is made: bills of material and routings."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.lib.fields import QuantityField

from .base import Mirror, parent


class Routing(Mirror):
    name = models.CharField(_("name"), max_length=200, blank=True, default="")
    is_active = models.BooleanField(default=True)


class RoutingStep(Mirror):
    routing = parent("Routing", related_name="steps")
    routing_ref = models.CharField(max_length=80, default="")
    sequence = models.IntegerField(null=True)
    operation = parent("Operation", related_name="+")
    operation_ref = models.CharField(max_length=80, default="")
    work_center = parent("WorkCenter", related_name="+")
    work_center_ref = models.CharField(max_length=80, default="")


class Bom(Mirror):
    """What `quantity` of the item is made of; an item may have several."""

    item = parent("Item", related_name="boms")
    item_ref = models.CharField(max_length=80, default="")
    routing = parent("Routing", related_name="boms")
    routing_ref = models.CharField(max_length=80, default="")
    name = models.CharField(_("name"), max_length=200, blank=True, default="")
    revision = models.CharField(_("revision"), max_length=40, blank=True, default="")
    quantity = QuantityField(_("quantity"), null=True)
    unit = parent("Unit", related_name="+")
    unit_ref = models.CharField(max_length=80, default="")
    is_active = models.BooleanField(default=True)


class BomLine(Mirror):
    bom = parent("Bom", related_name="lines")
    bom_ref = models.CharField(max_length=80, default="")
    item = parent("Item", related_name="bom_lines")
    item_ref = models.CharField(max_length=80, default="")
    quantity = QuantityField(_("quantity"), null=True)
    unit = parent("Unit", related_name="+")
    unit_ref = models.CharField(max_length=80, default="")
