"""Characteristics of a file into a draft: first line by line what would happen, then all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qms.imports import columns, problems
from qms.imports.columns import Column
from qms.lib.errors import Invalid, Refusal
from qms.lib.quantity import show
from qms.records import store
from qms.records.models import Attachment

from ..calc.errors import CalcError
from ..choices import CharacteristicKind, FileName, Geometric, Importance, OwnSample
from ..formats import qif
from ..models import InspectionPlan, PlanCharacteristic
from ..queries.sampling import said
from . import callouts, characteristics, datafiles
from .datafiles import Declared
from .plans import characterise

NEW, CHANGED, SAME, REFUSED = "new", "changed", "unchanged", "refused"
PLACES = Decimal(1).scaleb(-12)
# What of a line a table may say; `scheme`, `level`, `aql` and photo standards are set in the grid.
CHOICES = {"kind": CharacteristicKind.choices, "importance": Importance.choices, "sampling": OwnSample.choices}
KINDS = {
    **dict.fromkeys(("nominal", "lower", "upper", "uncertainty", "sample_size"), "number"),
    **dict.fromkeys(("is_basic", "is_reference", "is_key"), "yes"),
}
FIELDS = (
    "balloon", "name", "kind", "nominal", "lower", "upper", "unit", "importance", "is_key", "is_basic", "is_reference",
    "requirement", "callout", "choices", "formula", "method", "gauge_kind", "uncertainty", "sheet", "zone", "sampling",
    "sample_size", "reaction",
)  # fmt: skip
READERS: dict[str, Callable[[str], Any]] = {"callout": callouts.read, "choices": callouts.read_choices}
# Kinds of QIF that are a geometric tolerance of ours.
GEOMETRIC = {
    "Straightness": Geometric.STRAIGHTNESS, "Flatness": Geometric.FLATNESS, "Circularity": Geometric.CIRCULARITY,
    "Cylindricity": Geometric.CYLINDRICITY, "LineProfile": Geometric.LINE_PROFILE,
    "SurfaceProfile": Geometric.SURFACE_PROFILE, "Angularity": Geometric.ANGULARITY,
    "Perpendicularity": Geometric.PERPENDICULARITY, "Parallelism": Geometric.PARALLELISM, "Position": Geometric.POSITION,
    "Concentricity": Geometric.CONCENTRICITY, "Symmetry": Geometric.SYMMETRY, "CircularRunout": Geometric.CIRCULAR_RUNOUT,
    "TotalRunout": Geometric.TOTAL_RUNOUT,
}  # fmt: skip
MATERIAL = {"MAXIMUM": "M", "LEAST": "L"}


def column(name: str) -> Column:
    made: Any = PlanCharacteristic._meta.get_field(name)
    most = getattr(made, "max_length", None) or 2000
    return Column(name, made.verbose_name, "", KINDS.get(name, "text"), most=most, choices=CHOICES.get(name, ()))


@dataclass
class Line:
    """A line of the file. `values`: only what the file says; `changes`: (label, before, after)."""

    place: str
    values: dict[str, Any]
    verdict: str = ""
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    changes: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass
class PlanRun:
    """`rows`: all lines that the draft would have. `unknown`: headings that mean nothing yet; they are not read. `kept`: balloons that
    the file does not name."""

    lines: list[Line]
    rows: list[dict[str, Any]]
    unknown: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    problem: str = ""
    learnt: dict[str, str] = field(default_factory=dict)

    @property
    def refused(self) -> list[Line]:
        return [line for line in self.lines if line.problems]

    def count(self, verdict: str) -> int:
        return sum(line.verdict == verdict for line in self.lines)

    @property
    def counts(self) -> list[tuple[Any, int]]:
        return [(label, self.count(code)) for code, label in VERDICTS]


VERDICTS = (
    (NEW, gettext_lazy("New")), (CHANGED, gettext_lazy("Changed")), (SAME, gettext_lazy("Unchanged")),
    (REFUSED, gettext_lazy("Refused")),
)  # fmt: skip


def plan_run(
    plan: InspectionPlan, file: Attachment, declared: Declared, mapping: Mapping[str, str] | None = None
) -> PlanRun:
    """Writes nothing. Raises Invalid for a file that cannot be read; what is wrong with a line stands in it."""
    if datafiles.ending(file) in datafiles.QIF:
        run = PlanRun(_of_qif(file), [])
    elif datafiles.ending(file) in datafiles.TABLES:
        run = _of_table(file, declared, mapping or {})
    else:
        raise Invalid(
            _("%(name)s lists no characteristics.") % {"name": file.name}, field="file",
            hint=_("Take CSV, XLSX or a QIF plan."),
        )  # fmt: skip
    if not run.lines:
        raise Invalid(
            _("The file lists no characteristic."), field="file", hint=_("It has headings, but no line below.")
        )
    _merge(plan, run)
    return run


def _of_table(file: Attachment, declared: Declared, mapping: Mapping[str, str]) -> PlanRun:
    rows = datafiles.rows_of(file, declared)
    heads = [columns.plain_text(cell).strip() for cell in next(rows, (1, ()))[1]]
    meant, saved = _headings(), datafiles.meanings(FileName.COLUMNS)
    fields = [mapping.get(head) or saved.get(head) or meant.get(head.casefold(), "") for head in heads]
    fields = [name if name in FIELDS else "" for name in fields]
    if twice := [name for name in fields if name and fields.count(name) > 1]:
        raise Invalid(
            _("Two columns say the %(field)s.") % {"field": column(twice[0]).label}, field="file",
            hint=_("Map one of them otherwise, or delete it."),
        )  # fmt: skip
    lines = [
        _table_line(number, cells, fields, declared)
        for number, cells in rows
        if any(columns.plain_text(cell).strip() for cell in cells)
    ]
    unknown = [head for head, name in zip(heads, fields, strict=True) if head and not name]
    learnt = {head[:200]: name for head, name in mapping.items() if name in FIELDS and head in heads}
    return PlanRun(lines, [], unknown, [head for head in heads if head], learnt=learnt)


def _headings() -> dict[str, str]:
    """Technical names, and our words in every language."""
    found = {name: name for name in FIELDS}
    for name in FIELDS:
        for language, _label in settings.LANGUAGES:
            with translation.override(language):
                found.setdefault(str(column(name).label).casefold(), name)
    return found


def _table_line(number: int, cells: Sequence[Any], fields: Sequence[str], declared: Declared) -> Line:
    line = Line(str(number), {})
    if any(columns.plain_text(cell).strip() for cell in cells[len(fields) :]):
        line.problems.append(_("The line has more cells than there are headings."))
    for name, cell in zip(fields, cells, strict=False):
        if name:
            value, wrong = columns.read(column(name), cell, declared.dialect)
            if wrong:
                line.problems.append(f"{column(name).label}: {' '.join(problems.words(wrong.plain()))}")
            else:
                _put(line, name, value)
    return line


def _put(line: Line, name: str, value: Any) -> None:
    """A cell as the act takes it; an empty choice is the default."""
    if name in CHOICES and not value:
        return
    if name == "sample_size" and value is not None:
        value = int(value) if value == int(value) else -1
    if name in READERS:
        try:
            value = READERS[name](value or "")
        except ValueError:
            line.problems.append(_("%(field)s cannot be read: %(text)s") % {"field": column(name).label, "text": value})
            return
    line.values[name] = bool(value) if KINDS.get(name) == "yes" else value


def _of_qif(file: Attachment) -> list[Line]:
    try:
        found = qif.read(store.original(file.sha256)).characteristics
    except CalcError as error:
        raise said(error, "file") from error
    return [_qif_line(one) for one in found]


def _qif_line(one: qif.Characteristic) -> Line:
    line = Line(
        f"{one.kind} {one.key}", {"balloon": one.designator or one.name, "name": f"{one.kind} {one.name}".strip()}
    )
    ends = {name: _rounded(line, getattr(one, name)) for name in ("nominal", "lower", "upper")}
    line.values |= {"unit": one.unit, "sheet": one.sheet, "zone": one.zone, "is_key": bool(one.key_class)}
    if one.kind in qif.PROFILES and one.tolerance is not None and ends["upper"] is None:
        half = _rounded(line, one.tolerance / 2)
        ends |= {"lower": None if half is None else -half, "upper": half}
        line.notes.append(_("A profile lies on both sides of its nominal: half of the zone on each."))
    if all(end is None for end in ends.values()):
        line.values |= {"kind": CharacteristicKind.ATTRIBUTE, "unit": "", "requirement": one.kind}
        line.notes.append(_("The file gives no number for it: taken as pass or fail. Look at it in the grid."))
        return line
    line.values |= {"kind": CharacteristicKind.VARIABLE, **ends}
    if ends["lower"] is None and ends["upper"] is None:
        line.values["is_reference"] = True
        line.notes.append(_("The file gives no limit for it: taken as a reference dimension."))
    _frame(line, one)
    return line


def _frame(line: Line, one: qif.Characteristic) -> None:
    """The callout, where it is one of ours; else its kind and datums stand in the requirement."""
    if one.tolerance is None:
        return
    callout = {
        "symbol": GEOMETRIC.get(one.kind, ""), "diameter": False, "tolerance": show(one.tolerance),
        "modifier": MATERIAL.get(one.material, ""), "datums": [{"letter": datum, "modifier": ""} for datum in one.datums],
    }  # fmt: skip
    if callouts.wrong(callout):
        line.values["requirement"] = " ".join((one.kind, show(one.tolerance), *one.datums))
        line.notes.append(_("Its tolerance is kept in words: there is no symbol for it here."))
    else:
        line.values["callout"] = callout


def _rounded(line: Line, value: Decimal | None) -> Decimal | None:
    if value is None:
        return None
    used = value.quantize(PLACES)
    if used != value:
        line.notes.append(_("%(value)s is rounded to 12 decimal places.") % {"value": value})
    return used.normalize()


def _merge(plan: InspectionPlan, run: PlanRun) -> None:
    """Lines of the file change those of the same balloon, or come behind; all others stay."""
    held = {row.balloon: row for row in plan.characteristics.all()}
    made: dict[str, dict[str, Any]] = {balloon: _as_row(row) for balloon, row in held.items()}
    seen: dict[str, str] = {}
    for place, line in enumerate(run.lines, 1):
        balloon = str(line.values.get("balloon") or "").strip()
        if balloon in seen:
            line.problems.append(
                _("Balloon %(balloon)s stands in line %(place)s already.")
                % {"balloon": balloon, "place": seen[balloon]}
            )
        seen.setdefault(balloon, line.place)
        row = {**made.get(balloon, {}), **line.values}
        try:
            whole = characteristics.whole(row, place)
        except Refusal as refusal:
            line.problems.append(str(refusal))
        if line.problems:
            line.verdict = REFUSED
            continue
        line.changes = _changes(held.get(balloon), whole, line.values)
        line.verdict = (CHANGED if line.changes else SAME) if balloon in held else NEW
        made[balloon] = row
    run.rows, run.kept = list(made.values()), [balloon for balloon in held if balloon not in seen]
    if not run.refused:
        try:
            characteristics.checked(run.rows, scheme=plan.scheme)
        except Refusal as refusal:
            run.problem = str(refusal)


def _as_row(row: PlanCharacteristic) -> dict[str, Any]:
    return {"uid": row.uid, **{name: getattr(row, name) for name in characteristics.GIVEN}}


def _changes(
    known: PlanCharacteristic | None, whole: dict[str, Any], told: dict[str, Any]
) -> list[tuple[str, str, str]]:
    if known is None:
        return []
    pairs = [(name, getattr(known, name), whole[name]) for name in told]
    return [(str(column(name).label), _shown(old), _shown(new)) for name, old, new in pairs if old != new]


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return callouts.written(value)
    return callouts.written_choices(value) if isinstance(value, list) else columns.shown(value)


def take_characteristics(
    *,
    inspectionplan: InspectionPlan,
    by: Any,
    file: Attachment,
    declared: Declared | None = None,
    mapping: Mapping[str, str] | None = None,
    version: int | None = None,
) -> InspectionPlan:
    """The draft has the lines of the file then, by the act of the grid. Raises Invalid with the first line that cannot be."""
    run = plan_run(inspectionplan, file, declared or Declared(), mapping)
    if run.refused or run.problem:
        first = f"{run.refused[0].place}: {run.refused[0].problems[0]}" if run.refused else run.problem
        raise Invalid(
            _("Nothing was taken: %(count)s lines of the file do not fit. The first: %(first)s")
            % {"count": len(run.refused) or 1, "first": first},
            field="file",
            hint=_("Correct the file, or map its columns otherwise; then take it in."),
        )
    return characterise(
        inspectionplan=inspectionplan, by=by, characteristics=run.rows, version=version,
        then=lambda: datafiles.learn(use=FileName.COLUMNS, family=None, told=run.learnt, by=by),
    )  # fmt: skip
