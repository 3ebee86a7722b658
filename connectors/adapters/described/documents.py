"""Documents of the ERP that carry our references, list by list: `documents` of a description names the movement whose document it is
(`of`: how it is found and what it tells) and how the list is narrowed to references that begin with `{stem}` (`where`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.adapters.described.description import Description, Rows
from connectors.adapters.described.dialect import Ask, Dialect, Row
from connectors.adapters.described.posting import SECRETS
from connectors.adapters.described.templates import fill
from connectors.adapters.described.values import Missing, number, say, text
from connectors.base import DocumentPage, Exchange, Permanent, Settings
from connectors.messages import DocumentFound

PAGE_SIZE = 200


def page(
    description: Description, dialect: Dialect, stems: tuple[str, ...], after: str | None, settings: Settings
) -> Exchange[DocumentPage]:
    """`after`: which list, which stem, the last key and the link of it."""
    place, stem, last, link = _cursor(after)
    if place >= len(description.documents) or not stems:
        return DocumentPage((), None)
    told = description.documents[place]
    write = description.writes[told["of"]]
    limit = int(settings.get("page_size", PAGE_SIZE))
    names = {name: value for name, value in settings.items() if name not in SECRETS}
    find = {**write["find"], **told, "where": told["where"]}
    rows = _rows(find, {"stem": stems[stem], "settings": names, "write": write})
    answer = yield from dialect.ask(rows, Ask(limit, tuple(find.get("fields", ())), after=last, link=link))
    found = []
    for row in answer.rows:
        whole = yield from _whole(dialect, rows, write, row, names)
        if whole is not None and (one := found_in(write, whole)):
            found.append(one)
    is_full = bool(answer.link) or (len(answer.rows) >= limit if dialect.keeps_limit else bool(answer.rows))
    if is_full and answer.rows:
        mark = text(say(rows.key, answer.rows[-1]))
        if mark == last and not answer.link:
            raise Permanent("no_progress", f"{rows.source}: the ERP gives the same page again and again.")
        return DocumentPage(tuple(found), json.dumps([place, stem, mark, answer.link]))
    stem += 1
    if stem == len(stems):
        place, stem = place + 1, 0
    return DocumentPage(tuple(found), json.dumps([place, stem, "", ""]) if place < len(description.documents) else None)


def _cursor(after: str | None) -> tuple[int, int, str, str]:
    place, stem, last, link = json.loads(after) if after else (0, 0, "", "")
    return place, stem, last, link


def _rows(told: Mapping[str, Any], values: Mapping[str, Any]) -> Rows:
    names = {name: told[name] for name in ("source", "key") if name in told}
    rest = {name: value for name, value in told.items() if name not in (*names, "where", "of")}
    return Rows(**names, where=fill(told["where"], values), more=rest)


def _whole(
    dialect: Dialect, rows: Rows, write: Mapping[str, Any], row: Row, settings: Mapping[str, Any]
) -> Exchange[Row | None]:
    """With its lines: got alone where the list tells none, or from lists of their own."""
    found: Row | None = row
    if write.get("detail"):
        found = yield from dialect.one(rows, text(say(rows.key, row)), ())
    if found is not None:
        for name, of in write.get("with", {}).items():
            lines = _rows(of, {"row": found, "settings": settings})
            answer = yield from dialect.ask(lines, Ask(100, tuple(of.get("fields", ()))))
            found[name] = answer.rows
    return found


def found_in(write: Mapping[str, Any], row: Row) -> DocumentFound | None:
    """None for what was cancelled, and for what bears no reference."""
    told = dict(write["told"])
    state = text(say(told["state"], row))
    is_done = state in {str(one) for one in write["done"]}
    told |= write.get("told_done", {}) if is_done else {}
    reference = text(_said(told, "reference", row))
    if not reference or state in {str(one) for one in write.get("cancelled", ())}:
        return None
    key = text(say(told["key"], row))
    return DocumentFound(
        reference=reference, number=text(say(told["number"], row)) or f"#{key}", external_id=key, state=state,
        is_done=is_done, item_id=text(_said(told, "item_id", row)) or None, lot_id=text(_said(told, "lot_id", row)) or None,
        quantity=_quantity(write, told["quantity"], row),
    )  # fmt: skip


def _said(told: Mapping[str, Any], name: str, row: Row) -> Any:
    if name not in told:
        return None
    try:
        return say(told[name], row)
    except Missing:
        return None


def _quantity(write: Mapping[str, Any], path: str, row: Row) -> Decimal | None:
    """The sum over all lines, also of a document that has more of them than we wrote."""
    try:
        for name in write.get("single", ()):
            if path.startswith(f"{name}.0."):
                count, rest = len(say(name, row)), path.removeprefix(f"{name}.0.")
                return sum((abs(number(say(f"{name}.{n}.{rest}", row))) for n in range(count)), Decimal())
        return abs(number(say(path, row)))
    except (Missing, TypeError):
        return None
