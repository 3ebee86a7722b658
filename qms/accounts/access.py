"""May this person? The one door to grants, scopes and django-guardian; asked at use time, never cached beyond a request."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpResponseNotAllowed
from django.utils.translation import gettext as _
from guardian.shortcuts import get_objects_for_user

from qms.lib.errors import Forbidden
from qms.lib.listed import listed

from . import refusals
from .models import Compartment, User
from .roles import RIGHTS, ROLES, roles_with

ALL = "all"
Rows = TypeVar("Rows", bound=QuerySet[Any])
PUBLIC = "public"  # without a login; the few routes are named in qms.accounts.middleware
SIGNED_IN = "signed-in"  # any known person; what they see is narrowed by the records themselves


def site_ids(user: Any, permission: str) -> set[int] | str:
    """Sites on which the user holds the permission, or ALL. Limited grants (container) count, see `container_limits`."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return set()
    if token := getattr(user, "token_scope", None):
        return token.sites if permission in token.permissions else set()
    roles = roles_with(permission)
    held = [g for g in user.valid_grants if g.role in roles]
    return ALL if any(g.site_id is None for g in held) else {g.site_id for g in held}


def compartment_ids(user: Any) -> list[int]:
    """Export compartments the user may enter: one guardian query per request."""
    if not hasattr(user, "_compartments"):
        found = get_objects_for_user(
            user, "accounts.enter_compartment", klass=Compartment, use_groups=False, with_superuser=False
        )
        user._compartments = list(found.values_list("pk", flat=True))
    return user._compartments


def visible_to(queryset: Rows, user: Any, permission: str) -> Rows:
    """Rows of a model with `site` (and perhaps `compartment`, `container`) that the user may see; the rest does not exist."""
    sites = site_ids(user, permission)
    if sites != ALL:
        queryset = queryset.filter(site_id__in=sites) if sites else queryset.none()
    names = {f.name for f in queryset.model._meta.fields}
    if "compartment" in names:
        queryset = queryset.filter(Q(compartment=None) | Q(compartment_id__in=compartment_ids(user)))
    if "container" in names and (limits := container_limits(user, permission)) is not None:
        queryset = queryset.filter(limits)
    return queryset


def container_limits(user: Any, permission: str) -> Q | None:
    """Condition of grants limited to containers; None when one unlimited grant opens every site that counts."""
    if getattr(user, "token_scope", None):
        return None
    held = [g for g in user.valid_grants if g.role in roles_with(permission)]
    if not any(g.container_id for g in held):
        return None
    condition = Q(pk__in=[])
    for grant in held:
        part = Q() if grant.site_id is None else Q(site_id=grant.site_id)
        condition |= part & (Q(container_id=grant.container_id) if grant.container_id else Q(pk__isnull=False))
    return condition


def may(user: Any, permission: str, record: Any = None) -> bool:
    """With a record: on its site, container and compartment. Without: anywhere."""
    sites = site_ids(user, permission)
    if not sites:
        return False
    if record is None:
        return True
    if sites != ALL and record.site_id not in sites:
        return False
    compartment = getattr(record, "compartment_id", None)
    return (compartment is None or compartment in compartment_ids(user)) and _in_container(user, permission, record)


def _in_container(user: Any, permission: str, record: Any) -> bool:
    if getattr(user, "token_scope", None):
        return True
    held = [g for g in user.valid_grants if g.role in roles_with(permission) and g.site_id in (None, record.site_id)]
    return any(g.container_id in (None, getattr(record, "container_id", None)) for g in held)


def check(user: Any, permission: str, record: Any = None) -> None:
    """Raises Forbidden with the roles that may."""
    if not may(user, permission, record):
        refusals.told(by=user, right=permission, record=record)
        roles = listed(ROLES[r] for r in roles_with(permission))
        raise Forbidden(
            _("You do not hold the right “%(permission)s” here.") % {"permission": RIGHTS.get(permission, permission)},
            hint=_("It belongs to: %(roles)s. Ask an administrator for the role on this site.") % {"roles": roles},
        )


def who_may(permission: str, site_id: int | None = None) -> QuerySet[User]:
    """Active people who hold the permission on the site, by grants valid today."""
    from .models import Grant

    grants = Grant.objects.valid().filter(role__in=roles_with(permission))
    if site_id is not None:
        grants = grants.filter(Q(site_id=site_id) | Q(site=None))
    people: Any = User.objects.filter(is_active=True, kind=User.PERSON, pk__in=grants.values("user_id"))
    known: Any = Prefetch("grants", Grant.objects.valid(), to_attr="_valid_grants")
    return people.prefetch_related(known)


def held_by_people(roles: Iterable[str], site_id: int) -> QuerySet[Any]:
    """Grants of the roles that count on the site today, with their people; one query."""
    from .models import Grant

    mine = Grant.objects.valid().filter(Q(site_id=site_id) | Q(site=None), role__in=list(roles))
    people = mine.filter(user__is_active=True, user__kind=User.PERSON)
    return people.select_related("user").order_by("user__pk")


def has_role(user: Any, role: str, site_id: int) -> bool:
    return any(g.role == role and g.site_id in (None, site_id) for g in getattr(user, "valid_grants", ()))


def permissions(user: Any, names: Iterable[str]) -> set[str]:
    return {name for name in names if may(user, name)}


def asks(permission: str, *verbs: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares and asks what a function view needs, as the attribute `permission` does for a class (docs/reference/permissions.md).

    Without verbs it is read only; any other verb is answered 405.
    """
    answered = verbs or ("GET",)

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def asked(request: Any, *args: Any, **kwargs: Any) -> Any:
            if request.method not in (*answered, *(("HEAD",) if "GET" in answered else ())):
                return HttpResponseNotAllowed(answered)
            if permission not in (PUBLIC, SIGNED_IN):
                check(request.user, permission)
            return view(request, *args, **kwargs)

        asked.permission, asked.verbs = permission, answered  # type: ignore[attr-defined]
        return asked

    return declare
