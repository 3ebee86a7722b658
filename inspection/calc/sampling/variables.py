"""Sampling by variables, sigma unknown, s method: ANSI/ASQ Z1.9-2003 in the numbers of one public source (R package AQLSchemes).

n and M come from that source alone; k is computed from M by the exact beta relation and may differ by 0.01 from a printed k.
A licensed copy must confirm a cell before a certificate relies on it. Letters are those of Z1.9: I exists here.
"""

import statistics
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import scipy  # loads a part when it is first used: at the start of every process they would cost a second

from ..errors import CalcError
from ..errors import gettext_noop as _
from ..verdict import check_limits, check_number
from .letters import check_lot
from .master import AQL_TEXTS as AQL_COLUMNS
from .master import SEVERITIES
from .result import SamplePlan, Stage

SOURCE = "ANSI/ASQ Z1.9-2003, s method, form 2 (R package AQLSchemes)"
LEVELS = ("S-3", "S-4", "I", "II", "III")
LETTERS = "BCDEFGHIJKLMNP"
LARGEST = (8, 15, 25, 50, 90, 150, 280, 400, 500, 1200, 3200, 10_000, 35_000, 150_000, 500_000)
ROWS = {
    "S-3": "BBBBBBBCCDEFGHHH",
    "S-4": "BBBBBCDEEFGHIJKK",
    "I": "BBBBDEFGGHIJKLMN",
    "II": "BBCDEFGHIJKLMNPP",
    "III": "CDEFGHIJJKLMNPPP",
}
AQL_TEXTS = AQL_COLUMNS[5:16]
AQLS = tuple(Decimal(text) for text in AQL_TEXTS)
SIZES = {
    "normal": (3, 4, 5, 7, 10, 15, 20, 25, 35, 50, 75, 100, 150, 200),
    "tightened": (3, 4, 5, 7, 10, 15, 20, 25, 35, 50, 75, 100, 150, 200),
    "reduced": (3, 3, 3, 3, 4, 5, 7, 10, 15, 20, 25, 30, 50, 75),
}
# M in percent by n. Columns: one before AQL 0.10 (tightened inspection reads one to the left), 0.10 to 10, and one after (reduced
# reads one to the right). A dash is an arrow down.
COLUMNS = """
3   -     -     -     -     -     -     -     -     7.59  18.86 26.94 33.69 40.47
4   -     -     -     -     -     -     1.49  5.46  10.88 16.41 22.84 29.43 36.79
5   -     -     -     -     0.041 1.34  3.33  5.82  9.80  14.37 20.19 26.55 33.94
7   -     0.005 0.087 0.421 1.05  2.13  3.54  5.34  8.40  12.19 17.34 23.30 30.50
10  0.077 0.179 0.349 0.714 1.27  2.14  3.27  4.72  7.26  10.53 15.17 20.73 27.65
15  0.186 0.311 0.491 0.839 1.33  2.09  3.06  4.32  6.55  9.48  13.74 18.97 25.63
20  0.228 0.356 0.531 0.864 1.33  2.03  2.93  4.10  6.18  8.95  13.01 18.07 24.58
25  0.250 0.378 0.551 0.874 1.32  2.00  2.86  3.97  5.98  8.65  12.60 17.55 23.97
30  -     -     0.567 0.885 1.32  1.98  2.82  3.91  5.87  8.48  12.37 17.25 23.61
35  0.253 0.373 0.534 0.833 1.24  1.87  2.66  3.70  5.58  8.11  11.89 16.67 -
50  0.243 0.355 0.503 0.778 1.16  1.73  2.47  3.44  5.21  7.61  11.23 15.87 21.99
75  0.225 0.326 0.461 0.711 1.06  1.59  2.27  3.17  4.83  7.10  10.58 15.07 21.05
100 0.218 0.315 0.444 0.684 1.02  1.52  2.18  3.06  4.67  6.88  10.29 14.71 -
150 0.202 0.292 0.412 0.636 0.946 1.42  2.05  2.88  4.42  6.56  9.86  14.18 -
200 0.204 0.294 0.414 0.637 0.945 1.42  2.04  2.86  4.39  6.52  9.80  14.11 -
"""
SHIFT = {"tightened": 0, "normal": 1, "reduced": 2}
M = {
    int(row.split()[0]): tuple(None if cell == "-" else Decimal(cell) for cell in row.split()[1:])
    for row in COLUMNS.strip().splitlines()
}
# The source prints 1.06 here and 1.05 in the cell of normal inspection that is otherwise the same.
ONE_OFF = {("reduced", "H", AQL_TEXTS.index("0.25")): Decimal("1.06")}


@dataclass(frozen=True)
class VariablesPlan:
    """`k` of form 1 (Q >= k accepts), `percent` the M of form 2 in percent nonconforming."""

    lot: int
    n: int
    table_n: int
    k: float
    percent: Decimal
    letter: str
    asked: str
    level: str
    aql: Decimal
    severity: str
    whole_lot: bool
    cell: str


def k_of(n: int, percent: Decimal) -> float:
    """Form 1 from form 2, by the exact relation."""
    x = float(scipy.special.betaincinv(n / 2 - 1, n / 2 - 1, float(percent) / 100))
    return (1 - 2 * x) * (n - 1) / n**0.5


