"""The chart below the grid: of the characteristic whose readings are typed."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views import View

from qms.accounts import access

from .. import queries
from ..models import Inspection
from ..pictures import drawn, rounded

VIEW = "inspection.view"


class Focus(View):
    """204 where no chart takes in readings of the characteristic, or the reader may not see it."""

    permission = VIEW
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        access.check(request.user, VIEW)
        record = get_object_or_404(Inspection.objects.visible_to(request.user), number=number)
        line = record.characteristics.filter(uid=_uid(request.GET.get("characteristic", ""))).first()
        chart = line and queries.focus.charts_of(record, request.user).get((line.name, line.unit))
        if not chart:
            return HttpResponse(status=204)
        study, hits, refused = queries.focus.study_of(chart, line)
        able = study.capability.found if study and study.capability else None
        context = {
            "line": line, "chart": chart, "refused": refused, "rules": sorted({code for codes in hits.values() for code in codes}),
            "drawn": drawn(chart, study) if study else "",
            "fresh": sum(one.url == record.get_absolute_url() for one in study.values) if study else 0,
            "cpk": f"Cpk {rounded(able.within.actual)}" if able and able.within else "",
        }  # fmt: skip
        return render(request, "inspection/_focus.html", context)


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
