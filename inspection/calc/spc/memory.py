"""Charts that remember: EWMA and tabular CUSUM."""

from dataclasses import dataclass

import numpy as np

from ..errors import CalcError
from ..errors import gettext_noop as _
from .limits import Chart, Limits, Numbers, Values, numbers


def ewma(
    values: Values,
    *,
    target: float,
    sigma: float,
    weight: float = 0.2,
    width: float = 3.0,
    asymptotic: bool = False,
) -> Chart:
    """z_i = weight x_i + (1 - weight) z_(i-1), z_0 = target. `sigma` is that of one value (of a mean: sigma / sqrt n).

    The limits are exact for each point; `asymptotic` draws their end value from the first point on.
    """
    found = numbers(values)
    if not 0 < weight <= 1 or width <= 0 or sigma <= 0:
        raise CalcError("ewma", _("EWMA needs a weight above 0 and at most 1, and a width and a sigma above 0."))
    points, last = np.empty(found.shape), target
    for at, value in enumerate(found):
        last = points[at] = weight * value + (1 - weight) * last
    grown = 1.0 if asymptotic else 1 - (1 - weight) ** (2 * np.arange(1, found.size + 1))
    spread = np.full(found.shape, sigma) * np.sqrt(weight / (2 - weight) * grown)
    centre = np.full(found.shape, target)
    return Chart(points, Limits(centre - width * spread, centre, centre + width * spread, spread, symmetric=False))


@dataclass(frozen=True)
class Cusum:
    """Sums above and below; `signals` are points (from 1) where one passes the decision interval H."""

    above: Numbers
    below: Numbers
    interval: float
    signals: list[int]


def cusum(values: Values, *, target: float, allowance: float, interval: float) -> Cusum:
    """Tabular, two-sided: `allowance` K = k sigma and `interval` H = h sigma, both in the unit of the values."""
    found = numbers(values)
    if allowance < 0 or interval <= 0:
        raise CalcError("cusum", _("CUSUM needs an allowance of 0 or more and a decision interval above 0."))
    above, below = np.zeros(found.shape), np.zeros(found.shape)
    high = low = 0.0
    for at, value in enumerate(found):
        high = above[at] = max(0.0, value - target - allowance + high)
        low = below[at] = max(0.0, target - value - allowance + low)
    signals = [int(at) + 1 for at in np.flatnonzero((above > interval) | (below > interval))]
    return Cusum(above, below, interval, signals)
