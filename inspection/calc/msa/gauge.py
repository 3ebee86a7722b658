"""One gauge against a reference: type 1 study, bias, linearity (AIAG MSA 4th edition; type 1 as in VDA 5)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # loads a part when it is first used: at the start of every process they would cost a second

from ..errors import CalcError
from ..errors import gettext_noop as _
from ..spc.limits import Values, numbers
from .grr import check_tolerance


@dataclass(frozen=True)
class TypeOne:
    """Cg looks at repeatability, Cgk at repeatability and bias; 1.33 is the usual demand on both."""

    n: int
    mean: float
    s: float
    bias: float
    cg: float
    cgk: float
    t: float
    p: float

    def passes(self, least: float = 1.33) -> bool:
        return self.cg >= least and self.cgk >= least


def type_one(
    values: Values, *, reference: float, tolerance: float, share: float = 20.0, spread: float = 6.0
) -> TypeOne:
    """Repeated readings of one standard. Cg = (K/100 T)/(L s), Cgk = (K/200 T - |bias|)/(L/2 s): K `share` per cent of the
    tolerance width T, L `spread` standard deviations (6, or 4 by choice). Raises CalcError too_few, no_spread, tolerance, share."""
    found = numbers(values, least=2)
    check_tolerance(tolerance)
    if not 0 < share <= 100 or spread <= 0:
        raise CalcError(
            "share", _("The share of the tolerance lies above 0 and at most at 100 %%, the spread above 0.")
        )
    s = float(found.std(ddof=1))
    if not s > 0:
        raise CalcError(
            "no_spread", _("The values do not vary: the resolution of the gauge is too coarse to judge capability.")
        )
    bias = float(found.mean()) - reference
    room = share / 200 * tolerance
    tested = biased(values, reference=reference)
    return TypeOne(
        n=int(found.size),
        mean=float(found.mean()),
        s=s,
        bias=bias,
        cg=2 * room / (spread * s),
        cgk=(room - abs(bias)) / (spread / 2 * s),
        t=tested.t,
        p=tested.p,
    )


@dataclass(frozen=True)
class Bias:
    """`interval` at `level` for the bias; where it holds 0 the bias is not shown to differ from 0."""

    bias: float
    t: float
    p: float
    interval: tuple[float, float]

    @property
    def is_significant(self) -> bool:
        return not self.interval[0] <= 0 <= self.interval[1]


def biased(values: Values, *, reference: float, level: float = 0.95) -> Bias:
    """Independent samples, t test with n - 1. Raises CalcError too_few, no_spread."""
    found = numbers(values, least=2)
    n, s = found.size, float(found.std(ddof=1))
    if not s > 0:
        raise CalcError(
            "no_spread", _("The values do not vary: the resolution of the gauge is too coarse to judge capability.")
        )
    bias, error = float(found.mean()) - reference, s / n**0.5
    half = float(scipy.stats.t.ppf((1 + level) / 2, n - 1)) * error
    t = bias / error
    return Bias(bias, t, 2 * float(scipy.stats.t.sf(abs(t), n - 1)), (bias - half, bias + half))


@dataclass(frozen=True)
class Linearity:
    """bias = intercept + slope x reference; p of each against 0. The gauge is linear where both are not significant."""

    slope: float
    intercept: float
    r_squared: float
    p_slope: float
    p_intercept: float
    biases: list[float]

    def is_linear(self, alpha: float = 0.05) -> bool:
        return self.p_slope >= alpha and self.p_intercept >= alpha


def linearity(references: Sequence[float], readings: Sequence[Sequence[float]]) -> Linearity:
    """`readings` of each reference. Raises CalcError references (fewer than 2 different ones, or not one list each), too_few."""
    known = numbers(references)
    if np.unique(known).size < 2 or len(readings) != known.size or not all(len(group) for group in readings):
        raise CalcError("references", _("Linearity needs 2 or more different references with readings for each."))
    x = np.repeat(known, [len(group) for group in readings])
    y = numbers([value for group in readings for value in group], least=3) - x
    fit = scipy.stats.linregress(x, y)
    if fit.intercept_stderr > 0:
        p_intercept = 2 * float(scipy.stats.t.sf(abs(fit.intercept / fit.intercept_stderr), x.size - 2))
    else:  # the line goes through every point
        p_intercept = 1.0 if fit.intercept == 0 else 0.0
    means = [float(np.mean(group)) - float(reference) for group, reference in zip(readings, known, strict=True)]
    return Linearity(
        float(fit.slope), float(fit.intercept), float(fit.rvalue) ** 2, float(fit.pvalue), p_intercept, means
    )
