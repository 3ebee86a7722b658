"""OpenAPI 3.1 at /api/schema/, and the same as a page without anybody's CDN at /api/docs/."""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView

from qms.accounts.access import SIGNED_IN, asks


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "qms.api.auth.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "qms.api.auth.BrowserSession"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


class SchemaView(SpectacularAPIView):
    permission = SIGNED_IN


@asks(SIGNED_IN)
def page(request: HttpRequest) -> HttpResponse:
    """Every address with what it takes and answers, in the reader's language."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    schema = SchemaGenerator().get_schema(request=None, public=True)
    groups: dict[str, list[dict[str, Any]]] = {}
    for address, methods in sorted(schema["paths"].items()):
        for method, operation in methods.items():
            group = address.removeprefix("/api/v1/").split("/")[0]
            groups.setdefault(group, []).append(_operation(schema, address, method, operation))
    return render(request, "api/docs.html", {"groups": sorted(groups.items()), "info": schema["info"]})


def _operation(schema: dict[str, Any], address: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "address": address,
        "text": operation.get("description", ""),
        "parameters": [
            {
                "name": p["name"],
                "place": p["in"],
                "required": p.get("required", False),
                "kind": p["schema"].get("type", ""),
            }
            for p in operation.get("parameters", [])
        ],
        "fields": _fields(schema, operation),
        "answers": [(status, a.get("description", "")) for status, a in operation.get("responses", {}).items()],
    }


def _fields(schema: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    """The members of the body; of a body that comes in several shapes those of every shape, each said once."""
    content = operation.get("requestBody", {}).get("content", {})
    body = _resolved(schema, next((c.get("schema", {}) for c in content.values()), {}))
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for part in body.get("oneOf", (body,)):
        shape = _resolved(schema, part)
        required = set(shape.get("required", ()))
        for name, member in shape.get("properties", {}).items():
            row = {"name": name, "kind": _kind(schema, member), "required": name in required}
            found.setdefault((name, row["kind"]), row | {"text": member.get("description", "")})
    return list(found.values())


def _resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    name = part.get("$ref", "").rpartition("/")[2]
    return schema["components"]["schemas"].get(name, part) if name else part


def _kind(schema: dict[str, Any], member: dict[str, Any]) -> str:
    part = _resolved(schema, member)
    if "enum" in part:
        return " | ".join(str(value) for value in part["enum"])
    if inner := part.get("properties"):
        return "{" + ", ".join(inner) + "}"
    kind = part.get("type", "")
    return " | ".join(kind) if isinstance(kind, list) else str(kind)
