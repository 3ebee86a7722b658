"""What can be done next with what an operation answers, as links of OpenAPI: a made record, and a record as it stands, lead to its steps.

A hook of the schema's generator. `number` and `If-Match` come from the answer itself.
"""

from typing import Any

# How an address names one object → where an answer holds that name.
NAMES = {"number": "$response.body#/number", "uid": "$response.body#/id"}
SHOWS = ("200", "201", "202")


def add(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    paths = result["paths"]
    for collection in [address for address in paths if "post" in paths[address]]:
        for name, where in NAMES.items():
            lead(paths, collection, name, where)
    return result


def lead(paths: dict[str, Any], collection: str, name: str, where: str) -> None:
    """From making one, and from each operation on one, to every operation on one."""
    one = f"{collection}/{{{name}}}"
    members = {a: m for a, m in paths.items() if a == one or a.startswith(f"{one}/")}
    found = links(members, name, where)
    for operation in (paths[collection]["post"], *(o for methods in members.values() for o in methods.values())):
        attach(operation, found)


def links(members: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    found = {}
    for methods in members.values():
        for operation in methods.values():
            given = {name: where}
            if any(p["name"] == "If-Match" for p in operation.get("parameters", ())):
                given["If-Match"] = "$response.header.ETag"
            found[operation["operationId"]] = {"operationId": operation["operationId"], "parameters": given}
    return found


def attach(operation: dict[str, Any], found: dict[str, Any]) -> None:
    """To the answers that show the object: those whose body is one (a history or a file names no number)."""
    for status in SHOWS:
        answer = operation["responses"].get(status, {})
        if "application/json" in answer.get("content", {}) and not operation["operationId"].endswith(NOT_ONE):
            answer.setdefault("links", {}).update(found)


NOT_ONE = ("_list", "_history", "_deliveries", "_replay", "_ping")
