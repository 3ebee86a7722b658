"""How values look: times, quantities, chips, icons. Used by columns and by the template tags alike."""

import datetime
import decimal
import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from lucide.templatetags.lucide import lucide

from qms.lib import quantity as quantities

TONES = {
    "neutral": "circle",
    "info": "circle-dot",
    "warning": "triangle-alert",
    "success": "circle-check",
    "danger": "octagon-alert",
    "muted": "circle-minus",
}


EMPTY = mark_safe('<span class="q-none">–</span>')


@dataclass(frozen=True)
class Mark:
    """What a chip shows; workflow states have the same attributes."""

    code: str
    label: Any
    tone: str = "neutral"
    icon: str = ""


@functools.lru_cache(maxsize=512)
def icon(name: str, size: int = 20) -> SafeString:
    """Inline SVG of a lucide icon, hidden from screen readers: words always stand beside it."""
    svg = lucide(name, size=size, aria_hidden="true", focusable="false", **{"class": "q-icon"})
    return mark_safe(" ".join(svg.split()))  # noqa: S308  # drawn by the package, no user text in it


def state_of(code: Any, states: Iterable[Any]) -> Any:
    """The declared state of a code; an unknown code is shown as it is, never hidden."""
    return next((state for state in states if state.code == code), Mark(str(code), str(code)))


def chip(state: Any, *, size: int = 14) -> SafeString:
    name = getattr(state, "icon", "") or TONES.get(state.tone, TONES["neutral"])
    return format_html('<span class="q-chip q-chip-{}">{}{}</span>', state.tone, icon(name, size), state.label)


def quantity(value: Any, unit: Any = "") -> SafeString:
    if value in (None, ""):
        return EMPTY
    code = getattr(unit, "code", None) or unit or ""
    return format_html('<span class="q-nowrap">{} <span class="q-unit">{}</span></span>', number(value), code)


def number(value: Any) -> str:
    """Exact, with the reader's separators; integers of codes and years never come here."""
    if isinstance(value, decimal.Decimal):
        shown = quantities.show(value)
        places = len(shown.partition(".")[2])
        return str(formats.number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True))
    if isinstance(value, int):
        return str(formats.number_format(value, use_l10n=True, force_grouping=True))
    return str(value)


def local(value: datetime.datetime) -> datetime.datetime:
    return timezone.localtime(value)


def moment(value: datetime.datetime | None) -> SafeString:
    if value is None:
        return EMPTY
    here = local(value)
    return format_html(
        '<time class="q-nowrap" datetime="{}" title="{}" data-offset="{}">{}</time>',
        value.isoformat(),
        moment_title(value),
        offset(here),
        here.strftime("%Y-%m-%d %H:%M"),
    )


def offset(here: datetime.datetime) -> str:
    text = here.strftime("%z")
    return f"{text[:3]}:{text[3:]}"


def moment_title(value: datetime.datetime) -> str:
    """Local time with its offset, and UTC: unambiguous on hover and in print."""
    here = local(value)
    utc = value.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")
    return f"{here:%Y-%m-%d %H:%M:%S} {offset(here)} ({here.tzname()}) · {utc} UTC"


def value(found: Any) -> Any:
    """Anything of a label and value pair: times and dates in their one form, empty as a dash."""
    if found is None or found == "":
        return "–"
    if isinstance(found, datetime.datetime):
        return moment(found)
    return day(found) if isinstance(found, datetime.date) else found


def day(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        value = local(value).date()
    return value.isoformat() if value else "–"


def since(value: datetime.datetime, now: datetime.datetime | None = None) -> str:
    """'4 min ago', one unit, rounded down; the future reads 'just now' (clocks differ by seconds)."""
    seconds = int(((now or timezone.now()) - value).total_seconds())
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 1:
        return _("just now")
    if hours < 1:
        return ngettext("%(count)s min ago", "%(count)s min ago", minutes) % {"count": minutes}
    if days < 1:
        return ngettext("%(count)s h ago", "%(count)s h ago", hours) % {"count": hours}
    return ngettext("%(count)s day ago", "%(count)s days ago", days) % {"count": days}


def person(user: Any) -> str:
    if user is None:
        return "–"
    return str(getattr(user, "full_name", "") or getattr(user, "username", "") or user)
