"""REST of the crosswalk: names in other systems both ways, entered, merged, split, undone; rules of spelling."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from connectors.tables.crosswalk import NAMES, SPELLINGS
from qms.api.records import ListView
from qms.api.serializers import NoBody, Problem, ReasonBody, Strict
from qms.api.views import ApiView
from qms.masterdata import actions
from qms.masterdata.api import MirrorApi, MirrorList
from qms.masterdata.models import Crosswalk, CrosswalkKind, Normalisation
from qms.masterdata.serializers import SiteCode

from .webhooks import checked

VIEW, RESOLVE, EDIT, OPERATE = "masterdata.view", "interface.resolve", "mapping.edit", "interface.operate"
FAULTS = dict.fromkeys((401, 403, 404, 409, 422), Problem)
ASKED = [OpenApiParameter(name, str) for name in ("q", "order", "cursor", "limit")]


class NamedBody(Strict):
    source: Any = serializers.CharField(max_length=40)
    kind = serializers.CharField(max_length=20, help_text=", ".join(CrosswalkKind.values))
    reason = serializers.CharField(max_length=2000)


class MeaningBody(Strict):
    local_value = serializers.CharField(max_length=120)
    revision = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    site = SiteCode(required=False, default=None, allow_null=True)
    since = serializers.DateTimeField(required=False, default=None, allow_null=True)


class EntryBody(NamedBody, MeaningBody):
    foreign_value = serializers.CharField(max_length=120)


class MergeBody(NamedBody):
    names = serializers.ListField(child=serializers.CharField(max_length=120), min_length=2, max_length=100)
    local_value = serializers.CharField(max_length=120)
    since = serializers.DateTimeField(required=False, default=None, allow_null=True)


class SplitBody(NamedBody):
    foreign_value = serializers.CharField(max_length=120)
    parts = MeaningBody(many=True)


class ExampleBody(Strict):
    given = serializers.CharField(max_length=120, trim_whitespace=False)
    expect = serializers.CharField(max_length=120)


class SpellingBody(NamedBody):
    trims = serializers.BooleanField(required=False, default=True)
    takes_prefix = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)
    drops = serializers.CharField(max_length=20, required=False, default="", allow_blank=True, trim_whitespace=False)
    drops_zeros = serializers.BooleanField(required=False, default=False)
    uppers = serializers.BooleanField(required=False, default=False)
    puts_prefix = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)
    examples = ExampleBody(many=True)


def part(told: dict[str, Any]) -> actions.Part:
    return actions.Part(*(told.pop(name) for name in ("local_value", "revision", "site", "since")))


class Names(MirrorList):
    """GET crosswalk: `there` or `here` exactly, or `q`; POST: one entry."""

    api = MirrorApi("crosswalk", "crosswalk", NAMES)
    permissions = {"GET": VIEW, "POST": RESOLVE}

    @extend_schema(operation_id="crosswalk_list", parameters=ASKED, responses={200: OpenApiTypes.OBJECT, 422: Problem})
    def get(self, request: Any) -> Response:
        return ListView.get(self, request)

    @extend_schema(operation_id="crosswalk_enter", request=EntryBody, responses={201: OpenApiTypes.OBJECT} | FAULTS)
    def post(self, request: Any) -> Response:
        told = checked(EntryBody, request)
        row = actions.enter(by=request.user, part=part(told), **told)
        return Response({"uid": str(row.uid), **NAMES.serialize(row)}, status=201)


class Spellings(MirrorList):
    api = MirrorApi("spellings", "spellings", SPELLINGS)
    permissions = {"GET": VIEW, "POST": EDIT}

    @extend_schema(operation_id="spellings_list", parameters=ASKED, responses={200: OpenApiTypes.OBJECT, 422: Problem})
    def get(self, request: Any) -> Response:
        return ListView.get(self, request)

    @extend_schema(operation_id="spellings_draft", request=SpellingBody, responses={201: OpenApiTypes.OBJECT} | FAULTS)
    def post(self, request: Any) -> Response:
        told = checked(SpellingBody, request)
        row = actions.draft_spelling(by=request.user, note=told.pop("reason"), **told)
        return Response({"uid": str(row.uid), **SPELLINGS.serialize(row)}, status=201)


class Change(ApiView):
    permission = RESOLVE

    def change(self, uid: Any) -> Response:
        rows = Crosswalk.objects.visible_to(self.request.user).filter(change=uid, withdrawn_at=None)
        shown = [{"uid": str(row.uid), **NAMES.serialize(row)} for row in rows.select_related("site").order_by("pk")]
        return Response({"change": str(uid), "entries": shown}, status=201)


class Merge(Change):
    @extend_schema(operation_id="crosswalk_merge", request=MergeBody, responses={201: OpenApiTypes.OBJECT} | FAULTS)
    def post(self, request: Any) -> Response:
        return self.change(actions.merge(by=request.user, **checked(MergeBody, request)))


class Split(Change):
    @extend_schema(operation_id="crosswalk_split", request=SplitBody, responses={201: OpenApiTypes.OBJECT} | FAULTS)
    def post(self, request: Any) -> Response:
        told = checked(SplitBody, request)
        parts = [part(dict(one)) for one in told.pop("parts")]
        return self.change(actions.split(by=request.user, parts=parts, **told))


class Undo(ApiView):
    permission = RESOLVE

    @extend_schema(operation_id="crosswalk_undo", request=ReasonBody, responses={200: OpenApiTypes.OBJECT} | FAULTS)
    def post(self, request: Any, uid: Any) -> Response:
        get_object_or_404(Crosswalk.objects.visible_to(request.user).filter(change=uid).order_by("pk")[:1])
        return Response({"count": actions.undo(by=request.user, change=uid, **checked(ReasonBody, request))})


class Withdraw(ApiView):
    permission = RESOLVE

    @extend_schema(operation_id="crosswalk_withdraw", request=ReasonBody, responses={200: OpenApiTypes.OBJECT} | FAULTS)
    def post(self, request: Any, uid: Any) -> Response:
        row = get_object_or_404(Crosswalk.objects.visible_to(request.user), uid=uid)
        return Response(NAMES.serialize(actions.withdraw(by=request.user, entry=row, **checked(ReasonBody, request))))


class SpellingStep(ApiView):
    permission = OPERATE

    def rule(self, request: Any, uid: Any) -> Normalisation:
        found: Normalisation = get_object_or_404(Normalisation.objects.visible_to(request.user), uid=uid)
        return found


class Activate(SpellingStep):
    @extend_schema(operation_id="spellings_activate", request=NoBody, responses={200: OpenApiTypes.OBJECT} | FAULTS)
    def post(self, request: Any, uid: Any) -> Response:
        rule = self.rule(request, uid)
        checked(NoBody, request)
        return Response(SPELLINGS.serialize(actions.activate_spelling(by=request.user, rule=rule)))


class Retire(SpellingStep):
    @extend_schema(operation_id="spellings_retire", request=ReasonBody, responses={200: OpenApiTypes.OBJECT} | FAULTS)
    def post(self, request: Any, uid: Any) -> Response:
        rule = self.rule(request, uid)
        row = actions.retire_spelling(by=request.user, rule=rule, **checked(ReasonBody, request))
        return Response(SPELLINGS.serialize(row))


urlpatterns = [
    path("crosswalk", Names.as_view(), name="crosswalk-list"),
    path("crosswalk/merge", Merge.as_view(), name="crosswalk-merge"),
    path("crosswalk/split", Split.as_view(), name="crosswalk-split"),
    path("crosswalk/changes/<uuid:uid>/undo", Undo.as_view(), name="crosswalk-undo"),
    path("crosswalk/<uuid:uid>/withdraw", Withdraw.as_view(), name="crosswalk-withdraw"),
    path("spellings", Spellings.as_view(), name="spellings-list"),
    path("spellings/<uuid:uid>/activate", Activate.as_view(), name="spelling-activate"),
    path("spellings/<uuid:uid>/retire", Retire.as_view(), name="spelling-retire"),
]
