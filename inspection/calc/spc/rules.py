"""Rules for patterns on a chart: Nelson's eight tests and the Western Electric rules.

Conventions (statistics.md 3.2): the flagged point is the LAST of the pattern; points count from 1. In tests 5 and 6 that point
itself lies beyond the zone. Test 3 counts 6 points (5 steps) and test 4 counts 14 points (13 steps), by Nelson's wording; with
`steps=True` they need as many steps, as JASP and Minitab count. Test 8 flags points beyond 1 sigma on either side. A point on a
line is not beyond it; one on the centre line ends a run. Zone tests make sense on symmetric charts only: elsewhere only test 1 runs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import CalcError
from ..errors import gettext_noop as _
from .limits import Limits, Numbers

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Rule:
    """`length` points (or steps), of which `needed` must do it; `convention` is said beside the rule on screens."""

    code: str
    label: str
    convention: str
    length: int
    needed: int = 0


LAST = _("The flagged point is the last of the pattern.")
ITSELF = _("The flagged point is the last of the pattern and lies beyond the zone itself.")
POINTS = _("Counted in points, by Nelson's wording; the flagged point is the last.")
EITHER = _("Either side counts; the flagged point is the last of the pattern.")

NELSON = {
    rule.code: rule
    for rule in (
        Rule("1", _("One point beyond a control limit"), LAST, 1),
        Rule("2", _("9 points in a row on one side of the centre line"), LAST, 9),
        Rule("3", _("6 points in a row rising or falling"), POINTS, 6),
        Rule("4", _("14 points in a row alternating up and down"), POINTS, 14),
        Rule("5", _("2 of 3 points beyond 2 sigma on one side"), ITSELF, 3, 2),
        Rule("6", _("4 of 5 points beyond 1 sigma on one side"), ITSELF, 5, 4),
        Rule("7", _("15 points in a row within 1 sigma"), LAST, 15),
        Rule("8", _("8 points in a row beyond 1 sigma"), EITHER, 8),
    )
}
WESTERN = {
    rule.code: rule
    for rule in (
        Rule("WE1", _("One point beyond a control limit"), LAST, 1),
        Rule("WE2", _("2 of 3 points beyond 2 sigma on one side"), ITSELF, 3, 2),
        Rule("WE3", _("4 of 5 points beyond 1 sigma on one side"), ITSELF, 5, 4),
        Rule("WE4", _("8 points in a row on one side of the centre line"), LAST, 8),
    )
}
# Of each value by itself, against the limits that it was told with: for process parameters, whose limits are set and not computed.
SPECIFIED = {
    rule.code: rule
    for rule in (
        Rule(
            "L",
            _("A value outside the limits that it was told with"),
            _("Every value counts, whatever the control limits say."),
            1,
        ),
    )
}
RULES = NELSON | WESTERN | SPECIFIED
ANYWHERE = {"1", "WE1"}


def check(
    points: Sequence[float] | Numbers,
    limits: Limits,
    rules: Sequence[str],
    *,
    steps: bool = False,
    lengths: Mapping[str, int] | None = None,
) -> dict[str, list[int]]:
    """Flagged points by rule. On a chart that is not symmetric only the rules in ANYWHERE are run; the others are not in the answer,
    nor are those of SPECIFIED, which look at no chart.

    `lengths` replaces the length of a rule by code: plants run test 2 with 7 or 8 points, too.
    Raises CalcError rule_unknown, rule_length, points (limits for another number of points).
    """
    values = np.asarray(points, dtype=float)
    if unknown := [code for code in rules if code not in RULES]:
        raise CalcError("rule_unknown", _("There is no rule %(rule)s."), rule=unknown[0])
    line = limits.at(values.size)
    own = lengths or {}
    if any(length < 2 for length in own.values()):
        raise CalcError("rule_length", _("A rule looks at 2 points or more."))
    asked = [code for code in rules if code not in SPECIFIED]
    run = {code: _rule(code, own) for code in asked if limits.symmetric or code in ANYWHERE}
    return {
        code: [int(at) + 1 for at in np.flatnonzero(_flags(rule, values, line, steps))] for code, rule in run.items()
    }


def _rule(code: str, lengths: Mapping[str, int]) -> Rule:
    return replace(RULES[code], length=lengths[code]) if code in lengths else RULES[code]


def _flags(rule: Rule, values: Numbers, line: Limits, steps: bool) -> Flags:
    code = rule.code
    if code in ANYWHERE:
        return np.asarray((values > line.upper) | (values < line.lower))
    if code == "3":
        return _trend(values, rule.length - (0 if steps else 1))
    if code == "4":
        return _alternating(values, rule.length - (0 if steps else 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        zone = np.where(line.sigma > 0, (values - line.centre) / line.sigma, np.sign(values - line.centre) * np.inf)
    zone = np.nan_to_num(zone, nan=0.0, posinf=np.inf, neginf=-np.inf)
    return ZONES[code](zone, rule)


def _one_side(zone: Numbers, rule: Rule) -> Flags:
    return _run(zone > 0, rule.length) | _run(zone < 0, rule.length)


def _most_beyond(limit: float) -> Callable[[Numbers, Rule], Flags]:
    def flags(zone: Numbers, rule: Rule) -> Flags:
        return _some(zone > limit, rule) | _some(zone < -limit, rule)

    return flags


ZONES: dict[str, Callable[[Numbers, Rule], Flags]] = {
    "2": _one_side,
    "WE4": _one_side,
    "5": _most_beyond(2),
    "WE2": _most_beyond(2),
    "6": _most_beyond(1),
    "WE3": _most_beyond(1),
    "7": lambda zone, rule: _run(np.abs(zone) < 1, rule.length),
    "8": lambda zone, rule: _run(np.abs(zone) > 1, rule.length),
}


def _run(holds: Flags, length: int) -> Flags:
    """The last `length` points all hold."""
    return _counted(holds, length) == length


def _some(holds: Flags, rule: Rule) -> Flags:
    return holds & (_counted(holds, rule.length) >= rule.needed)


def _counted(holds: Flags, length: int) -> NDArray[np.int64]:
    """How many of the last `length` points hold, at each point."""
    total = np.concatenate([[0], np.cumsum(holds)])
    first = np.maximum(np.arange(1, holds.size + 1) - length, 0)
    return np.asarray(total[1:] - total[first], dtype=np.int64)


def _trend(values: Numbers, steps: int) -> Flags:
    change = np.diff(values)
    flags = _run(change > 0, steps) | _run(change < 0, steps)
    return np.concatenate([np.zeros(min(1, values.size), dtype=bool), flags])


def _alternating(values: Numbers, steps: int) -> Flags:
    """`steps` changes in a row, each in the other direction than the one before."""
    if values.size < 3:
        return np.zeros(values.size, dtype=bool)
    change = np.sign(np.diff(values))
    turns = _run(change[1:] * change[:-1] < 0, steps - 1)
    return np.concatenate([np.zeros(2, dtype=bool), turns])
