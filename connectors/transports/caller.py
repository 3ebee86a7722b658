"""Who acts when a transport brings something: a service account of the interface's own, good for its sites only."""

from __future__ import annotations

from connectors.models import Interface
from qms import journal
from qms.accounts import actions as accounts
from qms.accounts.models import Site, User
from qms.accounts.roles import SCOPES
from qms.api.auth import TokenScope
from qms.lib.errors import Invalid


def sites_of(interface: Interface) -> dict[str, int]:
    """Its own site, and those whose rows it may carry too (`sites`); by code."""
    more = Site.objects.filter(code__in=interface.settings.get("sites", ()))
    return {interface.site.code: interface.site_id, **dict(more.values_list("code", "pk"))}


def caller(interface: Interface) -> User:
    """Made when something comes for the first time. It has no token and no password: nobody can log in as it."""
    name = f"interface.{interface.code}"
    user = User.objects.filter(username=name).first()
    if user is None:
        user = accounts.create_user(
            username=name, full_name=interface.name, kind=User.SERVICE, by=journal.SYSTEM, identity="interface"
        )
    if user.kind != User.SERVICE or not user.is_active:
        raise Invalid(f"The account {name} is no active service account.")
    sites = sites_of(interface)
    user.token_scope = TokenScope(  # type: ignore[attr-defined]
        token=0,
        prefix="",
        source=interface.code,
        sites=set(sites.values()),
        site_codes=sites,
        permissions=frozenset(SCOPES[interface.kind]),
    )
    user._valid_grants = []
    return user
