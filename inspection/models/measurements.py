"""What machines measured: series (of what), batches (of whom, when told), and values by the million.

Values stand in partitions of a day each (`days.py`), append-only; one act per batch with count and SHA-256. A value is
(series, time, id): sent again it is the same one.
"""

from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7
from qms.lib.trail import BULK
from qms.masterdata.models import Item

from ..choices import SPOILT, UNJUDGED

UNKNOWN = Q(item=None, is_parameter=False) | Q(characteristic="") | Q(factor=None)


class SeriesQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return access.visible_to(self, user, "measurement.view")

    def unknown(self) -> Self:
        """Somebody has to say what they mean here."""
        return self.filter(UNKNOWN)


class Series(Regulated):
    """A characteristic of a part as one source measures it: its names for part, characteristic and unit, and what they mean here.

    The meaning may be missing: values are kept nonetheless, and the series waits for a person. `factor` turns a value into
    `unit`, exactly; None where the unit is not known. `is_parameter`: what a machine tells of itself, of no part.
    """

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"))
    source = models.CharField(_("source system"), max_length=40)
    part_name = models.CharField(_("part, as sent"), max_length=120)
    characteristic_name = models.CharField(_("characteristic, as sent"), max_length=120)
    unit_name = models.CharField(_("unit, as sent"), max_length=40, blank=True, default="")
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, verbose_name=_("part"), related_name="+")
    is_parameter = models.BooleanField(_("process parameter"), default=False)
    characteristic = models.CharField(_("characteristic"), max_length=120, blank=True, default="")
    unit = models.CharField(_("unit"), max_length=40, blank=True, default="")
    factor = models.DecimalField(_("factor"), max_digits=30, decimal_places=15, null=True, default=Decimal(1))
    created_at = DatabaseTime(_("first seen"))
    history = Trail()
    frozen = ("uid", "site", "source", "part_name", "characteristic_name", "unit_name", "created_at")
    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name = _("measured characteristic")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("site", "source", "part_name", "characteristic_name", "unit_name"), name="series_once"
            ),
            models.CheckConstraint(name="series_of_part_or_machine", condition=Q(item=None) | Q(is_parameter=False)),
            models.CheckConstraint(name="series_factor", condition=Q(factor=None) | Q(factor__gt=0)),
        )
        indexes = (models.Index(fields=("item", "characteristic"), name="series_meaning"),)

    def __str__(self) -> str:
        return f"{self.part_name} · {self.characteristic_name}"

    def get_absolute_url(self) -> str:
        return reverse("inspection:series", args=[self.uid])

    @property
    def is_known(self) -> bool:
        of_something = self.item_id is not None or self.is_parameter
        return of_something and bool(self.characteristic) and self.factor is not None


class MeasurementBatch(models.Model):
    """One telling: so many values under one header. `header`: what was said of all of them. `doubtful` were kept with a mark;
    `rejected` could not be kept as values and stand in the message alone; `problems`: code → places in the message. `sha256` of the
    kept rows, by which the table can be checked (`queries.digest`)."""

    trail_class = BULK
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"), db_index=False)
    source = models.CharField(_("source system"), max_length=40)
    source_event = models.CharField(_("message id there"), max_length=120)
    header = models.JSONField(_("header"), default=dict)
    told = models.IntegerField(_("values"))
    kept = models.IntegerField(_("kept"))
    doubtful = models.IntegerField(_("doubtful"))
    rejected = models.IntegerField(_("rejected"))
    outside = models.IntegerField(_("outside the limits"))
    problems = models.JSONField(default=dict)
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField(_("received"))
    created_at = DatabaseTime(_("recorded"))
    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch of measurements")
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=("source", "source_event"), name="batch_once"),)

    def __str__(self) -> str:
        return f"{self.source} {self.source_event}"

    def get_absolute_url(self) -> str:
        return reverse("inspection:batch", args=[self.uid])

    @property
    def repeated(self) -> int:
        return self.told - self.kept - self.rejected


class MeasurementQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        sites = access.site_ids(user, "measurement.view")
        if sites == access.ALL:
            return self
        return self.filter(series__site_id__in=sites) if sites else self.none()

    def sound(self) -> Self:
        """For statistics: without codes of sensors and times to come."""
        return self.alias(spoilt=F("flags").bitand(SPOILT.value)).filter(spoilt=0)


class Measurement(models.Model):
    """A value as it was sent, in the unit of its series. Its table is made by SQL (migration 0002): `id` is unique with the time."""

    trail_class = BULK
    id = models.BigAutoField(primary_key=True)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    batch = models.ForeignKey(
        MeasurementBatch, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    measured_at = models.DateTimeField(_("measured"))
    value = models.DecimalField(_("value"), max_digits=40, decimal_places=20)  # numeric without a limit
    external_id = models.CharField(_("id there"), max_length=120)
    serial = models.CharField(_("serial number"), max_length=120, blank=True, default="")
    lot = models.CharField(_("lot number"), max_length=120, blank=True, default="")
    lower = models.DecimalField(_("lower limit"), max_digits=40, decimal_places=20, null=True)
    upper = models.DecimalField(_("upper limit"), max_digits=40, decimal_places=20, null=True)
    flags = models.SmallIntegerField(default=0)
    objects = MeasurementQuerySet.as_manager()

    class Meta:
        verbose_name = _("measurement")
        ordering = ("-measured_at", "-pk")

    def __str__(self) -> str:
        return f"{self.value}"

    @property
    def is_outside(self) -> bool:
        """By the same rule as its batch counts: a code of the sensor is outside of nothing."""
        if self.flags & UNJUDGED:
            return False
        above = self.upper is not None and self.value > self.upper
        return above or self.lower is not None and self.value < self.lower
