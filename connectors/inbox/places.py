"""Names of senders and sites."""

from __future__ import annotations

from typing import Any

from connectors.mes_messages import fit
from qms.accounts import access
from qms.lib import statement

SITE = """
SELECT id FROM accounts_site WHERE code = coalesce((SELECT local_value FROM masterdata_crosswalk
    WHERE source = %s::text AND kind = 'site' AND foreign_value = %s::text AND withdrawn_at IS NULL
        AND (since IS NULL OR since <= clock_timestamp()) AND (until IS NULL OR until > clock_timestamp())
        AND site_id IS NULL AND revision = ''), %s::text)"""


def spelling(interface: str, source: str) -> str:
    """The sender's name in the inbox. An interface has its ids to itself: no sender can use up those of another one."""
    return source if interface in ("", source) else f"{interface}|{source}"


def site_of(name: str, system: str) -> int | None:
    found = statement.one(SITE, [system, name, name])
    return found[0] if found else None


def only_site(user: Any) -> int | None:
    """The token's site where it has just one."""
    scope = getattr(user, "token_scope", None)
    return next(iter(scope.site_codes.values())) if scope and len(scope.site_codes) == 1 else None


def may_write(user: Any, site_id: int) -> bool:
    """A token writes on its sites only. Without one (a worker applies what was taken in before) the sites were asked at the door."""
    scope = getattr(user, "token_scope", None)
    return scope is None or scope.sites == access.ALL or site_id in scope.sites


__all__ = ["fit", "may_write", "only_site", "site_of", "spelling"]
