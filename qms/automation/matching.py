"""What a rule hears, how hits become cases, and what an hour allows. Pure: live judging and trials over history share it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from .choices import SEVERITIES, Key, Mode, Why

HOUR = dt.timedelta(hours=1)
ZERO = Decimal()
Cost = Callable[[str], Decimal | None]  # part number → what one unit costs by the ERP's books


def matches(rule: Any, signal: Any) -> bool:
    """Set-up pieces and gauge checks are never heard; an empty field of the rule stands for anything, `*` for any text."""
    if signal.kind != rule.hears or signal.is_trial or (rule.source and rule.source != signal.source):
        return False
    wanted = (rule.part, rule.family, rule.watched, rule.work_center)
    found = (signal.part, signal.family, signal.code, signal.work_center)
    if not all(_fits(told, pattern) for told, pattern in zip(found, wanted, strict=True)):
        return False
    return not rule.severity or _rank(signal.severity) >= _rank(rule.severity)


def _fits(told: str, pattern: str) -> bool:
    return not pattern or fnmatchcase(told, pattern.replace("[", "[[]").replace("?", "[?]"))


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1


def key_of(rule: Any, signal: Any) -> str:
    """The same for hits that make one case. The source always counts: the brake works by source."""
    told = {Key.LOT.value: signal.lot or signal.order}
    values = [f"{name}={told[name] if name in told else getattr(signal, name)}" for name in sorted(rule.group_by)]
    return "|".join([f"source={signal.source}", *values])[:600]


def joins(rule: Any, first_at: dt.datetime, last_at: dt.datetime, at: dt.datetime) -> bool:
    """Whether a hit at that time is still of the case: the gap to it is smaller than the window, on either side."""
    window = dt.timedelta(minutes=rule.window_minutes)
    return first_at - window < at < last_at + window


@dataclass(frozen=True)
class Hour:
    """What the last sixty minutes held: cases raised by the source, acts of the rule, their quantity and value."""

    raised: int = 0
    acts: int = 0
    quantity: Decimal = ZERO
    value: Decimal = ZERO


def restraint(rule: Any, hour: Hour, quantity: Decimal, cost: Decimal | None) -> str:
    """Why an automatic act must be left to people, or "". `cost` is for one unit; None where nobody knows it."""
    if hour.raised >= rule.burst_per_hour:
        return Why.BURST
    if hour.acts >= rule.acts_per_hour:
        return Why.CAP
    if rule.quantity_per_hour is not None and hour.quantity + quantity > rule.quantity_per_hour:
        return Why.CAP
    if rule.value_per_hour is None:
        return ""
    if cost is None:
        return Why.COST
    return Why.CAP if hour.value + quantity * cost > rule.value_per_hour else ""


@dataclass
class Group:
    """A case as a trial sees it."""

    key: str
    source: str
    part: str
    first_at: dt.datetime
    last_at: dt.datetime
    hits: int = 0
    quantity: Decimal = ZERO
    raised_at: dt.datetime | None = None
    acted: bool = False
    why: str = ""


@dataclass
class Replayed:
    """What would have come of it. `bursts`: pauses that a person would have had to end."""

    signals: int = 0
    groups: list[Group] = field(default_factory=list)
    bursts: int = 0

    @property
    def raised(self) -> list[Group]:
        return [group for group in self.groups if group.raised_at]

    @property
    def acted(self) -> list[Group]:
        return [group for group in self.groups if group.acted]


def replay(rule: Any, signals: Iterable[Any], cost: Cost) -> Replayed:
    """As if the rule had been in use: signals in the order of their time. After a burst the source pauses for an hour."""
    result, last = Replayed(), {}  # type: ignore[var-annotated]
    paused: dict[str, dt.datetime] = defaultdict(lambda: dt.datetime.min.replace(tzinfo=dt.UTC))
    for signal in signals:
        if not matches(rule, signal):
            continue
        result.signals += 1
        key, at = key_of(rule, signal), signal.occurred_at
        group = last.get(key)
        if group is None or not joins(rule, group.first_at, group.last_at, at):
            group = last[key] = Group(key, signal.source, signal.part, at, at)
            result.groups.append(group)
        group.last_at = max(group.last_at, at)
        group.hits, group.quantity = group.hits + 1, group.quantity + signal.quantity
        if group.raised_at is None and group.hits >= rule.least_hits:
            _raise(rule, result, group, at, paused, cost)
    return result


def _raise(
    rule: Any, result: Replayed, group: Group, at: dt.datetime, paused: dict[str, dt.datetime], cost: Cost
) -> None:
    hour = _hour(result.groups, group.source, at, cost)
    group.raised_at = at
    if rule.mode != Mode.AUTO:
        return
    if at < paused[group.source]:
        group.why = Why.STOPPED
        return
    group.why = restraint(rule, hour, group.quantity, cost(group.part) if rule.value_per_hour is not None else None)
    if group.why == Why.BURST:
        paused[group.source], result.bursts = at + HOUR, result.bursts + 1
    group.acted = not group.why


def _hour(groups: list[Group], source: str, at: dt.datetime, cost: Cost) -> Hour:
    late = [group for group in groups if group.raised_at and at - HOUR < group.raised_at <= at]
    acted = [group for group in late if group.acted]
    return Hour(
        raised=sum(group.source == source for group in late),
        acts=len(acted),
        quantity=sum((group.quantity for group in acted), ZERO),
        value=sum((group.quantity * (cost(group.part) or ZERO) for group in acted), ZERO),
    )
