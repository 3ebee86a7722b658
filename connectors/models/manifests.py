"""What a sender says that it has sent, held against what is here."""

from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7
from qms.lib.trail import BULK

from .interfaces import Interface


class ManifestQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any, permission: str = "interface.view") -> Self:
        return access.visible_to(self, user, permission)


class Manifest(models.Model):
    """One comparison with a sender's list. `found`: kind of difference → ids, or hours. Append-only."""

    trail_class = BULK
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    interface = models.ForeignKey(Interface, null=True, on_delete=models.PROTECT, related_name="manifests")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"), db_index=False)
    source = models.CharField(_("source"), max_length=120)
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    is_hourly = models.BooleanField(_("by the hour"), default=False)
    since = models.DateTimeField(_("from"), null=True)
    until = models.DateTimeField(_("to"), null=True)
    told = models.IntegerField(_("there"))
    here = models.IntegerField(_("here"))
    differing = models.IntegerField(_("differences"))
    found = models.JSONField(default=dict)
    made_at = DatabaseTime(_("compared"))
    objects = ManifestQuerySet.as_manager()

    class Meta:
        verbose_name = _("comparison with a sender's list")
        ordering = ("-pk",)
        indexes = (BrinIndex(fields=("made_at",), name="manifest_made"),)

    def __str__(self) -> str:
        return f"{self.source} {self.made_at:%Y-%m-%d %H:%M}"
