"""What a member of a push looks like: derived from the mirror's own columns, so that a new object is pushed like the others.

A member names its parents by the source's key (`item_id`) or by their number (`item`), which then must be known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, make_dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from qms.lib.fields import QuantityField
from qms.masterdata.specs import SPECS, Spec

from .rows import LINES, RENAMED

NEUTRAL = {column: name for name, column in RENAMED.items()}
KEY = 80
KINDS = (
    (QuantityField, "quantity"),
    (models.DecimalField, "decimal"),
    (models.IntegerField, "integer"),
    (models.BooleanField, "boolean"),
    (models.DateTimeField, "instant"),
    (models.DateField, "date"),
    (models.JSONField, "json"),
)


class Wrong(ValueError):
    """A sentence for the sender about one member."""


@dataclass(frozen=True)
class Field:
    """One member of the body. `parent`: the model that it names, for a reference."""

    name: str
    kind: str
    longest: int = 0
    required: bool = False
    default: Any = None
    parent: Any = None


@dataclass(frozen=True)
class Shape:
    """`lines`: where a document keeps its lines, and what those look like; a line is dated and numbered by its document."""

    spec: Spec
    fields: tuple[Field, ...]
    record: type
    is_line: bool = False
    lines: tuple[tuple[str, Shape], ...] = ()

    @property
    def references(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.parent)


ALONE = ("genealogy",)  # comes with its production order or by itself


def pushable() -> list[str]:
    """Objects that come by themselves; lines come with their document."""
    return [spec.object for spec in SPECS.values() if not spec.owner or spec.object in ALONE]


# What a transport or a mapping of an ERP calls them: erp.items, erp.stock …
TYPES = {f"erp.{object}": object for object in pushable()}


def targets(object: str) -> list[str]:
    """Fields that a mapping may fill, by dotted name; lines come in lists and need no mapping."""
    made = shape(object)
    named = [*(field.name for field in made.fields), *(field.name.removesuffix("_id") for field in made.references)]
    return ["external_id", "number", "changed_at", "site", *dict.fromkeys(named)]


@cache
def shape(object: str, *, is_line: bool = False) -> Shape:
    spec = SPECS[object]
    parents = [(name, model) for name, model in spec.parents if not (is_line and name == spec.owner)]
    refs = [Field(f"{name}_id", "text", KEY, parent=model) for name, model in parents]
    fields = (*map(_field(spec), spec.columns), *refs)
    common = ["external_id"] if is_line else ["external_id", "number", "changed_at", "raw"]
    kinds = () if is_line else LINES.get(object, ())
    names = [*common, *(field.name for field in fields), *(kind.attribute for kind in kinds)]
    lines = tuple((kind.attribute, shape(kind.object, is_line=True)) for kind in kinds)
    return Shape(spec, fields, make_dataclass("Pushed", names, frozen=True), is_line, lines)


def _field(spec: Spec) -> Any:
    def made(column: str) -> Field:
        known: Any = spec.model._meta.get_field(column)
        kind = next((word for cls, word in KINDS if isinstance(known, cls)), "text")
        default = known.get_default() if known.has_default() else None
        required = not known.null and not known.has_default() and not known.blank
        return Field(NEUTRAL.get(column, column), kind, known.max_length or 0, required, default)

    return made


def identity(value: Any) -> str:
    """The key of a member, "" where it has none that could be kept."""
    key = value.get("external_id") if isinstance(value, dict) else None
    key = str(key) if isinstance(key, int) and not isinstance(key, bool) else key
    return key.strip()[:KEY] if isinstance(key, str) else ""


def read(made: Shape, value: Mapping[str, Any]) -> dict[str, Any]:
    """The known members with their types; raises Wrong with what to correct. Unknown members stay in `raw`; lines that
    are not sent at all (None) stay as they are."""
    found: dict[str, Any] = {"external_id": _key(value)}
    if not made.is_line:
        found["number"] = _text(Field("number", "text", 120), value.get("number")) or found["external_id"]
        found["changed_at"] = _changed(value)
    for field in made.fields:
        found[field.name] = _value(field, value)
    for name, line in made.lines:
        found[name] = None if value.get(name) is None else [read(line, part) for part in _lines(name, value)]
        _once(found[name] or [])
    if not made.is_line:
        known = {*found, *(field.name.removesuffix("_id") for field in made.references)}
        found["raw"] = {name: part for name, part in value.items() if name not in known}
    return found


def record(made: Shape, found: dict[str, Any]) -> Any:
    """As the store takes it."""
    lines = {
        name: None if found[name] is None else tuple(line.record(**part) for part in found[name])
        for name, line in made.lines
    }
    return made.record(**{**found, **lines})


def parts(made: Shape, given: Mapping[str, Any], found: dict[str, Any]) -> Iterator[tuple[Shape, Any, dict[str, Any]]]:
    """(shape, as sent, as read) of the member itself and of each of its lines."""
    yield made, given, found
    for name, line in made.lines:
        for sent, read_line in zip(given.get(name) or (), found[name] or (), strict=True):
            yield line, sent, read_line


def _key(value: Any) -> str:
    if not isinstance(value, Mapping):
        raise Wrong(_("A member is an object with external_id and changed_at."))
    key = identity(value)
    if not key or len(str(value["external_id"]).strip()) > KEY:
        raise Wrong(_("external_id must be a text of 1 to %(longest)s characters.") % {"longest": KEY})
    return key


def _changed(value: Mapping[str, Any]) -> dt.datetime:
    given = value.get("changed_at")
    if given is None:
        raise Wrong(_("changed_at is missing: without it an older message could overwrite a newer one."))
    return _instant(Field("changed_at", "instant"), given)


def _lines(name: str, value: Mapping[str, Any]) -> list[Any]:
    lines = value[name]
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise Wrong(_("%(field)s must be a list of objects.") % {"field": name})
    return lines


def _once(lines: list[dict[str, Any]]) -> None:
    seen: set[str] = set()
    for line in lines:
        if line["external_id"] in seen:
            raise Wrong(_("Two lines carry the external_id %(key)s.") % {"key": line["external_id"]})
        seen.add(line["external_id"])


def _value(field: Field, value: Mapping[str, Any]) -> Any:
    given = value.get(field.name)
    if given is None or given == "":
        if field.required:
            raise Wrong(_("%(field)s is missing.") % {"field": field.name})
        return field.default
    try:
        return READERS[field.kind](field, given)
    except (InvalidOperation, OverflowError, ValueError) as error:
        raise error if isinstance(error, Wrong) else _unreadable(field, given) from error


def _unreadable(field: Field, given: Any) -> Wrong:
    words = {
        "quantity": _("a number"),
        "decimal": _("a number"),
        "integer": _("a whole number"),
        "boolean": _("true or false"),
        "instant": _("a time with its offset, such as 2026-05-04T08:15:00Z"),
        "date": _("a date, such as 2026-05-04"),
    }
    told = {"field": field.name, "given": str(given)[:60], "wanted": words.get(field.kind, _("a text"))}
    return Wrong(_("%(field)s is “%(given)s”; it must be %(wanted)s.") % told)


def _text(field: Field, given: Any) -> Any:
    if given is None:
        return ""
    if isinstance(given, (dict, list, bool)):
        raise _unreadable(field, given)
    text = str(given).strip()
    if field.longest and len(text) > field.longest:
        told = {"field": field.name, "longest": field.longest}
        raise Wrong(_("%(field)s is longer than %(longest)s characters.") % told)
    return text


def _decimal(field: Field, given: Any) -> Decimal:
    if isinstance(given, bool) or not isinstance(given, (int, Decimal, str)):
        raise _unreadable(field, given)
    number = Decimal(given)
    if not number.is_finite() or abs(number) >= Decimal(10) ** 12:
        raise _unreadable(field, given)
    return number


def _quantity(field: Field, given: Any) -> Decimal:
    number = _decimal(field, given)
    if number < 0:
        told = {"field": field.name, "given": str(given)}
        raise Wrong(_("%(field)s is %(given)s; a quantity cannot be negative. Send what is there, or 0.") % told)
    if number != round(number, 6):
        told = {"field": field.name, "given": str(given)}
        raise Wrong(_("%(field)s is %(given)s; six decimals are kept, and nothing is rounded silently.") % told)
    return number


def _integer(field: Field, given: Any) -> int:
    number = _decimal(field, given)
    if number != int(number) or abs(number) >= 2**31:
        raise _unreadable(field, given)
    return int(number)


def _boolean(field: Field, given: Any) -> bool:
    if not isinstance(given, bool):
        raise _unreadable(field, given)
    return given


def _instant(field: Field, given: Any) -> dt.datetime:
    if not isinstance(given, str):
        raise _unreadable(field, given)
    try:
        moment = dt.datetime.fromisoformat(given)
        if moment.tzinfo is not None:
            return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise _unreadable(field, given) from error
    raise _unreadable(field, given)


def _date(field: Field, given: Any) -> dt.date:
    if not isinstance(given, str):
        raise _unreadable(field, given)
    return dt.date.fromisoformat(given)


READERS = {
    "text": _text,
    "quantity": _quantity,
    "decimal": _decimal,
    "integer": _integer,
    "boolean": _boolean,
    "instant": _instant,
    "date": _date,
    "json": lambda field, given: given,
}
