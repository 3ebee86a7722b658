"""A periodic review of access: every role and every token, each kept or ended by somebody who does not hold it (draft Annex 11, 11)."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Grant, ServiceToken, Site, User
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import NumberField
from qms.records.models import Record

from ..choices import Verdict
from .trail import person


class AccessReview(Record):
    """Its lines are fixed when it begins: what was held then, with the last use as it stood in the trail."""

    prefix, noun, view_permission = "ACR", "accessreview", "access_review.view"
    search_texts = ("title",)
    number = NumberField(_("number"), prefix="ACR")
    title = models.CharField(_("title"), max_length=200)
    every_site = models.BooleanField(_("all sites"), default=False)
    owner = person(verbose_name=_("planned for"))
    due_date = models.DateField(_("due"), null=True)
    started_at = models.DateTimeField(_("begun"), null=True)
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    history = Trail()
    frozen = (*Record.frozen, "every_site")

    class Meta:
        verbose_name = _("access review")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "-id"), name="accessreview_site"),
            GinIndex(
                *(OpClass(Upper(name), name="gin_trgm_ops") for name in ("number", "title")), name="accessreview_search"
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="accessreview_states",
                condition=Q(state="CANCELLED")
                | Q(state="DRAFT", started_at=None)
                | Q(state="IN_REVIEW", started_at__isnull=False, reviewed_at=None)
                | Q(state="REVIEWED", started_at__isnull=False, reviewed_at__isnull=False),
            ),
        )

    def get_absolute_url(self) -> str:
        return reverse("reviews:accessreview-detail", args=[self.number])

    def undecided(self) -> int:
        return int(self.lines.filter(verdict="").count())

    def signed_content(self) -> dict[str, Any]:
        lines = self.lines.order_by("pk")
        return {
            "lines": [line.told() for line in lines],
            "site": "*" if self.every_site else self.site.code,
            "title": self.title,
        }

    def trail_members(self) -> dict[str, list[str]]:
        return {AccessLine._meta.label_lower: [str(pk) for pk in self.lines.values_list("pk", flat=True)]}


class AccessLine(Regulated):
    """A role or a token as it stood when the review began, and what was decided about it."""

    review = models.ForeignKey(AccessReview, on_delete=models.PROTECT, related_name="lines")
    grant = models.ForeignKey(Grant, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("role"))
    token = models.ForeignKey(
        ServiceToken, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("token")
    )
    holder = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("account"))
    name = models.CharField(_("name"), max_length=120)
    what = models.CharField(_("role or token"), max_length=80)
    where = models.CharField(_("sites"), max_length=200)
    since = models.DateField(_("since"), null=True)
    until = models.DateField(_("valid to"), null=True)
    given_by = models.CharField(_("given by"), max_length=120, blank=True, default="")
    used_at = models.DateTimeField(_("last use"), null=True)
    verdict = models.CharField(_("decision"), max_length=4, choices=Verdict, blank=True, default="")
    why = models.TextField(_("reason"), blank=True, default="")
    decided_by = person(verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    history = Trail()
    frozen = ("review", "grant", "token", "holder", "name", "what", "where", "since", "until", "given_by", "used_at")

    class Meta:
        verbose_name = _("line of an access review")
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                name="accessline_one_thing",
                condition=Q(grant__isnull=False, token=None) | Q(grant=None, token__isnull=False),
            ),
            models.CheckConstraint(
                name="accessline_decided_whole",
                condition=Q(verdict="", decided_by=None, decided_at=None)
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(verdict="") & ~Q(why="")),
            ),
            models.CheckConstraint(name="accessline_not_ones_own", condition=~Q(decided_by=F("holder"))),
        )

    def __str__(self) -> str:
        return f"{self.name}: {self.what}"

    def told(self) -> dict[str, Any]:
        return {
            "given_by": self.given_by,
            "name": self.name,
            "since": self.since.isoformat() if self.since else "",
            "verdict": self.verdict,
            "what": self.what,
            "where": self.where,
            "why": self.why,
        }


class AccessRuleQuerySet(models.QuerySet["AccessRule"]):
    def visible_to(self, user: Any) -> "AccessRuleQuerySet":
        return access.visible_to(self, user, "access_review.view")


class AccessRule(Regulated):
    """How often a site's access is reviewed, and the system as a whole."""

    site = models.OneToOneField(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    months = models.IntegerField(_("months between reviews"), default=6)
    system_months = models.IntegerField(_("months between periodic reviews of the system"), default=12)
    history = Trail()
    frozen = ("site",)
    objects = AccessRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("interval of access reviews")
        ordering = ("site__code",)
        constraints = (
            models.CheckConstraint(name="accessrule_months", condition=Q(months__gte=1, months__lte=36)),
            models.CheckConstraint(
                name="accessrule_system_months", condition=Q(system_months__gte=1, system_months__lte=36)
            ),
        )

    def __str__(self) -> str:
        return f"{self.site} {self.months}"

    def get_absolute_url(self) -> str:
        """The reviews: whoever is told of an overdue one may see them, and plan the next if they may."""
        return reverse("reviews:accessreview-list")
