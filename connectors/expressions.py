"""Conditions and texts in CEL (Common Expression Language): declared, without side effects, and here without loops.

    data.Class == "A" && data.Qty > 0          a condition
    data.Line + "/" + data.Cell                a text

`data` is the event's data as it came. Comprehensions (map, filter, all, exists) are refused: without them the work of an expression is
bounded by its length. Amounts are not computed here, because CEL counts in binary fractions; `factor` of a rule is exact.
"""

from __future__ import annotations

import functools
import re
from decimal import Decimal
from typing import Any

import cel

LONGEST = 400
LOOPS = re.compile(r"\.\s*(map|filter|all|exists|exists_one)\s*\(")


class Failed(Exception):
    """The expression has no value for this body: a field is missing, or types do not fit."""


def wrong(text: Any) -> str:
    """Why this cannot be an expression, "" when it can."""
    if not isinstance(text, str) or not text.strip():
        return "an expression is text."
    if len(text) > LONGEST:
        return f"an expression has at most {LONGEST} characters."
    if found := LOOPS.search(text):
        return f"“{found[1]}” is not available."
    try:
        _compiled(text)
    except ValueError as why:
        return str(why).splitlines()[0][:200]
    return ""


def holds(text: str, data: Any) -> bool:
    """Raises Failed, also when the value is neither true nor false."""
    value = _value(text, data)
    if not isinstance(value, bool):
        raise Failed("the condition is neither true nor false")
    return value


def made(text: str, data: Any) -> Any:
    """A text, a whole number, true or false. Raises Failed for anything else."""
    value = _value(text, data)
    if not isinstance(value, str | int):
        raise Failed("an expression makes a text or a whole number")
    return value


def _value(text: str, data: Any) -> Any:
    try:
        return _compiled(text).execute({"data": _plain(data)})
    except (ValueError, KeyError, TypeError, ArithmeticError, RuntimeError) as why:
        raise Failed(str(why).splitlines()[0][:200]) from why


@functools.lru_cache(maxsize=512)
def _compiled(text: str) -> Any:
    return cel.compile(text)


def _plain(value: Any) -> Any:
    """As CEL knows values: it has no decimals."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return float(value) if isinstance(value, Decimal) else value
