"""Intents to the ERP with their state, evidence and document number. Domain apps create and read them; connectors carry them."""

from decimal import Decimal
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.clock import now
from qms.lib.fields import DatabaseTime, QuantityField
from qms.lib.ids import uuid7
from qms.masterdata.choices import Place
from qms.masterdata.models import Item, Lot, Supplier, Unit
from qms.signatures.models import Signature
from qms.workflow import Workflow

from .choices import COUNTED_ASKS, EXPLANATIONS, MARKS, READ_IS_ENOUGH, SHIPMENTS, Ask, Kind, Verification


def of_movements(to: Any, **options: Any) -> Any:
    """What each movement has and a mark has not."""
    return models.ForeignKey(to, null=True, on_delete=models.PROTECT, related_name="+", **options)


# A movement says what goes from where to where; a mark on a supplier or on a lot says what it is set on.
SHAPES = (
    Q(kind__in=("BLOCK", "UNBLOCK"), supplier__isnull=False, item=None, lot=None, quantity=None, unit=None)
    | Q(kind="DECISION", lot__isnull=False, item=None, quantity=None, unit=None) & ~Q(code="") & ~Q(marks="")
    | Q(kind__in=("SHIP_BLOCK", "SHIP_RELEASE"), supplier=None, lot=None, item=None, quantity=None, unit=None)
    & ~Q(code="")
    & ~Q(marks="")
    | ~Q(kind__in=tuple(MARKS))
    & Q(item__isnull=False, quantity__isnull=False, unit__isnull=False, code="", marks="")
    & ~Q(from_place="")
    & ~Q(to_place="")
)


class PostingQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return access.visible_to(self, user, "ncr.view")

    def of(self, record: models.Model) -> Self:
        return self.filter(record_type=record._meta.label_lower, record_key=str(record.pk))

    def unfinished(self) -> Self:
        return self.exclude(state__in=("POSTED", "RECONCILED", "CANCELLED", "SKIPPED"))

    def failed(self) -> Self:
        return self.filter(state__in=("FAILED", "NEEDS_DECISION"))


