"""Control charts that are kept: their points, the numbered versions of their limits, and the signals that followed."""

from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime, NumberField
from qms.lib.ids import uuid7
from qms.lib.trail import BULK, PLUMBING
from qms.masterdata.models import Item
from qms.records.models import Record
from qms.signatures.models import Signature

from ..choices import ChartSource, ControlKind
from .lots import Inspection
from .measurements import MeasurementBatch, Series

GROUPS, COUNTS = ("x_r", "x_s"), ("p", "np", "c", "u")


def person(label: Any, **options: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=label,
        **options,
    )


class ControlChart(Record):
    """One characteristic under control (IATF 16949 9.1.1.1, ISO 7870-2). What is charted and how never changes; a chart of another
    kind is another chart. `figures`: the frozen estimates of `calc.spc.monitor`, the version that stands in force; every version
    is kept in ChartLimits. `stretch`: {"first", "last", "count", "excluded": [{"place", "reason"}]}, the points that they are of.
    `part`: as text, to be listed and found; `characteristic` "" is all of the part, for counts only.
    """

    prefix, noun, view_permission = "SPC", "controlchart", "measurement.view"
    number = NumberField(_("number"), prefix="SPC")
    source = models.CharField(_("values from"), max_length=12, choices=ChartSource)
    series = models.ForeignKey(
        Series, null=True, on_delete=models.PROTECT, related_name="charts", verbose_name=_("measured characteristic")
    )
    item = models.ForeignKey(
        Item, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("part")
    )
    part = models.CharField(_("part"), max_length=120)
    characteristic = models.CharField(_("characteristic"), max_length=120, blank=True, default="")
    unit = models.CharField(_("unit"), max_length=40, blank=True, default="")
    kind = models.CharField(_("kind"), max_length=8, choices=ControlKind)
    size = models.IntegerField(_("values in a subgroup"), default=1)
    rules = models.JSONField(_("rules"), default=list)
    weight = models.DecimalField(_("weight of EWMA"), max_digits=5, decimal_places=3, default=Decimal("0.2"))
    width = models.DecimalField(_("width of EWMA in sigmas"), max_digits=5, decimal_places=3, default=Decimal(3))
    allowance = models.DecimalField(
        _("allowance of CUSUM in sigmas"), max_digits=5, decimal_places=3, default=Decimal("0.5")
    )
    interval = models.DecimalField(
        _("decision interval of CUSUM in sigmas"), max_digits=5, decimal_places=3, default=Decimal(5)
    )
    reaction = models.TextField(_("reaction plan"), blank=True, default="")
    owner = person(_("owner"))
    limits_number = models.IntegerField(_("version of the limits"), default=0)
    figures = models.JSONField(_("limits"), default=dict, blank=True)
    stretch = models.JSONField(_("limits from"), default=dict, blank=True)
    limits_reason = models.TextField(_("reason of the limits"), blank=True, default="")
    history = Trail()
    frozen = (*Record.frozen, "source", "series", "item", "part", "characteristic", "unit", "kind", "size")

    class Meta:
        verbose_name = _("control chart")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "-id"), name="controlchart_site"),
            models.Index(fields=("item", "characteristic"), name="controlchart_of"),
            GinIndex(
                *(OpClass(Upper(name), name="gin_trgm_ops") for name in ("number", "part", "characteristic")),
                name="controlchart_search",
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="controlchart_source",
                condition=Q(source=ChartSource.MEASUREMENTS, series__isnull=False)
                | ~Q(source=ChartSource.MEASUREMENTS) & Q(series=None, item__isnull=False),
            ),
            models.CheckConstraint(
                name="controlchart_counts",
                condition=Q(source=ChartSource.LOTS, kind__in=COUNTS)
                | ~Q(source=ChartSource.LOTS) & ~Q(kind__in=COUNTS) & ~Q(characteristic=""),
            ),
            models.CheckConstraint(
                name="controlchart_size",
                condition=Q(kind__in=GROUPS, size__range=(2, 25)) | ~Q(kind__in=GROUPS) & Q(size=1),
            ),
            models.CheckConstraint(
                name="controlchart_frozen",
                condition=~Q(state="MONITORING") | Q(limits_number__gte=1) & ~Q(limits_reason=""),
            ),
            models.CheckConstraint(
                name="controlchart_weights",
                condition=Q(weight__gt=0, weight__lte=1, width__gt=0, allowance__gte=0, interval__gt=0),
            ),
        )

    @property
    def title(self) -> str:
        return " · ".join(filter(None, (self.part, self.characteristic)))

    @property
    def options(self) -> dict[str, float]:
        return {
            "weight": float(self.weight), "width": float(self.width), "k": float(self.allowance), "h": float(self.interval)
        }  # fmt: skip

    def signed_content(self) -> dict[str, Any]:
        names = (
            "source", "part", "characteristic", "unit", "kind", "size", "rules", "limits_number", "figures", "stretch",
            "limits_reason",
        )  # fmt: skip
        told = {name: getattr(self, name) for name in names}
        figures = {name: repr(value) for name, value in self.figures.items()}  # what is signed knows no floats
        return {**told, "figures": figures, **{name: repr(value) for name, value in self.options.items()}}

    def get_absolute_url(self) -> str:
        return reverse("inspection:controlchart-detail", args=[self.number])


