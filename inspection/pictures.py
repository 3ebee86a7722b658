"""Control charts and studies as pictures: the same SVG on the page, in print, in the PDF of the record and over REST."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from qms.ui.charts import Panel, control
from qms.ui.show import local

from . import queries
from .calc.errors import CalcError
from .calc.spc import limits
from .models import ControlChart, MsaStudy
from .queries.charts import Study, Value
from .queries.parameters import Parameter

SHOWN, MOST = 200, 2000  # points
DIGITS = 7  # significant ones


def rounded(value: Any) -> str:
    return "–" if value is None else f"{value:.{DIGITS}g}"


def asked(parameters: Mapping[str, str]) -> int:
    """How many points: `latest` of the address."""
    told = parameters.get("latest", "")
    return max(2, min(int(told), MOST)) if told.isascii() and told.isdigit() and len(told) < 6 else SHOWN


def drawn(chart: ControlChart, study: Study) -> SafeString:
    label = _("Control chart of %(characteristic)s") % {"characteristic": chart.title}
    return control([panel(study, at) for at in range(len(study.plots))], label=label, stretch=study.stretch)


def of_record(chart: ControlChart) -> Iterator[tuple[str, str]]:
    """For the print: the latest points as its page shows them; nothing where none is charted or nothing can be drawn."""
    study, _refused = queries.control.study_of(chart, latest=SHOWN)
    if study:
        yield _("Control chart"), drawn(chart, study)


def beside(found: Parameter, title: str) -> Panel:
    """A process parameter at the places of the characteristic's points, with its own limits."""

    def hinted(place: int) -> str:
        value = found.values[place]
        return hint(place, value, float(value.number)) if value else ""

    def linked(place: int) -> str:
        value = found.values[place]
        return value.url if value else ""

    return Panel(
        title=title,
        points=found.points,
        lower=[] if found.lower is None else [float(found.lower)],
        centre=[],
        upper=[] if found.upper is None else [float(found.upper)],
        sigma=0,
        signals=found.outside,
        link=linked,
        hint=hinted,
        names=("LSL", "", "USL"),
    )


def panel(study: Study, number: int) -> Panel:
    plot = study.plots[number]
    lower, centre, upper, sigma = plot.lines
    return Panel(
        title=str(plot.title),
        points=plot.points.tolist(),
        lower=lower,
        centre=centre,
        upper=upper,
        sigma=sigma,
        signals=plot.signals,
        link=lambda place: study.values[place].url,
        hint=lambda place: hint(place, study.values[place], plot.points[place - plot.first]),
        first=plot.first,
    )


def hint(place: int, value: Value, shown: float) -> str:
    return f"{place + 1}: {rounded(shown)}, {local(value.at):%Y-%m-%d %H:%M:%S} {value.name}".strip()


BY_PEOPLE = ("crossed", "ranges", "nested")


def of_people(study: MsaStudy) -> SafeString | None:
    """Means and ranges of every part, appraiser after appraiser (AIAG MSA, 4th edition, III-B): where the parts differ more than the
    gauge spreads, means lie outside; a range outside says that somebody measures differently. None for other kinds of study."""
    if study.kind not in BY_PEOPLE:
        return None
    people = list(dict.fromkeys(row["appraiser"] for row in study.rows))
    rows = [row for name in people for row in study.rows if row["appraiser"] == name]
    groups = [[float(value) for value in row["values"]] for row in rows]
    try:
        found = limits.xbar(groups), limits.ranges(groups)
    except CalcError:  # one reading each: nothing spreads
        return None
    names = {"names": ", ".join(people)}
    titles = _("Means, part by part: %(names)s") % names, _("Ranges, part by part: %(names)s") % names
    panels = [
        _by_people(rows, chart, title, judged=at == 1)
        for at, (chart, title) in enumerate(zip(found, titles, strict=True))
    ]
    return control(panels, label=_("Readings of %(title)s by part and appraiser") % {"title": study.title})


def _by_people(rows: list[Any], chart: limits.Chart, title: str, *, judged: bool) -> Panel:
    """A gap stands between two people."""
    places: list[int | None] = []
    for at, row in enumerate(rows):
        places += [None, at] if at and row["appraiser"] != rows[at - 1]["appraiser"] else [at]
    points = [math.nan if at is None else float(chart.points[at]) for at in places]
    line = chart.limits
    lower, centre, upper = line.lower.tolist(), line.centre.tolist(), line.upper.tolist()

    def hinted(place: int) -> str:
        at = places[place]
        return "" if at is None else f"{rows[at]['appraiser']} · {rows[at]['part']}: {rounded(points[place])}"

    beyond = {place: ["R"] for place, value in enumerate(points) if judged and value > upper[0]}
    return Panel(title, points, lower, centre, upper, 0.0, beyond, lambda _place: "#readings", hinted)


def of_study(study: MsaStudy) -> Iterator[tuple[str, str]]:
    """For the print."""
    if drawing := of_people(study):
        yield _("By part and appraiser"), drawing
