"""Holds: stock that must not be used, moved or shipped."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.commands.models import Command, Posting
from qms.journal.history import Trail
from qms.lib.fields import NumberField, QuantityField
from qms.lib.quantity import show
from qms.masterdata.models import Lot
from qms.records.models import Record

from ..choices import Effect
from .records import Nonconformance


class Hold(Record):
    """Stock that must not be used, moved or shipped; active only when the ERP has moved it (features.md row 14)."""

    prefix, noun, view_permission = "HLD", "hold", "hold.view"
    enclosed_with = "ncr"
    search_ids, search_texts = ("lot_number",), ("reason",)
    number = NumberField(_("number"), prefix="HLD")
    ncr = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="holds", verbose_name="NCR")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="+", verbose_name=_("lot"))
    lot_number = models.CharField(_("lot number"), max_length=120)
    quantity = QuantityField(_("quantity"))
    unit = models.CharField(_("unit"), max_length=40)
    effect = models.CharField(_("effect"), max_length=8, choices=Effect, default=Effect.NO_USE)
    reason = models.TextField(_("reason"))
    review_date = models.DateField(_("review on"), null=True, blank=True)
    lies_there = models.BooleanField(_("lay in quarantine already"), default=False)
    requested_at = models.DateTimeField(_("requested at"), null=True)
    active_at = models.DateTimeField(_("active since"), null=True)
    released_at = models.DateTimeField(_("released at"), null=True)
    history = Trail()
    frozen = (*Record.frozen, "ncr", "lot", "quantity", "unit", "lies_there")

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

    def commands(self) -> Any:
        """What was asked of the shop floor for this hold."""
        return Command.objects.of(self.ncr).filter(purpose__startswith=f"hold:{self.pk}:")

    def is_placed(self) -> bool:
        """The ERP has moved it, and every system of the shop floor that takes commands has said that it holds it."""
        if self.commands().filter(kind="hold").unconfirmed().exists():
            return False
        return self.lies_there or self.postings().filter(kind="HOLD", state__in=("POSTED", "RECONCILED")).exists()

    def is_under_way(self) -> bool:
        return self.lies_there or self.postings().filter(kind="HOLD").exclude(state="CANCELLED").exists()

    def trail_members(self) -> dict[str, list[str]]:
        return {
            Posting._meta.label_lower: [str(pk) for pk in self.postings().values_list("pk", flat=True)],
            Command._meta.label_lower: [str(pk) for pk in self.commands().values_list("pk", flat=True)],
        }
