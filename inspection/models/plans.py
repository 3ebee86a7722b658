"""Inspection plans: what is inspected of a part and how many of it, edition by edition."""

from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.lib.fields import NumberField
from qms.lib.ids import uuid7
from qms.lib.quantity import show
from qms.masterdata.models import Customer, Item, Supplier
from qms.records.models import Record
from qms.signatures.models import Signature

from ..choices import (
    TABLES,
    CertificateKind,
    DecisionRule,
    InspectionKind,
    Occasion,
    Scheme,
    Skipping,
    StockMode,
    Switching,
)
from .words import zero_table_shown

SCOPE = ("item", "revision", "operation", "supplier", "customer", "kind")
SKIPPING = ("skipping", "skip_after", "skip_one_in", "skip_most_lots", "skip_most_days")
ENDED = ("RELEASED", "SUPERSEDED", "WITHDRAWN")  # once released, always signed


def optional(to: Any, **options: Any) -> Any:
    return models.ForeignKey(
        to, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False, **options
    )


class InspectionPlan(Record):
    """One edition of the plan of a scope: part, revision, operation, supplier, customer and kind of inspection.

    Editions of a scope share `family`. What it relies on of the master data is copied as text, so that a later sync does not
    change what was signed. Only a draft is changed (law of the database); `sha256` is that of the content when it was released.
    """

    prefix, noun, view_permission = "INP", "inspectionplan", "inspection_plan.view"
    search_ids, search_texts = ("part_number", "supplier_name", "customer_name"), ("title", "part_name", "drawing")
    number = NumberField(_("number"), prefix="INP")
    family = models.UUIDField(default=uuid7, editable=False)
    edition = models.IntegerField(_("edition"))
    base = optional("self", verbose_name=_("copied from"))
    supersedes = optional("self", verbose_name=_("supersedes"))
    title = models.CharField(_("title"), max_length=200)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", verbose_name=_("part"), db_index=False)
    part_number = models.CharField(_("part"), max_length=120)
    part_name = models.CharField(_("part name"), max_length=200, blank=True, default="")
    revision = models.CharField(_("part revision"), max_length=40, blank=True, default="")
    operation = models.CharField(_("operation"), max_length=40, blank=True, default="")
    supplier = optional(Supplier, verbose_name=_("supplier"))
    supplier_name = models.CharField(_("supplier name"), max_length=200, blank=True, default="")
    customer = optional(Customer, verbose_name=_("customer"))
    customer_name = models.CharField(_("customer name"), max_length=200, blank=True, default="")
    kind = models.CharField(_("kind of inspection"), max_length=16, choices=InspectionKind)
    drawing = models.CharField(_("drawing"), max_length=120, blank=True, default="")
    scheme = models.CharField(_("sampling scheme"), max_length=12, choices=Scheme, default=Scheme.ALL)
    level = models.CharField(_("inspection level"), max_length=4, blank=True, default="")
    aql = models.DecimalField(_("AQL"), max_digits=7, decimal_places=3, null=True, blank=True)
    size = models.IntegerField(_("sample size"), null=True, blank=True)
    zero_table = models.JSONField(
        _("own C = 0 table"), default=list, db_default=Value([], models.JSONField()), blank=True
    )
    percent = models.DecimalField(_("per cent of the lot"), max_digits=6, decimal_places=3, null=True, blank=True)
    switching = models.CharField(_("switching rules"), max_length=4, choices=Switching, default=Switching.NONE)
    skipping = models.CharField(_("skipping of lots"), max_length=8, choices=Skipping, default=Skipping.NONE)
    skip_after = models.IntegerField(_("accepted lots in a row before lots are skipped"), null=True, blank=True)
    skip_one_in = models.IntegerField(_("one lot in so many is inspected"), null=True, blank=True)
    skip_most_lots = models.IntegerField(_("at least one inspected among so many lots"), null=True, blank=True)
    skip_most_days = models.IntegerField(_("at least one inspected in so many days"), null=True, blank=True)
    stock_mode = models.CharField(_("stock meanwhile"), max_length=12, choices=StockMode, default=StockMode.QUARANTINE)
    occasions = models.JSONField(
        _("begins by itself at"), default=list, db_default=Value([], models.JSONField()), blank=True
    )
    every_pieces = models.IntegerField(_("every N pieces"), null=True, blank=True)
    every_hours = models.IntegerField(_("every N hours"), null=True, blank=True)
    certificates = models.JSONField(
        _("certificates asked for"), default=list, db_default=Value([], models.JSONField()), blank=True
    )
    decision_rule = models.CharField(
        _("decision rule"), max_length=12, choices=DecisionRule, default=DecisionRule.SIMPLE
    )
    reaction = models.TextField(_("reaction plan"), blank=True, default="")
    note = models.TextField(_("what it changes and why"), blank=True, default="")
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("last edited by"),
        db_index=False,
    )  # fmt: skip
    released_by = optional(settings.AUTH_USER_MODEL, verbose_name=_("released by"))
    released_at = models.DateTimeField(_("released"), null=True)
    release = optional(Signature, verbose_name=_("signature of the release"))
    sha256 = models.CharField(_("SHA-256 of the content"), max_length=64, blank=True, default="")
    history = Trail()
    in_words: ClassVar[dict[str, Any]] = {"zero_table": zero_table_shown}
    frozen = (*Record.frozen, *SCOPE, "family", "edition", "base", "part_number")

    class Meta:
        verbose_name = _("inspection plan")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "-id"), name="inspectionplan_site"),
            models.Index(fields=("item", "state"), name="inspectionplan_item"),
            GinIndex(
                *(OpClass(Upper(name), name="gin_trgm_ops") for name in ("number", "part_number", "title")),
                name="inspectionplan_search",
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("family", "edition"), name="inspectionplan_edition_once"),
            models.UniqueConstraint(
                fields=("site", *SCOPE), condition=Q(state="RELEASED"), nulls_distinct=False,
                name="inspectionplan_one_released",
            ),
            models.UniqueConstraint(
                fields=("family",), condition=Q(state__in=("DRAFT", "IN_REVIEW")), name="inspectionplan_one_draft"
            ),
            models.CheckConstraint(
                condition=~Q(scheme__in=TABLES) | ~Q(level="") & Q(aql__isnull=False), name="inspectionplan_table"
            ),
            models.CheckConstraint(
                condition=~Q(scheme="c0") | Q(aql__isnull=False), name="inspectionplan_c0"
            ),
            models.CheckConstraint(
                condition=Q(zero_table=[]) | Q(scheme="c0"), name="inspectionplan_zero_table"
            ),
            models.CheckConstraint(
                condition=~Q(scheme="fixed") | Q(size__isnull=False, size__gte=1), name="inspectionplan_fixed"
            ),
            models.CheckConstraint(
                condition=~Q(scheme="percent") | Q(percent__isnull=False, percent__gt=0, percent__lte=100),
                name="inspectionplan_percent",
            ),
            models.CheckConstraint(
                condition=Q(switching="none") | Q(scheme__in=TABLES), name="inspectionplan_switching"
            ),
            models.CheckConstraint(
                condition=Q(occasions__contains=["pieces"], every_pieces__isnull=False, every_pieces__gte=1)
                | ~Q(occasions__contains=["pieces"]) & Q(every_pieces=None),
                name="inspectionplan_every_pieces",
            ),
            models.CheckConstraint(
                condition=Q(occasions__contains=["recurring"], every_hours__isnull=False, every_hours__gte=1, scheme="fixed")
                | ~Q(occasions__contains=["recurring"]) & Q(every_hours=None),
                name="inspectionplan_every_hours",
            ),
            models.CheckConstraint(
                name="inspectionplan_certificates", condition=Q(certificates=[]) | Q(kind="incoming")
            ),
            models.CheckConstraint(
                name="inspectionplan_skipping",
                condition=Q(
                    skipping="none", skip_after=None, skip_one_in=None, skip_most_lots=None, skip_most_days=None
                )
                | Q(
                    kind="incoming", skipping__in=("skip_lot", "dock"), skip_after__gte=1, skip_most_lots__gte=1,
                    skip_most_days__gte=1,
                )
                & (Q(skipping="skip_lot", skip_one_in__gte=2) | Q(skipping="dock", skip_one_in=None)),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=ENDED)
                | Q(released_by__isnull=False, released_at__isnull=False, release__isnull=False) & ~Q(sha256=""),
                name="inspectionplan_signed",
            ),
            models.CheckConstraint(
                condition=Q(released_by=None) | ~Q(released_by=F("created_by")) & ~Q(released_by=F("edited_by")),
                name="inspectionplan_four_eyes",
            ),
        )  # fmt: skip

    @property
    def part_shown(self) -> str:
        return f"{self.part_number} {self.revision}".strip()

    @property
    def sampling_shown(self) -> str:
        """The rule in the words of the table: scheme, level, AQL."""
        told = [str(self.get_scheme_display())]
        if self.scheme in TABLES:
            told.append(self.level)
        if self.aql is not None:
            told.append(f"AQL {show(self.aql)}")
        if self.zero_table:
            told.append(gettext("own table"))
        if self.size is not None:
            told.append(f"n = {self.size}")
        if self.percent is not None:
            told.append(f"{'LQ ' if self.scheme == Scheme.C0 else ''}{show(self.percent)} %")
        if self.skipping != Skipping.NONE:
            told.append(str(self.get_skipping_display()))
        return " · ".join(told)

    @property
    def zero_shown(self) -> tuple[list[str], list[tuple[str, list[Any]]]]:
        """AQLs across, and for each row its lots and samples; the database keeps no order of names."""
        aqls = sorted(self.zero_table[0]["n"], key=Decimal) if self.zero_table else []
        return aqls, [
            (f"{one['from']}–{one['to'] or ''}", [one["n"].get(aql, "") for aql in aqls]) for one in self.zero_table
        ]

    @property
    def begins_at(self) -> list[str]:
        """The occasions; where none is named, an incoming inspection waits for receipts and every other one for a person."""
        default = [str(Occasion.RECEIPT)] if self.kind == InspectionKind.INCOMING else []
        return list(self.occasions) or default

    @property
    def occasions_shown(self) -> str:
        """In words, with the numbers where they have one."""
        told = {Occasion.PIECES: self.every_pieces, Occasion.RECURRING: self.every_hours}
        words = [f"{Occasion(one).label} ({told[Occasion(one)]})" if told.get(Occasion(one)) else str(Occasion(one).label)
                 for one in self.begins_at]  # fmt: skip
        return ", ".join(words)

    @property
    def certificates_shown(self) -> str:
        return ", ".join(str(CertificateKind(one).label) for one in self.certificates)

    def snapshot(self) -> dict[str, Any]:
        """The plan and its characteristics as plain data, decimals as text, absent ones None: what is signed, and what a lot keeps."""
        named = ("title", "part_number", "revision", "operation", "supplier_name", "customer_name", "kind", "drawing")
        rule = ("scheme", "level", "switching", "stock_mode", "decision_rule", "reaction")
        # Only where it was said: what was signed before there were occasions keeps its digest.
        begins = {"occasions": self.occasions, "every_pieces": self.every_pieces, "every_hours": self.every_hours}
        return {
            **(begins if self.occasions else {}),
            **({"certificates": self.certificates} if self.certificates else {}),
            **({"zero_table": self.zero_table} if self.zero_table else {}),
            "plan": self.number,
            "uid": str(self.uid),
            "family": str(self.family),
            "edition": self.edition,
            "site": self.site.code,
            **{name: getattr(self, name) for name in (*named, *rule)},
            "aql": None if self.aql is None else show(self.aql),
            "size": self.size,
            "percent": None if self.percent is None else show(self.percent),
            **({name: getattr(self, name) for name in SKIPPING} if self.skipping != Skipping.NONE else {}),
            "characteristics": [row.snapshot() for row in self.characteristics.all()],
        }

    def signed_content(self) -> dict[str, Any]:
        return {**self.snapshot(), "note": self.note}

    def trail_members(self) -> dict[str, list[str]]:
        keys = self.characteristics.values_list("pk", flat=True)
        return {self.characteristics.model._meta.label_lower: [str(pk) for pk in keys]}

    def get_absolute_url(self) -> str:
        return reverse("inspection:inspectionplan-detail", args=[self.number])
