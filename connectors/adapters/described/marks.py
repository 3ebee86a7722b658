"""Marks: what is set on a lot, a supplier or an inspection lot. Told once, read back, and never said twice where once is the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.adapters.described.description import Rows
from connectors.adapters.described.dialect import Dialect, Row
from connectors.adapters.described.templates import fill
from connectors.base import Exchange, Permanent


def mark(dialect: Dialect, told: Mapping[str, Any], values: Mapping[str, Any]) -> Exchange[Row]:
    """The row as it stands after it. `values`: of (its key), is_on, value, settings. Raises Permanent where the ERP says
    otherwise than was asked."""
    call = fill(dict(told), values)
    rows = Rows(source=call["source"], key=call["key"], more=call)
    body = call["body"]
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
