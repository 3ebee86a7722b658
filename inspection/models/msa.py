"""Studies of measurement systems: whether a gauge, with the people who use it, is good enough for what it is to judge."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.lib.fields import NumberField
from qms.records.models import Record

from .gauges import Gauge


class StudyKind(models.TextChoices):
    CROSSED = "crossed", _("Gauge R&R, crossed (analysis of variance)")
    RANGES = "ranges", _("Gauge R&R, average and range")
    NESTED = "nested", _("Gauge R&R, nested (destructive)")
    TYPE_ONE = "type_one", _("Type 1 (Cg, Cgk)")
    BIAS = "bias", _("Bias")
    LINEARITY = "linearity", _("Linearity")
    AGREEMENT = "agreement", _("Agreement of appraisers on attributes")


class Grade(models.TextChoices):
    GOOD = "good", _("Good")
    CONDITIONAL = "conditional", _("Acceptable by agreement")
    POOR = "poor", _("Not acceptable")


class MsaStudy(Record):
    """One study of a gauge (AIAG MSA 4th edition, VDA 5; IATF 16949 7.1.5.1.1).

    `rows`: [{"appraiser", "part", "reference", "values"}], decimals as text in the unit of the gauge, for agreement ratings as words.
    `result`: what the server computed of them: {"method", "figures": [[name, text]], "components": [[name, variance, sd, % study,
    % tolerance]]}, text each. `percent`: total gauge R&R of the tolerance, else of the study's variation; `ndc`: distinct categories.
    """

    prefix, noun, view_permission = "MSA", "msastudy", "gauge.view"
    enclosed_with = "gauge"
    number = NumberField(_("number"), prefix="MSA")
    gauge = models.ForeignKey(
        Gauge, on_delete=models.PROTECT, related_name="studies", verbose_name=_("gauge"), db_index=False
    )
    kind = models.CharField(_("kind of study"), max_length=9, choices=StudyKind)
    characteristic = models.CharField(_("characteristic"), max_length=120)
    performed_date = models.DateField(_("carried out on"))
    tolerance = models.CharField(_("width of the tolerance"), max_length=30, blank=True, default="")
    reference = models.CharField(_("reference value"), max_length=30, blank=True, default="")
    unit = models.CharField(_("unit"), max_length=40, blank=True, default="")
    rows = models.JSONField(_("readings"), default=list)
    result = models.JSONField(_("result"), default=dict)
    grade = models.CharField(_("grade"), max_length=11, choices=Grade)
    percent = models.DecimalField(_("gauge R&R in per cent"), max_digits=12, decimal_places=2, null=True)
    is_of_tolerance = models.BooleanField(_("per cent of the tolerance"), default=False)
    ndc = models.IntegerField(_("distinct categories"), null=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("last changed by"),
        db_index=False,
    )  # fmt: skip
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("approved by"),
        db_index=False,
    )  # fmt: skip
    conclusion = models.TextField(_("conclusion"), blank=True, default="")
    history = Trail()
    frozen = (*Record.frozen, "gauge", "kind")

    class Meta:
        verbose_name = _("measurement systems analysis")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "-id"), name="msastudy_site"),
            models.Index(fields=("gauge", "-id"), name="msastudy_gauge"),
            GinIndex(
                *(OpClass(Upper(name), name="gin_trgm_ops") for name in ("number", "characteristic")),
                name="msastudy_search",
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="msastudy_is_concluded",
                condition=~Q(state="APPROVED") | Q(approved_by__isnull=False) & ~Q(conclusion=""),
            ),
            models.CheckConstraint(
                name="msastudy_four_eyes",
                condition=Q(approved_by=None) | ~Q(approved_by=F("created_by")) & ~Q(approved_by=F("edited_by")),
            ),
            models.CheckConstraint(name="msastudy_ndc", condition=Q(ndc=None) | Q(ndc__gte=1)),
        )

    @property
    def title(self) -> str:
        return f"{self.gauge.asset} · {self.characteristic}"

    @property
    def told(self) -> str:
        """In a few characters, where the gauge is chosen: 8.4 % T · ndc 7."""
        of = gettext("of tolerance") if self.is_of_tolerance else gettext("of study variation")
        shares = [f"{self.percent} % {of}"] if self.percent is not None else [str(Grade(self.grade).label)]
        return " · ".join([*shares, *([f"ndc {self.ndc}"] if self.ndc is not None else [])])

    def signed_content(self) -> dict[str, Any]:
        names = (
            "kind",
            "characteristic",
            "tolerance",
            "reference",
            "unit",
            "rows",
            "result",
            "grade",
            "ndc",
            "conclusion",
        )
        return {
            "gauge": self.gauge.number,
            "performed_date": self.performed_date.isoformat(),
            "percent": "" if self.percent is None else str(self.percent),
            "is_of_tolerance": self.is_of_tolerance,
            **{name: getattr(self, name) for name in names},
        }

    def get_absolute_url(self) -> str:
        return reverse("inspection:msastudy-detail", args=[self.number])

    def refuses(self, transition: Any, user: Any) -> Any:
        """Segregation of duties: nobody concludes what they recorded or changed."""
        if transition.name == "approve" and user.pk in (self.created_by_id, self.edited_by_id):
            return gettext("You recorded this study, so somebody else must conclude it.")
        return ""
