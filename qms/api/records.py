"""The interface of a record type out of one declaration: list, detail, history, creation, and one sub-resource per transition.

NCRS = RecordApi(
    name="ncrs", model=Nonconformance, listing=tables.NCRS, detail=NcrDetail,
    create=Step(actions.report, ReportBody),
    steps={"execute": Step(actions.execute), "return": Step(actions.send_back, ReasonBody), …},
)
urlpatterns = NCRS.urls()
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.http import Http404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from qms.journal import queries as trail
from qms.journal import wording
from qms.lib import canonical
from qms.lib.errors import Invalid, Refusal
from qms.records import queries, reading, refusals
from qms.records.actions import Signing
from qms.records.past import story
from qms.records.past.names import Then
from qms.signatures.series import place
from qms.workflow import Transition

from . import past
from .idempotency import creation_uid
from .preconditions import ETAG, etag, expected_version
from .problems import told
from .serializers import NoBody, Problem, ReasonBody, SignatureBody, Strict
from .views import ApiView

MAX_LIMIT, LIMIT = 500, 50
SIZE = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}
IF_MATCH = {"type": "string", "pattern": ETAG.pattern}
LIST_WORDS = {"q", "order", "cursor", "limit"}


class Listing(Protocol):
    """What qms.ui's ListSpec offers; this room may not import it."""

    def form(self, params: Any) -> Any: ...
    def page(self, user: Any, params: Any, size: int | None = None) -> Any: ...
    def serialize(self, row: Any) -> dict[str, Any]: ...
    def api_fields(self) -> list[str]: ...


@dataclass(frozen=True)
class Step:
    """`action(*, <noun>=record, by=, version=, **body)`; a creation has neither record nor version but `uid`.

    `body`: "signature" and "reason" are added where the transition asks for them. `statement(record, data, user)` is the sentence
    that is signed, in the caller's language; the answer to the step shows it again.
    """

    action: Callable[..., Any]
    body: type[Strict] = NoBody
    statement: Callable[[Any, dict[str, Any], Any], str] | None = None
    permission: str = ""


@dataclass(frozen=True)
class RecordApi:
    name: str
    model: Any
    listing: Listing
    detail: type[serializers.BaseSerializer[Any]]
    steps: Mapping[str, Step] = field(default_factory=dict)
    create: Step | None = None
    related: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        offered = {t.name for t in self.model.workflow.transitions if not t.by_system}
        if offered != set(self.steps):
            raise ValueError(f"{self.name}: steps and workflow differ: {sorted(offered ^ set(self.steps))}")

    def urls(self) -> list[Any]:
        """Names: api:ncrs-list, -detail, -history, -<transition>."""
        one = f"{self.name}/<str:number>"
        found = [
            path(self.name, self._view("list", ListView), name=f"{self.name}-list"),
            path(one, self._view("detail", DetailView), name=f"{self.name}-detail"),
            path(f"{one}/history", self._view("history", HistoryView), name=f"{self.name}-history"),
        ]
        for transition in self.model.workflow.transitions:
            if not transition.by_system:
                view = self._view(transition.name, StepView, transition=transition)
                found.append(path(f"{one}/{transition.name}", view, name=f"{self.name}-{transition.name}"))
        return found

    def _view(self, name: str, base: Any, **members: Any) -> Any:
        title = f"{self.name.title()}{name.title().replace('-', '')}View"
        made: Any = type(title, (base,), {"api": self, **members})
        return made.documented().as_view()

    def find(self, number: str, user: Any) -> Any:
        """Raises Http404 for what is not there and for what the caller may not see alike."""
        rows = self.model.objects.visible_to(user).select_related(*self.related)
        record = rows.filter(number=number.upper()).first()
        if record is None and (stone := queries.tombstone(number, user)):
            raise Refusal(
                _("%(number)s was disposed of at the end of its retention.") % {"number": stone.number},
                hint=_("Its tombstone says when, by which disposal and who signed."),
                code="disposed",
                status=410,
            )
        if record is None:
            raise Http404
        return record


def tell(api: RecordApi, record: Any, user: Any, status: int = 200, **more: Any) -> Response:
    """The record as it stands, its ETag, and the steps that this caller may take."""
    steps = [
        {"name": o.transition.name, "label": str(o.transition.label), "allowed": o.allowed, "reason": str(o.reason)}
        for o in queries.offers(record, user)
    ]
    signatures = [_signature(line) for line in queries.signatures(record)]
    data = {**api.detail(record).data, "version": record.version, "signatures": signatures, "steps": steps, **more}
    return Response(data, status, headers={"ETag": etag(record)})


