"""Subscriptions to events out, and what was sent to each (Standard Webhooks)."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.fields import DatabaseTime
from qms.lib.ids import uuid7
from qms.lib.trail import BULK, PLUMBING


class Because(models.TextChoices):
    """Why a webhook is paused."""

    PERSON = "person", _("Paused by a person")
    GONE = "gone", _("The receiver wants no more (410)")
    FAILING = "failing", _("Deliveries failed for three days")


class WebhookQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return access.visible_to(self, user, "webhook.view")

    def active(self) -> Self:
        return self.filter(paused_at=None)


class Webhook(Regulated):
    """One address that hears of events. `site` owns it, `sites` are those whose events it gets; `types` empty: every type."""

    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    url = models.CharField(_("address"), max_length=500)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("site"))
    sites = models.JSONField(_("sites"), default=list)
    types = models.JSONField(_("event types"), default=list, blank=True)
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True)
    paused_because = models.CharField(_("why"), max_length=8, choices=Because, blank=True, default="")
    created_at = DatabaseTime(_("created"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    history = Trail()
    frozen = ("uid", "created_at", "created_by")
    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                name="webhook_paused_pair",
                condition=Q(paused_at=None, paused_because="") | Q(paused_at__isnull=False) & ~Q(paused_because=""),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("connectors:webhook", args=[self.uid])


class WebhookSecret(Regulated):
    """Several while rotating. The key stands sealed; it is shown once, when it is made."""

    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="secrets")
    sealed = models.TextField()
    made_at = DatabaseTime(_("made"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    history = Trail(excluded_fields=("sealed",))
    trail_omit = ("sealed",)
    sealed_fields = ("sealed",)
    frozen = ("webhook", "made_at")

    class Meta:
        verbose_name = _("webhook secret")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.webhook_id}.{self.pk}"


class WebhookState(models.Model):
    """How the receiver does, by the clock. `open_until`: the circuit is open, nothing is tried before."""

    trail_class = PLUMBING
    webhook = models.OneToOneField(Webhook, on_delete=models.CASCADE, primary_key=True, related_name="state")
    failures = models.IntegerField(default=0)
    open_until = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, default="")


class WebhookDelivery(models.Model):
    """One event on its way to one webhook, made by the relay from the feed; the same row when it is sent again."""

    trail_class = PLUMBING
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    entry_id = models.BigIntegerField()
    event = models.CharField(_("event"), max_length=80)
    subject = models.CharField(_("record"), max_length=120)
    state = models.CharField(
        _("status"),
        max_length=8,
        default="WAITING",
        choices=(("WAITING", _("Waiting")), ("DONE", _("Done")), ("DROPPED", _("Given up"))),
    )
    tries = models.IntegerField(_("tries"), default=0)
    next_at = models.DateTimeField(db_default=models.functions.Now())
    lease_until = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, default="")
    made_at = DatabaseTime(_("made"))
    done_at = models.DateTimeField(_("delivered"), null=True)

    class Meta:
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=("webhook", "entry_id"), name="webhook_once"),)
        indexes = (
            models.Index(fields=("webhook", "id"), name="webhook_due", condition=Q(state="WAITING")),
            models.Index(fields=("webhook", "subject", "id"), name="webhook_order", condition=Q(state="WAITING")),
            models.Index(fields=("webhook", "-id"), name="webhook_log"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.event}"

    def get_absolute_url(self) -> str:
        return reverse("connectors:webhook-delivery", args=[self.uid])

    @property
    def number(self) -> str:
        """The webhook-id, the same for every try."""
        return f"msg_{self.entry_id}"

    @property
    def title(self) -> str:
        return f"{self.event} · {self.subject}"


class WebhookAttempt(models.Model):
    """What was sent and what came back; append-only. Keys are not among it, and a signature gives none away."""

    trail_class = BULK
    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.PROTECT, related_name="attempts")
    at = DatabaseTime()
    status = models.IntegerField()
    milliseconds = models.IntegerField()
    problem = models.TextField(blank=True, default="")
    exchange = models.TextField(default="{}")

    class Meta:
        ordering = ("pk",)


class FeedPosition(models.Model):
    """How far a reader of the feed inside the house has come."""

    trail_class = PLUMBING
    name = models.CharField(max_length=40, primary_key=True)
    position = models.BigIntegerField()
