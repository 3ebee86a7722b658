"""REST for comparing: what a sender says that it has sent (contract.md; integration-mes.md §8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from connectors.actions import manifests
from connectors.inbox import manifest
from connectors.models import Manifest
from qms.api.serializers import Problem, Strict
from qms.api.views import ApiView
from qms.lib import canonical
from qms.lib.errors import Invalid

from ..inbox.places import only_site, spelling

MOST_IDS, MOST_HOURS, SHOWN = 50_000, 24 * 31, 50
LIMIT = 5 * 1024 * 1024
SIGNED = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "sha256": {"type": "string"}},
    "required": ["id"],
    "additionalProperties": False,
}


@extend_schema_field({"oneOf": [{"type": "string"}, SIGNED]})
class Told(serializers.Field[Any, Any, Any, Any]):
    """An id, or an object of id and the SHA-256 of the body that was sent."""

    def to_internal_value(self, data: Any) -> dict[str, str]:
        one = data if isinstance(data, dict) else {"id": data}
        if (
            set(one) - {"id", "sha256"}
            or not all(isinstance(v, str) and 0 < len(v) <= 200 for v in one.values())
            or "id" not in one
        ):
            raise serializers.ValidationError(_("Give an id, or an object of id and sha256."))
        return one

    def to_representation(self, value: Any) -> Any:
        return value


class Hour(Strict):
    """`sha256`: of the ids of the hour's events, in the order of their bytes, one a line (LF between them)."""

    hour = serializers.DateTimeField()
    count = serializers.IntegerField(min_value=0)
    sha256 = serializers.RegexField(r"^[0-9a-fA-F]{64}$", required=False)


class ManifestBody(Strict):
    """Either `ids` or `hours`. With `since` and `until`, events of that time which are not on the list are named too."""

    source: Any = serializers.CharField(max_length=79)
    ids = serializers.ListField(child=Told(), required=False, max_length=MOST_IDS, allow_empty=True)
    hours = Hour(many=True, required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)


class Reconcile(ApiView):
    """POST mes/reconcile: what is missing here, unknown there, different. GET: the latest comparisons."""

    permission = "mes.write"
    takes_key = False  # it changes nothing that a repetition would change again
    body_limit = LIMIT

    @extend_schema(
        operation_id="mes_reconcile",
        request=ManifestBody,
        responses={200: OpenApiTypes.OBJECT} | dict.fromkeys((400, 401, 403, 413, 422), Problem),
    )
    def post(self, request: Any) -> Response:
        given = ManifestBody(data=request.data)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        source = spelling(request.user.token_scope.source if request.user.token_scope else "", told["source"])
        since, until = told.get("since"), told.get("until")
        compared = compare(source, told)
        row = manifests.keep(
            compared=compared, source=source, site_id=site_of(request.user), since=since, until=until, by=request.user
        )
        return Response(plain(row))

    @extend_schema(
        operation_id="mes_reconciled", responses={200: OpenApiTypes.OBJECT} | dict.fromkeys((401, 403), Problem)
    )
    def get(self, request: Any) -> Response:
        rows = Manifest.objects.visible_to(request.user, "mes.write").order_by("-pk")
        if scope := request.user.token_scope.source:
            rows = rows.filter(interface__code=scope)
        return Response({"results": [plain(row) for row in rows[:SHOWN]], "next": None})


def compare(source: str, told: dict[str, Any]) -> manifest.Compared:
    """Raises Invalid."""
    ids, hours = told.get("ids"), told.get("hours")
    if (ids is None) == (hours is None):
        raise Invalid(_("Send either ids or hours."), field="ids")
    if ids is not None:
        return manifest.compare_ids(source=source, ids=ids, since=told.get("since"), until=told.get("until"))
    named = {hour["hour"] for hour in hours or ()}
    if not hours or len(hours) > MOST_HOURS or len(named) != len(hours):
        raise Invalid(_("Send 1 to %(most)s different hours.") % {"most": MOST_HOURS}, field="hours")
    if any(hour.minute or hour.second or hour.microsecond for hour in named):
        raise Invalid(_("An hour begins at minute 0."), field="hours", hint="2026-05-04T08:00:00Z")
    if max(named) - min(named) > timedelta(hours=MOST_HOURS):
        raise Invalid(_("The hours lie too far apart."), field="hours", hint=_("Send a month at most."))
    return manifest.compare_hours(source=source, hours=hours)


def site_of(user: Any) -> int:
    """Where no interface of that name is: the token's own site, or the first of its sites."""
    found = only_site(user)
    if found:
        return found
    codes = sorted(user.token_scope.site_codes.items())
    if not codes:
        raise Invalid(
            _("This source is no interface of ours."), field="source", hint=_("Use the interface's own token.")
        )
    return int(codes[0][1])


def plain(row: Manifest) -> dict[str, Any]:
    return {
        "run": str(row.uid),
        "source": row.source.rpartition("|")[2],
        "at": canonical.instant(row.made_at),
        "there": row.told,
        "here": row.here,
        "differing": row.differing,
        **row.found,
    }


urlpatterns = [path("mes/reconcile", Reconcile.as_view(), name="mes-reconcile")]
