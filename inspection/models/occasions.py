"""What began an inspection by itself, or should have: one row per occasion, whatever is told twice."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.ids import uuid7
from qms.lib.trail import PLUMBING

from ..choices import InspectionKind, Occasion
from .lots import Inspection
from .plans import InspectionPlan


class OccasionQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        """Of plans that the person sees: a closed plan hides what was to be inspected by it."""
        plans = InspectionPlan.objects.visible_to(user).values("pk")
        return access.visible_to(self, user, "inspection.view").filter(plan__in=plans)

    def waiting(self) -> Self:
        """Could not be inspected, and nobody has closed it."""
        return self.filter(inspection=None, closed_at=None)


class InspectionOccasion(Regulated):
    """`key`: names the occasion for ever, so that it begins one inspection. `source_key`: of the row that told it (a receipt line, a
    shipment line, an event of production, a plan). While there is no inspection, `problem` says why, and it is tried again."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"), db_index=False)
    key = models.CharField(max_length=200, unique=True)
    occasion = models.CharField(_("occasion"), max_length=12, choices=Occasion)
    kind = models.CharField(_("type of inspection"), max_length=16, choices=InspectionKind)
    source_key = models.BigIntegerField()
    subject = models.CharField(_("what is to be inspected"), max_length=300)
    part_number = models.CharField(_("part"), max_length=120)
    plan = models.ForeignKey(
        InspectionPlan, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("plan")
    )
    inspection = models.OneToOneField(
        Inspection, null=True, on_delete=models.PROTECT, related_name="occasion", verbose_name=_("inspection")
    )
    problem = models.TextField(_("why not"), blank=True, default="")
    tries = models.IntegerField(_("tried"), default=0)
    since = models.DateTimeField(_("since"))
    next_at = models.DateTimeField(_("tried again"), null=True)
    reason = models.TextField(_("reason"), blank=True, default="")
    closed_at = models.DateTimeField(_("closed"), null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("closed by"),
    )  # fmt: skip
    history = Trail()
    frozen = ("uid", "site", "key", "occasion", "kind", "source_key", "since")
    objects = OccasionQuerySet.as_manager()

    class Meta:
        verbose_name = _("occasion of an inspection")
        ordering = ("-pk",)
        indexes = (
            models.Index(
                fields=("site", "next_at"), name="occasion_waiting", condition=Q(inspection=None, closed_at=None)
            ),
        )
        constraints = (
            models.CheckConstraint(
                name="occasion_says_why_not", condition=Q(inspection__isnull=False) | ~Q(problem="")
            ),
            models.CheckConstraint(
                name="occasion_closed_with_reason",
                condition=Q(closed_at=None, closed_by=None, reason="")
                | Q(closed_at__isnull=False, inspection=None) & ~Q(reason=""),
            ),
        )

    def __str__(self) -> str:
        return self.subject

    @property
    def is_waiting(self) -> bool:
        return self.inspection_id is None and self.closed_at is None

    def get_absolute_url(self) -> str:
        return reverse("inspection:occasion", args=[self.uid])


class ProductionMark(models.Model):
    """How far the events of production were looked through; no business fact."""

    trail_class = PLUMBING
    last = models.BigIntegerField(default=0)
