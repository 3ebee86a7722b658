"""What a scanner or a thumb brought: a plain number, a GS1 element string, or the address of a record of ours.

Scanners add what nobody reads: AIM symbology identifiers (ISO/IEC 15424, `]d2`), control characters, a group separator between
GS1 elements of variable length (GS1 General Specifications §7.8). All of it goes, except the separator, which says where a lot ends.
"""

import re
from dataclasses import dataclass, field

GS = "\x1d"
LIMIT = 200
AIM = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
GS1_AIM = {"]C1", "]e0", "]d2", "]Q3", "]J1"}
SPELT_GS = re.compile("␝|<GS>|\\{GS\\}|\\\\x1d", re.IGNORECASE)
BRACKETS = re.compile(r"\((\d{2,4})\)")
RECORD = re.compile(r"(?:^|/r/)([A-Za-z]{2,4}-\d{2}-\d{6,})/?$")
# Application identifier → length of its data; negative = up to so many characters, ended by a separator.
LENGTHS = {
    "00": 18,
    "01": 14,
    "02": 14,
    "11": 6,
    "12": 6,
    "13": 6,
    "15": 6,
    "16": 6,
    "17": 6,
    "20": 2,
    "10": -20,
    "21": -20,
    "22": -20,
    "30": -8,
    "37": -8,
    "90": -30,
    "240": -30,
    "241": -30,
    "250": -30,
    "251": -30,
    "400": -30,
    "410": 13,
    "414": 13,
    "420": -20,
    "422": 3,
    **{str(ai): -90 for ai in range(91, 100)},
    **{str(ai): 6 for ai in (*range(3100, 3110), *range(3200, 3210), *range(3300, 3310))},
}
NUMERIC = {"00", "01", "02", "11", "12", "13", "15", "16", "17", "20", "30", "37", "410", "414"}


@dataclass(frozen=True)
class Scan:
    """`text` is what to look for first and what is kept when nothing is found; `count` is AI 37 or 30, a number of pieces."""

    text: str
    lot: str = ""
    serial: str = ""
    order: str = ""
    part: str = ""
    gtin: str = ""
    count: int | None = None
    record: str = ""
    elements: dict[str, str] = field(default_factory=dict)


def parse(raw: str) -> Scan:
    """Never raises: what cannot be read as GS1 is a plain number."""
    text, marked = cleaned(raw)
    if found := RECORD.search(text):
        return Scan(text=found[1].upper(), record=found[1].upper())
    elements = bracketed(text) or (strung(text) if marked or is_likely_gs1(text) else {})
    if not elements:
        return Scan(text=text.replace(GS, " ").strip())
    return of_elements(elements)


def cleaned(raw: str) -> tuple[str, bool]:
    """(text with no control character but the separator, whether its symbology is GS1)."""
    text = SPELT_GS.sub(GS, raw[: LIMIT * 2])
    text = "".join(c for c in text if c == GS or (c.isprintable() and c != "\ufffd")).strip(" ")
    aim = AIM.match(text)
    marked = bool(aim and aim[0] in GS1_AIM) or text.startswith(GS)
    if aim:
        text = text[3:]
    return text.strip(GS + " ")[:LIMIT], marked


def bracketed(text: str) -> dict[str, str]:
    """`(01)04012345678901(10)L-7`, as people type what stands below the code."""
    if not BRACKETS.match(text):
        return {}
    parts = BRACKETS.split(text)
    found = {ai: value.strip(GS + " ") for ai, value in zip(parts[1::2], parts[2::2], strict=False)}
    return found if all(is_value(ai, value) for ai, value in found.items()) else {}


def is_likely_gs1(text: str) -> bool:
    """Without a mark only what no lot number looks like: a GTIN with its right check digit, or separators inside."""
    return GS in text or (text[:2] in ("01", "02") and text[2:16].isdigit() and has_check_digit(text[2:16]))


def strung(text: str) -> dict[str, str]:
    """Elements one after the other; {} as soon as something is none."""
    found: dict[str, str] = {}
    rest = text
    while rest:
        ai = next((rest[:size] for size in (2, 3, 4) if rest[:size] in LENGTHS), "")
        if not ai:
            return {}
        rest = rest[len(ai) :]
        length = LENGTHS[ai]
        value = rest[:length] if length > 0 else rest.partition(GS)[0][:-length]
        if not is_value(ai, value) or ai in found:
            return {}
        found[ai] = value
        rest = rest[len(value) :]
        if length < 0 and rest and not rest.startswith(GS):
            return {}
        rest = rest.lstrip(GS)
    return found


def is_value(ai: str, value: str) -> bool:
    length = LENGTHS.get(ai)
    if length is None or not value or GS in value:
        return False
    if ai in NUMERIC and not (value.isascii() and value.isdigit()):
        return False
    if ai in ("01", "02", "00") and not has_check_digit(value):
        return False
    return len(value) == length if length > 0 else len(value) <= -length


def has_check_digit(digits: str) -> bool:
    """Modulo 10 with weights 3 and 1 from the right (GS1 General Specifications §7.9)."""
    if not (digits.isascii() and digits.isdigit()):
        return False
    total = sum(int(d) * (3 if place % 2 else 1) for place, d in enumerate(reversed(digits)))
    return total % 10 == 0


def of_elements(found: dict[str, str]) -> Scan:
    lot, serial, order = found.get("10", ""), found.get("21", ""), found.get("400", "")
    part, gtin = found.get("241") or found.get("240", ""), found.get("01") or found.get("02", "")
    count = found.get("37") or found.get("30")
    text = lot or serial or order or part or gtin or " ".join(found.values())
    number = int(count) if count else None
    return Scan(text, lot, serial, order, part, gtin, number or None, "", found)
