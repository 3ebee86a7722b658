"""Our own certificate of conformance: what we say to a customer about goods that left by a decided inspection."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.lib.fields import NumberField, QuantityField
from qms.lib.quantity import show
from qms.records.models import Record
from qms.signatures.models import Signature

from .lots import Inspection
from .plans import optional
from .words import certified_shown

WORDS = ("customer_name", "customer_order", "delivery", "specification", "deviations", "remarks", "detail")


class Detail(models.TextChoices):
    """How much of the readings the customer gets."""

    SUMMARY = "summary", _("Lowest, mean and highest value")
    VALUES = "values", _("Every value")


class Conformance(Record):
    """A certificate of conformance (EN 10204 2.1 and 2.2, ISO/IEC 17050-1, AS9100D 8.4.3).

    `content`: what is taken from the inspection and never typed, as `queries.conformance.content` makes it: plan, verdict, decision,
    results by characteristic, certificates behind it, concessions, gauges. It is part of what is signed.
    """

    prefix, noun, view_permission = "COC", "conformance", "inspection.view"
    enclosed_with = "inspection"
    search_ids = ("part_number", "lot_number", "customer_name", "customer_order", "delivery")
    search_texts = ("remarks",)
    number = NumberField(_("number"), prefix="COC")
    inspection = models.ForeignKey(
        Inspection, on_delete=models.PROTECT, related_name="conformances", verbose_name=_("inspection"), db_index=False
    )
    part_number = models.CharField(_("part number"), max_length=120)
    part_name = models.CharField(_("part name"), max_length=200, blank=True, default="")
    part_revision = models.CharField(_("revision"), max_length=40, blank=True, default="")
    lot_number = models.CharField(_("lot number"), max_length=120, blank=True, default="")
    quantity = QuantityField(_("quantity"))
    unit = models.CharField(_("unit"), max_length=40)
    serials = models.JSONField(_("serial numbers"), default=list, blank=True)
    customer_name = models.CharField(_("customer"), max_length=200)
    customer_order = models.CharField(_("customer's order"), max_length=80, blank=True, default="")
    delivery = models.CharField(_("delivery"), max_length=80, blank=True, default="")
    specification = models.CharField(_("drawing or specification"), max_length=400)
    deviations = models.TextField(_("deviations agreed with the customer"), blank=True, default="")
    remarks = models.TextField(_("remarks"), blank=True, default="")
    detail = models.CharField(_("results"), max_length=8, choices=Detail, default=Detail.SUMMARY)
    with_gauges = models.BooleanField(_("name the gauges"), default=False)
    content = models.JSONField(_("taken from the inspection"), default=dict)
    issued_by = optional(settings.AUTH_USER_MODEL, verbose_name=_("issuer"))
    issued_at = models.DateTimeField(_("issued"), null=True, blank=True)
    issue = optional(Signature, verbose_name=_("signature of the issue"))
    history = Trail()
    left: ClassVar[Any] = None  # of queries.conformance, which a model may not import: what may be certified,
    fresh: ClassVar[Any] = None  # and the content as the inspection gives it now
    in_words: ClassVar[dict[str, Any]] = {"content": certified_shown}
    frozen = (*Record.frozen, "inspection", "part_number", "part_name", "part_revision", "lot_number", "unit")

    class Meta:
        verbose_name = _("certificate of conformance")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "-id"), name="conformance_site"),
            models.Index(fields=("inspection", "state"), name="conformance_inspection"),
            GinIndex(
                *(OpClass(Upper(name), name="gin_trgm_ops") for name in ("number", "part_number", "customer_name")),
                name="conformance_search",
            ),
        )
        constraints = (
            models.CheckConstraint(name="conformance_quantity", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="conformance_is_named", condition=~Q(customer_name="") & ~Q(specification="")
            ),
            models.CheckConstraint(
                name="conformance_is_signed",
                condition=Q(state__in=("DRAFT", "CANCELLED"), issued_by=None, issued_at=None, issue=None)
                | Q(
                    state__in=("ISSUED", "WITHDRAWN"), issued_by__isnull=False, issued_at__isnull=False, issue__isnull=False
                ),
            ),
        )  # fmt: skip

    @property
    def title(self) -> str:
        return f"{self.part_number} · {self.customer_name}"

    @property
    def quantity_shown(self) -> str:
        return f"{show(self.quantity)} {self.unit}"

    def signed_content(self) -> dict[str, Any]:
        """All that the customer reads."""
        return {
            **{name: getattr(self, name) for name in WORDS},
            "content": self.content, "inspection": self.inspection.number, "lot": self.lot_number, "part": self.part_number,
            "quantity": show(self.quantity), "revision": self.part_revision, "serials": self.serials, "unit": self.unit,
        }  # fmt: skip

    def get_absolute_url(self) -> str:
        return reverse("inspection:conformance-detail", args=[self.number])
