"""Time in which one interface is known to be away: what is sent waits, silence is no alarm, and afterwards somebody looks."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Max, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.lib import canonical
from qms.lib.clock import now
from qms.lib.fields import NumberField
from qms.records.models import Record, RecordQuerySet

from .interfaces import Interface
from .reconcile import ReconcileRun

COMING = ("PLANNED", "ACTIVE")


class DowntimeQuerySet(RecordQuerySet):
    def in_force(self, at: dt.datetime | None = None) -> Self:
        """By the clock: a scheduler that is late changes nothing."""
        moment = at or now()
        return self.filter(state__in=COMING, begins_at__lte=moment, ends_at__gt=moment)

    def of(self, interface: Interface, at: dt.datetime | None = None) -> Any:
        """The window that the interface stands in, or None."""
        return self.in_force(at).filter(interface=interface).first()

    def resumed(self, at: dt.datetime) -> dict[int, dt.datetime]:
        """Interface → when its last window was over."""
        over = self.exclude(state="CANCELLED").filter(ends_at__lte=at).order_by()
        return dict(over.values_list("interface").annotate(Max("ends_at")))


class Downtime(Record):
    """`ends_at`: as it stands now; `planned_until`: as it was planned first. `report`: what was missed, buffered, out of count
    and different (connectors.reconcile.gap)."""

    prefix, noun, view_permission = "DTW", "downtime", "downtime.view"
    number = NumberField(_("number"), prefix="DTW")
    interface = models.ForeignKey(
        Interface, on_delete=models.PROTECT, related_name="downtimes", verbose_name=_("interface"), db_index=False
    )
    is_planned = models.BooleanField(_("planned"), default=True)
    begins_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    planned_until = models.DateTimeField(_("planned until"))
    reason = models.TextField(_("reason"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner"), db_index=False
    )
    ended_at = models.DateTimeField(_("ended"), null=True)
    run = models.ForeignKey(
        ReconcileRun, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("reconciliation"),
        db_index=False,
    )  # fmt: skip
    report = models.JSONField(_("gap report"), default=dict, blank=True)
    history = Trail()
    frozen = (*Record.frozen, "interface", "is_planned", "begins_at", "planned_until", "reason")
    told_on_page = ("report",)  # the timeline gives its figures in words
    objects: ClassVar[Any] = DowntimeQuerySet.as_manager()

    class Meta:
        verbose_name = _("downtime window")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "-id"), name="downtime_site"),
            models.Index(fields=("interface", "ends_at"), name="downtime_coming", condition=Q(state__in=COMING)),
            models.Index(fields=("interface", "-ends_at"), name="downtime_last"),
            GinIndex(OpClass(Upper("number"), name="gin_trgm_ops"), name="downtime_search"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("begins_at")), name="downtime_period"),
            models.CheckConstraint(
                condition=Q(state__in=(*COMING, "CANCELLED"), ended_at=None)
                | Q(state__in=("ENDED", "SIGNED"), ended_at__isnull=False),
                name="downtime_ended_pair",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="downtime_has_a_reason"),
            models.UniqueConstraint(fields=("interface",), condition=Q(state="ACTIVE"), name="downtime_one_at_a_time"),
        )

    @property
    def title(self) -> str:
        begins = self.begins_at.astimezone(ZoneInfo(self.site.timezone))
        return f"{self.interface.code} · {begins:%Y-%m-%d %H:%M}"

    def signed_content(self) -> dict[str, Any]:
        return {
            "begins": canonical.instant(self.begins_at),
            "ends": canonical.instant(self.ends_at),
            "interface": self.interface.code,
            "planned": self.is_planned,
            "reason": self.reason,
            "report": self.report,
        }

    def get_absolute_url(self) -> str:
        return reverse("connectors:downtime-detail", args=[self.number])
