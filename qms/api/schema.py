"""OpenAPI 3.1 at /api/schema/, and the same as a page without anybody's CDN at /api/docs/."""

from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from rest_framework import serializers

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
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class StrictBody(OpenApiSerializerExtension):
    """A member that is not declared is refused, and the schema says so."""

    target_class = "qms.api.serializers.Strict"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> Any:
        made: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        for name, member in made.get("properties", {}).items():
            member.update(exactly(self.target.fields.get(name), member))
        return made | {"additionalProperties": False}


def exactly(field: Any, member: dict[str, Any]) -> dict[str, Any]:
    """What the field refuses and the generator does not say: blanks alone, an empty number, a sign where none may be."""
    if isinstance(field, serializers.DecimalField) and "pattern" in member:
        sign = "" if field.min_value is not None and field.min_value >= 0 else "-?"
        whole, places = (field.max_digits or 24) - (field.decimal_places or 0), field.decimal_places or 0
        top = 10**whole
        digits = rf"[0-9]{{1,{whole}}}(?:\.[0-9]{{0,{places}}})?|\.[0-9]{{1,{places}}}"
        kind = {"type": [*listed(member["type"]), "number"], "pattern": rf"^{sign}(?:{digits})$"}
        return {**kind, "minimum": 0 if not sign else 1 - top, "exclusiveMaximum": top}
    if isinstance(field, serializers.CharField) and not field.allow_blank:
        return {"minLength": 1} | ({"pattern": SOMETHING} if field.trim_whitespace and "format" not in member else {})
    if isinstance(field, serializers.ListField) and "items" in member:
        member["items"].update(exactly(field.child, member["items"]))
        return {} if field.allow_empty else {"minItems": 1}
    return {}


# What Python's strip() leaves standing; ECMA's \s knows fewer blanks.
SOMETHING = r"[^\s\x1c-\x1f\x85]"


def listed(kind: Any) -> list[str]:
    return kind if isinstance(kind, list) else [kind]


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
