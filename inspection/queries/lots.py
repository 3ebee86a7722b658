"""What pages and API need to know of an inspection: why so many, what was found, how far the ERP is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from qms.commands import targets
from qms.commands.choices import SHIPMENTS
from qms.lib.quantity import show

from ..calc import skipping, switching
from ..calc.sampling import master
from ..choices import NOT_GOOD, Occasion, ReadingVerdict, Scheme, Severity, Usage
from ..models import Inspection, InspectionOccasion, LotCharacteristic, Reading, SamplingSequence
from . import plans

SHIPMENT_LEVELS = {
    "enforced": _lazy("The ERP sends no blocked shipment."),
    "advisory": _lazy("The ERP shows the block and lets people send it all the same: see to it that they do not."),
    "none": _lazy(
        "This ERP blocks no shipment on our word: a person keeps it back there and records that in the posting."
    ),
}
COUNTED = (Scheme.Z14_SINGLE, Scheme.Z14_DOUBLE)
AROUND = 2  # rows and columns shown on each side of the cell
SHOWN = 10


@dataclass(frozen=True)
class TableCell:
    """`text`: Ac and Re, or an arrow. `mark`: used, way (an arrow that was followed) or ""."""

    text: str
    mark: str = ""


@dataclass(frozen=True)
class Excerpt:
    """The part of the master table that the plan came from: letters and sample sizes down, AQL across."""

    aqls: list[str]
    rows: list[tuple[str, int, list[TableCell]]]


ARROWS = {"down": "↓", "up": "↑"}


def excerpt(inspection: Inspection) -> Excerpt | None:
    """None where no table was used."""
    told = inspection.sampling
    if not told or told["scheme"] not in COUNTED or not told["letter"]:
        return None
    severity, column = told["severity"], master.AQL_TEXTS.index(told["cell"].rpartition(" · ")[2])
    letters = [letter for letter in master.LETTERS + master.ROW_S if (letter, column) in master.CELLS[severity]]
    path = told["path"] or [told["letter"]]
    places = [letters.index(letter) for letter in path]
    columns = range(max(column - AROUND, 0), min(column + AROUND + 1, len(master.AQL_TEXTS)))
    rows = []
    for letter in letters[max(min(places) - AROUND, 0) : max(places) + AROUND + 1]:
        cells = [_cell(severity, letter, at, column, told, path) for at in columns]
        rows.append((letter, _size(told, severity, letter), cells))
    return Excerpt([master.AQL_TEXTS[at] for at in columns], rows)


def _cell(severity: str, letter: str, at: int, column: int, told: dict[str, Any], path: list[str]) -> TableCell:
    found = master.CELLS[severity][letter, at]
    text = ARROWS.get(found, found) if isinstance(found, str) else _numbers(told, severity, letter, at, found)
    mark = "used" if letter == told["letter"] else "way" if letter in path else ""
    return TableCell(text, mark if at == column else "")


def _numbers(told: dict[str, Any], severity: str, letter: str, at: int, found: tuple[int, int]) -> str:
    """Ac and Re; of double sampling those of both samples, with a star where the table says to use the single plan."""
    if told["scheme"] != Scheme.Z14_DOUBLE:
        return f"{found[0]} {found[1]}"
    pair = master.double(severity, master.RESOLVED[severity][letter, at]) if letter != master.ROW_S else None
    return f"{pair[1]} {pair[2]} · {pair[3]} {pair[4]}" if pair else f"{found[0]} {found[1]} *"


def _size(told: dict[str, Any], severity: str, letter: str) -> int:
    """Of double sampling each sample is that of the letter before."""
    rows = master.LETTERS + master.ROW_S
    is_double = told["scheme"] == Scheme.Z14_DOUBLE and letter != rows[0]
    return master.size(rows[rows.index(letter) - 1] if is_double else letter, severity)


def sequences(inspection: Inspection) -> list[dict[str, Any]]:
    """That of the part, then those of characteristics that switch by themselves: the severity of this lot with its reason, and what moved
    the sequence."""
    own = {line.origin: line.sampling.get("severity", "") for line in inspection.characteristics.all()}
    found = []
    for held in inspection.sequences():
        severity = own.get(held.origin, "") if held.origin else inspection.severity
        found.append(
            {
                "held": held, "severity": Severity(severity).label if severity else "",
                "why": why(inspection, held) if severity else "", "turns": turns(held),
            }
        )  # fmt: skip
    return found


def turns(held: SamplingSequence) -> list[dict[str, Any]]:
    """What moved the sequence, newest first, each with its reasons in words."""
    rows = held.events.select_related("inspection", "by").order_by("-pk")[:SHOWN]
    return [{"row": row, "reasons": [sentence(reason) for reason in row.reasons]} for row in rows]


def why(inspection: Inspection, held: SamplingSequence) -> str:
    """The answer to "why tightened?": what last changed the severity before this lot was released."""
    rows = held.events.order_by("-pk")
    if inspection.released_at:
        rows = rows.filter(at__lte=inspection.released_at)
    for row in rows:
        if row.before != row.after:
            return " ".join(sentence(reason) for reason in row.reasons)
    return _("A sequence begins with normal inspection.")


def sentence(reason: dict[str, Any]) -> str:
    """A reason of the switching rules, in the reader's language."""
    if reason["code"] == "discontinued_already":
        return _("Kept without effect: inspection had been discontinued before this lot was decided.")
    if reason["code"].startswith("skip_"):
        return _(skipping.REASONS[reason["code"].removeprefix("skip_")])
    facts = {name: ", ".join(value) if isinstance(value, list) else value for name, value in reason["facts"].items()}
    return _(switching.REASONS[reason["code"]]) % facts


