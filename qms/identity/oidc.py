"""OpenID Connect as a relying party: what is asked, what is believed. Pure: no socket, no table.

authlib makes the questions (authorization code, PKCE S256) and holds the claims against the standard; joserfc, which it brings,
checks the signature. What the standard leaves open is decided here, to the strict side.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from authlib.common.security import generate_token
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import errors, jws, jwt
from joserfc.jwk import KeySet

# Signed by a private key of the provider. No "none", and no HMAC: a public key is no secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
SKEW = 10  # seconds that the provider's clock may differ from ours
FRESH = 300  # seconds after which a sign-in is no longer new
SCOPE = "openid profile email"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Untrusted(Exception):
    """`why`: a code of qms.accounts.events.WHYS; `about`: what was found, for the trail."""

    def __init__(self, why: str, about: str = "") -> None:
        super().__init__(f"{why}: {about}")
        self.why, self.about = why, about[:200]


class KeyUnknown(Untrusted):
    """Perhaps the provider has a new key: its keys are read once more."""


@dataclass(frozen=True)
class Secrets:
    """What only this side knows of a question; sealed while it waits."""

    state: str = field(default_factory=lambda: generate_token(43))
    verifier: str = field(default_factory=lambda: generate_token(64))
    salt: str = field(default_factory=lambda: generate_token(43))

    def nonce(self, bound: str) -> str:
        """Tied to what is about to be signed: a token for one record answers the question for no other."""
        return hmac.new(self.salt.encode(), bound.encode(), hashlib.sha256).hexdigest()


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Relying:
    """This program at one provider."""

    issuer: str
    client_id: str
    secret: str
    redirect_uri: str
    discovery: Mapping[str, Any]

    def question(self, secrets: Secrets, *, bound: str, anew: bool = False, acr: str = "") -> str:
        """Where the browser is sent. `anew`: whoever is signed in there has to do it again."""
        more: dict[str, Any] = {"prompt": "login", "max_age": "0"} if anew else {}
        if acr and anew:
            more["acr_values"] = acr
        uri: str = prepare_grant_uri(
            self.discovery["authorization_endpoint"],
            client_id=self.client_id,
            response_type="code",
            redirect_uri=self.redirect_uri,
            scope=SCOPE,
            state=secrets.state,
            nonce=secrets.nonce(bound),
            code_challenge=create_s256_code_challenge(secrets.verifier),
            code_challenge_method="S256",
            **more,
        )
        return uri

    def exchange(self, code: str, secrets: Secrets) -> tuple[str, dict[str, str], bytes]:
        """The request that turns the code into a token: address, headers, body."""
        body = prepare_token_request(
            "authorization_code", code=code, redirect_uri=self.redirect_uri, code_verifier=secrets.verifier
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        known = self.discovery.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = "none"
        if self.secret:
            method = "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"
        auth = ClientAuth(self.client_id, self.secret, method)
        url, headers, body = auth.prepare("POST", self.discovery["token_endpoint"], headers, body)
        return url, headers, body.encode()

    def believed(self, token: str, keys: Mapping[str, Any], *, nonce: str, now: datetime) -> dict[str, Any]:
        """The claims of an ID token that this provider made for this question. Raises Untrusted."""
        found = _verified(token, keys)
        claims = CodeIDToken(found.claims, found.header, None, {"client_id": self.client_id})
        sub, audience = claims.get("sub"), claims.get("aud")
        about = f"iss {claims.get('iss')}, sub {sub}"
        if claims.get("iss") != self.issuer:
            raise Untrusted("issuer", about)
        if self.client_id not in (audience if isinstance(audience, list) else [audience]):
            raise Untrusted("audience", f"aud {audience}, {about}")
        try:
            claims.validate(int(now.timestamp()), SKEW)
        except (errors.JoseError, TypeError, ValueError) as wrong:
            raise Untrusted(_why(wrong), f"{wrong}, {about}") from wrong
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise Untrusted("nonce", about)
        if not isinstance(sub, str) or not 0 < len(sub) <= 255:
            raise Untrusted("token", "sub")
        return dict(claims)


def _verified(token: str, keys: Mapping[str, Any]) -> Any:
    algorithm = _algorithm(token)
    if algorithm not in ALGORITHMS:
        raise Untrusted("algorithm", f"alg {algorithm}")
    try:
        known = KeySet.import_key_set({"keys": [k for k in keys.get("keys", []) if k.get("use", "sig") == "sig"]})
        return jwt.decode(token, known, algorithms=list(ALGORITHMS))
    except (errors.InvalidKeyIdError, errors.MissingKeyError, errors.BadSignatureError) as wrong:
        raise KeyUnknown("signature", str(wrong)) from wrong
    except (errors.JoseError, ValueError, TypeError, KeyError, AttributeError) as wrong:
        raise Untrusted("token", type(wrong).__name__) from wrong


def _algorithm(token: str) -> str:
    try:
        return str(jws.extract_compact(token.encode()).headers().get("alg", ""))
    except (errors.JoseError, ValueError, TypeError, AttributeError) as wrong:
        raise Untrusted("token", type(wrong).__name__) from wrong


def _why(wrong: Exception) -> str:
    known = {"exp": "time", "iat": "time", "nbf": "time", "azp": "audience"}
    claim = getattr(wrong, "claim", None)
    if claim is None and isinstance(wrong, (errors.ExpiredTokenError, errors.InvalidTokenError)):
        return "time"
    return known.get(str(claim), "token")


def check_anew(claims: Mapping[str, Any], *, begun: datetime, now: datetime, acr: str = "") -> None:
    """The person signed in after the question was asked, and as strongly as it asked. Raises Untrusted."""
    at = claims.get("auth_time")
    if isinstance(at, bool) or not isinstance(at, (int, float)):
        raise Untrusted("stale", "auth_time is missing")
    if not begun.timestamp() - SKEW <= at <= now.timestamp() + SKEW or now.timestamp() - at > FRESH:
        raise Untrusted("stale", f"auth_time {at}")
    if acr and claims.get("acr") not in acr.split():
        raise Untrusted("acr", f"acr {claims.get('acr')}")


def address_is_safe(url: Any) -> bool:
    """https; plain http on this very machine only."""
    try:
        parts = urlsplit(str(url))
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        return bool(safe and parts.hostname and not parts.username and not parts.fragment)
    except ValueError:
        return False


def discovered(body: bytes, issuer: str) -> dict[str, Any]:
    """The discovery document, when it is the issuer's own and whole. Raises Untrusted."""
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Untrusted("away", "no discovery document")
    if found.get("issuer") != issuer:
        raise Untrusted("issuer", f"discovery names {found.get('issuer')}")
    wrong = [name for name in ENDPOINTS if not address_is_safe(found.get(name))]
    if wrong:
        raise Untrusted("away", f"no safe address: {', '.join(wrong)}")
    return found
