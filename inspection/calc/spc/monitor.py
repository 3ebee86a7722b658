"""Phase I estimates figures from a stretch and freezes them; phase II draws lines from frozen figures alone (statistics.md 3.2).

A sample is what one point is made of: the values of a subgroup, or one count. Figures are plain numbers by name, so that they can be
signed and kept. EWMA and CUSUM begin at the first sample that they are given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import CalcError
from ..errors import gettext_noop as _
from . import limits, memory
from .constants import factors
from .limits import Limits, Numbers

Figures = Mapping[str, float]
VALUES, COUNTS = ("i_mr", "x_r", "x_s", "ewma", "cusum"), ("p", "np", "c", "u")
GROUPED = ("x_r", "x_s")
LEAST = 2
NAMES = {
    "i_mr": ("values", "moving"),
    "x_r": ("means", "ranges"),
    "x_s": ("means", "deviations"),
    "cusum": ("above", "below"),
}  # of a kind with two tracks; one with a single track has the name of its kind
TOO_FEW = _("Limits need two points or more; the stretch has %(points)s.")


@dataclass(frozen=True)
class Sample:
    """`numbers`: one value, a subgroup, or one count; `size`: of what the count was found in."""

    numbers: Sequence[float]
    size: float = 1.0


@dataclass(frozen=True)
class Track:
    """One statistic with a line for each of its points; `first`: how many samples come before its first point."""

    name: str
    points: Numbers
    limits: Limits
    first: int = 0


def estimate(kind: str, samples: Sequence[Sample]) -> dict[str, float]:
    """Raises CalcError too_few, sizes (np and c need samples of one size), no_spread, and what the chart itself refuses."""
    if len(samples) < LEAST:
        raise CalcError("too_few", TOO_FEW, points=len(samples))
    if kind in COUNTS:
        return _counted(kind, samples)
    if kind in GROUPED:
        said = limits.summary([one.numbers for one in samples])
        return {"mean": said.mean, "spread": said.r_bar if kind == "x_r" else said.s_bar, "n": said.n}
    values = [one.numbers[0] for one in samples]
    spread, sigma = limits.moving_sigma(values)
    if kind in ("ewma", "cusum") and sigma <= 0:
        raise CalcError("no_spread", _("The values of the stretch do not vary: there is nothing to judge new ones by."))
    return {"mean": float(np.mean(values)), "spread": spread, "sigma": sigma}


def _counted(kind: str, samples: Sequence[Sample]) -> dict[str, float]:
    counts, sizes = [one.numbers[0] for one in samples], [one.size for one in samples]
    if kind in ("np", "c") and len(set(sizes)) > 1:
        raise CalcError(
            "sizes", _("np and c charts need samples of one size; these have %(sizes)s."), sizes=sorted(set(sizes))
        )
    chart = limits.p_chart(counts, sizes) if kind in ("p", "np") else limits.u_chart(counts, sizes)
    return {"mean": float(chart.limits.centre[0]), "n": sizes[0]}


def tracks(kind: str, figures: Figures, samples: Sequence[Sample], options: Figures) -> list[Track]:
    """`options`: weight and width of EWMA; k and h of CUSUM, in sigmas. Raises CalcError."""
    if kind in COUNTS:
        return [_count_track(kind, figures, samples)]
    if kind in GROUPED:
        return _group_tracks(kind, figures, samples)
    values = limits.numbers([one.numbers[0] for one in samples])
    mean, sigma = figures["mean"], figures["sigma"]
    if kind == "ewma":
        chart = memory.ewma(values, target=mean, sigma=sigma, weight=options["weight"], width=options["width"])
        return [Track("ewma", chart.points, chart.limits)]
    if kind == "cusum":
        height = options["h"] * sigma
        sums = memory.cusum(values, target=mean, allowance=options["k"] * sigma, interval=height)
        line = _line(0.0, 0.0, height, 0.0, symmetric=False)
        return [Track("above", sums.above, line), Track("below", sums.below, line)]
    f = factors(2)
    spread = figures["spread"]
    moving = _line(0.0, spread, f.D4 * spread, f.d3 * sigma, symmetric=False)
    single = Track("values", values, _around(mean, sigma))
    return [single, Track("moving", np.abs(np.diff(values)), moving, 1)]


def _group_tracks(kind: str, figures: Figures, samples: Sequence[Sample]) -> list[Track]:
    groups = limits.subgrouped([one.numbers for one in samples] * (1 if len(samples) > 1 else 2))[: len(samples)]
    n, spread = int(figures["n"]), figures["spread"]
    if groups.shape[1] != n:
        raise CalcError("points", _("The limits are of subgroups of %(limits)s values."), limits=n)
    f = factors(n)
    if kind == "x_r":
        sigma, second = spread / f.d2, "ranges"
        line = _line(f.D3 * spread, spread, f.D4 * spread, f.d3 * sigma, symmetric=False)
        shown = np.ptp(groups, axis=1)
    else:
        sigma, second = spread / f.c4, "deviations"
        line = _line(f.B3 * spread, spread, f.B4 * spread, sigma * (1 - f.c4**2) ** 0.5, symmetric=False)
        shown = groups.std(axis=1, ddof=1)
    means = Track("means", groups.mean(axis=1), _around(figures["mean"], sigma / n**0.5))
    return [means, Track(second, shown, line)]


def _count_track(kind: str, figures: Figures, samples: Sequence[Sample]) -> Track:
    counts = limits.numbers([one.numbers[0] for one in samples])
    sizes = limits.numbers([one.size for one in samples])
    mean, n = figures["mean"], figures["n"]
    if kind in ("np", "c") and (sizes != n).any():
        raise CalcError(
            "sizes", _("np and c charts need samples of one size; these have %(sizes)s."), sizes=sorted({*sizes, n})
        )
    sigma = np.sqrt(mean * (1 - mean) / sizes) if kind in ("p", "np") else np.sqrt(mean / sizes)
    scale = n if kind in ("np", "c") else 1.0
    line = Limits(
        np.maximum(0.0, mean - 3 * sigma) * scale,
        np.full(sizes.shape, mean * scale),
        (mean + 3 * sigma) * scale,
        sigma * scale,
    )
    return Track(kind, counts if scale != 1.0 or kind in ("np", "c") else counts / sizes, line)


def _around(mean: float, sigma: float) -> Limits:
    return _line(mean - 3 * sigma, mean, mean + 3 * sigma, sigma)


def _line(lower: float, centre: float, upper: float, sigma: float, *, symmetric: bool = True) -> Limits:
    return Limits(np.array([lower]), np.array([centre]), np.array([upper]), np.array([sigma]), symmetric)
