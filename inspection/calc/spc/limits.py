"""Limits of control charts. Sigma: Rbar/d2 for X̄-R, Sbar/c4 for X̄-S, MRbar/d2(2) for I-MR (statistics.md 3.2).

Values are floats in one unit; a chart is given as its statistic, point by point. Every limit is at 3 sigma. A lower limit below 0
of a range, deviation or count is 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import CalcError
from ..errors import gettext_noop as _
from .constants import factors

Numbers = NDArray[np.float64]
Values = Sequence[float] | Numbers


@dataclass(frozen=True)
class Limits:
    """One line each, or one per point where the sample varies. `sigma` is that of the plotted statistic; zones need `symmetric`."""

    lower: Numbers
    centre: Numbers
    upper: Numbers
    sigma: Numbers
    symmetric: bool = True

    def at(self, points: int) -> "Limits":
        """The same limits for `points` points."""
        if self.centre.size == points:
            return self
        if self.centre.size != 1:
            raise CalcError(
                "points",
                _("There are limits for %(limits)s points, not for %(points)s."),
                limits=self.centre.size,
                points=points,
            )
        lower, centre, upper, sigma = (
            np.full(points, line[0]) for line in (self.lower, self.centre, self.upper, self.sigma)
        )
        return Limits(lower, centre, upper, sigma, self.symmetric)


@dataclass(frozen=True)
class Chart:
    """The statistic and its limits."""

    points: Numbers
    limits: Limits


def _line(lower: float, centre: float, upper: float, sigma: float, *, symmetric: bool = True) -> Limits:
    return Limits(np.array([lower]), np.array([centre]), np.array([upper]), np.array([sigma]), symmetric)


def numbers(values: Values, *, least: int = 1) -> Numbers:
    """Raises CalcError too_few, not_a_number."""
    found = np.asarray(values, dtype=float)
    if found.size < least:
        raise CalcError(
            "too_few",
            _("This needs %(least)s values or more; there are %(given)s."),
            least=least,
            given=int(found.size),
        )
    if not np.isfinite(found).all():
        raise CalcError(
            "not_a_number", _("%(value)s is no number to judge."), value=float(found[~np.isfinite(found)][0])
        )
    return found


def subgrouped(subgroups: Sequence[Sequence[float]]) -> Numbers:
    """An array k x n. Raises CalcError subgroups (not all of one size of 2 or more), too_few, not_a_number."""
    sizes = {len(group) for group in subgroups}
    if len(sizes) != 1 or min(sizes) < 2:
        raise CalcError(
            "subgroups", _("Subgroups are all of one size of 2 or more; these have %(sizes)s."), sizes=sorted(sizes)
        )
    return numbers(np.asarray(subgroups, dtype=float), least=2)


@dataclass(frozen=True)
class Subgroups:
    """What subgroups say about mean and spread; `pooled` weighs the variances by their degrees of freedom."""

    n: int
    k: int
    mean: float
    r_bar: float
    s_bar: float
    sigma_r: float
    sigma_s: float
    sigma_pooled: float


def summary(subgroups: Sequence[Sequence[float]]) -> Subgroups:
    groups = subgrouped(subgroups)
    k, n = groups.shape
    spread, factor = groups.std(axis=1, ddof=1), factors(n)
    r_bar, s_bar = float(np.ptp(groups, axis=1).mean()), float(spread.mean())
    pooled = float(np.sqrt(np.mean(spread**2)))
    return Subgroups(n, k, float(groups.mean()), r_bar, s_bar, r_bar / factor.d2, s_bar / factor.c4, pooled)


def xbar(subgroups: Sequence[Sequence[float]], *, by: str = "R") -> Chart:
    """Means; `by` "R" or "S" names the estimate of sigma."""
    groups, said = subgrouped(subgroups), summary(subgroups)
    sigma = (said.sigma_r if by == "R" else said.sigma_s) / said.n**0.5
    return Chart(groups.mean(axis=1), _line(said.mean - 3 * sigma, said.mean, said.mean + 3 * sigma, sigma))


def ranges(subgroups: Sequence[Sequence[float]]) -> Chart:
    groups, said = subgrouped(subgroups), summary(subgroups)
    f = factors(said.n)
    line = _line(f.D3 * said.r_bar, said.r_bar, f.D4 * said.r_bar, f.d3 * said.sigma_r, symmetric=False)
    return Chart(np.ptp(groups, axis=1), line)


def deviations(subgroups: Sequence[Sequence[float]]) -> Chart:
    groups, said = subgrouped(subgroups), summary(subgroups)
    f = factors(said.n)
    sigma = said.sigma_s * (1 - f.c4**2) ** 0.5
    return Chart(
        groups.std(axis=1, ddof=1), _line(f.B3 * said.s_bar, said.s_bar, f.B4 * said.s_bar, sigma, symmetric=False)
    )


def moving_sigma(values: Values) -> tuple[float, float]:
    """MRbar of neighbours, and sigma from it."""
    mean = float(np.abs(np.diff(numbers(values, least=2))).mean())
    return mean, mean / factors(2).d2


def lag_one(values: Values) -> float:
    """Autocorrelation of neighbours: far from 0, the limits of an individuals chart mislead. Raises CalcError too_few, no_spread."""
    found = numbers(values, least=3)
    away = found - found.mean()
    if not np.ptp(found) > 0:
        raise CalcError(
            "no_spread", _("The values do not vary: the resolution of the gauge is too coarse to judge capability.")
        )
    return float((away[1:] * away[:-1]).sum() / (away**2).sum())


def individuals(values: Values) -> Chart:
    found, (_mr, sigma) = numbers(values, least=2), moving_sigma(values)
    mean = float(found.mean())
    return Chart(found, _line(mean - 3 * sigma, mean, mean + 3 * sigma, sigma))


def moving_ranges(values: Values) -> Chart:
    """Points 2 … k."""
    found, (mean, sigma) = np.abs(np.diff(numbers(values, least=2))), moving_sigma(values)
    f = factors(2)
    return Chart(found, _line(0.0, mean, f.D4 * mean, f.d3 * sigma, symmetric=False))


def _samples(counts: Sequence[float], sizes: Sequence[float] | float) -> tuple[Numbers, Numbers]:
    found = numbers(counts)
    units = np.full(found.shape, float(sizes)) if isinstance(sizes, int | float) else numbers(sizes)
    if units.shape != found.shape or (units <= 0).any() or (found < 0).any():
        raise CalcError("samples", _("Each count of 0 or more needs the size of its sample, above 0."))
    return found, units


def p_chart(counts: Sequence[float], sizes: Sequence[float] | float) -> Chart:
    """Shares nonconforming; with varying sizes the limits step."""
    found, units = _samples(counts, sizes)
    if (found > units).any():
        raise CalcError(
            "count_above",
            _("%(count)s units cannot be nonconforming in a sample of %(n)s."),
            count=found.max(),
            n=units.min(),
        )
    mean = float(found.sum() / units.sum())
    return Chart(found / units, _stepped(mean, np.sqrt(mean * (1 - mean) / units)))


def np_chart(counts: Sequence[float], size: float) -> Chart:
    """Units nonconforming in samples of one size."""
    chart = p_chart(counts, size)
    one = chart.limits
    return Chart(chart.points * size, Limits(one.lower * size, one.centre * size, one.upper * size, one.sigma * size))


def c_chart(counts: Sequence[float]) -> Chart:
    """Nonconformities in samples of one size."""
    found, _units = _samples(counts, 1.0)
    mean = float(found.mean())
    return Chart(found, _stepped(mean, np.full(found.shape, mean**0.5)))


def u_chart(counts: Sequence[float], sizes: Sequence[float] | float) -> Chart:
    """Nonconformities per unit."""
    found, units = _samples(counts, sizes)
    mean = float(found.sum() / units.sum())
    return Chart(found / units, _stepped(mean, np.sqrt(mean / units)))


def _stepped(mean: float, sigma: Numbers) -> Limits:
    return Limits(np.maximum(0.0, mean - 3 * sigma), np.full(sigma.shape, mean), mean + 3 * sigma, sigma)
