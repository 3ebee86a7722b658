"""Providers as screens need them."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.urls import reverse

from qms.accounts.models import User
from qms.accounts.providers import Identity, IdentityProvider

from .models import ProviderState
from .oidc import address_is_safe


def open_providers() -> Any:
    """Named on the login page, and so known to everybody."""
    return IdentityProvider.objects.open()


def state(provider: IdentityProvider) -> ProviderState | None:
    return ProviderState.objects.filter(pk=provider.pk).first()


def logout_url(provider: IdentityProvider) -> str:
    """Where the provider ends its own session (RP-initiated logout); "" when that is not wished or it offers none."""
    known = state(provider)
    address = known.discovery.get("end_session_endpoint") if known and provider.ends_session else ""
    if not address or not address_is_safe(address):
        return ""
    back = {"client_id": provider.client_id, "post_logout_redirect_uri": settings.BASE_URL + reverse("accounts:login")}
    return f"{address}{'&' if '?' in address else '?'}{urlencode(back)}"


def of_person(user: User) -> Identity | None:
    return user.identities.open().select_related("provider", "made_by").first()


def people(provider: IdentityProvider) -> list[Identity]:
    return list(provider.identities.open().select_related("user").order_by("user__username"))


def open_identity(user: User) -> Identity:
    """Raises 404 where the person is neither bound nor invited."""
    return get_object_or_404(user.identities.open().select_related("provider", "user"))


def callback(provider: IdentityProvider) -> str:
    """What is registered at the provider as redirect URI."""
    return settings.BASE_URL + reverse("identity:callback", args=[provider.code])
