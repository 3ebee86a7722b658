"""Values that became evidence of a record: copied to rows that stay, when the raw ones of their day are dropped; and what is left of
all others, in numbers by the hour."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7
from qms.lib.trail import BULK

from .measurements import Measurement, MeasurementBatch, Series


class EvidencePoint(Regulated):
    """A value as it was sent, under the record that it belongs to. The names stand as they were, whatever they mean later."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    record_type = models.CharField(max_length=80)
    record_key = models.CharField(max_length=40)
    record_number = models.CharField(_("record"), max_length=24)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="+", db_index=False)
    batch = models.ForeignKey(MeasurementBatch, on_delete=models.PROTECT, related_name="+", db_index=False)
    source = models.CharField(_("source system"), max_length=40)
    source_event = models.CharField(_("message id there"), max_length=120)
    part = models.CharField(_("part"), max_length=120)
    characteristic = models.CharField(_("characteristic"), max_length=120)
    unit = models.CharField(_("unit"), max_length=40, blank=True, default="")
    measured_at = models.DateTimeField(_("measured"))
    value = models.DecimalField(_("value"), max_digits=40, decimal_places=20)
    external_id = models.CharField(_("id there"), max_length=120)
    serial = models.CharField(_("serial number"), max_length=120, blank=True, default="")
    lot = models.CharField(_("lot number"), max_length=120, blank=True, default="")
    lower = models.DecimalField(_("lower limit"), max_digits=40, decimal_places=20, null=True)
    upper = models.DecimalField(_("upper limit"), max_digits=40, decimal_places=20, null=True)
    flags = models.SmallIntegerField(default=0)
    kept_at = DatabaseTime(_("kept"))
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    history = Trail()
    frozen = (
        *("uid", "record_type", "record_key", "record_number", "series", "batch", "source", "source_event", "part"),
        *("characteristic", "unit", "measured_at", "value", "external_id", "serial", "lot", "lower", "upper", "flags"),
        *("kept_at", "kept_by"),
    )

    class Meta:
        verbose_name = _("value kept as evidence")
        ordering = ("measured_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("record_type", "record_key", "series", "measured_at", "external_id"), name="evidence_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.record_number}: {self.value}"

    is_outside = Measurement.is_outside


class MeasurementHour(models.Model):
    """An hour of a series in numbers, of sound values, in the unit as sent; written before the raw values are dropped."""

    trail_class = BULK
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="hours", db_index=False)
    hour = models.DateTimeField(_("hour"))
    count = models.IntegerField(_("values"))
    spoilt = models.IntegerField(_("not sound"))
    outside = models.IntegerField(_("outside the limits"))
    mean = models.DecimalField(_("mean"), max_digits=40, decimal_places=20, null=True)
    least = models.DecimalField(_("least"), max_digits=40, decimal_places=20, null=True)
    most = models.DecimalField(_("most"), max_digits=40, decimal_places=20, null=True)
    deviation = models.DecimalField(_("standard deviation"), max_digits=40, decimal_places=20, null=True)
    objects: Any = models.Manager()

    class Meta:
        verbose_name = _("hour of measurements")
        ordering = ("-hour",)
        constraints = (models.UniqueConstraint(fields=("series", "hour"), name="measurement_hour_once"),)

    def __str__(self) -> str:
        return f"{self.series}: {self.hour:%Y-%m-%d %H}:00"
