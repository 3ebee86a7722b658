"""Supplier blocks: who may not be ordered from, why, and which orders went there all the same."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ncr.models import Nonconformance
from qms.commands.models import Posting
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime, NumberField
from qms.masterdata.models import Item, PurchaseOrder, Supplier
from qms.records.models import Record

from .choices import OF_PART, SENTENCES, Level

STANDING = ("ACTIVE", "LIFT_PROPOSED")


def person(label: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=label,
    )


class SupplierBlock(Record):
    """No new orders to this supplier, or none of one part. `after_order`, `after_line`: the newest rows of the mirror when it
    was put in force; what is read later is new."""

    prefix, noun, view_permission = "SBL", "supplierblock", "supplier_block.view"
    search_texts = ("reason",)
    number = NumberField(_("number"), prefix="SBL")
    supplier = models.ForeignKey(
        Supplier, on_delete=models.PROTECT, related_name="blocks", verbose_name=_("supplier"), db_constraint=False
    )
    item = models.ForeignKey(
        Item, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("only the part"),
        db_index=False, db_constraint=False,
    )  # fmt: skip
    ncr = models.ForeignKey(
        Nonconformance, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("nonconformance"),
    )  # fmt: skip
    reason = models.TextField(_("reason"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("owner")
    )
    by_two = models.BooleanField(_("takes two persons"), default=False)
    level = models.CharField(_("in the ERP"), max_length=8, choices=Level, blank=True, default="")
    after_order = models.BigIntegerField(_("newest order known then"), default=0)
    after_line = models.BigIntegerField(_("newest order line known then"), default=0)
    blocked_at = models.DateTimeField(_("in force since"), null=True)
    blocked_by = person(_("put in force by"))
    lift_asked_by = person(_("lifting proposed by"))
    lifted_at = models.DateTimeField(_("lifted"), null=True)
    lifted_by = person(_("lifted by"))
    history = Trail()
    frozen = (*Record.frozen, "supplier", "item", "ncr", "reason", "by_two")

    class Meta:
        verbose_name = _("supplier block")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "-id"), name="supplierblock_site"),
            GinIndex(
                *(OpClass(Upper(name), name="gin_trgm_ops") for name in ("number", "reason")),
                name="supplierblock_search",
            ),
        )
        constraints = (
            models.UniqueConstraint(
                name="supplierblock_once",
                fields=("site", "supplier", "item"),
                condition=~Q(state__in=("LIFTED", "CANCELLED")),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="supplierblock_in_force",
                condition=Q(state__in=("PROPOSED", "CANCELLED"), blocked_at=None, blocked_by=None)
                | ~Q(state__in=("PROPOSED", "CANCELLED"))
                & Q(blocked_at__isnull=False, blocked_by__isnull=False)
                & ~Q(level=""),
            ),
            models.CheckConstraint(
                name="supplierblock_lifted",
                condition=Q(state="LIFTED", lifted_at__isnull=False, lifted_by__isnull=False)
                | ~Q(state="LIFTED") & Q(lifted_at=None, lifted_by=None),
            ),
            models.CheckConstraint(
                name="supplierblock_by_two", condition=Q(by_two=False) | ~Q(blocked_by=F("created_by"))
            ),
            models.CheckConstraint(
                name="supplierblock_lifted_by_two", condition=Q(by_two=False) | ~Q(lifted_by=F("lift_asked_by"))
            ),
        )

    @property
    def title(self) -> str:
        part = f" · {self.item.number}" if self.item else ""
        return f"{self.supplier.number} {self.supplier.name}{part}"

    @property
    def stands(self) -> bool:
        return self.state in STANDING

    @property
    def level_told(self) -> Any:
        """What the ERP does with it, and what is done here instead; empty before it is in force."""
        if self.item:
            return OF_PART
        return SENTENCES[Level(self.level)] if self.level else ""

    def postings(self) -> Any:
        return Posting.objects.of(self)

    def signed_content(self) -> dict[str, Any]:
        return {
            "item": self.item.number if self.item else "",
            "level": self.level,
            "ncr": self.ncr.number if self.ncr else "",
            "reason": self.reason,
            "source": self.supplier.source,
            "supplier": self.supplier.number,
            "supplier_key": self.supplier.external_id,
        }

    def trail_members(self) -> dict[str, list[str]]:
        return {BlockedOrder._meta.label_lower: [str(pk) for pk in self.orders.values_list("pk", flat=True)]}

    def get_absolute_url(self) -> str:
        return reverse("suppliers:supplierblock-detail", args=[self.number])


class BlockedOrderQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Any:
        return self.filter(block__in=SupplierBlock.objects.visible_to(user))


class BlockedOrder(Regulated):
    """An order that went to a blocked supplier: told once, and open until somebody says what became of it."""

    block = models.ForeignKey(SupplierBlock, on_delete=models.PROTECT, related_name="orders")
    order = models.ForeignKey(
        PurchaseOrder, on_delete=models.PROTECT, related_name="+", db_constraint=False, verbose_name=_("order")
    )
    seen_at = DatabaseTime(_("seen"))
    answer = models.TextField(_("what became of it"), blank=True, default="")
    answered_at = models.DateTimeField(_("answered"), null=True)
    answered_by = person(_("answered by"))
    history = Trail()
    frozen = ("block", "order", "seen_at")
    objects = BlockedOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order to a blocked supplier")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(name="blockedorder_once", fields=("block", "order")),
            models.CheckConstraint(
                name="blockedorder_answered",
                condition=Q(answer="", answered_at=None, answered_by=None)
                | ~Q(answer="") & Q(answered_at__isnull=False, answered_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.block.number} {self.order.number}"
