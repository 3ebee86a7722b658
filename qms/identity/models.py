"""What a provider said of itself, and the questions that are on their way to it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qms.accounts.providers import IdentityProvider
from qms.lib.ids import uuid7
from qms.lib.trail import PLUMBING
from qms.signatures.models import StepUp


class ProviderState(models.Model):
    """Its discovery document and keys as they were read last; renewed by themselves, so no fact of the business."""

    trail_class = PLUMBING
    provider = models.OneToOneField(IdentityProvider, on_delete=models.CASCADE, primary_key=True, related_name="state")
    discovery = models.JSONField(default=dict)
    read_at = models.DateTimeField()
    keys = models.JSONField(default=dict)
    keys_at = models.DateTimeField(null=True)


class Turn(models.Model):
    """One question to a provider: found again by the hash of its `state`, answered once, in the session that asked."""

    trail_class = PLUMBING
    uid = models.UUIDField(default=uuid7, unique=True, editable=False)
    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=64, unique=True)
    session = models.CharField(max_length=64)
    sealed = models.TextField()
    address = models.CharField(max_length=45, blank=True, default="")
    target = models.CharField(max_length=500, blank=True, default="")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    step_up = models.ForeignKey(StepUp, null=True, on_delete=models.CASCADE, related_name="+")
    begun_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("question to an identity provider")
