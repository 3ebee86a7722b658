"""`{% load ui %}`: icons, chips, times, quantities, the state of things in other systems."""

import datetime
from typing import Any

from django import template
from django.http import QueryDict
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.lib.listed import listed

from .. import banners as found
from .. import callouts, show
from ..prose import prose

register = template.Library()

register.filter("moment", show.moment)
register.filter("day", show.day)
register.filter("shown", show.value)
register.filter("number", show.number)
register.filter("person", show.person)
register.filter("prose", prose)
register.filter("listed", listed)
register.simple_tag(callouts.draw, name="callout")


@register.filter
def ago(value: datetime.datetime | None) -> str:
    return show.since(value) if value else "–"


@register.filter
def model_name(record: Any) -> str:
    """Plural name of the record's kind."""
    return str(record._meta.verbose_name_plural)


@register.simple_tag
def icon(name: str, size: int = 20) -> SafeString:
    return show.icon(str(name), size)


@register.simple_tag
def chip(state: Any = None, states: Any = (), label: Any = "", tone: str = "neutral", icon: str = "") -> SafeString:
    """Of a workflow state (its code, with the declared states) or of a label with a tone."""
    if state is None or state == "":
        return show.chip(show.Mark("", label, tone, icon))
    return show.chip(show.state_of(state, states) if isinstance(state, str) else state)


@register.simple_tag
def quantity(value: Any, unit: Any = "") -> SafeString:
    return show.quantity(value, unit)


@register.simple_tag
def age(source: str, at: datetime.datetime | None = None, stale: int = 60) -> SafeString:
    """'from ERP, 4 min ago'. Never green: fresh is quiet, older than `stale` minutes warns, never is said in words."""
    if at is None:
        text = _("from %(source)s: never received") % {"source": source}
        return format_html('<span class="q-age q-age-stale">{} {}</span>', show.icon("clock-alert", 14), text)
    old = timezone.now() - at > datetime.timedelta(minutes=stale)
    text = _("from %(source)s, %(age)s") % {"source": source, "age": show.since(at)}
    return format_html(
        '<span class="q-age{}" title="{}">{} {}</span>',
        " q-age-stale" if old else "",
        show.moment_title(at),
        show.icon("clock-alert" if old else "clock", 14),
        text,
    )


@register.simple_tag
def facts(rows: Any) -> SafeString:
    """Label and value pairs; empty values are shown as a dash, never left out."""
    body = format_html_join(
        "",
        "<div><dt>{}</dt><dd>{}</dd></div>",
        ((label, show.value(value)) for label, value in rows),
    )
    return format_html('<dl class="q-facts">{}</dl>', body)


@register.simple_tag(takes_context=True)
def query(context: Any, **changes: Any) -> str:
    """The current query string with changes; None removes a parameter."""
    data: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None:
            data.pop(name, None)
        else:
            data[name] = str(value)
    return f"?{data.urlencode()}"


# --- fields ---

CLASSES = {
    "select": "form-select",
    "checkbox": "form-check-input",
    "radioselect": "q-choices",
    "checkboxselectmultiple": "q-choices",
}


@register.simple_tag
def widget(field: Any, extra: str = "") -> SafeString:
    """The field's control with its class and what a screen reader needs: help and error are tied to it."""
    kind = type(field.field.widget).__name__.lower()
    input_type = getattr(field.field.widget, "input_type", "")
    css = CLASSES.get(kind) or CLASSES.get(input_type) or "form-control"
    attrs = {"class": " ".join(filter(None, [field.field.widget.attrs.get("class", ""), css, extra]))}
    described = [f"{field.auto_id}-help"] if field.help_text else []
    if field.errors:
        described.append(f"{field.auto_id}-error")
        attrs["aria-invalid"] = "true"
        attrs["class"] += " is-invalid"
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs=attrs)


@register.filter
def is_check(field: Any) -> bool:
    """One tick box: the label stands behind it."""
    return type(field.field.widget).__name__ == "CheckboxInput"


@register.filter
def is_group(field: Any) -> bool:
    """Several boxes under one legend."""
    return type(field.field.widget).__name__ in ("CheckboxSelectMultiple", "RadioSelect")


@register.inclusion_tag("components/_banners.html", takes_context=True)
def banners(context: Any, record: Any) -> dict[str, Any]:
    """What other systems' state means for this record."""
    return {"banners": found.of(record, context["request"].user)}


# --- postings ---

STAGES = (("QUEUED", "requested_at"), ("SENT", "sent_at"), ("POSTED", "posted_at"))
PASSED = {"QUEUED": 0, "SENT": 1, "ACCEPTED": 1, "POSTED": 2, "RECONCILED": 2}


@register.inclusion_tag("components/_posting.html")
def posting(row: Any) -> dict[str, Any]:
    """requested → sent → posted, with times; a state outside that way (failed, skipped …) is said after it."""
    words = {"QUEUED": _("Requested"), "SENT": _("Sent"), "POSTED": _("Posted")}
    times = [(code, words[code], getattr(row, field, None)) for code, field in STAGES]
    reached = PASSED.get(row.state, max((i for i, (_c, _w, at) in enumerate(times) if at), default=0))
    stages = [(word, at, "done" if i <= reached else "ahead") for i, (_code, word, at) in enumerate(times)]
    return {"posting": row, "stages": stages, "aside": OUTSIDE.get(row.state)}


OUTSIDE = {
    "ACCEPTED": show.Mark("", gettext_lazy("Accepted, not yet posted"), "info"),
    "RECONCILED": show.Mark("", gettext_lazy("Reconciled"), "success"),
    "FAILED": show.Mark("", gettext_lazy("Failed"), "danger"),
    "NEEDS_DECISION": show.Mark("", gettext_lazy("Needs decision"), "warning"),
    "CANCEL_REQUESTED": show.Mark("", gettext_lazy("Cancellation requested"), "warning"),
    "CANCELLED": show.Mark("", gettext_lazy("Cancelled"), "muted"),
    "SKIPPED": show.Mark("", gettext_lazy("Skipped"), "muted"),
}
