"""What was measured: a characteristic with its latest values, a batch with what was odd about it."""

import datetime as dt
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from qms.accounts import access
from qms.journal import queries as trail
from qms.lib.clock import now
from qms.lib.quantity import show
from qms.ui.views import ActView

from .. import actions, queries, tables
from ..forms import NameForm
from ..models import ControlChart, Measurement, MeasurementBatch, Series
from ..pictures import rounded
from ..workflow import MANAGE_CHART

VIEW, MAP = "measurement.view", "measurement.map"
LATEST = 50
SPANS = ((gettext_lazy("Last 24 hours"), dt.timedelta(hours=24)), (gettext_lazy("Last 7 days"), dt.timedelta(days=7)))


class SeriesPage(View):
    permission = VIEW

    def get(self, request: HttpRequest, uid: Any) -> HttpResponse:
        access.check(request.user, VIEW)
        rows = Series.objects.visible_to(request.user).select_related("item", "site")
        series = get_object_or_404(rows, uid=uid)
        beside = list(queries.beside(series, rows))
        values = Measurement.objects.visible_to(request.user).filter(series=series).select_related("series", "batch")
        context = {
            "series": series,
            "title": series.characteristic or series.characteristic_name,
            "state": tables.known(series),
            "states": tables.KNOWN,
            "may_chart": series.factor is not None and access.may(request.user, MANAGE_CHART, series),
            "charts": ControlChart.objects.visible_to(request.user).filter(series__in=[series, *beside]),
            "may_map": access.may(request.user, MAP, series),
            "facts": facts(series),
            "days": spans(series, beside),
            "beside": beside,
            "values": [(row, tables.shown(row)) for row in values.order_by("-measured_at", "-pk")[:LATEST]],
            "items": trail.timeline(series),
        }
        return render(request, "inspection/series.html", context)


def facts(series: Series) -> list[tuple[Any, Any]]:
    factor = None if series.factor is None else f"1 {series.unit_name} = {show(series.factor)} {series.unit}"
    return [
        (_("Source system"), series.source),
        (_("Part, as sent"), series.part_name),
        (_("Characteristic, as sent"), series.characteristic_name),
        (_("Unit, as sent"), series.unit_name),
        (_("Part"), series.item),
        (_("Characteristic"), series.characteristic),
        (_("Unit"), factor if series.unit_name else series.unit),
        (_("Site"), series.site.code),
        (_("First seen"), series.created_at),
    ]


def spans(series: Series, beside: list[Series]) -> list[dict[str, Any]]:
    """Of all series of the characteristic, sound values only."""
    until = now()
    found = [(label, queries.day([series, *beside], since=until - span, until=until)) for label, span in SPANS]
    names = ("mean", "least", "most", "deviation")
    return [
        {"label": label, "count": day.count, **{name: rounded(getattr(day, name)) for name in names}}
        for label, day in found
    ]


class NameSeries(ActView):
    permission = MAP
    form_class = NameForm
    title = gettext_lazy("Say what is measured")
    submit = gettext_lazy("Save")
    done = gettext_lazy("The characteristic is known now.")
    help_template = "inspection/_name_help.html"

    @cached_property
    def series(self) -> Series:
        rows = Series.objects.visible_to(self.request.user).select_related("item")
        return get_object_or_404(rows, uid=self.kwargs["uid"])

    def form_kwargs(self) -> dict[str, Any]:
        return {"user": self.request.user}

    def initial(self) -> dict[str, Any]:
        one = self.series
        return {
            "item": one.item.number if one.item else "",
            "characteristic": one.characteristic or one.characteristic_name,
            "unit": one.unit or one.unit_name,
            "factor": show(one.factor) if one.factor is not None else "1",
        }

    def more(self) -> dict[str, Any]:
        return {"series": self.series}

    def back_url(self) -> str:
        return self.series.get_absolute_url()

    def perform(self, data: dict[str, Any]) -> Any:
        return actions.name_series(series=self.series, by=self.request.user, **data)


class BatchPage(View):
    permission = VIEW

    def get(self, request: HttpRequest, uid: Any) -> HttpResponse:
        access.check(request.user, VIEW)
        batch = get_object_or_404(MeasurementBatch.objects.visible_to(request.user).select_related("site"), uid=uid)
        context = {
            "batch": batch,
            "title": batch.source_event,
            "facts": [
                (_("Source system"), batch.source),
                (_("Received"), batch.received_at),
                (_("Values"), batch.told),
                (_("Kept"), batch.kept),
                (_("Known already"), batch.repeated),
                (_("Doubtful"), batch.doubtful),
                (_("Rejected"), batch.rejected),
                (_("Outside the limits"), batch.outside),
                ("SHA-256", batch.sha256),
                (_("Values stand as they were written"), _("yes") if queries.is_intact(batch) else _("no")),
            ],
            "header": sorted(batch.header.items()),
            "odd": queries.odd_values(batch)[:LATEST],
            "may_keep": batch.kept and access.may(request.user, "ncr.report", batch),
            "items": trail.timeline(batch),
        }
        return render(request, "inspection/batch.html", context)
