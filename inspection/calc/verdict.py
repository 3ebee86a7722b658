"""Is a reading within its limits, is a sample within its plan. Decimal throughout: a value at the limit is exact, or it is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from .errors import CalcError
from .errors import gettext_noop as _
from .sampling.result import SamplePlan

PASSED, FAILED, UNCLEAR = "passed", "failed", "unclear"
ACCEPTED, REJECTED, SECOND = "accepted", "rejected", "second_sample"
RULES = ("simple", "guard_band")
# What gauges and controllers send instead of a value: no sensor, over range, broken wire.
SENSOR_CODES = frozenset(Decimal(code) for code in (999, -999, 9999, -9999))


def check_limits(lower: Decimal | None, upper: Decimal | None) -> None:
    """Raises CalcError limits_missing, limits_reversed, not_a_number. Equal limits are allowed: one value passes."""
    for limit in (lower, upper):
        if limit is not None:
            check_number(limit)
    if lower is None and upper is None:
        raise CalcError("limits_missing", _("There is no limit to judge by: give a lower one, an upper one or both."))
    if lower is not None and upper is not None and lower > upper:
        facts = {"lower": lower, "upper": upper}
        raise CalcError(
            "limits_reversed", _("The lower limit %(lower)s lies above the upper limit %(upper)s."), **facts
        )


def check_number(value: Decimal) -> None:
    """Raises CalcError not_a_number."""
    if not isinstance(value, Decimal) or not value.is_finite():
        raise CalcError("not_a_number", _("%(value)s is no number to judge."), value=value)


def judge(
    value: Decimal,
    *,
    lower: Decimal | None,
    upper: Decimal | None,
    uncertainty: Decimal | None = None,
    rule: str = "simple",
) -> str:
    """passed, failed or, with a guard band only, unclear. `value`, the limits and `uncertainty` are in one unit.

    simple: within the limits or at one of them passes. guard_band (ISO 14253-1): `uncertainty` is the expanded uncertainty U; only
    what lies within the limits by U or more is proven to conform, only what lies beyond one by more than U is proven not to.
    A code of a sensor among SENSOR_CODES is refused unless it lies within two limits, where it may be a value.
    Raises CalcError limits_missing, limits_reversed, not_a_number, sensor_code, rule_unknown, uncertainty_missing.
    """
    check_limits(lower, upper)
    check_number(value)
    if value in SENSOR_CODES and not (lower is not None and upper is not None and lower <= value <= upper):
        raise CalcError(
            "sensor_code", _("%(value)s is a code of a sensor, not a measured value: measure again."), value=value
        )
    if rule == "simple":
        return PASSED if _within(value, lower, upper, Decimal(0)) else FAILED
    if rule != "guard_band":
        raise CalcError("rule_unknown", _("There is no decision rule %(rule)s."), rule=rule)
    if uncertainty is None or not uncertainty.is_finite() or uncertainty < 0:
        text = _("The decision rule needs an expanded uncertainty of 0 or more; %(uncertainty)s is none.")
        raise CalcError("uncertainty_missing", text, uncertainty=uncertainty)
    if _within(value, lower, upper, uncertainty):
        return PASSED
    return UNCLEAR if _within(value, lower, upper, -uncertainty) else FAILED


def _within(value: Decimal, lower: Decimal | None, upper: Decimal | None, guard: Decimal) -> bool:
    return (lower is None or value >= lower + guard) and (upper is None or value <= upper - guard)


@dataclass(frozen=True)
class LotVerdict:
    """`gap`: between Ac and Re of a reduced plan; the lot is accepted and the next one inspected normally (Z1.4)."""

    verdict: str
    stage: int
    total: int
    nonconforming: int
    gap: bool = False


def judge_sample(plan: SamplePlan, found: Sequence[int]) -> LotVerdict:
    """accepted, rejected or second_sample by the nonconforming units (or nonconformities) `found` in each stage so far.

    Raises CalcError stages (none, or more than the plan has), count (below 0), count_above (more units than the stage has).
    """
    if not 0 < len(found) <= len(plan.stages):
        raise CalcError(
            "stages",
            _("The plan has %(most)s samples; %(given)s were judged."),
            most=len(plan.stages),
            given=len(found),
        )
    for count, stage in zip(found, plan.stages, strict=False):
        _check_count(count, stage.n, per_unit=plan.aql is None or plan.aql <= 10)
    total = 0
    for number, (count, stage) in enumerate(zip(found, plan.stages, strict=False), start=1):
        total += count
        is_last = number == len(plan.stages)
        if total >= stage.re:
            return LotVerdict(REJECTED, number, stage.total, total)
        if total <= stage.ac or is_last:
            return LotVerdict(ACCEPTED, number, stage.total, total, gap=total > stage.ac)
    return LotVerdict(SECOND, len(found), plan.stages[len(found) - 1].total, total)


def _check_count(count: int, n: int, *, per_unit: bool) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise CalcError("count", _("%(count)s is no number of nonconforming units."), count=count)
    if per_unit and count > n:
        raise CalcError(
            "count_above", _("%(count)s units cannot be nonconforming in a sample of %(n)s."), count=count, n=n
        )
