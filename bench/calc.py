"""Statistics in one process: no server, no database."""

import time
from collections.abc import Callable
from decimal import Decimal

import numpy as np

from inspection.calc import capability
from inspection.calc.sampling import plan
from inspection.calc.spc import limits, rules
from qms.ui import charts

from .place import Scratch
from .report import Report

LOOKUPS, VALUES, POINTS, ROUNDS = 20_000, 100_000, 2_000, 5


def calc(report: Report, scratch: Scratch) -> None:
    """Gates of issue 6: 50 µs for a look-up, 30 ms for a chart (limits, rules, drawing), 300 ms for the capability of 100,000 values
    with its normality test."""
    aql = Decimal("0.65")
    seconds = best(lambda: [plan(scheme="z14_single", lot=50, aql=aql) for _time in range(LOOKUPS)])
    report.add("look-up of a sampling plan", seconds / LOOKUPS * 1e6, "µs", gate=50.0, better="less")
    seconds = best(lambda: chart(np.random.default_rng(1).normal(10, 1, POINTS).tolist()))
    report.add(f"control chart of {POINTS:,} points", seconds * 1e3, "ms", gate=30.0, better="less")
    values = np.random.default_rng(1).normal(10, 1, VALUES)
    seconds = best(lambda: whole(values))
    report.add(f"capability of {VALUES:,} values", seconds * 1e3, "ms", gate=300.0, better="less")


def whole(values: np.ndarray) -> None:
    capability.of_values(values, lower=5, upper=15, target=10, within=capability.moving(values))
    capability.normality(values)


def chart(values: list[float]) -> str:
    """I-MR with all of Nelson's tests, as an SVG."""
    panels = []
    for title, statistic, first in (("X", limits.individuals, 0), ("MR", limits.moving_ranges, 1)):
        found = statistic(values)
        line = found.limits
        flags: dict[int, list[str]] = {}
        for code, places in rules.check(found.points, line, list(rules.NELSON)).items():
            for place in places:
                flags.setdefault(place - 1 + first, []).append(code)
        lines = (line.lower.tolist(), line.centre.tolist(), line.upper.tolist(), float(line.sigma[0]))
        panels.append(charts.Panel(title, found.points.tolist(), *lines, flags, str, str, first))
    return charts.control(panels, label="bench")


def best(work: Callable[[], object]) -> float:
    """Seconds of the fastest of some rounds."""
    taken = []
    for _round in range(ROUNDS):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)
