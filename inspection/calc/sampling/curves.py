"""Operating characteristic and its company, by scipy.

Binomial for percent nonconforming (Type B, a process), Poisson for nonconformities per unit, hypergeometric for an isolated lot
(Type A). A plan is given as its stages; counts between Ac and Re of the last stage are accepted (Z1.4, reduced). ASN is without
curtailment. AOQ assumes that what is found is replaced, and that a lot not accepted is sorted whole.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy  # loads a part when it is first used: at the start of every process they would cost a second
from numpy.typing import NDArray

from ..errors import CalcError
from ..errors import gettext_noop as _
from .result import Stage

Numbers = NDArray[np.float64]
MODELS = ("binomial", "poisson", "hypergeometric")


def _counts(model: str, n: int, fraction: Numbers, lot: int | None) -> Any:
    if model == "binomial":
        return scipy.stats.binom(n, fraction)
    if model == "poisson":
        return scipy.stats.poisson(n * fraction)
    if model != "hypergeometric":
        raise CalcError("model_unknown", _("There is no model %(model)s of the sample."), model=model)
    if lot is None or lot < n:
        raise CalcError("lot_missing", _("The hypergeometric needs a lot of at least the sample of %(n)s."), n=n)
    return scipy.stats.hypergeom(lot, np.rint(fraction * lot).astype(int), n)


def _fractions(fractions: Sequence[float]) -> Numbers:
    values = np.asarray(fractions, dtype=float)
    if values.size and not (np.isfinite(values).all() and values.min() >= 0):
        raise CalcError("fraction", _("Fractions nonconforming are numbers from 0 on."))
    return values


def acceptance(
    stages: Sequence[Stage], fractions: Sequence[float], *, model: str = "binomial", lot: int | None = None
) -> Numbers:
    """Pa at each fraction nonconforming (0 to 1; per unit for Poisson). Raises CalcError model_unknown, lot_missing, fraction."""
    values = _fractions(fractions)
    first = stages[0]
    counts = _counts(model, first.n, values, lot)
    if len(stages) == 1:
        return np.asarray(counts.cdf(first.re - 1), dtype=float)
    second, found = stages[1], np.asarray(counts.cdf(first.ac), dtype=float)
    for count in range(first.ac + 1, first.re):
        found = found + counts.pmf(count) * _rest(model, stages, values, lot, count).cdf(second.re - 1 - count)
    return np.asarray(found, dtype=float)


def _rest(model: str, stages: Sequence[Stage], values: Numbers, lot: int | None, count: int) -> Any:
    """The second sample after `count` in the first: of an isolated lot that is what is left of it."""
    if model != "hypergeometric":
        return _counts(model, stages[1].n, values, lot)
    assert lot is not None
    bad = np.clip(np.rint(values * lot).astype(int) - count, 0, lot - stages[0].n)
    return scipy.stats.hypergeom(lot - stages[0].n, bad, stages[1].n)


def average_sample(stages: Sequence[Stage], fractions: Sequence[float], *, model: str = "binomial") -> Numbers:
    """ASN: units inspected per lot on average, without curtailment."""
    values, first = _fractions(fractions), stages[0]
    if len(stages) == 1:
        return np.full(values.shape, float(first.n))
    counts = _counts(model, first.n, values, None)
    return np.asarray(first.n + stages[1].n * (counts.cdf(first.re - 1) - counts.cdf(first.ac)), dtype=float)


def average_inspection(stages: Sequence[Stage], fractions: Sequence[float], *, lot: int) -> Numbers:
    """ATI of single sampling: units inspected per lot of `lot` when lots not accepted are sorted."""
    _check_single(stages)
    accepted = acceptance(stages, fractions)
    return np.asarray(stages[0].n + (1 - accepted) * (lot - stages[0].n), dtype=float)


def outgoing(stages: Sequence[Stage], fractions: Sequence[float], *, lot: int | None = None) -> Numbers:
    """AOQ of single sampling, as a fraction: p Pa (N - n) / N, or p Pa where no lot is given."""
    _check_single(stages)
    values, accepted = _fractions(fractions), acceptance(stages, fractions)
    return np.asarray(values * accepted * (1.0 if lot is None else (lot - stages[0].n) / lot), dtype=float)


def _check_single(stages: Sequence[Stage]) -> None:
    if len(stages) != 1:
        raise CalcError("single_only", _("This curve is defined for single sampling."))


def quality_at(stages: Sequence[Stage], probability: float, *, model: str = "binomial") -> float:
    """Fraction nonconforming that is accepted with `probability`: 0.95 the producer's point, 0.10 the limiting quality."""
    if not 0 < probability < 1:
        raise CalcError("risk_outside", _("A risk lies between 0 and 1; %(risk)s does not."), risk=probability)
    top = 1.0 if model == "binomial" else 1.0 + 20.0 * stages[-1].re / stages[0].n
    return float(
        scipy.optimize.brentq(
            lambda p: float(acceptance(stages, [p], model=model)[0]) - probability, 0.0, top, xtol=1e-12
        )
    )


def two_points(*, good: float, producer: float, bad: float, consumer: float, most: int = 100_000) -> Stage:
    """Smallest single plan with Pa >= `producer` at `good` and <= `consumer` at `bad` (binomial). Raises CalcError no_plan."""
    if not 0 < good < bad < 1 or not 0 < consumer < producer < 1:
        raise CalcError("points", _("The good quality must lie below the bad one, and its probability above."))
    n, ac = 1, 0
    while n <= most:
        if scipy.stats.binom.cdf(ac, n, bad) > consumer:
            n += 1
        elif scipy.stats.binom.cdf(ac, n, good) < producer:
            ac += 1
        else:
            return Stage(n, n, ac, ac + 1)
    raise CalcError("no_plan", _("No plan of up to %(most)s units meets both points."), most=most)
