"""REST of exports: ask, look, fetch; the same acts as the pages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from qms.accounts import access
from qms.api.serializers import Problem, SignatureBody, Strict
from qms.api.views import ApiView
from qms.lib import canonical
from qms.lib.errors import Invalid, Missing
from qms.lib.ids import uuid7
from qms.records import actions, exporting, queries
from qms.records.actions import Signing
from qms.records.models import REGISTRY, Export
from qms.signatures import queries as signatures
from qms.signatures.series import place

FAULTS = dict.fromkeys((401, 403, 404, 409, 422, 503), Problem)
UNKNOWN = gettext_lazy("There is no such record among those that you see.")


class ExportBody(Strict):
    """`numbers`: records of one kind, such as NCR-26-000123."""

    numbers = serializers.ListField(
        child=serializers.CharField(max_length=24), allow_empty=False, max_length=exporting.MOST
    )
    purpose = serializers.CharField(max_length=500)
    language = serializers.ChoiceField(choices=[code for code, _label in settings.LANGUAGES], default="en")


def plain(export: Export) -> dict[str, Any]:
    return {
        "id": str(export.uid),
        "records": export.label,
        "count": export.count,
        "done": exporting.done(export) if export.is_under_way else export.count if export.made_at else 0,
        "purpose": export.purpose,
        "language": export.language,
        "status": "making" if export.is_under_way else "made" if export.made_at else "ended",
        "problem": export.problem or None,
        "asked_at": canonical.instant(export.asked_at),
        "made_at": canonical.instant(export.made_at) if export.made_at else None,
        "kept_until": canonical.instant(export.expires_at) if export.expires_at else None,
        "sha256": export.sha256 or None,
        "size": export.size or None,
    }


def named(numbers: list[str], user: Any) -> Any:
    """The visible records of these numbers, all of one kind. Raises Missing, Invalid."""
    kinds = {number.split("-")[0].upper() for number in numbers}
    if len(kinds) != 1:
        raise Invalid(
            _("These records are of several kinds."), field="numbers", hint=_("Ask for one export of each kind.")
        )
    model: Any = REGISTRY.get(kinds.pop())
    if model is None:
        raise Missing(UNKNOWN, field="numbers")
    wanted = {number.upper() for number in numbers}
    rows = model.objects.visible_to(user).filter(number__in=wanted)
    if rows.count() != len(wanted):
        raise Missing(UNKNOWN, field="numbers")
    return rows


class Exports(ApiView):
    permission = exporting.RIGHT

    @extend_schema(operation_id="exports_list", responses={200: OpenApiTypes.OBJECT} | FAULTS)
    def get(self, request: Any) -> Response:
        """The newest 100; older ones are found on the page."""
        rows = Export.objects.visible_to(request.user)[:100]
        return Response({"results": [plain(row) for row in rows], "next": None})

    @extend_schema(operation_id="exports_create", request=ExportBody, responses={202: OpenApiTypes.OBJECT} | FAULTS)
    def post(self, request: Any) -> Response:
        given = ExportBody(data=request.data)
        given.is_valid(raise_exception=True)
        asked = dict(given.validated_data)
        rows = named(asked.pop("numbers"), request.user)
        export = exporting.order(records=rows, by=request.user, uid=uuid7(), **asked)
        exporting.ring(export)
        return Response(plain(export), status=202)


class One(ApiView):
    permission = exporting.RIGHT

    @extend_schema(operation_id="exports_read", responses={200: OpenApiTypes.OBJECT} | FAULTS)
    def get(self, request: Any, uid: Any) -> Response:
        return Response(plain(get_object_or_404(Export.objects.visible_to(request.user), uid=uid)))


class File(ApiView):
    permission = exporting.RIGHT

    @extend_schema(operation_id="exports_file", responses={(200, "application/zip"): OpenApiTypes.BINARY} | FAULTS)
    def get(self, request: Any, uid: Any) -> FileResponse:
        export = get_object_or_404(Export.objects.visible_to(request.user), uid=uid)
        file = exporting.fetch(export=export, by=request.user)
        return FileResponse(file, as_attachment=True, filename=f"{export.uid}.zip", content_type="application/zip")


class WithdrawalBody(Strict):
    reason = serializers.CharField(max_length=2000)
    signature = SignatureBody()


class Withdraw(ApiView):
    """One's own signature, taken back while what it served has not gone on."""

    permission = access.SIGNED_IN

    @extend_schema(
        operation_id="signatures_withdraw", request=WithdrawalBody, responses={200: OpenApiTypes.OBJECT} | FAULTS
    )
    def post(self, request: Any, uid: Any) -> Response:
        made = signatures.own(uid, request.user)
        record: Any = queries.by_number(made.record_number, request.user) if made else None
        if made is None or record is None:
            raise Missing(UNKNOWN)
        given = WithdrawalBody(data=request.data)
        given.is_valid(raise_exception=True)
        credentials = given.validated_data["signature"]
        signing = Signing(**credentials, sentence=made.sentence, place=place(request))
        row = actions.withdraw_signature(
            record=record, signature=made, reason=given.validated_data["reason"], by=request.user, signing=signing
        )
        return Response({"record": row.number, "version": row.version, "signature": str(made.uid), "withdrawn": True})


urlpatterns = [
    path("signatures/<uuid:uid>/withdraw", Withdraw.as_view(), name="signature-withdraw"),
    path("exports", Exports.as_view(), name="exports"),
    path("exports/<uuid:uid>", One.as_view(), name="export"),
    path("exports/<uuid:uid>/file", File.as_view(), name="export-file"),
]