def sheets(inspection: Inspection) -> dict[str, dict[str, Any]]:
    """Source of a characteristic → where it stands on the drawing (`sheet`) and its photo standard, of those that have one."""
    told = inspection.plan_content["characteristics"]
    if not any(one.get("place") or one.get("photo") for one in told):
        return {}
    known = plans.pictures(inspection.plan)
    found = {
        one["uid"]: {"sheet": plans.placed(one.get("place", ""), known), "photo": known.get(one["photo"])}
        for one in told
    }
    return {uid: pair for uid, pair in found.items() if any(pair.values())}


@dataclass
class Line:
    """A characteristic with its cells: sample → attempts, the last one first."""

    characteristic: LotCharacteristic
    cells: dict[int, list[Reading]] = field(default_factory=dict)

    @property
    def read(self) -> int:
        return len(self.cells)

    @property
    def failed(self) -> list[Reading]:
        return [rows[0] for _sample, rows in sorted(self.cells.items()) if rows[0].verdict != ReadingVerdict.PASSED]

    @property
    def repeated(self) -> list[Reading]:
        """Earlier attempts, which stay."""
        return [row for _sample, rows in sorted(self.cells.items()) for row in rows[1:]]

    def span(self) -> str:
        values = [rows[0].value for rows in self.cells.values() if rows[0].value is not None]
        return f"{_plain(min(values))} – {_plain(max(values))}" if values else ""


def _plain(value: Any) -> str:
    return f"{value.normalize():f}"


def lines(inspection: Inspection, *, first: int = 1, last: int | None = None) -> list[Line]:
    """Two queries. `first`, `last`: of the samples."""
    found = {one.pk: Line(one) for one in inspection.characteristics.all()}
    rows = inspection.readings().filter(sample__gte=first).select_related("gauge", "by")
    for row in (rows.filter(sample__lte=last) if last else rows).order_by("-attempt"):
        found[row.characteristic_id].cells.setdefault(row.sample, []).append(row)
    return list(found.values())


def progress(inspection: Inspection) -> tuple[int, int]:
    """Readings that are there, and how many are wanted."""
    return inspection.read_cells(), inspection.wanted_cells()


STATEMENTS = {
    "authorise-reduced": lambda: _(
        "Production of %(part)s is steady. I authorise reduced inspection from the next lot on."
    ),
    "resume-sampling": lambda: _("The supplier has acted. I let sampling inspection of %(part)s go on, tightened."),
    "allow-gauge": lambda: _("I allow the gauge for %(number)s and take responsibility for it."),
}


def statement(inspection: Inspection, step: str) -> str:
    """The sentence that is signed; "" where the general one does."""
    words = {"number": inspection.number, "part": inspection.part_number}
    return STATEMENTS[step]() % words if step in STATEMENTS else ""


def decision_sentence(inspection: Inspection, lines: Sequence[Any]) -> str:
    """`lines`: with kind and quantity."""
    told = [
        f"{Usage(one.kind).label}: {show(one.quantity)} {inspection.unit}" for one in lines if one.kind in Usage.values
    ]
    return _("I decide about lot %(lot)s of %(part)s (%(verdict)s): %(lines)s.") % {
        "lot": inspection.lot_number or inspection.number,
        "part": inspection.part_number,
        "verdict": inspection.get_verdict_display(),
        "lines": ", ".join(told),
    }


def part_sentence(inspection: Inspection, quantity: Any, reason: str) -> str:
    return _(
        "I release %(quantity)s %(unit)s of lot %(lot)s of %(part)s before its inspection is complete: %(reason)s"
    ) % {
        "quantity": show(quantity),
        "unit": inspection.unit,
        "lot": inspection.lot_number or inspection.number,
        "part": inspection.part_number,
        "reason": reason,
    }


@dataclass(frozen=True)
class ShipmentState:
    """What the ERP was asked about a shipment, last first, how far it goes with that, and what it still waits for."""

    number: str
    postings: list[Any]
    level: Any
    waits_for: list[str]
    is_outdated: bool


def shipment_state(inspection: Inspection) -> ShipmentState | None:
    shipment = inspection.shipment
    if shipment is None:
        return None
    return ShipmentState(
        shipment.number, list(inspection.postings().filter(kind__in=SHIPMENTS).order_by("-pk")),
        SHIPMENT_LEVELS[targets.level(shipment.source, "shipment_block")], of_shipment(inspection), inspection.is_outdated,
    )  # fmt: skip


def is_bad(inspection: Inspection) -> bool:
    return bool(inspection.usage.filter(kind__in=NOT_GOOD).exists())


def of_shipment(inspection: Inspection) -> list[str]:
    """What of the same shipment is not decided as good: numbers of inspections, and what could not be inspected."""
    lines = list(inspection.shipment.lines.live().values_list("pk", flat=True))
    newest: dict[int, Inspection] = {}
    for row in Inspection.objects.filter(shipment_line__in=lines).exclude(state="CANCELLED").order_by("pk"):
        newest[row.shipment_line_id] = row
    waiting = InspectionOccasion.objects.waiting().filter(occasion=Occasion.SHIPMENT, source_key__in=lines)
    return [
        *(row.number for row in newest.values() if row.usage_decided_at is None or is_bad(row)),
        *waiting.values_list("subject", flat=True),
    ]
