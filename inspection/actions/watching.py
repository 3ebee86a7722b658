"""New values become points, points that break a rule become signals: once each, whatever is looked at twice.

The look goes back `BACK` before the last one, because what is written first is not seen first; what stands in a point is left out.
"""

import hashlib
import logging
import math
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.lib import canonical
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.records.actions import check_reason

from ..calc.errors import CalcError
from ..calc.spc import monitor, rules
from ..events import controlcharts as events
from ..models import ChartFeed, ChartPoint, ChartSignal, ControlChart
from ..queries import refusals, samples

LOG = logging.getLogger(__name__)
BACK = timedelta(minutes=10)
WINDOW = 2000  # points that are drawn, and looked back at by rules, EWMA and CUSUM
ANSWER = "control_chart.answer"


def watch_charts(*, by: Any) -> int:
    """Every chart that is kept, each in a transaction of its own; one that fails is told and holds up no other. Returns new signals."""
    return sum(watch(key, by=by) for key in ControlChart.objects.open().order_by("pk").values_list("pk", flat=True))


def watch(key: int, *, by: Any) -> int:
    try:
        with transaction.atomic():
            feed = ChartFeed.objects.select_for_update(skip_locked=True).filter(chart=key).first()
            if feed is None:  # another worker is at it
                return 0
            chart = ControlChart.objects.get(pk=key)
            take_in(chart, feed, by=by)
            found = judge(chart, feed, by=by) if chart.limits_number else []
            if feed.problem:
                ChartFeed.objects.filter(pk=feed.pk).update(problem="", failed_at=None)
    except CalcError as error:
        return failed(key, refusals.sentence(error))
    except Exception as error:
        LOG.exception("control chart %s", key)
        return failed(key, f"{type(error).__name__}: {error}")
    return len(found)


def failed(key: int, problem: str) -> int:
    """Told once: the moment is that of the first failure."""
    rows = ChartFeed.objects.filter(chart=key)
    rows.filter(failed_at=None).update(failed_at=now())
    rows.update(problem=problem[:1000])
    return 0


def take_in(chart: ControlChart, feed: ChartFeed, *, by: Any) -> int:
    """Whole subgroups only; the rest waits for its next value. Returns how many points were added."""
    begun = now()
    told = samples.news(chart, since=feed.since)
    recent = chart.points.filter(created_at__gte=feed.since) if feed.since else chart.points.none()
    known = {key for keys in recent.values_list("keys", flat=True) for key in keys}
    fresh = [one for one in told if one.key not in known]
    whole = len(fresh) // chart.size * chart.size
    groups = [fresh[at : at + chart.size] for at in range(0, whole, chart.size)]
    feed.since = min([begun - BACK, *(one.told_at for one in fresh[whole:])])
    if groups:
        _add(chart, groups, by)
    feed.save(update_fields=["since"])
    return len(groups)


def _add(chart: ControlChart, groups: Sequence[Sequence[samples.Taken]], by: Any) -> None:
    last = chart.points.order_by("-place").values_list("place", flat=True).first() or 0
    points = [_point(chart, last + at, group) for at, group in enumerate(groups, 1)]
    lines = "\n".join(f"{one.place}|{canonical.instant(one.at)}|{one.numbers}|{one.size}|{one.keys}" for one in points)
    digest = hashlib.sha256(lines.encode()).hexdigest()
    with journal.act(events.GREW, by=by) as act:
        ChartPoint.objects.bulk_create(points)
        act.record(chart, events.ChartGrew(chart.number, len(points), last + len(points), digest))


def _point(chart: ControlChart, place: int, group: Sequence[samples.Taken]) -> ChartPoint:
    end = group[-1]
    return ChartPoint(
        chart=chart, place=place, at=end.at, numbers=[one.number for one in group], size=end.size, lower=end.lower,
        upper=end.upper, name=end.name[:120], batch_id=end.batch, inspection_id=end.inspection,
        keys=[one.key for one in group],
    )  # fmt: skip


