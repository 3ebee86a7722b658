"""Every error of the REST interface as RFC 9457 problem+json: what, why and what to do, in the caller's language."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.signals import got_request_exception
from django.db import Error as DatabaseFailure
from django.http import Http404, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions as drf
from rest_framework.response import Response

from qms.lib import canonical
from qms.lib.errors import Conflict, NotNow, Refusal

from . import database
from .strict_json import escape

MEDIA_TYPE = "application/problem+json"
log = logging.getLogger("qms.api")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with the request: where (JSON pointer), what, and what to do."""

    pointer: str
    detail: Any
    hint: Any = ""

    def plain(self) -> dict[str, str]:
        return {"pointer": self.pointer, "detail": str(self.detail), "hint": str(self.hint)}


class Malformed(Refusal):
    """The body or its frame cannot be understood; `faults` say where."""

    status, code = 400, "malformed"

    def __init__(self, message: Any, *, faults: Sequence[Fault] = (), **rest: Any) -> None:
        super().__init__(message, **rest)
        self.faults = list(faults)


def title(status: int) -> str:
    titles = {
        400: _("The request cannot be understood"),
        401: _("Who are you?"),
        403: _("Not allowed"),
        404: _("Not found"),
        405: _("This address does not take that method"),
        406: _("No such format"),
        409: _("In conflict with the present state"),
        410: _("No longer valid"),
        411: _("Content-Length is missing"),
        413: _("The body is too large"),
        415: _("This content type is not taken"),
        422: _("Some values are not valid"),
        428: _("If-Match is missing"),
        429: _("Too many requests"),
        503: _("Not possible at the moment"),
    }
    return titles.get(status) or _("Something went wrong on our side")


def body(
    status: int, code: str, detail: Any, *, hint: Any = "", errors: Sequence[Fault] = (), **more: Any
) -> dict[str, Any]:
    """The members of a problem; empty ones are left out."""
    found: dict[str, Any] = {
        "type": f"urn:qms:problem:{code}",
        "title": title(status),
        "status": status,
        "detail": str(detail),
        "code": code,
        "hint": str(hint),
        "errors": [fault.plain() for fault in errors],
        **more,
    }
    return {name: value for name, value in found.items() if value not in ("", [], None)}


def response(
    status: int, code: str, detail: Any, *, headers: Mapping[str, str] | None = None, **members: Any
) -> Response:
    return Response(body(status, code, detail, **members), status, headers=dict(headers or {}), content_type=MEDIA_TYPE)


def handler(exc: Exception, context: dict[str, Any]) -> Response:
    """The framework's exception handler. Nothing leaves as HTML, and nothing unexpected leaves without a log line."""
    answer = _answer(exc, context)
    request = context.get("request")
    if answer.status_code >= 500 and not isinstance(exc, Refusal):
        log.error("%s on %s", type(exc).__name__, getattr(request, "path", "?"), exc_info=exc)
    if (number := getattr(getattr(request, "_request", request), "id", "")) and isinstance(answer.data, dict):
        answer.data["request"] = number
    answer.exception = True
    return answer


def plain(answer: Response) -> HttpResponse:
    """The same for a view outside the framework's rendering."""
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Type"}
    return JsonResponse(answer.data, status=answer.status_code, headers=headers, content_type=MEDIA_TYPE)


def _answer(exc: Exception, context: dict[str, Any]) -> Response:
    if isinstance(exc, Refusal):
        return of_refusal(exc)
    if isinstance(exc, (drf.APIException, Http404, PermissionDenied, RequestDataTooBig)):
        return _of_framework(exc, context)
    if isinstance(exc, DatabaseFailure):
        refusal = database.refusal(exc)
        if refusal:
            return of_refusal(refusal)
    got_request_exception.send(sender=handler, request=context.get("request"))
    return response(500, "internal", _("This is our mistake. It was logged; nothing was changed."))


def of_refusal(refusal: Refusal) -> Response:
    faults: list[Fault] = getattr(refusal, "faults", [])
    if refusal.field and not faults:
        faults = [Fault(pointer_of(refusal.field), refusal.message, refusal.hint)]
    headers = {"Retry-After": str(refusal.retry_after)} if isinstance(refusal, NotNow) else {}
    changes = [_change(*c) for c in refusal.changes] if isinstance(refusal, Conflict) else []
    return response(
        refusal.status,
        refusal.code,
        refusal.message,
        hint=refusal.hint,
        errors=faults,
        changes=changes,
        headers=headers,
    )


def _change(who: Any, when: Any, field: Any, old: Any, new: Any) -> dict[str, Any]:
    return {"who": str(who), "at": canonical.instant(when), "field": str(field), "old": told(old), "new": told(new)}


def told(value: Any) -> Any:
    """A value of the trail for JSON: words of codes are lazy, the rest is plain."""
    return value if value is None or isinstance(value, (bool, int, str, list, dict)) else str(value)


def pointer_of(field: str) -> str:
    return field if field.startswith("/") else f"/{field.replace('.', '/')}"


def _of_framework(exc: Any, context: Any) -> Response:
    if isinstance(exc, (Http404, drf.NotFound)):
        return response(404, "missing", _("There is nothing here that you may see."))
    if isinstance(exc, RequestDataTooBig):
        return response(413, "too_large", _("The body is larger than this address takes."))
    if isinstance(exc, PermissionDenied):
        exc = drf.PermissionDenied()
    if isinstance(exc, drf.ValidationError):
        faults = list(_faults(exc.detail, ""))
        return response(422, "invalid", _("Correct the fields that are named and send again."), errors=faults)
    headers = {}
    if getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = exc.auth_header
    if isinstance(exc, drf.MethodNotAllowed):
        headers["Allow"] = allowed(context.get("view"))
    if getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(exc.wait) + 1)
    return response(exc.status_code, _code(exc), exc.detail, hint=_hint(exc), headers=headers)


def allowed(view: Any) -> str:
    """RFC 9110: a refused method is told which ones are taken."""
    return ", ".join(view.allowed_methods) if view else ""


def _code(exc: Any) -> str:
    return str(exc.default_code)


def _hint(exc: Any) -> str:
    if isinstance(exc, drf.NotAuthenticated):
        return _("Send “Authorization: Bearer …” with a token, or sign in.")
    if isinstance(exc, drf.PermissionDenied):
        return _("Ask an administrator for a token or role with this right.")
    return ""


def _faults(detail: Any, pointer: str) -> Any:
    """Serializer errors, flattened to one fault per message."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            here = pointer if name == "non_field_errors" else f"{pointer}/{escape(str(name))}"
            yield from _faults(inner, here)
    elif isinstance(detail, (list, tuple)):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, (Mapping, list))
            yield from _faults(inner, f"{pointer}/{index}" if nested else pointer)
    else:
        yield Fault(pointer, detail)
