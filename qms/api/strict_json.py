"""JSON without surprises: UTF-8 only, no duplicate keys, no NaN, fractions as Decimal, no text that a database cannot keep.

No Django here. `Bad.pointer` is an RFC 6901 JSON pointer ("" = the whole body).
"""

import json
from decimal import Decimal
from typing import Any

MAX_DEPTH = 64


class Bad(ValueError):
    """`code`: not_utf8, malformed, duplicate_key, not_a_number, too_deep, bad_character; `at`: byte or line where known."""

    def __init__(self, code: str, *, pointer: str = "", at: str = "") -> None:
        super().__init__(code)
        self.code, self.pointer, self.at = code, pointer, at


def loads(body: bytes) -> Any:
    """Raises Bad."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Bad("not_utf8", at=str(error.start)) from None
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_float=Decimal, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise Bad("malformed", at=f"{error.lineno}:{error.colno}") from None
    except RecursionError:
        raise Bad("too_deep") from None
    except Bad:
        raise
    except (ValueError, ArithmeticError):  # more digits than Python converts
        raise Bad("not_a_number") from None
    _check(value, text)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _value in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Bad("duplicate_key", at="".join(c if c.isprintable() else "?" for c in twice[:80]))
    return found


def _constant(name: str) -> Any:
    raise Bad("not_a_number", at=name)


def _check(value: Any, text: str) -> None:
    """Depth, NUL and lone surrogates; bodies without escapes of that kind and of ordinary size skip the walk."""
    risky = "\\u0000" in text or "\\ud" in text or "\\uD" in text or text.count("[") + text.count("{") > MAX_DEPTH
    if risky:
        _walk(value, "", 0)


def _walk(value: Any, pointer: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Bad("too_deep", pointer=pointer[:200])
    if isinstance(value, str) and not storable(value):
        raise Bad("bad_character", pointer=pointer)
    for key, member in _members(value):
        if not storable(key):
            raise Bad("bad_character", pointer=pointer)
        _walk(member, f"{pointer}/{escape(key)}", depth + 1)


def _members(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return [(str(index), member) for index, member in enumerate(value)] if isinstance(value, list) else []


def storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def escape(key: str) -> str:
    """One token of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")
