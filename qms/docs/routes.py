"""Every route of the URLconf with the right that each of its verbs asks; one without a declaration fails the house test."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from qms.accounts.access import SIGNED_IN
from qms.accounts.middleware import PUBLIC
from qms.api.views import Lean
from qms.ui.views import ListView, RecordDetail, TransitionView

OPEN = "public"
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Route:
    """`permissions`: verb → right, SIGNED_IN or OPEN; a verb that is not there is answered 405. `model`: whose number the address holds."""

    name: str
    pattern: str
    kind: str  # page, api
    permissions: dict[str, str] = field(default_factory=dict)
    model: Any = None
    step: str = ""
    export: str = ""
    view: Any = None

    @property
    def is_api(self) -> bool:
        return self.kind == "api"

    @property
    def by_token_only(self) -> bool:
        return isinstance(self.view, type) and issubclass(self.view, Lean)

    @property
    def parameters(self) -> list[str]:
        return PARAMETER.findall(self.pattern)

    def path(self, **values: Any) -> str:
        return "/" + PARAMETER.sub(lambda found: str(values[found[1]]), self.pattern)


def routes() -> list[Route]:
    found = [r for pattern, name, view in _walk(get_resolver().url_patterns) for r in _routes(pattern, name, view)]
    taken = {r.pattern for r in found if not r.step}
    return [r for r in found if not (r.step and r.pattern in taken and r.view is None)]


def _walk(patterns: Any, before: str = "", spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, str, Any]]:
    """Named addresses; the nameless one behind /api/ answers 404 for all others."""
    for each in patterns:
        pattern = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, pattern, (*spaces, each.namespace) if each.namespace else spaces)
        elif isinstance(each, URLPattern) and each.name:
            yield pattern, ":".join([*spaces, each.name]), each.callback


def _routes(pattern: str, name: str, view: Any) -> Iterator[Route]:
    made = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if made and issubclass(made, TransitionView):
        yield from _steps(pattern, name, made, view.view_initkwargs)
        return
    kind = "api" if made and issubclass(made, (APIView, Lean)) else "page"
    given = getattr(view, "view_initkwargs", None) or getattr(view, "initkwargs", {})
    rights = _rights(name, view, made, given)
    spec = given.get("spec")
    model = getattr(made, "model", None) or getattr(getattr(made, "api", None), "model", None)
    step = getattr(getattr(made, "transition", None), "name", "")
    export = spec.export_permission if spec else ""
    yield Route(name, pattern, kind, rights, model if "number" in pattern else None, step, export, made or view)


def _rights(name: str, view: Any, made: Any, given: dict[str, Any]) -> dict[str, str]:
    if name in PUBLIC:
        return dict.fromkeys(_verbs(view, made), OPEN)
    if made and issubclass(made, ListView):
        return {"GET": given["spec"].permission}
    if made and issubclass(made, RecordDetail):
        rights = {"GET": made.model.view_permission}
        return {**rights, "POST": made.comment_permission} if made.comments else rights
    asked = made(**given) if made else view
    by_verb = getattr(asked, "permissions", None) or {}
    one = getattr(asked, "permission", "")
    return {verb: by_verb.get(verb) or one for verb in _verbs(view, made)}


def _verbs(view: Any, made: Any) -> list[str]:
    if made is None:
        return list(getattr(view, "verbs", ("GET",)))
    allowed = {v.upper() for v in made.http_method_names}
    return [v for v in VERBS if v in allowed and hasattr(made, v.lower())]


def _steps(pattern: str, name: str, made: Any, given: dict[str, Any]) -> Iterator[Route]:
    """A step's own page, or one address for all steps without a page of their own."""
    model, one = given.get("model") or made.model, given.get("transition") or made.transition
    for step in model.workflow.transitions:
        if step.by_system or (one and step.name != one) or (not one and step.form):
            continue
        place = pattern if one else re.sub(r"<\w+:name>", step.name, pattern)
        yield Route(name, place, "page", {"GET": step.permission, "POST": step.permission}, model, step.name, "", made)


__all__ = ["OPEN", "SIGNED_IN", "Route", "routes"]
