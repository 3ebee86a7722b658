"""Gauge repeatability and reproducibility by analysis of variance (statistics.md 3.4, AIAG MSA 4th edition).

Random model. The interaction is pooled into repeatability when its p is above alpha (AIAG 0.25, Minitab 0.05). A negative
component is 0. Study variation is 6 standard deviations (5.15 by choice); percentages of it come from standard deviations and do not
add up, contributions come from variances and do. ndc = floor(sqrt 2 x PV / GRR), at least 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # loads a part when it is first used: at the start of every process they would cost a second
from numpy.typing import NDArray

from ..errors import CalcError
from ..errors import gettext_noop as _

Readings = NDArray[np.float64]
SPREAD = 6.0
ALPHA = 0.25
GOOD, POOR = 10.0, 30.0  # per cent; between them: acceptable by agreement


@dataclass(frozen=True)
class Row:
    """A row of the table; F and p are None for the error and the total."""

    df: int
    ss: float
    ms: float | None = None
    f: float | None = None
    p: float | None = None


@dataclass(frozen=True)
class Components:
    """Variances, with what is derived from them. `tolerance` is the width of the tolerance or None."""

    variance: dict[str, float]
    tolerance: float | None = None
    spread: float = SPREAD

    @property
    def contribution(self) -> dict[str, float]:
        total = self.variance["total"]
        return {name: 100 * value / total for name, value in self.variance.items()}

    @property
    def sd(self) -> dict[str, float]:
        return {name: value**0.5 for name, value in self.variance.items()}

    @property
    def study(self) -> dict[str, float]:
        return {name: self.spread * value for name, value in self.sd.items()}

    @property
    def percent_study(self) -> dict[str, float]:
        total = self.sd["total"]
        return {name: 100 * value / total for name, value in self.sd.items()}

    @property
    def percent_tolerance(self) -> dict[str, float] | None:
        if self.tolerance is None:
            return None
        return {name: 100 * value / self.tolerance for name, value in self.study.items()}

    @property
    def ndc_raw(self) -> float:
        gauge = self.sd["total_grr"]
        return float("inf") if gauge == 0 else float(2**0.5 * self.sd["part_to_part"] / gauge)

    @property
    def ndc(self) -> int | None:
        """Distinct categories; None where the gauge does not vary at all."""
        return None if self.ndc_raw == float("inf") else max(1, int(self.ndc_raw))


@dataclass(frozen=True)
class Study:
    """`components` are those to report; `kept`: with the interaction."""

    table: dict[str, Row]
    pooled_table: dict[str, Row]
    with_interaction: Components
    pooled: Components
    kept: bool

    @property
    def components(self) -> Components:
        return self.with_interaction if self.kept else self.pooled


def readings(values: Sequence[Sequence[Sequence[float]]], *, operators: int = 2) -> Readings:
    """operator x part x trial. Raises CalcError design (unbalanced, or too small), not_a_number, no_spread."""
    lengths = {len(trials) for parts in values for trials in parts}
    if len({len(parts) for parts in values}) != 1 or len(lengths) != 1:
        raise CalcError(
            "design", _("Every operator measures every part as often as the others: this study is not balanced.")
        )
    found = np.asarray(values, dtype=float)
    if found.ndim != 3 or found.shape[0] < operators or min(found.shape[1:]) < 2:
        text = _(
            "A study needs %(operators)s operators or more, 2 parts or more and 2 trials or more; this one has %(shape)s."
        )
        raise CalcError("design", text, operators=operators, shape=" x ".join(str(n) for n in found.shape))
    if not np.isfinite(found).all():
        raise CalcError(
            "not_a_number", _("%(value)s is no number to judge."), value=float(found[~np.isfinite(found)][0])
        )
    if not np.ptp(found) > 0:
        raise CalcError(
            "no_spread", _("The values do not vary: the resolution of the gauge is too coarse to judge capability.")
        )
    return found


def crossed(
    values: Sequence[Sequence[Sequence[float]]],
    *,
    tolerance: float | None = None,
    alpha: float = ALPHA,
    spread: float = SPREAD,
) -> Study:
    """Every operator measures every part."""
    x = readings(values)
    check_tolerance(tolerance)
    table = _table(x)
    pooled = _pooled(table)
    o, p, r = x.shape
    interaction = table["part_x_operator"]
    full = _components(table, (o, p, r), tolerance, spread)
    less = _components(pooled, (o, p, r), tolerance, spread)
    return Study(table, pooled, full, less, interaction.p is not None and interaction.p <= alpha)


def check_tolerance(tolerance: float | None) -> None:
    if tolerance is not None and not tolerance > 0:
        raise CalcError("tolerance", _("A tolerance is wider than 0; %(tolerance)s is not."), tolerance=tolerance)


def _table(x: Readings) -> dict[str, Row]:
    o, p, r = x.shape
    grand = x.mean()
    part = o * r * float(((x.mean(axis=(0, 2)) - grand) ** 2).sum())
    operator = p * r * float(((x.mean(axis=(1, 2)) - grand) ** 2).sum())
    error = float(((x - x.mean(axis=2, keepdims=True)) ** 2).sum())
    total = float(((x - grand) ** 2).sum())
    both = max(0.0, total - part - operator - error)
    df = {"part": p - 1, "operator": o - 1, "part_x_operator": (p - 1) * (o - 1), "repeatability": o * p * (r - 1)}
    ss = {"part": part, "operator": operator, "part_x_operator": both, "repeatability": error}
    ms = {name: ss[name] / df[name] for name in df}
    against = {"part": "part_x_operator", "operator": "part_x_operator", "part_x_operator": "repeatability"}
    rows = {name: _row(name, df, ss, ms, against.get(name)) for name in df}
    return {**rows, "total": Row(o * p * r - 1, total)}


def _pooled(table: dict[str, Row]) -> dict[str, Row]:
    parts = ("part_x_operator", "repeatability")
    df = {name: table[name].df for name in ("part", "operator")} | {
        "repeatability": sum(table[one].df for one in parts)
    }
    ss = {name: table[name].ss for name in ("part", "operator")} | {
        "repeatability": sum(table[one].ss for one in parts)
    }
    ms = {name: ss[name] / df[name] for name in df}
    return {name: _row(name, df, ss, ms, None if name == "repeatability" else "repeatability") for name in df}


def _row(name: str, df: dict[str, int], ss: dict[str, float], ms: dict[str, float], against: str | None) -> Row:
    if against is None or ms[against] <= 0:
        return Row(df[name], ss[name], ms[name])
    ratio = ms[name] / ms[against]
    return Row(df[name], ss[name], ms[name], ratio, float(scipy.stats.f.sf(ratio, df[name], df[against])))


def _components(
    table: dict[str, Row], shape: tuple[int, int, int], tolerance: float | None, spread: float
) -> Components:
    o, p, r = shape
    ms = {name: row.ms or 0.0 for name, row in table.items()}
    error = ms["repeatability"]
    base = ms.get("part_x_operator", error)
    interaction = max(0.0, (base - error) / r)
    operator, part = max(0.0, (ms["operator"] - base) / (p * r)), max(0.0, (ms["part"] - base) / (o * r))
    return components(error, operator, interaction, part, tolerance=tolerance, spread=spread)


def components(
    error: float, operator: float, interaction: float, part: float, *, tolerance: float | None, spread: float = SPREAD
) -> Components:
    reproducibility = operator + interaction
    gauge = error + reproducibility
    return Components(
        variance={
            "repeatability": error,
            "operator": operator,
            "part_x_operator": interaction,
            "reproducibility": reproducibility,
            "total_grr": gauge,
            "part_to_part": part,
            "total": gauge + part,
        },
        tolerance=tolerance,
        spread=spread,
    )


def nested(
    values: Sequence[Sequence[Sequence[float]]], *, tolerance: float | None = None, spread: float = SPREAD
) -> tuple[dict[str, Row], Components]:
    """Each operator has parts of their own (destructive tests): parts stand within operators; operator is tested against them."""
    x = readings(values)
    check_tolerance(tolerance)
    o, p, r = x.shape
    grand, by_operator = x.mean(), x.mean(axis=(1, 2))
    ss = {
        "operator": p * r * float(((by_operator - grand) ** 2).sum()),
        "part": r * float(((x.mean(axis=2) - by_operator[:, None]) ** 2).sum()),
        "repeatability": float(((x - x.mean(axis=2, keepdims=True)) ** 2).sum()),
    }
    df = {"operator": o - 1, "part": o * (p - 1), "repeatability": o * p * (r - 1)}
    ms = {name: ss[name] / df[name] for name in df}
    against = {"operator": "part", "part": "repeatability"}
    table = {name: _row(name, df, ss, ms, against.get(name)) for name in df}
    table["total"] = Row(o * p * r - 1, float(((x - grand) ** 2).sum()))
    part = max(0.0, (ms["part"] - ms["repeatability"]) / r)
    operator = max(0.0, (ms["operator"] - ms["part"]) / (p * r))
    return table, components(ms["repeatability"], operator, 0.0, part, tolerance=tolerance, spread=spread)


def grade(percent: float) -> str:
    """good below 10 %, conditional to 30 %, poor above (AIAG)."""
    return "good" if percent < GOOD else "conditional" if percent <= POOR else "poor"
