"""Pages of the mirror: read-only, each with its age."""

import json
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views import View

from qms.accounts import access
from qms.ui.views import ListView

from .. import ownership, queries, structure, tables
from ..ownership import with_owner
from ..specs import SPECS

VIEW, REFRESH = "masterdata.view", "masterdata.refresh"
NCR_FILTERS = {"items": "part", "lots": "lot"}  # the page links to the list of NCRs, which lives in a higher room


class Home(View):
    permission = VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        access.check(request.user, VIEW)
        return render(request, "masterdata/home.html", {"lists": [*tables.LISTS.values()]})


class List(ListView):
    template_name = "masterdata/list.html"


class Detail(View):
    permission = VIEW

    def get(self, request: HttpRequest, object: str, pk: int) -> HttpResponse:
        access.check(request.user, VIEW)
        if object not in SPECS:
            raise Http404
        spec = SPECS[object]
        rows = spec.model.objects.visible_to(request.user).select_related(*(name for name, _model in spec.parents))
        row = get_object_or_404(rows, pk=pk)
        return render(request, "masterdata/detail.html", self.context(request, object, row))

    def context(self, request: HttpRequest, object: str, row: Any) -> dict[str, Any]:
        columns = tables.columns_of(object)
        return {
            "object": object,
            "row": row,
            "may_refresh": not SPECS[object].owner and access.may(request.user, REFRESH, row if row.site_id else None),
            "title": tables.TITLES[object],
            "list_url": f"masterdata:{object}" if object in tables.LISTS else "",
            "owner": getattr(row, SPECS[object].owner, None) if SPECS[object].owner else None,
            "read_at": queries.read_at(row, object),
            "facts": owned(object, row, columns),
            "groups": [shown(group) for group in queries.named_by(row, request.user)],
            "content": json.dumps(json.loads(row.content), indent=2, ensure_ascii=False),
            "ncr_query": urlencode({NCR_FILTERS[object]: row.number}) if object in NCR_FILTERS else "",
            "versions": queries.versions(row, object),
            **built(object, row),
        }


def owned(object: str, row: Any, columns: Any) -> list[tuple[Any, Any]]:
    """What the row says, each field with its system of record where the matrix names one."""
    owners = ownership.of(row.site_id)
    return [
        (column.label, with_owner(column.html(row), owners.rule(object, column.name)))
        for column in columns
        if column.name != "number"
    ]


def built(object: str, row: Any) -> dict[str, Any]:
    """What a part is made of and how it changed; a bill shows the tree of its part."""
    item = row if object == "items" else row.item if object == "boms" else None
    if item is None:
        return {}
    branches = [
        (branch, tables.url_of(branch.line.item) if branch.line.item else "") for branch in structure.tree(item)
    ]
    revisions = structure.content_revisions(item) if object == "items" else []
    names = tables.TITLES
    return {"branches": branches, "revisions": [(r, [names[name] for name in r.changed]) for r in revisions]}


def shown(group: queries.Group) -> dict[str, Any]:
    columns = [column for column in tables.columns_of(group.object) if column.shown and column not in tables.LAST]
    return {
        "title": tables.TITLES_BY.get((group.object, group.parent)) or tables.TITLES[group.object],
        "heads": columns,
        "rows": [[(column, column.html(row)) for column in columns] for row in group.rows],
        "total": group.total,
        "more": group.total - len(group.rows),
    }


class Lookup(View):
    """Suggestions of a combobox; the value is the number."""

    permission = VIEW
    object = ""

    def get(self, request: HttpRequest) -> JsonResponse:
        access.check(request.user, VIEW)
        rows = queries.suggestions(self.object, request.user, request.GET.get("q", "").strip()[:80])
        return JsonResponse({"results": [self.result(row) for row in rows]})

    def result(self, row: Any) -> dict[str, str]:
        hint = row.item.number if self.object == "lots" and row.item else getattr(row, "name", "")
        return {"value": row.number, "label": row.number, "hint": hint}
