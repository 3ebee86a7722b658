"""What is inspected of a lot, and every value that was read. Readings are only added; the last attempt of a cell counts."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7
from qms.lib.quantity import show
from qms.signatures.models import Signature

from ..choices import NUMERIC, CharacteristicKind, DecisionRule, Importance, ReadingVerdict
from .gauges import Gauge
from .lots import Inspection


def exact(name: Any, **options: Any) -> Any:
    return models.DecimalField(name, max_digits=30, decimal_places=12, null=True, **options)


class LotCharacteristic(Regulated):
    """A characteristic of the plan as the inspection keeps it. `source`: its uid in
    the plan's edition, `origin` the one of all editions. Sample size and Ac/Re are its own where the
    plan says so; else they are those of the lot and stand here too. `has_own_rule` tells them apart.
    `formula`: the server computes it from readings of the same piece; empty too for what was begun before it did.
    Ac and Re are those of the first sample, none under the s method. `stage`: 2 once the second sample is drawn."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="characteristics")
    source = models.UUIDField(editable=False)
    origin = models.UUIDField(editable=False)
    position = models.IntegerField(_("position"))
    balloon = models.CharField(_("balloon"), max_length=20)
    name = models.CharField(_("characteristic"), max_length=200)
    requirement = models.CharField(_("requirement"), max_length=400, blank=True, default="")
    kind = models.CharField(_("kind"), max_length=12, choices=CharacteristicKind)
    nominal = exact(_("nominal value"))
    lower = exact(_("lower limit"))
    upper = exact(_("upper limit"))
    uncertainty = exact(_("measurement uncertainty"))
    unit = models.CharField(_("unit"), max_length=40, blank=True, default="")
    importance = models.CharField(_("class"), max_length=8, choices=Importance, default=Importance.MAJOR)
    is_key = models.BooleanField(_("key characteristic"), default=False)
    is_reference = models.BooleanField(_("for information only"), default=False)
    method = models.CharField(_("method"), max_length=200, blank=True, default="")
    gauge_kind = models.CharField(_("kind of gauge"), max_length=60, blank=True, default="")
    choices = models.JSONField(_("choices"), default=list, blank=True)  # [{"code", "label", "accept"}]
    formula = models.CharField(_("formula"), max_length=400, blank=True, default="")
    decision_rule = models.CharField(
        _("decision rule"), max_length=12, choices=DecisionRule, default=DecisionRule.SIMPLE
    )
    has_own_rule = models.BooleanField(_("sample of its own"), default=False)
    sample_size = models.IntegerField(_("sample size"))
    accept = models.IntegerField(_("acceptance number (Ac)"), null=True)
    reject = models.IntegerField(_("rejection number (Re)"), null=True)
    sampling = models.JSONField(_("sampling"), default=dict, blank=True)
    stage = models.IntegerField(_("sample of double sampling"), default=1)
    history = Trail()
    frozen = (
        *(
            "uid",
            "inspection",
            "source",
            "origin",
            "position",
            "balloon",
            "name",
            "requirement",
            "kind",
            "nominal",
            "lower",
            "upper",
        ),
        *("uncertainty", "unit", "importance", "is_key", "is_reference", "method", "gauge_kind", "choices"),
        *("formula", "decision_rule", "has_own_rule", "sample_size", "accept", "reject", "sampling"),
    )

    class Meta:
        verbose_name = _("characteristic of an inspection")
        ordering = ("inspection", "position")
        constraints = (
            models.UniqueConstraint(fields=("inspection", "balloon"), name="lot_balloon_once"),
            models.CheckConstraint(
                name="lot_limits_in_order", condition=Q(lower=None) | Q(upper=None) | Q(lower__lte=F("upper"))
            ),
            models.CheckConstraint(
                name="lot_characteristic_sample",
                condition=Q(sample_size__gte=0) & (Q(accept__lt=F("reject")) | Q(accept=None, reject=None)),
            ),
            models.CheckConstraint(name="lot_characteristic_formula", condition=Q(formula="") | Q(kind="computed")),
            models.CheckConstraint(name="lot_characteristic_stage", condition=Q(stage__in=(1, 2))),
        )

    def __str__(self) -> str:
        return f"{self.balloon} {self.name}"

    @property
    def is_measured(self) -> bool:
        return self.kind in NUMERIC

    @property
    def by_variables(self) -> bool:
        """Judged by mean and standard deviation (Z1.9)."""
        return bool(self.sampling.get("scheme") == "z19")

    @property
    def group(self) -> str:
        """What it is judged with: its own balloon, or "" for the sample of the lot."""
        return self.balloon if self.has_own_rule or self.by_variables else ""

    @property
    def wanted(self) -> int:
        """Samples to be read so far: the first one, and both once the second is drawn."""
        return int(self.sampling["stages"][1]["total"]) if self.stage == 2 else self.sample_size

    @property
    def limits_shown(self) -> str:
        """12 ≤ x ≤ 12.05 mm; one-sided where only one is given; else what the drawing says."""
        low, high = (show(end) if end is not None else "" for end in (self.lower, self.upper))
        if low and high:
            return f"{low} – {high} {self.unit}".strip()
        return f"{'≥' if low else '≤'} {low or high} {self.unit}".strip() if low or high else self.requirement


