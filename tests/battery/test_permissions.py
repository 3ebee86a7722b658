"""G14: every route × verb × caller × place. What must be answered follows from the route's declaration, the cast and the matrix."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator

from qms.accounts.models import Site
from qms.docs.routes import OPEN, SIGNED_IN, Route, routes
from qms.ui.views import errors

from . import rights
from .conftest import Browser
from .places import Place, places
from .plant import HOME

PROVES = ("11.10(d)", "11.10(g)", "G14", "G21")
SCOPE_OF = {"mes": "mes", "erp": "erp", "readonly": "read"}
# Answers of somebody who is inside: done, shown, or told what is wrong with what was sent.
INSIDE = {200, 201, 202, 204, 302, 303, 400, 409, 411, 413, 415, 422, 428, 503}
# Open to everybody and still particular: an unknown provider does not exist, an answer that nobody asked for is turned away.
TURNS = {"identity:begin", "identity:callback", "identity:left"}
ROUTES = routes()


@dataclass(frozen=True)
class Caller:
    """A person by session, a service account by token, or nobody."""

    name: str
    user: Any = None
    scope: str = ""

    def holds(self, right: str, site_id: int | None = None) -> bool:
        if self.scope:
            return rights.scope_holds(self.scope, right) and site_id in (None, Site.objects.get(code=HOME).pk)
        return bool(self.user) and rights.holds_right(self.user, right, site_id)

    def sees(self, place: Place) -> bool:
        if place.where in ("missing", "closed"):
            return False
        return not place.sees or self.holds(place.sees, place.site_id)


def expected(caller: Caller, route: Route, verb: str, place: Place) -> set[int]:
    right = route.permissions.get(verb, "")
    if right == OPEN or OPEN in route.permissions.values():
        return _open_to_all(route, place)
    if caller.name == "nobody" or (caller.scope and not route.is_api):
        refused = {401} if route.is_api else {302}
        return refused if right else {*refused, 405}
    if route.by_token_only and not caller.scope:
        return {401, 405}
    if not right:
        return {403, 404, 405}
    if not (right == SIGNED_IN or caller.holds(right)):
        # A page asks for the record first, the interface for the right first; both say nothing about the record.
        return (
            {404}
            if not route.is_api and place.where != "none" and not caller.sees(place) and route.model
            else {403, 404}
        )
    if not caller.sees(place):
        return {404}
    if right != SIGNED_IN and place.site_id and not caller.holds(right, place.site_id):
        return {403}
    return INSIDE | ({403} if _duty_may_forbid(caller, route, place) else set())


def _open_to_all(route: Route, place: Place) -> set[int]:
    if route.name not in TURNS:
        return INSIDE | {405}
    return {404, 405} if place.where == "missing" else {200, 302, 403, 405}


def _duty_may_forbid(caller: Caller, route: Route, place: Place) -> bool:
    if not (route.step and place.record and caller.user):
        return bool(route.is_api and route.step and caller.scope)
    return rights.duty_forbids(place.record, place.record.workflow.transition(route.step), caller.user)


def send(
    caller: Caller, route: Route, verb: str, path: str, clients: dict[str, Browser], tokens: dict[str, str]
) -> int:
    client = Browser() if caller.scope else clients[caller.name]
    options: dict[str, Any] = {"headers": {"Authorization": f"Bearer {tokens[caller.name]}"}} if caller.scope else {}
    if route.is_api and verb not in ("GET", "HEAD"):
        options |= {"data": "{}", "content_type": "application/json"}
    if verb == "GET":
        return int(client.get(path, **options).status_code)
    with transaction.atomic():
        status = getattr(client, verb.lower())(path, **options).status_code
        transaction.set_rollback(True)
    return int(status)


@pytest.fixture
def callers(members: Any) -> list[Caller]:
    people = [Caller(name, user) for name, user in members.items()]
    return [Caller("nobody"), *people, *(Caller(name, scope=scope) for name, scope in SCOPE_OF.items())]


WRITTEN: set[tuple[Any, ...]] = set()  # the pages of refusals that this process has made


@pytest.fixture
def refusals_once(monkeypatch: Any) -> None:
    """A refusal's page is made once per reader, status and room, then its status alone: a third of the time went into these pages."""
    whole = errors.page

    def page(request: Any, status: int, *words: str) -> HttpResponse:
        match = request.resolver_match
        told = (request.user.pk, status, match and match.namespace)
        if told in WRITTEN:
            return HttpResponse(status=status)
        response = whole(request, status, *words)
        WRITTEN.add(told)
        return response

    monkeypatch.setattr(errors, "page", page)


@pytest.fixture
def schema_once(monkeypatch: Any) -> None:
    """The schema is made of the code, the same for everybody (SERVE_PUBLIC), in seconds."""
    whole, made = SchemaGenerator.get_schema, list[Any]()

    def schema(self: Any, request: Any = None, public: bool = False) -> Any:
        if not made:
            made.append(whole(self, request, public))
        return made[0]

    monkeypatch.setattr(SchemaGenerator, "get_schema", schema)


def asked(route: Route, verb: str, place: Place, callers: list[Caller]) -> list[Caller]:
    """Everybody at home; elsewhere nobody, whoever holds the right somewhere, and two others."""
    chosen = [c for c in callers if route.is_api or not c.scope]
    if not route.is_api:
        chosen += [c for c in callers if c.name == "mes"]  # a token opens no page
    if place.where in ("none", "own") and verb in route.permissions:
        return chosen
    right = route.permissions.get(verb) or next(iter(route.permissions.values()))
    inside = [c for c in chosen if c.holds(right) or right == SIGNED_IN]
    others = [c for c in chosen if c not in inside]
    return [*inside[:4], *others[:3]]


def verbs(route: Route) -> list[str]:
    """The declared ones, and one that is not."""
    undeclared = [v for v in ("PATCH", "DELETE", "PUT", "POST") if v not in route.permissions]
    return [*route.permissions, *undeclared[:1]]


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r.kind}-{r.name}-{r.step}".rstrip("-"))
def test_every_cell_is_as_declared(route, plant, callers, clients, undo, refusals_once, schema_once):
    wrong, cells = [], 0
    for place in places(route, plant):
        for verb in verbs(route):
            for caller in asked(route, verb, place, callers):
                status = send(caller, route, verb, place.path, clients, plant.tokens)
                cells += 1
                if status not in (must := expected(caller, route, verb, place)):
                    shown = "inside" if len(must) > 5 else sorted(must)
                    wrong.append(f"{verb} {place.path} ({place.where}) by {caller.name}: {status}, expected {shown}")
    assert wrong == []
    assert cells


def test_nobody_is_kept_in_by_a_session_that_ended(plant, clients, undo, django_db_blocker):
    """A grant that ends counts from the next request on (11.10(g))."""
    from qms.accounts import actions as accounts
    from qms.accounts.models import Grant
    from tests.factories import person

    client, url = clients["inspector"], "/ncr/"
    assert client.get(url).status_code == 200
    for grant in Grant.objects.valid().filter(user=person("inspector")):
        accounts.end_grant(grant=grant, by=person("security"), reason="left the plant")
    assert client.get(url).status_code == 403
