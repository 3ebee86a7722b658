"""REST for an ERP or middleware that pushes: batches and key sweeps per object, confirmations of our postings (contract.md)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from connectors import actions
from connectors.sync import members, push, sweeping
from qms.api.parsers import read_body
from qms.api.problems import Malformed
from qms.api.serializers import Problem, Strict
from qms.api.views import ApiView
from qms.masterdata.specs import SPECS

BATCH_LIMIT = 5 * 1024 * 1024
SWEEP_LIMIT = 32 * 1024 * 1024
PROBLEMS = dict.fromkeys((400, 401, 403, 409, 413, 415, 422, 503), Problem)
FIELDS: dict[str, Any] = {
    "text": serializers.CharField,
    "integer": serializers.IntegerField,
    "boolean": serializers.BooleanField,
    "instant": serializers.DateTimeField,
    "date": serializers.DateField,
    "json": serializers.JSONField,
}


class PushResult(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    external_id = serializers.CharField()
    status = serializers.ChoiceField(["created", "updated", "unchanged", "stale", "rejected"])
    problem = serializers.CharField(allow_null=True)


class PushAnswer(serializers.Serializer[Any]):
    """`status`: applied; parked (kept, the interface is off or paused); observed (checked, nothing was written)."""

    status = serializers.ChoiceField(["applied", "parked", "observed"])
    results = PushResult(many=True)
    run = serializers.CharField(allow_null=True)
    problem = serializers.CharField(allow_null=True)


class SweepBody(serializers.Serializer[Any]):
    keys = serializers.ListField(child=serializers.CharField())
    as_of = serializers.DateTimeField(required=False, allow_null=True)
    confirm = serializers.IntegerField(required=False, allow_null=True, min_value=0)


class SweepAnswer(serializers.Serializer[Any]):
    alive = serializers.IntegerField()
    gone = serializers.IntegerField()
    run = serializers.CharField(allow_null=True)


class Pushed(ApiView):
    """What the views of one object share. The token's source names the interface."""

    permission = "erp.write"
    object = ""

    def body(self, request: Any) -> bytes:
        body = read_body(request._request, limit=self.body_limit)
        kind = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Malformed(
                _("This content type is not taken."),
                status=415,
                code="unsupported_media_type",
                hint=_("Send application/json in UTF-8."),
            )
        return body


class Batch(Pushed):
    """Up to 1,000 members, each answered for itself; one bad member never fails the others."""

    body_limit = BATCH_LIMIT

    def post(self, request: Any) -> HttpResponse:
        answer = push.receive(
            interface=actions.pusher(by=request.user),
            object=self.object,
            body=self.body(request),
            headers=request.headers,
            by=request.user,
        )
        told = {
            "status": answer.status,
            "results": [result.plain() for result in answer.results],
            "run": answer.run or None,
            "problem": answer.problem or None,
        }
        return JsonResponse(told, status=200 if answer.status == "applied" else 202)


class Sweep(Pushed):
    """All live keys: what is not among them is gone. A source that names much less than before must confirm the count."""

    body_limit = SWEEP_LIMIT

    def post(self, request: Any) -> HttpResponse:
        answer = sweeping.receive(
            interface=actions.pusher(by=request.user),
            object=self.object,
            body=self.body(request),
            headers=request.headers,
            by=request.user,
        )
        return JsonResponse({"alive": answer.alive, "gone": answer.gone, "run": answer.run or None})


class AckBody(Strict):
    """`posted` needs the document's number, `failed` a reason."""

    status = serializers.ChoiceField(["posted", "failed"])
    document_number = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    document_id = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    code = serializers.CharField(max_length=40, required=False, default="refused")
    reason = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)


class AckAnswer(serializers.Serializer[Any]):
    reference = serializers.CharField()
    status = serializers.ChoiceField(["accepted", "duplicate"])
    state = serializers.CharField()
    document_number = serializers.CharField(allow_null=True)


class PostingAck(ApiView):
    """An ERP or middleware that carries our postings itself says what became of one. The same answer twice changes nothing."""

    permission = "erp.write"

    @extend_schema(operation_id="erp_posting_ack", request=AckBody, responses={200: AckAnswer} | PROBLEMS)
    def post(self, request: Any, reference: str) -> Response:
        actions.posting_of(reference=reference, by=request.user)
        body = AckBody(data=request.data)
        body.is_valid(raise_exception=True)
        posting, is_new = actions.acknowledge(reference=reference, by=request.user, **body.validated_data)
        return Response(
            {
                "reference": posting.reference,
                "status": "accepted" if is_new else "duplicate",
                "state": posting.state,
                "document_number": posting.document_number or None,
            }
        )


# --- one address per object, each with its own schema ----------------------------------------------------------------


def _member(made: members.Shape) -> Any:
    """Serializer of one member, for the schema only."""
    known: dict[str, Any] = {"external_id": serializers.CharField(max_length=members.KEY)}
    if not made.is_line:
        known |= {
            "changed_at": serializers.DateTimeField(),
            "number": serializers.CharField(max_length=120, required=False),
            "site": serializers.CharField(required=False, help_text="Code of the site; else that of the interface."),
        }
    known |= {field.name: _field(field) for field in made.fields}
    for attribute, line in made.lines:
        known[attribute] = _member(line)(many=True, required=False)
    name = "".join(word.capitalize() for word in made.spec.object.split("-"))
    return type(f"Pushed{name}{'Line' if made.is_line else ''}", (serializers.Serializer,), known)


def _field(field: Any) -> Any:
    if field.parent:
        number = field.name.removesuffix("_id")
        text = f"The source's key; or `{number}`: the number of one that is known."
        return serializers.CharField(max_length=members.KEY, required=False, allow_null=True, help_text=text)
    if field.kind in ("quantity", "decimal"):
        limits: dict[str, Any] = {"min_value": 0} if field.kind == "quantity" else {}
        return serializers.DecimalField(24, 12, required=field.required, allow_null=not field.required, **limits)
    length = {"max_length": field.longest} if field.longest and field.kind == "text" else {}
    return FIELDS[field.kind](required=field.required, allow_null=not field.required, **length)


def _view(base: Any, object: str, **schema: Any) -> Any:
    def post(self: Any, request: Any) -> HttpResponse:
        answer: HttpResponse = base.post(self, request)
        return answer

    members = {"object": object, "__doc__": base.__doc__, "post": extend_schema(**schema)(post)}
    return type(base.__name__, (base,), members).as_view()  # type: ignore[attr-defined]


def _routes(object: str) -> list[Any]:
    name = object.replace("-", "_")
    batch = _view(
        Batch,
        object,
        operation_id=f"erp_{name}_batch",
        request=_member(members.shape(object))(many=True, min_length=1, max_length=1000),
        responses={200: PushAnswer, 202: PushAnswer} | PROBLEMS,
    )
    sweep = _view(
        Sweep,
        object,
        operation_id=f"erp_{name}_sweep",
        request=SweepBody,
        responses={200: SweepAnswer} | PROBLEMS,
    )
    return [
        path(f"erp/{object}/batch", batch, name=f"erp-{object}-batch"),
        path(f"erp/{object}/sweep", sweep, name=f"erp-{object}-sweep"),
    ]


urlpatterns = [
    path("erp/postings/<slug:reference>/acks", PostingAck.as_view(), name="erp-posting-ack"),
    *(route for object in SPECS if object in members.pushable() for route in _routes(object)),
]
