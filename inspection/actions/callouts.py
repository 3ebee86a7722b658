"""What a geometric tolerance must say: {"symbol", "diameter", "tolerance", "modifier", "datums": [{"letter", "modifier"}]}."""

import re
from typing import Any

from django.utils.translation import gettext as _

from qms.lib import quantity

from ..choices import FORMS, Geometric, Modifier

KEYS = {"symbol", "diameter", "tolerance", "modifier", "datums"}
LETTER = re.compile(r"[A-HJ-NP-Z]{1,2}(-[A-HJ-NP-Z]{1,2})?")  # never I, O: ISO 5459


def wrong(callout: Any) -> Any:
    """Why this is no geometric tolerance; "" when it is one."""
    if not isinstance(callout, dict) or set(callout) != KEYS or callout["symbol"] not in Geometric.values:
        return _("the geometric tolerance is not known")
    if not _is_positive(callout["tolerance"]):
        return _("the geometric tolerance needs a value above zero")
    if callout["modifier"] not in ("", *Modifier.values) or not isinstance(callout["diameter"], bool):
        return _("the modifier of the geometric tolerance is not known")
    return _wrong_datums(callout["symbol"], callout["datums"])


def _wrong_datums(symbol: str, datums: Any) -> Any:
    if not isinstance(datums, list) or len(datums) > 3 or not all(_is_datum(one) for one in datums):
        return _("a geometric tolerance has at most three datums, each a capital letter (not I or O)")
    if symbol in FORMS and datums:
        return _("a tolerance of form has no datum")
    return ""


def _is_datum(one: Any) -> bool:
    if not isinstance(one, dict) or set(one) != {"letter", "modifier"}:
        return False
    return bool(LETTER.fullmatch(str(one["letter"]))) and one["modifier"] in ("", Modifier.MAXIMUM, Modifier.LEAST)


def _is_positive(text: Any) -> bool:
    try:
        return isinstance(text, str) and quantity.parse(text) > 0
    except ValueError:
        return False


NOTATION = re.compile(
    r"(?P<symbol>[a-z_]+)\s+(?P<diameter>⌀|ø|Ø|dia\s+)?(?P<tolerance>[0-9.,]+)\s*(\((?P<modifier>[A-Z])\))?(?P<datums>.*)"
)
DATUM = re.compile(r"(?P<letter>[A-Z]{1,2}(-[A-Z]{1,2})?)(\((?P<modifier>[A-Z])\))?")


def read(text: str) -> dict[str, Any]:
    """position ⌀0.1(M) A B(M) C → the callout; {} for nothing. Raises ValueError."""
    if not text.strip():
        return {}
    found = NOTATION.fullmatch(text.strip())
    datums = [DATUM.fullmatch(one) for one in re.split(r"[\s|]+", found["datums"].strip(" |")) if one] if found else []
    if found is None or None in datums:
        raise ValueError(text)
    return {
        "symbol": found["symbol"],
        "diameter": bool(found["diameter"]),
        "tolerance": found["tolerance"].replace(",", "."),
        "modifier": found["modifier"] or "",
        "datums": [{"letter": one["letter"], "modifier": one["modifier"] or ""} for one in datums if one],
    }


def written(callout: dict[str, Any]) -> str:
    """As `read` takes it."""
    if not callout:
        return ""
    modifier = f"({callout['modifier']})" if callout["modifier"] else ""
    zone = f"{'⌀' if callout['diameter'] else ''}{callout['tolerance']}{modifier}"
    datums = [one["letter"] + (f"({one['modifier']})" if one["modifier"] else "") for one in callout["datums"]]
    return " ".join((callout["symbol"], zone, *datums))


def read_choices(text: str) -> list[dict[str, Any]]:
    """+OK clean; -SCR scratched → code, label, accepted or not. Raises ValueError."""
    found = []
    for part in filter(None, (one.strip() for one in re.split(r"[;\n；]", text))):
        code, _space, label = part[1:].strip().partition(" ")
        if part[0] not in "+-" or not code:
            raise ValueError(part)
        found.append({"code": code, "label": label.strip() or code, "accept": part[0] == "+"})
    return found


def written_choices(choices: list[dict[str, Any]]) -> str:
    return "; ".join(f"{'+' if one['accept'] else '-'}{one['code']} {one['label']}" for one in choices)
