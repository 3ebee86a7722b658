"""Gauge R&R by average and range, as the AIAG form computes it (statistics.md 3.4). The ANOVA sees the interaction; this does not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import CalcError
from ..errors import gettext_noop as _
from .grr import check_tolerance, readings

# 1/d2* of the form, by trials, by operators and by parts; the form stops there.
K1 = {2: 0.8862, 3: 0.5908}
K2 = {2: 0.7071, 3: 0.5231}
K3 = {2: 0.7071, 3: 0.5231, 4: 0.4467, 5: 0.4030, 6: 0.3742, 7: 0.3534, 8: 0.3375, 9: 0.3249, 10: 0.3146}
# D4 by trials and the root of 2 as the form prints them.
D4 = {2: 3.267, 3: 2.574}
ROOT = 1.41


@dataclass(frozen=True)
class RangeStudy:
    """Standard deviations, and percentages of the total variation `tv`."""

    r_bar: float
    r_by_operator: list[float]
    x_diff: float
    r_p: float
    k: tuple[float, float, float]
    ucl_r: float
    ev: float
    av: float
    grr: float
    pv: float
    tv: float
    tolerance: float | None

    def percent(self, value: float) -> float:
        return 100 * value / self.tv

    @property
    def percent_tolerance(self) -> float | None:
        return None if self.tolerance is None else 100 * 6 * self.grr / self.tolerance

    @property
    def ndc_raw(self) -> float:
        return float("inf") if self.grr == 0 else ROOT * self.pv / self.grr

    @property
    def ndc(self) -> int | None:
        return None if self.grr == 0 else max(1, int(self.ndc_raw))


def average_range(values: Sequence[Sequence[Sequence[float]]], *, tolerance: float | None = None) -> RangeStudy:
    """operator x part x trial: 2 or 3 operators, 2 to 10 parts, 2 or 3 trials. Raises CalcError design, tolerance."""
    x = readings(values)
    check_tolerance(tolerance)
    o, p, r = x.shape
    if o not in K2 or p not in K3 or r not in K1:
        raise CalcError(
            "design_form",
            _("The form has factors for 2 or 3 operators, 2 to 10 parts and 2 or 3 trials only: use the ANOVA."),
        )
    by_operator = np.ptp(x, axis=2).mean(axis=1)
    r_bar, x_diff = float(by_operator.mean()), float(np.ptp(x.mean(axis=(1, 2))))
    r_p = float(np.ptp(x.mean(axis=(0, 2))))
    ev = r_bar * K1[r]
    av = max(0.0, (x_diff * K2[o]) ** 2 - ev**2 / (p * r)) ** 0.5
    grr, pv = (ev**2 + av**2) ** 0.5, r_p * K3[p]
    return RangeStudy(
        r_bar=r_bar,
        r_by_operator=[float(one) for one in by_operator],
        x_diff=x_diff,
        r_p=r_p,
        k=(K1[r], K2[o], K3[p]),
        ucl_r=D4[r] * r_bar,
        ev=ev,
        av=av,
        grr=grr,
        pv=pv,
        tv=(grr**2 + pv**2) ** 0.5,
        tolerance=tolerance,
    )
