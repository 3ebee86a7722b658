"""Factors of Shewhart charts for subgroups of n, computed and not typed (printed tables differ in the last digit).

d2 and d3 are mean and standard deviation of the range of n standard normal values, by numerical integration; c4 is exact.
A negative lower factor is 0.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import scipy  # loads a part when it is first used: at the start of every process they would cost a second

from ..errors import CalcError
from ..errors import gettext_noop as _

LARGEST = 100


@dataclass(frozen=True)
class Factors:
    """Named as in ASTM E2587 and ISO 7870-2."""

    n: int
    d2: float
    d3: float
    c4: float
    A: float
    A2: float
    A3: float
    B3: float
    B4: float
    B5: float
    B6: float
    D1: float
    D2: float
    D3: float
    D4: float
    E2: float


def _check(n: int) -> None:
    if isinstance(n, bool) or not isinstance(n, int) or not 2 <= n <= LARGEST:
        raise CalcError("subgroup_size", _("A subgroup has 2 to %(most)s values; %(n)s is none."), n=n, most=LARGEST)


def c4(n: int) -> float:
    """E(s) / sigma for n values, n - 1 in s."""
    return math.sqrt(2 / (n - 1)) * math.exp(math.lgamma(n / 2) - math.lgamma((n - 1) / 2))


@lru_cache(maxsize=LARGEST)
def ranges(n: int) -> tuple[float, float]:
    """d2 and d3 by integrals over the distribution of the smallest and the largest value."""

    def mean(x: float) -> float:
        return float(1 - scipy.special.ndtr(-x) ** n - scipy.special.ndtr(x) ** n)

    def square(y: float, x: float) -> float:
        """y is the smaller one."""
        upper, lower = float(scipy.special.ndtr(x)), float(scipy.special.ndtr(y))
        return float(1 - upper**n - (1 - lower) ** n + (upper - lower) ** n)

    d2 = scipy.integrate.quad(mean, -10, 10, epsabs=1e-12, limit=200)[0]
    second = 2 * scipy.integrate.dblquad(square, -10, 10, -10, lambda x: x, epsabs=1e-11)[0]
    return d2, math.sqrt(second - d2 * d2)


@lru_cache(maxsize=LARGEST)
def factors(n: int) -> Factors:
    """Raises CalcError subgroup_size. The first call for an n takes some tens of milliseconds."""
    _check(n)
    (d2, d3), c = ranges(n), c4(n)
    root, wide = math.sqrt(n), math.sqrt(1 - c * c)
    return Factors(
        n=n,
        d2=d2,
        d3=d3,
        c4=c,
        A=3 / root,
        A2=3 / (d2 * root),
        A3=3 / (c * root),
        B3=max(0.0, 1 - 3 * wide / c),
        B4=1 + 3 * wide / c,
        B5=max(0.0, c - 3 * wide),
        B6=c + 3 * wide,
        D1=max(0.0, d2 - 3 * d3),
        D2=d2 + 3 * d3,
        D3=max(0.0, 1 - 3 * d3 / d2),
        D4=1 + 3 * d3 / d2,
        E2=3 / d2,
    )
