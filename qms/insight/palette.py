"""What the palette offers beside what the search finds: places and acts that are open to the reader."""

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from qms.accounts import access
from qms.ui import navigation
from qms.ui.listspec import LISTS
from qms.ui.models import SavedView

SHOWN = 8


@dataclass(frozen=True)
class Act:
    """Something to do that needs no record; left out while its address does not exist."""

    label: Any
    url_name: str
    icon: str
    permission: str = ""


ACTS = (
    Act(_("Report a nonconformance"), "ncr:create", "plus", "ncr.report"),
    Act(_("Report from the shop floor"), "ncr:floor", "scan-line", "ncr.report"),
    Act(_("New defect code"), "ncr:code-create", "plus", "ncr.catalogue"),
    Act(_("New person"), "office:person-create", "user-plus", "account.manage"),
    Act(_("My notifications"), "office:inbox", "bell"),
    Act(_("Change my password"), "office:password", "key-round"),
)


@dataclass(frozen=True)
class Option:
    label: str
    url: str
    icon: str
    hint: str = ""


def places(user: Any, path: str, text: str) -> list[Option]:
    """Acts first, then pages, whose name in the reader's language or in English holds the text."""
    acts = [act for act in ACTS if (not act.permission or access.may(user, act.permission)) and _holds(act.label, text)]
    found = [Option(str(act.label), url, act.icon) for act in acts if (url := _url(act))]
    pages = [link for link in navigation.links(user, path) if _holds(link.entry.label, text)]
    return [*found, *(Option(str(link.entry.label), link.url, link.entry.icon) for link in pages)][:SHOWN]


def views(user: Any, text: str) -> list[Option]:
    """Saved views of the reader, and shared ones of lists that are open to them."""
    found = SavedView.objects.visible_to(user).live().filter(name__icontains=text).order_by("name")[: SHOWN * 2]
    mine = [view for view in found if view.list in LISTS and access.may(user, LISTS[view.list].permission)]
    return [
        Option(view.name, f"{view.path}?{view.query or 'view=all'}", "bookmark", str(LISTS[view.list].title))
        for view in mine[:SHOWN]
    ]


def _url(act: Act) -> str:
    try:
        return reverse(act.url_name)
    except NoReverseMatch:
        return ""


def _holds(label: Any, text: str) -> bool:
    wanted = text.strip().casefold()
    with override("en"):
        english = str(label)
    return wanted in str(label).casefold() or wanted in english.casefold()
