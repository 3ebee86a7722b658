"""Identity providers (OpenID Connect) that the plant trusts, and who is who there."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from qms.journal.history import Trail
from qms.journal.models import Regulated
from qms.lib.clock import now


class ProviderQuerySet(models.QuerySet["IdentityProvider"]):
    def visible_to(self, user: Any) -> "ProviderQuerySet":
        """They belong to the whole company."""
        from . import access

        return self if access.may(user, "account.view") else self.none()

    def open(self) -> "ProviderQuerySet":
        return self.filter(retired_at=None)


class IdentityProvider(Regulated):
    """Where people show who they are instead of giving a password here. Its secret is sealed; the trail holds a salted hash."""

    code = models.SlugField(_("code"), max_length=24, unique=True)
    name = models.CharField(_("name"), max_length=60)
    issuer = models.CharField(_("issuer"), max_length=300)
    client_id = models.CharField(_("client id"), max_length=200)
    secret = models.TextField(editable=False, blank=True, default="")
    # What a step-up asks of the provider (authentication context class references); empty: whatever it does at a login.
    acr_values = models.CharField(_("asked when signing (acr)"), max_length=200, blank=True, default="")
    ends_session = models.BooleanField(_("log out there too"), default=False)
    creates_people = models.BooleanField(_("make accounts at the first login"), default=False)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)
    personal_salt = models.UUIDField(default=uuid.uuid4, editable=False)
    history = Trail(excluded_fields=("secret", "personal_salt"))
    trail_omit = ("personal_salt",)
    trail_commit = ("secret",)
    sealed_fields = ("secret",)
    # Another issuer is another provider: who is who there would no longer hold.
    frozen = ("code", "issuer")
    objects = ProviderQuerySet.as_manager()

    class Meta:
        verbose_name = _("identity provider")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("identity:provider", args=[self.code])


class IdentityQuerySet(models.QuerySet["Identity"]):
    def bound(self) -> "IdentityQuerySet":
        """Those that open an account now."""
        return self.exclude(subject="").filter(ended_at=None, provider__retired_at=None)

    def open(self) -> "IdentityQuerySet":
        return self.filter(ended_at=None)


class Identity(Regulated):
    """Who a person is at a provider: its `sub`, bound once. Without one it is an invitation for the address that was written to."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="identities")
    provider = models.ForeignKey(IdentityProvider, on_delete=models.PROTECT, related_name="identities")
    subject = models.CharField(_("subject"), max_length=255, blank=True, default="")
    email = models.EmailField(_("invited e-mail"), blank=True, default="")
    invited_until = models.DateTimeField(_("invited until"), null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(_("made"), default=now)
    bound_at = models.DateTimeField(_("bound"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    personal_salt = models.UUIDField(default=uuid.uuid4, editable=False)
    history = Trail(excluded_fields=("email", "personal_salt"))
    trail_omit = ("personal_salt",)
    trail_commit = ("email",)
    frozen = ("user", "provider", "made_by", "made_at")
    objects = IdentityQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-in at an identity provider")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(name="identity_of_user_once", fields=("user",), condition=Q(ended_at=None)),
            models.UniqueConstraint(
                name="identity_subject_once",
                fields=("provider", "subject"),
                condition=Q(ended_at=None) & ~Q(subject=""),
            ),
            models.CheckConstraint(name="identity_not_to_oneself", condition=~Q(made_by=models.F("user"))),
            models.CheckConstraint(
                name="identity_bound_pair",
                condition=Q(subject="", bound_at=None) | (~Q(subject="") & Q(bound_at__isnull=False)),
            ),
        )

    def __str__(self) -> str:
        return self.subject or self.email
