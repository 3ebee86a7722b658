"""REST of the mirror: read-only, the same lists and filters as the pages."""

import json
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from qms.api.records import ListView, RecordApi, Step
from qms.api.serializers import NoBody, Problem
from qms.api.views import ApiView
from qms.lib import canonical
from qms.lib.errors import Conflict

from . import actions, queries, serializers, tables
from .models import Matrix
from .specs import SPECS

VIEW = "masterdata.view"
NAMES = {"production-orders": "orders"}  # contract.md names them so


@dataclass(frozen=True)
class MirrorApi:
    """What the list view of records asks for; nothing is created here."""

    object: str
    name: str
    listing: Any
    create: None = None


class MirrorList(ListView):
    api: Any
    permission = VIEW

    @classmethod
    def documented(cls) -> Any:
        """The filters by name: their form looks up addresses, which do not stand yet when this is loaded."""
        cls.http_method_names = ["get", "head", "options"]
        names = ("q", "order", "cursor", "limit", *(one.name for one in cls.api.listing.filters))

        def get(self: Any, request: Any) -> Response:
            return ListView.get(self, request)

        asked = [OpenApiParameter(name, str) for name in names]
        responses = {200: OpenApiTypes.OBJECT, 422: Problem}
        cls.get = extend_schema(operation_id=f"{cls.api.name}_list", parameters=asked, responses=responses)(get)  # type: ignore[method-assign]
        return cls


class MirrorDetail(ApiView):
    """By number: what the list shows, the content as it was told, and its age."""

    api: MirrorApi
    permission = VIEW

    def get(self, request: Any, number: str) -> Response:
        spec = SPECS[self.api.object]
        rows = spec.model.objects.visible_to(request.user).filter(number=number)
        rows = rows.select_related(*(name for name, _model in spec.parents))
        found = list(rows.live()[:2]) or list(rows.order_by("-gone_at")[:1])
        if not found:
            raise Http404
        if len(found) > 1:
            raise Conflict(
                _("Several %(object)s carry the number %(number)s.") % {"object": self.api.name, "number": number},
                hint=_("Take the list with q= and choose by external_id."),
                code="ambiguous",
            )
        row = found[0]
        content = json.loads(row.content) if row.content else {}
        more = {
            "read_at": stamp(queries.read_at(row, self.api.object)),
            "gone_at": stamp(row.gone_at),
            "content": content,
        }
        return Response({**self.api.listing.serialize(row), **more})


def stamp(at: Any) -> str | None:
    return None if at is None else canonical.instant(at)


def views(object: str) -> list[Any]:
    name = NAMES.get(object, object)
    api = MirrorApi(object, name, tables.LISTS[object])
    title = name.title().replace("-", "")
    listing: Any = type(f"{title}MirrorList", (MirrorList,), {"api": api})
    detail: Any = type(f"{title}MirrorDetail", (MirrorDetail,), {"api": api})

    def get(self: Any, request: Any, number: str) -> Response:
        return MirrorDetail.get(self, request, number)

    detail.get = extend_schema(
        operation_id=f"{name}_detail", responses={200: OpenApiTypes.OBJECT, 404: Problem, 409: Problem}
    )(get)
    return [
        path(name, listing.documented().as_view(), name=f"{name}-list"),
        path(f"{name}/<path:number>", detail.as_view(), name=f"{name}-detail"),
    ]


BODIES: dict[str, Any] = {"edit": serializers.MatrixEditBody}
MATRICES = RecordApi(
    name="matrices",
    model=Matrix,
    listing=tables.MATRICES,
    detail=serializers.MatrixShown,
    related=("site", "base"),
    create=Step(actions.draft_matrix, serializers.MatrixDraftBody, permission="mapping.edit"),
    steps={name: Step(act, BODIES.get(name, NoBody)) for name, act in actions.MATRIX_STEPS.items()},
)

urlpatterns = [*MATRICES.urls(), *(route for object in tables.LISTS for route in views(object))]
