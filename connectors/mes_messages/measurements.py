"""Values: one header and a column of each thing that differs, or one value in an event of its own."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from .base import Code, Fault, Note, Short, instant

COLUMNAR = "mes.measurements"
MOST = 10_000
ColumnOf = Short | list[Short]
Unit = Annotated[str, Meta(max_length=40)]
Part = Annotated[str, Meta(max_length=120, min_length=1)]


class Header(Struct, kw_only=True):
    """Said of all values. `run`: what they were measured for (production, setup, gauge_check)."""

    part: Part
    part_revision: Unit = ""
    order: Short = ""
    operation: Short = ""
    work_center: Short = ""
    station: Short = ""
    equipment: Short = ""
    gauge: Short = ""
    operator: Code = ""
    recipe_revision: Unit = ""
    run: Unit = ""
    site: Unit = ""


class Measurements(Header, kw_only=True):
    """`t`: times, RFC 3339 or milliseconds since 1970; `v`: numbers. Any other member is one text for all, or a column."""

    characteristic: ColumnOf
    t: list[Any]
    v: list[Any]
    unit: Unit | list[Unit] = ""
    serial: ColumnOf = ""
    lot: ColumnOf = ""
    ids: list[Part] | None = None
    lower: Decimal | list[Decimal | None] | None = None
    upper: Decimal | list[Decimal | None] | None = None


class MeasurementRecorded(Header, kw_only=True):
    """One value. `measured_at` or else the event's time; `id` or else the event's."""

    characteristic: Part
    value: Any
    unit: Unit = ""
    serial: Short = ""
    serials: Annotated[list[Short], Meta(max_length=1)] = []
    lot: Short = ""
    lower: Decimal | None = None
    upper: Decimal | None = None
    measured_at: str = ""

    def columns(self, at: str, name: str) -> Measurements:
        kept = {f: getattr(self, f) for f in Header.__struct_fields__}
        return Measurements(
            **kept,
            characteristic=self.characteristic,
            t=[self.measured_at or at],
            v=[self.value],
            unit=self.unit,
            serial=self.serial or "".join(self.serials),
            lot=self.lot,
            ids=[name],
            lower=self.lower,
            upper=self.upper,
        )


class TestedValue(Struct, kw_only=True):
    """A value that a test told."""

    characteristic: Part
    value: Any
    unit: Unit = ""
    lower: Decimal | None = None
    upper: Decimal | None = None


class PieceTested(Struct, kw_only=True):
    """A test of a piece or a lot. `test_id`, or else the event's id, is made part of the ids of its values."""

    verdict: Literal["passed", "failed", "error"]
    part: Short = ""
    part_revision: Unit = ""
    serial: Short = ""
    serials: Annotated[list[Short], Meta(max_length=1)] = []
    lot: Short = ""
    order: Short = ""
    operation: Short = ""
    work_center: Short = ""
    station: Short = ""
    equipment: Short = ""
    operator: Code = ""
    program: Short = ""
    test_id: Short = ""
    nc_codes: Annotated[list[Short], Meta(max_length=100)] = []
    severity: Annotated[str, Meta(max_length=20)] = ""
    note: Note = ""
    site: Unit = ""
    tested_at: str = ""
    values: Annotated[list[TestedValue], Meta(max_length=1000)] = []

    def columns(self, at: str, name: str) -> Measurements:
        """Its values; a test with values names its part."""
        told = self.values
        shared = ("part_revision", "order", "operation", "work_center", "station", "equipment", "operator")
        return Measurements(
            part=self.part,
            **{f: getattr(self, f) for f in shared},
            t=[self.tested_at or at] * len(told),
            v=[one.value for one in told],
            characteristic=[one.characteristic for one in told],
            unit=[one.unit for one in told],
            lower=[one.lower for one in told],
            upper=[one.upper for one in told],
            serial=self.serial or "".join(self.serials),
            lot=self.lot,
            ids=[self.test_id or name] * len(told),
        )