def _signature(line: Any) -> dict[str, Any]:
    """The three elements of 21 CFR 11.50, what was signed and how, and whether the record still says it, in words too."""
    made = line.signature
    return {
        "id": str(made.uid),
        "name": made.signer_name,
        "meaning": made.meaning,
        "meaning_text": str(made.get_meaning_display()),
        "at": canonical.instant(made.signed_at),
        "local_time": made.when,
        "timezone": made.timezone,
        "sentence": made.sentence,
        "version": made.record_version,
        "digest": made.digest,
        "scheme": made.scheme,
        "components": [name for name in made.components.split(",") if name],
        "flags": [name for name in made.flags.split(",") if name],
        "fresh_roles": made.fresh_roles,
        "flags_text": [str(word) for word in made.flag_words],
        "covers": line.covers,
        "coverage": str(line.words),
        "withdrawn": _withdrawn(made.taken_back) if made.taken_back else None,
    }


def _withdrawn(made: Any) -> dict[str, Any]:
    told = {"name": made.by_name, "at": canonical.instant(made.withdrawn_at), "local_time": made.when}
    return told | {"reason": made.reason}


class RecordView(ApiView):
    api: RecordApi

    @classmethod
    def documented(cls) -> Any:
        return cls

    @property
    def permission(self) -> str:  # type: ignore[override]
        return str(self.api.model.view_permission)


class ListView(RecordView):
    @property
    def permissions(self) -> dict[str, str]:
        create = self.api.create
        return {"POST": create.permission} if create else {}

    @classmethod
    def documented(cls) -> Any:
        if cls.api.create is None:
            cls.http_method_names = ["get", "head", "options"]
        names = ("q", "order", "cursor")
        asked = [OpenApiParameter(n, str) for n in names] + [OpenApiParameter("limit", SIZE)]
        asked += [OpenApiParameter(n, str) for n in cls.api.listing.form({}).fields]
        get = extend_schema(
            operation_id=f"{cls.api.name}_list", parameters=asked, responses={200: OpenApiTypes.OBJECT, 422: Problem}
        )
        post = extend_schema(
            operation_id=f"{cls.api.name}_create",
            request=cls.api.create.body if cls.api.create else None,
            responses={201: cls.api.detail, 422: Problem},
        )
        cls.get, cls.post = get(_copy(cls.get)), post(_copy(cls.post))  # type: ignore[method-assign]
        return cls

    def get(self, request: Any) -> Response:
        params = request.query_params.copy()
        known = LIST_WORDS | set(self.api.listing.form(params).fields)
        if unknown := sorted(set(params) - known):
            raise Invalid(
                _("“%(name)s” is not a filter of this list.") % {"name": unknown[0]},
                hint=_("Filters: %(names)s.") % {"names": ", ".join(sorted(known))},
                code="unknown_filter",
            )
        params["after"] = params.pop("cursor", [""])[-1]
        page = self.api.listing.page(request.user, params, page_size(params))
        return Response({"results": [self.api.listing.serialize(r) for r in page.rows], "next": page.next or None})

    def post(self, request: Any) -> Response:
        create = self.api.create
        assert create is not None
        data = valid(create.body, request)
        record = create.action(by=request.user, uid=creation_uid(request), **data)
        answer = tell(self.api, self.api.find(record.number, request.user), request.user, 201)
        answer["Location"] = reverse(f"api:{self.api.name}-detail", args=[record.number])
        return answer


def page_size(params: Any) -> int:
    text = params.get("limit", "") or str(LIMIT)
    if not (text.isdigit() and 1 <= int(text) <= MAX_LIMIT):
        raise Invalid(_("limit is a number from 1 to %(most)s.") % {"most": MAX_LIMIT}, code="bad_limit")
    return int(text)


def valid(body: type[Strict], request: Any) -> dict[str, Any]:
    asked = body(data=request.data, context={"request": request})
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


class DetailView(RecordView):
    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """No record is ever deleted; that somebody tried stands in its trail."""
        if request.method == "DELETE":
            refusals.told(record=self.api.find(kwargs["number"], request.user), by=request.user, way="api")
        return super().http_method_not_allowed(request, *args, **kwargs)

    @classmethod
    def documented(cls) -> Any:
        cls.get = extend_schema(  # type: ignore[method-assign]
            operation_id=f"{cls.api.name}_detail", responses={200: cls.api.detail, 404: Problem}
        )(_copy(cls.get))
        return cls

    def get(self, request: Any, number: str) -> Response:
        record = self.api.find(number, request.user)
        reading.told(record=record, by=request.user, way="api")
        return tell(self.api, record, request.user)


