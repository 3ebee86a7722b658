"""REST of the subscriptions: make, read, change, rotate, pause, resume, try, look at the log, send again (contract.md)."""

from __future__ import annotations

import json
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from connectors.models import Webhook, WebhookDelivery
from connectors.outbox import log, subscriptions
from qms.api.serializers import NoBody, Problem, ReasonBody, Strict
from qms.api.views import ApiView
from qms.lib import canonical

from .feed import bounded, number

FAULTS = dict.fromkeys((401, 403, 404, 409, 422), Problem)
LIMIT, MOST = 100, 500


class WebhookBody(Strict):
    name = serializers.CharField(max_length=120)
    url = serializers.CharField(max_length=500)
    sites = serializers.ListField(child=serializers.CharField(max_length=16), allow_empty=False, max_length=50)
    types = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, default=list, max_length=200
    )


class WebhookEdit(Strict):
    reason = serializers.CharField(max_length=2000)
    name = serializers.CharField(max_length=120, required=False)
    url = serializers.CharField(max_length=500, required=False)
    sites = serializers.ListField(child=serializers.CharField(max_length=16), required=False, allow_empty=False)
    types = serializers.ListField(child=serializers.CharField(max_length=80), required=False)


class RotateBody(Strict):
    until = serializers.DateTimeField(required=False, default=None, allow_null=True)


class ReplayBody(Strict):
    """A range by time, by webhook-ids (msg_123; both are sent too) or both; `subject`: of one record, and of that one from one
    `sequence` to another (both are sent too); `preview`: count only."""

    since = serializers.DateTimeField(required=False, default=None, allow_null=True)
    until = serializers.DateTimeField(required=False, default=None, allow_null=True)
    first = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    last = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    subject = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    from_sequence = serializers.IntegerField(required=False, default=None, allow_null=True, min_value=1)
    to_sequence = serializers.IntegerField(required=False, default=None, allow_null=True, min_value=1)
    reason = serializers.CharField(max_length=2000, required=False, default="")
    preview = serializers.BooleanField(required=False, default=False)


def instant(value: Any) -> str | None:
    return canonical.instant(value) if value else None


def plain(row: Webhook) -> dict[str, Any]:
    return {
        "id": str(row.uid),
        "name": row.name,
        "url": row.url,
        "sites": row.sites,
        "types": row.types,
        "status": "paused" if row.paused_at else "active",
        "paused_because": row.paused_because or None,
        "secrets": log.secrets_valid(row),
        "failures": row.state.failures,
        "succeeded_at": instant(row.state.succeeded_at),
        "problem": row.state.problem or None,
        "created_at": canonical.instant(row.created_at),
    }


