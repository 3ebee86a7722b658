"""`{% load masterdata %}`: how old what we know from other systems is."""

from typing import Any

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from qms.ui.templatetags.ui import age

from .. import ownership, queries

register = template.Library()


@register.simple_tag
def freshness(object: str) -> SafeString:
    """One badge per source; "never received" when no source has brought the object yet."""
    rows = list(queries.freshness(object))
    named = ((age(row.source if len(rows) > 1 else "ERP", row.read_at),) for row in rows)
    return format_html_join(" ", "{}", named) or age("ERP")


@register.simple_tag(takes_context=True)
def owner(context: Any, object: str, field: str, site_id: int) -> Any:
    """Beside a value: whose it is, where one system owns the field. One query a page."""
    key = f"owners {site_id}"
    if key not in context.render_context:
        context.render_context[key] = ownership.of(site_id)
    return ownership.with_owner("", context.render_context[key].rule(object, field))
