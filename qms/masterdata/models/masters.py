"""Masters: what the ERP calls parts, units, partners, places of work, equipment, documents and costs."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .base import Mirror, parent


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


class Revision(Mirror):
    """A revision of a part, where the ERP keeps them; `number` is the revision's own name ("C")."""

    item = parent("Item", related_name="revisions")
    item_ref = models.CharField(max_length=80, default="")
    description = models.CharField(_("description"), max_length=200, blank=True, default="")
    valid_from = models.DateField(_("valid from"), null=True)
    state_text = models.CharField(_("status in the source"), max_length=40, blank=True, default="")


class Supplier(Mirror):
    name = models.CharField(_("name"), max_length=200)
    city = models.CharField(max_length=80, blank=True, default="")
    is_active = models.BooleanField(default=True)


class Customer(Mirror):
    name = models.CharField(_("name"), max_length=200)
    city = models.CharField(max_length=80, blank=True, default="")
    is_active = models.BooleanField(default=True)


class WorkCenter(Mirror):
    name = models.CharField(_("name"), max_length=200)


class Operation(Mirror):
    name = models.CharField(_("name"), max_length=200)


class Equipment(Mirror):
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(max_length=40, blank=True, default="")
    work_center = parent("WorkCenter", related_name="equipment")
    work_center_ref = models.CharField(max_length=80, default="")
    is_active = models.BooleanField(default=True)


class StandardCost(Mirror):
    """What one unit of a part costs by the ERP's books since `valid_from`."""

    item = parent("Item", related_name="costs")
    item_ref = models.CharField(max_length=80, default="")
    amount = models.DecimalField(_("cost per unit"), max_digits=20, decimal_places=6, null=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    unit = parent("Unit", related_name="+")
    unit_ref = models.CharField(max_length=80, default="")
    valid_from = models.DateField(_("valid from"), null=True)


class DocumentReference(Mirror):
    """A document that another system keeps, and what it is about there: only the reference is mirrored."""

    title = models.CharField(_("title"), max_length=200, blank=True, default="")
    kind = models.CharField(max_length=40, blank=True, default="")
    url = models.CharField(_("address"), max_length=500, blank=True, default="")
    item = parent("Item", related_name="document_references")
    item_ref = models.CharField(max_length=80, default="")
    about_object = models.CharField(_("about"), max_length=40, blank=True, default="")
    about_ref = models.CharField(max_length=80, blank=True, default="")
