"""Zero-acceptance plans (C = 0): no nonconforming unit is accepted.

The book table of Squeglia is copyrighted and not here: a site enters its own (`from_table`) or computes. `equal` is our own
derivation and not that table (lot 280, AQL 1.0: 27 here, 29 and 20 in the book's two tables): the C = 0 sample that protects as
well as the AQL plan, with the same limiting quality at a consumer's risk of 10 %.
"""

import math
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Any

from ..errors import CalcError
from ..errors import gettext_noop as _

RISK = Decimal("0.10")
LEAST = Decimal("0.0001")  # AQL in percent; the tables' own begin at 0.010


def check_percent(percent: Decimal) -> None:
    """Raises CalcError percent_outside."""
    if not percent.is_finite() or not 0 < percent <= 100:
        raise CalcError(
            "percent_outside", _("A percentage lies above 0 and at most at 100; %(percent)s does not."), percent=percent
        )


def _check(limit: Decimal, risk: Decimal) -> None:
    check_percent(limit)
    if not risk.is_finite() or not 0 < risk < 1:
        raise CalcError("risk_outside", _("A risk lies between 0 and 1; %(risk)s does not."), risk=risk)


def endless(*, limit: Decimal, risk: Decimal = RISK) -> int:
    """Smallest n with (1 - p)^n <= risk: the binomial, for a lot that is large beside its sample. `limit` in percent."""
    _check(limit, risk)
    if limit == 100:
        return 1
    return max(1, math.ceil(math.log(risk) / math.log1p(-float(limit) / 100) - 1e-9))


def sample(*, lot: int, limit: Decimal, risk: Decimal = RISK) -> int:
    """Smallest n that finds none of D = ceil(lot x limit / 100) nonconforming units with a probability of at most `risk`."""
    _check(limit, risk)
    bad = int((Decimal(lot) * limit / 100).to_integral_value(ROUND_CEILING))
    return among(lot=lot, bad=bad, risk=risk)


def among(*, lot: int, bad: int, risk: Decimal = RISK) -> int:
    """Hypergeometric: smallest n with C(lot - bad, n) / C(lot, n) <= risk, by bisection; P falls with n."""
    if not 0 < bad <= lot:
        raise CalcError("bad_outside", _("Of %(lot)s units, %(bad)s cannot be nonconforming."), lot=lot, bad=bad)
    least, most, limit = 1, lot - bad + 1, math.log(risk)
    while least < most:
        middle = (least + most) // 2
        if _log_none(lot, bad, middle) <= limit + 1e-12:
            most = middle
        else:
            least = middle + 1
    return least


def _log_none(lot: int, bad: int, n: int) -> float:
    if n > lot - bad:
        return -math.inf
    return math.lgamma(lot - bad + 1) - math.lgamma(lot - bad - n + 1) - math.lgamma(lot + 1) + math.lgamma(lot - n + 1)


def limiting(*, n: int, ac: int, risk: Decimal = RISK) -> float:
    """Fraction nonconforming that a plan accepts with probability `risk` (binomial), by bisection to 1e-12."""
    low, high = 0.0, 1.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        accepted = sum(math.comb(n, d) * middle**d * (1 - middle) ** (n - d) for d in range(ac + 1))
        low, high = (middle, high) if accepted > risk else (low, middle)
    return (low + high) / 2


def equal(*, lot: int, n: int, ac: int, risk: Decimal = RISK) -> int:
    """Sample of the C = 0 plan with the limiting quality of the plan (n, ac) at `risk`; the whole lot where that is not reached."""
    if ac == 0:
        return n
    limit = Decimal(repr(round(limiting(n=n, ac=ac, risk=risk) * 100, 9)))
    return sample(lot=lot, limit=limit, risk=risk)


def from_table(table: Sequence[Mapping[str, Any]], *, lot: int, aql: Decimal) -> int:
    """Rows {"from": 2, "to": 8 or None, "n": {"1.0": 13 or "all"}}; the row of the lot must be there once.

    Raises CalcError table_row (a row that is none, or two for one lot), table_no_lot, table_no_aql.
    """
    rows = [_row(at, row) for at, row in enumerate(table, start=1)]
    fitting = [cells for least, most, cells in rows if least <= lot and (most is None or lot <= most)]
    if not fitting:
        raise CalcError("table_no_lot", _("The table has no row for a lot of %(lot)s."), lot=lot)
    if len(fitting) > 1:
        raise CalcError("table_row", _("Row %(row)s of the table overlaps another one."), row=_second(rows, lot))
    if aql not in fitting[0]:
        raise CalcError("table_no_aql", _("The table has no column for AQL %(aql)s."), aql=aql)
    n = fitting[0][aql]
    return lot if n is None else n


def check_table(table: Sequence[Mapping[str, Any]], *, aql: Decimal) -> None:
    """Every lot has one row, and every row this AQL: rows go on from 1 without a gap, the last one without end.

    Raises CalcError table_row, table_gap, table_no_aql.
    """
    begins = 1
    rows = [_row(at, row) for at, row in enumerate(table, start=1)]
    for at, (least, most, cells) in enumerate(rows, start=1):
        if least != begins or (most is None) != (at == len(rows)):
            raise CalcError(
                "table_gap",
                _("Row %(row)s of the table begins at %(least)s, and %(begins)s is asked: rows go on without a gap from 1, the"
                  " last one has no end."),
                row=at, least=least, begins=begins,
            )  # fmt: skip
        if aql not in cells:
            raise CalcError("table_no_aql", _("The table has no column for AQL %(aql)s."), aql=aql)
        begins = (most or 0) + 1


def _row(at: int, row: Mapping[str, Any]) -> tuple[int, int | None, dict[Decimal, int | None]]:
    try:
        cells = {Decimal(str(aql)): None if n == "all" else int(n) for aql, n in row["n"].items()}
        least, most = int(row["from"]), None if row["to"] is None else int(row["to"])
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError):
        raise CalcError(
            "table_row", _("Row %(row)s of the table is none: it needs from, to and n by AQL."), row=at
        ) from None
    if (most is not None and most < least) or any(n is not None and n < 1 for n in cells.values()):
        raise CalcError(
            "table_row",
            _("Row %(row)s of the table is none: it ends before it begins, or a sample is below 1."),
            row=at,
        )
    if len(cells) < len(row["n"]) or not all(aql.is_finite() and LEAST <= aql <= 100 for aql in cells):
        raise CalcError(
            "table_row",
            _("Row %(row)s of the table is none: each AQL is a number from 0.0001 to 100 and stands once."),
            row=at,
        )
    return least, most, cells


def _second(rows: Sequence[tuple[int, int | None, Any]], lot: int) -> int:
    return [
        at for at, (least, most, _cells) in enumerate(rows, start=1) if least <= lot and (most is None or lot <= most)
    ][1]
