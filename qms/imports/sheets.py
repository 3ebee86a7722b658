"""Templates to fill in, and the sheet that comes back with what is wrong in it."""

import codecs
import csv
import datetime
import io
import tempfile
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from qms.lib.quantity import show

from . import queries, reading
from .columns import KIND_WORDS, Column, ErrorValue, Formula
from .models import ImportBatch
from .registry import KINDS, Kind

EXAMPLE = "# "
WIDTHS = (28, 22, 12, 16, 60, 40)
TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def template(kind: Kind, form: str) -> bytes:
    return _csv(kind) if form == "csv" else _xlsx(kind)


def _head(kind: Kind) -> list[list[str]]:
    """Headings in the reader's language, technical names, and an example that is not read."""
    example = [column.example for column in kind.columns]
    example[0] = f"{EXAMPLE}{example[0]}"
    return [[str(column.label) for column in kind.columns], [column.name for column in kind.columns], example]


def _csv(kind: Kind) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(_head(kind))
    return codecs.BOM_UTF8 + text.getvalue().encode()


def _xlsx(kind: Kind) -> bytes:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold, grey = book.add_format({"bold": True}), book.add_format({"italic": True, "font_color": "#595959"})
    sheet = book.add_worksheet(str(kind.label)[:31])
    for line, (cells, look) in enumerate(zip(_head(kind), (bold, grey, grey), strict=True)):
        for place, cell in enumerate(cells):
            sheet.write_string(line, place, cell, look)
    sheet.freeze_panes(2, 1)
    sheet.set_column(0, len(kind.columns), 20)
    _explain(book.add_worksheet(_("Explanation")), kind, bold, book.add_format({"text_wrap": True, "valign": "top"}))
    book.close()
    return held.getvalue()


def _explain(sheet: Any, kind: Kind, bold: Any, wrapped: Any) -> None:
    heads = (_("Column"), _("Technical name"), _("Required"), _("Kind"), _("Explanation"), _("Allowed values"))
    for place, (head, width) in enumerate(zip(heads, WIDTHS, strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, head, bold)
    for line, column in enumerate(kind.columns, start=1):
        for place, text in enumerate(_explained(column)):
            sheet.write_string(line, place, text, wrapped)
    notes = (
        _("The row of technical names must stay; headings above it may be changed or deleted."),
        _("Rows whose first cell begins with # are not read. The example is such a row."),
        _("Formulas, merged cells and hidden sheets are refused. At most 50,000 rows and 25 MB."),
    )
    for line, text in enumerate(notes, start=len(kind.columns) + 2):
        sheet.write_string(line, 0, text)


def _explained(column: Column) -> tuple[str, ...]:
    required = _("yes") if column.required else _("no")
    return (
        str(column.label),
        column.name,
        required,
        str(KIND_WORDS[column.kind]),
        str(column.explain),
        allowed(column),
    )


def allowed(column: Column) -> str:
    if column.choices:
        return ", ".join(f"{code} ({label})" for code, label in column.choices)
    if column.kind == "text":
        return _("up to %(most)s characters") % {"most": column.most}
    if column.kind == "yes":
        return "yes, no"
    if column.kind == "number":
        return {"above": _("above zero"), "zero": _("zero or more")}.get(column.least, _("any number"))
    return _("as declared when uploading") + (_("; not in the future") if column.past else "")


def with_problems(batch: ImportBatch) -> IO[bytes]:
    """The uploaded rows, each with what is wrong with it beside it: to be corrected and uploaded again."""
    kind, wrong = KINDS[batch.kind], queries.newest_problems(batch)
    names = [column.name for column in kind.columns]
    file = tempfile.TemporaryFile(prefix="qms-import-")  # noqa: SIM115  # the response closes it
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, bold = book.add_worksheet(str(kind.label)[:31]), book.add_format({"bold": True})
    times = {"date": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})}
    heads: list[str] = []
    line = 1
    with default_storage.open(batch.place) as held:
        for raw in reading.rows(held, batch.form, names, kind.required):
            if not heads:
                heads = [name for name in names if name in raw.cells]
                _write_heads(sheet, kind, heads, bold)
            line += 1
            for place, name in enumerate(heads):
                _write(sheet, line, place, raw.cells[name], times["date"])
            text = queries.problem_text(batch, wrong[raw.number]) if raw.number in wrong else ""
            sheet.write_string(line, len(heads), text)
    book.close()
    file.seek(0)
    return file


def _write_heads(sheet: Any, kind: Kind, heads: list[str], bold: Any) -> None:
    for place, name in enumerate(heads):
        column = kind.column(name)
        sheet.write_string(0, place, str(column.label) if column else name, bold)
        sheet.write_string(1, place, name)
    sheet.write_string(0, len(heads), _("Problem"), bold)
    sheet.write_string(1, len(heads), "_problem")


def _write(sheet: Any, line: int, place: int, cell: Any, times: Any) -> None:
    """Cells as they came; a formula comes back as text and is never run."""
    if isinstance(cell, (Formula, ErrorValue)):
        sheet.write_string(line, place, cell.text)
    elif isinstance(cell, bool):
        sheet.write_boolean(line, place, cell)
    elif isinstance(cell, Decimal) and sum(c.isdigit() for c in show(cell)) <= 15:
        sheet.write_number(line, place, float(cell))
    elif isinstance(cell, (datetime.datetime, datetime.date)):
        sheet.write_datetime(line, place, cell, times)
    elif cell not in (None, ""):
        sheet.write_string(line, place, str(cell)[:32_767])
