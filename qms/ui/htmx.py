"""What htmx says about a request."""

from django.http import HttpRequest


def is_fragment(request: HttpRequest) -> bool:
    """True when htmx asks for a part of the page; a history restore wants the whole page."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"
