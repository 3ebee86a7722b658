"""REST of NCRs and holds: the same acts as the buttons."""

from collections.abc import Callable, Mapping
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from qms.accounts import access
from qms.api.records import RecordApi, Step
from qms.api.serializers import NoBody, Problem, ReasonBody, Strict
from qms.api.views import ApiView

from . import actions, permissions, queries, serializers, tables
from .models import Hold, Nonconformance
from .serializers.travelers import plain

BODIES: dict[str, type[Strict]] = {
    "disposition": serializers.DispositionBody,
    "hold": serializers.HoldBody,
    "instruct": serializers.InstructBody,
    "edit": serializers.EditBody,
    "execute": serializers.ExecuteBody,
    "carry-out": serializers.PartBody,
    "rework": serializers.ReworkBody,
    "reinspect": serializers.ReinspectBody,
    "evidence": serializers.EvidenceBody,
    "customer-approval": serializers.CustomerBody,
    "cancel-posting": serializers.PostingBody,
    "reverse": serializers.PostingBody,
    "skip-posting": serializers.PostingBody,
    "record-document": serializers.DocumentBody,
}


def statement(step: str) -> Callable[[Any, dict[str, Any], Any], str]:
    def say(ncr: Nonconformance, data: dict[str, Any], user: Any) -> str:
        slot = permissions.slot_for(ncr, user) if step == "approve" else None
        return queries.statement(ncr, step, slot=slot, reason=data.get("reason", ""), data=data)

    return say


def steps(acts: Mapping[str, Any]) -> dict[str, Step]:
    return {name: Step(act, BODIES.get(name, NoBody), statement(name)) for name, act in acts.items()}


NCRS = RecordApi(
    name="ncrs",
    model=Nonconformance,
    listing=tables.NCRS,
    detail=serializers.NcrShown,
    related=("site", "defect_code", "owner", "created_by"),
    create=Step(actions.report, serializers.ReportBody, permission="ncr.report"),
    steps=steps(actions.STEPS),
)
HOLDS = RecordApi(
    name="holds",
    model=Hold,
    listing=tables.HOLDS,
    detail=serializers.HoldShown,
    related=("site", "ncr"),
    steps=steps(actions.HOLD_STEPS),
)


class Travelers(ApiView):
    """Links of an NCR to records of other systems. The same record again changes nothing (200)."""

    permissions = {"GET": "ncr.view", "POST": "ncr.report"}

    def ncr(self, request: Any, number: str) -> Nonconformance:
        rows = Nonconformance.objects.visible_to(request.user).prefetch_related(
            "travelers__check_made", "travelers__snapshot__file"
        )
        found: Nonconformance = get_object_or_404(rows, number=number)
        return found

    @extend_schema(operation_id="ncr_travelers", responses={200: OpenApiTypes.OBJECT, 404: Problem})
    def get(self, request: Any, number: str) -> Response:
        rows = self.ncr(request, number).travelers.all()
        return Response({"results": [plain(one) for one in rows if one.withdrawn_at is None], "next": None})

    @extend_schema(
        operation_id="ncr_traveler_link",
        request=serializers.TravelerBody,
        responses={200: OpenApiTypes.OBJECT, 201: OpenApiTypes.OBJECT} | dict.fromkeys((403, 404, 422), Problem),
    )
    def post(self, request: Any, number: str) -> Response:
        ncr = self.ncr(request, number)
        access.check(request.user, "ncr.report", ncr)
        given = serializers.TravelerBody(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        before = {one.pk for one in ncr.travelers.all()}
        hold = given.validated_data["hold"]
        row = actions.link_traveler(ncr=ncr, pointer=given.pointer(), hold=hold, by=request.user)
        return Response(plain(row), 200 if row.pk in before else 201)


class ProvisionalLot(ApiView):
    permission = "ncr.edit"

    def ncr(self, request: Any, number: str) -> Nonconformance:
        found: Nonconformance = get_object_or_404(Nonconformance.objects.visible_to(request.user), number=number)
        return found

    def shown(self, request: Any, number: str) -> Response:
        found = self.ncr(request, number)
        return Response(
            {"number": found.number, "lot": found.lot_number, "lot_is_provisional": found.has_provisional_lot}
        )


class MatchLot(ProvisionalLot):
    """A person says which lot of the ERP a provisional one is."""

    @extend_schema(
        operation_id="ncrs_match_lot",
        request=serializers.MatchLotBody,
        responses={200: OpenApiTypes.OBJECT} | dict.fromkeys((401, 403, 404, 409, 422), Problem),
    )
    def post(self, request: Any, number: str) -> Response:
        ncr = self.ncr(request, number)
        given = serializers.MatchLotBody(data=request.data, context={"request": request, "ncr": ncr})
        given.is_valid(raise_exception=True)
        actions.match_lot(ncr=ncr, by=request.user, **given.validated_data)
        return self.shown(request, number)


class RefuseLot(ProvisionalLot):
    """There is no such lot: the record names none then."""

    @extend_schema(
        operation_id="ncrs_refuse_lot",
        request=ReasonBody,
        responses={200: OpenApiTypes.OBJECT} | dict.fromkeys((401, 403, 404, 409, 422), Problem),
    )
    def post(self, request: Any, number: str) -> Response:
        ncr, given = self.ncr(request, number), ReasonBody(data=request.data)
        given.is_valid(raise_exception=True)
        actions.refuse_lot(ncr=ncr, by=request.user, **given.validated_data)
        return self.shown(request, number)


urlpatterns = [
    path("ncrs/<str:number>/match-lot", MatchLot.as_view(), name="ncr-match-lot"),
    path("ncrs/<str:number>/refuse-lot", RefuseLot.as_view(), name="ncr-refuse-lot"),
    path("ncrs/<str:number>/travelers", Travelers.as_view(), name="ncr-travelers"),
    *NCRS.urls(),
    *HOLDS.urls(),
]
