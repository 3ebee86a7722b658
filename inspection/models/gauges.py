"""Gauges: what measures, and until when its calibration holds."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.lib.fields import NumberField, QuantityField
from qms.lib.quantity import show
from qms.records.models import Record


class Gauge(Record):
    """A measuring instrument (ISO 9001 7.1.5.2). Overdue is computed from `due_date`, never stored. `keeper` is told `recall_days`
    before it is due, and again while it is overdue.

    `interval_months` and `check_points` ([{"nominal", "tolerance"}], decimals as text, in `unit`) are its calibration plan; with one
    the two dates follow from approved calibrations.
    """

    prefix, noun, view_permission = "GAU", "gauge", "gauge.view"
    number = NumberField(_("number"), prefix="GAU")
    asset = models.CharField(_("asset number"), max_length=60)
    description = models.CharField(_("description"), max_length=200)
    kind = models.CharField(_("kind of gauge"), max_length=60, blank=True, default="")
    serial_number = models.CharField(_("serial number"), max_length=80, blank=True, default="")
    range_from = QuantityField(_("range from"), null=True, blank=True)
    range_to = QuantityField(_("range to"), null=True, blank=True)
    resolution = QuantityField(_("resolution"), null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=40, blank=True, default="")
    location = models.CharField(_("location"), max_length=120, blank=True, default="")
    keeper = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("keeper"), db_index=False,
    )  # fmt: skip
    calibrated_date = models.DateField(_("calibrated on"), null=True, blank=True)
    due_date = models.DateField(_("calibration due"), null=True, blank=True)
    recall_days = models.PositiveSmallIntegerField(_("recalled days before it is due"), default=14)
    interval_months = models.PositiveSmallIntegerField(_("calibration interval in months"), null=True, blank=True)
    check_points = models.JSONField(_("check points"), null=True, blank=True)
    source = models.CharField(_("source system"), max_length=40, blank=True, default="")
    source_key = models.CharField(_("number there"), max_length=80, blank=True, default="")
    history = Trail()
    frozen = (*Record.frozen, "source", "source_key")

    class Meta:
        verbose_name = _("gauge")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "-id"), name="gauge_site"),
            models.Index(fields=("due_date", "id"), name="gauge_due"),
            GinIndex(
                *(OpClass(Upper(name), name="gin_trgm_ops") for name in ("number", "asset", "description")),
                name="gauge_search",
            ),
        )
        constraints = (
            models.UniqueConstraint(name="gauge_asset_once", fields=("site", "asset")),
            models.UniqueConstraint(
                name="gauge_source_once", fields=("site", "source", "source_key"), condition=~Q(source_key="")
            ),
            models.CheckConstraint(
                name="gauge_range", condition=Q(range_from=None) | Q(range_to=None) | Q(range_to__gte=F("range_from"))
            ),
            models.CheckConstraint(
                name="gauge_interval", condition=Q(interval_months=None) | Q(interval_months__range=(1, 120))
            ),
            models.CheckConstraint(name="gauge_recall", condition=Q(recall_days__range=(1, 180))),
            models.CheckConstraint(name="gauge_resolution", condition=Q(resolution=None) | Q(resolution__gt=0)),
            models.CheckConstraint(
                name="gauge_dates",
                condition=Q(calibrated_date=None) | Q(due_date=None) | Q(due_date__gt=F("calibrated_date")),
            ),
        )

    @property
    def title(self) -> str:
        return f"{self.asset} {self.description}"

    @property
    def range_shown(self) -> str:
        ends = [show(end) if end is not None else "…" for end in (self.range_from, self.range_to)]
        return f"{ends[0]} – {ends[1]} {self.unit}".strip() if ends != ["…", "…"] else ""

    def is_overdue(self, *, on: date) -> bool:
        """The last day still counts. A gauge without a due date is not calibrated at all: see `is_calibrated`."""
        return self.due_date is not None and self.due_date < on

    def is_calibrated(self, *, on: date) -> bool:
        return self.due_date is not None and self.due_date >= on

    def signed_content(self) -> dict[str, Any]:
        names = ("range_from", "range_to", "resolution")
        dates = {
            name: value.isoformat() if (value := getattr(self, name)) else ""
            for name in ("calibrated_date", "due_date")
        }
        numbers = {name: show(value) if (value := getattr(self, name)) is not None else "" for name in names}
        words = {
            name: getattr(self, name) for name in ("asset", "description", "kind", "serial_number", "unit", "location")
        }
        plan = {name: value for name in ("interval_months", "check_points") if (value := getattr(self, name))}
        if self.keeper:  # told only where somebody has it: what was signed before reads as it did
            words |= {"keeper": self.keeper.username, "recall_days": str(self.recall_days)}
        return {**words, **numbers, **dates, **plan}

    def get_absolute_url(self) -> str:
        return reverse("inspection:gauge-detail", args=[self.number])
