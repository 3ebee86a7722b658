"""REST of conflicts of fields: the queue, and the two decisions."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from connectors.actions import conflicts
from connectors.tables.conflicts import CONFLICTS
from qms.api.records import ListView
from qms.api.serializers import Problem, ReasonBody
from qms.api.views import ApiView
from qms.masterdata.actions.matrix import RESOLVE
from qms.masterdata.api import MirrorApi, MirrorList
from qms.masterdata.models import FieldConflict

from .webhooks import checked

FAULTS = dict.fromkeys((401, 403, 404, 409, 422), Problem)
ASKED = [OpenApiParameter(name, str) for name in ("q", "order", "cursor", "limit", "open", "record", "field")]


class Conflicts(MirrorList):
    http_method_names = ["get", "head", "options"]
    api = MirrorApi("conflicts", "conflicts", CONFLICTS)
    permission = "ncr.view"

    @extend_schema(operation_id="conflicts_list", parameters=ASKED, responses={200: OpenApiTypes.OBJECT, 422: Problem})
    def get(self, request: Any) -> Response:
        return ListView.get(self, request)


class Decide(ApiView):
    permission = RESOLVE

    def row(self, request: Any, uid: Any) -> FieldConflict:
        found: FieldConflict = get_object_or_404(FieldConflict.objects.visible_to(request.user), uid=uid)
        return found


class Keep(Decide):
    @extend_schema(operation_id="conflicts_keep", request=ReasonBody, responses={200: OpenApiTypes.OBJECT} | FAULTS)
    def post(self, request: Any, uid: Any) -> Response:
        row = self.row(request, uid)
        done = conflicts.keep_ours(conflict=row, by=request.user, **checked(ReasonBody, request))
        return Response(CONFLICTS.serialize(done))


class Take(Decide):
    @extend_schema(operation_id="conflicts_take", request=ReasonBody, responses={200: OpenApiTypes.OBJECT} | FAULTS)
    def post(self, request: Any, uid: Any) -> Response:
        row = self.row(request, uid)
        done = conflicts.take_theirs(conflict=row, by=request.user, **checked(ReasonBody, request))
        return Response(CONFLICTS.serialize(done))


urlpatterns = [
    path("conflicts", Conflicts.as_view(), name="conflicts-list"),
    path("conflicts/<uuid:uid>/keep", Keep.as_view(), name="conflict-keep"),
    path("conflicts/<uuid:uid>/take", Take.as_view(), name="conflict-take"),
]
