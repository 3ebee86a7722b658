"""Who calls: a service account by bearer token, or a person by the browser's session (then with CSRF protection)."""

import ipaddress
import json
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed

from qms.accounts import access
from qms.accounts.actions import digest
from qms.accounts.models import User
from qms.accounts.roles import SCOPES
from qms.lib import statement

COLUMNS = [f for f in User._meta.concrete_fields if f.name != "password"]
NAMES = [f.attname for f in COLUMNS]
# Token, account and sites in one round trip; a token without sites of its own is good for every site, like such a grant.
LOOK_UP = f"""
SELECT t.id, t.prefix, t.source, t.scopes::text, t.addresses::text, t.revoked_at IS NOT NULL, t.expires_at <= now(),
    (SELECT count(*) FROM accounts_tokensite ts WHERE ts.token_id = t.id),
    (SELECT json_object_agg(s.code, s.id)::text FROM accounts_site s
        WHERE NOT EXISTS (SELECT FROM accounts_tokensite ts WHERE ts.token_id = t.id)
            OR EXISTS (SELECT FROM accounts_tokensite ts WHERE ts.token_id = t.id AND ts.site_id = s.id)),
    NOT EXISTS (SELECT FROM accounts_tokenuse x WHERE x.token_id = t.id AND x.used_at > now() - interval '1 minute'),
    {", ".join(f'u."{f.column}"' for f in COLUMNS)}
FROM accounts_servicetoken t JOIN accounts_user u ON u.id = t.user_id WHERE t.digest = %s"""
NOTE_USE = """
INSERT INTO accounts_tokenuse (token_id, used_at) VALUES (%s, now())
ON CONFLICT (token_id) DO UPDATE SET used_at = excluded.used_at"""


@dataclass(frozen=True)
class TokenScope:
    """What the token opens. `sites`: ids, or access.ALL; `site_codes`: code → id of the same sites."""

    token: int
    prefix: str
    source: str
    sites: set[int] | str
    site_codes: dict[str, int]
    permissions: frozenset[str]


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer qms_…`. Only the token's SHA-256 is known here."""

    def authenticate(self, request: Any) -> tuple[User, TokenScope] | None:
        scheme, _space, clear = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        row = statement.one(LOOK_UP, [digest(clear.strip())])
        if row is None:
            raise AuthenticationFailed(_("This token is not known."))
        user, scope = _caller(row, request)
        if row[9]:
            with connection.cursor() as cursor:
                cursor.execute(NOTE_USE, [scope.token])
        return user, scope

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="qms"'


def _caller(row: tuple[Any, ...], request: Any) -> tuple[User, TokenScope]:
    token, prefix, source, scopes, addresses, revoked, expired, limited, sites = row[:9]
    user = User.from_db("default", NAMES, row[10:])
    if revoked or not user.is_active:
        raise AuthenticationFailed(_("This token was revoked. Ask an administrator for a new one."))
    if expired:
        raise AuthenticationFailed(_("This token has expired. Ask an administrator for a new one."))
    if addresses != "[]" and not _is_among(request.META.get("REMOTE_ADDR", ""), json.loads(addresses)):
        raise AuthenticationFailed(_("This token may not be used from this address."))
    codes: dict[str, int] = json.loads(sites or "{}")
    scope = TokenScope(
        token=token,
        prefix=prefix,
        source=source,
        sites=set(codes.values()) if limited else access.ALL,
        site_codes=codes,
        permissions=frozenset(p for name in json.loads(scopes) for p in SCOPES.get(name, ())),
    )
    user.token_scope = scope  # type: ignore[attr-defined]
    user._valid_grants = []  # a service account acts by scope, never by role: spares the query
    return user, scope


def _is_among(address: str, allowed: list[str]) -> bool:
    try:
        here = ipaddress.ip_address(address)
        return any(here in ipaddress.ip_network(network, strict=False) for network in allowed)
    except ValueError:
        return False


class BrowserSession(SessionAuthentication):
    """A signed-in person; every write needs the CSRF token."""
