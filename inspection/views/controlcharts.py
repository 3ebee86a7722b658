"""Control charts: opened, their page and picture, their limits frozen, their signals answered."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from qms.accounts import access
from qms.journal import queries as trail
from qms.records import queries as records
from qms.ui.views import ActView, RecordDetail, Section, Step, TransitionView

from .. import actions, queries
from ..calc.spc.rules import RULES
from ..choices import ChartSource
from ..forms.controlcharts import CloseSignalForm, EditChartForm, FreezeForm, OpenChartForm, OpenSeriesForm
from ..forms.lots import EmptyForm
from ..models import ChartSignal, ControlChart, Series
from ..pictures import asked, drawn, rounded
from ..tables import CONTROLCHARTS, SIGNAL_STATES, state_of_signal
from ..workflow import MANAGE_CHART
from .charts import facts, figures

VIEW = "measurement.view"
LISTED, MOST_AT_ONCE = 50, 200
SPANS = (50, 200, 1000, 2000)
FIELDSETS = (
    (gettext_lazy("What is charted"), ("site", "source", "item", "characteristic", "kind", "size")),
    (gettext_lazy("How it is judged"), ("rules", "reaction")),
    (gettext_lazy("EWMA and CUSUM"), ("weight", "width", "allowance", "interval")),
)


class Detail(RecordDetail):
    model = ControlChart
    permission = VIEW
    list_url, list_title = "inspection:controlchart-list", CONTROLCHARTS.title
    steps = (
        Step(gettext_lazy("Trial (phase I)"), ("TRIAL",)),
        Step(gettext_lazy("Monitoring (phase II)"), ("MONITORING",)),
        Step(gettext_lazy("Retired"), ("RETIRED",)),
    )
    sections = (
        Section("chart", gettext_lazy("Control chart"), "inspection/_control.html"),
        Section("signals", gettext_lazy("Signals"), "inspection/_signals.html"),
        Section("capability", gettext_lazy("Capability"), "inspection/_control_capability.html"),
        Section("versions", gettext_lazy("Versions of the limits"), "inspection/_versions.html"),
    )
    aside = (
        Section("plan", gettext_lazy("Reaction plan"), "inspection/_reaction.html"),
        Section("signatures", gettext_lazy("Signatures"), "components/_signatures.html"),
    )

    def facts(self, record: Any) -> Iterable[tuple[Any, Any]]:
        return (
            (_("Kind"), record.get_kind_display()),
            (_("Values from"), record.get_source_display()),
            (_("Version of the limits"), record.limits_number or "–"),
            (_("Owner"), record.owner),
            (_("Site"), record.site.code),
        )

    def told(self, row: ChartSignal) -> tuple[Any, ...]:
        named = queries.control.statistic(row.chart.kind, row.track)
        return row, state_of_signal(row), named, rounded(row.value), _(RULES[row.rule].label)

    def more(self, record: Any) -> dict[str, Any]:
        latest = asked(self.request.GET)
        study, refused = queries.control.study_of(record, latest=latest)
        rows = record.signals.order_by("closed_at", "-pk").select_related("chart")
        more: dict[str, Any] = {
            "signatures": records.signatures(record),
            "refused": refused,
            "problem": record.feed.problem,
            "latest": latest,
            "spans": SPANS,
            "signals": [self.told(row) for row in rows[:LISTED]],
            "signal_states": SIGNAL_STATES,
            "versions": record.versions.select_related("signature"),
            "rules": [RULES[code] for code in record.rules],
        }
        if study:
            more |= {
                "chart": drawn(record, study),
                "lines": facts(study),
                "capability": figures(study.capability),
                "in_control": study.in_control,
            }
        return more


class Picture(View):
    """The same chart alone, as SVG."""

    permission = VIEW

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        access.check(request.user, VIEW)
        chart = get_object_or_404(ControlChart.objects.visible_to(request.user), number=number)
        study, refused = queries.control.study_of(chart, latest=asked(request.GET))
        if study:
            return HttpResponse(drawn(chart, study), content_type="image/svg+xml")
        text = refused or _("No point is charted yet.")
        return HttpResponse(text, status=404, content_type="text/plain; charset=utf-8")


class Opening(ActView):
    permission = MANAGE_CHART
    title = gettext_lazy("Open a control chart")
    submit = gettext_lazy("Open the chart")
    done = gettext_lazy("The chart is on trial. Freeze its limits once a stretch is in control.")
    help_template = "inspection/_control_help.html"


class Open(Opening):
    back = "inspection:controlchart-list"
    form_class = OpenChartForm
    fieldsets = FIELDSETS

    def form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.open_chart(by=self.request.user, uid=self.key, **data)


class OpenOfSeries(Opening):
    form_class = OpenSeriesForm
    fieldsets = ((FIELDSETS[0][0], ("kind", "size")), *FIELDSETS[1:])

    def series(self) -> Series:
        rows = Series.objects.visible_to(self.request.user).select_related("item", "site")
        found: Series = get_object_or_404(rows, uid=self.kwargs["uid"])
        return found

    def allowed(self) -> None:
        access.check(self.request.user, self.permission, self.series())

    def back_url(self) -> str:
        return self.series().get_absolute_url()

    def perform(self, data: dict[str, Any]) -> Any:
        source = ChartSource.MEASUREMENTS
        return actions.open_chart(by=self.request.user, uid=self.key, source=source, series=self.series(), **data)


class ChartStep(TransitionView):
    """Any step of the chart's table."""

    model = ControlChart

    def perform(self, data: dict[str, Any]) -> Any:
        act: Any = actions.CONTROLCHART_STEPS[self.step.name]
        signing = {"signing": self.signing} if self.step.signature else {}
        return act(controlchart=self.record, by=self.request.user, version=self.version, **data, **signing)


