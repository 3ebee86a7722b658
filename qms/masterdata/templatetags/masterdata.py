"""`{% load masterdata %}`: how old what we know from other systems is."""

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from qms.ui.templatetags.ui import age

from .. import queries

register = template.Library()


@register.simple_tag
def freshness(object: str) -> SafeString:
    """One badge per source; "never received" when no source has brought the object yet."""
    rows = list(queries.freshness(object))
    named = ((age(row.source if len(rows) > 1 else "ERP", row.read_at),) for row in rows)
    return format_html_join(" ", "{}", named) or age("ERP")