def judge(chart: ControlChart, feed: ChartFeed, *, by: Any) -> list[ChartSignal]:
    """The points that no limits have judged yet, by the limits in force. Raises CalcError."""
    points = list(chart.points.order_by("-place")[:WINDOW])[::-1]
    if not points or points[-1].place <= feed.judged:
        return []
    given = [monitor.Sample(one.numbers, one.size) for one in points]
    found = []
    for number, track in enumerate(monitor.tracks(chart.kind, chart.figures, given, chart.options)):
        for code, flagged in rules.check(track.points, track.limits, chart.rules).items():
            hits = [(points[track.first + at - 1], track.points[at - 1]) for at in flagged]
            found += [_signal(chart, point, number, code, value) for point, value in hits if point.place > feed.judged]
    found += _beyond_own_limits(chart, points, feed.judged)
    fresh = _unknown(chart, found, feed.judged)
    for signal in sorted(fresh, key=lambda one: (one.place, one.track)):
        with journal.act(events.SIGNALLED, by=by) as act:
            signal.save(force_insert=True)
            act.record(signal, told(signal))
    feed.judged = points[-1].place
    feed.save(update_fields=["judged"])
    return fresh


def _beyond_own_limits(chart: ControlChart, points: Sequence[ChartPoint], judged: int) -> list[ChartSignal]:
    """One for each point with a value outside the limits that it was told with, where the chart asks for it."""
    if not set(chart.rules) & set(rules.SPECIFIED) or chart.kind in monitor.COUNTS:
        return []
    hits = [(one, _first_outside(one)) for one in points if one.place > judged]
    return [_signal(chart, point, 0, "L", value) for point, value in hits if value is not None]


def _first_outside(point: ChartPoint) -> float | None:
    low = -math.inf if point.lower is None else float(point.lower)
    high = math.inf if point.upper is None else float(point.upper)
    return next((number for number in point.numbers if not low <= number <= high), None)


def _signal(chart: ControlChart, point: ChartPoint, track: int, rule: str, value: Any) -> ChartSignal:
    return ChartSignal(
        site_id=chart.site_id, chart=chart, limits_number=chart.limits_number, place=point.place, track=track, rule=rule,
        value=Decimal(repr(float(value))), at=point.at,
    )  # fmt: skip


def _unknown(chart: ControlChart, found: list[ChartSignal], after: int) -> list[ChartSignal]:
    known = set(chart.signals.filter(place__gt=after).values_list("place", "track", "rule"))
    return [one for one in found if (one.place, one.track, one.rule) not in known]


# --- the case -------------------------------------------------------------------------------------------------------------


def acknowledge_signal(*, signal: ChartSignal, by: Any) -> ChartSignal:
    """Somebody has seen it. Raises Forbidden, Conflict."""
    access.check(by, ANSWER, signal)
    with journal.act(events.ACKNOWLEDGED, by=by) as act:
        row = _open(signal)
        if row.acknowledged_at:
            raise Conflict(_("This signal was acknowledged already."), code="acknowledged")
        row.acknowledged_at, row.acknowledged_by = now(), by
        row.save()
        act.record(row, told(row))
    return row


def close_signal(*, signal: ChartSignal, by: Any, cause: str, reaction: str, reason: str) -> ChartSignal:
    """With the assignable cause and what was done; who closes has seen it. Raises Forbidden, Invalid, Conflict."""
    access.check(by, ANSWER, signal)
    check_reason(reason)
    for name, text in (("cause", cause), ("reaction", reaction)):
        if not text.strip():
            raise Invalid(_("A signal is closed with its cause and the reaction that was taken."), field=name)
    with journal.act(events.CLOSED, by=by, reason=reason) as act:
        row = _open(signal)
        row.closed_at, row.closed_by, row.reason = now(), by, reason.strip()
        row.cause, row.reaction = cause.strip(), reaction.strip()
        if row.acknowledged_at is None:
            row.acknowledged_at, row.acknowledged_by = row.closed_at, by
        row.save()
        act.record(row, told(row))
    return row


def close_signals(*, signals: Sequence[ChartSignal], by: Any, **words: str) -> list[ChartSignal]:
    """Of one chart and one cause: all of them or none. Raises like `close_signal`."""
    if len({one.chart_id for one in signals}) != 1:
        raise Invalid(
            _("Signals that are closed together are of one chart."),
            field="others",
            hint=_("Close those of another chart on their own."),
        )
    with transaction.atomic():
        return [close_signal(signal=one, by=by, **words) for one in signals]


def _open(signal: ChartSignal) -> ChartSignal:
    row: ChartSignal = ChartSignal.objects.select_for_update().get(pk=signal.pk)
    if row.closed_at:
        raise Conflict(
            _("This signal was closed already."), hint=_("Load the page again to see what was found."), code="closed"
        )
    return row


def told(row: ChartSignal) -> events.SignalTold:
    chart = row.chart
    return events.SignalTold(chart.number, chart.part, chart.characteristic, row.place, row.rule, row.limits_number)
