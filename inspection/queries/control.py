"""What the page of a control chart shows: its latest points, lines and signals, and its capability."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ..calc.errors import CalcError
from ..calc.spc import monitor, rules
from ..models import ChartPoint, ChartSignal, ControlChart
from .charts import Ability, Plot, Study, Value, ability
from .refusals import sentence

TITLES = {
    "values": _("Single values"),
    "moving": _("Moving ranges"),
    "means": _("Means"),
    "ranges": _("Ranges"),
    "deviations": _("Standard deviations"),
    "ewma": _("Weighted means (EWMA)"),
    "above": _("Sum above the target"),
    "below": _("Sum below the target"),
    "p": _("Share of nonconforming units"),
    "np": _("Nonconforming units"),
    "c": _("Nonconformities"),
    "u": _("Nonconformities per unit"),
}


def study_of(chart: ControlChart, *, latest: int) -> tuple[Study | None, str]:
    """By the frozen limits, on trial by limits of all that is shown; or why there is none. EWMA and CUSUM begin at the first point
    that is shown. Raises nothing."""
    points = list(chart.points.select_related("batch", "inspection").order_by("-place")[:latest])[::-1]
    samples = [monitor.Sample(one.numbers, one.size) for one in points]
    try:
        figures = chart.figures or monitor.estimate(chart.kind, samples)
        tracks = monitor.tracks(chart.kind, figures, samples, chart.options) if samples else []
    except CalcError as error:
        return None, sentence(error)
    if not tracks:
        return None, ""
    stretch = stretch_of(chart, points)
    found = signals_by_place(chart, points[0].place)
    plots = [
        Plot(
            TITLES[track.name],
            track.points,
            track.limits,
            _marks(chart, track, stretch[1], found.get(number, {})),
            track.first,
        )
        for number, track in enumerate(tracks)
    ]
    return Study(
        plots=plots,
        values=[value_of(chart, one) for one in points],
        stretch=stretch,
        left_out=0,
        in_control=not any(stretch[0] <= at < stretch[1] for plot in plots for at in plot.signals),
        capability=ability_of(chart, points),
    ), ""


def signals_by_place(chart: ControlChart, first: int) -> dict[int, dict[int, list[str]]]:
    """Statistic → place from 0 → rules, as they were raised."""
    found: dict[int, dict[int, list[str]]] = {}
    rows = chart.signals.filter(place__gte=first).order_by("place", "rule").values_list("track", "place", "rule")
    for track, place, rule in rows:
        found.setdefault(track, {}).setdefault(place - first, []).append(rule)
    return found


def _marks(chart: ControlChart, track: monitor.Track, end: int, raised: dict[int, list[str]]) -> dict[int, list[str]]:
    """Behind the stretch the signals that were raised; up to its end what the rules say of it."""
    marks = dict(raised)
    for code, flagged in rules.check(track.points, track.limits, chart.rules).items():
        for place in (track.first + at - 1 for at in flagged):
            if place < end and code not in marks.get(place, ()):
                marks[place] = [*marks.get(place, ()), code]
    return dict(sorted(marks.items()))


def stretch_of(chart: ControlChart, points: Sequence[ChartPoint]) -> tuple[int, int]:
    """Places within what is shown, from 0, the last one excluded."""
    if not chart.stretch:
        return 0, len(points)
    first = points[0].place
    return max(chart.stretch["first"] - first, 0), max(min(chart.stretch["last"] + 1 - first, len(points)), 0)


def value_of(chart: ControlChart, point: ChartPoint) -> Value:
    if point.inspection:
        url = point.inspection.get_absolute_url()
    else:
        url = reverse("inspection:batch", args=[point.batch.uid]) if point.batch else chart.get_absolute_url()
    return Value(point.at, Decimal(str(point.numbers[0])), None, None, point.name, url)


def ability_of(chart: ControlChart, points: Sequence[ChartPoint]) -> Ability | None:
    """Of what is shown, without the points that were left out of the limits; None for counts."""
    if chart.kind in monitor.COUNTS:
        return None
    out = {one["place"] for one in chart.stretch.get("excluded", ())}
    kept = [one for one in points if one.place not in out]
    if len(kept) < monitor.LEAST:
        return None
    told: Any = next((one for one in reversed(kept) if one.lower is not None or one.upper is not None), None)
    lower, upper = (None, None) if told is None else (told.lower, told.upper)
    last = Value(kept[-1].at, Decimal(0), lower, upper, "", "")
    base: Any = [one.numbers if chart.size > 1 else one.numbers[0] for one in kept]
    kind = chart.kind if chart.kind in monitor.GROUPED else "i_mr"
    return ability(base, values=[last], kind=kind)


def statistic(kind: str, track: int) -> Any:
    return TITLES[monitor.NAMES.get(kind, (kind,))[track]]


def open_signals(user: Any) -> Any:
    rows = ChartSignal.objects.visible_to(user).open()
    return rows.select_related("chart", "chart__owner", "site").order_by("-pk")
