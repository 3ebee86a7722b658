from django.conf import settings
from django.db import models

from qms.lib.trail import PLUMBING


class IdempotentCall(models.Model):
    """A write that came with an Idempotency-Key, and what it was answered; kept 30 days."""

    trail_class = PLUMBING
    caller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=128)
    fingerprint = models.CharField(max_length=64)
    started_at = models.DateTimeField(db_default=models.functions.Now(), db_index=True)
    status = models.IntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("caller", "key"), name="idempotent_once"),)
