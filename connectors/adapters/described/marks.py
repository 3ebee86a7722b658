"""Marks: what is set on a lot, a supplier or an inspection lot. Told once, read back, and never said twice where once is the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.adapters.described.description import Rows
from connectors.adapters.described.dialect import Dialect, Row
from connectors.adapters.described.templates import fill
from connectors.base import Exchange, Permanent


def mark(dialect: Dialect, told: Mapping[str, Any], values: Mapping[str, Any]) -> Exchange[Row]:
    """The row as it stands after it. `values`: of (its key), is_on, value, settings. `off`: the body that takes it back, where that is
    another one; `over`: what it may replace, where others set the same field for reasons of their own. Raises Permanent where
    the ERP says otherwise than was asked."""
    call = fill(dict(told), values)
    rows = Rows(source=call["source"], key=call["key"], more=call)
    body = call["body"] = call["body"] if values["is_on"] else call.get("off", call["body"])
    if "over" in call:
        held = yield from dialect.one(rows, values["of"], ())
        if held is None:
            raise Permanent("not_found", f"{values['of']} is not in the ERP any more.")
        if theirs := {name: held.get(name) for name in body if held.get(name) not in call["over"]}:
            return _left(values, held, theirs)
    if call.get("once"):
        held = yield from dialect.one(rows, values["of"], ())
        if held is None:
            yield from dialect.call({**call, "of": ""})
    else:
        yield from dialect.call({**call, "of": values["of"]})
    after = yield from dialect.one(rows, values["of"], ())
    wrong = [name for name, value in body.items() if after is None or after.get(name) != value]
    if after is None or wrong:
        raise Permanent("differs", f"{values['of']} in the ERP says otherwise than was asked: {', '.join(wrong)}.")
    return after


def _left(values: Mapping[str, Any], held: Row, theirs: Mapping[str, Any]) -> Row:
    """Somebody else's mark is never replaced: ours is not there, and cannot be set beside it."""
    if not values["is_on"]:
        return held
    told = ", ".join(f"{name} = {value}" for name, value in theirs.items())
    raise Permanent(
        "needs_person",
        f"{values['of']} is marked in the ERP already for another reason ({told}); have it lifted or kept there.",
    )
