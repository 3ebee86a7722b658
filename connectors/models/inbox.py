"""What came in, raw, before anything is understood."""

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
from .mappings import Mapping


class MessageState(models.TextChoices):
    """features.md §6.5, inbound."""

    NEW = "NEW", _("Received")
    PARKED = "PARKED", _("Parked")
    NEEDS_MAPPING = "NEEDS_MAPPING", _("Needs mapping")
    APPLIED = "APPLIED", _("Applied")
    REJECTED = "REJECTED", _("Rejected")
    SKIPPED = "SKIPPED", _("Skipped (signed)")
    DISCARDED = "DISCARDED", _("Discarded")
    OBSERVED = "OBSERVED", _("Observed: kept, not looked into")
    SHADOWED = "SHADOWED", _("Shadow: computed, not applied")


class InboxQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return access.visible_to(self, user, "interface.view")

    def waiting(self) -> Self:
        return self.filter(state__in=(MessageState.NEW, MessageState.PARKED, MessageState.NEEDS_MAPPING))


class InboxMessage(models.Model):
    """The raw request, kept before anything is understood. Body, headers and identity can never be rewritten."""

    trail_class = BULK
    updatable = ("site", "state", "record_number", "problem", "mapping", "tries", "applied_at", "next_at")
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    interface = models.ForeignKey(Interface, null=True, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, db_index=False)
    source = models.CharField(_("source"), max_length=120)
    message_id = models.CharField(_("message id"), max_length=200)
    message_type = models.CharField(_("type"), max_length=80, blank=True, default="")
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    headers = models.TextField(default="{}")
    body = models.BinaryField()
    body_sha256 = models.CharField(max_length=64)
    received_at = DatabaseTime(_("received"))
    state = models.CharField(_("status"), max_length=14, choices=MessageState, default=MessageState.NEW)
    record_number = models.CharField(_("record"), max_length=24, blank=True, default="")
    problem = models.TextField(_("problem"), blank=True, default="")
    mapping = models.ForeignKey(Mapping, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    tries = models.IntegerField(default=0)
    applied_at = models.DateTimeField(_("applied"), null=True)
    next_at = models.DateTimeField(null=True)
    objects = InboxQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=("source", "message_id"), name="inbox_once"),)
        indexes = (
            models.Index(
                fields=("state", "id"),
                name="inbox_waiting",
                condition=models.Q(state__in=("NEW", "PARKED", "NEEDS_MAPPING")),
            ),
            models.Index(fields=("interface", "id"), name="inbox_of_interface"),
            BrinIndex(fields=("received_at",), name="inbox_received", pages_per_range=32),
            models.Index(fields=("interface", "id"), name="inbox_dead", condition=models.Q(state="REJECTED")),
        )

    # What a signature on a skipped message covers (features.md §6.5, inbound).
    version = 1

    @property
    def number(self) -> str:
        return f"MSG-{self.pk}"

    def signed_content(self) -> dict[str, Any]:
        return {"id": self.message_id, "sha256": self.body_sha256, "source": self.source, "type": self.message_type}


class Quarantined(models.Model):
    """A request that no inbox row could take: not readable, or an id that came again with another body. Nothing is lost."""

    trail_class = BULK
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, db_index=False)
    source = models.CharField(max_length=120, blank=True, default="")
    message_id = models.CharField(max_length=200, blank=True, default="")
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    headers = models.TextField(default="{}")
    body = models.BinaryField()
    received_at = DatabaseTime(_("received"))
    problem = models.TextField(_("problem"))

    class Meta:
        ordering = ("-pk",)
