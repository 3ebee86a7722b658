"""A periodic review of the system: what happened to it in a period, in one report, judged and signed (draft Annex 11, 14)."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.lib.fields import NumberField
from qms.records.models import Record

from ..choices import Fitness
from .trail import person


class SystemReview(Record):
    """`report`: canonical JSON, made when the review begins and made the same again from the trail at any time."""

    prefix, noun, view_permission = "SYR", "systemreview", "system_review.view"
    search_texts = ("title",)
    number = NumberField(_("number"), prefix="SYR")
    title = models.CharField(_("title"), max_length=200)
    every_site = models.BooleanField(_("all sites"), default=False)
    from_date = models.DateField(_("from"))
    to_date = models.DateField(_("to"))
    owner = person(verbose_name=_("planned for"))
    due_date = models.DateField(_("due"), null=True)
    started_at = models.DateTimeField(_("begun"), null=True)
    trail_size = models.BigIntegerField(_("size of the trail"), null=True)
    trail_root = models.CharField(_("root of the trail"), max_length=64, blank=True, default="")
    report = models.TextField(blank=True, default="")
    report_digest = models.CharField(_("SHA-256 of the report"), max_length=64, blank=True, default="")
    verdict = models.CharField(_("judgement"), max_length=10, choices=Fitness, blank=True, default="")
    conclusion = models.TextField(_("conclusion"), blank=True, default="")
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    history = Trail()
    frozen = (*Record.frozen, "title", "every_site", "from_date", "to_date")

    class Meta:
        verbose_name = _("periodic review")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "-id"), name="systemreview_site"),
            GinIndex(
                *(OpClass(Upper(name), name="gin_trgm_ops") for name in ("number", "title")), name="systemreview_search"
            ),
        )
        constraints = (
            models.CheckConstraint(name="systemreview_period", condition=Q(to_date__gte=F("from_date"))),
            models.CheckConstraint(
                name="systemreview_states",
                condition=Q(state="CANCELLED")
                | Q(state="DRAFT", started_at=None, report="", verdict="")
                | (Q(state="IN_REVIEW", started_at__isnull=False, reviewed_at=None, verdict="") & ~Q(report_digest=""))
                | (
                    Q(state="REVIEWED", started_at__isnull=False, reviewed_at__isnull=False)
                    & ~Q(report_digest="")
                    & ~Q(verdict="")
                    & ~Q(conclusion="")
                ),
            ),
        )

    def get_absolute_url(self) -> str:
        return reverse("reviews:systemreview-detail", args=[self.number])

    def signed_content(self) -> dict[str, Any]:
        return {
            "conclusion": self.conclusion,
            "from": self.from_date.isoformat(),
            "report": self.report_digest,
            "site": "*" if self.every_site else self.site.code,
            "title": self.title,
            "to": self.to_date.isoformat(),
            "trail_root": self.trail_root,
            "trail_size": self.trail_size,
            "verdict": self.verdict,
        }
