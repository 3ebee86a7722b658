"""Declarative mapping: a foreign body becomes canonical fields by rules that are data (MappingVersion.rules), never code.

    {"fields": [
        {"to": "nc_code", "from": "/DefectGroup/Code", "values": {"17": "DIM-OUT"}},
        {"to": "quantity.affected", "from": "/Qty", "as": "decimal", "comma": true},
        {"to": "lot", "from": ["/Lot/No", "/Batch"], "strip": true},
        {"to": "severity", "value": "major", "when": "data.Class == 'A'"},
        {"to": "work_center", "cel": "data.Line + '/' + data.Cell"},
        {"to": "quantity.affected", "from": "/Grams", "as": "decimal", "factor": "0.001"},
        {"to": "note", "from": ["/Text1", "/Text2"], "join": " "}]}

`from`: JSON pointer into the event's data, or several of which the first filled one counts (all of them with `join`). `as`: text,
decimal, integer, list. `values`: a table of translations; what it does not hold passes as it is, unless `only` is true, then it is a fault.
`default` stands in where nothing was sent. `factor` converts a unit exactly. `cel` and `when` are expressions (`expressions.py`): what to
put, and whether the rule counts for this message; of several rules for one field the last that counts wins. Whatever no rule names stays
in the raw message.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors import expressions

KEYS = {
    *("to", "from", "value", "cel", "when", "as", "values", "only", "default", "strip", "comma", "join", "factor"),
    "note",
}
SOURCES = ("from", "value", "cel")
KINDS = {"text", "decimal", "integer", "list"}
MISSING = object()


@dataclass(frozen=True)
class Trouble:
    pointer: str
    code: str  # not_a_number, not_in_table, no_value
    value: str = ""


@dataclass
class Mapped:
    fields: dict[str, Any] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)


def check(rules: Any) -> list[str]:
    """Why these rules cannot be a version: sentences for the person who writes them, [] when they are good."""
    rows = rules.get("fields") if isinstance(rules, dict) else None
    if not isinstance(rows, list) or not rows:
        return ['"fields" must be a list of rules.']
    return [f"Rule {n}: {why}" for n, row in enumerate(rows, 1) if (why := _wrong(row))]


def _wrong(row: Any) -> str:
    if not isinstance(row, dict) or not isinstance(row.get("to"), str):
        return '"to" must name a field.'
    if unknown := sorted(set(row) - KEYS):
        return f"unknown key {unknown[0]!r}."
    if sum(name in row for name in SOURCES) != 1:
        return 'give one of "from", "value" and "cel".'
    if row.get("as", "text") not in KINDS:
        return f'"as" is one of {sorted(KINDS)}.'
    if any(not isinstance(p, str) or not p.startswith("/") for p in _pointers(row)):
        return '"from" holds JSON pointers, each beginning with a slash.'
    return _wrong_words(row)


def _wrong_words(row: dict[str, Any]) -> str:
    """Expressions and numbers that stand in a rule."""
    for name in ("cel", "when"):
        if name in row and (why := expressions.wrong(row[name])):
            return f'"{name}": {why}'
    if "factor" in row and not _is_factor(row):
        return '"factor" is a number above zero, as text, of a rule that makes a decimal.'
    table = row.get("values", {})
    if not isinstance(table, dict) or not all(isinstance(v, str) for v in table.values()):
        return '"values" is a table of texts.'
    return ""


def _is_factor(row: dict[str, Any]) -> bool:
    try:
        number = Decimal(row["factor"]) if isinstance(row["factor"], str) else Decimal(0)
    except InvalidOperation:
        return False
    return number.is_finite() and number > 0 and row.get("as") == "decimal"


def apply(rules: dict[str, Any], body: Any) -> Mapped:
    """Canonical fields out of a foreign body. Never raises for what the body holds."""
    result = Mapped()
    for row in rules["fields"]:
        value = _value(row, body, result)
        if value is not MISSING:
            _put(result.fields, row["to"].split("."), value)
    return result


def _value(row: dict[str, Any], body: Any, result: Mapped) -> Any:
    try:
        if "when" in row and not expressions.holds(row["when"], body):
            return MISSING
        if "cel" in row:
            return _converted(row, expressions.made(row["cel"], body), result)
    except expressions.Failed as why:
        result.troubles.append(Trouble("", "no_value", str(why)))
        return MISSING
    if "value" in row:
        return row["value"]
    found = [v for p in _pointers(row) if (v := look(body, p)) not in (MISSING, None, "")]
    if not found:
        return row.get("default", MISSING)
    raw = row["join"].join(as_text(v) for v in found) if "join" in row else found[0]
    return _converted(row, raw, result)


def _converted(row: dict[str, Any], raw: Any, result: Mapped) -> Any:
    if row.get("as") == "list":
        return raw if isinstance(raw, list) else [raw]
    text = as_text(raw).strip() if row.get("strip", True) else as_text(raw)
    if table := row.get("values"):
        if text not in table and row.get("only"):
            result.troubles.append(Trouble(_place(row), "not_in_table", text[:80]))
        text = table.get(text, text)
    return _number(row, text, result) if row.get("as") in ("decimal", "integer") else text


def _number(row: dict[str, Any], text: str, result: Mapped) -> Any:
    try:
        number = Decimal(text.replace(",", ".") if row.get("comma") else text)
        return int(number) if row["as"] == "integer" else number * Decimal(row.get("factor", 1))
    except (InvalidOperation, ValueError, OverflowError):
        result.troubles.append(Trouble(_place(row), "not_a_number", text[:80]))
        return MISSING


def _place(row: dict[str, Any]) -> str:
    return next(iter(_pointers(row)), "")


def _pointers(row: dict[str, Any]) -> list[str]:
    source = row.get("from", [])
    return [source] if isinstance(source, str) else list(source)


def look(body: Any, pointer: str) -> Any:
    """RFC 6901; MISSING where nothing stands."""
    for escaped in pointer.split("/")[1:]:
        token = escaped.replace("~1", "/").replace("~0", "~")
        if isinstance(body, dict) and token in body:
            body = body[token]
        elif isinstance(body, list) and token.isdigit() and int(token) < len(body):
            body = body[int(token)]
        else:
            return MISSING
    return body


def as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _put(fields: dict[str, Any], path: list[str], value: Any) -> None:
    for name in path[:-1]:
        fields = fields.setdefault(name, {})
    fields[path[-1]] = value
