"""Somebody else may just have made this signature possible: a role granted, a password set, a provider bound within a day.

It is told beside the signature, and refused where the site's rule says so (21 CFR 11.200(a)(3), integrity.md §4). What the system
granted (first administrator, demo plant) is exempt.
"""

from datetime import timedelta
from typing import Any

from qms.accounts.models import User
from qms.accounts.roles import roles_with
from qms.lib import canonical, clock

from .choices import Flag
from .models import SigningRule

WITHIN = timedelta(hours=24)


def found(by: User, *, site_id: int | None, permission: str = "") -> tuple[list[Flag], list[dict[str, str]]]:
    """Flags, and for a fresh role which, since when and by whom."""
    since = clock.now() - WITHIN
    flags, roles = [], _roles(by, site_id, permission)
    if by.password_handed_at and by.password_handed_at > since:
        flags.append(Flag.ONE_TIME_PASSWORD)
    held = by.identity if by.signs_by_provider else None
    if held and held.made_by_id and held.made_at > since:
        flags.append(Flag.BOUND_LATELY)
    return [*flags, *([Flag.FRESH_ROLE] if roles else [])], roles


def _roles(by: User, site_id: int | None, permission: str) -> list[dict[str, str]]:
    """Empty when an older grant carries the same right."""
    since = clock.now() - WITHIN
    asked = roles_with(permission) if permission else None
    held = [g for g in by.valid_grants if site_id is None or g.site_id in (None, site_id)]
    held = [g for g in held if asked is None or g.role in asked]
    fresh = [g for g in held if g.granted_by and g.granted_at and g.granted_at > since]
    old = {g.role for g in held if g not in fresh}
    if asked is not None and old:
        return []
    return [
        {"at": canonical.instant(g.granted_at), "by": str(g.granted_by), "role": g.role}
        for g in fresh
        if g.role not in old and g.granted_at
    ]


def forbidden(by: User, *, site_id: int | None, permission: str = "") -> Flag | None:
    """What the site's rule refuses a signature for."""
    rule = SigningRule.objects.filter(site_id=site_id).first() if site_id else None
    if rule is None:
        return None
    flags, _roles_found = found(by, site_id=site_id, permission=permission)
    refused = {Flag.FRESH_ROLE} if rule.refuses_fresh_role else set()
    refused |= {Flag.ONE_TIME_PASSWORD, Flag.BOUND_LATELY} if rule.refuses_fresh_access else set()
    return next((flag for flag in flags if flag in refused), None)


def site_of(record: Any) -> int | None:
    return getattr(record, "site_id", None)
