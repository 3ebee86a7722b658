"""What stands here and what stands there: runs that compare, the differences they find, and the sheet of the day that is signed."""

from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime, NumberField
from qms.lib.ids import uuid7
from qms.lib.trail import MIRROR
from qms.records.models import Record

from .interfaces import Interface

POSTINGS, HOLDS = "postings", "holds"
MESSAGES, HOURS = "messages", "message-hours"  # of a sender's manifest


class Origin(models.TextChoices):
    NIGHT = "night", _("Nightly")
    ASKED = "asked", _("Asked for")
    MANIFEST = "manifest", _("Manifest sent by the other side")
    DOWNTIME = "downtime", _("After a downtime")


class ReconcileQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(interface__in=Interface.objects.visible_to(user))


class ReconcileRun(models.Model):
    """One comparison of everything. `counts`: per object {"object", "here", "there", "windows", "differing", "found",
    "in_flight"}; windows are days of change."""

    trail_class = MIRROR
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    interface = models.ForeignKey(Interface, on_delete=models.PROTECT, related_name="reconciliations")
    origin = models.CharField(_("kind"), max_length=8, choices=Origin)
    asked_by = models.CharField(_("by"), max_length=120, default="")
    asked_at = DatabaseTime(_("asked for"))
    started_at = models.DateTimeField(_("started"), null=True)
    beat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    doing = models.CharField(max_length=60, blank=True, default="")
    counts = models.JSONField(default=list)
    compared = models.BigIntegerField(_("compared"), default=0)
    found = models.IntegerField(_("differences"), default=0)
    opened = models.IntegerField(_("new"), default=0)
    closed = models.IntegerField(_("gone"), default=0)
    problem = models.TextField(_("problem"), blank=True, default="")
    note = models.TextField(_("left out"), blank=True, default="")
    objects = ReconcileQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)

    def get_absolute_url(self) -> str:
        return reverse("connectors:reconciliation", args=[self.uid])

    @property
    def number(self) -> str:
        return f"{self.interface.code} {self.asked_at:%Y-%m-%d %H:%M}"


class DifferenceKind(models.TextChoices):
    MISSING_HERE = "missing_here", _("Missing here")
    MISSING_THERE = "missing_there", _("Missing there")
    DIFFERS = "differs", _("Differs")
    DUPLICATE = "duplicate", _("Duplicate")
    STALE = "stale", _("Stale here")


class Resolution(models.TextChoices):
    THEIRS = "theirs", _("Theirs was taken over")
    OURS = "ours", _("Ours was sent again")
    CORRECTED = "corrected", _("Corrected in the other system")
    ACCEPTED = "accepted", _("The difference is accepted")
    VANISHED = "vanished", _("No longer there")


class DifferenceQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return access.visible_to(self, user, "interface.view")

    def open(self) -> Self:
        return self.filter(resolved_at=None)


class Difference(Regulated):
    """One thing that stands otherwise on the two sides, until it is resolved or no longer seen. `fields`: [[name, ours,
    theirs]]; `mark`: a hash of what differs, so that an accepted difference stays accepted only while it is the same."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    interface = models.ForeignKey(Interface, on_delete=models.PROTECT, related_name="differences")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"))
    object = models.CharField(_("object"), max_length=40)
    key = models.CharField(_("key"), max_length=80)
    name = models.CharField(_("number"), max_length=120, blank=True, default="")
    owner_key = models.CharField(max_length=80, blank=True, default="")
    record_number = models.CharField(_("record"), max_length=24, blank=True, default="")
    kind = models.CharField(_("kind"), max_length=14, choices=DifferenceKind)
    fields = models.JSONField(_("what differs"), default=list, blank=True)
    mark = models.CharField(max_length=32, blank=True, default="")
    first_seen_at = DatabaseTime(_("first seen"))
    seen_at = models.DateTimeField(_("last seen"))
    seen_by = models.ForeignKey(ReconcileRun, on_delete=models.PROTECT, related_name="differences")
    reopened = models.IntegerField(_("reopened"), default=0)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("assigned to")
    )
    resolution = models.CharField(_("resolution"), max_length=10, choices=Resolution, blank=True, default="")
    reason = models.TextField(_("reason"), blank=True, default="")
    resolved_at = models.DateTimeField(_("resolved"), null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("resolved by")
    )
    history = Trail()
    frozen = ("uid", "interface", "site", "object", "key", "kind", "first_seen_at")
    objects = DifferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("difference")
        ordering = ("-pk",)
        indexes = (
            models.Index(
                fields=("interface", "object"), name="difference_open", condition=models.Q(resolved_at__isnull=True)
            ),
            models.Index(fields=("site", "-id"), name="difference_site"),
            models.Index(fields=("record_number",), name="difference_record", condition=~Q(record_number="")),
        )
        constraints = (
            models.UniqueConstraint(fields=("interface", "object", "key", "kind"), name="difference_once"),
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolution="", resolved_by=None)
                | Q(resolved_at__isnull=False) & ~Q(resolution=""),
                name="difference_resolved_whole",
            ),
            models.CheckConstraint(
                condition=Q(resolution__in=("", "vanished")) | Q(resolved_by__isnull=False) & ~Q(reason=""),
                name="difference_resolved_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"{self.object} {self.name or self.key}"

    @property
    def title(self) -> str:
        return str(self.get_kind_display())

    @property
    def is_mirrored(self) -> bool:
        return self.object not in (POSTINGS, HOLDS, MESSAGES, HOURS)

    def get_absolute_url(self) -> str:
        return reverse("connectors:difference", args=[self.uid])


class DaySheet(Record):
    """What was compared on one day over one interface and what became of every difference; a person signs for having looked.

    `counts`: per object as the day's last run told; `lines`: [{"object", "key", "name", "kind", "fields", "resolution",
    "reason", "by", "assigned"}] of every difference that was open on the day or resolved on it.
    """

    prefix, noun, view_permission = "REC", "daysheet", "day_sheet.view"
    number = NumberField(_("number"), prefix="REC")
    interface = models.ForeignKey(
        Interface, on_delete=models.PROTECT, related_name="daysheets", verbose_name=_("interface"), db_index=False
    )
    day = models.DateField(_("day"))
    runs = models.JSONField(_("runs"), default=list)
    counts = models.JSONField(_("counts"), default=list)
    lines = models.JSONField(_("differences"), default=list, blank=True)
    compared = models.BigIntegerField(_("compared"), default=0)
    open_count = models.IntegerField(_("open"), default=0)
    resolved_count = models.IntegerField(_("resolved"), default=0)
    history = Trail()
    frozen = (*Record.frozen, "interface", "day")

    class Meta:
        verbose_name = _("day sheet")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("site", "-id"), name="daysheet_site"),
            GinIndex(OpClass(Upper("number"), name="gin_trgm_ops"), name="daysheet_search"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("interface", "day"), condition=Q(state="DRAFT"), name="daysheet_one_draft_a_day"
            ),
        )

    @property
    def title(self) -> str:
        return f"{self.interface.code} · {self.day:%Y-%m-%d}"

    def signed_content(self) -> dict[str, Any]:
        return {
            "compared": self.compared,
            "counts": self.counts,
            "day": f"{self.day:%Y-%m-%d}",
            "interface": self.interface.code,
            "lines": self.lines,
            "open": self.open_count,
            "resolved": self.resolved_count,
            "runs": self.runs,
        }

    def get_absolute_url(self) -> str:
        return reverse("connectors:daysheet-detail", args=[self.number])
