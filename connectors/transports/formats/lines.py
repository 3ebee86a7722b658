"""JSON lines: an object per line, or a whole CloudEvent."""

from __future__ import annotations

from typing import Any

from connectors import mes_messages as messages
from connectors.mapping import MISSING, look
from connectors.transports.base import MOST_ROWS, Bad, Content, Format, Row
from qms.api import strict_json

from .text import check_count, decoded, without_trailer

Fault = tuple[str, str, dict[str, Any]]


def read(body: bytes, form: Format) -> Content:
    text, promised = without_trailer(decoded(body, form), form)
    content = Content()
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            content.rows.append(_row(number, line.strip(), form))
        if len(content.rows) > MOST_ROWS:
            raise Bad("too_many_rows", most=MOST_ROWS)
    check_count(promised, len(content.rows))
    return content


def _row(number: int, line: str, form: Format) -> Row:
    """A line that is no JSON object spoils itself only."""
    try:
        value = strict_json.loads(line.encode())
    except strict_json.Bad as wrong:
        return Row(number, {"line": line}, fault=("", "not_json", {"why": wrong.code}))
    return row_of(number, value, form, line.encode())


def row_of(number: int, value: Any, form: Format, raw: bytes = b"") -> Row:
    if not isinstance(value, dict):
        return Row(number, {"line": value}, fault=("", "not_an_object", {}))
    if "specversion" in value:
        _envelope, faults = messages.read(messages.Envelope, value)
        if not faults:
            return Row(number, value["data"], str(value["id"]), str(value["type"]), event=raw)
        return Row(number, value, fault=(faults[0].pointer, "not_an_event", {}))
    name = named(value, form.id)
    fault: Fault | None = (form.id, "no_id", {}) if form.id and not name else None
    return Row(number, value, name, named(value, form.type_column), fault)


def named(value: Any, where: str) -> str:
    """`where`: a JSON pointer, or the name of a member, perhaps dotted."""
    if not where:
        return ""
    found = look(value, where if where.startswith("/") else "/" + where.replace(".", "/"))
    return "" if found in (MISSING, None) or isinstance(found, (dict, list)) else str(found)
