"""What a MES tells us, in the QMS's own words: CloudEvents 1.0 outside, canonical fields inside. Pure data, no Django.

Unknown fields are kept with the raw body and do no harm here. `problems_of` finds every fault of a message, not only the first.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

Short = Annotated[str, Meta(max_length=120)]
Code = Annotated[str, Meta(max_length=80)]
Note = Annotated[str, Meta(max_length=10_000)]
Name = Annotated[str, Meta(max_length=200, min_length=1)]
# 14 digits before the point and 6 behind it: numeric(20,6), so that nothing is rounded on the way.
LARGEST, SMALLEST = Decimal(10) ** 14, Decimal("0.000001")


class Envelope(Struct):
    """CloudEvents' own attributes. `source` + `id` name the event for ever."""

    specversion: Annotated[str, Meta(pattern=r"^1\.")]
    id: Name
    source: Annotated[str, Meta(max_length=79, min_length=1)]
    type: Annotated[str, Meta(max_length=80, min_length=1)]
    data: dict[str, Any]
    time: str | None = None
    subject: str | None = None
    defectid: Annotated[str, Meta(max_length=200)] | None = None  # of our transports: what the row itself is called


class Quantity(Struct):
    affected: Decimal
    unit: Annotated[str, Meta(max_length=40)] = ""
    inspected: Decimal | None = None


DefectId = Annotated[str, Meta(max_length=200)]
Sequence = int | str | None


class TravelerNamed(Struct, kw_only=True):
    """The record of execution that the defect belongs to: a traveler, a device history record."""

    id: Name
    system: Annotated[str, Meta(max_length=40)] = ""
    record_type: Annotated[str, Meta(max_length=40)] = ""
    url: Annotated[str, Meta(max_length=500)] = ""
    title: Annotated[str, Meta(max_length=200)] = ""
    sha256: Annotated[str, Meta(max_length=64)] = ""
    captured_at: str = ""


class DefectReported(Struct, kw_only=True):
    """A defect that somebody or something on the shop floor logged (integration-mes.md §8). `defect_id`: the MES's own name
    of it, by which later messages call it; without one the event's id is that name."""

    defect_id: DefectId = ""
    sequence: Sequence = None

    nc_code: Annotated[str, Meta(max_length=120, min_length=1)]
    quantity: Quantity
    part: Short = ""
    part_revision: Annotated[str, Meta(max_length=40)] = ""
    lot: Short = ""
    order: Short = ""
    operation: Short = ""
    work_center: Short = ""
    site: Annotated[str, Meta(max_length=40)] = ""
    severity: Annotated[str, Meta(max_length=20)] = ""
    operator: Code = ""
    note: Note = ""
    detected_at: str = ""
    serials: Annotated[list[Short], Meta(max_length=10_000)] = []
    traveler: TravelerNamed | None = None


class QuantityNow(Struct):
    affected: Decimal | None = None
    unit: Annotated[str, Meta(max_length=40)] = ""
    inspected: Decimal | None = None


class DefectUpdated(Struct, kw_only=True):
    """What has changed of a defect; what it leaves out stays. `sequence`, or else the event's time, says how new it is."""

    defect_id: DefectId = ""
    sequence: Sequence = None
    quantity: QuantityNow | None = None
    severity: Annotated[str, Meta(max_length=20)] = ""
    note: Note = ""
    operation: Short = ""
    work_center: Short = ""
    operator: Code = ""
    part_revision: Annotated[str, Meta(max_length=40)] = ""
    serials: Annotated[list[Short], Meta(max_length=10_000)] = []
    site: Annotated[str, Meta(max_length=40)] = ""
    part: Short = ""
    order: Short = ""
    lot: Short = ""
    nc_code: Short = ""


class DefectCancelled(Struct, kw_only=True):
    """The defect was none. `note`: why."""

    defect_id: DefectId = ""
    sequence: Sequence = None
    note: Note = ""
    site: Annotated[str, Meta(max_length=40)] = ""


