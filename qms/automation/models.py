"""Rules for automatic action, what they heard, what came of it, and the switch that stops them."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import MD5, Cast, Coalesce, Concat, Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ncr.models import DefectCode, Nonconformance
from qms.accounts import access
from qms.accounts.models import Site
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime, NumberField
from qms.lib.ids import uuid7
from qms.lib.quantity import show
from qms.lib.trail import BULK, PLUMBING
from qms.records.models import Record

from .choices import Does, Hears, Mode, Why


def person(label: Any, **options: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=label,
        db_index=False,
        **options,
    )


def words(*names: str) -> Any:
    return (OpClass(Upper(name), name="gin_trgm_ops") for name in names)


class Signal(models.Model):
    """What was heard: facts of one failed test, one value outside, one alert, one new nonconformance. Never changed."""

    trail_class = BULK
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(_("heard"), max_length=8, choices=Hears)
    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    source = models.CharField(_("source"), max_length=80)
    source_event = models.CharField(_("message"), max_length=240)
    part = models.CharField(_("part"), max_length=120, blank=True, default="")
    family = models.CharField(_("part family"), max_length=120, blank=True, default="")
    lot = models.CharField(_("lot"), max_length=120, blank=True, default="")
    order = models.CharField(_("order"), max_length=120, blank=True, default="")
    operation = models.CharField(_("operation"), max_length=120, blank=True, default="")
    work_center = models.CharField(_("work center"), max_length=120, blank=True, default="")
    equipment = models.CharField(_("equipment"), max_length=120, blank=True, default="")
    serial = models.CharField(_("serial number"), max_length=120, blank=True, default="")
    code = models.CharField(_("code or characteristic"), max_length=120, blank=True, default="")
    severity = models.CharField(_("severity"), max_length=12, blank=True, default="")
    quantity = models.DecimalField(_("quantity"), max_digits=20, decimal_places=6)
    unit = models.CharField(_("unit"), max_length=40, blank=True, default="")
    value = models.CharField(_("value"), max_length=80, blank=True, default="")
    limits = models.CharField(_("limits"), max_length=120, blank=True, default="")
    note = models.TextField(_("note"), blank=True, default="")
    is_trial = models.BooleanField(_("set-up or gauge check"), default=False)
    occurred_at = models.DateTimeField(_("occurred"))
    recorded_at = DatabaseTime(_("recorded"))

    class Meta:
        verbose_name = _("signal")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("source", "source_event", "kind", "code", "serial"), name="signal_once"),
        )
        indexes = (models.Index(fields=("site", "kind", "occurred_at"), name="signal_heard"),)

    def __str__(self) -> str:
        return f"{self.source} {self.source_event}"


class Pending(models.Model):
    """Signals that no rule was asked about yet: written with them, taken off when they were judged."""

    trail_class = PLUMBING
    signal = models.OneToOneField(Signal, on_delete=models.CASCADE, primary_key=True)


USED = ("APPROVED", "ACTIVE", "RETIRED")
CONTENT_FIELDS = (
    "hears", "does", "mode", "source", "part", "family", "watched", "work_center", "severity", "defect_code_id", "group_by",
    "window_minutes", "least_hits", "burst_per_hour", "acts_per_hour", "quantity_per_hour", "value_per_hour", "expires_on",
)  # fmt: skip


def content() -> Any:
    """What was tried is what is used: the database compares. NULL counts as nothing."""
    text: Any = models.TextField()
    told: list[Any] = []
    for name in CONTENT_FIELDS:
        told += [Coalesce(Cast(name, text), models.Value("", text), output_field=text), models.Value("|", text)]
    return MD5(Concat(*told, output_field=text))


class Rule(Record):
    """One edition of a rule; of one `code` at most one is in use on a site."""

    prefix, noun, view_permission = "RUL", "rule", "automation.view"
    search_ids, search_texts = ("code",), ("title",)
    number = NumberField(_("number"), prefix="RUL")
    code = models.CharField(_("code"), max_length=40)
    edition = models.IntegerField(_("edition"))
    base = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    title = models.CharField(_("title"), max_length=200)
    note = models.TextField(_("why it is needed"))
    owner = person(_("owner"))
    expires_on = models.DateField(_("expires on"))
    hears = models.CharField(_("hears"), max_length=8, choices=Hears)
    does = models.CharField(_("does"), max_length=8, choices=Does)
    mode = models.CharField(_("mode"), max_length=8, choices=Mode, default=Mode.SUGGEST)
    source = models.CharField(_("source"), max_length=80, blank=True, default="")
    part = models.CharField(_("part"), max_length=120, blank=True, default="")
    family = models.CharField(_("part family"), max_length=120, blank=True, default="")
    watched = models.CharField(_("code or characteristic"), max_length=120, blank=True, default="")
    work_center = models.CharField(_("work center"), max_length=120, blank=True, default="")
    severity = models.CharField(_("severity at least"), max_length=12, blank=True, default="")
    defect_code = models.ForeignKey(
        DefectCode,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("defect code of the nonconformance"),
        db_index=False,
    )
    group_by = models.JSONField(_("one case per"), default=list)
    window_minutes = models.IntegerField(_("joined while the gap is under (min)"), default=60)
    least_hits = models.IntegerField(_("from so many hits"), default=1)
    burst_per_hour = models.IntegerField(_("pauses over so many cases an hour"), default=10)
    acts_per_hour = models.IntegerField(_("acts per hour at most"), default=5)
    quantity_per_hour = models.DecimalField(
        _("quantity per hour at most"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    value_per_hour = models.DecimalField(
        _("value per hour at most"), max_digits=20, decimal_places=2, null=True, blank=True
    )
    tried = models.CharField(_("content that was tried"), max_length=32, blank=True, default="")
    edited_by = person(_("last edited by"))
    approved_by = person(_("approved by"), null=True)
    approved_too_by = person(_("approved too by"), null=True)
    activated_at = models.DateTimeField(_("in use since"), null=True)
    history = Trail()
    frozen = (*Record.frozen, "code", "edition", "base")

    class Meta:
        verbose_name = _("automation rule")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "-id"), name="rule_site"),
            GinIndex(*words("number", "code", "title"), name="rule_search"),
        )
        constraints = (
            models.UniqueConstraint(fields=("site", "code", "edition"), name="rule_edition_once"),
            models.UniqueConstraint(fields=("site", "code"), condition=Q(state="ACTIVE"), name="rule_one_active"),
            models.CheckConstraint(
                condition=Q(state__in=("DRAFT", "CANCELLED")) | Q(tried=content()), name="rule_as_tried"
            ),
            models.CheckConstraint(condition=~Q(state__in=USED) | Q(approved_by__isnull=False), name="rule_approved"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("created_by")) & ~Q(approved_by=F("edited_by")),
                name="rule_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(state="ACTIVE", does="hold", mode__in=("approval", "auto"))
                | Q(approved_too_by__isnull=False),
                name="rule_hold_two_approvals",
            ),
            models.CheckConstraint(condition=~Q(does="block", mode="auto"), name="rule_block_by_people"),
            models.CheckConstraint(
                condition=Q(approved_too_by=None)
                | ~Q(approved_too_by=F("approved_by"))
                & ~Q(approved_too_by=F("created_by"))
                & ~Q(approved_too_by=F("edited_by")),
                name="rule_six_eyes",
            ),
            models.CheckConstraint(
                condition=Q(window_minutes__range=(1, 10080), least_hits__gte=1, burst_per_hour__gte=1, acts_per_hour__gte=0),
                name="rule_sizes",
            ),
        )  # fmt: skip

    @property
    def needs_two(self) -> bool:
        """A hold without a person's hand takes two approvers."""
        return self.does == Does.HOLD and self.mode in (Mode.APPROVAL, Mode.AUTO)

    def signed_content(self) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in CONTENT_FIELDS if name != "defect_code_id"}
        told = {name: value if isinstance(value, list | int) else str(value or "") for name, value in told.items()}
        defect = self.defect_code.code if self.defect_code else ""
        return {**told, "code": self.code, "edition": self.edition, "defect_code": defect}

    def trail_members(self) -> dict[str, list[str]]:
        return {Backtest._meta.label_lower: [str(pk) for pk in self.backtests.values_list("pk", flat=True)]}

    def get_absolute_url(self) -> str:
        return reverse("automation:rule-detail", args=[self.number])


class BacktestQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Any:
        return self.filter(rule__in=access.visible_to(Rule.objects.all(), user, Rule.view_permission))


class Backtest(Regulated):
    """What the rule would have done with the signals of the last days; kept, since approvals stand on it."""

    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="backtests")
    content = models.CharField(max_length=32)
    days = models.IntegerField(_("days"))
    signals = models.IntegerField(_("hits"))
    cases = models.IntegerField(_("cases"))
    acts = models.IntegerField(_("acted on"))
    bursts = models.IntegerField(_("pauses"))
    largest = models.JSONField(_("largest cases"), default=list)
    at = DatabaseTime(_("tried"))
    by = person(_("tried by"))
    history = Trail()
    frozen = ("rule", "content", "days", "signals", "cases", "acts", "bursts", "largest", "at", "by")
    objects = BacktestQuerySet.as_manager()

    class Meta:
        verbose_name = _("trial over history")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.rule.number}: {self.days} d"


class Case(Record):
    """Hits of one rule that belong together. Level by level: signal, case, nonconformance."""

    prefix, noun, view_permission = "CAS", "case", "automation.view"
    search_ids, search_texts = ("part", "lot"), ()
    number = NumberField(_("number"), prefix="CAS")
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="cases", verbose_name=_("rule"))
    key = models.CharField(max_length=600)
    source = models.CharField(_("source"), max_length=80)
    part = models.CharField(_("part"), max_length=120, blank=True, default="")
    lot = models.CharField(_("lot"), max_length=120, blank=True, default="")
    order = models.CharField(_("order"), max_length=120, blank=True, default="")
    operation = models.CharField(_("operation"), max_length=120, blank=True, default="")
    work_center = models.CharField(_("work center"), max_length=120, blank=True, default="")
    code = models.CharField(_("code or characteristic"), max_length=120, blank=True, default="")
    hits = models.IntegerField(_("hits"))
    quantity = models.DecimalField(_("quantity"), max_digits=20, decimal_places=6)
    unit = models.CharField(_("unit"), max_length=40, blank=True, default="")
    first_at = models.DateTimeField(_("first hit"))
    last_at = models.DateTimeField(_("last hit"))
    raised_at = models.DateTimeField(_("raised"), null=True)
    acted_at = models.DateTimeField(_("done"), null=True)
    why = models.CharField(_("why it waits for a person"), max_length=8, choices=Why, blank=True, default="")
    told = models.TextField(_("what stood against it"), blank=True, default="")
    ncr = models.ForeignKey(
        Nonconformance, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("nonconformance")
    )
    history = Trail()
    frozen = (*Record.frozen, "rule", "key", "source", "first_at")

    class Meta:
        verbose_name = _("automation case")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "-id"), name="case_site"),
            models.Index(fields=("rule", "key", "-last_at"), name="case_key"),
            models.Index(fields=("site", "source", "raised_at"), name="case_burst"),
            GinIndex(*words("number", "part", "lot"), name="case_search"),
        )
        constraints = (
            models.CheckConstraint(
                condition=~Q(state="ACTED") | Q(ncr__isnull=False, acted_at__isnull=False),
                name="case_acted_on_something",
            ),
            models.CheckConstraint(condition=Q(hits__gte=1, last_at__gte=F("first_at")), name="case_hits"),
        )

    @property
    def title(self) -> str:
        return " · ".join(filter(None, (self.rule.title, self.part, self.lot or self.order, self.code)))

    @property
    def quantity_shown(self) -> str:
        return f"{show(self.quantity)} {self.unit}".strip()

    def signed_content(self) -> dict[str, Any]:
        return {
            "rule": self.rule.number,
            "hits": self.hits,
            "quantity": show(self.quantity),
            "part": self.part,
            "lot": self.lot,
        }

    def get_absolute_url(self) -> str:
        return reverse("automation:case-detail", args=[self.number])


