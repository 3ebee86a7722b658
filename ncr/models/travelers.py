"""Records in other systems that an NCR or a hold points to: travelers, device history records, routing cards."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qms.accounts.models import Site
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7
from qms.lib.trail import PLUMBING
from qms.records.models import Attachment

from .holds import Hold
from .records import Nonconformance


class Traveler(Regulated):
    """A link as it was captured; never changed, only withdrawn. `sha256`: of what stood there then, where the sender said it."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"), db_index=False)
    ncr = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="travelers")
    hold = models.ForeignKey(
        Hold, null=True, on_delete=models.PROTECT, related_name="travelers", verbose_name=_("hold")
    )
    system = models.CharField(_("system"), max_length=40)
    record_type = models.CharField(_("kind of record"), max_length=40, blank=True, default="")
    record_id = models.CharField(_("number there"), max_length=120)
    url = models.CharField(_("address"), max_length=500, blank=True, default="")
    title = models.CharField(_("title"), max_length=200, blank=True, default="")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    captured_at = models.DateTimeField(_("captured"), null=True)
    source_event = models.CharField(_("event id there"), max_length=120, blank=True, default="")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("added by")
    )
    added_at = DatabaseTime(_("added"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    history = Trail()
    frozen = (
        *("uid", "site", "ncr", "hold", "system", "record_type", "record_id", "url", "title", "sha256", "captured_at"),
        *("source_event", "added_by", "added_at"),
    )

    class Meta:
        verbose_name = _("link to a traveler")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("ncr", "system", "record_type", "record_id"),
                name="traveler_once",
                condition=Q(withdrawn_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.system} {self.record_type} {self.record_id}".replace("  ", " ")


class TravelerCheck(models.Model):
    """Whether the address still answered when it was last asked."""

    trail_class = PLUMBING
    traveler = models.OneToOneField(Traveler, on_delete=models.CASCADE, primary_key=True, related_name="check_made")
    checked_at = models.DateTimeField()
    dead_since = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True, default="")


class TravelerSnapshot(models.Model):
    """The frozen copy of what stood behind the link: asked for when the NCR closes, tried again, kept as a file of the record."""

    trail_class = PLUMBING
    traveler = models.OneToOneField(Traveler, on_delete=models.CASCADE, primary_key=True, related_name="snapshot")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    tries = models.IntegerField(default=0)
    next_at = models.DateTimeField(null=True, db_index=True)  # None: kept, or given up
    problem = models.CharField(max_length=300, blank=True, default="")
    file = models.ForeignKey(Attachment, null=True, on_delete=models.PROTECT, related_name="+")
    kept_at = models.DateTimeField(null=True)
    is_changed = models.BooleanField(default=False)  # another content than the hash that was captured with the link

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="snapshot_kept_whole",
                condition=Q(file=None, kept_at=None) | Q(file__isnull=False, kept_at__isnull=False),
            ),
        )
