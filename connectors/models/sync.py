"""Readings of an ERP: cursors, runs, and a line per object that changed or failed."""

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7
from qms.lib.trail import BULK, MIRROR, PLUMBING

from .inbox import InboxMessage
from .interfaces import Interface


class SyncCursor(models.Model):
    """Where the delta of an object stands."""

    trail_class = PLUMBING
    interface = models.ForeignKey(Interface, on_delete=models.CASCADE, related_name="cursors")
    object = models.CharField(max_length=40)
    cursor = models.JSONField(default=dict)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("interface", "object"), name="cursor_once"),)


class RunQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(interface__in=Interface.objects.visible_to(user))


class SyncRun(models.Model):
    """One reading of an ERP, or one batch that it pushed (`message`), with its counts while it goes on."""

    trail_class = MIRROR
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    interface = models.ForeignKey(Interface, on_delete=models.PROTECT, related_name="runs")
    full = models.BooleanField(default=False)
    message = models.ForeignKey(
        InboxMessage, null=True, on_delete=models.PROTECT, related_name="runs", verbose_name=_("pushed message")
    )
    started_at = DatabaseTime(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    started_by = models.CharField(max_length=120, default="")
    created = models.IntegerField(_("new"), default=0)
    updated = models.IntegerField(_("changed"), default=0)
    unchanged = models.IntegerField(_("as before"), default=0)
    failed = models.IntegerField(_("failed"), default=0)
    problem = models.TextField(_("problem"), blank=True, default="")
    note = models.TextField(_("left out"), blank=True, default="")
    is_trial = models.BooleanField(_("dry run"), default=False)  # read and compared; nothing was taken over
    only_object = models.CharField(_("object"), max_length=40, blank=True, default="")  # a single record was asked for
    only_key = models.CharField(max_length=80, blank=True, default="")
    vanished = models.JSONField(default=dict, blank=True)  # object → how many were missing and not believed
    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)


class SyncLine(models.Model):
    """What a run did to one object that changed or failed, and why."""

    trail_class = BULK
    run = models.ForeignKey(SyncRun, on_delete=models.PROTECT, related_name="lines")
    object = models.CharField(_("object"), max_length=40)
    external_id = models.CharField(max_length=80)
    number = models.CharField(_("number"), max_length=120, blank=True, default="")
    outcome = models.CharField(
        _("outcome"),
        max_length=8,
        choices=(
            ("created", _("New")),
            ("updated", _("Changed")),
            ("stale", _("Older than ours")),
            ("renamed", _("Renamed")),
            ("gone", _("Gone from the source")),
            ("replaced", _("Replaced")),
            ("failed", _("Failed")),
        ),
    )
    problem = models.TextField(_("problem"), blank=True, default="")
    before = models.CharField(max_length=120, blank=True, default="")  # renamed: the old number; replaced: the new key
    changes = models.JSONField(default=list)  # [name, old, new] of every member that changed

    class Meta:
        ordering = ("pk",)
        indexes = (
            models.Index(fields=("external_id",), name="sync_line_key"),
            models.Index(fields=("number",), name="sync_line_number"),
        )
