"""What is read from a provider: its discovery document, its keys, the token for a code. Only where the plant allows it."""

import json
from datetime import timedelta
from typing import Any

from django.conf import settings

from connectors.http import Allowed, Posted, Poster
from qms.accounts.providers import IdentityProvider
from qms.lib.clock import now

from .models import ProviderState
from .oidc import Relying, Secrets, Untrusted, address_is_safe, discovered

KEPT, AGAIN = timedelta(hours=1), timedelta(seconds=30)
WELL_KNOWN = "/.well-known/openid-configuration"
JSON = {"Accept": "application/json"}


def _ask(method: str, url: str, headers: dict[str, str], body: bytes | None = None) -> Posted:
    if not address_is_safe(url):
        raise Untrusted("away", f"{url} is not https")
    poster = Poster(Allowed.parse(settings.IDENTITY_TARGETS))
    try:
        answer = poster.ask(method, url, headers=headers, body=body)
    finally:
        poster.close()
    if not answer.status or answer.status >= 500:
        raise Untrusted("away", answer.problem)
    return answer


def read_discovery(issuer: str) -> dict[str, Any]:
    """Raises Untrusted: not allowed, away, or not the issuer's own."""
    answer = _ask("GET", issuer.rstrip("/") + WELL_KNOWN, JSON)
    if not answer.is_done:
        raise Untrusted("away", answer.problem)
    return discovered(answer.body, issuer)


def discovery(provider: IdentityProvider) -> ProviderState:
    """Renewed each hour; while the provider is away the last one counts."""
    state = ProviderState.objects.filter(pk=provider.pk).first()
    if state and now() - state.read_at < KEPT:
        return state
    try:
        found = read_discovery(provider.issuer)
    except Untrusted as wrong:
        if state and wrong.why == "away":
            return state
        raise
    values = {"discovery": found, "read_at": now()}
    made, _new = ProviderState.objects.update_or_create(provider=provider, defaults=values)
    return made


def keys(state: ProviderState, *, again: bool = False) -> dict[str, Any]:
    """Public keys; read `again` for one that is not among them, though not more often than every half minute."""
    age = now() - state.keys_at if state.keys_at else KEPT
    if age < (AGAIN if again else KEPT) and state.keys:
        return dict(state.keys)
    answer = _ask("GET", state.discovery["jwks_uri"], JSON)
    found = _object(answer) if answer.is_done else {}
    if not isinstance(found.get("keys"), list):
        raise Untrusted("away", answer.problem or "no keys")
    state.keys, state.keys_at = {"keys": [key for key in found["keys"] if isinstance(key, dict)]}, now()
    state.save(update_fields=["keys", "keys_at"])
    return state.keys


def token(relying: Relying, code: str, secrets: Secrets) -> str:
    """The ID token for the code. Raises Untrusted("exchange") when the provider does not know the code."""
    url, headers, body = relying.exchange(code, secrets)
    answer = _ask("POST", url, headers, body)
    found = _object(answer)
    if not answer.is_done or not isinstance(found.get("id_token"), str):
        raise Untrusted("exchange", str(found.get("error") or answer.problem)[:200])
    return str(found["id_token"])


def _object(answer: Posted) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
