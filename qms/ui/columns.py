"""Columns of a list: one declaration gives the cell on the page, in CSV/XLSX and in the API."""

import datetime
import decimal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from qms.lib import canonical, quantity

from . import show

Cell = str | SafeString
Plain = str | int | decimal.Decimal | datetime.datetime | datetime.date | bool | None


@dataclass(frozen=True)
class Column:
    """`source`: dotted path or callable(row); `sort`: ORM path, "" = not sortable; `shown` False: only when chosen."""

    name: str
    label: Any
    kind: str = "text"
    source: str | Callable[[Any], Any] = ""
    sort: str = ""
    shown: bool = True
    unit: str = "unit"  # of kind quantity: dotted path of the unit
    states: Iterable[Any] = ()  # of kind state: workflow states
    choices: Iterable[tuple[str, Any]] = ()  # of kind text: code -> label
    link: Callable[[Any], str] | None = None
    align: str = ""
    exported: bool = True
    code: str = ""  # dotted path of what the API gives instead of words
    wide: bool = False  # sentences: gets room before the other columns do

    def value(self, row: Any) -> Any:
        return self.source(row) if callable(self.source) else walk(row, self.source or self.name)

    @property
    def css(self) -> str:
        words = ["q-nowrap"] if self.kind in NOWRAP else []
        if self.align == "end" or (not self.align and self.kind in ("number", "quantity", "age")):
            words.append("text-end")
        if self.wide:
            words.append("q-wide")
        return " ".join(words)

    def html(self, row: Any) -> Cell:
        value = self.value(row)
        if value in (None, ""):
            return format_html('<span class="q-none" title="{}">–</span>', _("empty"))
        cell = CELLS[self.kind](self, row, value)
        if self.link and self.kind != "record":
            return format_html('<a href="{}">{}</a>', self.link(row), cell)
        return cell

    @property
    def is_coded(self) -> bool:
        """Few different values, each with a word: a file keeps the word instead of translating it for every row."""
        return self.kind == "state" or bool(self.choices)

    def plain(self, value: Any) -> Plain:
        """For CSV and XLSX: typed numbers and times, words in the reader's language."""
        if value is None or isinstance(value, (bool, int, decimal.Decimal, datetime.datetime, datetime.date)):
            return (_("yes") if value else _("no")) if isinstance(value, bool) else value
        if self.kind == "state":
            return str(show.state_of(value, self.states).label)
        return str(dict(self.choices).get(value, value)) if self.choices else str(value)

    def api(self, row: Any) -> Any:
        """JSON value: codes stay codes, decimals are text, times ISO with Z."""
        value = walk(row, self.code) if self.code else self.value(row)
        if value is None or isinstance(value, (bool, int)):
            return value
        if isinstance(value, decimal.Decimal):
            return quantity.show(value)
        if isinstance(value, datetime.datetime):
            return canonical.instant(value)
        if isinstance(value, datetime.date):
            return value.isoformat()
        return str(value)


def walk(row: Any, path: str) -> Any:
    """Dotted path over attributes; an empty link gives None."""
    for part in path.split("."):
        row = getattr(row, part, None)
        if row is None:
            return None
    return row() if callable(row) else row


def _record(column: Column, row: Any, value: Any) -> Cell:
    url = column.link(row) if column.link else row.get_absolute_url()
    return format_html('<a class="q-number" href="{}">{}</a>', url, value)


def _text(column: Column, row: Any, value: Any) -> Cell:
    label = dict(column.choices).get(value, value) if column.choices else value
    return format_html("{}", label)


def _quantity(column: Column, row: Any, value: Any) -> Cell:
    return show.quantity(value, walk(row, column.unit))


def _age(column: Column, row: Any, value: Any) -> Cell:
    """Days since; the exact time on hover."""
    then = (
        value
        if isinstance(value, datetime.datetime)
        else datetime.datetime.combine(value, datetime.time(tzinfo=datetime.UTC))
    )
    days = (timezone.now() - then).days
    return format_html('<span title="{}">{}</span>', show.moment_title(then), _("%(days)s d") % {"days": days})


def _yes(column: Column, row: Any, value: Any) -> Cell:
    return format_html("{}", _("yes") if value else _("no"))


CELLS: dict[str, Callable[[Column, Any, Any], Cell]] = {
    "record": _record,
    "text": _text,
    "link": _text,
    "user": lambda column, row, value: format_html("{}", show.person(value)),
    "state": lambda column, row, value: show.chip(show.state_of(value, column.states)),
    "moment": lambda column, row, value: show.moment(value),
    "date": lambda column, row, value: format_html("{}", show.day(value)),
    "number": lambda column, row, value: format_html("{}", show.number(value)),
    "quantity": _quantity,
    "yes": _yes,
    "age": _age,
}
NOWRAP = {"record", "moment", "date", "number", "quantity", "age", "state"}