class Posting(Regulated):
    """One stock movement asked of the ERP, or one mark. `reference` is written into the ERP's document and found there again.

    A regrade leaves as `item` and arrives as `to_item`; a reversal moves back what `reverses` moved, both stay visible.
    A mark is set on `supplier`, or on the thing with the ERP's own key `marks` (`code`: the decision), and read back.
    """

    workflow: ClassVar[Workflow]
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    reference = models.CharField(_("reference"), max_length=16, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    record_type = models.CharField(max_length=80)
    record_key = models.CharField(max_length=40)
    record_number = models.CharField(_("record"), max_length=24)
    purpose = models.CharField(max_length=40)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"))
    target = models.CharField(_("interface"), max_length=40)
    item = of_movements(Item, verbose_name=_("part"))
    lot = models.ForeignKey(Lot, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("lot"))
    quantity: Any = QuantityField(_("quantity"), null=True)
    unit = of_movements(Unit, verbose_name=_("unit"))
    from_place = models.CharField(_("from place"), max_length=12, choices=Place, blank=True, default="")
    to_place = models.CharField(_("to place"), max_length=12, choices=Place, blank=True, default="")
    marks = models.CharField(_("set on"), max_length=120, blank=True, default="")
    code = models.CharField(_("decision"), max_length=40, blank=True, default="")
    to_item = models.ForeignKey(
        Item, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("new part")
    )
    supplier = models.ForeignKey(
        Supplier, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("supplier")
    )
    reverses = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="reversals")
    reason = models.TextField(_("reason"), blank=True, default="")
    state = models.CharField(_("status"), max_length=16, default="QUEUED")
    version = models.IntegerField(default=1)
    document_number = models.CharField(_("document in the ERP"), max_length=80, blank=True, default="")
    document_id = models.CharField(max_length=80, blank=True, default="")
    read_back = models.TextField(blank=True, default="")
    problem_code = models.CharField(max_length=40, blank=True, default="")
    problem = models.TextField(_("problem"), blank=True, default="")
    requested_at = DatabaseTime(_("requested"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    sent_at = models.DateTimeField(_("sent"), null=True)
    posted_at = models.DateTimeField(_("posted"), null=True)
    # Who answered in the ERP's place (skipped, or posted there by hand), and the signature for it.
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    answered_with = models.ForeignKey(Signature, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    history = Trail()
    frozen = (
        *("uid", "reference", "kind", "record_type", "record_key", "record_number", "purpose", "site", "target"),
        *("item", "lot", "quantity", "unit", "from_place", "to_place", "requested_at", "requested_by"),
        *("to_item", "supplier", "reverses", "reason", "marks", "code"),
    )
    objects = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = _("posting")
        ordering = ("pk",)
        indexes = (
            models.Index(fields=("record_type", "record_key"), name="posting_record"),
            models.Index(fields=("target", "state"), name="posting_target_state"),
            models.Index(fields=("document_number",), name="posting_document", condition=~Q(document_number="")),
        )
        constraints = (
            models.CheckConstraint(name="posting_quantity", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="posting_has_document", condition=~Q(state__in=("POSTED", "RECONCILED")) | ~Q(document_number="")
            ),
            models.CheckConstraint(
                name="posting_moves",
                condition=Q(kind__in=tuple(MARKS)) | ~Q(from_place=models.F("to_place")) | Q(to_item__isnull=False),
            ),
            models.CheckConstraint(name="posting_shape", condition=SHAPES),
            models.CheckConstraint(
                name="posting_reversal",
                condition=Q(kind="REVERSAL", reverses__isnull=False) | (~Q(kind="REVERSAL") & Q(reverses=None)),
            ),
            models.UniqueConstraint(
                name="posting_reversed_once",
                fields=("reverses",),
                condition=~Q(state="CANCELLED") & Q(reverses__isnull=False),
            ),
            models.CheckConstraint(
                name="posting_skip_is_signed", condition=~Q(state="SKIPPED") | Q(answered_with__isnull=False)
            ),
            models.CheckConstraint(
                name="posting_answer_by_another", condition=~Q(answered_by=models.F("requested_by"))
            ),
        )

    def __str__(self) -> str:
        return self.reference

    @property
    def number(self) -> str:
        return self.reference

    def signed_content(self) -> dict[str, Any]:
        """What somebody signs who gives it up: which movement the ERP will not make."""
        marked = {"code": self.code, "marks": self.marks} if self.is_mark else {}
        return {
            **marked,
            "kind": self.kind,
            "quantity": str(self.quantity),
            "record": self.record_number,
            "reference": self.reference,
        }

    def get_state_display(self) -> Any:
        return self.workflow.state(self.state).label

    @property
    def state_tone(self) -> str:
        return self.workflow.state(self.state).tone

    @property
    def kind_shown(self) -> Any:
        """A reversal names what it reverses."""
        if self.reverses is None:
            return self.get_kind_display()
        return _("Reversal of %(reference)s") % {"reference": self.reverses.reference}

    @property
    def is_mark(self) -> bool:
        return self.kind in MARKS

    @property
    def subject(self) -> str:
        """The part that moves, the supplier, lot or shipment that is marked, by its number."""
        if self.kind in SHIPMENTS:
            return self.code
        row = self.supplier if self.kind in (Kind.BLOCK, Kind.UNBLOCK) else self.lot if self.is_mark else self.item
        return row.number if row else ""

    @property
    def reversed_by(self) -> "Posting | None":
        """The reversal that stands: asked for and not cancelled."""
        return next((row for row in self.reversals.all() if row.state != "CANCELLED"), None)

    @property
    def is_posted(self) -> bool:
        return self.state in ("POSTED", "RECONCILED")

    @property
    def can_be_reversed(self) -> bool:
        """What a disposition line moved; holds are released and placed anew instead."""
        return self.is_posted and self.purpose.startswith("line:") and self.reversed_by is None

    @property
    def explanation(self) -> Any:
        """What the refusal means and what to do, in the reader's language; empty when the code is unknown."""
        return EXPLANATIONS.get(self.problem_code, "")


# Said to be done, and reported otherwise since.
CONTRADICTED = Q(state="EXECUTED", reported__held=False) & ~Q(problem="") & ~Q(kind=Ask.RELEASE)


class CommandQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return access.visible_to(self, user, "ncr.view")

    def of(self, record: models.Model) -> Self:
        return self.filter(record_type=record._meta.label_lower, record_key=str(record.pk))

    def unconfirmed(self) -> Self:
        """A target that has not said that it is done, has taken it back, or reports otherwise since."""
        return self.filter(~Q(state__in=("EXECUTED", "VERIFIED", "CANCELLED", "SUPERSEDED")) | CONTRADICTED)


class Command(Regulated):
    """One thing asked of one system of the shop floor; done when that system says so with evidence, never by being sent."""

    workflow: ClassVar[Workflow]
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Ask)
    record_type = models.CharField(max_length=80)
    record_key = models.CharField(max_length=40)
    record_number = models.CharField(_("record"), max_length=24)
    purpose = models.CharField(max_length=40)
    site = models.ForeignKey(Site, on_delete=models.PROTECT)
    target = models.CharField(_("interface"), max_length=40)
    severity = models.CharField(max_length=10, default="major")
    part = models.CharField(max_length=120, blank=True, default="")
    part_revision = models.CharField(max_length=40, blank=True, default="")
    lot = models.CharField(_("lot"), max_length=120, blank=True, default="")
    order = models.CharField(max_length=120, blank=True, default="")
    operation = models.CharField(max_length=200, blank=True, default="")
    work_center = models.CharField(max_length=120, blank=True, default="")
    serials = models.JSONField(default=list, blank=True)
    text = models.TextField(blank=True, default="")
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    quantity = QuantityField(_("quantity"))
    unit = models.CharField(max_length=40)
    state = models.CharField(_("status"), max_length=16, default="REQUESTED")
    version = models.IntegerField(default=1)
    answers = models.JSONField(_("answers"), default=dict, blank=True)
    problem = models.TextField(_("problem"), blank=True, default="")
    executor = models.CharField(max_length=80, blank=True, default="")
    executed_at = models.DateTimeField(_("executed"), null=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    verified_how = models.CharField(
        _("kind of verification"), max_length=10, choices=Verification, blank=True, default=""
    )
    reported = models.JSONField(_("last report"), default=dict, blank=True)  # of the system itself (readback.Report)
    due_at = models.DateTimeField(_("due"), null=True, db_index=True)
    overdue = models.IntegerField(_("missed deadlines"), default=0)
    requested_at = DatabaseTime(_("requested"))
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    history = Trail()
    frozen = (
        *(
            "uid",
            "kind",
            "record_type",
            "record_key",
            "record_number",
            "purpose",
            "site",
            "target",
            "severity",
            "quantity",
        ),
        *("part", "part_revision", "lot", "order", "operation", "work_center", "serials", "text", "unit"),
        *("requested_at", "requested_by", "valid_until"),
    )
    objects = CommandQuerySet.as_manager()

    class Meta:
        verbose_name = _("command")
        ordering = ("pk",)
        indexes = (
            models.Index(fields=("record_type", "record_key"), name="command_record"),
            models.Index(fields=("site", "lot"), name="command_lot"),
        )
        constraints = (
            models.CheckConstraint(name="command_quantity", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="command_verified_by_another",
                condition=Q(verified_by=None)
                | ~Q(executor=Concat(models.Value("person:"), Cast("verified_by_id", models.TextField()))),
            ),
            models.UniqueConstraint(
                fields=("record_type", "record_key", "purpose", "target"), name="command_once_per_target"
            ),
        )

    def __str__(self) -> str:
        return f"{self.record_number} {self.purpose} {self.target}"

    @property
    def number(self) -> str:
        return str(self.uid)

    def get_absolute_url(self) -> str:
        return reverse("ncr:command", args=[self.uid])

    @property
    def is_ask(self) -> bool:
        """A person asked for it by itself; everything else follows from a hold."""
        return self.purpose.startswith("ask:") or ":ask:" in self.purpose

    @property
    def is_counted(self) -> bool:
        return self.kind in COUNTED_ASKS

    @property
    def confirming(self) -> str:
        """The answer that confirms it."""
        return "acknowledged" if self.kind in READ_IS_ENOUGH else "executed"

    @property
    def is_confirmed(self) -> bool:
        enough = ("ACKNOWLEDGED",) if self.kind in READ_IS_ENOUGH else ()
        return self.state in ("EXECUTED", "VERIFIED", *enough)

    @property
    def verification(self) -> str:
        """How it was verified, in words; "" while it is not."""
        if self.state != "VERIFIED":
            return ""
        return str(Verification(self.verified_how or Verification.PERSON).label)

    @property
    def is_contradicted(self) -> bool:
        """Its target said that it holds, and reports since that it does not."""
        told = self.state == "EXECUTED" and self.kind != Ask.RELEASE and bool(self.problem)
        return told and self.reported.get("held") is False

    @property
    def is_late(self) -> bool:
        return self.state == "EXPIRED" or bool(self.overdue) and not self.is_confirmed

    @property
    def is_over(self) -> bool:
        """Its time has passed; nobody has to keep to it any more."""
        return self.valid_until is not None and self.valid_until < now()

    def get_state_display(self) -> Any:
        return self.workflow.state(self.state).label

    @property
    def steps_open(self) -> list[Any]:
        """What a person may do with it now."""
        found = [t for t in self.workflow.leaving(self.state) if not t.by_system]
        return [t for t in found if self.is_ask or t.name != "request-cancel"]

    @property
    def unexplained(self) -> Any:
        """Suspect = segregated + shipped + scrapped + not found; what is missing to that, or None while nothing was said."""
        counted = self.answers.get("executed", {}).get("quantity")
        if not counted:
            return None
        return self.quantity - sum((Decimal(value) for value in counted.values()), Decimal())
