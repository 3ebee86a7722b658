"""Characteristics of an inspection plan."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.ids import uuid7
from qms.lib.quantity import show

from ..choices import (
    NUMERIC,
    TABLES,
    CharacteristicKind,
    DecisionRule,
    Geometric,
    Importance,
    Modifier,
    OwnSample,
    Scheme,
)
from .plans import InspectionPlan


def limit(label: Any) -> Any:
    """numeric(28,12): a nanometre in metres, and what a table in inches says, both exact."""
    return models.DecimalField(label, max_digits=28, decimal_places=12, null=True, blank=True)


def words(label: Any, most: int) -> Any:
    return models.CharField(label, max_length=most, blank=True, default="")


class PlanCharacteristic(Regulated):
    """A line of a plan. `origin` is the same in every edition: what is measured over years hangs on it.

    `callout`: {"symbol", "diameter", "tolerance", "modifier", "datums": [{"letter", "modifier"}]} or {};
    `choices`: [{"code", "label", "accept"}]; `formula` over the balloons of other lines; `photo`: SHA-256 of a file of the plan;
    `place`: where the balloon stands on a picture of the plan, `SHA-256@x,y` in thousandths of its width and height.
    """

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    origin = models.UUIDField(default=uuid7, editable=False)
    plan = models.ForeignKey(InspectionPlan, on_delete=models.PROTECT, related_name="characteristics", db_index=False)
    position = models.IntegerField(_("position"))
    balloon = models.CharField(_("balloon"), max_length=12)
    sheet = words(_("sheet"), 12)
    zone = words(_("zone"), 12)
    name = models.CharField(_("characteristic"), max_length=120)
    requirement = words(_("requirement"), 400)
    kind = models.CharField(_("kind"), max_length=12, choices=CharacteristicKind, default=CharacteristicKind.VARIABLE)
    nominal = limit(_("nominal"))
    lower = limit(_("lower limit"))
    upper = limit(_("upper limit"))
    is_basic = models.BooleanField(_("basic dimension"), default=False)
    is_reference = models.BooleanField(_("reference dimension"), default=False)
    unit = words(_("unit"), 40)
    uncertainty = limit(_("measurement uncertainty U"))
    decision_rule = models.CharField(
        _("decision rule"), max_length=12, choices=DecisionRule, blank=True, default=""
    )  # empty: the plan's
    callout = models.JSONField(_("geometric tolerance"), default=dict, blank=True)
    importance = models.CharField(_("class"), max_length=8, choices=Importance, default=Importance.MAJOR)
    is_key = models.BooleanField(_("key characteristic"), default=False)
    method = words(_("method"), 200)
    gauge_kind = words(_("kind of gauge"), 60)
    sampling = models.CharField(_("sample"), max_length=8, choices=OwnSample, default=OwnSample.INHERIT)
    sample_size = models.IntegerField(_("sample size"), null=True, blank=True)
    scheme = models.CharField(_("sampling scheme"), max_length=12, choices=Scheme, blank=True, default="")
    level = words(_("inspection level"), 4)
    aql = models.DecimalField(_("AQL"), max_digits=7, decimal_places=3, null=True, blank=True)
    switches = models.BooleanField(_("switches by itself"), default=False)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    formula = words(_("formula"), 400)
    photo = words(_("photo standard"), 64)
    place = words(_("place on the drawing"), 80)
    reaction = models.TextField(_("reaction plan"), blank=True, default="")
    history = Trail()
    frozen = ("uid", "origin", "plan")
    deletable = True  # of a draft

    class Meta:
        verbose_name = _("characteristic of an inspection plan")
        ordering = ("plan", "position")
        constraints = (
            # Deferred: an edit moves lines past each other.
            models.UniqueConstraint(
                fields=("plan", "position"), name="plancharacteristic_position", deferrable=models.Deferrable.DEFERRED
            ),
            models.UniqueConstraint(
                fields=("plan", "balloon"), name="plancharacteristic_balloon", deferrable=models.Deferrable.DEFERRED
            ),
            models.UniqueConstraint(fields=("plan", "origin"), name="plancharacteristic_origin"),
            models.CheckConstraint(
                name="plancharacteristic_limits", condition=Q(lower=None) | Q(upper=None) | Q(lower__lte=F("upper"))
            ),
            models.CheckConstraint(
                name="plancharacteristic_numeric",
                condition=Q(kind__in=NUMERIC) | Q(nominal=None, lower=None, upper=None, uncertainty=None),
            ),
            models.CheckConstraint(
                name="plancharacteristic_limited",
                condition=~Q(kind__in=NUMERIC)
                | Q(lower__isnull=False)
                | Q(upper__isnull=False)
                | Q(is_basic=True)
                | Q(is_reference=True),
            ),
            models.CheckConstraint(
                name="plancharacteristic_choices", condition=~Q(kind="choice") | ~Q(choices=[])
            ),
            models.CheckConstraint(
                name="plancharacteristic_formula",
                condition=Q(kind="computed") & ~Q(formula="") | ~Q(kind="computed") & Q(formula=""),
            ),
            models.CheckConstraint(
                name="plancharacteristic_uncertainty", condition=Q(uncertainty=None) | Q(uncertainty__gte=0)
            ),
            models.CheckConstraint(
                name="plancharacteristic_decision", condition=~Q(decision_rule="guard_band") | Q(uncertainty__gt=0)
            ),
            models.CheckConstraint(
                name="plancharacteristic_switches",
                condition=Q(switches=False) | Q(sampling="own", scheme__in=TABLES),
            ),
            models.CheckConstraint(
                name="plancharacteristic_sample",
                condition=Q(sampling__in=("inherit", "all"))
                | Q(sampling="fixed", sample_size__isnull=False, sample_size__gte=1)
                | Q(sampling="own", aql__isnull=False) & Q(scheme__in=TABLES) & ~Q(level="")
                | Q(sampling="own", aql__isnull=False, scheme="c0"),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.balloon} {self.name}"

    @property
    def is_numeric(self) -> bool:
        return self.kind in NUMERIC

    @property
    def limits_shown(self) -> str:
        """12 … 12.018 mm, ≥ 5 mm, ≤ 0.05 mm; a basic or reference dimension by its nominal."""
        low, high = (show(end) if end is not None else "" for end in (self.lower, self.upper))
        if not (low or high):
            return self._nominal_shown()
        text = f"{low} … {high}" if low and high else f"≥ {low}" if low else f"≤ {high}"
        return f"{text} {self.unit}".strip()

    def _nominal_shown(self) -> str:
        if self.nominal is None:
            return ""
        text = f"{show(self.nominal)} {self.unit}".strip()
        return f"[{text}]" if self.is_basic else f"({text})" if self.is_reference else text

    @property
    def callout_shown(self) -> str:
        """In words: Position ⌀0.1 (maximum material) A B."""
        if not self.callout:
            return ""
        zone = f"{'⌀' if self.callout['diameter'] else ''}{self.callout['tolerance']}"
        datums = [one["letter"] + _in_words(one["modifier"]) for one in self.callout["datums"]]
        name = str(Geometric(self.callout["symbol"]).label)
        return " ".join((name, zone + _in_words(self.callout["modifier"]), *datums))

    def in_words_of(self, name: str) -> str:
        """A field as people read it; empty for nothing."""
        value = getattr(self, name)
        if name == "callout":
            return self.callout_shown
        if name == "choices":
            return "; ".join(f"{one['code']} {one['label']} ({_accepted(one['accept'])})" for one in value)
        if name == "photo":
            return value[:12]
        if isinstance(value, bool):
            return _now("yes") if value else _now("no")
        field: Any = self._meta.get_field(name)
        labels = dict(field.flatchoices)
        return str(labels.get(value, "" if value is None else plain(value)))

    @property
    def sampling_shown(self) -> str:
        if self.sampling == OwnSample.FIXED:
            return f"n = {self.sample_size}"
        if self.sampling == OwnSample.OWN:
            column = f"AQL {show(self.aql)}" if self.aql is not None else ""
            apart = _now("switches by itself") if self.switches else ""
            return " · ".join(filter(None, (str(self.get_scheme_display()), self.level, column, apart)))
        return str(self.get_sampling_display())

    @property
    def decision_shown(self) -> str:
        """U = 0.002 mm · guard band; the rule only where it is the characteristic's own."""
        uncertainty = "" if self.uncertainty is None else f"U = {show(self.uncertainty)} {self.unit}".strip()
        return " · ".join(
            filter(None, (uncertainty, str(self.get_decision_rule_display()) if self.decision_rule else ""))
        )

    @property
    def importance_shown(self) -> str:
        told = str(self.get_importance_display())
        return f"{told} · {_now('key characteristic')}" if self.is_key else told

    def snapshot(self) -> dict[str, Any]:
        """Plain data: decimals are text, absent ones None. What came `LATER` only where it says something: plans signed before it
        existed stay covered."""
        told = {"uid": str(self.uid), "origin": str(self.origin), **{name: plain(getattr(self, name)) for name in TOLD}}
        return {name: value for name, value in told.items() if value or name not in LATER}


def decides_by(*, own: str, plan: str, uncertainty: Any) -> str:
    """The rule that readings are judged by: the characteristic's own, or the plan's where an uncertainty is known."""
    return own or (plan if uncertainty else str(DecisionRule.SIMPLE))


def _accepted(is_good: bool) -> str:
    return pgettext("inspection", "accepted") if is_good else _now("not accepted")


def _in_words(modifier: str) -> str:
    return f" ({Modifier(modifier).label})" if modifier else ""


TOLD = (
    "position", "balloon", "sheet", "zone", "name", "requirement", "kind", "nominal", "lower", "upper", "is_basic",
    "is_reference", "unit", "uncertainty", "decision_rule", "callout", "importance", "is_key", "method", "gauge_kind",
    "sampling", "sample_size", "scheme", "level", "aql", "switches", "choices", "formula", "photo", "place", "reaction",
)  # fmt: skip
LATER = ("decision_rule", "switches", "place")


COPIED = ("origin", *(name for name in TOLD if name != "position"))


def plain(value: Any) -> Any:
    return show(value) if isinstance(value, Decimal) else value
