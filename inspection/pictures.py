"""Control charts as pictures: the same SVG on the page, in print, in the PDF of the record and over REST."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from qms.ui.charts import Panel, control
from qms.ui.show import local

from . import queries
from .models import ControlChart
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
