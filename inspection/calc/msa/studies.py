"""Any kind of study from its rows, as text that can be kept and signed: one door to the methods beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import CalcError
from ..errors import gettext_noop as _
from . import agreement, gauge, grr, ranges

Rows = Sequence[Mapping[str, Any]]
BY_PEOPLE = ("crossed", "ranges", "nested")
ORDER = ("total_grr", "repeatability", "reproducibility", "operator", "part_x_operator", "part_to_part", "total")
LEAST = 1.33  # of Cg and Cgk


@dataclass(frozen=True)
class Found:
    """`figures`: name → number; `components`: name, variance, standard deviation, % of study, % of tolerance (None without one).
    `percent`: total gauge R&R, of the tolerance where one was given."""

    method: str
    grade: str
    figures: dict[str, float | None]
    components: list[tuple[str, float, float, float, float | None]] = field(default_factory=list)
    percent: float | None = None
    ndc: int | None = None


def study(kind: str, rows: Rows, *, tolerance: float | None = None, reference: float | None = None) -> Found:
    """`rows`: {"appraiser", "part", "reference", "values"}, values and references as text (numbers, or words for agreement).

    Raises CalcError: those of the methods; needs_tolerance, needs_reference where the kind cannot do without.
    """
    if kind in BY_PEOPLE:
        return _by_people(kind, rows, tolerance)
    if kind == "agreement":
        return _agreement(rows)
    if kind == "linearity":
        return _linearity(rows)
    values = [float(value) for row in rows for value in row["values"]]
    if reference is None:
        raise CalcError("needs_reference", _("The study needs the reference value of the standard."))
    if kind == "bias":
        found = gauge.biased(values, reference=reference)
        low, high = found.interval
        figures: dict[str, float | None] = {"bias": found.bias, "t": found.t, "p": found.p, "low": low, "high": high}
        return Found("t test", "poor" if found.is_significant else "good", figures)
    if tolerance is None:
        raise CalcError("needs_tolerance", _("A type 1 study needs the width of the tolerance."))
    one = gauge.type_one(values, reference=reference, tolerance=tolerance)
    names = ("n", "mean", "s", "bias", "cg", "cgk", "t", "p")
    return Found("K = 20, L = 6", "good" if one.passes(LEAST) else "poor", {name: getattr(one, name) for name in names})


def _by_people(kind: str, rows: Rows, tolerance: float | None) -> Found:
    values = _grid(rows, nested=kind == "nested")
    if kind == "ranges":
        return _ranges(ranges.average_range(values, tolerance=tolerance))
    if kind == "nested":
        _table, parts = grr.nested(values, tolerance=tolerance)
        return _components("ANOVA, nested", parts, {})
    whole = grr.crossed(values, tolerance=tolerance)
    told = "ANOVA, with interaction" if whole.kept else "ANOVA, interaction pooled"
    return _components(told, whole.components, {"p_interaction": whole.table["part_x_operator"].p})


def _components(method: str, parts: grr.Components, figures: dict[str, float | None]) -> Found:
    of_tolerance = parts.percent_tolerance
    shares = of_tolerance or parts.percent_study
    rows = [
        (
            name,
            parts.variance[name],
            parts.sd[name],
            parts.percent_study[name],
            of_tolerance[name] if of_tolerance else None,
        )
        for name in ORDER
    ]
    return Found(method, grr.grade(shares["total_grr"]), figures, rows, shares["total_grr"], parts.ndc)


def _ranges(found: ranges.RangeStudy) -> Found:
    sds = {
        "total_grr": found.grr,
        "repeatability": found.ev,
        "reproducibility": found.av,
        "part_to_part": found.pv,
        "total": found.tv,
    }
    width = found.tolerance
    rows = [
        (name, sd**2, sd, found.percent(sd), None if width is None else 100 * 6 * sd / width)
        for name, sd in sds.items()
    ]
    percent = found.percent(found.grr) if found.percent_tolerance is None else found.percent_tolerance
    figures: dict[str, float | None] = {
        "r_bar": found.r_bar,
        "x_diff": found.x_diff,
        "r_p": found.r_p,
        "ucl_r": found.ucl_r,
    }
    return Found("average and range, AIAG", grr.grade(percent), figures, rows, percent, found.ndc)


def _linearity(rows: Rows) -> Found:
    if any(row["reference"] == "" for row in rows):
        raise CalcError("needs_reference", _("The study needs the reference value of the standard."))
    found = gauge.linearity(
        [float(row["reference"]) for row in rows], [[float(value) for value in row["values"]] for row in rows]
    )
    names = ("slope", "intercept", "r_squared", "p_slope", "p_intercept")
    figures = {name: getattr(found, name) for name in names}
    return Found("regression of the bias", "good" if found.is_linear() else "poor", figures)


def _agreement(rows: Rows) -> Found:
    parts = list(dict.fromkeys(row["part"] for row in rows))
    ratings = _grid(rows, nested=False, number=False)
    known = {row["part"]: row["reference"] for row in rows if row["reference"]}
    if known and set(known) != set(parts):
        raise CalcError(
            "reference",
            _("There are %(parts)s parts, but %(given)s reference ratings."),
            parts=len(parts),
            given=len(known),
        )
    found = agreement.study(ratings, reference=[known[part] for part in parts] if known else None, good=GOOD)
    kappas = [one.kappa for one in found.appraisers if one.kappa is not None]
    if found.between is not None:
        kappas.append(found.between)
    people = list(dict.fromkeys(row["appraiser"] for row in rows))
    figures: dict[str, float | None] = {
        "parts": found.parts, "all_agree": found.all_agree, "all_right": found.all_right, "between": found.between,
    }  # fmt: skip
    for name, one in zip(people, found.appraisers, strict=True):
        figures |= {f"{each} · {name}": getattr(one, each) for each in ("kappa", "missed", "false_alarms")}
    least = min(kappas, default=1.0)  # everybody says one word throughout: nobody disagrees
    grade = "good" if least >= agreement.GOOD else "conditional" if least >= agreement.POOR else "poor"
    return Found("kappa", grade, figures)


GOOD = "good"


def _grid(rows: Rows, *, nested: bool, number: bool = True) -> list[list[list[Any]]]:
    """appraiser x part x trial, in the order of their first line; the parts of a crossed study in the same order for everybody."""
    people = list(dict.fromkeys(row["appraiser"] for row in rows))
    cells = {(row["appraiser"], row["part"]): [float(v) if number else v for v in row["values"]] for row in rows}
    parts = list(dict.fromkeys(row["part"] for row in rows))
    own = {one: list(dict.fromkeys(row["part"] for row in rows if row["appraiser"] == one)) for one in people}
    if not nested and any(set(own[one]) != set(parts) for one in people):
        raise CalcError(
            "design", _("Every operator measures every part as often as the others: this study is not balanced.")
        )
    return [[cells[one, part] for part in (own[one] if nested else parts)] for one in people]
