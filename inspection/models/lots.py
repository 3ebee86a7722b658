"""Inspections: a lot held against one exact edition of a plan, its verdict and, apart from that, what becomes of it."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ncr.models import Hold, Nonconformance, ReworkLoop
from qms.commands.models import Posting
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.clock import now
from qms.lib.fields import NumberField, QuantityField
from qms.lib.ids import uuid7
from qms.lib.quantity import show
from qms.lib.reading import once
from qms.masterdata.models import Item, Lot, ProductionOrder, ReceiptLine, ShipmentLine, Supplier
from qms.records.models import Record
from qms.signatures.models import Signature

from ..choices import InspectionKind, LotOrigin, LotVerdict, Severity, StockMode, Usage
from .plans import InspectionPlan
from .sequences import SamplingSequence
from .tally import Tally
from .words import judged_shown, sampling_shown

ANSWERED = ("POSTED", "RECONCILED", "SKIPPED")  # by the ERP, or for it by a person's signature


def optional(to: Any, **options: Any) -> Any:
    return models.ForeignKey(
        to, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False, **options
    )


def hours(begin: datetime, end: datetime | None) -> Decimal | None:
    """To the hundredth."""
    return None if end is None else Decimal((end - begin).total_seconds() / 3600).quantize(Decimal("0.01"))


class Inspection(Record):
    """`plan_content`: the released edition as it was when the inspection came to be, with the SHA-256 of its canonical form; a later
    edition changes nothing here. `sampling`: what was determined at the release, with the table's cell that it came from."""

    prefix, noun, view_permission = "INS", "inspection", "inspection.view"
    search_ids = ("part_number", "lot_number", "order_number", "supplier_name")
    search_texts = ("title", "note")
    number = NumberField(_("number"), prefix="INS")
    kind = models.CharField(_("type of inspection"), max_length=16, choices=InspectionKind)
    origin = models.CharField(_("created by"), max_length=8, choices=LotOrigin, default=LotOrigin.PERSON)
    plan = models.ForeignKey(InspectionPlan, on_delete=models.PROTECT, related_name="lots", verbose_name=_("plan"))
    plan_content = models.JSONField(_("plan as it was"), default=dict)
    plan_sha256 = models.CharField("SHA-256", max_length=64)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", verbose_name=_("part"))
    part_number = models.CharField(_("part number"), max_length=120)
    part_name = models.CharField(_("part name"), max_length=200, blank=True, default="")
    part_revision = models.CharField(_("revision"), max_length=40, blank=True, default="")
    lot = models.ForeignKey(
        Lot, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("lot")
    )
    lot_number = models.CharField(_("lot number"), max_length=120, blank=True, default="")
    supplier = optional(Supplier, verbose_name=_("supplier"))
    supplier_name = models.CharField(_("supplier name"), max_length=200, blank=True, default="")
    receipt_line = models.ForeignKey(
        ReceiptLine, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("receipt line")
    )
    receipt_number = models.CharField(_("receipt"), max_length=120, blank=True, default="")
    order = optional(ProductionOrder, verbose_name=_("production order"))
    order_number = models.CharField(_("order number"), max_length=120, blank=True, default="")
    shipment_line = optional(ShipmentLine, verbose_name=_("shipment line"))
    operation = models.CharField(_("operation"), max_length=80, blank=True, default="")
    quantity = QuantityField(_("lot size"))
    unit = models.CharField(_("unit"), max_length=40)
    stock_mode = models.CharField(_("stock until the decision"), max_length=12, choices=StockMode)
    resubmits = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="resubmissions",
        verbose_name=_("resubmission of"),
    )  # fmt: skip
    rework = models.ForeignKey(
        ReworkLoop, null=True, blank=True, on_delete=models.PROTECT, related_name="inspections",
        verbose_name=_("rework of a nonconformance"),
    )  # fmt: skip
    sequence = models.ForeignKey(
        SamplingSequence, null=True, blank=True, on_delete=models.PROTECT, related_name="lots",
        verbose_name=_("sampling sequence"),
    )  # fmt: skip
    severity = models.CharField(_("severity of the sampling"), max_length=10, choices=Severity, blank=True, default="")
    sampling = models.JSONField(_("sampling"), default=dict, blank=True)
    sample_size = models.IntegerField(_("sample size"), null=True)
    accept = models.IntegerField(_("acceptance number (Ac)"), null=True)
    reject = models.IntegerField(_("rejection number (Re)"), null=True)
    found = models.IntegerField(_("nonconforming items in the sample"), null=True)
    verdict = models.CharField(_("verdict"), max_length=10, choices=LotVerdict, blank=True, default="")
    judged = models.JSONField(_("how it was judged"), default=dict, blank=True)
    arrived_at = models.DateTimeField(_("arrived"))
    released_at = models.DateTimeField(_("released"), null=True)
    completed_at = models.DateTimeField(_("results complete"), null=True)
    decision_note = models.TextField(_("reason of the decision"), blank=True, default="")
    usage_decided_by = optional(settings.AUTH_USER_MODEL, verbose_name=_("decided by"))
    usage_decided_at = models.DateTimeField(_("decided"), null=True)
    decision = models.OneToOneField(Signature, null=True, on_delete=models.PROTECT, related_name="+")
    posted_at = models.DateTimeField(_("stock posted"), null=True)
    ncr = models.OneToOneField(
        Nonconformance, null=True, blank=True, on_delete=models.PROTECT, related_name="raised_by", verbose_name="NCR"
    )
    note = models.TextField(_("note"), blank=True, default="")
    history = Trail()
    frozen = (
        *Record.frozen, "kind", "origin", "plan", "plan_content", "plan_sha256",
        "item", "part_number", "part_revision", "lot", "lot_number", "receipt_line", "order", "shipment_line", "quantity",
        "unit", "stock_mode", "resubmits", "rework",
    )  # fmt: skip

    class Meta:
        verbose_name = _("inspection")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "state", "-id"), name="inspection_site_state"),
            models.Index(fields=("site", "-id"), name="inspection_site"),
            GinIndex(
                *(OpClass(Upper(name), name="gin_trgm_ops") for name in ("number", "part_number", "lot_number")),
                name="inspection_search",
            ),
        )
        constraints = (
            models.CheckConstraint(name="inspection_quantity", condition=Q(quantity__gt=0)),
            # A lot of 0.4 m is inspected by one sample: rounded up, and never more than that.
            models.CheckConstraint(
                name="inspection_sample_within_lot",
                condition=Q(sample_size=None) | Q(sample_size__gte=0, sample_size__lt=F("quantity") + 1),
            ),
            models.CheckConstraint(
                name="inspection_ac_below_re", condition=Q(accept=None, reject=None) | Q(accept__lt=F("reject"))
            ),
            models.CheckConstraint(
                name="inspection_released_is_sampled",
                condition=Q(state__in=("CREATED", "CANCELLED", "SKIPPED"))
                | Q(released_at__isnull=False, sample_size__isnull=False),
            ),
            models.CheckConstraint(
                name="inspection_verdict_of_results",
                condition=(Q(verdict="") & Q(completed_at=None)) | (~Q(verdict="") & Q(completed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="inspection_complete_has_verdict",
                condition=~Q(state__in=("RESULTS_COMPLETE", "DECIDED", "POSTED")) | ~Q(verdict=""),
            ),
            models.CheckConstraint(
                name="inspection_decision_is_signed",
                condition=Q(usage_decided_at=None, usage_decided_by=None, decision=None)
                | Q(usage_decided_at__isnull=False, usage_decided_by__isnull=False, decision__isnull=False),
            ),
            models.CheckConstraint(
                name="inspection_decided_has_decision",
                condition=~Q(state__in=("DECIDED", "POSTED")) | Q(decision__isnull=False),
            ),
            models.UniqueConstraint(
                name="inspection_one_per_receipt_line", fields=("receipt_line",),
                condition=Q(resubmits=None, receipt_line__isnull=False) & ~Q(state__in=("CANCELLED", "SKIPPED")),
            ),
            models.UniqueConstraint(
                name="inspection_one_per_rework", fields=("rework",),
                condition=Q(rework__isnull=False) & ~Q(state="CANCELLED"),
            ),
            models.UniqueConstraint(
                name="inspection_triggered_once", fields=("receipt_line", "origin"), condition=Q(origin="receipt")
            ),
        )  # fmt: skip

    in_words = {"sampling": sampling_shown, "judged": judged_shown}

    @property
    def title(self) -> str:
        where = self.lot_number or self.receipt_number or self.order_number
        return f"{self.part_number} · {where}" if where else self.part_number

    @property
    def quantity_shown(self) -> str:
        return f"{show(self.quantity)} {self.unit}"

    @property
    def left_quantity(self) -> Decimal:
        """What nobody has decided about yet."""
        told = self.usage.aggregate(total=models.Sum("quantity"))["total"]
        return self.quantity - (told or Decimal())

    @property
    def decision_hours(self) -> Decimal | None:
        """From the trigger (or the arrival) to the signed decision."""
        return hours(self.arrived_at, self.usage_decided_at)

    @property
    def release_hours(self) -> Decimal | None:
        """From the trigger to the ERP's last acknowledgement."""
        return hours(self.arrived_at, self.posted_at)

    @property
    def lot_size(self) -> int:
        """Items of the lot as the tables count them."""
        return math.ceil(self.quantity)

    def signed_content(self) -> dict[str, Any]:
        """What is decided about and what is decided; not how far the postings are."""
        return {
            "found": self.found,
            "lines": [line.decided() for line in self.usage.order_by("line")],
            "lot": self.lot_number,
            "note": self.decision_note,
            "part": self.part_number,
            "plan": self.plan_sha256,
            "quantity": show(self.quantity),
            "readings": [str(uid) for uid in self.current_readings().values_list("uid", flat=True)],
            "sampling": self.sampling,
            "unit": self.unit,
            "verdict": self.verdict,
        }

    def switching_lines(self) -> list[dict[str, Any]]:
        """Of the plan as it was: the characteristics that switch by themselves."""
        return [one for one in self.plan_content["characteristics"] if one.get("switches")]

    @once
    def sequences(self) -> list[SamplingSequence]:
        """That of the part first, then those of its characteristics that switch by themselves; none where nothing switches."""
        if self.sequence is None:
            return []
        own = self.sequence.children.filter(origin__in=[one["origin"] for one in self.switching_lines()])
        return [self.sequence, *own.order_by("characteristic")]

    def readings(self) -> Any:
        from .readings import Reading

        return Reading.objects.filter(characteristic__inspection=self)

    def current_readings(self) -> Any:
        """The last attempt of every cell counts."""
        return self.readings().current()

    def missing_cells(self) -> int:
        """Samples of characteristics that have no reading yet; what is for information only may stay empty."""
        return self.wanted_cells() - self.read_cells()

    def wanted_cells(self) -> int:
        return sum(one.wanted for one in self.characteristics.all() if not one.is_reference)

    def read_cells(self) -> int:
        rows = self.readings().filter(characteristic__is_reference=False)
        return int(rows.values("characteristic", "sample").distinct().count())

    def is_refused_already(self) -> bool:
        """What was found reaches a rejection number, whatever the rest says."""
        return any(group.is_refused for group in self.tally())

    def undecided(self) -> list[Tally]:
        """Groups whose first sample, read whole, says neither yes nor no: double sampling asks for the second one."""
        return [group for group in self.tally() if group.needs_second]

    def tally(self) -> list[Tally]:
        """What was found so far: of the lot's own sample first, then of each characteristic that is judged apart."""
        groups: dict[str, Tally] = {}
        for one in self.characteristics.all():
            if not one.is_reference:
                groups.setdefault(one.group, Tally.of(one))
        rows = self.current_readings().filter(characteristic__is_reference=False).select_related("characteristic")
        for reading in rows:
            groups[reading.characteristic.group].add(reading)
        return sorted(groups.values(), key=lambda group: group.balloon)

    def postings(self) -> Any:
        return Posting.objects.of(self).select_related("item", "lot", "unit").order_by("pk")

    @once
    def unposted(self) -> list[str]:
        """The way into quarantine; neither the block of a shipment nor a tranche on its way holds up a decision about the rest."""
        return [posting.reference for posting in self.postings().filter(purpose="lot:place").unfinished()]

    @property
    def shipment(self) -> Any:
        return self.shipment_line.shipment if self.shipment_line else None

    @property
    def is_outdated(self) -> bool:
        """The line of the shipment was changed after this inspection began, and is inspected anew."""
        rows = Inspection.objects.filter(shipment_line=self.shipment_line, pk__gt=self.pk, resubmits=None)
        return self.shipment_line_id is not None and rows.exclude(state="CANCELLED").exists()

    def said_of_shipment(self) -> Posting | None:
        """The release or the block that followed from the decision; the last one counts."""
        rows = self.postings().filter(purpose__startswith="usage:shipment:")
        found: Posting | None = rows.order_by("-pk").first()
        return found

    def in_quarantine(self) -> bool:
        """The ERP has moved the lot there for this inspection."""
        return self.postings().filter(purpose="lot:place", state__in=("POSTED", "RECONCILED")).exists()

    def waits_for_erp(self) -> list[str]:
        """What the ERP still has to say about the decision: references of postings, and holds."""
        lines = self.usage.select_related("posting", "hold")
        waiting = [one.posting.reference for one in lines if one.posting and not one.is_posted]
        told = self.said_of_shipment()
        if told and told.state not in ANSWERED:
            waiting.append(told.reference)
        return [*waiting, *(one.hold.number for one in lines if one.hold and one.hold.state in ("DRAFT", "REQUESTED"))]

    def cancelled_lines(self) -> list[UsageLine]:
        """Whose posting was cancelled: the ERP may be asked anew."""
        lines = self.usage.select_related("posting").order_by("line")
        return [line for line in lines if line.posting and line.posting.state == "CANCELLED"]

    def missing_certificates(self) -> list[str]:
        """Kinds that the plan asks for, of which none counts for this lot and which nobody signed away; in the plan's order."""
        asked = self.plan_content.get("certificates", ())
        if not asked:
            return []
        from .certificates import Certificate

        there = set(Certificate.objects.covering(self).counting(now().date()).values_list("kind", flat=True))
        there |= set(self.certificate_leaves.values_list("kind", flat=True))
        return [kind for kind in asked if kind not in there]

    def trail_members(self) -> dict[str, list[str]]:
        found = [str(pk) for pk in self.postings().values_list("pk", flat=True)]
        return {Posting._meta.label_lower: found}

    def get_absolute_url(self) -> str:
        return reverse("inspection:inspection-detail", args=[self.number])


class UsageLine(Regulated):
    """A part of the lot and what becomes of it. Once decided, the lines add up to the lot: law of the database.

    `tranche`: numbers a part that was released by a signature of its own while the rest was still inspected; empty for the lines of the
    usage decision. Tranches together stay below the lot: law of the database too."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="usage")
    line = models.IntegerField(_("line"))
    kind = models.CharField(_("usage"), max_length=12, choices=Usage)
    quantity = QuantityField(_("quantity"))
    posting = models.ForeignKey(
        Posting, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("posting")
    )
    hold = models.ForeignKey(Hold, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("hold"))
    tranche = models.IntegerField(_("tranche"), null=True)
    reason = models.TextField(_("reason"), blank=True, default="")
    by = optional(settings.AUTH_USER_MODEL, verbose_name=_("decided by"))
    at = models.DateTimeField(_("decided"), null=True)
    signature = models.OneToOneField(Signature, null=True, on_delete=models.PROTECT, related_name="+")
    history = Trail()
    frozen = ("uid", "inspection", "line", "kind", "quantity", "tranche", "reason", "by", "at", "signature")

    class Meta:
        verbose_name = _("usage of a part of the lot")
        ordering = ("inspection", "line")
        constraints = (
            models.UniqueConstraint(fields=("inspection", "line"), name="usage_line_once"),
            models.CheckConstraint(name="usage_quantity", condition=Q(quantity__gt=0)),
            models.UniqueConstraint(fields=("inspection", "tranche"), name="usage_tranche_once"),
            models.CheckConstraint(
                name="usage_tranche_is_signed",
                condition=Q(tranche=None, by=None, at=None, signature=None, reason="")
                | Q(tranche__gte=1, kind="unrestricted", by__isnull=False, at__isnull=False, signature__isnull=False)
                & ~Q(reason=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {show(self.quantity)}"

    @property
    def is_posted(self) -> bool:
        """The ERP has moved it, or a person has answered for the ERP by signature."""
        return self.posting is not None and self.posting.state in ANSWERED

    def decided(self) -> dict[str, str]:
        return {"kind": self.kind, "quantity": show(self.quantity)}
