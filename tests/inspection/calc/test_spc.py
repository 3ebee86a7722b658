"""Control charts; real cases with their limits and signals are in test_reference."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.calc.errors import CalcError
from inspection.calc.spc import limits, memory, rules
from inspection.calc.spc.constants import factors

ZONES = st.lists(st.sampled_from([-3.5, -2.5, -1.5, -0.5, 0.0, 0.5, 1.5, 2.5, 3.5]), min_size=1, max_size=40)
LINE = limits.Limits(np.array([-3.0]), np.array([0.0]), np.array([3.0]), np.array([1.0]))


def slow(code, z, at):
    """A rule as its sentence says it, at the point with index `at`."""

    def last(length):
        return z[at - length + 1 : at + 1] if at + 1 >= length else []

    def one_side(length):
        part = last(length)
        return bool(part) and (min(part) > 0 or max(part) < 0)

    def most(limit, length, needed):
        part = z[max(0, at - length + 1) : at + 1]
        return any(side * z[at] > limit and sum(side * x > limit for x in part) >= needed for side in (1, -1))

    def changes(length):
        return list(np.sign(np.diff(last(length))))

    def turning(signs):
        return bool(signs) and 0 not in signs and all(a == -b for a, b in itertools.pairwise(signs))

    return {
        "1": lambda: abs(z[at]) > 3,
        "2": lambda: one_side(9),
        "3": lambda: changes(6) in ([1.0] * 5, [-1.0] * 5),
        "4": lambda: turning(changes(14)),
        "5": lambda: most(2, 3, 2),
        "6": lambda: most(1, 5, 4),
        "7": lambda: bool(last(15)) and max(map(abs, last(15))) < 1,
        "8": lambda: bool(last(8)) and min(map(abs, last(8))) > 1,
        "WE4": lambda: one_side(8),
    }[code]()


@given(ZONES)
def test_each_rule_does_what_its_sentence_says(z):
    found = rules.check(z, LINE, ["1", "2", "3", "4", "5", "6", "7", "8", "WE4"])
    for code, flagged in found.items():
        assert flagged == [at + 1 for at in range(len(z)) if slow(code, z, at)], code


@pytest.mark.parametrize(
    ("code", "z", "flagged"),
    [
        ("2", [0.5] * 10, [9, 10]),
        ("2", [0.5] * 8 + [0.0] + [0.5] * 8, []),
        ("3", [0, 1, 2, 3, 4, 5, 4], [6]),
        ("4", [1, -1] * 7 + [-2], [14]),
        ("5", [2.5, 0, 2.5, 0], [3]),
        ("6", [1.5, 1.5, 0, 1.5, 1.5, 0], [5]),
        ("7", [0.5] * 15 + [1.5], [15]),
        ("8", [1.5, -1.5] * 4, [8]),
        ("WE4", [-0.5] * 8, [8]),
    ],
)
def test_the_last_point_of_a_pattern_is_flagged(code, z, flagged):
    assert rules.check(z, LINE, [code]) == {code: flagged}


def test_lengths_and_steps_can_be_set():
    assert rules.check([0.5] * 7, LINE, ["2"], lengths={"2": 7}) == {"2": [7]}
    rising = [0, 1, 2, 3, 4, 5, 6]
    assert rules.check(rising, LINE, ["3"], steps=True) == {"3": [7]}


def test_zone_rules_are_not_run_where_zones_mean_nothing():
    chart = limits.ranges([[1, 2], [2, 3], [3, 5]])
    assert rules.check(chart.points, chart.limits, list(rules.NELSON)) == {"1": []}


def test_a_chart_of_equal_values_flags_what_moves():
    """Sigma 0: any other value is beyond every zone."""
    chart = limits.individuals([5.0] * 20)
    assert rules.check([5.0, 5.1], chart.limits, ["1", "5"]) == {"1": [2], "5": []}


def test_limits_step_with_the_sample():
    chart = limits.p_chart([2, 5, 3], [50, 100, 50])
    assert chart.limits.upper[0] == chart.limits.upper[2] > chart.limits.upper[1]
    assert limits.u_chart([2, 5, 3], [1, 2, 1]).limits.centre[0] == pytest.approx(2.5)


@given(st.integers(2, 25))
def test_lower_factors_are_never_negative_and_the_range_factor_grows(n):
    f = factors(n)
    assert min(f.B3, f.B5, f.D1, f.D3) >= 0
    if n > 2:
        assert f.d2 > factors(n - 1).d2


@pytest.mark.parametrize(
    ("work", "code"),
    [
        (lambda: factors(1), "subgroup_size"),
        (lambda: factors(101), "subgroup_size"),
        (lambda: limits.xbar([[1, 2], [3]]), "subgroups"),
        (lambda: limits.xbar([]), "subgroups"),
        (lambda: limits.individuals([1]), "too_few"),
        (lambda: limits.individuals([1, float("nan")]), "not_a_number"),
        (lambda: limits.lag_one([1, 1, 1]), "no_spread"),
        (lambda: limits.p_chart([1], [0]), "samples"),
        (lambda: limits.p_chart([1, 2], [10]), "samples"),
        (lambda: limits.p_chart([11], [10]), "count_above"),
        (lambda: limits.c_chart([-1]), "samples"),
        (lambda: limits.c_chart([1, 2]).limits.at(3), "points"),
        (lambda: rules.check([1], LINE, ["9"]), "rule_unknown"),
        (lambda: rules.check([1], LINE, ["2"], lengths={"2": 1}), "rule_length"),
        (lambda: memory.ewma([1], target=0, sigma=0), "ewma"),
        (lambda: memory.ewma([1], target=0, sigma=1, weight=0), "ewma"),
        (lambda: memory.cusum([1], target=0, allowance=-1, interval=4), "cusum"),
    ],
)
def test_bad_input_is_refused(work, code):
    with pytest.raises(CalcError) as refused:
        work()
    assert refused.value.code == code


def test_cusum_signals_a_shift():
    found = memory.cusum([0] * 5 + [2] * 5, target=0, allowance=0.5, interval=4)
    assert found.signals == [8, 9, 10]
