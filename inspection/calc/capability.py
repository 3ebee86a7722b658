"""Process capability (statistics.md 3.3; NIST 6.1.6, ISO 22514-2).

Cp and Cpk stand on the spread within subgroups (Rbar/d2, Sbar/c4 or pooled; for single values MRbar/d2), Pp and Ppk on the whole
standard deviation with n - 1. Intervals: Cp and Pp by chi-square with n - 1, Cpk and Ppk by z sqrt(1/(9n) + Cpk^2/(2(n - 1)))
(Bissell). A figure that needs the other limit is None where there is one limit. A natural limit (roundness is never below 0) is no
tolerance: leave it out, or Cp pretends a spread that the process cannot have.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # loads a part when it is first used: at the start of every process they would cost a second

from .errors import CalcError
from .errors import gettext_noop as _
from .spc.limits import Values, moving_sigma, numbers, summary

Interval = tuple[float, float]
WITHIN = ("R", "S", "pooled")
LEVEL = 0.95


@dataclass(frozen=True)
class Indices:
    """With the sigma named `sigma`. `potential` is Cp or Pp, `actual` Cpk or Ppk; ppm by the normal distribution."""

    sigma: float
    potential: float | None
    lower: float | None
    upper: float | None
    actual: float
    potential_interval: Interval | None
    actual_interval: Interval
    ppm_below: float
    ppm_above: float


@dataclass(frozen=True)
class Capability:
    """`within` is None where subgroups were not given. `centring` is Taguchi's Cpm; `beyond`: values observed below and above."""

    n: int
    mean: float
    s: float
    within: Indices | None
    overall: Indices
    cpm: float | None
    beyond: tuple[int, int]


def check_limits(lower: float | None, upper: float | None) -> None:
    """Raises CalcError limits_missing, limits_reversed."""
    if lower is None and upper is None:
        raise CalcError("limits_missing", _("There is no limit to judge by: give a lower one, an upper one or both."))
    if lower is not None and upper is not None and lower >= upper:
        facts = {"lower": lower, "upper": upper}
        raise CalcError(
            "limits_reversed", _("The lower limit %(lower)s lies above the upper limit %(upper)s."), **facts
        )


def indices(
    *, mean: float, sigma: float, n: int, lower: float | None, upper: float | None, level: float = LEVEL
) -> Indices:
    """From summary figures. Raises CalcError limits_missing, limits_reversed, no_spread, too_few, level."""
    check_limits(lower, upper)
    if n < 2:
        raise CalcError("too_few", _("This needs %(least)s values or more; there are %(given)s."), least=2, given=n)
    if not 0 < level < 1:
        raise CalcError("level", _("A confidence level lies between 0 and 1; %(level)s does not."), level=level)
    if not sigma > 0:
        raise CalcError(
            "no_spread", _("The values do not vary: the resolution of the gauge is too coarse to judge capability.")
        )
    below = None if lower is None else (mean - lower) / (3 * sigma)
    above = None if upper is None else (upper - mean) / (3 * sigma)
    potential = None if lower is None or upper is None else (upper - lower) / (6 * sigma)
    actual = min(one for one in (below, above) if one is not None)
    return Indices(
        sigma=sigma,
        potential=potential,
        lower=below,
        upper=above,
        actual=actual,
        potential_interval=None if potential is None else potential_interval(potential, n, level),
        actual_interval=actual_interval(actual, n, level),
        ppm_below=0.0 if below is None else 1e6 * float(scipy.stats.norm.cdf(-3 * below)),
        ppm_above=0.0 if above is None else 1e6 * float(scipy.stats.norm.cdf(-3 * above)),
    )


def potential_interval(value: float, n: int, level: float = LEVEL) -> Interval:
    """Of Cp or Pp."""
    tail = (1 - level) / 2
    low, high = (value * float(np.sqrt(scipy.stats.chi2.ppf(p, n - 1) / (n - 1))) for p in (tail, 1 - tail))
    return low, high


def actual_interval(value: float, n: int, level: float = LEVEL) -> Interval:
    """Of Cpk or Ppk."""
    half = float(scipy.stats.norm.ppf((1 + level) / 2)) * (1 / (9 * n) + value**2 / (2 * (n - 1))) ** 0.5
    return value - half, value + half


def taguchi(*, mean: float, sigma: float, target: float, lower: float, upper: float) -> float:
    """Cpm = (USL - LSL) / (6 sqrt(sigma^2 + (mean - target)^2))."""
    return float((upper - lower) / (6 * (sigma**2 + (mean - target) ** 2) ** 0.5))


def of_values(
    values: Values,
    *,
    lower: float | None = None,
    upper: float | None = None,
    target: float | None = None,
    within: float | None = None,
    level: float = LEVEL,
) -> Capability:
    """Of single values in order of production; `within` is the sigma within subgroups, from `within_sigma` or `moving`."""
    found = numbers(values, least=2)
    n, mean, s = int(found.size), float(found.mean()), float(found.std(ddof=1))
    limits = {"lower": lower, "upper": upper}
    both = target is not None and lower is not None and upper is not None
    return Capability(
        n=n,
        mean=mean,
        s=s,
        within=None if within is None else indices(mean=mean, sigma=within, n=n, level=level, **limits),
        overall=indices(mean=mean, sigma=s, n=n, level=level, **limits),
        cpm=taguchi(mean=mean, sigma=s, target=target, lower=lower, upper=upper) if both else None,  # type: ignore[arg-type] # by `both`
        beyond=(
            0 if lower is None else int((found < lower).sum()),
            0 if upper is None else int((found > upper).sum()),
        ),
    )


