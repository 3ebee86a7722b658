"""docs/reference/api.md: the OpenAPI description as a page to read."""

from typing import Any

from drf_spectacular.generators import SchemaGenerator

from .text import code, codes, page, table

INTRO = (
    "The same comes as OpenAPI 3.1 from `/api/schema/` and as a page from `/api/docs/`. Errors are RFC 9457 problem documents;\n"
    "writes take `Idempotency-Key`, and `If-Match` where a record has a version."
)


def render() -> str:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    groups: dict[str, list[str]] = {}
    for address, methods in sorted(schema["paths"].items()):
        group = address.removeprefix("/api/").removeprefix("v1/").split("/")[0]
        groups.setdefault(group, []).extend(_operation(schema, address, verb, o) for verb, o in methods.items())
    return page("REST interface", INTRO, *(f"## {name}\n\n" + "\n".join(found) for name, found in groups.items()))


def _operation(schema: dict[str, Any], address: str, verb: str, operation: dict[str, Any]) -> str:
    asked = [
        (code(p["name"]), p["in"], "required" if p.get("required") else "") for p in operation.get("parameters", ())
    ]
    asked += [(code(n), "body", "required" if must else "") for n, must in body(schema, operation)]
    text = operation.get("description", "").strip()
    parts = [
        f"### {verb.upper()} {code(address)}\n",
        text,
        f"Answers: {codes(sorted(operation.get('responses', ())))}\n",
    ]
    return "\n".join([*filter(None, parts), *([table(("member", "in", ""), asked)] if asked else [])])


def body(schema: dict[str, Any], operation: dict[str, Any]) -> list[tuple[str, bool]]:
    content = operation.get("requestBody", {}).get("content", {})
    shape: dict[str, Any] = next((c.get("schema", {}) for c in content.values()), {})
    shape = schema["components"]["schemas"].get(shape.get("$ref", "").rpartition("/")[2], shape)
    return [(name, name in shape.get("required", ())) for name in shape.get("properties", {})]
