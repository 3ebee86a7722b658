"""The one door to a sampling plan."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Any

from ..errors import CalcError
from ..errors import gettext_noop as _
from . import master, zero
from .letters import check_lot, code_letter
from .result import SamplePlan, Stage

SCHEMES = ("z14_single", "z14_double", "c0", "fixed", "percent", "all")
# MIL-STD-105E: the tables by kind and severity.
TABLES = {
    "z14_single": {"normal": "II-A", "tightened": "II-B", "reduced": "II-C"},
    "z14_double": {"normal": "III-A", "tightened": "III-B", "reduced": "III-C"},
}
SOURCE = "MIL-STD-105E (ANSI/ASQ Z1.4) Table {table}"


def plan(
    *,
    scheme: str,
    lot: int,
    level: str = "II",
    aql: Decimal | None = None,
    severity: str = "normal",
    size: int | None = None,
    percent: Decimal | None = None,
    table: Sequence[Mapping[str, Any]] | None = None,
    risk: Decimal = zero.RISK,
) -> SamplePlan:
    """The plan for a lot of `lot` units. A sample as large as the lot or larger is the whole lot; Ac and Re stay.

    `aql` is percent nonconforming (up to 10) or nonconformities per hundred units. `size` is the sample of "fixed". `percent` is
    the share of the lot for "percent"; for "c0" it is the limiting quality, found with probability 1 - `risk`. `table` is a
    C = 0 table of the site (zero.from_table). "c0" with an AQL alone protects as the single normal plan does (zero.equal).
    Raises CalcError: scheme_unknown, level_unknown, lot_not_whole, lot_too_small, aql_missing, aql_unknown, severity_unknown,
    size_missing, percent_missing, percent_outside, risk_outside, table_row, table_no_lot, table_no_aql.
    """
    if severity not in master.SEVERITIES:
        raise CalcError("severity_unknown", _("There is no severity %(severity)s."), severity=severity)
    if scheme in TABLES:
        return _z14(scheme, lot, level, _column(aql), severity)
    if scheme == "c0":
        return _zero(lot, level, aql, percent, table, risk)
    if scheme not in SCHEMES:
        raise CalcError("scheme_unknown", _("There is no sampling scheme %(scheme)s."), scheme=scheme)
    check_lot(lot)
    wanted = {"fixed": _fixed, "percent": _share, "all": lambda lot, _size, _percent: lot}[scheme](lot, size, percent)
    return _plain(
        scheme, lot, wanted, {"fixed": _("fixed sample"), "percent": _("percent of the lot"), "all": "100 %"}[scheme]
    )


def tighter(found: SamplePlan) -> int | None:
    """Ac of the same letter at the AQL one step tighter, for the switching score of ISO 2859-1; None where there is no such plan."""
    if found.scheme != "z14_single" or found.aql is None or (column := master.COLUMN[found.aql]) == 0:
        return None
    cell = master.CELLS[found.severity][found.letter, column - 1]
    return None if isinstance(cell, str) else cell[0]


def _column(aql: Decimal | None) -> int:
    if aql is None:
        raise CalcError("aql_missing", _("This scheme needs an AQL."))
    try:
        return master.COLUMN[aql]
    except (KeyError, TypeError):
        aqls = ", ".join(master.AQL_TEXTS)
        raise CalcError(
            "aql_unknown", _("AQL %(aql)s has no column in the table; there are %(aqls)s."), aql=aql, aqls=aqls
        ) from None


def _z14(scheme: str, lot: int, level: str, column: int, severity: str) -> SamplePlan:
    asked = code_letter(lot, level)
    found = master.RESOLVED[severity][asked, column]
    pair = master.double(severity, found) if scheme == "z14_double" else None
    table_n = pair[0] if pair else found.n
    stages = _stages(lot, found, pair)
    table = TABLES[scheme if pair else "z14_single"][severity]
    return SamplePlan(
        scheme=scheme,
        lot=lot,
        n=stages[0].n,
        ac=stages[0].ac,
        re=stages[0].re,
        stages=stages,
        whole_lot=table_n >= lot,
        source=SOURCE.format(table=table),
        table_n=table_n,
        letter=found.letter,
        asked=asked,
        path=found.path,
        arrow=found.arrow,
        level=level,
        aql=master.AQLS[column],
        severity=severity,
        cell=f"{table} · {found.letter} · {master.AQL_TEXTS[column]}",
    )


def _stages(lot: int, found: master.Resolved, pair: tuple[int, int, int, int, int] | None) -> tuple[Stage, ...]:
    if pair is None:
        return (Stage(min(found.n, lot), min(found.n, lot), found.ac, found.re),)
    n, ac1, re1, ac2, re2 = pair
    if n >= lot:  # the whole lot is there at once: one sample, judged as the single plan judges it
        return (Stage(lot, lot, found.ac, found.re),)
    return Stage(n, n, ac1, re1), Stage(min(n, lot - n), min(2 * n, lot), ac2, re2)


def _zero(
    lot: int,
    level: str,
    aql: Decimal | None,
    limit: Decimal | None,
    table: Sequence[Mapping[str, Any]] | None,
    risk: Decimal,
) -> SamplePlan:
    check_lot(lot)
    if table is not None:
        if aql is None:
            raise CalcError("aql_missing", _("This scheme needs an AQL."))
        return _plain("c0", lot, zero.from_table(table, lot=lot, aql=aql), _("own C = 0 table"), aql)
    if limit is not None:
        return _plain(
            "c0", lot, zero.sample(lot=lot, limit=limit, risk=risk), f"C = 0, hypergeometric, {limit} % at risk {risk}"
        )
    single = _z14("z14_single", max(lot, 2), level, _column(aql), "normal")
    n = zero.equal(lot=lot, n=single.table_n, ac=single.ac, risk=risk)
    return _plain("c0", lot, n, f"C = 0 with the limiting quality of {single.cell} at risk {risk}", aql)


def _plain(scheme: str, lot: int, n: int, source: str, aql: Decimal | None = None) -> SamplePlan:
    """Ac 0, Re 1."""
    stage = Stage(min(n, lot), min(n, lot), 0, 1)
    return SamplePlan(
        scheme=scheme,
        lot=lot,
        n=stage.n,
        ac=0,
        re=1,
        stages=(stage,),
        whole_lot=n >= lot,
        source=source,
        table_n=n,
        aql=aql,
    )


def _fixed(_lot: int, size: int | None, _percent: Decimal | None) -> int:
    if size is None or isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise CalcError("size_missing", _("A fixed sample needs a size of 1 or more; %(size)s is none."), size=size)
    return size


def _share(lot: int, _size: int | None, percent: Decimal | None) -> int:
    """Rounded up: a share never inspects less than it says."""
    if percent is None:
        raise CalcError("percent_missing", _("This scheme needs a percentage of the lot."))
    zero.check_percent(percent)
    return int((Decimal(lot) * percent / 100).to_integral_value(ROUND_CEILING))