class ReadingQuerySet(models.QuerySet[Any]):
    def current(self) -> Self:
        later = models.Exists(
            self.model.objects.filter(
                characteristic=models.OuterRef("characteristic"),
                sample=models.OuterRef("sample"),
                attempt__gt=models.OuterRef("attempt"),
            )
        )
        return self.filter(~later).order_by("characteristic__position", "sample")


class Reading(Regulated):
    """One value of one sample, as it was given and as the server judged it. `value` is in the characteristic's unit: what was given times
    `factor`, exactly. `measured_at`: as the file told it, empty for what was typed. A further attempt has a
    reason; the earlier ones stay."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    characteristic = models.ForeignKey(LotCharacteristic, on_delete=models.PROTECT, related_name="readings")
    sample = models.IntegerField(_("sample"))
    attempt = models.IntegerField(_("attempt"), default=1)
    serial = models.CharField(_("serial number"), max_length=120, blank=True, default="")
    given = models.CharField(_("as given"), max_length=80)
    value = exact(_("value"))
    given_unit = models.CharField(_("unit as given"), max_length=40, blank=True, default="")
    factor = models.DecimalField(_("factor"), max_digits=30, decimal_places=15, default=1)
    choice = models.CharField(_("choice"), max_length=40, blank=True, default="")
    verdict = models.CharField(_("verdict"), max_length=8, choices=ReadingVerdict)
    gauge = models.ForeignKey(
        Gauge, null=True, on_delete=models.PROTECT, related_name="readings", verbose_name=_("gauge")
    )
    reason = models.TextField(_("reason of the further attempt"), blank=True, default="")
    measured_at = models.DateTimeField(_("measured"), null=True)
    at = DatabaseTime(_("recorded"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("recorded by"),
    )
    history = Trail()
    frozen = (
        *("uid", "characteristic", "sample", "attempt", "serial", "given", "value", "given_unit", "factor", "choice"),
        *("verdict", "gauge", "reason", "measured_at", "at", "by"),
    )
    objects = ReadingQuerySet.as_manager()

    class Meta:
        verbose_name = _("reading")
        ordering = ("characteristic", "sample", "attempt")
        constraints = (
            models.UniqueConstraint(fields=("characteristic", "sample", "attempt"), name="reading_once"),
            models.CheckConstraint(name="reading_sample", condition=Q(sample__gte=1, attempt__gte=1)),
            models.CheckConstraint(
                name="reading_is_value_or_choice",
                condition=Q(value__isnull=False, choice="") | (Q(value=None) & ~Q(choice="")),
            ),
            models.CheckConstraint(name="reading_repeat_has_reason", condition=Q(attempt=1) | ~Q(reason="")),
            models.CheckConstraint(name="reading_factor", condition=Q(factor__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.characteristic.balloon}/{self.sample}: {self.given}"


class GaugeLeave(Regulated):
    """A gauge that would be refused is allowed for one inspection, by signature and with a reason."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="leaves")
    gauge = models.ForeignKey(Gauge, on_delete=models.PROTECT, related_name="leaves", verbose_name=_("gauge"))
    reason = models.TextField(_("reason"))
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="+")
    at = DatabaseTime(_("allowed"))
    history = Trail()
    frozen = ("uid", "inspection", "gauge", "reason", "signature", "at")

    class Meta:
        verbose_name = _("leave for a gauge")
        constraints = (models.UniqueConstraint(fields=("inspection", "gauge"), name="gauge_leave_once"),)

    def __str__(self) -> str:
        return f"{self.inspection}: {self.gauge}"