class AlertRaised(Struct, kw_only=True):
    """A machine complains, or no longer does. `alert_id`, or else the event's subject or id, is the alert's name there."""

    alert_id: Short = ""
    equipment: Short = ""
    work_center: Short = ""
    code: Short = ""
    severity: Annotated[str, Meta(max_length=20)] = ""
    text: Note = ""
    site: Unit = ""
    occurred_at: str = ""


COLUMNS = ("t", "v", "characteristic", "unit", "serial", "lot", "ids", "lower", "upper")


def check_measurements(message: Measurements, *, pointer: str = "/data") -> list[Fault]:
    size = len(message.v)
    if not 1 <= size <= MOST:
        return [Fault(f"{pointer}/v", "no_values" if size == 0 else "too_many", str(MOST))]
    found = []
    for name in COLUMNS:
        column = getattr(message, name)
        if isinstance(column, list) and len(column) != size:
            found.append(Fault(f"{pointer}/{name}", "uneven", str(size), str(len(column))))
    if "" in (message.characteristic if isinstance(message.characteristic, list) else [message.characteristic]):
        found.append(Fault(f"{pointer}/characteristic", "missing"))
    return found + check_limits(message, pointer)


def check_limits(message: Any, pointer: str) -> list[Fault]:
    found = []
    for name in ("lower", "upper"):
        column = getattr(message, name)
        limits = {limit for limit in (column if isinstance(column, list) else [column]) if limit is not None}
        if not all(limit.is_finite() and -31 < limit.adjusted() < 20 for limit in limits):
            found.append(Fault(f"{pointer}/{name}", "wrong_type", "number"))
    return found


def check_measurement(message: MeasurementRecorded, *, pointer: str = "/data") -> list[Fault]:
    found = []
    if message.measured_at and instant(message.measured_at) is None:
        found.append(Fault(f"{pointer}/measured_at", "bad_time"))
    return found + check_limits(message, pointer)


def check_test(message: PieceTested, *, pointer: str = "/data") -> list[Fault]:
    found = []
    if not (message.part or message.order) or message.values and not message.part:
        found.append(Fault(f"{pointer}/part", "no_part"))
    if message.tested_at and instant(message.tested_at) is None:
        found.append(Fault(f"{pointer}/tested_at", "bad_time"))
    for place, one in enumerate(message.values):
        found += check_limits(one, f"{pointer}/values/{place}")
    return found


def check_raised(message: AlertRaised, *, pointer: str = "/data") -> list[Fault]:
    found = []
    if not (message.equipment or message.work_center):
        found.append(Fault(f"{pointer}/equipment", "missing"))
    if message.occurred_at and instant(message.occurred_at) is None:
        found.append(Fault(f"{pointer}/occurred_at", "bad_time"))
    return found


def check_cleared(message: AlertRaised, *, pointer: str = "/data") -> list[Fault]:
    found = [] if message.alert_id else [Fault(f"{pointer}/alert_id", "missing")]
    if message.occurred_at and instant(message.occurred_at) is None:
        found.append(Fault(f"{pointer}/occurred_at", "bad_time"))
    return found


def enveloped(value: Any) -> Any:
    """A columnar body as an event: what is said of all, and the columns, become its data."""
    if not isinstance(value, dict):
        return value
    header = value.get("header")
    columns = {name: value[name] for name in COLUMNS if name in value}
    data = {**header, **columns} if isinstance(header, dict) else header if header is not None else columns
    kept = {name: value[name] for name in ("id", "source", "time") if name in value}
    return {"specversion": "1.0", "type": COLUMNAR, **kept, "data": data}


def place_of(pointer: str) -> str:
    """Where it stands in a columnar body."""
    name = pointer.removeprefix("/data/")
    return pointer if name == pointer else f"/{name}" if name.split("/")[0] in COLUMNS else f"/header/{name}"
