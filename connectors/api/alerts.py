"""REST for alerts of monitoring systems: their own JSON, by a token that names the interface."""

from __future__ import annotations

from typing import Any

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from connectors import inbox
from connectors.models import Interface
from connectors.transports import alerting
from qms.api.parsers import read_body
from qms.api.problems import Malformed
from qms.api.serializers import Problem
from qms.api.views import ApiView
from qms.lib.errors import Conflict

LIMIT = 1024 * 1024


class AlertsAnswer(serializers.Serializer[Any]):
    kept = serializers.IntegerField()
    repeated = serializers.IntegerField()
    refused = serializers.IntegerField()


class Alerts(ApiView):
    """POST mes/alerts: a webhook of Grafana, Alertmanager or Sentry. Each alert becomes `mes.alert.raised` or `.cleared`; one that
    cannot be understood is kept among the dead letters of the interface."""

    permission = "mes.write"
    takes_key = False

    @extend_schema(
        operation_id="mes_alerts",
        request=OpenApiTypes.OBJECT,
        responses={200: AlertsAnswer} | dict.fromkeys((400, 401, 403, 409, 413, 422, 503), Problem),
    )
    def post(self, request: Any) -> Response:
        body = read_body(request, limit=LIMIT)
        interface = self.interface(request.user)
        try:
            made = alerting.take(interface=interface, body=body, headers=request.headers, by=request.user)
        except Malformed as why:
            raise inbox.refuse(why=why, body=body, headers=request.headers, caller=request.user) from None
        counts = {name: made.counts.get(name, 0) for name in ("repeated", "refused")}
        return Response({"kept": made.taken - counts["repeated"], **counts})

    def interface(self, user: Any) -> Interface:
        scope = getattr(user, "token_scope", None)
        found = alerting.interface_of(scope) if scope else None
        if found is None:
            raise Conflict(
                _("This token names no interface for alerts."),
                hint=_("Set one up under Integrations, New transport, and issue a token with its code as source."),
                code="no_source",
            )
        return found


urlpatterns = [path("mes/alerts", Alerts.as_view(), name="mes-alerts")]
