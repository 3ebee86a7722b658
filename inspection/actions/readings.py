"""Readings: cell by cell or in batches, judged by the server; what was read once stays, a further attempt says why."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from qms.lib import units
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.lib.ids import uuid7
from qms.records import actions as records
from qms.records.actions import Signing
from qms.signatures.models import Signature

from .. import events
from ..calc import verdict
from ..calc.errors import CalcError
from ..choices import CharacteristicKind, ReadingVerdict
from ..models import Gauge, GaugeLeave, Inspection, LotCharacteristic, Reading
from ..queries import sampling
from . import computed

MOST = 2_000  # cells of one act
PLACES, LARGEST = Decimal(1).scaleb(-12), Decimal(10) ** 15
# A number with a dot or one comma, and what follows it as its unit: 12.03, 12,03 mm, -1.5e-3 in.
NUMBER = re.compile(r"([+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,3})?)(?:\s*([^\d\s].*))?")
PASS_FAIL = {"pass": ReadingVerdict.PASSED, "fail": ReadingVerdict.FAILED}


@dataclass(frozen=True)
class Cell:
    """One reading as it was given. `characteristic`: balloon or uid; `given`: a number with or without its unit, "pass" or "fail", or
    the code of a choice; `key`: the client's own id, so that a repeat changes nothing; `measured_at`: aware, of what a machine told."""

    characteristic: str
    sample: int
    given: str
    unit: str = ""
    serial: str = ""
    gauge: Gauge | None = None
    reason: str = ""
    measured_at: datetime | None = None
    key: UUID = field(default_factory=uuid7)


def record_readings(
    *,
    inspection: Inspection,
    by: Any,
    cells: Sequence[Cell],
    version: int | None = None,
    then: Callable[[Inspection, list[Reading]], None] | None = None,
    file: str = "",
) -> Inspection:
    """All of them or none. Raises Invalid naming the cell, Conflict for a cell that holds a reading and no reason was given.

    `then` runs in the same act, with what is new; `file`: SHA-256 of the file that the cells came from.
    """
    kept: list[Reading] = []

    def keep(row: Inspection) -> None:
        if not 0 < len(cells) <= MOST:
            raise Invalid(
                _("%(count)s readings were sent at once.") % {"count": len(cells)},
                field="readings",
                hint=_("Send 1 to %(most)s.") % {"most": MOST},
            )
        every = list(row.characteristics.all())
        lines = {name: one for one in every for name in (one.balloon, str(one.uid))}
        for at, cell in enumerate(cells):
            if made := _kept(row, lines.get(cell.characteristic), cell, f"readings.{at}", by):
                kept.append(made)
        kept.extend(_computed(row, every, kept, by))
        if then is not None:
            then(row, kept)

    def told(row: Inspection) -> events.Read:
        return events.Read(
            number=row.number, count=len(kept), failed=sum(one.verdict != ReadingVerdict.PASSED for one in kept),
            cells=[f"{one.characteristic.balloon}/{one.sample}/{one.attempt}" for one in kept], file=file,
        )  # fmt: skip

    row: Inspection = records.step(record=inspection, name="readings", by=by, version=version, after=keep, payload=told)
    return row


def _kept(row: Inspection, line: LotCharacteristic | None, cell: Cell, where: str, by: Any) -> Reading | None:
    """The new row; None for a repeat of what is kept."""
    if line is None:
        raise Invalid(
            _("The inspection has no characteristic %(name)s.") % {"name": cell.characteristic},
            field=f"{where}.characteristic",
            hint=_("Name it by its balloon number."),
        )
    _check_sample(row, line, cell.sample, where)
    if line.formula:
        raise Invalid(
            _("Characteristic %(balloon)s is computed: %(formula)s.")
            % {"balloon": line.balloon, "formula": line.formula},
            field=f"{where}.characteristic",
            hint=_("Give the readings that it is computed from; its value follows by itself."),
            code="computed",
        )
    held = list(line.readings.filter(sample=cell.sample).order_by("attempt"))
    if known := next((one for one in held if one.uid == cell.key), None):
        if known.given != cell.given.strip():
            raise Conflict(_("This reading was sent before with another value."), code="key_used")
        return None
    if held and not cell.reason.strip():
        raise Conflict(
            _("Characteristic %(balloon)s, sample %(sample)s holds %(given)s already.")
            % {"balloon": line.balloon, "sample": cell.sample, "given": held[-1].given},
            hint=_("Say why it is read again; both readings are kept and the last one counts."),
            code="needs_reason",
        )
    _check_gauge(row, line, cell.gauge, where)
    return Reading.objects.create(
        uid=cell.key, characteristic=line, sample=cell.sample, attempt=len(held) + 1, serial=cell.serial.strip(),
        gauge=cell.gauge, reason=cell.reason.strip() if held else "", by=by,
        measured_at=cell.measured_at, **judged(line, cell.given, cell.unit, where),
    )  # fmt: skip


