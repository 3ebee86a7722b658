"""Nonconformances, their disposition lines, approvals and holds: what a row is and what can never be false."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.commands.models import Posting
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.clock import now
from qms.lib.fields import NumberField, QuantityField
from qms.lib.ids import uuid7
from qms.lib.quantity import show
from qms.lib.reading import once
from qms.masterdata.models import Item, Lot, Operation, ProductionOrder, Supplier, Unit, WorkCenter
from qms.records.models import Record
from qms.signatures.models import Signature

from .choices import Containment, Disposition, Effect, Origin, Severity, Slot


class DefectCodeQuerySet(models.QuerySet["DefectCode"]):
    def visible_to(self, user: Any) -> "DefectCodeQuerySet":
        """The catalogue is one for all sites."""
        return self if access.may(user, "ncr.view") else self.none()


class DefectCode(Regulated):
    """Our own catalogue: a stable code with labels in both languages and a validity; retiring one never breaks history."""

    code = models.CharField(_("code"), max_length=24, unique=True)
    label_en = models.CharField(_("English label"), max_length=120)
    label_zh_hans = models.CharField(_("Chinese label"), max_length=120)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity, default=Severity.MINOR)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    history = Trail()
    frozen = ("code",)
    objects = DefectCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("defect code")
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.label}"

    def get_absolute_url(self) -> str:
        return reverse("ncr:code", args=[self.code])

    @property
    def is_retired(self) -> bool:
        return self.valid_to is not None and self.valid_to < now().date()

    @property
    def label(self) -> str:
        return self.label_zh_hans if (get_language() or "en").startswith("zh") else self.label_en


def optional(to: Any, **options: Any) -> Any:
    return models.ForeignKey(
        to, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False, **options
    )


class Nonconformance(Record):
    """An NCR. It copies what it relied on (part, lot, supplier as text), so that a later sync cannot rewrite it."""

    prefix, noun, view_permission = "NCR", "ncr", "ncr.view"
    number = NumberField(_("number"), prefix="NCR")
    origin = models.CharField(_("origin"), max_length=12, choices=Origin, default=Origin.PERSON)
    source = models.CharField(_("source system"), max_length=40, blank=True, default="")
    source_event = models.CharField(_("event id there"), max_length=120, blank=True, default="")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", verbose_name=_("part"))
    part_number = models.CharField(_("part number"), max_length=120)
    part_name = models.CharField(_("part name"), max_length=200, blank=True, default="")
    part_revision = models.CharField(_("revision"), max_length=40, blank=True, default="")
    lot = models.ForeignKey(
        Lot, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("lot")
    )
    lot_number = models.CharField(_("lot number"), max_length=120, blank=True, default="")
    order = optional(ProductionOrder, verbose_name=_("production order"))
    order_number = models.CharField(_("order number"), max_length=120, blank=True, default="")
    operation = optional(Operation, verbose_name=_("operation"))
    operation_name = models.CharField(_("operation name"), max_length=200, blank=True, default="")
    work_center = optional(WorkCenter, verbose_name=_("work center"))
    supplier = optional(Supplier, verbose_name=_("supplier"))
    supplier_name = models.CharField(_("supplier name"), max_length=200, blank=True, default="")
    defect_code = models.ForeignKey(
        DefectCode, on_delete=models.PROTECT, related_name="+", verbose_name=_("defect code"), db_index=False
    )
    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("what was found"), blank=True, default="")
    requirement = models.TextField(_("what is required"), blank=True, default="")
    affected_quantity = QuantityField(_("affected quantity"))
    undecided_quantity = QuantityField(_("undecided quantity"))
    unit = models.CharField(_("unit"), max_length=40)
    base_unit = optional(Unit, verbose_name=_("unit in the ERP"))
    unit_factor = models.DecimalField(_("factor to the ERP's unit"), max_digits=24, decimal_places=12, default=1)
    detected_by = models.CharField(_("found by (their id)"), max_length=80, blank=True, default="")
    occurred_at = models.DateTimeField(_("found at"))
    received_at = models.DateTimeField(_("received"), null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("owner"),
    )
    due_date = models.DateField(_("due"), null=True, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("disposition proposed by"),
    )
    round = models.IntegerField(_("MRB round"), default=0)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("closed by"),
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    waiver = models.ForeignKey(
        Signature, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    history = Trail()

    class Meta:
        verbose_name = _("nonconformance")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "state", "-id"), name="ncr_site_state"),
            models.Index(fields=("site", "-id"), name="ncr_site"),
            models.Index(fields=("occurred_at", "id"), name="ncr_occurred"),
            # One index for the search box: typing in a list finds any part of these (icontains is UPPER … LIKE).
            GinIndex(
                *(
                    OpClass(Upper(name), name="gin_trgm_ops")
                    for name in ("number", "title", "lot_number", "part_number")
                ),
                name="ncr_search",
            ),
        )
        constraints = (
            models.CheckConstraint(name="ncr_affected", condition=Q(affected_quantity__gt=0)),
            models.CheckConstraint(
                name="ncr_undecided",
                condition=Q(undecided_quantity__gte=0, undecided_quantity__lte=F("affected_quantity")),
            ),
            models.CheckConstraint(name="ncr_factor", condition=Q(unit_factor__gt=0)),
            models.CheckConstraint(
                name="ncr_closed_pair",
                condition=Q(closed_at=None, closed_by=None) | Q(closed_at__isnull=False, closed_by__isnull=False),
            ),
            models.CheckConstraint(
                name="ncr_closed_has_verifier", condition=~Q(state="CLOSED") | Q(closed_by__isnull=False)
            ),
            models.CheckConstraint(name="ncr_verifier_not_initiator", condition=~Q(closed_by=F("created_by"))),
            models.CheckConstraint(name="ncr_verifier_not_proposer", condition=~Q(closed_by=F("proposed_by"))),
            models.UniqueConstraint(
                name="ncr_one_per_event", fields=("source", "source_event"), condition=~Q(source_event="")
            ),
        )

    @property
    def undecided_shown(self) -> str:
        return f"{show(self.undecided_quantity)} {self.unit}"

    @property
    def affected_shown(self) -> str:
        return f"{show(self.affected_quantity)} {self.unit}"

    @once
    def signed_content(self) -> dict[str, Any]:
        """What the board decides about and what it decides; not the progress of carrying it out."""
        lines = [
            {"instruction": line.instruction, "kind": line.kind, "line": line.line, "quantity": show(line.quantity)}
            for line in self.lines.all()
        ]
        return {
            "affected": show(self.affected_quantity),
            "attachments": sorted(a.sha256 for a in self.files()),
            "defect": self.defect_code.code,
            "description": self.description,
            "lines": lines,
            "lot": self.lot_number,
            "order": self.order_number,
            "part": self.part_number,
            "requirement": self.requirement,
            "revision": self.part_revision,
            "severity": self.severity,
            "title": self.title,
            "unit": self.unit,
        }

    @once
    def files(self) -> list[Any]:
        from qms.records.queries import attachments

        return attachments(self)

    @once
    def required_slots(self) -> list[Slot]:
        """Two MRB members; use-as-is also asks the design authority (AS9100D 8.7.1)."""
        slots = [Slot.MRB, Slot.MRB]
        if any(line.kind == Disposition.USE_AS_IS for line in self.lines.all()):
            slots.append(Slot.DESIGN)
        return slots

    @once
    def round_approvals(self) -> list["Approval"]:
        found = self.approvals.filter(round=self.round).select_related("signature", "signer")
        return list(found.order_by("pk"))

    @once
    def valid_approvals(self) -> list["Approval"]:
        from qms.signatures.actions import digest_of

        digest = digest_of(self)
        return [a for a in self.round_approvals() if a.signature.covers(digest)]

    @once
    def missing_slots(self) -> list[Slot]:
        missing = list(self.required_slots())
        for approval in self.valid_approvals():
            if approval.slot in missing:
                missing.remove(Slot(approval.slot))
        return missing

    @property
    @once
    def containment(self) -> Containment:
        holds = [h for h in self.holds.all() if h.state != "CANCELLED"]
        placed = [h for h in holds if h.state in ("ACTIVE", "RELEASE_REQUESTED", "RELEASED")]
        if holds and len(placed) == len(holds) and sum(h.quantity for h in holds) >= self.affected_quantity:
            return Containment.CONFIRMED
        if self.waiver_id:
            return Containment.WAIVED
        if placed:
            return Containment.PARTLY
        return Containment.REQUESTED if holds else Containment.NONE

    @once
    def live_holds(self) -> list[str]:
        return [h.number for h in self.holds.all() if h.state in ("REQUESTED", "ACTIVE", "RELEASE_REQUESTED")]

    def postings(self) -> Any:
        return Posting.objects.of(self).select_related("item", "lot", "unit")

    @once
    def all_postings(self) -> list[Posting]:
        return list(self.postings())

    @once
    def unposted(self) -> list[str]:
        return [p.reference for p in self.postings().unfinished()]

    def trail_members(self) -> dict[str, list[str]]:
        """Whose acts the timeline shows beside its own."""
        return {
            Posting._meta.label_lower: [str(posting.pk) for posting in self.all_postings()],
            Hold._meta.label_lower: [str(hold.pk) for hold in self.holds.all()],
        }

    def get_absolute_url(self) -> str:
        return reverse("ncr:detail", args=[self.number])


class DispositionLine(Regulated):
    """A part of the affected quantity and what is done with it. Σ lines + undecided = affected: law of the database."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    ncr = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="lines")
    line = models.IntegerField(_("line"))
    kind = models.CharField(_("disposition"), max_length=16, choices=Disposition)
    quantity = QuantityField(_("quantity"))
    instruction = models.TextField(_("instruction"), blank=True, default="")
    history = Trail()
    frozen = ("uid", "ncr")
    deletable = True

    class Meta:
        verbose_name = _("disposition line")
        ordering = ("line",)
        constraints = (
            models.UniqueConstraint(fields=("ncr", "line"), name="line_once"),
            models.CheckConstraint(name="line_quantity", condition=Q(quantity__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.line}: {self.get_kind_display()} {show(self.quantity)}"


class Approval(Regulated):
    """One slot of a round, filled by one signature; a person fills one slot only and never one of what they initiated."""

    ncr = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="approvals")
    round = models.IntegerField()
    slot = models.CharField(max_length=8, choices=Slot)
    digest = models.CharField(max_length=64)
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="+")
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    initiator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    history = Trail()
    frozen = ("ncr", "round", "slot", "digest", "signature", "signer", "initiator", "proposer")

    class Meta:
        verbose_name = _("approval")
        constraints = (
            models.UniqueConstraint(fields=("ncr", "round", "digest", "signer"), name="approval_one_each"),
            models.CheckConstraint(name="approver_not_initiator", condition=~Q(signer=F("initiator"))),
            models.CheckConstraint(name="approver_not_proposer", condition=~Q(signer=F("proposer"))),
        )

    def __str__(self) -> str:
        return f"{self.get_slot_display()}: {self.signer}"