class Edit(ChartStep):
    transition = "edit"
    form_class = EditChartForm
    submit = gettext_lazy("Save")
    fieldsets = FIELDSETS[1:]

    def initial(self) -> dict[str, Any]:
        names = ("rules", "weight", "width", "allowance", "interval", "reaction")
        return {name: getattr(self.record, name) for name in names}


class Freeze(ChartStep):
    transition = "freeze"
    form_class = FreezeForm
    fieldsets = ((gettext_lazy("Limits from"), ("first", "last", "excluded")),)

    def initial(self) -> dict[str, Any]:
        return {"first": 1, "last": self.record.points.count()}

    def statement(self, record: Any, data: dict[str, Any]) -> str:
        told = {"title": record.title, "first": data["first"], "last": data["last"], "count": len(data["excluded"])}
        return _(
            "I freeze the limits of %(title)s from the points %(first)s to %(last)s, without %(count)s of them."
        ) % {**told}

    def consequence(self, record: Any, data: dict[str, Any]) -> str:
        return _("Points after the stretch that no limits have judged yet are judged by these, and all that follow.")


class SignalPage(View):
    permission = VIEW

    def get(self, request: HttpRequest, uid: Any) -> HttpResponse:
        access.check(request.user, VIEW)
        rows = ChartSignal.objects.visible_to(request.user).select_related(
            "chart", "chart__owner", "site", "acknowledged_by", "closed_by"
        )
        row = get_object_or_404(rows, uid=uid)
        rule = RULES[row.rule]
        point = row.chart.points.select_related("batch", "inspection").get(place=row.place)
        context = {
            "row": row,
            "state": state_of_signal(row),
            "states": SIGNAL_STATES,
            "rule": f"{rule.code}: {_(rule.label)}",
            "statistic": queries.control.statistic(row.chart.kind, row.track),
            "value": rounded(row.value),
            "convention": _(rule.convention),
            "of": queries.control.value_of(row.chart, point),
            "may_answer": row.closed_at is None and access.may(request.user, actions.ANSWER, row),
            "items": trail.timeline(row),
        }
        return render(request, "inspection/signal.html", context)


class Answer(ActView):
    permission = actions.ANSWER

    def row(self) -> ChartSignal:
        found: ChartSignal = get_object_or_404(
            ChartSignal.objects.visible_to(self.request.user).select_related("chart"), uid=self.kwargs["uid"]
        )
        return found

    def allowed(self) -> None:
        access.check(self.request.user, self.permission, self.row())

    def back_url(self) -> str:
        return self.row().get_absolute_url()


class Acknowledge(Answer):
    form_class = EmptyForm
    title = gettext_lazy("Acknowledge the signal")
    submit = gettext_lazy("Acknowledge")
    done = gettext_lazy("The signal is acknowledged.")

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.acknowledge_signal(signal=self.row(), by=self.request.user)


class Close(Answer):
    form_class = CloseSignalForm
    title = gettext_lazy("Close the signal")
    submit = gettext_lazy("Close")
    done = gettext_lazy("The signal is closed.")

    def form_kwargs(self) -> dict[str, Any]:
        return {"others": self.others()[:MOST_AT_ONCE]}

    def others(self) -> Any:
        """Open ones of the same chart, the youngest first."""
        row = self.row()
        rows = ChartSignal.objects.visible_to(self.request.user).open().filter(chart=row.chart)
        return rows.exclude(pk=row.pk).order_by("-pk")

    def perform(self, data: dict[str, Any]) -> Any:
        row, chosen = self.row(), data.pop("others", [])
        actions.close_signals(signals=[row, *self.others().filter(uid__in=chosen)], by=self.request.user, **data)
        return row