class ProductionReported(Struct, kw_only=True):
    """An operation started or completed, or material moved. It names a lot, an order or serials."""

    lot: Short = ""
    order: Short = ""
    part: Short = ""
    serials: Annotated[list[Short], Meta(max_length=10_000)] = []
    operation: Short = ""
    work_center: Short = ""
    quantity: QuantityNow | None = None
    site: Annotated[str, Meta(max_length=40)] = ""
    occurred_at: str = ""
    from_place: Short = field(default="", name="from")
    to_place: Short = field(default="", name="to")


class HoldReported(Struct, kw_only=True):
    """What a system says that it holds, or holds no longer; `command`: our command, where it knows it. `hold_id`: its record."""

    held: bool
    command: Annotated[str, Meta(max_length=36)] = ""
    lot: Short = ""
    order: Short = ""
    part: Short = ""
    quantity: QuantityNow | None = None
    hold_id: Short = ""
    url: Annotated[str, Meta(max_length=500)] = ""
    site: Annotated[str, Meta(max_length=40)] = ""
    reported_at: str = ""


@dataclass(frozen=True)
class Fault:
    """`code`: missing, wrong_type, too_long, too_short, not_positive, too_large, too_precise, bad_time, no_part,
    bad_sequence, no_target, bad_value."""

    pointer: str
    code: str
    expected: str = ""
    got: str = ""


KINDS = {"decimal": "number", "str": "text", "int": "number", "float": "number", "bool": "boolean", "dict": "object"}


def read(kind: type[Any], value: Any, *, pointer: str = "") -> tuple[Any, list[Fault]]:
    """The message, or what is wrong with it. `null` says as little as a field that is not there."""
    value = without_nulls(value)
    try:
        return msgspec.convert(value, kind, strict=True), []
    except msgspec.ValidationError as error:
        return None, problems_of(kind, value, pointer) or [fault_of(str(error), pointer)]


def without_nulls(value: Any) -> Any:
    """Two levels: what a message of ours has."""
    if not isinstance(value, dict):
        return value
    members = (
        (k, {n: m for n, m in v.items() if m is not None} if isinstance(v, dict) else v) for k, v in value.items()
    )
    return {k: v for k, v in members if v is not None}


def problems_of(kind: type[Any], value: Any, pointer: str) -> list[Fault]:
    """Each member by itself: msgspec stops at the first fault."""
    if not isinstance(value, dict):
        return [Fault(pointer, "wrong_type", "object", type(value).__name__)]
    found = []
    for member in msgspec.structs.fields(kind):
        here = f"{pointer}/{member.encode_name}"
        if member.encode_name not in value:
            if member.required:
                found.append(Fault(here, "missing"))
            continue
        try:
            msgspec.convert(value[member.encode_name], member.type, strict=True)
        except msgspec.ValidationError as error:
            found.append(fault_of(str(error), here))
    return found


PATH = re.compile(r" - at `(?:key in )?\$(.*)`$")
TYPES = re.compile(r"Expected `(.+?)`, got `(.+?)`")
LENGTH = re.compile(r"of length ([<>]=) (\d+)")


def fault_of(text: str, pointer: str) -> Fault:
    """msgspec's sentence as a fault with a JSON pointer."""
    if found := PATH.search(text):
        pointer += re.sub(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]", lambda m: f"/{m[1] or m[2]}", found[1])
    if missing := re.search(r"missing required field `(.+?)`", text):
        return Fault(f"{pointer}/{missing[1]}", "missing")
    if types := TYPES.search(text):
        return Fault(pointer, "wrong_type", KINDS.get(types[1], types[1]), KINDS.get(types[2], types[2]))
    if length := LENGTH.search(text):
        return Fault(pointer, "too_long" if length[1] == "<=" else "too_short", length[2])
    return Fault(
        pointer, "wrong_type" if "Invalid decimal" in text else "bad_value", "number" if "decimal" in text else ""
    )


def check_defect(defect: DefectReported, *, pointer: str = "/data") -> list[Fault]:
    """What types cannot say."""
    found = amount(defect.quantity.affected, f"{pointer}/quantity/affected", zero=False)
    if defect.quantity.inspected is not None:
        found += amount(defect.quantity.inspected, f"{pointer}/quantity/inspected", zero=True)
    if not (defect.part or defect.order):
        found.append(Fault(f"{pointer}/part", "no_part"))
    if defect.detected_at and instant(defect.detected_at) is None:
        found.append(Fault(f"{pointer}/detected_at", "bad_time"))
    return found + check_traveler(defect.traveler, f"{pointer}/traveler") if defect.traveler else found


