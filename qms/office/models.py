"""What people are told. Derived from the trail; read and mailed marks are the only facts of its own."""

from datetime import time
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.journal.findings import Finding
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7
from qms.lib.trail import PLUMBING


class Kind(models.TextChoices):
    SIGNATURE = "signature", _("Signature asked")
    ASSIGNED = "assigned", _("Assigned to me")
    MENTIONED = "mentioned", _("Mentioned in a comment")
    HOLD = "hold", _("Hold confirmed or ended")
    POSTING = "posting", _("Posting failed")
    COMMAND = "command", _("Shop floor late, refusing or in breach")
    INTERFACE = "interface", _("Interface silent or webhook stopped")
    SECURITY = "security", _("Account locked, or its protection taken away")
    DUE = "due", _("Due soon or overdue")
    TRAIL = "trail", _("Trail not sealed or not kept outside")
    SILENCE = "silence", _("Expected and not heard, or a process of ours is down")


# A request for a signature is never muted (ux.md section 4), nor an alarm about an account or the trail; those are mailed at once.
URGENT = frozenset({Kind.SECURITY, Kind.TRAIL, Kind.SILENCE})
ALWAYS = frozenset({Kind.SECURITY, Kind.TRAIL, Kind.SIGNATURE})


class Digest(models.TextChoices):
    NONE = "none", _("No mail")
    HOURLY = "hourly", _("Once an hour, when there is news")
    DAILY = "daily", _("Once a day, in the morning")


class NotificationQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(user=user)

    def unread(self) -> Self:
        return self.filter(read_at=None)


class Notification(models.Model):
    """`key` names the cause (an entry of the trail, or a record and its day), so that nobody is told twice."""

    trail_class = PLUMBING
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind)
    record_type = models.CharField(max_length=80)
    record_key = models.CharField(max_length=40)
    number = models.CharField(max_length=24)
    event = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    actor = models.CharField(max_length=120, blank=True, default="")
    at = DatabaseTime()
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "key"), name="notification_once"),)
        indexes = (models.Index(fields=("user", "-id"), name="notification_user"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class NotificationSettings(models.Model):
    trail_class = PLUMBING
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, primary_key=True, related_name="+")
    digest = models.CharField(_("mail"), max_length=8, choices=Digest, default=Digest.DAILY)
    muted = models.JSONField(default=list)
    mailed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.digest}"


class TrailAlarmQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self if access.may(user, "trail.view") else self.none()

    def going_on(self) -> Self:
        return self.exclude(since=None)


class TrailAlarm(models.Model):
    """One line per kind of trouble; raised and ended by acts. It belongs to no site: every reader of the trail sees it."""

    UNSEALED, ANCHOR, BROKEN, UNVERIFIED = "unsealed", "anchor", "broken", "unverified"
    NAMES = (
        (UNSEALED, _("Sealing")),
        (ANCHOR, _("Checkpoints outside")),
        (BROKEN, _("Verification")),
        (UNVERIFIED, _("Nightly verification")),
    )
    trail_class = PLUMBING
    site_id = None
    name = models.CharField(max_length=12, primary_key=True, choices=NAMES)
    since = models.DateTimeField(null=True)
    finding = models.JSONField(default=dict)
    objects = TrailAlarmQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("office:verify")

    @property
    def told(self) -> str:
        """What was found, in the active language."""
        return str(Finding(**self.finding)) if self.finding else ""


class Verification(models.Model):
    """That one was asked for (`asked_by` None: by the clock, for that `night`), and whether it has ended. What it found is an act."""

    trail_class = PLUMBING
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = DatabaseTime()
    night = models.DateField(null=True, unique=True)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.uid)


class NightlyQuerySet(models.QuerySet["Nightly"]):
    def visible_to(self, user: Any) -> Self:
        return self if access.may(user, "trail.view") else self.none()


class Nightly(Regulated):
    """When the whole trail is verified by itself: the newest row counts; without one, what is usual."""

    is_on = models.BooleanField(_("verify every night"), default=True)
    at = models.TimeField(_("time"), default=time(2, 30))
    timezone = models.CharField(_("time zone"), max_length=40)
    history = Trail()
    objects = NightlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("nightly verification")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.at:%H:%M} {self.timezone}" if self.is_on else "–"

    def get_absolute_url(self) -> str:
        return reverse("office:verify")


class PlantCalendar(Regulated):
    """When a site works. `shifts`: [{"days": [1, …, 7], "begins": "06:00", "ends": "22:00"}], none: always; `days_off`: [{"day",
    "name"}]. Read through `calendars`."""

    site = models.OneToOneField(Site, on_delete=models.PROTECT, related_name="calendar")
    shifts = models.JSONField(_("shifts"), default=list, blank=True)
    days_off = models.JSONField(_("days off"), default=list, blank=True)
    history = Trail()
    frozen = ("site",)

    class Meta:
        verbose_name = _("plant calendar")

    def __str__(self) -> str:
        return str(self.site)
