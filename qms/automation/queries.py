"""What rules need to know before they act, and what people want to know of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from ncr.models import Nonconformance
from qms.masterdata.models import StandardCost

from .choices import Hears
from .matching import HOUR, ZERO, Hour
from .models import Backtest, Case, Rule, Signal, Stop

JUDGED = ("CONFIRMED", "DISMISSED")
ENOUGH, LEAST_SHARE = 20, 0.5  # so many cases must be judged before the share of right ones says anything


def active(now: dt.datetime) -> QuerySet[Rule]:
    return Rule.objects.filter(state="ACTIVE", expires_on__gte=now.date()).select_related("site", "defect_code")


def stopped(site_id: int, source: str) -> bool:
    return Stop.objects.standing().filter(Q(source="") | Q(source=source), site_id=site_id).exists()


def hour_of(rule: Rule, source: str, now: dt.datetime) -> Hour:
    """The last sixty minutes of the source at this site, and of this rule."""
    late = Case.objects.filter(raised_at__gt=now - HOUR)
    raised = late.filter(site_id=rule.site_id, source=source).exclude(state="SHADOW").count()
    acted = list(late.filter(rule__code=rule.code, rule__site_id=rule.site_id, acted_at__isnull=False))
    value = sum((case.quantity * (cost_of(case.part) or ZERO) for case in acted), ZERO)
    return Hour(raised, len(acted), sum((case.quantity for case in acted), ZERO), value)


def cost_of(part: str) -> Decimal | None:
    """What one unit costs by the ERP's newest word; None where it has said nothing."""
    rows = StandardCost.objects.filter(item__number=part, gone_at=None, amount__isnull=False)
    row = rows.order_by("-valid_from", "-pk").first()
    return row.amount if row else None


def past(rule: Rule, days: int, now: dt.datetime) -> QuerySet[Signal]:
    """What this kind of rule could have heard at its site."""
    since = now - dt.timedelta(days=days)
    rows = Signal.objects.filter(site_id=rule.site_id, kind=rule.hears, occurred_at__gte=since, occurred_at__lte=now)
    return rows.order_by("occurred_at", "pk")


def unheard_ncrs(now: dt.datetime) -> QuerySet[Nonconformance]:
    """New ones of the last day that no rule was told of, where a rule listens to them at all."""
    sites = active(now).filter(hears=Hears.NCR).values("site_id")
    told = Signal.objects.filter(kind=Hears.NCR, recorded_at__gt=now - dt.timedelta(days=2)).values("source_event")
    rows = Nonconformance.objects.filter(site_id__in=sites, created_at__gt=now - dt.timedelta(days=1), state="OPEN")
    return rows.exclude(number__in=told).select_related("item", "defect_code", "work_center").order_by("pk")


@dataclass(frozen=True)
class Precision:
    """How often a rule's cases were right. `share` is None before anything was judged."""

    cases: int
    confirmed: int
    dismissed: int

    @property
    def judged(self) -> int:
        return self.confirmed + self.dismissed

    @property
    def share(self) -> float | None:
        return self.confirmed / self.judged if self.judged else None

    @property
    def doubtful(self) -> bool:
        return self.judged >= ENOUGH and self.confirmed < LEAST_SHARE * self.judged


def precision(rule: Rule) -> Precision:
    """Of this very edition: another one hears differently."""
    found = rule.cases.exclude(state__in=("GATHERING", "LAPSED")).aggregate(
        cases=Count("pk"),
        confirmed=Count("pk", filter=Q(state="CONFIRMED")),
        dismissed=Count("pk", filter=Q(state="DISMISSED")),
    )
    return Precision(**found)


def last_trial(rule: Rule) -> Backtest | None:
    return rule.backtests.select_related("by").first()


def last_hit(rule: Rule) -> dt.datetime | None:
    found: dt.datetime | None = rule.cases.aggregate(at=Max("last_at"))["at"]
    return found


def members(case: Case) -> QuerySet[Signal]:
    return Signal.objects.filter(pk__in=case.members.values("signal_id")).order_by("occurred_at", "pk")


def standing(user: Any) -> list[Stop]:
    return list(Stop.objects.visible_to(user).standing().select_related("site", "stopped_by"))