def _computed(row: Inspection, lines: list[LotCharacteristic], kept: list[Reading], by: Any) -> list[Reading]:
    """Values that follow from the new readings; one that was there already and differs is computed anew, and both stay."""
    made = []
    for one in computed.follow(row, lines, kept):
        held = one.line.readings.filter(sample=one.sample).order_by("-attempt").first()
        if held and held.value == one.value:
            continue
        cells = {"cells": one.from_cells}
        made.append(
            Reading.objects.create(
                characteristic=one.line, sample=one.sample, attempt=held.attempt + 1 if held else 1, serial=one.serial,
                by=by, reason=_("Computed anew from %(cells)s.") % cells if held else "",
                **_measured(one.line, f"{one.value.normalize():f}", one.line.unit, "readings"),
            )
        )  # fmt: skip
    return made


def check_cell(row: Inspection, line: LotCharacteristic, cell: Cell) -> None:
    """Sample and gauge of a cell, before anything is written. Raises Invalid."""
    _check_sample(row, line, cell.sample, "readings")
    _check_gauge(row, line, cell.gauge, "readings")


def _check_sample(row: Inspection, line: LotCharacteristic, sample: int, where: str) -> None:
    if not 1 <= sample <= line.wanted:
        raise Invalid(
            _("Sample %(sample)s lies outside: %(size)s are inspected for characteristic %(balloon)s.")
            % {"sample": sample, "size": line.wanted, "balloon": line.balloon},
            field=f"{where}.sample",
            hint=_(
                "The lot has %(lot)s; a second sample is read once it is drawn, and a larger one needs another edition of"
                " the plan."
            )
            % {"lot": row.quantity_shown},
            code="sample_outside",
        )


def judged(line: LotCharacteristic, given: str, unit: str, where: str = "given") -> dict[str, Any]:
    """The columns of a reading that follow from what was given. Raises Invalid."""
    text = given.strip()
    if line.is_measured:
        return _measured(line, text, unit.strip(), where)
    known = PASS_FAIL
    if line.kind == CharacteristicKind.CHOICE:
        known = {one["code"]: ReadingVerdict.PASSED if one["accept"] else ReadingVerdict.FAILED for one in line.choices}
    if text not in known:
        raise Invalid(
            _("“%(given)s” is no answer of characteristic %(balloon)s.")
            % {"given": text[:40], "balloon": line.balloon},
            field=f"{where}.given",
            hint=_("Answers: %(codes)s.") % {"codes": ", ".join(known)},
            code="no_such_choice",
        )
    return {"given": text, "choice": text, "value": None, "verdict": known[text]}


def _measured(line: LotCharacteristic, text: str, unit: str, where: str) -> dict[str, Any]:
    found = NUMBER.fullmatch(text)
    told = found and (found[2] or "").strip()
    if not found or (told and units.find(told) is None and told != line.unit):
        raise Invalid(
            _("“%(given)s” is no number for characteristic %(balloon)s.")
            % {"given": text[:40], "balloon": line.balloon},
            field=f"{where}.given",
            hint=_("Give digits with a dot or a comma, and the unit behind it if you like: 12.03 mm."),
            code="not_a_number",
        )
    value, name = Decimal(found[1].replace(",", ".")), told or unit
    used, factor = _in_unit(line, value, name, where)
    if abs(used) >= LARGEST or used != used.quantize(PLACES):
        raise Invalid(
            _("“%(given)s” has too many digits to be a reading.") % {"given": text[:40]},
            field=f"{where}.given",
            hint=_("At most 12 decimal places are kept, and values below 10^15."),
            code="too_many_digits",
        )
    return {
        "given": text[:80], "value": used, "given_unit": name, "factor": factor, "verdict": _verdict(line, used, where),
    }  # fmt: skip


