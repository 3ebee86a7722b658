"""Before everything else of the interface."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from . import problems


class TlsOnly:
    """A program that calls in plain http is refused, not led to https: it would send its token in the clear each time and never notice."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SECURE_SSL_REDIRECT and request.path.startswith("/api/") and not request.is_secure():
            hint = _("Replace the token: it has travelled in the clear.")
            body = problems.body(403, "tls", _("This interface is reached by https alone."), hint=hint)
            return JsonResponse(body, status=403, content_type=problems.MEDIA_TYPE)
        return self.get_response(request)
