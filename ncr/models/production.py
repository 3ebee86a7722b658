"""What a MES told us of a defect it had told before, and of what happened on the shop floor."""

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.lib.fields import DatabaseTime, QuantityField
from qms.lib.ids import uuid7
from qms.lib.trail import BULK, PLUMBING

from .records import Nonconformance


class DefectClock(models.Model):
    """How new the newest is that the MES said of a defect: what is older never overwrites it."""

    trail_class = PLUMBING
    ncr = models.OneToOneField(Nonconformance, on_delete=models.CASCADE, primary_key=True, related_name="+")
    sequence = models.BigIntegerField(null=True)
    at = models.DateTimeField(null=True)


class ProductionKind(models.TextChoices):
    STARTED = "started", _("Operation started")
    COMPLETED = "completed", _("Operation completed")
    MOVED = "moved", _("Material moved")
    SET_UP = "set_up", _("Set-up completed")


class ProductionQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return access.visible_to(self, user, "masterdata.view")


class ProductionEvent(models.Model):
    """An operation or a movement as the MES reported it; names as they were said. Append-only."""

    trail_class = BULK
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"), db_index=False)
    kind = models.CharField(_("kind"), max_length=10, choices=ProductionKind)
    source = models.CharField(_("source system"), max_length=40)
    source_event = models.CharField(_("event id there"), max_length=120)
    part_number = models.CharField(_("part number"), max_length=120, blank=True, default="")
    order_number = models.CharField(_("order number"), max_length=120, blank=True, default="")
    operation = models.CharField(_("operation"), max_length=120, blank=True, default="")
    lot_number = models.CharField(_("lot number"), max_length=120, blank=True, default="")
    serials = models.JSONField(_("serials"), default=list)
    quantity = QuantityField(_("quantity"), null=True)
    unit = models.CharField(_("unit"), max_length=40, blank=True, default="")
    work_center = models.CharField(_("work center"), max_length=120, blank=True, default="")
    from_place = models.CharField(_("from"), max_length=120, blank=True, default="")
    to_place = models.CharField(_("to"), max_length=120, blank=True, default="")
    occurred_at = models.DateTimeField(_("happened"))
    received_at = models.DateTimeField(_("received"))
    created_at = DatabaseTime(_("recorded"))
    objects = ProductionQuerySet.as_manager()

    class Meta:
        verbose_name = _("production event")
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=("source", "source_event"), name="production_once"),)
        indexes = (
            models.Index(fields=("site", "lot_number", "occurred_at"), name="production_lot"),
            models.Index(fields=("site", "order_number", "occurred_at"), name="production_order"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.lot_number or self.order_number}"
