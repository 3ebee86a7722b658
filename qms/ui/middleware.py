"""Headers of every page, and refusals turned into pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

from qms.lib.errors import Refusal

from .views.errors import refused

Respond = Callable[[HttpRequest], HttpResponse]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "object-src 'none'"
)
PERMISSIONS = "camera=(self), geolocation=(), microphone=()"


class ContentSecurityPolicy:
    """No nonce and no unsafe-anything: templates hold no script and no style of their own."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if request.path.startswith("/api/"):
            response.headers.setdefault(
                "Cache-Control", "no-store"
            )  # what the interface tells is kept by its caller alone
        return response


class CompressedPages(GZipMiddleware):
    """Pages travel compressed (static files already do); the short answers of the API are not worth the time.

    The base class varies every answer's length at random, so that lengths tell nothing of a secret in it (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)


class VaryOnHtmx:
    """One URL answers with the page or with its fragment: without Vary, Back shows the naked fragment.

    Pages of signed-in people are not kept by the browser: tablets are shared, and a record may be out of date.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["HX-Request"])
            user = getattr(request, "user", None)
            if user is not None and user.is_authenticated:
                response.headers.setdefault("Cache-Control", "no-store")
        return response


class Refusals:
    """An anticipated refusal that no view has shown becomes a page that says what, why and what to do."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refusal) and not request.path.startswith("/api/"):
            return refused(request, exception)
        return None
