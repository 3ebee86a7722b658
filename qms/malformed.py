"""The answer to a request that is refused before any view: a host that is not served here, or a frame that nobody could mean."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from qms.api import problems


def answered(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """Plain: a page would ask the request for its host again."""
    text = _("The request cannot be understood: its frame or the host that it names is not one of ours.")
    hint = _("Use the address that your administrator named.")
    if request.path.startswith("/api/"):
        told = problems.body(400, "malformed", text, hint=hint)
        return JsonResponse(told, status=400, content_type=problems.MEDIA_TYPE)
    return HttpResponse(f"{text}\n{hint}\n", status=400, content_type="text/plain; charset=utf-8")
