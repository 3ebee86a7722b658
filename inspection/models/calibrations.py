"""What a calibration of a gauge found, and what became of what had been measured with it."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ncr.models import Hold
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import NumberField
from qms.lib.ids import uuid7
from qms.masterdata.models import Lot, Shipment
from qms.records.models import Record

from .gauges import Gauge


class Result(models.TextChoices):
    """By the server, from the points: adjusted where the readings as found were out and those as left are in."""

    PASSED = "passed", _("Passed")
    ADJUSTED = "adjusted", _("Adjusted, within tolerance now")
    FAILED = "failed", _("Failed")


class Impact(models.TextChoices):
    NONE = "none", _("No product is affected")
    AFFECTED = "affected", _("Product is affected")


class Calibration(Record):
    """One calibration of a gauge (ISO 9001 7.1.5.2, IATF 16949 7.1.5.2.1).

    `points`: [{"nominal", "tolerance", "found", "left"}], decimals as text in the unit of the gauge; `tolerance` is the permissible
    error to both sides. `standards`: [{"number", "asset", "due_date"}] as they stood that day. `good_date`: when the gauge was last
    known to be right; what was measured since then is in doubt when a reading as found is out.
    """

    prefix, noun, view_permission = "CAL", "calibration", "gauge.view"
    enclosed_with = "gauge"
    number = NumberField(_("number"), prefix="CAL")
    gauge = models.ForeignKey(
        Gauge, on_delete=models.PROTECT, related_name="calibrations", verbose_name=_("gauge"), db_index=False
    )
    performed_date = models.DateField(_("calibrated on"))
    laboratory = models.CharField(_("laboratory"), max_length=120, blank=True, default="")
    accreditation = models.CharField(_("accreditation number"), max_length=60, blank=True, default="")
    certificate = models.CharField(_("certificate number"), max_length=80, blank=True, default="")
    procedure = models.CharField(_("procedure"), max_length=120, blank=True, default="")
    environment = models.CharField(_("ambient conditions"), max_length=200, blank=True, default="")
    standards = models.JSONField(_("standards used"), default=list, blank=True)
    points = models.JSONField(_("points"), default=list)
    unit = models.CharField(_("unit"), max_length=40, blank=True, default="")
    result = models.CharField(_("result"), max_length=8, choices=Result)
    is_out = models.BooleanField(_("out of tolerance as found"))
    good_date = models.DateField(_("last good calibration"), null=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("last changed by"),
        db_index=False,
    )  # fmt: skip
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("approved by"),
        db_index=False,
    )  # fmt: skip
    impact = models.CharField(_("impact verdict"), max_length=8, choices=Impact, blank=True, default="")
    impact_reason = models.TextField(_("reason of the verdict"), blank=True, default="")
    impact_seen = models.JSONField(_("uses that were judged"), default=list, blank=True)
    history = Trail()
    shipments: ClassVar[Any] = None  # queries.shipments_since, which a model may not import
    frozen = (*Record.frozen, "gauge")

    class Meta:
        verbose_name = _("calibration")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "-id"), name="calibration_site"),
            models.Index(fields=("gauge", "-id"), name="calibration_gauge"),
            GinIndex(
                *(OpClass(Upper(name), name="gin_trgm_ops") for name in ("number", "certificate", "laboratory")),
                name="calibration_search",
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="calibration_is_approved",
                condition=~Q(state__in=("IMPACT", "APPROVED")) | Q(approved_by__isnull=False),
            ),
            models.CheckConstraint(
                name="calibration_four_eyes",
                condition=Q(approved_by=None) | ~Q(approved_by=F("created_by")) & ~Q(approved_by=F("edited_by")),
            ),
            models.CheckConstraint(
                name="calibration_impact_judged",
                condition=~Q(state="APPROVED") | Q(is_out=False) | ~Q(impact="") & ~Q(impact_reason=""),
            ),
            models.CheckConstraint(
                name="calibration_out_is_no_pass", condition=Q(is_out=False) | ~Q(result=Result.PASSED)
            ),
        )

    @property
    def title(self) -> str:
        return f"{self.gauge.asset} {self.performed_date.isoformat()}"

    def signed_content(self) -> dict[str, Any]:
        words = (
            *("laboratory", "accreditation", "certificate", "procedure", "environment", "standards", "points", "unit"),
            *("result", "is_out", "impact", "impact_reason", "impact_seen"),
        )
        return {
            "gauge": self.gauge.number,
            "performed_date": self.performed_date.isoformat(),
            "good_date": self.good_date.isoformat() if self.good_date else "",
            **{name: getattr(self, name) for name in words},
            **({"notices": told} if (told := [one.told() for one in self.notices.all()]) else {}),
        }

    def get_absolute_url(self) -> str:
        return reverse("inspection:calibration-detail", args=[self.number])

    def refuses(self, transition: Any, user: Any) -> Any:
        """Segregation of duties: nobody approves what they recorded or changed."""
        began = user.pk in (self.created_by_id, self.edited_by_id)
        if transition.name in ("approve", "approve-out") and began:
            return gettext("You recorded this calibration, so somebody else must approve it.")
        return ""


class DoubtHold(Regulated):
    """A lot that was held because a gauge was found out of tolerance; once per calibration and lot."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    calibration = models.ForeignKey(
        Calibration, on_delete=models.PROTECT, related_name="holds", verbose_name=_("calibration"), db_index=False
    )
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="+", verbose_name=_("lot"))
    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, related_name="+", verbose_name=_("hold"))
    history = Trail()
    frozen = ("uid", "calibration", "lot", "hold")

    class Meta:
        verbose_name = _("hold of a lot in doubt")
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("calibration", "lot"), name="doubt_lot_once"),)

    def __str__(self) -> str:
        return f"{self.calibration.number}: {self.hold.number}"


