"""REST of the events out: the cursor feed, the same for the MES, and the schemas that the events name (contract.md)."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from connectors.outbox import feed, news
from qms.api.permissions import SIGNED_IN
from qms.api.serializers import Problem
from qms.api.views import ApiView
from qms.lib.errors import Invalid

LIMIT, MOST, LONGEST_WAIT = 100, 500, 20


def bounded(name: str, least: int, most: int) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "integer", "minimum": least, "maximum": most})


class FeedEvent(serializers.Serializer[Any]):
    """CloudEvents 1.0. `sequence` counts the events of one subject: keep the highest. For the schema only."""

    specversion = serializers.CharField()
    id = serializers.CharField()
    source: Any = serializers.CharField()
    type = serializers.CharField()
    subject = serializers.CharField()
    time = serializers.DateTimeField()
    datacontenttype = serializers.CharField()
    dataschema = serializers.URLField()
    sequence = serializers.CharField()
    site = serializers.CharField(required=False)
    recordversion = serializers.IntegerField(required=False)
    data: Any = serializers.DictField()


class FeedPage(serializers.Serializer[Any]):
    results = FeedEvent(many=True)
    next = serializers.CharField()
    more = serializers.BooleanField()


class Feed(ApiView):
    """GET feed: what happened, oldest first. Keep `next` with what you did about the events and give it as `cursor`."""

    permission = "ncr.view"
    to_mes = False

    @extend_schema(
        operation_id="feed",
        parameters=[
            OpenApiParameter("cursor", str),
            OpenApiParameter("types", str),
            bounded("limit", 1, MOST),
            bounded("wait", 0, LONGEST_WAIT),
        ],
        responses={200: FeedPage} | dict.fromkeys((401, 403, 410, 422, 503), Problem),
    )
    def get(self, request: Any) -> Response:
        asked = request.query_params
        names = news.chosen([name for name in asked.get("types", "").split(",") if name], to_mes=self.to_mes)
        found = feed.awaited(
            request.user,
            after=feed.position_of(asked.get("cursor", "")),
            names=names,
            limit=number(asked, "limit", LIMIT, least=1, most=MOST),
            seconds=number(asked, "wait", 0, least=0, most=LONGEST_WAIT),
        )
        return Response({"results": found.events, "next": feed.cursor_of(found.position), "more": not found.is_end})


class MesFeed(Feed):
    """GET mes/feed: the same for the shop floor: nonconformances, holds and commands of the caller's sites."""

    to_mes = True

    @extend_schema(
        operation_id="mes_feed",
        parameters=[
            OpenApiParameter("cursor", str),
            OpenApiParameter("types", str),
            bounded("limit", 1, MOST),
            bounded("wait", 0, LONGEST_WAIT),
        ],
        responses={200: FeedPage} | dict.fromkeys((401, 403, 410, 422, 503), Problem),
    )
    def get(self, request: Any) -> Response:
        return super().get(request)


def number(asked: Any, name: str, default: int, *, least: int, most: int) -> int:
    text = asked.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise Invalid(
            _("“%(name)s” takes a whole number from %(least)s to %(most)s.")
            % {"name": name, "least": least, "most": most},
            field=name,
        )
    return int(text)


class Schema(ApiView):
    """GET schemas/{type}: JSON Schema of the event's `data`."""

    permission = SIGNED_IN

    @extend_schema(operation_id="event_schema", responses={200: OpenApiTypes.OBJECT, 404: Problem})
    def get(self, request: Any, kind: str) -> Response:
        event = news.described().get(kind)
        if event is None:
            raise Http404
        return Response(news.schema(event), content_type="application/schema+json")


urlpatterns = [
    path("feed", Feed.as_view(), name="feed"),
    path("mes/feed", MesFeed.as_view(), name="mes-feed"),
    path("schemas/<str:kind>", Schema.as_view(), name="event-schema"),
]
