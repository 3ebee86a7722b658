"""The control chart of a measured characteristic: page and picture. Limits are of the stretch asked for and kept nowhere."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views import View

from qms.accounts import access
from qms.ui.charts import control

from .. import queries
from ..calc.errors import CalcError
from ..calc.spc.rules import RULES
from ..forms.charts import START, ChartForm, told
from ..models import Measurement, Series
from ..pictures import beside, panel, rounded
from ..queries.charts import Ability, Study
from ..queries.refusals import sentence
from .measurements import VIEW


class SeriesChart(View):
    """Of all series of the characteristic that the reader may see, in its unit."""

    permission = VIEW
    picture = False

    @cached_property
    def series(self) -> Series:
        rows = Series.objects.visible_to(self.request.user).select_related("item", "site")
        return get_object_or_404(rows, uid=self.kwargs["uid"])

    @cached_property
    def title(self) -> str:
        return self.series.characteristic or self.series.characteristic_name

    def get(self, request: HttpRequest, uid: Any) -> HttpResponse:
        access.check(request.user, VIEW)
        asked = QueryDict(mutable=True)
        for name, value in START.items():
            asked.setlist(name, value)
        form = ChartForm(request.GET or asked, beside=self.choosable)
        study, refused = self.study(form) if form.is_valid() else (None, "")
        if self.picture:
            return self.drawn(form, study, refused)
        context = {"series": self.series, "form": form, "refused": refused, "title": self.title, "study": study}
        if study:
            context |= {
                "chart": self.chart(study, form),
                "signals": signals(study),
                "facts": facts(study),
                "capability": figures(study.capability),
                "asked": (request.GET or asked).urlencode(),
            }
        return render(request, "inspection/chart.html", context)

    def drawn(self, form: ChartForm, study: Study | None, refused: str) -> HttpResponse:
        if study:
            return HttpResponse(self.chart(study, form), content_type="image/svg+xml")
        said = [f"{name}: {each['message']}" for name, errors in form.errors.get_json_data().items() for each in errors]
        text = refused or "\n".join(said)
        return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")

    def study(self, form: ChartForm) -> tuple[Study | None, str]:
        """Or what stands against one."""
        asked = {name: value for name, value in form.cleaned_data.items() if name != "beside"}
        user = self.request.user
        beside = queries.beside(self.series, Series.objects.visible_to(user))
        rows = Measurement.objects.visible_to(user)
        values = queries.charts.measured(rows, [self.series, *beside], latest=asked.pop("latest"))
        try:
            return queries.charts.study(values, codes=asked.pop("rules"), **asked), ""
        except CalcError as error:
            return None, sentence(error)

    @cached_property
    def choosable(self) -> list[Series]:
        return queries.parameters.choosable(self.series, Series.objects.visible_to(self.request.user))

    def chart(self, study: Study, form: ChartForm) -> SafeString:
        label = _("Control chart of %(characteristic)s") % {"characteristic": self.title}
        chosen = set(form.cleaned_data.get("beside", ()))
        rows = Measurement.objects.visible_to(self.request.user)
        series = [one for one in self.choosable if str(one.uid) in chosen]
        more = [beside(one, told(one.series)) for one in queries.parameters.parameters(rows, series, study.values)]
        return control(
            [*(panel(study, at) for at in range(len(study.plots))), *more], label=label, stretch=study.stretch
        )


def signals(study: Study) -> list[dict[str, Any]]:
    """One row per point and statistic, the youngest first."""
    found = [
        {
            "point": place + 1,
            "plot": plot.title,
            "value": rounded(plot.points[place - plot.first]),
            "of": study.values[place],
            "rules": [f"{code}: {_(RULES[code].label)}" for code in codes],
        }
        for plot in study.plots
        for place, codes in plot.signals.items()
    ]
    return sorted(found, key=lambda row: -row["point"])


def facts(study: Study) -> list[tuple[Any, Any]]:
    first, last = study.stretch
    lines = [
        (plot.title, f"LCL {rounded(low[-1])} · CL {rounded(mid[-1])} · UCL {rounded(up[-1])}")
        for plot in study.plots
        for low, mid, up, _sigma in (plot.lines,)
    ]
    stretch = _("points %(first)s to %(last)s of %(all)s") % {
        "first": first + 1,
        "last": last,
        "all": len(study.values),
    }
    left = [(_("Left out (no whole subgroup)"), study.left_out)] if study.left_out else []
    return [(_("Limits from"), stretch), *lines, *left]


def figures(ability: Ability | None) -> dict[str, Any]:
    """What the block of capability shows: rows of (name, value, interval), facts, and what to be careful of."""
    if ability is None:
        return {}
    found, normal = ability.found, ability.normality
    limits = [(_("Lower limit"), rounded(ability.lower)), (_("Upper limit"), rounded(ability.upper))]
    if found is None:
        return {"refused": ability.refused, "facts": limits, "rows": [], "fits": []}
    rows = []
    for one, potential, actual in ((found.within, "Cp", "Cpk"), (found.overall, "Pp", "Ppk")):
        if one is not None:
            rows.append((potential, index(one.potential), spanned(one.potential_interval)))
            rows.append((actual, index(one.actual), spanned(one.actual_interval)))
    rows.append(("Cpm", index(found.cpm), ""))
    more = [
        (_("Values"), found.n),
        (_("Mean"), rounded(found.mean)),
        (_("Sigma within"), rounded(found.within.sigma) if found.within else "–"),
        (_("Standard deviation"), rounded(found.s)),
        (_("Outside the limits"), sum(found.beyond)),
        (
            _("Normality (Anderson-Darling)"),
            "–" if normal is None else f"A² = {normal.statistic:.3f}, p = {normal.p:.3f}",
        ),
    ]
    return {
        "facts": [*limits, *more],
        "rows": rows,
        "not_normal": normal is not None and normal.rejected(),
        "fits": [(label, index(fit.pp), index(fit.ppk)) for label, fit in ability.fits],
    }


def index(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def spanned(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f"{index(interval[0])} – {index(interval[1])}"
