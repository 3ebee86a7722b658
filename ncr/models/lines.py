"""Disposition lines and the approvals of a round."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import QuantityField
from qms.lib.ids import uuid7
from qms.lib.quantity import show
from qms.masterdata.models import Item, Supplier
from qms.records.models import Attachment
from qms.signatures.models import Signature

from ..choices import RULES, Disposition, Rule, Slot
from .records import Nonconformance, optional


class DispositionLine(Regulated):
    """A part of the affected quantity and what is done with it. Σ lines + undecided = affected: law of the database.

    `edition`: how often the NCR had been opened; lines of earlier editions stay as they were. A line is carried out in
    parts: 0 ≤ done ≤ asked ≤ quantity, where asked is with the ERP or beyond it.
    """

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    ncr = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="lines")
    edition = models.IntegerField(_("edition"), default=1)
    line = models.IntegerField(_("line"))
    kind = models.CharField(_("disposition"), max_length=20, choices=Disposition)
    quantity = QuantityField(_("quantity"))
    instruction = models.TextField(_("instruction"), blank=True, default="")
    item = optional(Item, verbose_name=_("new part"))
    supplier = optional(Supplier, verbose_name=_("supplier"))
    return_reference = models.CharField(_("return reference (RMA)"), max_length=80, blank=True, default="")
    asked_quantity = QuantityField(_("asked of the ERP"), default=0)
    done_quantity = QuantityField(_("done"), default=0)
    evidence = models.TextField(_("evidence of mutilation or marking"), blank=True, default="")
    evidence_file = optional(Attachment, verbose_name=_("file"))
    evidence_by = optional(settings.AUTH_USER_MODEL, verbose_name=_("recorded by"))
    evidence_at = models.DateTimeField(_("recorded"), null=True)
    history = Trail()
    frozen = ("uid", "ncr", "edition")
    deletable = True

    class Meta:
        verbose_name = _("disposition line")
        ordering = ("edition", "line")
        constraints = (
            models.UniqueConstraint(fields=("ncr", "edition", "line"), name="line_once"),
            models.CheckConstraint(name="line_quantity", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="line_progress",
                condition=Q(
                    done_quantity__gte=0, asked_quantity__gte=F("done_quantity"), quantity__gte=F("asked_quantity")
                ),
            ),
            models.CheckConstraint(
                name="line_regrade_names_item",
                condition=Q(kind="regrade", item__isnull=False) | (~Q(kind="regrade") & Q(item=None)),
            ),
            models.CheckConstraint(
                name="line_rework_is_instructed",
                condition=~Q(kind__in=("rework", "repair")) | ~Q(instruction=""),
            ),
            models.CheckConstraint(
                name="line_return_names_supplier", condition=~Q(kind="return_to_supplier") | Q(supplier__isnull=False)
            ),
            models.CheckConstraint(
                name="line_evidence_pair",
                condition=Q(evidence="", evidence_at=None, evidence_by=None)
                | (~Q(evidence="") & Q(evidence_at__isnull=False, evidence_by__isnull=False)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.line}: {self.get_kind_display()} {show(self.quantity)}"

    @property
    def rule(self) -> Rule:
        return RULES[self.kind]

    @property
    def remaining(self) -> Any:
        """What nobody has asked the ERP for yet."""
        return self.quantity - self.asked_quantity

    @property
    def is_done(self) -> bool:
        return self.done_quantity == self.quantity and not self.lacks_evidence

    @property
    def lacks_evidence(self) -> bool:
        return self.rule.marked and not self.evidence

    def to_rework(self) -> Any:
        """What neither passed a re-inspection nor waits for one."""
        return self.remaining - sum(loop.quantity for loop in self.loops.all() if not loop.result)

    @property
    def numbers(self) -> list[str]:
        return [one.serial.number for one in self.serials.all()]

    def decided(self) -> dict[str, Any]:
        """What a signature covers of it; what a disposition does not need is left out."""
        more = {
            "item": self.item.number if self.item else "",
            "reference": self.return_reference,
            "serials": self.numbers,
            "supplier": self.supplier.number if self.supplier else "",
        }
        told = {"instruction": self.instruction, "kind": self.kind, "line": self.line, "quantity": show(self.quantity)}
        return told | {name: value for name, value in more.items() if value}


class Approval(Regulated):
    """One slot of a round, filled by one signature; a person fills one slot only and never one of what they initiated."""

    ncr = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="approvals")
    round = models.IntegerField(_("MRB round"))
    slot = models.CharField(_("signs as"), max_length=8, choices=Slot)
    digest = models.CharField(max_length=64)
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="+", verbose_name=_("signature"))
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("signed by")
    )
    initiator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    withdrawn = models.BooleanField(_("withdrawn by the signer"), default=False)  # its slot is free again
    history = Trail()
    frozen = ("ncr", "round", "slot", "digest", "signature", "signer", "initiator", "proposer")

    class Meta:
        verbose_name = _("approval")
        constraints = (
            models.UniqueConstraint(
                fields=("ncr", "round", "digest", "signer"), name="approval_one_each", condition=Q(withdrawn=False)
            ),
            models.CheckConstraint(name="approver_not_initiator", condition=~Q(signer=F("initiator"))),
            models.CheckConstraint(name="approver_not_proposer", condition=~Q(signer=F("proposer"))),
        )

    def __str__(self) -> str:
        return f"{self.get_slot_display()}: {self.signer}"