def _in_unit(line: LotCharacteristic, value: Decimal, name: str, where: str) -> tuple[Decimal, Decimal]:
    """The value in the characteristic's unit and the exact factor. A unit of another kind is a mix-up and is refused."""
    if not name or name == line.unit:
        return value, Decimal(1)
    try:
        zero, one = (units.convert(Decimal(n), name, line.unit) for n in (0, 1))
        return units.convert(value, name, line.unit), one - zero
    except ValueError as mixed:
        raise Invalid(
            _("%(given)s does not fit characteristic %(balloon)s, which is measured in %(unit)s.")
            % {"given": name, "balloon": line.balloon, "unit": line.unit or "1"},
            field=f"{where}.unit",
            hint=_("Check the setting of the gauge, and measure again."),
            code="unit_mismatch",
        ) from mixed


def _verdict(line: LotCharacteristic, value: Decimal, where: str) -> str:
    """Without limits (reference and basic dimensions) a value is kept for information and conforms."""
    if line.lower is None and line.upper is None:
        return ReadingVerdict.PASSED
    try:
        return verdict.judge(
            value, lower=line.lower, upper=line.upper, uncertainty=line.uncertainty, rule=line.decision_rule
        )
    except CalcError as error:
        raise sampling.said(error, f"{where}.given") from error


def _check_gauge(row: Inspection, line: LotCharacteristic, gauge: Gauge | None, where: str) -> None:
    """Only a gauge of the asked kind, in use, with a calibration that holds; else by leave of an authority."""
    if gauge is None:
        if line.gauge_kind and line.is_measured:
            raise _refused_gauge(
                _("Characteristic %(balloon)s is measured with a gauge of the kind %(kind)s.")
                % {"balloon": line.balloon, "kind": line.gauge_kind}, _("Choose the gauge first."), "gauge_missing", where,
            )  # fmt: skip
        return
    if gauge.site_id != row.site_id:
        raise _refused_gauge(
            _("%(asset)s belongs to another site.") % {"asset": gauge.asset}, _("Choose a gauge of this site."),
            "gauge_elsewhere", where,
        )  # fmt: skip
    if row.leaves.filter(gauge=gauge).exists():
        return
    hint = _("Choose another gauge, or have this one allowed for this inspection by signature.")
    if gauge.state != "IN_USE":
        raise _refused_gauge(
            _("Gauge %(asset)s is out of service.") % {"asset": gauge.asset}, hint, "gauge_out_of_service", where
        )
    if not gauge.is_calibrated(on=now().date()):
        raise _refused_gauge(
            _("The calibration of gauge %(asset)s is overdue or was never recorded.") % {"asset": gauge.asset}, hint,
            "gauge_overdue", where,
        )  # fmt: skip
    if line.gauge_kind and gauge.kind.casefold() != line.gauge_kind.casefold():
        raise _refused_gauge(
            _("Gauge %(asset)s is of the kind %(kind)s; characteristic %(balloon)s asks for %(wanted)s.")
            % {"asset": gauge.asset, "kind": gauge.kind or "–", "balloon": line.balloon, "wanted": line.gauge_kind},
            hint, "gauge_of_wrong_kind", where,
        )  # fmt: skip


def _refused_gauge(sentence: str, hint: str, code: str, where: str) -> Invalid:
    return Invalid(sentence, hint=hint, code=code, field=f"{where}.gauge")


def allow_gauge(
    *, inspection: Inspection, by: Any, gauge: Gauge, reason: str, signing: Signing | None, version: int | None = None
) -> Inspection:
    """A gauge that would be refused may be used for this inspection: somebody signs for it and says why."""
    signed: list[Signature] = []

    def sign(row: Inspection, signature: Signature) -> tuple[str, ...]:
        signed.append(signature)
        return ()

    def keep(row: Inspection) -> None:
        if gauge.site_id != row.site_id or row.leaves.filter(gauge=gauge).exists():
            raise Invalid(
                _("%(asset)s is allowed already, or belongs to another site.") % {"asset": gauge.asset}, field="gauge"
            )
        GaugeLeave.objects.create(inspection=row, gauge=gauge, reason=reason.strip(), signature=signed[0])

    row: Inspection = records.step(
        record=inspection, name="allow-gauge", by=by, reason=reason, signing=signing, version=version, signed=sign,
        after=keep,
        payload=lambda row: events.GaugeAllowed(number=row.number, gauge=gauge.number, asset=gauge.asset),
    )  # fmt: skip
    return row
