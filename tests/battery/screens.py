"""The screens and addresses of a record type, found in the URLconf."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import get_resolver, reverse

from qms.docs.routes import Route, _walk, routes
from qms.ui.listspec import ListSpec
from qms.ui.views import ListView, RecordDetail


@dataclass(frozen=True)
class Screens:
    """`viewer`: who sees it at home and may export; `blind`: whose roles do not include it; `far`: only on the other site."""

    model: Any
    list_url: str
    spec: ListSpec
    detail: Any
    api: str
    viewer: str = "engineer"
    blind: str = "admin"
    far: str = "gongcheng"
    reader: str = "operator"  # sees the list and may not export it

    def url(self, record: Any) -> str:
        return str(record.get_absolute_url())


# Who looks at a kind of record that not every role sees.
PEOPLE = {
    "reviews.trailreview": {"reader": "security"},
    "reviews.accessreview": {"reader": "security", "blind": "operator"},
    "reviews.systemreview": {"reader": "security", "blind": "operator"},
    "retention.legalhold": {"reader": "documents"},
    "connectors.mapping": {"reader": "supervisor"},
    "masterdata.matrix": {"reader": "supervisor"},
    "automation.rule": {"reader": "supervisor"},
    "automation.case": {"reader": "supervisor"},
    "connectors.daysheet": {"reader": "supervisor"},
    "connectors.golive": {"reader": "supervisor"},
    "connectors.downtime": {"reader": "supervisor"},
    "retention.disposal": {"reader": "documents"},
}


def screens(model: Any) -> Screens:
    for _pattern, name, view in _walk(get_resolver().url_patterns):
        spec = getattr(view, "view_initkwargs", {}).get("spec")
        if getattr(view, "view_class", None) and issubclass(view.view_class, ListView) and spec.model is model:
            who = PEOPLE.get(model._meta.label_lower, {})
            return Screens(model, reverse(name), spec, _detail(model), api_base(model), **who)
    raise LookupError(f"no list shows {model.__name__}")


def _detail(model: Any) -> Any:
    return next(
        r.view for r in routes() if r.model is model and isinstance(r.view, type) and issubclass(r.view, RecordDetail)
    )


def api_base(model: Any) -> str:
    """/api/v1/ncrs, or "" while the type has no interface."""
    found = [r for r in routes() if r.is_api and r.model is model and not r.step]
    return min((r.pattern.split("<")[0].rstrip("/") for r in found), key=len, default="") and "/" + min(
        (r.pattern.split("<")[0].rstrip("/") for r in found), key=len
    )


def step_routes(model: Any) -> list[Route]:
    return [r for r in routes() if r.is_api and r.model is model and r.step]


def params(text: str = "") -> QueryDict:
    return QueryDict(text)


def text(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode()


def fetch(client: Any, url: str, token: str = "", **headers: str) -> Any:
    more = {"Authorization": f"Bearer {token}"} if token else {}
    return client.get(url, headers={**headers, **more})