class Hit(models.Model):
    """Which signal counts for which case."""

    trail_class = BULK
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="members")
    signal = models.ForeignKey(Signal, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("case", "signal"), name="hit_once"),)

    def __str__(self) -> str:
        return f"{self.case_id}: {self.signal_id}"


class StopQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Any:
        return access.visible_to(self, user, "automation.view")

    def standing(self) -> Any:
        return self.filter(resumed_at=None)


class Stop(Regulated):
    """The switch: while one stands, nothing is done by itself at the site, or for what one source tells (the brake)."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"))
    source = models.CharField(_("source"), max_length=80, blank=True, default="")
    reason = models.TextField(_("reason"))
    stopped_at = DatabaseTime(_("stopped"))
    stopped_by = person(_("stopped by"))
    resumed_at = models.DateTimeField(_("resumed"), null=True)
    resumed_by = person(_("resumed by"), null=True)
    history = Trail()
    frozen = ("site", "source", "reason", "stopped_at", "stopped_by")
    objects = StopQuerySet.as_manager()

    class Meta:
        verbose_name = _("stop of automation")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=("site", "source"), condition=Q(resumed_at=None), name="stop_once"),
            models.CheckConstraint(
                condition=Q(resumed_at=None, resumed_by=None) | Q(resumed_at__isnull=False, resumed_by__isnull=False),
                name="stop_resumed",
            ),
        )

    def __str__(self) -> str:
        return f"{self.site.code} {self.source}".strip()

    def get_absolute_url(self) -> str:
        return reverse("automation:stops")
