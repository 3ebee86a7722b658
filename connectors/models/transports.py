"""What transports took in, file by file or reading by reading, and what about them a person has to look at."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7
from qms.lib.trail import BULK, PLUMBING

from .inbox import InboxMessage
from .interfaces import Interface


class IntakeState(models.TextChoices):
    WORKING = "WORKING", _("At work")
    DONE = "DONE", _("Done")
    PARTLY = "PARTLY", _("Done, some rows refused")
    ERROR = "ERROR", _("Refused")
    DUPLICATE = "DUPLICATE", _("Came before")


class OfInterface(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(interface__in=Interface.objects.visible_to(user))


class Intake(models.Model):
    """One file, page of rows or answer that a transport took in. `message`: its raw bytes, where they came in one piece.

    `errors`: [{"row", "column", "code", "values"}] of what was refused, the first ones; `numbers`: records that it made."""

    trail_class = BULK
    updatable = (
        *("state", "finished_at", "created", "updated", "repeated", "waiting", "refused", "errors", "numbers", "notes"),
        "message",
    )
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    interface = models.ForeignKey(Interface, on_delete=models.PROTECT, related_name="intakes", db_index=False)
    name = models.CharField(_("name"), max_length=255)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    size = models.BigIntegerField(_("size"), default=0)
    sequence = models.BigIntegerField(_("sequence"), null=True)
    message = models.ForeignKey(
        InboxMessage, null=True, on_delete=models.PROTECT, related_name="intakes", verbose_name=_("raw message")
    )
    state = models.CharField(_("status"), max_length=9, choices=IntakeState, default=IntakeState.WORKING)
    started_at = DatabaseTime(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    created = models.IntegerField(_("new"), default=0)
    updated = models.IntegerField(_("changed"), default=0)
    repeated = models.IntegerField(_("came before"), default=0)
    waiting = models.IntegerField(_("waiting"), default=0)
    refused = models.IntegerField(_("refused"), default=0)
    errors = models.JSONField(default=list)
    numbers = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    objects = OfInterface.as_manager()

    class Meta:
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("interface", "-id"), name="intake_of_interface"),
            models.Index(fields=("interface", "name"), name="intake_name"),
        )


class AlarmKind(models.TextChoices):
    MISSING = "missing", _("File missing")
    LATE = "late", _("No file in time")
    STUCK = "stuck", _("Stuck in work")
    GAP = "gap", _("Possible gap")
    DRIFT = "drift", _("Columns changed")
    CONTRACT = "contract", _("Description of the service changed")
    SHAPE = "shape", _("Message departs from its contract")


STOPPING = (AlarmKind.DRIFT, AlarmKind.CONTRACT)  # nothing is read before a person has looked


class Alarm(models.Model):
    """Something about a transport that nobody but a person can settle; raised once while it is open. `values`: for its words."""

    trail_class = PLUMBING
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    interface = models.ForeignKey(Interface, on_delete=models.PROTECT, related_name="alarms", db_index=False)
    kind = models.CharField(_("kind"), max_length=8, choices=AlarmKind)
    name = models.CharField(max_length=200, blank=True, default="")
    values = models.JSONField(default=dict)
    raised_at = DatabaseTime(_("raised"))
    settled_at = models.DateTimeField(_("settled"), null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    objects = OfInterface.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("interface", "kind", "name"), condition=models.Q(settled_at=None), name="alarm_once"
            ),
        )
