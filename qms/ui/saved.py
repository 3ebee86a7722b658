"""Saved views: kept, shared, renewed, removed and brought back; the URL stays the state."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from qms.accounts import access
from qms.lib.clock import now
from qms.lib.errors import Forbidden, Invalid

from .listspec import LISTS, Count, ListSpec
from .models import DefaultView, SavedView

SHARE, UNDO, PASSING = "view.share", timedelta(minutes=30), {"after", "before", "count", "format", "view"}


@dataclass(frozen=True)
class Kept:
    """All that a list page shows of saved views, read by one query."""

    views: list[SavedView]  # own ones first
    removed: list[SavedView]  # what one removed a moment ago and may bring back
    first: SavedView | None


def of_list(spec: ListSpec, user: Any) -> Kept:
    chosen = DefaultView.objects.filter(user=user, view=OuterRef("pk"))
    rows = SavedView.objects.visible_to(user).filter(list=spec.name).annotate(is_first=Exists(chosen))
    rows = rows.filter(Q(deleted_at=None) | Q(user=user, deleted_at__gt=now() - UNDO))
    found: list[Any] = sorted(rows.select_related("user").order_by("name"), key=lambda view: view.user_id != user.pk)
    live = [view for view in found if view.deleted_at is None]
    gone = [view for view in found if view.deleted_at is not None]
    return Kept(live, gone[:3], next((view for view in live if view.is_first), None))


def lasting(query: str) -> str:
    """Without the marks of a page and other passing parameters."""
    data = QueryDict(query.lstrip("?"), mutable=True)
    for name in [name for name in data if name in PASSING or not any(data.getlist(name))]:
        del data[name]
    return data.urlencode()


def save(*, path: str, query: str, name: str, shared: bool, by: Any) -> SavedView:
    """A new view, or the query of one's own view of that name. Raises Invalid or Forbidden."""
    name, spec = name.strip()[:60], _spec_at(path)
    access.check(by, spec.permission)
    if not name:
        raise Invalid(_("Give the view a name."), field="name")
    if shared:
        access.check(by, SHARE)
    values = {"path": path, "query": lasting(query), "shared": shared}
    view, _new = SavedView.objects.live().update_or_create(user=by, list=spec.name, name=name, defaults=values)
    return view


def _spec_at(path: str) -> ListSpec:
    """The list behind the address; nothing else of an address is believed."""
    try:
        spec = resolve(path).func.view_initkwargs["spec"]  # type: ignore[attr-defined]
    except (Resolver404, AttributeError, KeyError):
        raise Invalid(_("There is no list at this address.")) from None
    return LISTS[spec.name]


def remove(view: SavedView, *, by: Any) -> None:
    _own(view, by)
    SavedView.objects.filter(pk=view.pk).update(deleted_at=now())


def bring_back(view: SavedView, *, by: Any) -> None:
    _own(view, by)
    if SavedView.objects.live().filter(user=by, list=view.list, name=view.name).exists():
        raise Invalid(_("Another view has this name now."), hint=_("Remove or rename that one first."))
    SavedView.objects.filter(pk=view.pk).update(deleted_at=None)


def toggle_default(view: SavedView, *, by: Any) -> None:
    """The first view of the list for this person, or no more."""
    if not DefaultView.objects.filter(user=by, view=view).delete()[0]:
        DefaultView.objects.update_or_create(user=by, list=view.list, defaults={"view": view})


def _own(view: SavedView, by: Any) -> None:
    if view.user_id != by.pk:
        raise Forbidden(
            _("This view belongs to %(name)s.") % {"name": view.user}, hint=_("Save it under a name of your own.")
        )


def count(spec: ListSpec, user: Any, query: str) -> Count | None:
    """Capped; None when the query means nothing any more."""
    try:
        return spec.count(spec.narrow(user, QueryDict(query)))
    except Invalid:
        return None