def plan(*, lot: int, aql: Decimal, level: str = "II", severity: str = "normal") -> VariablesPlan:
    """Raises CalcError lot_not_whole, lot_too_small, level_unknown, severity_unknown, aql_unknown."""
    check_lot(lot, least=2)
    if level not in ROWS:
        levels = ", ".join(LEVELS)
        raise CalcError(
            "level_unknown",
            _("There is no inspection level %(level)s; there are %(levels)s."),
            level=level,
            levels=levels,
        )
    if severity not in SEVERITIES:
        raise CalcError("severity_unknown", _("There is no severity %(severity)s."), severity=severity)
    if aql not in AQLS:
        aqls = ", ".join(AQL_TEXTS)
        raise CalcError(
            "aql_unknown", _("AQL %(aql)s has no column in the table; there are %(aqls)s."), aql=aql, aqls=aqls
        )
    asked = ROWS[level][bisect_left(LARGEST, lot)]
    column = AQLS.index(aql)
    letter, n, percent = cell(severity, asked, column)
    return VariablesPlan(
        lot=lot,
        n=min(n, lot),
        table_n=n,
        k=k_of(n, percent),
        percent=percent,
        letter=letter,
        asked=asked,
        level=level,
        aql=AQLS[column],
        severity=severity,
        whole_lot=n >= lot,
        cell=f"Z1.9 s · {letter} · {AQL_TEXTS[column]}",
    )


def as_sample(found: VariablesPlan) -> SamplePlan:
    """In the one shape of all plans. Where the whole lot is measured, its pieces are counted: Ac 0, Re 1, and no k."""
    whole = found.whole_lot
    return SamplePlan(
        scheme="all" if whole else "z19", lot=found.lot, n=found.n, ac=0, re=1,
        stages=(Stage(found.n, found.n, 0, 1),), whole_lot=whole, source=SOURCE, table_n=found.table_n,
        letter=found.letter, asked=found.asked, path=() if found.letter == found.asked else (found.asked, found.letter),
        arrow="" if found.letter == found.asked else "down", level=found.level, aql=found.aql, severity=found.severity,
        cell=found.cell, k=None if whole else found.k, most=None if whole else found.percent,
    )  # fmt: skip


def tighter(found: VariablesPlan) -> Decimal | None:
    """M of the same sample at the AQL one step tighter, for the switching score; None where the table has none."""
    at = AQLS.index(found.aql) + SHIFT[found.severity] - 1
    return M[found.table_n][at] if at >= 0 else None


def cell(severity: str, asked: str, column: int) -> tuple[str, int, Decimal]:
    """Letter used, n and M %; arrows lead down only."""
    if (severity, asked, column) in ONE_OFF:
        return asked, 7, ONE_OFF[severity, asked, column]
    for letter, n in zip(LETTERS[LETTERS.index(asked) :], SIZES[severity][LETTERS.index(asked) :], strict=True):
        percent = M[n][column + SHIFT[severity]]
        if percent is not None:
            return letter, n, percent
    raise AssertionError("every column ends in a plan")


@dataclass(frozen=True)
class VariablesVerdict:
    """Estimated percent nonconforming beyond each limit by form 2, and the quality indices."""

    accepted: bool
    mean: float
    s: float
    q_lower: float | None
    q_upper: float | None
    p_lower: float
    p_upper: float

    @property
    def p(self) -> float:
        return self.p_lower + self.p_upper


def estimated(q: float, n: int) -> float:
    """Percent nonconforming beyond a limit at quality index `q` (form 2)."""
    x = max(0.0, 0.5 - 0.5 * q * n**0.5 / (n - 1))
    return 100 * float(scipy.special.betainc(n / 2 - 1, n / 2 - 1, min(1.0, x)))


def judge(
    plan: VariablesPlan, values: Sequence[Decimal], *, lower: Decimal | None, upper: Decimal | None
) -> VariablesVerdict:
    """Form 2 (M), one or two limits with one AQL.

    Raises CalcError sample_size, small, limits_missing, limits_reversed, not_a_number, no_spread.
    """
    if len(values) != plan.n:
        raise CalcError(
            "sample_size", _("The plan asks for %(n)s values; there are %(given)s."), n=plan.n, given=len(values)
        )
    if plan.n < 3:
        raise CalcError(
            "small", _("The s method needs 3 values or more; of a lot of %(lot)s judge each unit."), lot=plan.lot
        )
    check_limits(lower, upper)
    for value in values:
        check_number(value)
    mean, s = statistics.fmean(values), float(np.std([float(v) for v in values], ddof=1))
    if s <= 0:
        raise CalcError(
            "no_spread",
            _("All %(n)s values are equal: the resolution of the gauge is too coarse for the s method."),
            n=plan.n,
        )
    q_lower = None if lower is None else (mean - float(lower)) / s
    q_upper = None if upper is None else (float(upper) - mean) / s
    p_lower = 0.0 if q_lower is None else estimated(q_lower, plan.n)
    p_upper = 0.0 if q_upper is None else estimated(q_upper, plan.n)
    return VariablesVerdict(p_lower + p_upper <= float(plan.percent), mean, s, q_lower, q_upper, p_lower, p_upper)


def quality_at(*, n: int, k: float, probability: float) -> float:
    """Fraction nonconforming that the k method accepts with `probability` (one limit)."""

    def above(fraction: float) -> float:
        return acceptance(n=n, k=k, fractions=[fraction])[0] - probability

    return float(scipy.optimize.brentq(above, 1e-9, 1 - 1e-9, xtol=1e-9))


def acceptance(*, n: int, k: float, fractions: Sequence[float], sigma_known: bool = False) -> list[float]:
    """Pa of the k method at each fraction nonconforming, one limit: normal (sigma known) or noncentral t."""
    z = scipy.stats.norm.isf(np.asarray(fractions, dtype=float))
    root = n**0.5
    found = scipy.stats.norm.cdf(root * (z - k)) if sigma_known else scipy.stats.nct.sf(k * root, n - 1, z * root)
    return [float(one) for one in np.atleast_1d(found)]
