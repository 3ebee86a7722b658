"""Values of the trail in the words of the reader: labels for codes, short numbers, names for keys."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qms.lib.quantity import show

from .labels import LABELS


@dataclass(frozen=True)
class Key:
    """A foreign key's value until its name is known."""

    model: Any
    pk: Any

    def __str__(self) -> str:
        return f"#{self.pk}"


# Parts of the system act under English names that the trail keeps; readers see them in their language.
PARTS = {
    "System": _("System"),
    "Relay": _("Relay"),
    "Synchronisation": _("Synchronisation"),
    "Silence alarm": _("Silence alarm"),
    "Trail watch": _("Trail watch"),
    "Scheduler": _("Scheduler"),
    "Shell": _("Shell"),
}
UNSAID = {"ui", "system"}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")  # lib.canonical.instant


def actor(who: dict[str, str]) -> str:
    name = who["name"]
    return str(PARTS.get(name, name)) if who["id"].startswith("system") else name


def source(code: str) -> str:
    """Where an act came from, where that is worth saying: an interface, the API; not a person's screen."""
    return "" if code in UNSAID else code


def plain(value: Any) -> Any:
    """A payload's value as people read it: an instant in the reader's zone, nothing as a dash."""
    if not isinstance(value, str) or not INSTANT.fullmatch(value):
        return "–" if value == "" else value
    return local(datetime.fromisoformat(value))


def local(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


def field_of(model: type[models.Model], column: str) -> Any:
    for name in (column, column.removesuffix("_id")):
        try:
            return model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
    return None


def label(model: type[models.Model], column: str) -> Any:
    """What the column is called; one that its model gives no name, by LABELS."""
    if (field := field_of(model, column)) is None:
        return column
    is_named = field.verbose_name != field.name.replace("_", " ") or isinstance(field.verbose_name, Promise)
    return field.verbose_name if is_named else LABELS.get(field.name, field.verbose_name)


def value(model: type[models.Model], column: str, raw: Any) -> Any:
    field = field_of(model, column)
    if field is None or raw in (None, ""):
        return raw
    if said := getattr(model, "in_words", {}).get(column):  # a column of plain values, by a function of its model
        return said(json.loads(raw) if isinstance(raw, str) else raw)
    if field.is_relation:
        return Key(field.related_model, raw)
    if column == "state" and hasattr(model, "workflow"):
        return model.workflow.state(raw).label
    if field.choices:
        return dict(field.flatchoices).get(raw, raw)
    if isinstance(field, models.DateTimeField):
        return parse_datetime(raw) or raw
    return show(Decimal(raw)) if isinstance(field, models.DecimalField) else raw


Names = dict[tuple[Any, int], str]


def names_now(wanted: dict[Any, set[int]]) -> Names:
    """What the rows are called now: one query per table."""
    return {(model, pk): str(row) for model, keys in wanted.items() for pk, row in model.objects.in_bulk(keys).items()}


def name_people(lines: Iterable[Any], names_of: Callable[[dict[Any, set[int]]], Names] = names_now) -> None:
    """Replace keys by names: one query per table that is named, whatever the number of lines."""
    lines = list(lines)
    wanted: dict[Any, set[int]] = {}
    for line in lines:
        for _label, *sides in line.changes:
            for key in (side for side in sides if isinstance(side, Key)):
                wanted.setdefault(key.model, set()).add(int(key.pk))
    names = names_of(wanted)
    for line in lines:
        line.changes = [(text, *(_named(side, names) for side in sides)) for text, *sides in line.changes]


def _named(side: Any, names: Names) -> Any:
    return names.get((side.model, int(side.pk)), str(side)) if isinstance(side, Key) else side