def checked(body: type[Strict], request: Any) -> dict[str, Any]:
    given = body(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


class WebhookView(ApiView):
    permissions = {"GET": "webhook.view", "POST": "webhook.manage", "PATCH": "webhook.manage"}

    def found(self, request: Any, uid: Any) -> Webhook:
        rows = Webhook.objects.visible_to(request.user).select_related("state", "site")
        row: Webhook = get_object_or_404(rows, uid=uid)
        return row


class Webhooks(WebhookView):
    """GET webhooks; POST webhooks: subscribe. The answer holds the secret, this once."""

    takes_key = False  # a kept answer would keep the secret in the clear

    @extend_schema(operation_id="webhooks_list", responses={200: OpenApiTypes.OBJECT} | FAULTS)
    def get(self, request: Any) -> Response:
        rows = Webhook.objects.visible_to(request.user).select_related("state").prefetch_related("secrets")
        return Response({"results": [plain(row) for row in rows], "next": None})

    @extend_schema(operation_id="webhooks_create", request=WebhookBody, responses={201: OpenApiTypes.OBJECT} | FAULTS)
    def post(self, request: Any) -> Response:
        row, clear = subscriptions.subscribe(by=request.user, **checked(WebhookBody, request))
        return Response({**plain(row), "secret": clear}, status=201, headers={"Cache-Control": "no-store"})


class One(WebhookView):
    @extend_schema(operation_id="webhooks_read", responses={200: OpenApiTypes.OBJECT} | FAULTS)
    def get(self, request: Any, uid: Any) -> Response:
        return Response(plain(self.found(request, uid)))

    @extend_schema(operation_id="webhooks_edit", request=WebhookEdit, responses={200: OpenApiTypes.OBJECT} | FAULTS)
    def patch(self, request: Any, uid: Any) -> Response:
        row = self.found(request, uid)
        subscriptions.edit(webhook=row, by=request.user, **checked(WebhookEdit, request))
        return Response(plain(self.found(request, uid)))


class Rotate(WebhookView):
    """POST: a new secret, shown this once; the old ones sign too until `until` (a week unless told)."""

    takes_key = False

    @extend_schema(operation_id="webhooks_rotate", request=RotateBody, responses={200: OpenApiTypes.OBJECT} | FAULTS)
    def post(self, request: Any, uid: Any) -> Response:
        row = self.found(request, uid)
        _row, clear = subscriptions.rotate(webhook=row, by=request.user, **checked(RotateBody, request))
        answer = {**plain(self.found(request, uid)), "secret": clear}
        return Response(answer, headers={"Cache-Control": "no-store"})


class Pause(WebhookView):
    @extend_schema(operation_id="webhooks_pause", request=ReasonBody, responses={200: OpenApiTypes.OBJECT} | FAULTS)
    def post(self, request: Any, uid: Any) -> Response:
        subscriptions.pause(webhook=self.found(request, uid), by=request.user, **checked(ReasonBody, request))
        return Response(plain(self.found(request, uid)))


class Resume(WebhookView):
    @extend_schema(operation_id="webhooks_resume", request=ReasonBody, responses={200: OpenApiTypes.OBJECT} | FAULTS)
    def post(self, request: Any, uid: Any) -> Response:
        subscriptions.resume(webhook=self.found(request, uid), by=request.user, **checked(ReasonBody, request))
        return Response(plain(self.found(request, uid)))


class Ping(WebhookView):
    """POST: a test event to this address alone; its delivery stands in the log."""

    @extend_schema(operation_id="webhooks_ping", request=NoBody, responses={202: OpenApiTypes.OBJECT} | FAULTS)
    def post(self, request: Any, uid: Any) -> Response:
        checked(NoBody, request)
        made = subscriptions.ping(webhook=self.found(request, uid), by=request.user)
        return Response({"delivery": str(made.uid), "webhook_id": f"msg_{made.entry_id}"}, status=202)


class Replay(WebhookView):
    """POST: every event of the range once more, under its old id; `preview` counts only."""

    @extend_schema(operation_id="webhooks_replay", request=ReplayBody, responses={200: OpenApiTypes.OBJECT} | FAULTS)
    def post(self, request: Any, uid: Any) -> Response:
        row, given = self.found(request, uid), checked(ReplayBody, request)
        if given.pop("preview"):
            given.pop("reason")
            return Response({"count": len(subscriptions.in_range(row, **given))})
        return Response({"count": subscriptions.replay(webhook=row, by=request.user, **given)})


class Deliveries(WebhookView):
    """GET: the log, newest first, with what was sent and answered last."""

    @extend_schema(
        operation_id="webhooks_deliveries",
        parameters=[bounded("limit", 1, MOST), bounded("before", 0, 2**53), OpenApiParameter("status", str)],
        responses={200: OpenApiTypes.OBJECT} | FAULTS,
    )
    def get(self, request: Any, uid: Any) -> Response:
        asked = request.query_params
        limit = number(asked, "limit", LIMIT, least=1, most=MOST)
        before = number(asked, "before", 0, least=0, most=2**53)
        rows = log.deliveries(self.found(request, uid), state=asked.get("status", "").upper(), before=before)
        found = list(rows[:limit])
        more = found[-1].pk if len(found) == limit else None
        return Response({"results": [logged(row) for row in found], "next": more})


def logged(row: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": str(row.uid),
        "webhook_id": f"msg_{row.entry_id}",
        "event": row.event,
        "subject": row.subject,
        "status": row.state.lower(),
        "tries": row.tries,
        "problem": row.problem or None,
        "made_at": canonical.instant(row.made_at),
        "delivered_at": instant(row.done_at),
        "attempts": [
            {
                "at": canonical.instant(a.at),
                "status": a.status,
                "milliseconds": a.milliseconds,
                "problem": a.problem or None,
                **json.loads(a.exchange),
            }
            for a in row.attempts.all()
        ],
    }


urlpatterns = [
    path("webhooks", Webhooks.as_view(), name="webhooks"),
    path("webhooks/<uuid:uid>", One.as_view(), name="webhook"),
    path("webhooks/<uuid:uid>/rotate", Rotate.as_view(), name="webhook-rotate"),
    path("webhooks/<uuid:uid>/pause", Pause.as_view(), name="webhook-pause"),
    path("webhooks/<uuid:uid>/resume", Resume.as_view(), name="webhook-resume"),
    path("webhooks/<uuid:uid>/ping", Ping.as_view(), name="webhook-ping"),
    path("webhooks/<uuid:uid>/replay", Replay.as_view(), name="webhook-replay"),
    path("webhooks/<uuid:uid>/deliveries", Deliveries.as_view(), name="webhook-deliveries"),
]