def of_subgroups(
    subgroups: Sequence[Sequence[float]],
    *,
    lower: float | None = None,
    upper: float | None = None,
    target: float | None = None,
    by: str = "R",
    level: float = LEVEL,
) -> Capability:
    sigma = within_sigma(subgroups, by=by)
    flat = np.asarray(subgroups, dtype=float).ravel()
    return of_values(flat, lower=lower, upper=upper, target=target, within=sigma, level=level)


def within_sigma(subgroups: Sequence[Sequence[float]], *, by: str = "R") -> float:
    """`by`: "R" Rbar/d2, "S" Sbar/c4, "pooled" the root of the mean variance. Raises CalcError estimate_unknown."""
    said = summary(subgroups)
    found = {"R": said.sigma_r, "S": said.sigma_s, "pooled": said.sigma_pooled}
    if by not in found:
        raise CalcError("estimate_unknown", _("There is no estimate %(by)s of sigma."), by=by)
    return found[by]


def moving(values: Values) -> float:
    """Sigma within, of single values: MRbar/d2(2)."""
    return moving_sigma(values)[1]


@dataclass(frozen=True)
class Normality:
    """Anderson-Darling for estimated mean and sigma; p by Stephens (1986). Below `alpha` normal is rejected."""

    statistic: float
    p: float

    def rejected(self, alpha: float = 0.05) -> bool:
        return self.p < alpha


# p = exp(a + b A* + c A*^2) by ranges of A*, the larger first; in the last two it is 1 minus that (Stephens, table 4.9).
STEPHENS = (
    (0.6, 1.2937, -5.709, 0.0186),
    (0.34, 0.9177, -4.279, -1.38),
    (0.2, -8.318, 42.796, -59.938),
    (0.0, -13.436, 101.14, -223.73),
)


def normality(values: Values) -> Normality:
    """Raises CalcError too_few (below 8), no_spread."""
    found = np.sort(numbers(values, least=8))
    n, s = found.size, found.std(ddof=1)
    if not s > 0:
        raise CalcError(
            "no_spread", _("The values do not vary: the resolution of the gauge is too coarse to judge capability.")
        )
    z = (found - found.mean()) / s
    weight = 2 * np.arange(1, n + 1) - 1
    squared = float(-n - np.mean(weight * (scipy.stats.norm.logcdf(z) + scipy.stats.norm.logsf(z[::-1]))))
    return Normality(squared, stephens(squared * (1 + 0.75 / n + 2.25 / n**2)))


def stephens(adjusted: float) -> float:
    """p of the adjusted statistic A*; beyond 13 it no longer changes what is seen."""
    at = min(adjusted, 13.0)
    least, a, b, c = next(row for row in STEPHENS if at >= row[0] or not row[0])
    value = float(np.exp(a + b * at + c * at**2))
    return value if least >= 0.34 else 1 - value


@dataclass(frozen=True)
class Fitted:
    """`parameters` of the fit, the percentiles at 0.135, 50 and 99.865 %, and the indices of the percentile method."""

    parameters: dict[str, float]
    low: float
    median: float
    high: float
    pp: float | None
    ppl: float | None
    ppu: float | None
    ppk: float
    ppm_below: float
    ppm_above: float


PERCENTILES = (0.00135, 0.5, 0.99865)


def by_percentiles(values: Values, *, distribution: str, lower: float | None, upper: float | None) -> Fitted:
    """Percentile method of ISO 22514-2. `distribution`: "weibull" (two parameters, maximum likelihood, location 0) or "lognormal"
    (sigma of the logarithms with n - 1). Values are above 0. Raises CalcError limits_missing, limits_reversed, not_positive,
    no_spread, too_few, distribution_unknown."""
    check_limits(lower, upper)
    found = numbers(values, least=3)
    if (found <= 0).any():
        raise CalcError(
            "not_positive",
            _("This distribution knows values above 0 only; %(value)s is none."),
            value=float(found.min()),
        )
    if not found.std() > 0:
        raise CalcError(
            "no_spread", _("The values do not vary: the resolution of the gauge is too coarse to judge capability.")
        )
    if distribution == "weibull":
        shape, _location, scale = scipy.stats.weibull_min.fit(found, floc=0)
        fitted, parameters = scipy.stats.weibull_min(shape, 0, scale), {"shape": float(shape), "scale": float(scale)}
    elif distribution == "lognormal":
        mu, sigma = float(np.log(found).mean()), float(np.log(found).std(ddof=1))
        fitted, parameters = scipy.stats.lognorm(sigma, 0, np.exp(mu)), {"mu": mu, "sigma": sigma}
    else:
        raise CalcError("distribution_unknown", _("There is no distribution %(name)s here."), name=distribution)
    low, median, high = (float(one) for one in fitted.ppf(PERCENTILES))
    ppl = None if lower is None else (median - lower) / (median - low)
    ppu = None if upper is None else (upper - median) / (high - median)
    return Fitted(
        parameters=parameters,
        low=low,
        median=median,
        high=high,
        pp=None if lower is None or upper is None else (upper - lower) / (high - low),
        ppl=ppl,
        ppu=ppu,
        ppk=min(one for one in (ppl, ppu) if one is not None),
        ppm_below=0.0 if lower is None else 1e6 * float(fitted.cdf(lower)),
        ppm_above=0.0 if upper is None else 1e6 * float(fitted.sf(upper)),
    )