class Hold(Record):
    """Stock that must not be used, moved or shipped; active only when the ERP has moved it (features.md row 14)."""

    prefix, noun, view_permission = "HLD", "hold", "hold.view"
    number = NumberField(_("number"), prefix="HLD")
    ncr = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="holds", verbose_name="NCR")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="+", verbose_name=_("lot"))
    lot_number = models.CharField(_("lot number"), max_length=120)
    quantity = QuantityField(_("quantity"))
    unit = models.CharField(_("unit"), max_length=40)
    effect = models.CharField(_("effect"), max_length=8, choices=Effect, default=Effect.NO_USE)
    reason = models.TextField(_("reason"))
    review_date = models.DateField(_("review on"), null=True, blank=True)
    requested_at = models.DateTimeField(_("requested at"), null=True)
    active_at = models.DateTimeField(_("active since"), null=True)
    released_at = models.DateTimeField(_("released at"), null=True)
    history = Trail()
    frozen = (*Record.frozen, "ncr", "lot", "quantity", "unit")

    class Meta:
        verbose_name = _("hold")
        ordering = ("-pk",)
        indexes = (models.Index(fields=("site", "-id"), name="hold_site"),)
        constraints = (models.CheckConstraint(name="hold_quantity", condition=Q(quantity__gt=0)),)

    def get_absolute_url(self) -> str:
        return reverse("ncr:hold-detail", args=[self.number])

    @property
    def title(self) -> str:
        return f"{self.lot_number}, {show(self.quantity)} {self.unit}"

    def signed_content(self) -> dict[str, Any]:
        return {"lot": self.lot_number, "ncr": self.ncr.number, "quantity": show(self.quantity), "unit": self.unit}

    def postings(self) -> Any:
        return (
            Posting.objects.of(self.ncr)
            .filter(purpose__startswith=f"hold:{self.pk}:")
            .select_related("item", "lot", "unit")
        )

    def is_placed(self) -> bool:
        return self.postings().filter(kind="HOLD", state__in=("POSTED", "RECONCILED")).exists()

    def is_under_way(self) -> bool:
        return self.postings().filter(kind="HOLD").exclude(state="CANCELLED").exists()

    def trail_members(self) -> dict[str, list[str]]:
        return {Posting._meta.label_lower: [str(pk) for pk in self.postings().values_list("pk", flat=True)]}
