"""REST for many events in one request (contract.md; integration-mes.md §8)."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import serializers

from connectors import inbox
from qms.api.parsers import read_body
from qms.api.serializers import Problem
from qms.api.views import ApiView, Lean

from .mes import EVENT, wrong_type

BATCH_LIMIT = 5 * 1024 * 1024
TYPES = {"application/cloudevents-batch+json", "application/json"}


class ItemFault(serializers.Serializer[Any]):
    pointer = serializers.CharField()
    detail = serializers.CharField()
    hint = serializers.CharField()


class BatchItemAnswer(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    id = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(["created", "updated", "duplicate", "needs_mapping", "parked", "rejected"])
    record = serializers.CharField(allow_null=True)
    url = serializers.CharField(allow_null=True)
    problem = serializers.CharField(allow_null=True)
    code = serializers.CharField(allow_null=True)
    notes = serializers.ListField(child=serializers.CharField())
    errors: Any = ItemFault(many=True)


EVENTS = PolymorphicProxySerializer(
    component_name="MesEvents", serializers=EVENT.serializers, resource_type_field_name=None, many=True
)


class Batch(Lean, ApiView):
    """POST mes/events/batch: up to 1,000 events or 5 MiB. Each is kept and answered by itself; a bad one never fails the rest."""

    permission = "mes.write"
    takes_key = False

    @extend_schema(
        operation_id="mes_events_batch",
        request={"application/cloudevents-batch+json": EVENTS},
        responses={200: BatchItemAnswer(many=True)} | dict.fromkeys((400, 401, 403, 413, 415, 422, 503), Problem),
    )
    def post(self, request: Any) -> HttpResponse:
        body = read_body(request, limit=BATCH_LIMIT)
        if why := wrong_type(request.META.get("CONTENT_TYPE", ""), TYPES, "application/cloudevents-batch+json"):
            raise inbox.refuse(why=why, body=body, headers=request.headers, caller=request.user)
        answers = inbox.receive_all(body=body, headers=request.headers, caller=request.user)
        base = request.build_absolute_uri("/r/")
        found = [plain(answer, base) for answer in answers]
        return HttpResponse(msgspec.json.encode(found), "application/json")


def plain(answer: inbox.ItemAnswer, base: str) -> dict[str, Any]:
    return {
        "index": answer.index,
        "id": answer.id or None,
        "status": answer.status,
        "record": answer.record or None,
        "url": f"{base}{answer.record}" if answer.record else None,
        "problem": answer.problem or None,
        "code": answer.code or None,
        "notes": list(answer.notes),
        "errors": [fault.plain() for fault in answer.faults],
    }


urlpatterns = [path("mes/events/batch", Batch.as_view(), name="mes-events-batch")]
