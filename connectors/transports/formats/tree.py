"""XML by local names, whatever the namespace. A document type, and so every entity and every file it could name, is refused."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from connectors.transports.base import MOST_ROWS, Bad, Content, Format, Row

from .lines import Fault, named

DEEPEST = 40
PRESETS = Path(__file__).resolve().parent.parent / "presets"


@cache
def b2mml() -> dict[str, Any]:
    """Which element of which B2MML message is one row, and what it tells: data, not code."""
    found: dict[str, Any] = json.loads((PRESETS / "b2mml.json").read_text())
    return found


def parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip


def parsed(body: bytes) -> Any:
    try:
        root = etree.fromstring(body, parser())
    except etree.XMLSyntaxError as wrong:
        raise Bad("not_xml", row=wrong.lineno or 0, why=str(wrong.msg)[:200]) from None
    if root.getroottree().docinfo.doctype:
        raise Bad("doctype")
    return root


def read(body: bytes, form: Format) -> Content:
    root = parsed(body)
    return _content(root, form, form.row, form.type)


def read_b2mml(body: bytes, form: Format) -> Content:
    """The message's root says which of its elements are rows; the version is kept with each of them."""
    root = parsed(body)
    known = b2mml()["messages"].get(_local(root))
    if known is None and not form.row:
        raise Bad("unknown_b2mml", root=_local(root))
    known = known or {"row": form.row, "type": form.type}
    return _content(root, form, form.row or known["row"], known["type"], version=etree.QName(root).namespace or "")


def _content(root: Any, form: Format, row: str, kind: str, version: str = "") -> Content:
    content = Content(notes=_against(root, form.schema))
    document = named_ids(root) if version else ""
    found = [root] if _local(root) == row else list(root.iter("{*}" + row))
    if not found:
        raise Bad("no_rows", element=row)
    if len(found) > MOST_ROWS:
        raise Bad("too_many_rows", most=MOST_ROWS)
    for element in found:
        data = plain(element)
        data = data if isinstance(data, dict) else {"text": data}
        if version:
            data |= {"@version": version, "@document": document}
        name = named(data, form.id or ("ID" if version else ""))
        fault: Fault | None = (form.id, "no_id", {}) if form.id and not name else None
        content.rows.append(Row(element.sourceline or 0, data, name, named(data, form.type_column) or kind, fault))
    return content


def named_ids(root: Any) -> str:
    """BODID of the application area: the message's own name."""
    found = root.find(".//{*}ApplicationArea/{*}BODID")
    return (found.text or "").strip() if found is not None else ""


def plain(element: Any, depth: int = 0) -> Any:
    """Children by local name, several of one name as a list, attributes with an @; a leaf is its text."""
    if depth > DEEPEST:
        raise Bad("too_deep", row=element.sourceline or 0, most=DEEPEST)
    made: dict[str, Any] = {f"@{etree.QName(name).localname}": value for name, value in element.attrib.items()}
    for child in element.iterchildren(tag=etree.Element):
        name, value = _local(child), plain(child, depth + 1)
        if name not in made:
            made[name] = value
        elif isinstance(made[name], list):
            made[name].append(value)
        else:
            made[name] = [made[name], value]
    text = (element.text or "").strip()
    if not made:
        return text
    return made | ({"#": text} if text else {})


def _local(element: Any) -> str:
    return str(etree.QName(element).localname)


def _against(root: Any, schema: str) -> list[tuple[str, dict[str, Any]]]:
    """Report only: real messages of the vendors do not keep their own schema."""
    if not schema:
        return []
    try:
        known = etree.XMLSchema(etree.parse(schema, parser()))
    except (OSError, etree.LxmlError) as wrong:
        return [("no_schema", {"why": str(wrong)[:200]})]
    known.validate(root)
    return [("schema", {"row": one.line, "why": one.message[:200]}) for one in list(known.error_log)[:20]]
