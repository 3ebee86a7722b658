"""What every operation may answer besides its own: the refusals of the frame (who, how, too much, not now), all as problem+json.

A hook of the schema's generator, so that no view has to repeat them and none can forget one.
"""

from typing import Any

from .problems import MEDIA_TYPE, title

PROBLEM = {"$ref": "#/components/schemas/Problem"}
ALWAYS = (400, 401, 403, 406, 503)
READ = (*ALWAYS, 404, 422)
WRITTEN = (*ALWAYS, 404, 409, 411, 413, 415, 422, 429)
VERBS = ("get", "post", "put", "patch", "delete")


def add(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    for methods in result["paths"].values():
        for verb in VERBS:
            if verb in methods:
                methods[verb]["responses"] = answers(verb, methods[verb]["responses"])
    return result


def answers(verb: str, own: dict[str, Any]) -> dict[str, Any]:
    found = dict(own)
    for status in READ if verb == "get" else WRITTEN:
        found.setdefault(str(status), {})
    for known in found:
        if int(known) >= 400:
            found[known] = {"description": str(title(int(known))), "content": {MEDIA_TYPE: {"schema": PROBLEM}}}
    return dict(sorted(found.items()))