ADDRESS = re.compile(r"https?://[^\s/@]+(/\S*)?", re.IGNORECASE | re.ASCII)


def check_traveler(named: TravelerNamed, pointer: str) -> list[Fault]:
    found = []
    if named.url and not ADDRESS.fullmatch(named.url):
        found.append(Fault(f"{pointer}/url", "bad_address"))
    if named.sha256 and not re.fullmatch(r"[0-9a-fA-F]{64}", named.sha256):
        found.append(Fault(f"{pointer}/sha256", "bad_hash"))
    if named.captured_at and instant(named.captured_at) is None:
        found.append(Fault(f"{pointer}/captured_at", "bad_time"))
    return found


def check_logged(defect: DefectReported, *, pointer: str = "/data") -> list[Fault]:
    return check_defect(defect, pointer=pointer) + check_sequence(defect.sequence, pointer)


def check_news(news: DefectUpdated | DefectCancelled, *, pointer: str = "/data") -> list[Fault]:
    found = check_sequence(news.sequence, pointer)
    if not news.defect_id:
        found.append(Fault(f"{pointer}/defect_id", "missing"))
    quantity = getattr(news, "quantity", None)
    if quantity and quantity.affected is not None:
        found += amount(quantity.affected, f"{pointer}/quantity/affected", zero=False)
    if quantity and quantity.inspected is not None:
        found += amount(quantity.inspected, f"{pointer}/quantity/inspected", zero=True)
    return found


def check_production(production: ProductionReported, *, pointer: str = "/data") -> list[Fault]:
    found = []
    if not (production.lot or production.order or production.serials):
        found.append(Fault(f"{pointer}/lot", "no_target"))
    if production.quantity and production.quantity.affected is not None:
        found += amount(production.quantity.affected, f"{pointer}/quantity/affected", zero=True)
    if production.occurred_at and instant(production.occurred_at) is None:
        found.append(Fault(f"{pointer}/occurred_at", "bad_time"))
    return found


UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


def check_hold(told: HoldReported, *, pointer: str = "/data") -> list[Fault]:
    found = []
    if not (told.command or told.lot or told.order):
        found.append(Fault(f"{pointer}/lot", "no_target"))
    if told.command and not UUID.fullmatch(told.command):
        found.append(Fault(f"{pointer}/command", "bad_value"))
    if told.quantity and told.quantity.affected is not None:
        found += amount(told.quantity.affected, f"{pointer}/quantity/affected", zero=True)
    if told.reported_at and instant(told.reported_at) is None:
        found.append(Fault(f"{pointer}/reported_at", "bad_time"))
    return found


def check_sequence(sequence: Sequence, pointer: str) -> list[Fault]:
    text = str(sequence) if sequence is not None else "0"
    return (
        [] if text.isascii() and text.isdigit() and len(text) <= 18 else [Fault(f"{pointer}/sequence", "bad_sequence")]
    )


def fit(text: str, size: int) -> str:
    """At most `size` characters, still different for different texts."""
    if len(text) <= size:
        return text
    return f"{text[: size - 17]}~{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def amount(value: Decimal, pointer: str, *, zero: bool) -> list[Fault]:
    if not value.is_finite():
        return [Fault(pointer, "wrong_type", "number")]
    if value < 0 or value == 0 and not zero:
        return [Fault(pointer, "not_positive")]
    if value >= LARGEST:
        return [Fault(pointer, "too_large", "99999999999999")]
    if value and (value < SMALLEST or value != value.quantize(SMALLEST)):
        return [Fault(pointer, "too_precise", "6")]
    return []


def instant(text: str) -> datetime | None:
    """An RFC 3339 time, aware or naive as it was sent; None when it is none."""
    if len(text) > 40 or not re.match(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d", text):
        return None
    try:
        found = datetime.fromisoformat(text.strip().upper().replace(" ", "T", 1))
    except ValueError:
        return None
    return found if 1970 <= found.year < 2200 else None
