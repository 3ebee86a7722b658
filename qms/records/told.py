"""What of a row is told to people, and how a value reads in plain text: on prints, in comparisons, in files."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from qms.lib.quantity import show

HEAD = {"version", "number", "state", "title"}  # stand in the head of the page


def is_told(field: Any, parent: Any) -> bool:
    """Not what the program keeps for itself: such a column has no name of its own. Nor the way back to the record."""
    name = field.verbose_name  # one that was given stands there to be translated
    return (
        field.name not in (HEAD if parent is None else {"version", "number"})
        and not (field.is_relation and field.related_model is parent)
        and (isinstance(name, Promise) or name not in (field.name, field.name.replace("_", " "), "ID"))
    )


def moment(at: datetime) -> str:
    return stamp(timezone.localtime(at))


def stamp(local: datetime) -> str:
    """2026-11-22 14:03:22 +01:00"""
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:5]}"


def said(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return show(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
