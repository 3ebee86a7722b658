"""Results of a file into an open inspection: first what it would do, value by value, then all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from qms.imports.choices import DecimalSign
from qms.lib import units
from qms.lib.errors import Conflict, Invalid, Refusal
from qms.records.models import Attachment

from ..choices import CharacteristicKind, FileName, ReadingVerdict
from ..formats.sources import Found, Sheet, Source
from ..models import Gauge, Inspection, LotCharacteristic, Reading, ResultFile
from . import datafiles
from .datafiles import Declared
from .readings import MOST, Cell, check_cell, judged, record_readings

NOTHING = "-"  # said by hand: this name is not taken
SHOWN = 40
GO = (CharacteristicKind.ATTRIBUTE, CharacteristicKind.VISUAL)


@dataclass(frozen=True)
class Wish:
    """How a file is to be taken: `mapping` by hand (name in the file → uid of a characteristic, or NOTHING), `first`: the sample that
    its first piece is, the gauge of all measured values and those of some names (`gauges`), and why cells that hold a
    value are read again."""

    declared: Declared = field(default_factory=Declared)
    mapping: Mapping[str, str] = field(default_factory=dict)
    first: int = 1
    gauge: Gauge | None = None
    gauges: Mapping[str, Gauge] = field(default_factory=dict)
    reason: str = ""


@dataclass
class Line:
    """A source of the file and what becomes of it. `how`: saved, balloon, name, hand, or empty where nothing fits."""

    source: Source
    characteristic: LotCharacteristic | None = None
    how: str = ""
    cells: list[Cell] = field(default_factory=list)
    failed: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    gauges: dict[str, Gauge | None] = field(default_factory=dict)

    @property
    def values(self) -> list[str]:
        return [one.given for one in self.source.found]


@dataclass
class DryRun:
    sheet: Sheet
    lines: list[Line]
    notes: list[str]

    @property
    def problems(self) -> list[str]:
        return [problem for line in self.lines for problem in line.problems]

    @property
    def cells(self) -> list[Cell]:
        return [cell for line in self.lines for cell in line.cells]

    @property
    def unmapped(self) -> list[Line]:
        return [line for line in self.lines if line.characteristic is None]

    def left(self) -> list[dict[str, Any]]:
        """What is not taken, as it is kept with the file."""
        told = [{"name": one.source.label, "values": one.values, "why": "unmapped"} for one in self.unmapped]
        told += [
            {"name": one.source.label, "values": one.source.left, "why": "invalid"}
            for one in self.lines
            if one.source.left
        ]
        return [*told, *({"name": name, "values": [], "why": "unread"} for name in self.sheet.unread)]


def dry_run(inspection: Inspection, file: Attachment, wish: Wish, values: Attachment | None = None) -> DryRun:
    """Writes nothing. Raises Invalid for a file that cannot be read whole; what is wrong with a value stands in its line."""
    sheet = datafiles.read_results(file, values, wish.declared)
    lots = [one for one in inspection.characteristics.all() if not one.formula]  # what is computed is told as not taken
    saved = datafiles.meanings(FileName.RESULTS, inspection.plan.family)
    lines = [Line(source) for source in sheet.sources]
    gauges = _gauges(inspection, lines)
    held = set(inspection.readings().values_list("characteristic_id", "sample"))
    taken: dict[int, str] = {}
    for line in lines:
        line.characteristic, line.how = _meant(line.source, lots, saved, wish.mapping)
        if line.characteristic is None:
            continue
        if (other := taken.get(line.characteristic.pk)) is not None:
            line.problems.append(
                _("%(name)s and %(other)s would both be characteristic %(balloon)s.")
                % {"name": line.source.label, "other": other, "balloon": line.characteristic.balloon}
            )
            continue
        taken[line.characteristic.pk] = line.source.label
        if line.source.is_counted and line.characteristic.kind not in GO:
            line.characteristic, line.how = None, ""
            line.notes.append(_("The file counts good and bad pieces, which is no answer of this characteristic."))
            continue
        line.gauges = {found.gauge: _gauge(line, found.gauge, wish, gauges) for found in line.source.found}
        _read(inspection, line, wish, held, is_table=datafiles.ending(file) in datafiles.TABLES)
    return DryRun(sheet, lines, _notes(inspection, sheet))


def _meant(
    source: Source, lots: list[LotCharacteristic], saved: Mapping[str, str], mapping: Mapping[str, str]
) -> tuple[LotCharacteristic | None, str]:
    """By hand before the saved mapping, that before the balloon, and last the name where only one has it."""
    if (told := mapping.get(source.label)) is not None:
        return (next((one for one in lots if str(one.uid) == told), None), "hand") if told != NOTHING else (None, "")
    if origin := saved.get(source.label):
        found = next((one for one in lots if str(one.origin) == origin), None)
        return (found, "saved") if found else (None, "")
    for name in filter(None, source.names):
        if found := next((one for one in lots if one.balloon.casefold() == name.casefold()), None):
            return found, "balloon"
    for name in filter(None, source.names):
        same = [one for one in lots if one.name.casefold() == name.casefold()]
        if len(same) == 1:
            return same[0], "name"
    return None, ""


def _read(inspection: Inspection, line: Line, wish: Wish, held: set[Any], *, is_table: bool) -> None:
    """Every value as a cell of the grid, judged as a typed one is. `held`: cells that hold a reading."""
    one = line.characteristic
    assert one is not None
    zone = ZoneInfo(inspection.site.timezone)
    _compare(line, one)
    for found in line.source.found:
        cell = Cell(
            str(one.uid), found.piece + wish.first - 1, found.given, unit=line.source.unit if one.is_measured else "",
            serial=found.serial, gauge=line.gauges[found.gauge] if one.is_measured else None, reason=wish.reason,
            measured_at=found.at and (found.at if found.at.tzinfo else found.at.replace(tzinfo=zone)),
        )  # fmt: skip
        try:
            if is_table:
                _check_sign(found, wish.declared.decimal_sign)
            check_cell(inspection, one, cell)
            if (one.pk, cell.sample) in held and not wish.reason.strip():
                raise Invalid(
                    _("sample %(sample)s holds a reading already; say why it is read again.") % {"sample": cell.sample}
                )
            line.failed += judged(one, cell.given, cell.unit)["verdict"] != ReadingVerdict.PASSED
        except Refusal as refusal:
            line.problems.append(f"{found.place}: {refusal}")
        line.cells.append(cell)


def _gauges(inspection: Inspection, lines: list[Line]) -> dict[str, Gauge]:
    """The gauges that the file names, by asset or number, whatever the case."""
    names = {found.gauge for line in lines for found in line.source.found} - {""}
    rows = Gauge.objects.filter(site_id=inspection.site_id).exclude(state="RETIRED") if names else ()
    return {name.casefold(): one for one in rows for name in (one.number, one.asset)}


def _gauge(line: Line, name: str, wish: Wish, known: Mapping[str, Gauge]) -> Gauge | None:
    """By hand for this name of the file, then as the file says, then the one for the whole file."""
    if by_hand := wish.gauges.get(line.source.label):
        return by_hand
    if name and name.casefold() not in known:
        line.notes.append(_("The file names the gauge “%(name)s”, which is not known here.") % {"name": name[:40]})
    return known.get(name.casefold(), wish.gauge)


def _check_sign(found: Found, sign: str) -> None:
    other = "." if sign == DecimalSign.COMMA else ","
    if other in found.given and any(letter.isdigit() for letter in found.given):
        raise Invalid(
            _("“%(text)s” has the other decimal sign than the one declared for this file.") % {"text": found.given[:40]}
        )


def _compare(line: Line, one: LotCharacteristic) -> None:
    """Limits of the file are never judged by; where they differ from the plan's, somebody should know."""
    low, high = line.source.lower, line.source.upper
    if low is not None and high is not None and low > high:
        line.problems.append(
            _("%(name)s: the lower limit of the file, %(low)s, lies above its upper one, %(high)s.")
            % {"name": line.source.label, "low": low, "high": high}
        )
        return
    try:
        told = [None if end is None else _into(end, line.source.unit, one.unit) for end in (low, high)]
    except ValueError:
        return  # every value is refused for its unit
    wanted = (one.lower, one.upper)
    if any(mine is not None and mine != ours for mine, ours in zip(told, wanted, strict=True)):
        line.notes.append(_("The file has other limits than the plan; the plan's are judged by."))


