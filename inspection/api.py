"""REST of gauges, inspection plans and inspections, the same acts as the buttons; measurements are read only."""

import hashlib
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from qms.api.records import RecordApi, Step
from qms.api.serializers import NoBody, Problem, ReasonBody
from qms.api.views import ApiView
from qms.lib.errors import Missing
from qms.masterdata.api import MirrorApi, MirrorList
from qms.records.bundle.prints import printed

from . import actions, pictures, prints, queries, serializers, tables
from .models import (
    Calibration,
    Certificate,
    ChartSignal,
    Conformance,
    ControlChart,
    Gauge,
    Inspection,
    InspectionOccasion,
    InspectionPlan,
    MsaStudy,
)
from .serializers import certificates, conformance, doubt, lots, msa
from .serializers import controlcharts as spc
from .workflow import EDIT_PLAN, MANAGE, MANAGE_CHART, RECORD

FAULTS = dict.fromkeys((401, 403, 404, 409, 422), Problem)
GAUGES = RecordApi(
    name="gauges",
    model=Gauge,
    listing=tables.GAUGES,
    detail=serializers.GaugeShown,
    related=("site",),
    create=Step(actions.register, serializers.RegisterBody, permission=actions.RIGHT),
    steps={
        name: Step(act, serializers.EditBody if name == "edit" else NoBody) for name, act in actions.GAUGE_STEPS.items()
    },
)

PLAN_BODIES = {"edit": serializers.InspectionPlanHead, "characterise": serializers.CharacteriseBody}
PLANS = RecordApi(
    name="inspection-plans",
    model=InspectionPlan,
    listing=tables.PLANS,
    detail=serializers.PlanShown,
    related=("site", "item", "supplier", "customer", "released_by", "supersedes", "base"),
    create=Step(actions.draft, serializers.InspectionPlanBody, permission=EDIT_PLAN),
    steps={name: Step(act, PLAN_BODIES.get(name, NoBody)) for name, act in actions.INSPECTIONPLAN_STEPS.items()},
)


LOT_BODIES = {
    "readings": lots.ReadingsBody,
    "decide": lots.DecideBody,
    "allow-gauge": lots.AllowGaugeBody,
    "release-part": lots.ReleasePartBody,
    "waive-certificate": certificates.WaiveBody,
}


def signed(step: str) -> Any:
    def say(inspection: Inspection, data: dict[str, Any], _user: Any) -> str:
        if step == "decide":
            return queries.lots.decision_sentence(inspection, data["lines"])
        if step == "release-part":
            return queries.lots.part_sentence(inspection, data["quantity"], data["reason"])
        return queries.lots.statement(inspection, step) or f"{step}: {inspection.number}"

    return say


INSPECTIONS = RecordApi(
    name="inspections",
    model=Inspection,
    listing=tables.INSPECTIONS,
    detail=lots.InspectionShown,
    related=("site", "plan", "sequence", "ncr", "resubmits", "rework__line__ncr"),
    create=Step(actions.create, lots.InspectionBody, permission=MANAGE),
    steps={
        name: Step(act, LOT_BODIES.get(name, NoBody), signed(name)) for name, act in actions.INSPECTION_STEPS.items()
    },
)


BODIES = {
    "edit": serializers.EditCalibrationBody,
    "judge": serializers.JudgeBody,
    "hold": doubt.HoldLotsBody,
    "notify": doubt.NotifyBody,
}
CALIBRATIONS = RecordApi(
    name="calibrations",
    model=Calibration,
    listing=tables.CALIBRATIONS,
    detail=serializers.CalibrationShown,
    related=("site", "gauge"),
    create=Step(actions.calibrate, serializers.CalibrateBody, permission=actions.RIGHT),
    steps={name: Step(act, BODIES.get(name, NoBody)) for name, act in actions.CALIBRATION_STEPS.items()},
)


CHART_BODIES = {"freeze": spc.FreezeBody, "edit": spc.EditChartBody}
CONTROLCHARTS = RecordApi(
    name="control-charts",
    model=ControlChart,
    listing=tables.CONTROLCHARTS,
    detail=spc.ChartShown,
    related=("site", "owner", "series", "item"),
    create=Step(actions.open_chart, spc.OpenBody, permission=MANAGE_CHART),
    steps={name: Step(act, CHART_BODIES.get(name, NoBody)) for name, act in actions.CONTROLCHART_STEPS.items()},
)

