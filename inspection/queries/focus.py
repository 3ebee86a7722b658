"""The control chart of a characteristic while its readings are typed: the points that are kept, then those that this lot would add.

Nothing is written here; points and signals are kept when the results are complete.
"""

from typing import Any

from ..calc.errors import CalcError
from ..calc.spc import monitor, rules
from ..choices import ChartSource
from ..models import ChartPoint, ControlChart, Inspection, LotCharacteristic
from .charts import Plot, Study
from .control import TITLES, ability_of, signals_by_place, stretch_of, value_of
from .refusals import sentence

LATEST = 25  # points that are kept


def charts_of(inspection: Inspection, user: Any) -> dict[tuple[str, str], ControlChart]:
    """Characteristic and unit → the oldest open chart that the reader may see and that takes in readings of this part."""
    rows = ControlChart.objects.visible_to(user).open().filter(
        source=ChartSource.READINGS, site=inspection.site_id, item=inspection.item_id, compartment=inspection.compartment_id
    )  # fmt: skip
    return {(one.characteristic, one.unit): one for one in rows.order_by("-pk")}


def points_of(chart: ControlChart, line: LotCharacteristic) -> tuple[list[ChartPoint], int]:
    """Oldest first, and how many of them are kept. A last subgroup that is not whole is left out."""
    kept = list(chart.points.select_related("batch", "inspection").order_by("-place")[:LATEST])[::-1]
    known = {key for one in kept for key in one.keys}
    rows = line.inspection.current_readings().filter(characteristic=line, value__isnull=False).exclude(pk__in=known)
    read, last = list(rows), kept[-1].place if kept else 0
    groups = [read[at : at + chart.size] for at in range(0, len(read) - chart.size + 1, chart.size)]
    fresh = [
        ChartPoint(
            chart=chart, place=last + at, at=group[-1].at, numbers=[float(one.value) for one in group], size=1, lower=line.lower,
            upper=line.upper, name=group[-1].serial, inspection=line.inspection,
        )
        for at, group in enumerate(groups, 1)
    ]  # fmt: skip
    return [*kept, *fresh], len(kept)


def study_of(chart: ControlChart, line: LotCharacteristic) -> tuple[Study | None, dict[int, list[str]], str]:
    """The first statistic; rules that points of this lot break (place from 0 → codes); why there is nothing to draw. Raises nothing."""
    points, kept = points_of(chart, line)
    if not points:
        return None, {}, ""
    samples = [monitor.Sample(one.numbers, one.size) for one in points]
    try:
        figures = chart.figures or monitor.estimate(chart.kind, samples)
        track = monitor.tracks(chart.kind, figures, samples, chart.options)[0]
    except CalcError as error:
        return None, {}, sentence(error)
    hits: dict[int, list[str]] = {}
    for code, flagged in rules.check(track.points, track.limits, chart.rules).items():
        for place in (track.first + at - 1 for at in flagged):
            if place >= kept:
                hits.setdefault(place, []).append(code)
    raised = signals_by_place(chart, points[0].place).get(0, {})
    marks = {**{place: codes for place, codes in raised.items() if place < kept}, **hits}
    plot = Plot(TITLES[track.name], track.points, track.limits, dict(sorted(marks.items())), track.first)
    values = [value_of(chart, one) for one in points]
    found = Study(
        [plot], values, stretch_of(chart, points), 0, in_control=not marks, capability=ability_of(chart, points)
    )
    return found, hits, ""