def _into(end: Any, unit: str, wanted: str) -> Any:
    return end if not unit or unit == wanted else units.convert(end, unit, wanted)


def _notes(inspection: Inspection, sheet: Sheet) -> list[str]:
    told = []
    if sheet.part and inspection.part_number.casefold() not in sheet.part.casefold():
        told.append(
            _("The file is of part %(part)s, the inspection of %(wanted)s. Check that it is the right one.")
            % {"part": sheet.part, "wanted": inspection.part_number}
        )
    if sheet.unread:
        told.append(_("Not understood: %(names)s.") % {"names": ", ".join(sheet.unread)})
    return told


def take_results(
    *,
    inspection: Inspection,
    by: Any,
    file: Attachment,
    values: Attachment | None = None,
    wish: Wish | None = None,
    version: int | None = None,
) -> Inspection:
    """All readings of the file, by the act of typed ones, or none. What is left out is kept by name with its values.

    Raises Invalid with place and reason, Conflict for a file that was taken in before, or a cell that holds a reading without a reason.
    """
    wish, told = wish or Wish(), values or file
    run = dry_run(inspection, file, wish, values)
    if run.problems:
        raise Invalid(
            _("Nothing was taken: %(count)s places of the file do not fit. The first: %(first)s")
            % {"count": len(run.problems), "first": run.problems[0]},
            field="file",
            hint=_("Correct the file at its source, or map it otherwise; then take it in."),
        )
    if not 0 < len(run.cells) <= MOST:
        raise Invalid(
            _("The file gives %(count)s readings; 1 to %(most)s are taken at once.")
            % {"count": len(run.cells), "most": MOST},
            field="file",
            hint=_("Map at least one name, or split the file."),
        )

    def keep(row: Inspection, kept: list[Reading]) -> None:
        check_new(row, told)
        ResultFile.objects.create(
            inspection=row, file=told, sha256=told.sha256, name=told.name, count=len(kept), left=run.left(), by=by
        )
        by_hand = {
            one.source.label[:200]: str(one.characteristic.origin)
            for one in run.lines
            if one.how == "hand" and one.characteristic
        }
        datafiles.learn(use=FileName.RESULTS, family=row.plan.family, told=by_hand, by=by)

    return record_readings(inspection=inspection, by=by, cells=run.cells, version=version, then=keep, file=told.sha256)


def check_new(inspection: Inspection, file: Attachment) -> None:
    """Raises Conflict: the same bytes were taken in already, here or by another inspection that stands."""
    rows = ResultFile.objects.filter(sha256=file.sha256, inspection__site_id=inspection.site_id)
    if known := rows.exclude(inspection__state="CANCELLED").select_related("inspection").first():
        raise Conflict(
            _("This very file was taken in already, by %(number)s.") % {"number": known.inspection.number},
            hint=_("Its readings stand there. Measure again and take in the new file."),
            code="file_known",
        )
