"""What testers and machines report beside values: tests of pieces, alerts of equipment."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7
from qms.lib.trail import BULK, MIRROR
from qms.masterdata.models import Item

from ..choices import Verdict
from .measurements import MeasurementBatch


class ReportedQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return access.visible_to(self, user, "measurement.view")


class ProductTest(models.Model):
    """A test of a piece or a lot as the tester reported it; its values, where it told some, stand in `batch`. Append-only."""

    trail_class = BULK
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"), db_index=False)
    source = models.CharField(_("source system"), max_length=40)
    source_event = models.CharField(_("event id there"), max_length=120)
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict)
    codes = models.JSONField(_("failure codes"), default=list)
    severity = models.CharField(_("severity"), max_length=20, blank=True, default="")
    program = models.CharField(_("test program"), max_length=120, blank=True, default="")
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    part_number = models.CharField(_("part number"), max_length=120, blank=True, default="")
    part_revision = models.CharField(_("part revision"), max_length=40, blank=True, default="")
    serial = models.CharField(_("serial number"), max_length=120, blank=True, default="")
    lot_number = models.CharField(_("lot number"), max_length=120, blank=True, default="")
    order_number = models.CharField(_("order number"), max_length=120, blank=True, default="")
    operation = models.CharField(_("operation"), max_length=120, blank=True, default="")
    work_center = models.CharField(_("work center"), max_length=120, blank=True, default="")
    station = models.CharField(_("station"), max_length=120, blank=True, default="")
    operator = models.CharField(_("operator there"), max_length=80, blank=True, default="")
    note = models.TextField(_("note"), blank=True, default="")
    batch = models.ForeignKey(MeasurementBatch, null=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    occurred_at = models.DateTimeField(_("tested"))
    received_at = models.DateTimeField(_("received"))
    created_at = DatabaseTime(_("recorded"))
    objects = ReportedQuerySet.as_manager()

    class Meta:
        verbose_name = _("product test")
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=("source", "source_event"), name="product_test_once"),)
        indexes = (
            models.Index(fields=("serial", "occurred_at"), name="product_test_serial", condition=~Q(serial="")),
            models.Index(fields=("lot_number", "occurred_at"), name="product_test_lot", condition=~Q(lot_number="")),
        )

    def __str__(self) -> str:
        return f"{self.program or self.source_event}: {self.get_verdict_display()}"


class AlertQuerySet(ReportedQuerySet):
    def active(self) -> Self:
        return self.filter(cleared_at=None).order_by("-raised_at", "-pk")

    def at(self, names: set[str]) -> Self:
        return self.filter(Q(equipment__in=names) | Q(work_center__in=names))


class EquipmentAlert(models.Model):
    """What a machine complains of, until it is cleared; the newest word of the source counts."""

    trail_class = MIRROR
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"), db_index=False)
    source = models.CharField(_("source system"), max_length=40)
    alert = models.CharField(_("alert id there"), max_length=120)
    equipment = models.CharField(_("equipment"), max_length=120, blank=True, default="")
    work_center = models.CharField(_("work center"), max_length=120, blank=True, default="")
    code = models.CharField(_("code"), max_length=120, blank=True, default="")
    severity = models.CharField(_("severity"), max_length=20, blank=True, default="")
    text = models.TextField(_("text"), blank=True, default="")
    raised_at = models.DateTimeField(_("raised"), null=True)
    cleared_at = models.DateTimeField(_("cleared"), null=True)
    said_at = models.DateTimeField(_("last word"))
    received_at = models.DateTimeField(_("received"))
    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("equipment alert")
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=("source", "alert"), name="equipment_alert_once"),)
        indexes = (
            models.Index(fields=("site", "-raised_at"), name="equipment_alert_active", condition=Q(cleared_at=None)),
        )

    def __str__(self) -> str:
        return f"{self.equipment or self.work_center}: {self.text or self.code}"
