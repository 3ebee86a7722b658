from typing import Any

from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from . import strict_json
from .problems import Fault, Malformed

LIMIT = 1024 * 1024


def read_body(request: Any, *, limit: int = LIMIT) -> bytes:
    """The raw body of a Django request. Raises Malformed: 411 without a length, 413 beyond the limit."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length and "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        raise Malformed(
            _("The request does not say how long it is."),
            status=411,
            code="length_required",
            hint=_("Send Content-Length instead of a chunked body."),
        )
    if length.isdigit() and int(length) > limit:
        raise too_large(limit)
    body: bytes = request.body
    if len(body) > limit:
        raise too_large(limit)
    return body


def too_large(limit: int) -> Malformed:
    return Malformed(
        _("The body is larger than %(limit)s KiB.") % {"limit": limit // 1024},
        status=413,
        code="too_large",
        hint=_("Send pictures and files by reference, and many events in several requests."),
    )


def parse(body: bytes) -> Any:
    """JSON, strictly. Raises Malformed (400) with a pointer."""
    try:
        return strict_json.loads(body)
    except strict_json.Bad as bad:
        raise malformed(bad) from None


def malformed(bad: strict_json.Bad) -> Malformed:
    texts = {
        "not_utf8": (_("The body is not UTF-8 (byte %(at)s)."), _("Send JSON encoded as UTF-8.")),
        "malformed": (_("The body is not JSON (line:column %(at)s)."), _("Check quotes, commas and braces there.")),
        "duplicate_key": (_("The key “%(at)s” stands twice in one object."), _("Send each key once.")),
        "not_a_number": (_("A number cannot be read %(at)s."), _("Send finite numbers of ordinary length.")),
        "too_deep": (_("The body is nested too deeply."), _("Nest at most 64 levels.")),
        "bad_character": (
            _("A text holds a character that cannot be stored."),
            _("Leave out NUL and halves of surrogate pairs."),
        ),
    }
    what, hint = texts[bad.code]
    what = what % {"at": bad.at}
    return Malformed(what, hint=hint, code=bad.code, faults=[Fault(bad.pointer, what, hint)])


class StrictJSON(BaseParser):
    """For ordinary views. `limit` of the view, else 1 MiB."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        context = parser_context or {}
        request = context["request"]._request
        body = read_body(request, limit=getattr(context["view"], "body_limit", LIMIT))
        return parse(body) if body else {}
