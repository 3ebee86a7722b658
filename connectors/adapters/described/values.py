"""Values out of a foreign row, by a path, in the type of the field that they are for.

A path: `a.b` walks; `a+b` is a composite key; `a|b` takes the first that says something; `'text'` is a constant; `#a` is "#"
before the value; `!a` is its opposite; `a=x,y` is whether it is one of these; `a if b=x` says a where that holds, else nothing.
Numbers arrive as Decimal or text, never as floats.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from decimal import Decimal
from functools import cache
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.base import Permanent

JOINT = "|"  # between the parts of a composite key
IF = " if "
SAP_DATE = re.compile(r"^/Date\((-?\d+)([+-]\d{4})?\)/$")
COMPACT = re.compile(r"^\d{14}$")
NOTHING = ("", None, False)
FALSE_WORDS = {"", "0", "false", "no", "n", "off", "none"}


@dataclass(frozen=True)
class Clock:
    """`zone`: of instants without an offset; `days`: where an instant's date is meant (a date stays what it is)."""

    zone: dt.tzinfo = dt.UTC
    days: dt.tzinfo = dt.UTC


def zone_of(name: Any) -> dt.tzinfo:
    try:
        return dt.UTC if name == "UTC" else ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Permanent("settings", f"{name} is not a time zone.") from error


class Missing(KeyError):
    """The row has no such member; a bad row, unless our field may be empty."""

    def __str__(self) -> str:
        return f"{self.args[0]} is missing; may the account read it?"


def walk(path: str, row: Any) -> Any:
    """Raises Missing. A step may be a member or a position; of a reference to another row its id is what it says."""
    value = row
    for step in path.split(".") if path else ():
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            raise Missing(path)
    return value


def say(path: str, row: Any) -> Any:
    """What a path says about a row; see above."""
    if IF in path:
        value, _, condition = path.partition(IF)
        return say(value, row) if say(condition, row) else None
    if path.startswith("'"):
        return path.strip("'")
    if "|" in path:
        return _first(path.split("|"), row)
    if path.startswith("!"):
        return not truth(say(path[1:], row))
    if path.startswith("#"):
        return f"#{text(walk(path[1:], row))}"
    if "=" in path:
        at, _, wanted = path.partition("=")
        return text(walk(at, row)) in wanted.split(",")
    if "+" in path:
        parts = [text(walk(at, row)) for at in path.split("+")]
        return JOINT.join(parts) if parts[-1] else ""
    return walk(path, row)


def _first(paths: list[str], row: Any) -> Any:
    for path in paths[:-1]:
        try:
            found = say(path, row)
        except Missing:
            continue
        if found not in NOTHING:
            return found
    return say(paths[-1], row)


def roots(path: str) -> set[str]:
    """The members of a row that a path starts from, with those that it depends on."""
    found = set()
    for way in path.replace(IF, "|").split("|"):
        for part in way.lstrip("!#").partition("=")[0].split("+"):
            if part and not part.startswith("'"):
                found.add(part.split(".")[0])
    return found


def truth(value: Any) -> bool:
    return value.strip().lower() not in FALSE_WORDS if isinstance(value, str) else bool(value)


def text(value: Any) -> str:
    """A reference says its id. What is false in Odoo and null elsewhere is empty text."""
    if isinstance(value, Mapping):
        value = value.get("id")
    if value is None or value is False:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise TypeError(f"{value!r} is not a number")
    try:
        found = Decimal(value.strip() if isinstance(value, str) else value)
    except ArithmeticError as error:
        raise ValueError(f"{value!r} is not a number") from error
    if not found.is_finite():
        raise ValueError(f"{value!r} is not a number")
    return found


def instant(value: Any, clock: Clock) -> dt.datetime | None:
    """Aware UTC. Raises ValueError for what is no date."""
    if value in NOTHING:
        return None
    told = str(value)
    if sap := SAP_DATE.match(told):
        return dt.datetime.fromtimestamp(int(sap[1]) // 1000, dt.UTC) + dt.timedelta(milliseconds=int(sap[1]) % 1000)
    found = dt.datetime.strptime(told, "%Y%m%d%H%M%S") if COMPACT.match(told) else dt.datetime.fromisoformat(told)  # noqa: DTZ007
    return (found if found.tzinfo else found.replace(tzinfo=clock.zone)).astimezone(dt.UTC)


def day(value: Any, clock: Clock) -> dt.date | None:
    """A date stays a date: `/Date(ms)/` without an offset is midnight UTC of the day that is meant, in every zone."""
    if value in NOTHING:
        return None
    told = str(value)
    if len(told) == 10:
        return dt.date.fromisoformat(told)
    sap = SAP_DATE.match(told)
    found = instant(value, clock)
    assert found is not None
    return found.date() if sap and not sap[2] else found.astimezone(clock.days).date()


def convert(kind: str, value: Any, clock: Clock) -> Any:
    """`kind`: text, key, number, flag, day, whole, each with "?" where None may stand."""
    may_lack, kind = kind.endswith("?"), kind.rstrip("?")
    if kind == "flag":
        return truth(value)
    if value in NOTHING and kind != "text":
        if may_lack:
            return None
        raise ValueError("a value is missing")
    if kind in ("text", "key"):
        return text(value) or (None if may_lack else "")
    return {"number": number, "whole": lambda v: int(number(v)), "day": lambda v: day(v, clock)}[kind](value)


KINDS = {"str": "text", "Decimal": "number", "bool": "flag", "date": "day", "int": "whole"}


@cache
def kinds(message: type) -> dict[str, tuple[str, bool]]:
    """Of each field of a message: its kind, and whether it has a default. Collections are lines and stand elsewhere."""
    hints, found = get_type_hints(message), {}
    for field in fields(message):
        options = [
            getattr(part, "__name__", "") for part in getattr(hints[field.name], "__args__", (hints[field.name],))
        ]
        base = options[0]
        if base in KINDS and field.name not in ("external_id", "changed_at", "raw"):
            kind = "key" if base == "str" and field.name.endswith("_id") else KINDS[base]
            found[field.name] = (kind + "?" * ("NoneType" in options), field.default is not MISSING)
    return found


def build(message: type, paths: Mapping[str, str], row: Any, clock: Clock) -> dict[str, Any]:
    """The members of a message that its paths say. Raises Missing, TypeError or ValueError, naming the field."""
    found: dict[str, Any] = {}
    for name, (kind, has_default) in kinds(message).items():
        path = paths.get(name)
        if path is None and (has_default or kind.endswith("?")):
            if not has_default:
                found[name] = None
            continue
        try:
            found[name] = convert(kind, say(path or name, row), clock)
        except Missing:
            if not (has_default or kind.endswith("?")):
                raise
            if not has_default:
                found[name] = None
        except (TypeError, ValueError) as problem:
            raise ValueError(f"{name} ({path}): {problem}") from problem
    return found


def kept(value: Any) -> Any:
    """A row as it may be stored: fractions as text."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {key: kept(part) for key, part in value.items()}
    return [kept(part) for part in value] if isinstance(value, list) else value
