"""Base of every REST view: strict JSON in, problem+json out, writes at most once per Idempotency-Key."""

import contextlib
from typing import Any

from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.views import APIView

from qms.accounts import access, refusals

from . import idempotency, problems
from .auth import TokenAuthentication
from .models import IdempotentCall
from .parsers import LIMIT, StrictJSON, read_body
from .permissions import needed_permission

WRITES = {"POST", "PUT", "PATCH", "DELETE"}


class Replay(Exception):
    """Leaves the dispatch with an answer that was given before."""

    def __init__(self, answer: HttpResponse) -> None:
        self.answer = answer


class ApiView(APIView):
    """Subclasses declare `permission` (or `permissions`) and one method per verb, each of which calls one action or query."""

    permission = ""
    parser_classes = (StrictJSON,)
    body_limit = LIMIT
    takes_key = True  # False: the messages carry an identity of their own
    call: IdempotentCall | None = None

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method in WRITES and self.takes_key and (key := idempotency.key_of(request)):
            read_body(request._request, limit=self.body_limit)
            claimed = idempotency.claim(request, key)
            if isinstance(claimed, HttpResponse):
                raise Replay(claimed)
            self.call = claimed

    def handle_exception(self, exc: Exception) -> Any:
        return exc.answer if isinstance(exc, Replay) else super().handle_exception(exc)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.call:
            if hasattr(response, "render"):
                response.render()
            with contextlib.suppress(Error):  # the answer stands; the key's lease runs out by itself
                idempotency.finish(self.call, response)
        return response


class Lean:
    """Before ApiView: a machine's door on the hot path. Token, right, handler; negotiation, throttles and parsers are left out.

    Same answers as everywhere, a quarter of the framework's time.
    """

    @property
    def allowed_methods(self) -> list[str]:
        return ["POST"]

    def dispatch(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.enter(request)
            answer: HttpResponse = getattr(self, request.method.lower())(request, *args, **kwargs)  # type: ignore[union-attr]
        except Exception as exc:
            return problems.plain(problems.handler(exc, {"request": request, "view": self}))
        return answer

    def enter(self: Any, request: Any) -> None:
        if request.method not in ("POST",):
            raise exceptions.MethodNotAllowed(request.method)
        door = TokenAuthentication()
        try:
            found = door.authenticate(request)
            if found is None:
                raise exceptions.NotAuthenticated
        except exceptions.APIException as exc:
            exc.auth_header = door.authenticate_header(request)  # type: ignore[attr-defined]
            raise
        request.user = found[0]
        needed = needed_permission(self, request.method)
        if not access.may(request.user, needed):
            refusals.told(by=request.user, right=needed)
            raise exceptions.PermissionDenied


@csrf_exempt
def no_such_route(request: HttpRequest, **rest: Any) -> HttpResponse:
    """Behind all others: an unknown address is a problem document too."""
    body = problems.body(404, "missing", problems.title(404))
    return JsonResponse(body, status=404, content_type=problems.MEDIA_TYPE)