class Means(models.TextChoices):
    MAIL = "mail", _("Mail")
    PHONE = "phone", _("Telephone")
    PORTAL = "portal", _("The customer's portal")
    LETTER = "letter", _("Letter")
    HELD_BACK = "held_back", _("Not told: the shipment is held back")


class CustomerNotice(Regulated):
    """A customer was told that delivered goods are in doubt (ISO 9001 8.7.1, AS9100D 8.7.1: timely reporting of delivered nonconforming
    product), or the shipment never left and is held back. `text` is what was said, or how it is held back."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    calibration = models.ForeignKey(
        Calibration, on_delete=models.PROTECT, related_name="notices", verbose_name=_("calibration"), db_index=False
    )
    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="+", verbose_name=_("shipment"))
    shipment_number = models.CharField(_("shipment number"), max_length=120)
    customer_name = models.CharField(_("customer"), max_length=200)
    contact = models.CharField(_("who was told"), max_length=200, blank=True, default="")
    means = models.CharField(_("by what means"), max_length=9, choices=Means)
    told_date = models.DateField(_("told on"))
    text = models.TextField(_("what was said"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("told by"), db_index=False
    )
    history = Trail()
    frozen = (
        *("uid", "calibration", "shipment", "shipment_number", "customer_name", "contact", "means", "told_date", "text", "by"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("notice to a customer")
        ordering = ("pk",)
        indexes = (models.Index(fields=("calibration",), name="customernotice_calibration"),)
        constraints = (
            models.CheckConstraint(
                name="customernotice_is_whole",
                condition=~Q(customer_name="") & ~Q(text="") & (~Q(contact="") | Q(means=Means.HELD_BACK)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.calibration.number}: {self.shipment_number}"

    def told(self) -> dict[str, str]:
        """As it is signed with the verdict."""
        names = ("shipment_number", "customer_name", "contact", "means", "text")
        return {**{name: getattr(self, name) for name in names}, "told_date": self.told_date.isoformat()}