CERTIFICATES = RecordApi(
    name="certificates",
    model=Certificate,
    listing=tables.CERTIFICATES,
    detail=certificates.CertificateShown,
    related=("site", "item", "supplier", "plan", "receipt_line", "accepted_by"),
    create=Step(actions.record_certificate, certificates.CertificateBody, permission=RECORD),
    steps={
        name: Step(act, certificates.EditCertificateBody if name == "edit" else NoBody)
        for name, act in actions.CERTIFICATE_STEPS.items()
    },
)


CONFORMANCES = RecordApi(
    name="conformance-certificates",
    model=Conformance,
    listing=tables.CONFORMANCES,
    detail=conformance.ConformanceShown,
    related=("site", "inspection", "issued_by"),
    create=Step(actions.prepare_conformance, conformance.ConformanceBody, permission=RECORD),
    steps={
        name: Step(act, conformance.EditConformanceBody if name == "edit" else NoBody)
        for name, act in actions.CONFORMANCE_STEPS.items()
    },
)

STUDY_BODIES = {"edit": msa.EditStudyBody}
STUDIES = RecordApi(
    name="msa-studies",
    model=MsaStudy,
    listing=tables.STUDIES,
    detail=msa.StudyShown,
    related=("site", "gauge"),
    create=Step(actions.study, msa.StudyBody, permission=actions.RIGHT),
    steps={name: Step(act, STUDY_BODIES.get(name, NoBody)) for name, act in actions.MSASTUDY_STEPS.items()},
)


def reading(name: str, listing: Any) -> Any:
    """A list that is only read."""
    members = {"api": MirrorApi("", name, listing), "permission": "measurement.view"}
    view: Any = type(f"{name.title().replace('-', '')}List", (MirrorList,), members)
    return path(name, view.documented().as_view(), name=f"{name}-list")


class Occasions(MirrorList):
    api = MirrorApi("", "inspection-occasions", tables.OCCASIONS)
    permission = "inspection.view"


class MissingCertificates(MirrorList):
    api = MirrorApi("", "missing-certificates", tables.MISSING)
    permission = "inspection.view"


class OccasionDecision(ApiView):
    permission = MANAGE

    def row(self, request: Any, uid: Any) -> InspectionOccasion:
        found: InspectionOccasion = get_object_or_404(InspectionOccasion.objects.visible_to(request.user), uid=uid)
        return found

    def shown(self, request: Any, uid: Any) -> Response:
        return Response(tables.OCCASIONS.serialize(self.row(request, uid)))


class CloseOccasion(OccasionDecision):
    @extend_schema(
        operation_id="inspection_occasions_close", request=ReasonBody, responses={200: OpenApiTypes.OBJECT} | FAULTS
    )
    def post(self, request: Any, uid: Any) -> Response:
        row, body = self.row(request, uid), ReasonBody(data=request.data)
        body.is_valid(raise_exception=True)
        actions.close_occasion(occasion=row, by=request.user, **body.validated_data)
        return self.shown(request, uid)


class TryOccasion(OccasionDecision):
    @extend_schema(operation_id="inspection_occasions_try", request=None, responses={200: OpenApiTypes.OBJECT} | FAULTS)
    def post(self, request: Any, uid: Any) -> Response:
        actions.try_again(occasion=self.row(request, uid), by=request.user)
        return self.shown(request, uid)


class ChartPicture(ApiView):
    permission = "measurement.view"

    @extend_schema(
        operation_id="control_charts_picture",
        responses={(200, "image/svg+xml"): OpenApiTypes.BINARY, 401: Problem, 403: Problem, 404: Problem},
    )
    def get(self, request: Any, number: str) -> HttpResponse:
        """The latest 200 points as the page shows them, as SVG; 404 where no point is charted yet."""
        chart = get_object_or_404(ControlChart.objects.visible_to(request.user), number=number)
        study, refused = queries.control.study_of(chart, latest=pictures.SHOWN)
        if study is None:
            raise Missing(refused or _("No point is charted yet."))
        return HttpResponse(pictures.drawn(chart, study), content_type="image/svg+xml")


