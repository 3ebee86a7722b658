"""Who may import what where."""

from typing import Any

from django.utils.translation import gettext as _

from qms.accounts import access
from qms.accounts.models import Site
from qms.accounts.roles import ROLES, roles_with
from qms.lib.errors import Forbidden
from qms.lib.listed import listed

from .models import RIGHT
from .registry import KINDS, Kind


def why_not(kind: Kind, site: Site, user: Any) -> str:
    """Empty when the person may import the kind on the site."""
    for right in (RIGHT, *kind.rights):
        held = access.site_ids(user, right)
        if held != access.ALL and site.pk not in held:
            roles = listed(ROLES[role] for role in roles_with(right))
            return _("%(kind)s on %(site)s also needs the right “%(right)s”. It belongs to: %(roles)s.") % {
                "kind": kind.label,
                "site": site.code,
                "right": right,
                "roles": roles,
            }
    if kind.shared and access.site_ids(user, RIGHT) != access.ALL:
        return _("%(kind)s are common to all sites, so they are imported by whoever may import on all sites.") % {
            "kind": kind.label
        }
    return ""


def check_kind(kind: Kind, site: Site, user: Any) -> None:
    if why := why_not(kind, site, user):
        raise Forbidden(_("You may not import this here."), hint=why)


def sites(user: Any) -> list[Site]:
    held = access.site_ids(user, RIGHT)
    return list(Site.objects.all() if held == access.ALL else Site.objects.filter(pk__in=held))


def kinds(user: Any) -> list[Kind]:
    """Kinds that the person may import on at least one site."""
    places = sites(user)
    return [kind for kind in KINDS.values() if any(not why_not(kind, site, user) for site in places)]
