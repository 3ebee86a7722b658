"""REST for values by the thousand (contract.md; integration-mes.md §8, §9)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec
from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from connectors import inbox
from inspection import queries as inspection
from qms.api.parsers import read_body
from qms.api.serializers import Problem
from qms.api.views import ApiView, Lean

from ..inbox.places import fit, spelling
from .mes import wrong_type

LIMIT = 5 * 1024 * 1024
TYPES = {"application/json"}


class ValuesHeader(serializers.Serializer[Any]):
    """Said of all values. `run`: what they were measured for, such as production, setup or gauge_check."""

    part = serializers.CharField(max_length=120)
    part_revision = serializers.CharField(required=False)
    characteristic = serializers.CharField(required=False, help_text="Or a column of that name.")
    unit = serializers.CharField(required=False)
    lower = serializers.DecimalField(40, 20, required=False)
    upper = serializers.DecimalField(40, 20, required=False)
    lot = serializers.CharField(required=False)
    serial = serializers.CharField(required=False)
    site = serializers.CharField(required=False)
    order = serializers.CharField(required=False)
    operation = serializers.CharField(required=False)
    work_center = serializers.CharField(required=False)
    station = serializers.CharField(required=False)
    equipment = serializers.CharField(required=False)
    gauge = serializers.CharField(required=False)
    operator = serializers.CharField(required=False)
    recipe_revision = serializers.CharField(required=False)
    run = serializers.CharField(required=False)


def texts() -> Any:
    return serializers.ListField(child=serializers.CharField(), required=False)


class ValuesBody(serializers.Serializer[Any]):
    """One header, and columns of one length. `source` + `id` name the request for ever. `t`: RFC 3339, or milliseconds since 1970.
    What stands in a column does not stand in the header. A value is known again by source, characteristic, time and its own id
    (`ids`); where that column is missing, it is made of the request's id and the place. For the schema only."""

    source: Any = serializers.CharField(max_length=79)
    id = serializers.CharField(max_length=200)
    header = ValuesHeader()
    t = serializers.ListField(child=serializers.DateTimeField(), max_length=10_000)
    v = serializers.ListField(child=serializers.DecimalField(40, 20), max_length=10_000)
    characteristic = texts()
    unit = texts()
    serial = texts()
    lot = texts()
    ids = texts()
    lower = serializers.ListField(child=serializers.DecimalField(40, 20, allow_null=True), required=False)
    upper = serializers.ListField(child=serializers.DecimalField(40, 20, allow_null=True), required=False)


class OddValue(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    status = serializers.ChoiceField(["doubtful", "rejected"])
    code = serializers.CharField()
    detail = serializers.CharField()


class ValuesAnswer(serializers.Serializer[Any]):
    """`kept` + `repeated` + `rejected` = `told`; `values`: the odd ones, at most a thousand of a kind."""

    status = serializers.ChoiceField(["created", "duplicate", "needs_mapping", "parked"])
    receipt = serializers.CharField()
    problem = serializers.CharField(allow_null=True)
    notes = serializers.ListField(child=serializers.CharField())
    told = serializers.IntegerField(allow_null=True)
    kept = serializers.IntegerField(allow_null=True)
    repeated = serializers.IntegerField(allow_null=True)
    doubtful = serializers.IntegerField(allow_null=True)
    rejected = serializers.IntegerField(allow_null=True)
    outside = serializers.IntegerField(allow_null=True)
    values: Any = OddValue(many=True)


class Values(Lean, ApiView):
    """POST mes/measurements: up to 10,000 values or 5 MiB. 202 and a receipt; a value that cannot be kept never fails the rest."""

    permission = "mes.write"
    takes_key = False

    @extend_schema(
        operation_id="mes_measurements",
        request={"application/json": ValuesBody},
        responses={202: ValuesAnswer} | dict.fromkeys((400, 401, 403, 413, 415, 422, 503), Problem),
    )
    def post(self, request: Any) -> HttpResponse:
        body = read_body(request, limit=LIMIT)
        if why := wrong_type(request.META.get("CONTENT_TYPE", ""), TYPES, "application/json"):
            raise inbox.refuse(why=why, body=body, headers=request.headers, caller=request.user)
        answer = inbox.receive(body=body, headers=request.headers, caller=request.user, columnar=True)
        scope = request.user.token_scope
        source = spelling(scope.source, answer.source)
        batch = inspection.batch_of(source=fit(source, 40), event=fit(answer.id, 120))
        address = f"/api/v1/mes/receipts/{quote(answer.source, safe='')}/{quote(answer.id, safe='')}"
        found = {
            "status": answer.status,
            "receipt": request.build_absolute_uri(address),
            "problem": answer.problem or None,
            "notes": list(answer.notes),
            **inspection.counted(batch),
        }
        return HttpResponse(msgspec.json.encode(found), "application/json", 202)


urlpatterns = [path("mes/measurements", Values.as_view(), name="mes-measurements")]
