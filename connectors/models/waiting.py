"""Why messages wait for a person, and what is done about it once for all of a kind."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7
from qms.lib.trail import PLUMBING

from .inbox import InboxMessage


class CauseKind(models.TextChoices):
    """What is missing. The first five are names that a person can map."""

    ITEM = "item", _("Part")
    DEFECT_CODE = "defect_code", _("Defect code")
    UNIT = "unit", _("Unit")
    WORK_CENTER = "work_center", _("Work center")
    SITE = "site", _("Site")
    ORDER = "order", _("Production order")
    LOT = "lot", _("Lot")
    REVISION = "revision", _("Revision")
    NO_SITE = "no_site", _("No site named")
    FIELDS = "fields", _("Mapping does not fit")
    DRIFT = "drift", _("Departs from the contract")
    TYPE = "type", _("Type not applied yet")
    CLOSED = "closed", _("Interface paused")
    CREATE = "create", _("Waits for its defect")
    DECISION = "decision", _("Left to decide")
    BREACH = "breach", _("Production on hold")


MAPPABLE = ("item", "defect_code", "unit", "work_center", "site")
# Of messages that are applied already: something is left for a person, the message itself does not wait.
LEFT = ("unit", "work_center", "revision", "decision", "breach")


class CauseQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any, permission: str = "interface.view") -> Self:
        sites = access.site_ids(user, permission)
        return self if sites == access.ALL else self.filter(message__site_id__in=sites)


class Cause(models.Model):
    """One reason of one message, gone when it is settled. `system`: whose name it is; `why`: unknown, ambiguous, retired,
    elsewhere."""

    trail_class = PLUMBING
    message = models.ForeignKey(InboxMessage, on_delete=models.PROTECT, related_name="causes", db_index=False)
    kind = models.CharField(max_length=12, choices=CauseKind)
    system = models.CharField(max_length=120)
    name = models.CharField(max_length=200, blank=True)
    why = models.CharField(max_length=10, default="unknown")
    objects = CauseQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("message", "kind", "name"), name="cause_once"),)
        indexes = (models.Index(fields=("kind", "system", "name"), name="cause_group"),)


class RetryQuerySet(models.QuerySet[Any]):
    def unfinished(self) -> Self:
        return self.filter(finished_at=None)

    def visible_to(self, user: Any) -> Self:
        sites = access.site_ids(user, "interface.view")
        if sites == access.ALL:
            return self
        return self.filter(by=user)


class Retry(models.Model):
    """Messages of one cause tried again, by a worker: how far it is, and what became of them."""

    trail_class = PLUMBING
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(max_length=12, choices=CauseKind)
    system = models.CharField(max_length=120)
    name = models.CharField(max_length=200, blank=True)
    answer = models.CharField(max_length=120, blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    total = models.IntegerField()
    last = models.BigIntegerField(default=0)
    applied = models.IntegerField(default=0)
    waiting = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    asked_at = DatabaseTime()
    beat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    objects = RetryQuerySet.as_manager()

    @property
    def done(self) -> int:
        return self.applied + self.waiting + self.rejected + self.failed
