"""Plans: the tables are compared in test_reference; here is what must hold in all of them, and what is refused."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.calc.errors import CalcError
from inspection.calc.sampling import AQLS, LEVELS, SEVERITIES, Stage, curves, master, plan, tighter, variables, zero

LOTS = st.integers(2, 1_000_000)
SINGLE = {"scheme": "z14_single", "lot": 500, "level": "II", "aql": Decimal("1.0")}


def find(**changed):
    return plan(**{**SINGLE, **changed})


@given(LOTS, st.sampled_from(LEVELS), st.sampled_from(AQLS), st.sampled_from(SEVERITIES))
def test_an_arrow_leads_to_the_first_plan_of_the_same_column(lot, level, aql, severity):
    found = find(lot=lot, level=level, aql=aql, severity=severity)
    column = master.COLUMN[aql]
    assert master.CELLS[severity][found.letter, column] == (found.ac, found.re)
    assert found.table_n == master.size(found.letter, severity)
    for letter in found.path[:-1]:
        assert master.CELLS[severity][letter, column] == found.arrow
    assert (found.path == ()) == (found.letter == found.asked)
    assert found.whole_lot == (found.table_n >= lot)
    assert found.n == min(found.table_n, lot)


@given(LOTS, st.sampled_from(LEVELS), st.sampled_from(AQLS))
def test_tightened_is_never_easier_than_normal(lot, level, aql):
    normal, tightened = (find(lot=lot, level=level, aql=aql, severity=one) for one in ("normal", "tightened"))
    at = [float(min(aql, Decimal(10))) / 100 * share for share in (0.5, 1, 2, 4)]
    easy = curves.acceptance([Stage(normal.table_n, normal.table_n, normal.ac, normal.re)], at, model="poisson")
    hard = curves.acceptance(
        [Stage(tightened.table_n, tightened.table_n, tightened.ac, tightened.re)], at, model="poisson"
    )
    assert np.all(hard <= easy + 1e-12)


@given(LOTS, st.sampled_from(AQLS), st.sampled_from(SEVERITIES), st.sampled_from(("z14_single", "z14_double")))
def test_the_curve_falls_from_one(lot, aql, severity, scheme):
    found = find(scheme=scheme, lot=lot, aql=aql, severity=severity)
    accepted = curves.acceptance(found.stages, np.linspace(0, 1, 41))
    assert accepted[0] == pytest.approx(1)
    assert np.all(np.diff(accepted) <= 1e-12)


@given(LOTS, st.sampled_from(AQLS), st.sampled_from(("normal", "tightened")))
def test_a_double_plan_protects_as_its_single_plan_does(lot, aql, severity):
    """Table III was made for that: the qualities that both accept half of the time differ by less than a fifth."""
    single, double = (find(scheme=one, lot=lot, aql=aql, severity=severity) for one in ("z14_single", "z14_double"))
    if not double.is_double or double.whole_lot or double.stages[1].n < double.n:
        return
    half = [curves.quality_at(one.stages, 0.5, model="poisson") for one in (single, double)]
    assert half[0] == pytest.approx(half[1], rel=0.2)


def test_one_arrow_changes_the_sample_and_is_explained():
    found = find(lot=50, aql=Decimal("0.65"))
    assert (found.asked, found.path, found.letter, found.arrow) == ("D", ("D", "E", "F"), "F", "down")
    assert (found.n, found.ac, found.re, found.cell) == (20, 0, 1, "II-A · F · 0.65")
    assert "MIL-STD-105E" in found.source
    assert found.as_dict()["aql"] == "0.65"


def test_double_sampling_counts_over_both_samples():
    found = find(scheme="z14_double", lot=1000)
    assert found.stages == (Stage(50, 50, 0, 3), Stage(50, 100, 3, 4))


def test_of_a_small_lot_the_second_sample_is_what_is_left():
    found = find(scheme="z14_double", lot=15, level="III", aql=Decimal(100))
    assert [stage.n for stage in found.stages] == [3, 3]
    rest = find(scheme="z14_double", lot=5, level="III", aql=Decimal(40))
    assert [(stage.n, stage.total) for stage in rest.stages] == [(2, 2), (2, 4)]


def test_where_the_first_sample_is_the_lot_the_single_plan_judges_it():
    found = find(scheme="z14_double", lot=2, level="III", aql=Decimal(40))
    assert (found.whole_lot, found.stages) == (True, (Stage(2, 2, 3, 4),))


def test_where_table_iii_says_so_the_single_plan_is_used():
    found = find(scheme="z14_double", lot=50, aql=Decimal("0.65"))
    assert not found.is_double and "II-A" in found.source


def test_reduced_plans_have_a_gap():
    assert find(lot=1000, severity="reduced").has_gap
    assert not find(lot=1000).has_gap


@pytest.mark.parametrize(
    ("scheme", "given_", "n"),
    [
        ("fixed", {"size": 5}, 5),
        ("fixed", {"size": 5, "lot": 3}, 3),
        ("percent", {"percent": Decimal(10), "lot": 101}, 11),
        ("percent", {"percent": Decimal("0.1"), "lot": 10}, 1),
        ("all", {"lot": 7}, 7),
        ("all", {"lot": 1}, 1),
    ],
)
def test_plain_schemes(scheme, given_, n):
    found = plan(**{"scheme": scheme, "lot": 100, **given_})
    assert (found.n, found.ac, found.re) == (n, 0, 1)
    assert found.whole_lot == (n == found.lot)


@given(st.integers(1, 5000), st.decimals("0.1", "20", places=1), st.sampled_from([Decimal("0.05"), Decimal("0.10")]))
def test_zero_acceptance_is_the_smallest_sample_that_keeps_the_risk(lot, limit, risk):
    n = zero.sample(lot=lot, limit=limit, risk=risk)
    bad = math.ceil(lot * limit / 100)
    sizes = [size for size in (n, n - 1) if size]
    missed = [curves.acceptance([Stage(s, s, 0, 1)], [bad / lot], model="hypergeometric", lot=lot)[0] for s in sizes]
    assert missed[0] <= float(risk) + 1e-9
    assert n == 1 or missed[1] > float(risk) - 1e-9


def test_zero_acceptance_by_an_aql_protects_as_the_single_plan_does():
    """It is our derivation, not the copyrighted table, which has 29 and 20 here."""
    found = find(scheme="c0", lot=280)
    assert (found.n, found.ac) == (27, 0) and "II-A · H · 1.0" in found.source
    assert find(scheme="c0", lot=25).n == 13


TABLE = [{"from": 2, "to": 25, "n": {"1.0": "all"}}, {"from": 26, "to": None, "n": {"1.0": 13, "2.5": 7}}]


def test_a_table_of_the_site_is_read_by_lot_and_aql():
    assert find(scheme="c0", lot=10, table=TABLE).whole_lot
    assert find(scheme="c0", lot=300, table=TABLE, aql=Decimal("2.5")).n == 7


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"scheme": "z15"}, "scheme_unknown"),
        ({"lot": 1}, "lot_too_small"),
        ({"lot": 0, "scheme": "all"}, "lot_too_small"),
        ({"lot": 2.5}, "lot_not_whole"),
        ({"lot": True}, "lot_not_whole"),
        ({"level": "IV"}, "level_unknown"),
        ({"aql": None}, "aql_missing"),
        ({"aql": Decimal("1.2")}, "aql_unknown"),
        ({"aql": Decimal("NaN")}, "aql_unknown"),
        ({"severity": "discontinued"}, "severity_unknown"),
        ({"scheme": "fixed"}, "size_missing"),
        ({"scheme": "fixed", "size": 0}, "size_missing"),
        ({"scheme": "percent"}, "percent_missing"),
        ({"scheme": "percent", "percent": Decimal(0)}, "percent_outside"),
        ({"scheme": "percent", "percent": Decimal("NaN")}, "percent_outside"),
        ({"scheme": "percent", "percent": Decimal(101)}, "percent_outside"),
        ({"scheme": "c0", "percent": Decimal(0)}, "percent_outside"),
        ({"scheme": "c0", "percent": Decimal(1), "risk": Decimal(1)}, "risk_outside"),
        ({"scheme": "c0", "aql": None}, "aql_missing"),
        ({"scheme": "c0", "table": TABLE, "lot": 1}, "table_no_lot"),
        ({"scheme": "c0", "table": TABLE, "aql": Decimal(4)}, "table_no_aql"),
        ({"scheme": "c0", "table": [*TABLE, TABLE[1]]}, "table_row"),
        ({"scheme": "c0", "table": [{"from": 9, "to": 2, "n": {}}]}, "table_row"),
        ({"scheme": "c0", "table": [{"from": 2, "to": None, "n": {"x": 1}}]}, "table_row"),
        ({"scheme": "c0", "table": [{"from": 2}]}, "table_row"),
    ],
)
def test_bad_input_is_refused_with_a_code_and_a_sentence(changed, code):
    with pytest.raises(CalcError) as refused:
        find(**changed)
    assert refused.value.code == code
    assert str(refused.value).endswith(".")


def test_the_next_tighter_aql_is_asked_of_the_same_letter():
    assert tighter(find(lot=1000)) == 1
    assert tighter(find(lot=1000, aql=Decimal("0.010"))) is None
    assert tighter(plan(scheme="all", lot=5)) is None


def test_every_normal_plan_with_ac_2_or_more_has_a_tighter_one_to_ask():
    """Otherwise the switching score could not be kept."""
    for (letter, column), cell in master.CELLS["normal"].items():
        if not isinstance(cell, str) and cell[0] >= 2:
            found = find(aql=AQLS[column], lot=LARGE[letter], level="III" if letter == "R" else "II")
            assert found.letter == letter and tighter(found) is not None


# A lot that leads to each letter at level II, and to R at level III.
LARGE = dict(
    zip(
        master.LETTERS,
        (8, 15, 25, 50, 90, 150, 280, 500, 1200, 3200, 10**4, 35000, 150000, 500000, 10**6, 10**6),
        strict=True,
    )
)
VALUES = [Decimal(text) for text in ("197", "188", "184", "205", "201")]


def test_z19_example_with_an_upper_limit():
    """The example of MIL-STD-414 (public domain) that prints 2.19 %: lot 40, AQL 1.0, five values, upper limit 209."""
    found = variables.plan(lot=40, aql=Decimal("1.0"))
    judged = variables.judge(found, VALUES, lower=None, upper=Decimal(209))
    assert (found.letter, found.n, found.percent) == ("D", 5, Decimal("3.33"))
    assert judged.mean == pytest.approx(195) and judged.s == pytest.approx(8.8034, abs=1e-4)
    assert judged.p_upper == pytest.approx(2.19, abs=0.01) and judged.accepted


def test_z19_counts_what_lies_beyond_both_limits():
    found = variables.plan(lot=40, aql=Decimal("1.0"))
    judged = variables.judge(found, VALUES, lower=Decimal(181), upper=Decimal(209))
    assert max(judged.p_lower, judged.p_upper) < 3.33 < judged.p == judged.p_lower + judged.p_upper
    assert not judged.accepted


@given(st.sampled_from(AQLS[5:16]), st.integers(2, 600_000), st.sampled_from(("normal", "tightened", "reduced")))
def test_both_forms_of_z19_agree_at_their_border(aql, lot, severity):
    found = variables.plan(lot=lot, aql=aql, severity=severity)
    assert variables.estimated(found.k, found.table_n) == pytest.approx(float(found.percent), rel=1e-6)


@pytest.mark.parametrize(
    ("values", "limits", "code"),
    [
        (VALUES[:4], (None, Decimal(209)), "sample_size"),
        (VALUES, (None, None), "limits_missing"),
        (VALUES, (Decimal(210), Decimal(209)), "limits_reversed"),
        ([Decimal(1)] * 5, (None, Decimal(209)), "no_spread"),
        ([*VALUES[:4], Decimal("NaN")], (None, Decimal(209)), "not_a_number"),
    ],
)
def test_z19_refuses_what_it_cannot_judge(values, limits, code):
    found = variables.plan(lot=40, aql=Decimal("1.0"))
    with pytest.raises(CalcError) as refused:
        variables.judge(found, values, lower=limits[0], upper=limits[1])
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"lot": 1}, "lot_too_small"),
        ({"aql": Decimal("0.065")}, "aql_unknown"),
        ({"level": "S-1"}, "level_unknown"),
        ({"severity": "x"}, "severity_unknown"),
    ],
)
def test_z19_refuses_what_its_table_has_not(changed, code):
    with pytest.raises(CalcError) as refused:
        variables.plan(**{"lot": 40, "aql": Decimal("1.0"), **changed})
    assert refused.value.code == code
