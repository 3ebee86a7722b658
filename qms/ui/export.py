"""CSV and XLSX of exactly the view: its filter, order and columns, all pages, with a cover that says what it is.

Written to a temporary file first: memory stays constant, and the trail can hold the number of rows and the SHA-256
before the first byte leaves (a stream would only know both afterwards).
"""

import codecs
import csv
import datetime
import decimal
import hashlib
import io
import itertools
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

import xlsxwriter
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from qms.lib import quantity

from .columns import Column, Plain
from .show import local

CHUNK = 2000
XLSX_ROWS = 1_000_000  # the sheet's own limit is 1,048,576
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Cover:
    """What the file is: shown with the rows, and kept in the trail."""

    title: str
    conditions: str
    order: str
    by: str
    at: datetime.datetime

    def lines(self, rows: int) -> list[tuple[str, str]]:
        return [
            (_("List"), self.title),
            (_("Filter"), self.conditions or _("none")),
            (_("Sorted by"), self.order),
            (_("Exported by"), self.by),
            (_("Exported at (UTC)"), f"{self.at.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S}"),
            (_("Rows"), str(rows)),
        ]


@dataclass(frozen=True)
class Exported:
    file: IO[bytes]
    rows: int
    sha256: str
    size: int


def harmless(text: str) -> str:
    """Text that a spreadsheet will not run as a formula. Numbers such as -1.5 stay numbers."""
    if not text.lstrip(" ").startswith(DANGEROUS) and not text.startswith(DANGEROUS):
        return text
    try:
        decimal.Decimal(text)
    except decimal.InvalidOperation:
        return f"'{text}"
    return text if text.strip() == text else f"'{text}"


def csv_value(value: Plain) -> str:
    if value is None:
        return ""
    if isinstance(value, decimal.Decimal):
        return quantity.show(value)
    if isinstance(value, datetime.datetime):
        return local(value).isoformat(timespec="seconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return harmless(str(value)) if isinstance(value, str) else str(value)


def rows_of(queryset: QuerySet[Any], columns: list[Column]) -> Iterator[list[Plain]]:
    words: list[dict[Any, Plain]] = [{} for _ in columns]
    for row in queryset.iterator(chunk_size=CHUNK):
        yield [_plain(column, row, known) for column, known in zip(columns, words, strict=True)]


def _plain(column: Column, row: Any, known: dict[Any, Plain]) -> Plain:
    value = column.value(row)
    if not column.is_coded:
        return column.plain(value)
    if value not in known:
        known[value] = column.plain(value)
    return known[value]


def write(kind: str, queryset: QuerySet[Any], columns: list[Column], cover: Cover) -> Exported:
    columns = [column for column in columns if column.exported]
    return write_rows(kind, [str(column.label) for column in columns], rows_of(queryset, columns), cover)


def write_rows(kind: str, heads: list[str], rows: Iterable[list[Plain]], cover: Cover) -> Exported:
    file = tempfile.TemporaryFile(prefix="qms-export-")  # noqa: SIM115  # the response closes it
    writer = write_csv if kind == "csv" else write_xlsx
    number = writer(file, heads, rows, cover)
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return Exported(file, number, digest, size)


def write_csv(file: IO[bytes], heads: list[str], rows: Iterable[list[Plain]], cover: Cover) -> int:
    """UTF-8 with a mark for Excel, every field quoted; the cover follows the rows as lines that begin with #."""
    file.write(codecs.BOM_UTF8)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    out = csv.writer(text, quoting=csv.QUOTE_ALL)
    out.writerow([harmless(head) for head in heads])
    number = 0
    for row in rows:
        out.writerow([csv_value(value) for value in row])
        number += 1
    for label, value in cover.lines(number):
        out.writerow([f"# {label}", harmless(value)])
    text.detach()
    return number


def write_xlsx(file: IO[bytes], heads: list[str], rows: Iterable[list[Plain]], cover: Cover) -> int:
    """Typed cells; text is always written as text, so nothing in it can become a formula or a link."""
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "in_memory": False, "remove_timezone": True})
    bold = book.add_format({"bold": True})
    formats: dict[type, Any] = {
        datetime.datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        datetime.date: book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    sheet = book.add_worksheet(_("Data"))
    sheet.freeze_panes(1, 0)
    for place, head in enumerate(heads):
        sheet.write_string(0, place, head, bold)
        sheet.set_column(place, place, 18)
    number = 0
    for row in itertools.islice(rows, XLSX_ROWS):
        number += 1
        for place, value in enumerate(row):
            _xlsx_cell(sheet, number, place, value, formats)
    about = book.add_worksheet(_("About this export"))
    about.set_column(0, 1, 40)
    for line, (label, value) in enumerate(cover.lines(number)):
        about.write_string(line, 0, label, bold)
        about.write_string(line, 1, value)
    book.close()
    return number


def _xlsx_cell(sheet: Any, line: int, place: int, value: Plain, formats: dict[type, Any]) -> None:
    if value is None:
        return
    if isinstance(value, datetime.datetime):
        sheet.write_datetime(line, place, local(value).replace(tzinfo=None), formats[datetime.datetime])
    elif isinstance(value, datetime.date):
        sheet.write_datetime(line, place, value, formats[datetime.date])
    elif isinstance(value, (int, decimal.Decimal)):
        _xlsx_number(sheet, line, place, value)
    else:
        sheet.write_string(line, place, str(value)[:32_767])


def _xlsx_number(sheet: Any, line: int, place: int, value: int | decimal.Decimal) -> None:
    """A spreadsheet keeps 15 digits: longer ones are written as text rather than silently rounded."""
    text = quantity.show(value) if isinstance(value, decimal.Decimal) else str(value)
    if sum(c.isdigit() for c in text.strip("-0.")) > 15:
        sheet.write_string(line, place, text)
    else:
        sheet.write_number(line, place, float(text))
