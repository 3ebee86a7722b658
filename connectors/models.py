"""Interfaces and what goes through them: raw messages first, deliveries and attempts, sync runs line by line."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.commands.models import Posting
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7
from qms.lib.trail import BULK, MIRROR, PLUMBING


class Kind(models.TextChoices):
    ERP = "erp", _("ERP")
    MES = "mes", _("MES")


class Mode(models.TextChoices):
    OFF = "off", _("Off")
    OBSERVE = "observe", _("Observe")
    LIVE = "live", _("Live")


class InterfaceQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return access.visible_to(self, user, "interface.view")  # type: ignore[return-value]

    def live(self) -> Self:
        return self.filter(mode=Mode.LIVE, paused_at=None)


class Interface(Regulated):
    """One connection to one system, with an owner and a purpose. `code` is the `source` of everything that came through it."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind)
    purpose = models.TextField(_("purpose"), blank=True, default="")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"))
    adapter = models.CharField(_("adapter"), max_length=40)
    base_url = models.CharField(_("address"), max_length=300, blank=True, default="")
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    credentials = models.TextField(blank=True, default="")  # Fernet, key ids in QMS_FIELD_KEYS; never shown
    mode = models.CharField(_("mode"), max_length=8, choices=Mode, default=Mode.OFF)
    sync_every = models.IntegerField(_("read every (s)"), default=300)
    silent_after = models.IntegerField(_("silence alarm after (s)"), default=900)
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True)
    history = Trail(excluded_fields=("credentials",))
    trail_omit = ("credentials",)
    frozen = ("code", "kind")
    objects = InterfaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("interface")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class InterfaceState(models.Model):
    """How the interface does, by the clock; kept apart so that it makes no version of the interface."""

    trail_class = PLUMBING
    interface = models.OneToOneField(Interface, on_delete=models.CASCADE, primary_key=True, related_name="state")
    succeeded_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, default="")
    next_sync_at = models.DateTimeField(null=True, db_index=True)


class MappingVersion(Regulated):
    """How a foreign message becomes ours: rules as data, with a version. One is active per interface and message type."""

    STATES = (("draft", _("Draft")), ("active", _("Active")), ("retired", _("Retired")))
    interface = models.ForeignKey(Interface, on_delete=models.PROTECT, related_name="mappings")
    message_type = models.CharField(max_length=60)
    number = models.IntegerField(_("version"))
    status = models.CharField(max_length=8, choices=STATES, default="draft")
    rules = models.JSONField(default=dict)
    samples = models.JSONField(default=list)
    history = Trail()
    frozen = ("interface", "message_type", "number", "rules", "samples")

    class Meta:
        verbose_name = _("mapping version")
        constraints = (
            models.UniqueConstraint(fields=("interface", "message_type", "number"), name="mapping_once"),
            models.UniqueConstraint(
                fields=("interface", "message_type"), condition=models.Q(status="active"), name="mapping_one_active"
            ),
        )

    def __str__(self) -> str:
        return f"{self.message_type} v{self.number}"


class MessageState(models.TextChoices):
    """features.md §6.5, inbound."""

    NEW = "NEW", _("Received")
    PARKED = "PARKED", _("Parked")
    NEEDS_MAPPING = "NEEDS_MAPPING", _("Needs mapping")
    APPLIED = "APPLIED", _("Applied")
    REJECTED = "REJECTED", _("Rejected")
    SKIPPED = "SKIPPED", _("Skipped (signed)")


class InboxQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return access.visible_to(self, user, "interface.view")  # type: ignore[return-value]

    def waiting(self) -> Self:
        return self.filter(state__in=(MessageState.NEW, MessageState.PARKED, MessageState.NEEDS_MAPPING))


class InboxMessage(models.Model):
    """The raw request, kept before anything is understood. Body, headers and identity can never be rewritten."""

    trail_class = BULK
    updatable = ("state", "record_number", "problem", "mapping", "tries", "applied_at", "next_at")
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
    mapping = models.ForeignKey(MappingVersion, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
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
        )


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


class Delivery(models.Model):
    """One posting on its way to one interface: the outbox row, made in the business transaction."""

    trail_class = PLUMBING
    posting = models.OneToOneField(Posting, on_delete=models.PROTECT, related_name="delivery")
    interface = models.ForeignKey(Interface, on_delete=models.PROTECT, related_name="deliveries")
    aggregate = models.CharField(max_length=40)
    state = models.CharField(
        max_length=8,
        default="WAITING",
        choices=(("WAITING", _("Waiting")), ("DONE", _("Done")), ("DEAD", _("Dead letter"))),
    )
    tries = models.IntegerField(default=0)
    next_at = models.DateTimeField(db_default=models.functions.Now())
    lease_until = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, default="")
    made_at = DatabaseTime()

    class Meta:
        indexes = (
            models.Index(fields=("next_at", "id"), name="delivery_due", condition=models.Q(state="WAITING")),
            models.Index(fields=("aggregate", "id"), name="delivery_order", condition=~models.Q(state="DONE")),
        )


class Attempt(models.Model):
    """What was sent and what came back, secrets left out; append-only."""

    trail_class = BULK
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="attempts")
    at = DatabaseTime()
    outcome = models.CharField(max_length=12)
    problem = models.TextField(blank=True, default="")
    exchange = models.TextField(default="[]")

    class Meta:
        ordering = ("pk",)


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
    """One reading of an ERP, with its counts while it goes on."""

    trail_class = MIRROR
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    interface = models.ForeignKey(Interface, on_delete=models.PROTECT, related_name="runs")
    full = models.BooleanField(default=False)
    started_at = DatabaseTime(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    started_by = models.CharField(max_length=120, default="")
    created = models.IntegerField(_("new"), default=0)
    updated = models.IntegerField(_("changed"), default=0)
    unchanged = models.IntegerField(_("as before"), default=0)
    failed = models.IntegerField(_("failed"), default=0)
    problem = models.TextField(_("problem"), blank=True, default="")
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
            ("gone", _("Gone from the source")),
            ("failed", _("Failed")),
        ),
    )
    problem = models.TextField(_("problem"), blank=True, default="")

    class Meta:
        ordering = ("pk",)
