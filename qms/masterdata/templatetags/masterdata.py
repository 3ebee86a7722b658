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
    rows = queries.freshness(object)
    return format_html_join(" ", "{}", ((age("ERP", row.read_at),) for row in rows)) or age("ERP")
