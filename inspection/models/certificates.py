"""Certificates that come with a delivery, and lots that are released without one that the plan asks for."""

from datetime import date
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.clock import now
from qms.lib.fields import DatabaseTime, NumberField
from qms.lib.ids import uuid7
from qms.masterdata.models import Item, ReceiptLine, Supplier
from qms.records.models import Record, RecordQuerySet
from qms.signatures.models import Signature

from ..choices import CertificateKind, ReadingVerdict
from .lots import Inspection
from .plans import InspectionPlan, optional

WORDS = (
    "kind",
    "reference",
    "issuer_name",
    "part_number",
    "part_revision",
    "lots",
    "heats",
    "receipt_number",
    "claims",
)


class CertificateQuerySet(RecordQuerySet):
    def counting(self, on: date) -> Any:
        """Accepted, and valid on that day."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=on), state="ACCEPTED")

    def covering(self, lot: Inspection) -> Any:
        """Of its receipt line, or of its part and lot number."""
        of = Q(item=lot.item_id, lots__contains=[lot.lot_number]) if lot.lot_number else Q(pk=None)
        if lot.receipt_line_id is not None:
            of |= Q(receipt_line=lot.receipt_line_id)
        return self.filter(of, site=lot.site_id)


class Certificate(Record):
    """A certificate of a supplier (EN 10204, AS9100D 8.4.3, IATF 16949 8.6.4); its file hangs on the record.

    `lots`, `heats`: numbers as the certificate has them. `values`: [{"origin", "balloon", "name", "given", "value", "unit", "lower",
    "upper", "verdict"}], decimals as text in the unit of the plan, judged by `plan`; `verdict` is the worst of them, empty for none.
    """

    prefix, noun, view_permission = "CRT", "certificate", "inspection.view"
    search_ids, search_texts = ("reference", "part_number", "issuer_name"), ("claims",)
    number = NumberField(_("number"), prefix="CRT")
    kind = models.CharField(_("kind of certificate"), max_length=12, choices=CertificateKind)
    reference = models.CharField(_("number of the certificate"), max_length=80)
    supplier = optional(Supplier, verbose_name=_("supplier"))
    issuer_name = models.CharField(_("issued by"), max_length=200)
    issued_date = models.DateField(_("issued on"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", verbose_name=_("part"), db_index=False)
    part_number = models.CharField(_("part number"), max_length=120)
    part_revision = models.CharField(_("revision"), max_length=40, blank=True, default="")
    lots = models.JSONField(_("lots"), default=list, blank=True)
    heats = models.JSONField(_("heat numbers"), default=list, blank=True)
    receipt_line = models.ForeignKey(
        ReceiptLine, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("receipt line")
    )
    receipt_number = models.CharField(_("receipt"), max_length=120, blank=True, default="")
    claims = models.TextField(_("what it claims"), blank=True, default="")
    plan = optional(InspectionPlan, verbose_name=_("compared with"))
    values = models.JSONField(_("values"), default=list, blank=True)
    verdict = models.CharField(_("verdict"), max_length=8, choices=ReadingVerdict, blank=True, default="")
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("last changed by"),
        db_index=False,
    )  # fmt: skip
    accepted_by = optional(settings.AUTH_USER_MODEL, verbose_name=_("accepted by"))
    acceptance = optional(Signature, verbose_name=_("signature of the acceptance"))
    history = Trail()
    frozen = (*Record.frozen, "item", "part_number")
    objects: ClassVar[Any] = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "-id"), name="certificate_site"),
            models.Index(fields=("item", "state"), name="certificate_item"),
            GinIndex(
                *(OpClass(Upper(name), name="gin_trgm_ops") for name in ("number", "reference", "part_number")),
                name="certificate_search",
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="certificate_dates", condition=Q(valid_until=None) | Q(valid_until__gte=F("issued_date"))
            ),
            models.CheckConstraint(name="certificate_is_named", condition=~Q(reference="") & ~Q(issuer_name="")),
            models.CheckConstraint(
                name="certificate_is_accepted",
                condition=~Q(state__in=("ACCEPTED", "WITHDRAWN"))
                | Q(accepted_by__isnull=False, acceptance__isnull=False) & ~Q(verdict__in=("failed", "unclear")),
            ),
            models.CheckConstraint(
                name="certificate_four_eyes",
                condition=Q(accepted_by=None) | ~Q(accepted_by=F("created_by")) & ~Q(accepted_by=F("edited_by")),
            ),
            models.CheckConstraint(
                name="certificate_values_by_a_plan",
                condition=Q(values=[], verdict="") | ~Q(values=[]) & ~Q(verdict="") & Q(plan__isnull=False),
            ),
        )

    @property
    def title(self) -> str:
        return f"{self.reference} · {self.part_number}"

    @property
    def is_lapsed(self) -> bool:
        """The last day still counts."""
        return self.valid_until is not None and self.valid_until < now().date()

    def signed_content(self) -> dict[str, Any]:
        return {
            **{name: getattr(self, name) for name in (*WORDS, "values", "verdict")},
            "issued_date": self.issued_date.isoformat(),
            "valid_until": self.valid_until.isoformat() if self.valid_until else "",
            "plan": self.plan.sha256 if self.plan else "",
        }

    def refuses(self, transition: Any, user: Any) -> Any:
        """Segregation of duties: nobody accepts what they recorded or changed."""
        if transition.name == "accept" and user.pk in (self.created_by_id, self.edited_by_id):
            return gettext("You recorded this certificate, so somebody else must accept it.")
        return ""

    def get_absolute_url(self) -> str:
        return reverse("inspection:certificate-detail", args=[self.number])


class CertificateLeave(Regulated):
    """A lot may be released without a certificate that its plan asks for: by signature, with a reason."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="certificate_leaves")
    kind = models.CharField(_("kind of certificate"), max_length=12, choices=CertificateKind)
    reason = models.TextField(_("reason"))
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="+")
    at = DatabaseTime(_("allowed"))
    history = Trail()
    frozen = ("uid", "inspection", "kind", "reason", "signature", "at")

    class Meta:
        verbose_name = _("leave for a missing certificate")
        constraints = (models.UniqueConstraint(fields=("inspection", "kind"), name="certificate_leave_once"),)

    def __str__(self) -> str:
        return f"{self.inspection}: {self.get_kind_display()}"
