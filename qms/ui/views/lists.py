"""The list page of a ListSpec, its fragment and its exports."""

from dataclasses import dataclass
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views import View

from qms import journal
from qms.accounts import access
from qms.lib import clock
from qms.lib.errors import Invalid
from qms.records.models import Record

from .. import export, saved, show
from ..bulk import BulkAct
from ..columns import Column
from ..events import LIST_EXPORTED, ListExported
from ..filters import Chip, FilterForm
from ..htmx import is_fragment
from ..keyset import Order, Page
from ..listspec import PAGE_SIZES, Action, Count, ListSpec, filter_words
from .saved import tabs


@dataclass(frozen=True)
class Head:
    """A column's head: its sort link and what a screen reader hears."""

    column: Column
    url: str = ""
    aria: str = ""
    icon: str = ""


def changed(params: QueryDict, drop: tuple[str, ...] = (), **new: Any) -> str:
    """Query string with parameters replaced; page marks never survive a change."""
    data = params.copy()
    for name in ("after", "before", "count", "format", *drop):
        data.pop(name, None)
    for name, value in new.items():
        data.setlist(name, value) if isinstance(value, list) else data.__setitem__(name, value)
    return f"?{filled(data)}"


def filled(data: QueryDict) -> str:
    for name in [name for name in data if not any(data.getlist(name))]:
        del data[name]
    return data.urlencode()


def tidy(params: QueryDict, spec: ListSpec) -> str:
    """The query string without what a form sends for nothing: empty fields and the columns shown anyway."""
    data = params.copy()
    if data.getlist("col") == [column.name for column in spec.columns if column.shown]:
        del data["col"]
    return f"?{query}" if (query := filled(data)) else ""


class ListView(View):
    spec: ListSpec = None  # type: ignore[assignment]  # given to as_view()
    template_name = "generic/list.html"
    results_template = "generic/_results.html"
    bulk_url = ""  # URL name of the list's BulkView
    bulk_acts: tuple[BulkAct, ...] = ()
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        spec, params = self.spec, request.GET
        if spec.permission:
            access.check(request.user, spec.permission)
        if params.get("format") in export.TYPES:
            return exported(request, spec)
        kept = saved.of_list(spec, request.user)
        if not params and kept.first:
            return HttpResponseRedirect(f"{request.path}?{kept.first.query or 'view=all'}")
        form = spec.form(params)
        valid = form.is_valid()
        rows, found, problem = self._found(form, valid)
        context = {
            "view": self,
            "spec": spec,
            "form": form,
            "problem": problem,
            "tabs": tabs(spec, request.user, params, kept) if not is_fragment(request) else [],
            "kept": kept,
            "may_share": access.may(request.user, saved.SHARE),
            "actions": [] if is_fragment(request) else open_actions(request.user, spec.actions),
            **self._results(found, form if valid else None),
            "bulk_acts": [act for act in self.bulk_acts if access.may(request.user, act.permission)],
            "bulk_url": reverse(self.bulk_url) if self.bulk_url else "",
            "query": tidy(params, spec),
            "may_bundle": issubclass(spec.model, Record) and access.may(request.user, "record.export"),
            "count": spec.count(rows, exact=params.get("count") == "exact") if rows is not None else Count(0, True),
        }
        template = self.results_template if is_fragment(request) else self.template_name
        response = render(request, template, context, status=422 if problem else 200)
        if is_fragment(request):
            response.headers["HX-Push-Url"] = request.path + tidy(params, spec)
        return response

    def _found(self, form: FilterForm, valid: bool) -> tuple[Any, Page, Invalid | None]:
        if not valid:
            return None, Page([]), Invalid(_("A filter value is not valid."), hint=form.reasons())
        rows = self.spec.matching(self.request.user, form, self.request.GET.get("q", ""))
        try:
            return rows, self.spec.page_of(rows, self.request.GET), None
        except Invalid as problem:
            return rows, Page([]), problem

    def _results(self, found: Page, form: FilterForm | None) -> dict[str, Any]:
        spec, params = self.spec, self.request.GET
        columns = spec.visible(params)
        chips = spec.chips(form, params.get("q", "")) if form else []
        return {
            "heads": heads(columns, spec.ordering(params), params),
            "rows": [(row, [(column, column.html(row)) for column in columns]) for row in found.rows],
            "chips": [(chip, without(params, chip)) for chip in chips],
            "narrowed": spec.is_narrowed(params),
            "clear_url": changed(params, drop=tuple(n for n in params if n not in ("col", "order", "size"))),
            "next_url": changed(params, after=found.next, before="") if found.next else "",
            "previous_url": changed(params, before=found.previous, after="") if found.previous else "",
            "first_url": changed(params) if params.get("after") or params.get("before") else "",
            "exact_url": changed(params, count="exact"),
            "exports": [(kind.upper(), changed(params, format=kind)) for kind in export.TYPES],
            "order": params.get("order", ""),
            "sizes": [(size, changed(params, size=str(size)), size == spec.page_size(params)) for size in PAGE_SIZES],
            "columns": [(column, column in columns) for column in spec.columns],
        }


