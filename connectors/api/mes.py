"""REST for the MES: events in, receipts and links out (contract.md; integration-mes.md §8)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from django.db.models import OuterRef, Q, Subquery
from django.http import Http404, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from connectors import inbox
from connectors.models import InboxMessage, Interface, Kind
from inspection import queries as inspection
from ncr import queries as ncrs
from ncr.models import Nonconformance
from ncr.serializers import travelers
from qms.accounts import access
from qms.api.parsers import read_body
from qms.api.permissions import SIGNED_IN
from qms.api.problems import Malformed
from qms.api.serializers import Problem
from qms.api.views import ApiView, Lean
from qms.lib import canonical
from qms.lib.clock import now
from qms.lib.errors import Invalid
from qms.lib.quantity import show

from ..inbox.places import fit, spelling
from .events import EVENT

EVENT_LIMIT = 1024 * 1024
TYPES = {"application/cloudevents+json", "application/json"}
MOST_LINKS = 100
NAME = {"type": "string", "minLength": 1}


class EventAnswer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["created", "updated", "duplicate", "needs_mapping", "parked"])
    record = serializers.CharField(allow_null=True)
    url = serializers.CharField(allow_null=True)
    problem = serializers.CharField(allow_null=True)
    notes = serializers.ListField(child=serializers.CharField())


class Events(Lean, ApiView):
    """POST mes/events: one event → one record. 201 created, 200 updated or duplicate, 202 kept and waiting; never lost, never
    twice."""

    permission = "mes.write"
    takes_key = False

    @extend_schema(
        operation_id="mes_events",
        request={"application/cloudevents+json": EVENT},
        responses={200: EventAnswer, 201: EventAnswer, 202: EventAnswer}
        | dict.fromkeys((400, 401, 403, 413, 415, 422, 503), Problem),
    )
    def post(self, request: Any) -> HttpResponse:
        body = read_body(request, limit=EVENT_LIMIT)
        if why := wrong_type(request.META.get("CONTENT_TYPE", "")):
            raise inbox.refuse(why=why, body=body, headers=request.headers, caller=request.user)
        answer = inbox.receive(body=body, headers=request.headers, caller=request.user)
        url = request.build_absolute_uri(f"/r/{answer.record}") if answer.record else None
        found = {
            "status": answer.status,
            "record": answer.record or None,
            "url": url,
            "problem": answer.problem or None,
            "notes": list(answer.notes),
        }
        headers = {"Location": url} if url else {}
        return HttpResponse(msgspec.json.encode(found), "application/json", answer.http, headers=headers)


def wrong_type(
    content_type: str, types: Collection[str] = TYPES, best: str = "application/cloudevents+json"
) -> Malformed | None:
    kind, _semicolon, rest = content_type.lower().partition(";")
    charset = rest.partition("charset=")[2].split(";")[0].strip(' "')
    if kind.strip() in types and charset in ("", "utf-8", "utf8"):
        return None
    return Malformed(
        _("This content type is not taken."),
        status=415,
        code="unsupported_media_type",
        hint=_("Send %(type)s in UTF-8.") % {"type": best},
    )


class Receipt(ApiView):
    """GET mes/receipts/{source}/{id}: what became of an event, and why not."""

    permission = "ncr.view"

    @extend_schema(operation_id="mes_receipt", responses={200: OpenApiTypes.OBJECT, 404: Problem})
    def get(self, request: Any, rest: str) -> Response:
        parts = rest.split("/")
        wanted = Q(pk=None)
        for cut in range(1, len(parts)):  # both names may hold slashes
            source, message_id = "/".join(parts[:cut]), "/".join(parts[cut:])
            wanted |= Q(source__in=spellings(source, request.user), message_id=message_id)
        found = of_sites(InboxMessage.objects.select_related("mapping"), request.user).filter(wanted).first()
        if found is None:
            raise Http404
        return Response({**receipt(request, found), **measured(found)})


def receipt(request: Any, message: InboxMessage) -> dict[str, Any]:
    number = message.record_number
    return {
        "source": message.source.rpartition("|")[2],
        "id": message.message_id,
        "type": message.message_type,
        "status": message.state,
        "record": number or None,
        "records": [number] if number else [],
        "url": request.build_absolute_uri(f"/r/{number}") if number else None,
        "problem": message.problem or None,
        "causes": [{"kind": cause.kind, "name": cause.name, "why": cause.why} for cause in message.causes.all()],
        "mapping": message.mapping.edition if message.mapping else None,
        "body_sha256": message.body_sha256,
        "tries": message.tries,
        "received_at": canonical.instant(message.received_at),
        "applied_at": canonical.instant(message.applied_at) if message.applied_at else None,
    }


def measured(message: InboxMessage) -> dict[str, Any]:
    """What became of its values."""
    batch = inspection.batch_of(source=fit(message.source, 40), event=fit(message.message_id, 120))
    return {"measurements": inspection.counted(batch)} if batch else {}


def of_sites(rows: Any, user: Any) -> Any:
    """Messages of the sites whose NCRs the caller may see (the sender of a message is not always one of us)."""
    sites = access.site_ids(user, "ncr.view")
    return rows if sites == access.ALL else rows.filter(site_id__in=sites)


def spellings(source: str, user: Any) -> list[str]:
    """As the inbox writes this source: for a token of an interface by that one, else by any."""
    scope = getattr(user, "token_scope", None)
    if scope and scope.source:
        return [spelling(scope.source, source)]
    codes = Interface.objects.filter(kind=Kind.MES).values_list("code", flat=True)
    return [source, *(spelling(code, source) for code in codes)]


class Links(ApiView):
    """GET mes/links?source=&id=&id=: number, status, disposition and containment for up to 100 events or defects: an id is
    that of an event (logged, updated, cancelled) or the MES's own name of the defect."""

    permission = "ncr.view"

    @extend_schema(
        operation_id="mes_links",
        parameters=[
            OpenApiParameter("source", NAME, required=True),
            OpenApiParameter(
                "id",
                {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": MOST_LINKS},
                required=True,
            ),
        ],
        responses={200: OpenApiTypes.OBJECT, 422: Problem},
    )
    def get(self, request: Any) -> Response:
        source = request.query_params.get("source", "")
        ids = [i for given in request.query_params.getlist("id") for i in given.split(",") if i]
        if not source or not 1 <= len(ids) <= MOST_LINKS:
            raise Invalid(
                _("Name one source and 1 to %(most)s ids.") % {"most": MOST_LINKS},
                hint="?source=mes&id=1&id=2",
                field="id",
            )
        names = spellings(source, request.user)
        messages = of_sites(InboxMessage.objects, request.user).filter(source__in=names, message_id__in=ids)
        numbers = defects(names, ids, request.user) | dict(messages.values_list("message_id", "record_number"))
        records = {n.number: n for n in linked(numbers.values(), request.user)}
        return Response({"results": [link(request, source, i, numbers, records) for i in ids], "next": None})


def defects(names: list[str], ids: list[str], user: Any) -> dict[str, str]:
    """NCRs by the MES's own names of their defects (`data.defect_id`)."""
    asked = {fit(name, 120): name for name in ids}
    rows = Nonconformance.objects.visible_to(user).filter(
        source__in=[fit(n, 40) for n in names], source_event__in=asked
    )
    return {asked[event]: number for event, number in rows.values_list("source_event", "number")}


def linked(numbers: Any, user: Any) -> Any:
    history: Any = Nonconformance.history.model
    latest = history.objects.filter(id=OuterRef("pk")).order_by("-history_date").values("history_date")[:1]
    rows = Nonconformance.objects.visible_to(user).filter(number__in=[n for n in numbers if n])
    return ncrs.for_links(
        rows.annotate(changed_at=Subquery(latest)).prefetch_related(
            "travelers__check_made", "travelers__snapshot__file"
        )
    )


def link(
    request: Any, source: str, message_id: str, numbers: dict[str, str], records: dict[str, Any]
) -> dict[str, Any]:
    known = {"source": source, "id": message_id, "is_known": message_id in numbers}
    ncr = records.get(numbers.get(message_id, ""))
    if ncr is None:
        return {**known, "record": None}
    lines = [{"kind": line.kind, "quantity": show(line.quantity), "unit": ncr.unit} for line in ncr.current_lines()]
    return {
        **known,
        "record": ncr.number,
        "status": ncr.state,
        "disposition": lines,
        "containment": ncr.containment,
        "url": request.build_absolute_uri(f"/r/{ncr.number}"),
        "travelers": [travelers.plain(one) for one in ncr.travelers.all() if one.withdrawn_at is None],
        "version": ncr.version,
        "changed_at": canonical.instant(ncr.changed_at) if ncr.changed_at else None,
    }


class Time(ApiView):
    """GET mes/time: our UTC, for comparing clocks."""

    permission = SIGNED_IN

    @extend_schema(operation_id="mes_time", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Any) -> Response:
        return Response({"utc": canonical.instant(now())})


urlpatterns = [
    path("mes/events", Events.as_view(), name="mes-events"),
    path("mes/receipts/<path:rest>", Receipt.as_view(), name="mes-receipt"),
    path("mes/links", Links.as_view(), name="mes-links"),
    path("mes/time", Time.as_view(), name="mes-time"),
]
