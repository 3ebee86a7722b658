"""Control charts and capability of values in the order in which they were measured (statistics.md 3.2, 3.3)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..calc import capability
from ..calc.errors import CalcError
from ..calc.spc import limits, monitor, rules
from ..choices import ChartKind
from ..models import Series
from .refusals import sentence

MOST = 2000


@dataclass(frozen=True)
class Value:
    """In the unit of the characteristic; `url`: the record that it stands in."""

    at: datetime
    number: Decimal
    lower: Decimal | None
    upper: Decimal | None
    name: str
    url: str


def measured(rows: Any, series: Iterable[Series], *, latest: int) -> list[Value]:
    """The `latest` sound values of these series among `rows`, oldest first; series whose unit is unknown are left out."""
    factors = {one.pk: one.factor for one in series if one.factor is not None}
    found = rows.filter(series__in=list(factors)).sound().order_by("-measured_at", "-pk")
    names = ("series_id", "measured_at", "value", "lower", "upper", "serial", "batch__uid")
    pages: dict[Any, str] = {}
    values = []
    for key, at, value, lower, upper, serial, batch in found.values_list(*names)[:latest]:
        factor = factors[key]
        if batch not in pages:
            pages[batch] = reverse("inspection:batch", args=[batch])
        low, high = (None if end is None else end * factor for end in (lower, upper))
        values.append(Value(at, value * factor, low, high, serial, pages[batch]))
    return values[::-1]


@dataclass(frozen=True)
class Plot:
    """One statistic. `first`: the place (from 0) of its first point; `signals`: place → rules, in the order of their names."""

    title: Promise
    points: limits.Numbers
    limits: limits.Limits
    signals: dict[int, list[str]]
    first: int

    @property
    def lines(self) -> tuple[list[float], list[float], list[float], float]:
        """Lower limit, centre and upper limit, of one value or one for each point, and sigma; sigma 0 where zones mean nothing."""
        one = self.limits
        zone = one.sigma[0] if one.symmetric else 0.0
        return one.lower.tolist(), one.centre.tolist(), one.upper.tolist(), float(zone)


@dataclass(frozen=True)
class Study:
    """Limits come from the places `stretch` (from 0, last excluded) and judge every point. `left_out`: the youngest values, too few for a
    subgroup. `values`: the first value of each place."""

    plots: list[Plot]
    values: Sequence[Value]
    stretch: tuple[int, int]
    left_out: int
    in_control: bool  # no signal within the stretch
    capability: "Ability | None"  # None: counts have none


Statistic = Callable[[Any], limits.Chart]
SINGLE: tuple[tuple[Any, Statistic, int], ...] = (
    (_("Single values"), limits.individuals, 0),
    (_("Moving ranges"), limits.moving_ranges, 1),
)
GROUPED: dict[str, tuple[tuple[Any, Statistic, int], ...]] = {
    ChartKind.X_R: ((_("Means"), partial(limits.xbar, by="R"), 0), (_("Ranges"), limits.ranges, 0)),
    ChartKind.X_S: ((_("Means"), partial(limits.xbar, by="S"), 0), (_("Standard deviations"), limits.deviations, 0)),
}


def study(
    values: Sequence[Value], *, kind: str, size: int, codes: Sequence[str], first: int = 1, last: int | None = None
) -> Study:
    """`first` and `last`: points (from 1) whose values give the limits; `last` None: to the end. Subgroups are `size` values in a row.
    Raises CalcError too_few where the stretch holds fewer than two points, subgroup_size."""
    numbers = [float(one.number) for one in values]
    size = 1 if kind == ChartKind.I_MR else size
    count = len(numbers) // size
    places: Any = numbers if size == 1 else [numbers[at * size : (at + 1) * size] for at in range(count)]
    stretch = (first - 1, min(last or count, count))
    base = places[slice(*stretch)]
    if len(base) < 2:
        raise CalcError("too_few", monitor.TOO_FEW, points=len(base))
    plots = [_plot(one, places, base, codes) for one in (SINGLE if size == 1 else GROUPED[kind])]
    steady = not any(stretch[0] <= place < stretch[1] for plot in plots for place in plot.signals)
    return Study(
        plots=plots,
        values=values[: count * size : size],
        stretch=stretch,
        left_out=len(numbers) - count * size,
        in_control=steady,
        capability=ability(base, values=values, kind=kind),
    )


def _plot(of: tuple[Any, Statistic, int], places: Any, base: Any, codes: Sequence[str]) -> Plot:
    title, statistic, first = of
    points, lines = statistic(places).points, statistic(base).limits
    signals: dict[int, list[str]] = {}
    for code, flagged in rules.check(points, lines, codes).items():
        for point in flagged:
            signals.setdefault(first + point - 1, []).append(code)
    return Plot(title, points, lines, dict(sorted(signals.items())), first)


# --- capability -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ability:
    """Of the values of the stretch against the limits that the youngest value was told with. `refused`: why there is none."""

    lower: float | None
    upper: float | None
    found: capability.Capability | None
    normality: capability.Normality | None
    fits: list[tuple[Promise, capability.Fitted]]
    refused: str


DISTRIBUTIONS = (("lognormal", _("Lognormal")), ("weibull", _("Weibull")))


def ability(base: Any, *, values: Sequence[Value], kind: str) -> Ability:
    told = next((one for one in reversed(values) if one.lower is not None or one.upper is not None), None)
    lower = _number(told.lower) if told else None
    upper = _number(told.upper) if told else None
    flat = np.asarray(base, dtype=float).ravel()
    try:
        within = capability.moving(flat) if kind == ChartKind.I_MR else capability.within_sigma(base, by=_by(kind))
        target = None if lower is None or upper is None else (lower + upper) / 2
        found = capability.of_values(flat, lower=lower, upper=upper, target=target, within=within)
    except CalcError as error:
        return Ability(lower, upper, None, None, [], sentence(error))
    normal = capability.normality(flat) if flat.size >= 8 else None
    return Ability(lower, upper, found, normal, _fits(flat, normal, lower, upper), "")


def _fits(flat: Any, normal: Any, lower: float | None, upper: float | None) -> list[tuple[Promise, capability.Fitted]]:
    """The percentile method, where the values are not normal and the distributions can hold them."""
    if normal is None or not normal.rejected() or (flat <= 0).any():
        return []
    return [
        (label, capability.by_percentiles(flat, distribution=name, lower=lower, upper=upper))
        for name, label in DISTRIBUTIONS
    ]


def _by(kind: str) -> str:
    return "R" if kind == ChartKind.X_R else "S"


def _number(end: Decimal | None) -> float | None:
    return None if end is None else float(end)