def heads(columns: list[Column], order: Order, params: QueryDict) -> list[Head]:
    return [_head(column, order, params) for column in columns]


def _head(column: Column, order: Order, params: QueryDict) -> Head:
    if not column.sort:
        return Head(column)
    if column.sort != order.path:
        return Head(column, changed(params, order=column.sort), "none", "chevrons-up-down")
    if order.descending:
        return Head(column, changed(params, order=column.sort), "descending", "chevron-down")
    return Head(column, changed(params, order=f"-{column.sort}"), "ascending", "chevron-up")


def without(params: QueryDict, chip: Chip) -> str:
    if chip.value is None:
        return changed(params, drop=chip.names)
    (name,) = chip.names
    left = params.copy()
    left.setlist(name, [value for value in params.getlist(name) if value != chip.value])
    return changed(left)


def open_actions(user: Any, actions: tuple[Action, ...]) -> list[tuple[Action, str]]:
    found = []
    for action in actions:
        try:
            url = reverse(action.url)
        except NoReverseMatch:
            continue
        if not action.permission or access.may(user, action.permission):
            found.append((action, url))
    return found


def exported(request: Any, spec: ListSpec) -> FileResponse:
    """The whole view as a file. The act stands in the trail before the first byte leaves."""
    user, params, kind = request.user, request.GET, request.GET["format"]
    if spec.export_permission:
        access.check(user, spec.export_permission)
    rows = spec.narrow(user, params).order_by(*(order := spec.ordering(params)).whole())
    if kind == "xlsx" and spec.count(rows, exact=True).number > export.XLSX_ROWS:
        raise Invalid(
            _("An XLSX sheet cannot hold that many rows."), hint=_("Export as CSV, or narrow the list first.")
        )
    form, columns, at = spec.form(params), spec.visible(params), clock.now()
    form.is_valid()
    words = filter_words(spec.chips(form, params.get("q", "")))
    cover = export.Cover(str(spec.title), words, order_words(spec, order), show.person(user), at)
    made = export.write(kind, rows, columns, cover)
    names = ",".join(column.name for column in columns if column.exported)
    with journal.act(LIST_EXPORTED, by=user, source="ui") as act:
        act.record(f"list:{spec.name}", ListExported(spec.name, kind, words, names, made.rows, made.sha256))
    name = f"{spec.name}-{at:%Y%m%d-%H%M%S}Z.{kind}"
    response = FileResponse(made.file, as_attachment=True, filename=name, content_type=export.TYPES[kind])
    response.headers["Cache-Control"] = "no-store"
    return response


def order_words(spec: ListSpec, order: Order) -> str:
    label = next((str(column.label) for column in spec.columns if column.sort == order.path), order.path)
    way = _("descending") if order.descending else _("ascending")
    return f"{label}, {way}"