class ConformancePdf(ApiView):
    permission = "inspection.view"
    http_method_names = ["get"]  # whoever asks for the head alone takes nothing

    @extend_schema(
        operation_id="conformance_certificates_pdf",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, 401: Problem, 403: Problem, 404: Problem},
    )
    def get(self, request: Any, number: str) -> HttpResponse:
        """As the customer gets it, in the language that is asked for; drafts and withdrawn ones are marked. That it left stands in the
        trail with its SHA-256."""
        row = get_object_or_404(Conformance.objects.visible_to(request.user), number=number)
        content = printed(row, page=prints.page, template=prints.TEMPLATE, by=request.user)
        sha256 = hashlib.sha256(content).hexdigest()
        actions.conformance_printed(conformance=row, form="pdf", sha256=sha256, by=request.user)
        return HttpResponse(content, content_type="application/pdf")


class Signals(MirrorList):
    api = MirrorApi("", "chart-signals", tables.SIGNALS)
    permission = "measurement.view"


class SignalAnswer(ApiView):
    permission = actions.ANSWER

    def row(self, request: Any, uid: Any) -> ChartSignal:
        found: ChartSignal = get_object_or_404(ChartSignal.objects.visible_to(request.user), uid=uid)
        return found

    def shown(self, request: Any, uid: Any) -> Response:
        return Response(tables.SIGNALS.serialize(self.row(request, uid)))


class AcknowledgeSignal(SignalAnswer):
    @extend_schema(
        operation_id="chart_signals_acknowledge", request=None, responses={200: OpenApiTypes.OBJECT} | FAULTS
    )
    def post(self, request: Any, uid: Any) -> Response:
        actions.acknowledge_signal(signal=self.row(request, uid), by=request.user)
        return self.shown(request, uid)


class CloseSignal(SignalAnswer):
    @extend_schema(
        operation_id="chart_signals_close", request=spc.CloseBody, responses={200: OpenApiTypes.OBJECT} | FAULTS
    )
    def post(self, request: Any, uid: Any) -> Response:
        row, body = self.row(request, uid), spc.CloseBody(data=request.data)
        body.is_valid(raise_exception=True)
        others = ChartSignal.objects.visible_to(request.user).filter(uid__in=body.validated_data.pop("also", ()))
        actions.close_signals(signals=[row, *others.exclude(pk=row.pk)], by=request.user, **body.validated_data)
        return self.shown(request, uid)


urlpatterns = [
    *GAUGES.urls(),
    *PLANS.urls(),
    *INSPECTIONS.urls(),
    *CALIBRATIONS.urls(),
    *CONTROLCHARTS.urls(),
    path("control-charts/<str:number>/chart.svg", ChartPicture.as_view(), name="control-chart-picture"),
    path("chart-signals", Signals.documented().as_view(), name="chart-signals-list"),
    path("chart-signals/<uuid:uid>/acknowledge", AcknowledgeSignal.as_view(), name="chart-signal-acknowledge"),
    path("chart-signals/<uuid:uid>/close", CloseSignal.as_view(), name="chart-signal-close"),
    *CERTIFICATES.urls(),
    path("missing-certificates", MissingCertificates.documented().as_view(), name="missing-certificates-list"),
    *CONFORMANCES.urls(),
    path("conformance-certificates/<str:number>/certificate.pdf", ConformancePdf.as_view(), name="conformance-pdf"),
    *STUDIES.urls(),
    path("inspection-occasions", Occasions.documented().as_view(), name="inspection-occasions-list"),
    path("inspection-occasions/<uuid:uid>/close", CloseOccasion.as_view(), name="inspection-occasion-close"),
    path("inspection-occasions/<uuid:uid>/try", TryOccasion.as_view(), name="inspection-occasion-try"),
    reading("measurements", tables.MEASUREMENTS),
    reading("measured-characteristics", tables.SERIES),
    reading("product-tests", tables.TESTS),
    reading("equipment-alerts", tables.ALERTS),
]
