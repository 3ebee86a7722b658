"""What goes out: one row per posting and interface, and every attempt."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.commands.models import Posting
from qms.lib.fields import DatabaseTime
from qms.lib.trail import BULK, PLUMBING

from .interfaces import Interface


class Delivery(models.Model):
    """One posting on its way to one interface: the outbox row, made in the business transaction."""

    trail_class = PLUMBING
    posting = models.OneToOneField(Posting, on_delete=models.PROTECT, related_name="delivery")
    interface = models.ForeignKey(Interface, on_delete=models.PROTECT, related_name="deliveries")
    aggregate = models.CharField(max_length=40)
    state = models.CharField(
        max_length=8,
        default="WAITING",
        choices=(
            ("WAITING", _("Waiting")),
            ("DONE", _("Done")),
            ("DEAD", _("Dead letter")),
            ("SHADOW", _("Shadow: not sent")),
        ),
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
