"""An inspection as a file: Q-DAS (DFQ) for statistics, CSV for everything else."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from qms.lib.quantity import show
from qms.ui.export import csv_value
from qms.ui.show import local

from ..formats import qdas
from ..models import Inspection, LotCharacteristic

HEADS = (
    "inspection", "part", "lot", "balloon", "characteristic", "lower", "upper", "unit", "sample", "serial", "attempt", "given",
    "value", "verdict", "gauge", "reason", "at", "by", "measured_at",
)  # fmt: skip


def as_csv(inspection: Inspection) -> bytes:
    """Every reading, replaced ones too; UTF-8 with a mark, technical names as headings."""
    text = io.StringIO(newline="")
    out = csv.writer(text, quoting=csv.QUOTE_ALL)
    out.writerow(HEADS)
    rows = inspection.readings().select_related("characteristic", "gauge", "by")
    for row in rows.order_by("characteristic__position", "sample", "attempt"):
        one = row.characteristic
        told: list[Any] = [
            inspection.number, inspection.part_number, inspection.lot_number, one.balloon, one.name, one.lower, one.upper,
            one.unit, row.sample, row.serial, row.attempt, row.given, row.value, row.verdict,
            row.gauge.asset if row.gauge else "", row.reason, row.at, row.by.username, row.measured_at,
        ]  # fmt: skip
        out.writerow([csv_value(value) for value in told])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def as_qdas(inspection: Inspection) -> bytes:
    """The readings that count: variable ones as values, pass/fail and choices as errors in one unit each."""
    readings: dict[int, list[Any]] = {}
    for row in inspection.current_readings().select_related("gauge", "by"):
        readings.setdefault(row.characteristic_id, []).append(row)
    part = {
        "K1001": inspection.part_number, "K1002": inspection.part_name, "K1004": inspection.part_revision,
        "K1086": inspection.operation, "K1053": inspection.order_number,
    }  # fmt: skip
    lines = [
        _described(index, one, readings.get(one.pk, []), inspection)
        for index, one in enumerate(inspection.characteristics.all(), 1)
    ]
    return qdas.write(qdas.Document([qdas.Part(1, _filled(part))], lines))


def _described(index: int, one: LotCharacteristic, rows: list[Any], inspection: Inspection) -> qdas.Characteristic:
    keys = {
        "K2001": one.balloon, "K2002": one.name, "K2004": "0" if one.is_measured else qdas.ATTRIBUTIVE,
        "K2101": _text(one.nominal), "K2110": _text(one.lower), "K2111": _text(one.upper), "K2142": one.unit,
    }  # fmt: skip
    made = qdas.Characteristic(index, 1, _filled(keys))
    for row in rows:
        at = local(row.measured_at or row.at).replace(tzinfo=None, microsecond=0)
        if one.is_measured:
            made.values.append(
                qdas.Value(
                    row.value.normalize(), time=at, batch=_plain(inspection.lot_number), operator=_plain(row.by.username),
                    gauge=_plain(row.gauge.asset) if row.gauge else "",
                )
            )  # fmt: skip
        else:
            made.counts.append(qdas.Count(1, int(row.verdict != "passed"), at))
    return made


def _filled(keys: dict[str, str]) -> dict[str, str]:
    return {key: text for key, value in keys.items() if (text := _plain(value))}


def _plain(text: str) -> str:
    """One line: the format ends a text at the end of its line."""
    return " ".join("".join(sign if ord(sign) >= 32 else " " for sign in text).split())


def _text(value: Decimal | None) -> str:
    return "" if value is None else show(value)


WRITERS: dict[str, Callable[[Inspection], bytes]] = {"csv": as_csv, "dfq": as_qdas}
TYPES = {"csv": "text/csv; charset=utf-8", "dfq": "application/x-q-das"}
