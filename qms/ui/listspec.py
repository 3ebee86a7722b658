"""One declaration of a list drives the page, CSV, XLSX and the API list.

Queries of a page, whatever the size of the table: the rows (two where filled and empty sort values meet) and one
capped count.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from qms.lib.errors import Invalid

from .columns import Column
from .filters import Chip, Filter, FilterForm
from .keyset import Order, Page, page

__all__ = ["Action", "Column", "Count", "ListSpec", "Tab"]

COUNT_CAP = 1000
PAGE_SIZES = (25, 50, 100)
LISTS: dict[str, "ListSpec"] = {}
RESERVED = {"q", "order", "after", "before", "size", "col", "format", "count", "limit", "density", "view"}


@dataclass(frozen=True)
class Tab:
    """A view of the list as a link: its parameters are the whole filter state."""

    label: Any
    params: Mapping[str, Any] = field(default_factory=dict)

    def query(self) -> str:
        data = QueryDict(mutable=True)
        for name, value in self.params.items():
            data.setlist(name, list(value) if isinstance(value, (list, tuple)) else [str(value)])
        return data.urlencode()

    def is_active(self, params: QueryDict) -> bool:
        here = {name: sorted(filter(None, params.getlist(name))) for name in params if name not in RESERVED - {"q"}}
        mine = QueryDict(self.query())
        return {n: v for n, v in here.items() if v} == {name: sorted(mine.getlist(name)) for name in mine}


@dataclass(frozen=True)
class Action:
    """A button above the list."""

    label: Any
    url: str
    permission: str = ""
    icon: str = "plus"


@dataclass(frozen=True)
class Count:
    """`exact` False: there are more than `number`."""

    number: int
    exact: bool


@dataclass(frozen=True, kw_only=True)
class ListSpec:
    name: str
    title: Any
    model: type[Model]
    rows: Callable[[Any], QuerySet[Any]]
    columns: tuple[Column, ...]
    permission: str = ""
    export_permission: str = "list.export"
    filters: tuple[Filter, ...] = ()
    tabs: tuple[Tab, ...] = ()
    search: tuple[str, ...] = ()
    order: str = "-pk"
    actions: tuple[Action, ...] = ()
    empty: Any = ""
    size: int = 50
    help_template: str = ""

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.name}: two columns of one name")
        taken = {declared.name for declared in self.filters} & RESERVED
        if taken:
            raise ValueError(f"{self.name}: filter names {sorted(taken)} are used by the list itself")
        LISTS[self.name] = self

    # --- narrowing -------------------------------------------------------------------------------------------------

    def form(self, params: QueryDict) -> FilterForm:
        return FilterForm(params, self.filters)

    def narrow(self, user: Any, params: QueryDict) -> QuerySet[Any]:
        """What this reader may see, filtered and searched, unordered. Raises Invalid for a filter without meaning."""
        form = self.form(params)
        if not form.is_valid():
            raise Invalid(_("A filter value is not valid."), hint=form.reasons(), code="bad_filter")
        return self.matching(user, form, params.get("q", ""))

    def matching(self, user: Any, form: FilterForm, text: str) -> QuerySet[Any]:
        rows = self.rows(user)
        for declared in self.filters:
            if (condition := declared.condition(form.cleaned_data, user)) is not None:
                rows = rows.filter(condition)
        text = text.replace("\x00", "").strip()
        if text and self.search:
            rows = rows.filter(reduce(or_, (Q(**{f"{path}__icontains": text}) for path in self.search)))
        return rows

    # --- order and pages -------------------------------------------------------------------------------------------

    def ordering(self, params: QueryDict) -> Order:
        """Order asked for, when a column declares it; else the list's own."""
        asked = Order.parse(params.get("order", ""))
        allowed = {column.sort for column in self.columns if column.sort}
        return asked if asked.path in allowed else Order.parse(self.order)

    def page_size(self, params: QueryDict) -> int:
        size = params.get("size", "")
        return int(size) if size.isdigit() and int(size) in PAGE_SIZES else self.size

    def page(self, user: Any, params: QueryDict, size: int | None = None) -> Page:
        """One page for the API or the screen. Raises Invalid for a bad filter or cursor."""
        return self.page_of(self.narrow(user, params), params, size)

    def page_of(self, rows: QuerySet[Any], params: QueryDict, size: int | None = None) -> Page:
        return page(
            rows,
            self.ordering(params),
            size=size or self.page_size(params),
            after=params.get("after", ""),
            before=params.get("before", ""),
        )

    def count(self, rows: QuerySet[Any], *, exact: bool = False) -> Count:
        """At most COUNT_CAP + 1 rows are touched unless the reader asked for the exact number."""
        rows = rows.order_by()
        if exact:
            return Count(rows.count(), True)
        number = rows.values("pk")[: COUNT_CAP + 1].count()
        return Count(min(number, COUNT_CAP), number <= COUNT_CAP)

    # --- columns ---------------------------------------------------------------------------------------------------

    def visible(self, params: QueryDict) -> list[Column]:
        """Columns chosen in the URL, else those shown by default; always in declared order."""
        chosen = set(params.getlist("col"))
        picked = [column for column in self.columns if column.name in chosen]
        return picked or [column for column in self.columns if column.shown]

    def api_fields(self) -> list[str]:
        return [column.name for column in self.columns]

    def serialize(self, row: Any) -> dict[str, Any]:
        return {column.name: column.api(row) for column in self.columns}

    # --- words for people and for the trail ------------------------------------------------------------------------

    def chips(self, form: FilterForm, text: str) -> list[Chip]:
        found = [Chip(_("Search"), text, ("q",))] if text and self.search else []
        return found + form.chips()

    def is_narrowed(self, params: QueryDict) -> bool:
        return any(any(params.getlist(name)) for name in params if name not in RESERVED - {"q"})


def filter_words(chips: list[Chip]) -> str:
    """One line for the export's cover and the trail: 'Status: Open; Search: A-1'."""
    return "; ".join(f"{c.label}: {c.text}" if _filled(c.label) else str(c.text) for c in chips)


def _filled(label: Any) -> bool:
    return bool(str(label)) if isinstance(label, Promise) else bool(label)
