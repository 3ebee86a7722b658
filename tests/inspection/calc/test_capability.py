"""Capability; real cases are in test_reference."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from inspection.calc import capability
from inspection.calc.errors import CalcError

VALUES = [9.8, 10.1, 10.0, 9.9, 10.3, 10.2, 9.7, 10.0, 10.1, 9.9]


@given(st.floats(-50, 50), st.floats(0.01, 10), st.floats(1, 100), st.floats(0, 100), st.integers(2, 500))
def test_the_index_is_the_worse_side_and_lies_in_its_interval(mean, sigma, above, below, n):
    found = capability.indices(mean=mean, sigma=sigma, n=n, lower=mean - below, upper=mean + above)
    assert found.actual == min(found.lower, found.upper) <= found.potential + 1e-9
    assert found.actual_interval[0] <= found.actual <= found.actual_interval[1]


def test_one_limit_has_no_potential():
    found = capability.of_values(VALUES, upper=11)
    assert (found.overall.potential, found.overall.lower, found.cpm) == (None, None, None)
    assert found.overall.actual == found.overall.upper
    assert found.overall.ppm_below == 0


def test_within_and_overall_are_told_apart():
    drifting = [[1, 1.1], [2, 2.1], [3, 3.1]]
    found = capability.of_subgroups(drifting, lower=-5, upper=9, by="pooled")
    assert found.within.potential > 10 * found.overall.potential


@pytest.mark.parametrize(("adjusted", "p"), [(0.631, 0.10), (0.752, 0.05), (0.873, 0.025), (1.035, 0.01)])
def test_p_of_normality_meets_the_printed_critical_values(adjusted, p):
    """Stephens, EDF statistics, case 3."""
    assert capability.stephens(adjusted) == pytest.approx(p, rel=0.03)


@given(st.floats(0, 20), st.floats(0, 20))
def test_p_of_normality_falls_with_the_statistic(one, other):
    low, high = sorted((one, other))
    assert 0 <= capability.stephens(high) <= capability.stephens(low) + 2e-3 <= 1.002


def test_the_statistic_of_normality_agrees_with_a_peer():
    values = np.random.default_rng(7).normal(size=120)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = stats.anderson(values, "norm").statistic
    found = capability.normality(values)
    assert found.statistic == pytest.approx(peer, abs=1e-9)
    assert not found.rejected()
    assert capability.normality(np.exp(values * 2)).rejected()


def test_lognormal_percentiles_are_those_of_the_logarithms():
    values = np.exp(np.random.default_rng(7).normal(1, 0.2, size=200))
    found = capability.by_percentiles(values, distribution="lognormal", lower=1, upper=6)
    mu, sigma = found.parameters["mu"], found.parameters["sigma"]
    assert np.log([found.low, found.median, found.high]) == pytest.approx(
        [mu - 3 * sigma, mu, mu + 3 * sigma], rel=1e-4
    )
    assert found.ppk == min(found.ppl, found.ppu)


@pytest.mark.parametrize(
    ("work", "code"),
    [
        (lambda: capability.of_values(VALUES), "limits_missing"),
        (lambda: capability.of_values(VALUES, lower=11, upper=9), "limits_reversed"),
        (lambda: capability.of_values([1.0], upper=2), "too_few"),
        (lambda: capability.of_values([1.0, 1.0], upper=2), "no_spread"),
        (lambda: capability.of_values([1.0, float("inf")], upper=2), "not_a_number"),
        (lambda: capability.indices(mean=0, sigma=1, n=1, lower=None, upper=2), "too_few"),
        (lambda: capability.indices(mean=0, sigma=1, n=9, lower=None, upper=2, level=1), "level"),
        (lambda: capability.within_sigma([[1, 2], [3, 4]], by="x"), "estimate_unknown"),
        (lambda: capability.normality(VALUES[:7]), "too_few"),
        (lambda: capability.normality([1.0] * 9), "no_spread"),
        (lambda: capability.by_percentiles([1, 2, -3], distribution="weibull", lower=None, upper=9), "not_positive"),
        (
            lambda: capability.by_percentiles([1, 2, 3], distribution="gamma", lower=None, upper=9),
            "distribution_unknown",
        ),
        (lambda: capability.by_percentiles([2, 2, 2], distribution="weibull", lower=None, upper=9), "no_spread"),
    ],
)
def test_bad_input_is_refused(work, code):
    with pytest.raises(CalcError) as refused:
        work()
    assert refused.value.code == code
