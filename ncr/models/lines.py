"""Disposition lines and the approvals of a round."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import QuantityField
from qms.lib.ids import uuid7
from qms.lib.quantity import show
from qms.signatures.models import Signature

from ..choices import Disposition, Slot
from .records import Nonconformance


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
