"""CSV: separator, decimal sign and form of times as declared."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.transports.base import MOST_ROWS, Bad, Content, Format, Row, put

from .text import check_count, decoded, without_trailer

SEPARATORS = (",", ";", "\t", "|")
NUMBER = {False: re.compile(r"[+-]?\d+(\.\d+)?"), True: re.compile(r"[+-]?\d+(,\d+)?")}
Fault = tuple[str, str, dict[str, Any]]


def read(body: bytes, form: Format) -> Content:
    text, promised = without_trailer(decoded(body, form), form)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=form.separator, strict=True)
    content = Content()
    try:
        heads = _heads(next(reader, []), form)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                content.rows.append(_row(reader.line_num, heads, cells, form))
            if len(content.rows) > MOST_ROWS:
                raise Bad("too_many_rows", most=MOST_ROWS)
    except csv.Error as wrong:
        raise Bad("not_csv", row=reader.line_num, why=str(wrong)) from None
    check_count(promised, len(content.rows))
    return content


def _heads(cells: list[str], form: Format) -> list[str]:
    heads = [cell.strip() for cell in cells]
    if len(heads) == 1 and any(sign in heads[0] for sign in SEPARATORS if sign != form.separator):
        raise Bad("separator", row=1, separator=form.separator)
    if not any(heads):
        raise Bad("no_heads", row=1)
    if twice := [head for head in heads if head and heads.count(head) > 1]:
        raise Bad("twice", row=1, column=twice[0])
    needed = [form.id, form.type_column, *form.numbers, *form.times]
    if missing := [name for name in needed if name and name not in heads]:
        raise Bad("no_column", row=1, column=missing[0])
    return heads


def _row(number: int, heads: list[str], cells: list[str], form: Format) -> Row:
    data: dict[str, Any] = {}
    fault: Fault | None = None
    for name, cell in zip(heads, cells, strict=False):
        value, wrong = _value(name, cell.strip(), form)
        fault = fault or wrong
        if name and value != "":
            put(data, name, value)
    if len(cells) != len(heads):
        fault = ("", "cells", {"found": len(cells), "wanted": len(heads)})
    plain = dict(zip(heads, (cell.strip() for cell in cells), strict=False))
    if form.id and not plain.get(form.id):
        fault = fault or (form.id, "no_id", {})
    return Row(number, data, plain.get(form.id, ""), plain.get(form.type_column, ""), fault)


def _value(name: str, text: str, form: Format) -> tuple[Any, Fault | None]:
    """A cell that is not what was declared stays text and says so."""
    if text and name in form.numbers:
        if not NUMBER[form.decimal_comma].fullmatch(text):
            return text, (name, "not_a_number", {"value": text[:80]})
        return Decimal(text.replace(",", ".")), None
    if text and name in form.times:
        return _time(name, text, form)
    return text, None


def _time(name: str, text: str, form: Format) -> tuple[Any, Fault | None]:
    """Without an offset it is in the zone of the interface, which the message's own way finds out."""
    try:
        found = _parsed(text, form.time_format) if form.time_format else datetime.fromisoformat(text)
    except ValueError:
        return text, (name, "not_a_time", {"value": text[:80], "form": form.time_format or "ISO 8601"})
    return found.isoformat(), None


def _parsed(text: str, pattern: str) -> datetime:
    return datetime.strptime(text, pattern)  # noqa: DTZ007  # in the interface's zone, which the message's own way knows
