"""REST of the commands: what is asked of the shop floor, and what it answers (contract.md; integration-mes.md §8)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from connectors.outbox import asks, feed
from qms.api.serializers import Problem, Strict
from qms.api.views import ApiView
from qms.commands import handshake
from qms.commands.models import Command
from qms.lib import canonical
from qms.lib.quantity import show

from .feed import bounded, number

NEWS = ["command.requested", "command.retried", "command.cancel_requested"]
LIMIT, MOST, LONGEST_WAIT = 100, 500, 20


class CommandAnswer(Strict):
    """`quantity`: segregated, shipped, scrapped, not_found. `id`, `url`, `location`: evidence in the MES."""

    state = serializers.ChoiceField(sorted(handshake.TOLD))
    by = serializers.CharField(max_length=60, required=False)
    at = serializers.DateTimeField(required=False)
    reason = serializers.CharField(max_length=2000, required=False)
    location = serializers.CharField(max_length=200, required=False)
    id = serializers.CharField(max_length=200, required=False)
    url = serializers.CharField(max_length=500, required=False)
    quantity = serializers.DictField(child=serializers.DecimalField(20, 6), required=False)


def mine(user: Any) -> Any:
    """Of the caller's sites; a token of one interface sees what is asked of that one."""
    rows = Command.objects.visible_to(user)
    source = getattr(getattr(user, "token_scope", None), "source", "")
    return rows.filter(target=source) if source else rows


def plain(row: Command) -> dict[str, Any]:
    return {
        "id": str(row.uid),
        "kind": row.kind,
        "status": row.state.lower(),
        "record": row.record_number,
        "target": row.target,
        "severity": row.severity,
        "part": row.part,
        "part_revision": row.part_revision,
        "lot": row.lot,
        "order": row.order,
        "operation": row.operation,
        "work_center": row.work_center,
        "serials": row.serials,
        "text": row.text,
        "confirmed_by": row.confirming,
        "verification": (row.verified_how or "person") if row.state == "VERIFIED" else None,
        "reported": row.reported or None,
        "valid_until": canonical.instant(row.valid_until) if row.valid_until else None,
        "quantity": {"expected": show(row.quantity), "unit": row.unit},
        "requested_at": canonical.instant(row.requested_at),
        "due_at": canonical.instant(row.due_at) if row.due_at else None,
        "version": row.version,
    }


class Commands(ApiView):
    """GET mes/commands: what is asked of the caller, oldest first. Fetching counts as delivered."""

    permission = "mes.write"

    @extend_schema(
        operation_id="mes_commands",
        parameters=[OpenApiParameter("cursor", str), bounded("limit", 1, MOST)],
        responses={200: OpenApiTypes.OBJECT} | dict.fromkeys((401, 403, 410, 422), Problem),
    )
    def get(self, request: Any) -> Response:
        asked = request.query_params
        after, last = feed.position_of(asked.get("cursor", "")), feed.end()
        limit = number(asked, "limit", LIMIT, least=1, most=MOST)
        found, reached = feed.scan(after, NEWS, most=limit, upto=min(after + feed.FURTHEST, last))
        keys = dict.fromkeys(int(entry.object_key) for _position, entry in found)
        with transaction.atomic():
            rows = {row.pk: delivered(row, request.user) for row in mine(request.user).filter(pk__in=keys)}
        results = [plain(rows[key]) for key in keys if key in rows]
        return Response({"results": results, "next": feed.cursor_of(reached), "more": reached < last})


def delivered(row: Command, by: Any) -> Command:
    return handshake.deliver(command=row, by=by) if row.state == "REQUESTED" else row


class Acks(ApiView):
    """POST mes/commands/{id}/acks: 201 when it is news, 200 when this state was told before."""

    permission = "mes.write"
    takes_key = False  # a state is told once for ever

    @extend_schema(
        operation_id="mes_command_ack",
        request=CommandAnswer,
        responses={200: OpenApiTypes.OBJECT, 201: OpenApiTypes.OBJECT}
        | dict.fromkeys((401, 403, 404, 409, 422), Problem),
    )
    def post(self, request: Any, uid: Any) -> Response:
        row = get_object_or_404(mine(request.user).visible_to(request.user), uid=uid)
        given = CommandAnswer(data=request.data)
        given.is_valid(raise_exception=True)
        said = dict(given.validated_data)
        state, counted = said.pop("state"), said.pop("quantity", None)
        if counted is not None:
            said["quantity"] = {name: show(value) for name, value in counted.items()}
        row, is_new = handshake.answer(command=row, state=state, said=said, by=request.user)
        asks.heard(row)
        row.refresh_from_db()  # a report that came before may have verified it
        return Response(plain(row), 201 if is_new else 200)


urlpatterns = [
    path("mes/commands", Commands.as_view(), name="mes-commands"),
    path("mes/commands/<uuid:uid>/acks", Acks.as_view(), name="mes-command-ack"),
]
