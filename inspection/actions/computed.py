"""Computed characteristics: a formula over readings of the same piece, in units that are checked before the plan says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from qms.lib import formula, units
from qms.lib.errors import Invalid

from ..choices import CharacteristicKind, OwnSample
from ..models import Inspection, LotCharacteristic, Reading

PLACES = Decimal(1).scaleb(-12)
SAMPLED_BY = ("sampling", "sample_size", "scheme", "level", "aql")
Row = dict[str, Any]


def name_of(balloon: str) -> str:
    """How a formula names a balloon: b12, b12_1 for 12.1."""
    return "b" + re.sub(r"[.\-]", "_", balloon)


# --- in a plan -----------------------------------------------------------------------------------------------------------


def wrong(row: Row, names: Mapping[str, Row]) -> Any:
    """Why a line of a plan cannot be computed, "" if it can. `names`: the measured lines, as formulas name them."""
    try:
        read = formula.parse(row["formula"])
    except formula.Wrong as why:
        return _("the formula cannot be read at “%(part)s”") % {"part": why.part}
    if missing := sorted(read.names - set(names)):
        return _("the formula names %(name)s, which is no measured characteristic of this plan") % {"name": missing[0]}
    if not read.names:
        return _("the formula names no characteristic")
    told = [names[name] for name in sorted(read.names)]
    if any(one["kind"] == CharacteristicKind.COMPUTED for one in told):
        return _("a formula counts with measured characteristics, not with computed ones")
    for one in told:
        if one["sampling"] != OwnSample.ALL and any(one[name] != row[name] for name in SAMPLED_BY):
            return _("characteristic %(balloon)s is measured on other pieces: give both the same sample rule") % {
                "balloon": one["balloon"]
            }
    return _units(read, row, {name: names[name] for name in read.names})


def _units(read: formula.Formula, row: Row, names: Mapping[str, Row]) -> Any:
    kinds = {name: _kind(one["unit"]) for name, one in names.items()}
    own = _kind(row["unit"])
    symbols = {_kind(one["unit"]): one["unit"] for one in names.values()}
    try:
        found = formula.powers(read, kinds)
    except formula.Mixed as mixed:
        return _("the formula adds or compares %(first)s and %(second)s at “%(part)s”") % {
            "first": _shown(mixed.first, symbols), "second": _shown(mixed.second, symbols), "part": mixed.part,
        }  # fmt: skip
    if set(kinds.values()) & {own} - {""} and found not in (None, {own: 1}):
        return _("the formula gives %(found)s, but the characteristic has the unit %(unit)s") % {
            "found": _shown(found or {}, symbols), "unit": row["unit"],
        }  # fmt: skip
    if found and list(found.values()) == [1] and found != {own: 1}:
        return _("the formula gives %(found)s, but the characteristic has the unit %(unit)s") % {
            "found": _shown(found, symbols), "unit": row["unit"] or "1",
        }  # fmt: skip
    for kind in set(kinds.values()) - {own}:
        told = {one["unit"] for name, one in names.items() if kinds[name] == kind}
        if len(told) > 1:
            return _("the formula counts with %(units)s: give these characteristics one unit") % {
                "units": ", ".join(sorted(told))
            }
    return ""


def _kind(unit: str) -> str:
    """What a unit measures; "" for none, and for pieces."""
    found = units.find(unit) if unit else None
    return "" if found is None or found.dimension in ("count", "ratio") else found.dimension


def _shown(powers: Mapping[str, Any], symbols: Mapping[str, str]) -> str:
    """mm^2 × N; 1 for a plain number."""
    told = [symbols[name] if power == 1 else f"{symbols[name]}^{power}" for name, power in sorted(powers.items())]
    return " × ".join(told) or "1"


# --- in an inspection ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Computed:
    """A value in the characteristic's own unit. `from_cells`: what it was computed from, as balloon: reading."""

    line: LotCharacteristic
    sample: int
    value: Decimal
    serial: str
    from_cells: str


def follow(inspection: Inspection, lines: Sequence[LotCharacteristic], kept: Sequence[Reading]) -> Iterator[Computed]:
    """What the new readings give, piece by piece; nothing where an operand is missing. Raises Invalid for no result."""
    touched = {(one.characteristic_id, one.sample) for one in kept}
    named = {name_of(one.balloon): one for one in lines}
    for line in lines:
        if not line.formula:
            continue
        read = formula.parse(line.formula)
        operands = {name: named[name] for name in read.names}
        keys = {one.pk for one in operands.values()}
        samples = sorted({n for key, n in touched if key in keys and n <= line.wanted})
        rows = inspection.current_readings().filter(characteristic__in=keys, sample__in=samples)
        held = {(one.characteristic_id, one.sample): one for one in rows} if samples else {}
        for sample in samples:
            found = {name: held.get((one.pk, sample)) for name, one in operands.items()}
            if all(found.values()):
                yield _of(line, sample, read, operands, found)


def _of(
    line: LotCharacteristic, sample: int, read: formula.Formula, operands: Mapping[str, LotCharacteristic], found: Any
) -> Computed:
    told = ", ".join(f"{operands[name].balloon}: {found[name].given}" for name in sorted(found))
    values = {name: _in_unit(found[name].value, one.unit, line.unit) for name, one in operands.items()}
    try:
        value = read.value(values).quantize(PLACES)
    except ArithmeticError as why:
        raise Invalid(
            _("Characteristic %(balloon)s, sample %(sample)s cannot be computed from %(cells)s.")
            % {"balloon": line.balloon, "sample": sample, "cells": told},
            field="readings",
            hint=_("Check these readings: the formula %(formula)s has no result with them.")
            % {"formula": line.formula},
            code="not_computable",
        ) from why
    serials = {one.serial for one in found.values() if one.serial}
    return Computed(line, sample, value, serials.pop() if len(serials) == 1 else "", told)


def _in_unit(value: Decimal, unit: str, wanted: str) -> Decimal:
    """In the unit of the result where both measure the same; else in its own, as the plan was checked."""
    return units.convert(value, unit, wanted) if _kind(unit) and _kind(unit) == _kind(wanted) else value