class HistoryView(RecordView):
    """What was done, newest first, each act with the fields that it changed; and the record's versions.

    `from` and `to` compare two versions; `at` (a moment) or `version` tell everything as it was known then.
    """

    @classmethod
    def documented(cls) -> Any:
        cls.get = extend_schema(  # type: ignore[method-assign]
            operation_id=f"{cls.api.name}_history",
            parameters=past.PARAMETERS,
            responses={200: OpenApiTypes.OBJECT, 404: Problem, 422: Problem},
        )(_copy(cls.get))
        return cls

    def get(self, request: Any, number: str) -> Response:
        record = self.api.find(number, request.user)
        reading.told(record=record, by=request.user, way="api")
        told = story.read(record, request.user)
        asked = past.asked(request.query_params, told)
        if asked.at is None:
            lines = trail.timeline(record)
        else:
            lines = told.lines(asked.at)
            wording.name_people(lines, Then(told.rows(asked.at), asked.at))
        return Response({"results": [_line(line) for line in lines], "next": None, **past.more(told, asked)})


def _line(line: Any) -> dict[str, Any]:
    changes = [{"field": str(label), "old": told(old), "new": told(new)} for label, old, new in line.changes]
    return {
        "at": canonical.instant(line.at),
        "event": line.event,
        "kind": line.kind,
        "actor": {"name": line.actor_name, "role": line.actor_role},
        "sentence": line.sentence,
        "reason": line.reason,
        "source": line.source,
        "sequence": line.seq,
        "changes": changes,
    }


class StepView(RecordView):
    """POST {number}/{transition}: the same act as the button, under the same rules."""

    transition: Transition
    asked: Any

    @property
    def permission(self) -> str:  # type: ignore[override]
        return self.transition.permission

    @classmethod
    def documented(cls) -> Any:
        cls.asked = body_of(cls.api.steps[cls.transition.name].body, cls.transition, cls.api.name)
        cls.post = extend_schema(  # type: ignore[method-assign]
            operation_id=f"{cls.api.name}_{cls.transition.name.replace('-', '_')}",
            parameters=[OpenApiParameter("If-Match", IF_MATCH, OpenApiParameter.HEADER, required=True)],
            request=cls.asked,
            responses={200: cls.api.detail, 403: Problem, 409: Problem, 422: Problem, 428: Problem},
        )(_copy(cls.post))
        return cls

    def post(self, request: Any, number: str) -> Response:
        step = self.api.steps[self.transition.name]
        record = self.api.find(number, request.user)
        version = expected_version(request)
        data = valid(self.asked, request)
        if self.transition.signature:
            data["signing"] = self.signing(step, record, request, data)
        noun = self.api.model.noun
        made = step.action(**{noun: record}, by=request.user, version=version, **data)
        other = {"made": made.number} if getattr(made, "number", number) != record.number else {}
        return tell(self.api, self.api.find(number, request.user), request.user, **other)

    def signing(self, step: Step, record: Any, request: Any, data: dict[str, Any]) -> Signing:
        given = data.pop("signature")
        sentence = (
            step.statement(record, data, request.user)
            if step.statement
            else f"{self.transition.label}: {record.number}"
        )
        return Signing(
            username=given["username"],
            password=given["password"],
            code=given["code"],
            comment=given["comment"],
            sentence=str(sentence),
            place=place(request),
        )


def body_of(body: type[Strict], transition: Transition, name: str) -> type[Strict]:
    """The step's own fields, and what its row of the workflow asks for. Named by record type: a schema holds each name once."""
    more: dict[str, Any] = {}
    if transition.signature:
        more["signature"] = SignatureBody()
    if transition.reason and "reason" not in body().fields:
        more["reason"] = ReasonBody().fields["reason"]
    if transition.caused:
        more["cause"] = serializers.CharField(max_length=24)
    if not more:
        return body
    return type(f"{name.title()}{transition.name.title().replace('-', '')}Body", (body,), more)


def _copy(method: Any) -> Any:
    """A function of its own for each view, since the schema's notes are kept on it."""

    def own(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        return method(self, request, *args, **kwargs)

    own.__name__, own.__doc__ = method.__name__, method.__doc__
    return own
