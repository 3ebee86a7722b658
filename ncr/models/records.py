"""Nonconformances: what a row is and what can never be false."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.commands.models import Command, Posting
from qms.journal.history import Trail
from qms.lib.fields import NumberField, QuantityField
from qms.lib.quantity import show
from qms.lib.reading import once
from qms.masterdata.models import Item, Lot, Operation, ProductionOrder, Supplier, Unit, WorkCenter
from qms.records.models import LONG_AGO, Attachment, Record
from qms.signatures.models import Signature

from ..choices import Containment, Origin, Severity, Slot
from .codes import DefectCode

if TYPE_CHECKING:
    from .lines import Approval, DispositionLine
    from .rework import ReworkLoop


PROVISIONAL = Q(lot=None) & ~Q(lot_number="")  # a lot that is a name only
UNDECIDED = ("DRAFT", "OPEN", "CONTAINED", "IN_REVIEW", "IN_MRB")


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
    edition = models.IntegerField(_("edition"), default=1)
    customer_approval_required = models.BooleanField(_("customer approval required"), default=False)
    customer_reference = models.CharField(_("customer's approval"), max_length=80, blank=True, default="")
    customer_file = optional(Attachment, verbose_name=_("customer's document"))
    customer_by = optional(settings.AUTH_USER_MODEL, verbose_name=_("customer's approval recorded by"))
    customer_at = models.DateTimeField(_("customer's approval recorded"), null=True, blank=True)
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
        Signature,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("signed waiver"),
    )
    history = Trail()

    class Meta:
        verbose_name = _("nonconformance")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "state", "-id"), name="ncr_site_state"),
            models.Index(fields=("site", "-id"), name="ncr_site"),
            models.Index(fields=("occurred_at", "id"), name="ncr_occurred"),
            models.Index(fields=("item", "lot_number"), name="ncr_provisional", condition=PROVISIONAL),
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
            models.CheckConstraint(
                name="ncr_customer_approval_whole",
                condition=Q(customer_reference="", customer_file=None, customer_by=None, customer_at=None)
                | Q(
                    ~Q(customer_reference=""),
                    customer_file__isnull=False,
                    customer_by__isnull=False,
                    customer_at__isnull=False,
                ),
            ),
            models.UniqueConstraint(
                name="ncr_one_per_event", fields=("source", "source_event"), condition=~Q(source_event="")
            ),
        )

    @property
    def undecided_shown(self) -> str:
        return f"{show(self.undecided_quantity)} {self.unit}"

    @property
    def has_provisional_lot(self) -> bool:
        return self.lot_id is None and bool(self.lot_number)

    @property
    def affected_shown(self) -> str:
        return f"{show(self.affected_quantity)} {self.unit}"

    @once
    def current_lines(self) -> list["DispositionLine"]:
        """Lines of the present edition; those of earlier ones are history."""
        return [line for line in self.lines.all() if line.edition == self.edition]

    @once
    def earlier_lines(self) -> list["DispositionLine"]:
        return [line for line in self.lines.all() if line.edition < self.edition]

    def signed_content(self) -> dict[str, Any]:
        """What the board decides about and what it decides; not the progress of carrying it out, nor its evidence."""
        content = {
            "affected": show(self.affected_quantity),
            "attachments": sorted(a.sha256 for a in self.files() if a.pk not in self._evidence()),
            "defect": self.defect_code.code,
            "description": self.description,
            "lines": [line.decided() for line in self.current_lines()],
            "lot": self.lot_number,
            "order": self.order_number,
            "part": self.part_number,
            "requirement": self.requirement,
            "revision": self.part_revision,
            "severity": self.severity,
            "title": self.title,
            "unit": self.unit,
        }
        # Said only where it is so: signatures from before these existed keep covering their record.
        asked = {"customer": True} if self.customer_approval_required else {}
        return content | asked | ({"edition": self.edition} if self.edition > 1 else {})

    def _evidence(self) -> set[int | None]:
        """Files that prove the execution, the customer's word, or what another system showed: they come after the decision."""
        return {*(line.evidence_file_id for line in self.lines.all()), self.customer_file_id, *self._frozen()}

    def _frozen(self) -> list[int]:
        """Files that are frozen copies of linked travelers."""
        if not any(file.media_type.startswith("application/") for file in self.files()):
            return []
        return list(self.travelers.filter(snapshot__file__isnull=False).values_list("snapshot__file_id", flat=True))

    def unfrozen(self) -> list[Any]:
        """Links that stand, with an address, of which no copy is kept."""
        return list(self.travelers.filter(withdrawn_at=None, snapshot__file=None).exclude(url=""))

    def decided_at(self) -> datetime | None:
        """The last signature of the board; a file that comes before it is part of the decision."""
        if self.state in UNDECIDED:
            return None
        return max((approval.signature.signed_at for approval in self.round_approvals()), default=LONG_AGO)

    @once
    def files(self) -> list[Any]:
        from qms.records.queries import attachments

        return attachments(self)

    @property
    def departs(self) -> bool:
        """A line departs from the requirement (AS9100D 8.7.1)."""
        return any(line.rule.departs for line in self.current_lines())

    @once
    def required_slots(self) -> list[Slot]:
        """Two MRB members; what departs from the requirement also asks the design authority (AS9100D 8.7.1)."""
        return [Slot.MRB, Slot.MRB, *([Slot.DESIGN] if self.departs else [])]

    @once
    def round_approvals(self) -> list["Approval"]:
        found = self.approvals.filter(round=self.round, withdrawn=False).select_related(
            "signature__withdrawal", "signer"
        )
        return list(found.order_by("pk"))

    @once
    def valid_approvals(self) -> list["Approval"]:
        from qms.signatures.snapshot import covered

        given = self.round_approvals()
        still = covered(self, [approval.signature for approval in given])
        return [approval for approval in given if approval.signature_id in still]

    def keeps_signature(self, signature: Any) -> Any:
        """An approval goes while the board decides; a waiver while nothing is executed. Every other signature was a step itself."""
        if self.state == "IN_MRB" and any(a.signature_id == signature.pk for a in self.round_approvals()):
            return ""
        if self.waiver_id == signature.pk and self.state in (*UNDECIDED, "DISPOSITIONED"):
            return ""
        return _("What this signature served has gone on.")

    def let_go(self, signature: Any) -> tuple[str, ...]:
        """The slot is free again, or the waiver is gone. Returns the columns of the record that changed."""
        for approval in self.approvals.filter(signature=signature):
            approval.withdrawn = True
            approval.save(update_fields=["withdrawn"])
        if self.waiver_id != signature.pk:
            return ()
        self.waiver = None
        return ("waiver",)

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
        holds = [h for h in self.holds.all() if h.state != "CANCELLED" and not self._ended_before(h)]
        if any(h.state == "ACTIVE" for h in holds) and self.is_breached():
            return Containment.BREACHED
        placed = [h for h in holds if h.state in ("ACTIVE", "RELEASE_REQUESTED", "RELEASED")]
        is_whole = len(placed) == len(holds) and sum(h.quantity for h in holds) >= self.affected_quantity
        if holds and is_whole and not self.is_contradicted():
            return Containment.CONFIRMED
        if self.waiver_id:
            return Containment.WAIVED
        if placed:
            return Containment.PARTLY
        return Containment.REQUESTED if holds else Containment.NONE

    @once
    def is_breached(self) -> bool:
        return any(command.state == "BREACHED" for command in self.all_commands())

    @once
    def is_contradicted(self) -> bool:
        """A system that had confirmed a hold reports since that it does not hold."""
        return any(command.is_contradicted for command in self.all_commands())

    @once
    def all_commands(self) -> list[Command]:
        return list(Command.objects.of(self))

    def _ended_before(self, hold: Any) -> bool:
        """Released in an earlier edition: it contains nothing any more."""
        if self.edition == 1 or hold.released_at is None:
            return False
        return bool(hold.released_at <= max(one.at for one in self.reopenings.all()))

    @once
    def live_holds(self) -> list[str]:
        return [h.number for h in self.holds.all() if h.state in ("REQUESTED", "ACTIVE", "RELEASE_REQUESTED")]

    def postings(self) -> Any:
        rows = Posting.objects.of(self).select_related("item", "lot", "unit", "to_item", "reverses", "answered_by")
        return rows.prefetch_related("reversals")

    @once
    def all_postings(self) -> list[Posting]:
        """With their reversals, which are postings of this record too."""
        found = list(self.postings().prefetch_related(None))
        for one in found:
            back = [other for other in found if other.reverses_id == one.pk]
            one._prefetched_objects_cache = {"reversals": back}
        return found

    @once
    def unposted(self) -> list[str]:
        return [p.reference for p in self.postings().unfinished()]

    def unanswered(self) -> list[Posting]:
        """A person owes the answer."""
        return [p for p in self.all_postings() if p.state in ("FAILED", "NEEDS_DECISION")]

    @once
    def undone(self) -> list["DispositionLine"]:
        return [line for line in self.current_lines() if not line.is_done]

    def gone_before(self) -> dict[tuple[str, int | None], Decimal]:
        """(kind, new part) → what the edition before this one has scrapped, returned or regraded for good."""
        found: dict[tuple[str, int | None], Decimal] = {}
        for line in self.lines.all():
            if line.edition == self.edition - 1 and line.rule.leaves and line.done_quantity:
                key = (line.kind, line.item_id)
                found[key] = found.get(key, Decimal()) + line.done_quantity
        return found

    def surplus(self) -> list[str]:
        """References of postings that moved more than the present lines say; they have to be reversed first."""
        wanted = {(line.kind, line.item_id): Decimal() for line in self.current_lines()}
        for line in self.current_lines():
            wanted[line.kind, line.item_id] += line.quantity
        over = [key for key, gone in self.gone_before().items() if gone > wanted.get(key, Decimal())]
        lines = [line for line in self.lines.all() if (line.kind, line.item_id) in over]
        places = {f"line:{line.line}:{line.edition}" for line in lines if line.edition < self.edition}
        found = [p for p in self.all_postings() if p.purpose.rpartition(":")[0] in places]
        return [p.reference for p in found if p.is_posted and not p.reversed_by]

    def open_loops(self) -> list["ReworkLoop"]:
        """Reworked or repaired and not re-inspected yet, oldest first."""
        return [loop for line in self.current_lines() for loop in line.loops.all() if not loop.result]

    def to_rework(self) -> list["DispositionLine"]:
        """Lines with pieces that wait for the work itself."""
        return [line for line in self.current_lines() if line.rule.reinspected and line.to_rework()]

    def trail_members(self) -> dict[str, list[str]]:
        """Whose acts the timeline shows beside its own."""
        return {
            Posting._meta.label_lower: [str(posting.pk) for posting in self.all_postings()],
            Command._meta.label_lower: [str(command.pk) for command in self.all_commands()],
            self.holds.model._meta.label_lower: [str(hold.pk) for hold in self.holds.all()],
        }

    def get_absolute_url(self) -> str:
        return reverse("ncr:detail", args=[self.number])
