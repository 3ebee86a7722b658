"""Statistics in one process: no server, no database."""

import time
from collections.abc import Callable
from decimal import Decimal

import numpy as np

from inspection.calc import capability
from inspection.calc.sampling import plan

from .place import Scratch
from .report import Report

LOOKUPS, VALUES, ROUNDS = 20_000, 100_000, 5


def calc(report: Report, scratch: Scratch) -> None:
    """Gates of issue 6: 50 µs for a look-up, 300 ms for the capability of 100,000 values with its normality test."""
    aql = Decimal("0.65")
    seconds = best(lambda: [plan(scheme="z14_single", lot=50, aql=aql) for _time in range(LOOKUPS)])
    report.add("look-up of a sampling plan", seconds / LOOKUPS * 1e6, "µs", gate=50.0, better="less")
    values = np.random.default_rng(1).normal(10, 1, VALUES)
    seconds = best(lambda: whole(values))
    report.add(f"capability of {VALUES:,} values", seconds * 1e3, "ms", gate=300.0, better="less")


def whole(values: np.ndarray) -> None:
    capability.of_values(values, lower=5, upper=15, target=10, within=capability.moving(values))
    capability.normality(values)


def best(work: Callable[[], object]) -> float:
    """Seconds of the fastest of some rounds."""
    taken = []
    for _round in range(ROUNDS):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)