class ChartLimits(Regulated):
    """A version of the limits as it was signed; never changed. `count`: points that it is of."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    chart = models.ForeignKey(ControlChart, on_delete=models.PROTECT, related_name="versions", db_index=False)
    number = models.IntegerField(_("version"))
    figures = models.JSONField(_("limits"))
    stretch = models.JSONField(_("limits from"))
    reason = models.TextField(_("reason"))
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="+")
    at = DatabaseTime(_("frozen"))
    history = Trail()
    frozen = ("uid", "chart", "number", "figures", "stretch", "reason", "signature", "at")

    class Meta:
        verbose_name = _("version of control limits")
        ordering = ("chart", "-number")
        constraints = (
            models.UniqueConstraint(fields=("chart", "number"), name="chartlimits_once"),
            models.CheckConstraint(name="chartlimits_reason", condition=Q(number__gte=1) & ~Q(reason="")),
        )

    def __str__(self) -> str:
        return f"{self.chart.number} v{self.number}"


class ChartPoint(models.Model):
    """What one point is made of, in the unit of the chart, in the order in which it was taken in; `keys`: of the measurements or
    readings, or of the inspection. Points outlive the raw values."""

    trail_class = BULK
    id = models.BigAutoField(primary_key=True)
    chart = models.ForeignKey(ControlChart, on_delete=models.PROTECT, related_name="points", db_index=False)
    place = models.IntegerField(_("point"))
    at = models.DateTimeField(_("measured"))
    numbers = ArrayField(models.FloatField())
    size = models.IntegerField(_("sample size"), default=1)
    lower = models.DecimalField(_("lower limit"), max_digits=40, decimal_places=20, null=True)
    upper = models.DecimalField(_("upper limit"), max_digits=40, decimal_places=20, null=True)
    name = models.CharField(_("serial or lot number"), max_length=120, blank=True, default="")
    batch = models.ForeignKey(MeasurementBatch, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    inspection = models.ForeignKey(Inspection, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    keys = ArrayField(models.BigIntegerField())
    created_at = DatabaseTime(_("recorded"))

    class Meta:
        verbose_name = _("point of a control chart")
        ordering = ("chart", "place")
        constraints = (
            models.UniqueConstraint(fields=("chart", "place"), name="chartpoint_once"),
            models.CheckConstraint(name="chartpoint_place", condition=Q(place__gte=1, size__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.place}"


class ChartFeed(models.Model):
    """How far the values were looked through; no business fact. `problem`: why the last look failed."""

    trail_class = PLUMBING
    chart = models.OneToOneField(ControlChart, on_delete=models.PROTECT, related_name="feed")
    since = models.DateTimeField(null=True)
    judged = models.IntegerField(default=0)
    problem = models.TextField(default="")
    failed_at = models.DateTimeField(null=True)


class SignalQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        charts = ControlChart.objects.visible_to(user).values("pk")
        return access.visible_to(self, user, "measurement.view").filter(chart__in=charts)

    def open(self) -> Self:
        return self.filter(closed_at=None)


class ChartSignal(Regulated):
    """A point broke a rule: a case for people, never a nonconformance by itself. `track`: 0 the first statistic, 1 the second."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"), db_index=False)
    chart = models.ForeignKey(ControlChart, on_delete=models.PROTECT, related_name="signals", db_index=False)
    limits_number = models.IntegerField(_("version of the limits"))
    place = models.IntegerField(_("point"))
    track = models.SmallIntegerField(_("statistic"), default=0)
    rule = models.CharField(_("rule"), max_length=4)
    value = models.DecimalField(_("value"), max_digits=40, decimal_places=20)
    at = models.DateTimeField(_("measured"))
    created_at = DatabaseTime(_("signalled"))
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    acknowledged_by = person(_("acknowledged by"), null=True)
    cause = models.TextField(_("assignable cause"), blank=True, default="")
    reaction = models.TextField(_("reaction taken"), blank=True, default="")
    reason = models.TextField(_("reason for closing"), blank=True, default="")
    closed_at = models.DateTimeField(_("closed"), null=True)
    closed_by = person(_("closed by"), null=True)
    history = Trail()
    frozen = ("uid", "site", "chart", "limits_number", "place", "track", "rule", "value", "at", "created_at")
    objects = SignalQuerySet.as_manager()

    class Meta:
        verbose_name = _("signal of a control chart")
        ordering = ("-pk",)
        indexes = (models.Index(fields=("site", "-id"), name="chartsignal_open", condition=Q(closed_at=None)),)
        constraints = (
            models.UniqueConstraint(fields=("chart", "place", "track", "rule"), name="chartsignal_once"),
            models.CheckConstraint(
                name="chartsignal_acknowledged",
                condition=Q(acknowledged_at=None, acknowledged_by=None)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
            ),
            models.CheckConstraint(
                name="chartsignal_closed",
                condition=Q(closed_at=None, closed_by=None, reason="")
                | Q(closed_at__isnull=False, closed_by__isnull=False, acknowledged_at__lte=F("closed_at"))
                & ~Q(cause="")
                & ~Q(reaction="")
                & ~Q(reason=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.chart.number} #{self.place}"

    def get_absolute_url(self) -> str:
        return reverse("inspection:signal", args=[self.uid])
