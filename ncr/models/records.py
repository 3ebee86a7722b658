"""Nonconformances: what a row is and what can never be false."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.commands.models import Posting
from qms.journal.history import Trail
from qms.lib.fields import NumberField, QuantityField
from qms.lib.quantity import show
from qms.lib.reading import once
from qms.masterdata.models import Item, Lot, Operation, ProductionOrder, Supplier, Unit, WorkCenter
from qms.records.models import Record
from qms.signatures.models import Signature

from ..choices import Containment, Disposition, Origin, Severity, Slot
from .codes import DefectCode

if TYPE_CHECKING:
    from .lines import Approval


def optional(to: Any, **options: Any) -> Any:
    return models.ForeignKey(
        to, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False, **options
    )


class Nonconformance(Record):
    """An NCR. It copies what it relied on (part, lot, supplier as text), so that a later sync cannot rewrite it."""

    prefix, noun, view_permission = "NCR", "ncr", "ncr.view"
    search_ids = ("part_number", "lot_number", "order_number", "supplier_name")
    search_texts = ("title", "part_name", "description", "requirement", "source_event", "detected_by")
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
            self.holds.model._meta.label_lower: [str(hold.pk) for hold in self.holds.all()],
        }

    def get_absolute_url(self) -> str:
        return reverse("ncr:detail", args=[self.number])
