"""Bodies of calls with places for values: `{reference}`, `{item_id:int}`, `{row.id}`, `{lot_id/2:text}`, `{place.to}`.

A text that is one place alone becomes the value in its type, else its text. After the colon: int, number (exact, or refused),
text, url (quoted), json, quote (for OData), milliseconds (of a date), one (the only member of a list).
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from connectors.adapters.described.values import JOINT, Missing, kept, text, walk
from connectors.base import Permanent

PLACE = re.compile(r"\{([a-z_][\w.]*)(?:/(\d+))?(?::(\w+))?\}")


def fill(told: Any, values: Mapping[str, Any]) -> Any:
    """Raises Permanent for a place that nothing fills."""
    if isinstance(told, Mapping):
        return {name: fill(part, values) for name, part in told.items()}
    if isinstance(told, list):
        return [fill(part, values) for part in told]
    if not isinstance(told, str):
        return told
    if whole := PLACE.fullmatch(told):
        return _value(whole, values)
    return PLACE.sub(lambda place: text(_value(place, values)), told)


def _value(place: re.Match[str], values: Mapping[str, Any]) -> Any:
    path, part, kind = place.groups()
    try:
        found = walk(path, values)
    except Missing as missing:
        raise Permanent("settings", f"Nothing fills {{{path}}} in the description of this movement.") from missing
    if part is not None:
        parts = text(found).split(JOINT)
        found = parts[int(part)] if int(part) < len(parts) else ""
    return CONVERT[kind](found) if kind else found


def as_int(value: Any) -> int | None:
    told = text(value)
    if told and not told.lstrip("-").isdigit():
        raise Permanent("settings", f"“{told}” is no whole number, as this ERP's keys are.")
    return int(told) if told else None


def as_number(value: Any) -> float | int:
    """As JSON has it; raises Permanent("quantity") where binary numbers would change it."""
    exact = Decimal(text(value))
    if exact == exact.to_integral_value():
        return int(exact)
    if Decimal(repr(float(exact))) != exact:
        raise Permanent("quantity", f"{exact} cannot be written without rounding.")
    return float(exact)


def only(value: Any) -> Any:
    if not isinstance(value, list) or len(value) != 1:
        count = len(value) if isinstance(value, list) else 0
        raise Permanent(
            "needs_person", f"The ERP's document has {count} lines where one was expected; finish it there."
        )
    return value[0]


def milliseconds(value: Any) -> int:
    day = value if isinstance(value, dt.date) else dt.date.fromisoformat(text(value))
    return (day - dt.date(1970, 1, 1)).days * 86_400_000


CONVERT = {
    "int": as_int,
    "number": as_number,
    "text": text,
    "url": lambda value: quote(text(value), safe=""),
    "json": lambda value: json.dumps(kept(value), ensure_ascii=False, separators=(",", ":")),
    "quote": lambda value: text(value).replace("'", "''"),
    "milliseconds": milliseconds,
    "one": only,
}
