"""Files as people make them, and the way of one through upload, dry run and import."""

import codecs
import csv
import io
from typing import Any

import openpyxl
import pytest

from qms.accounts.models import Site
from qms.imports import actions
from qms.imports.choices import DateFormat, DecimalSign, Encoding, Separator
from qms.imports.models import ImportBatch, ImportOutcome, ImportRow
from tests.factories import person

ITEM = ("external_id", "number", "name", "unit")


def text_file(rows: list[tuple[Any, ...]], *, encoding: str = "utf-8-sig", separator: str = ",") -> io.BytesIO:
    held = io.StringIO(newline="")
    csv.writer(held, delimiter=separator).writerows(rows)
    raw = held.getvalue().encode("utf-8" if encoding == "utf-8-sig" else encoding)
    return io.BytesIO((codecs.BOM_UTF8 if encoding == "utf-8-sig" else b"") + raw)


def sheet_file(rows: list[tuple[Any, ...]], change: Any = None) -> io.BytesIO:
    book, held = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(list(row))
    if change:
        change(book)
    book.save(held)
    held.seek(0)
    return held


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    """Bytes that tests keep do not stay."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }


class Way:
    """`way.upload(kind, rows)`, `way.checked(kind, rows)`, `way.applied(kind, rows)`."""

    def upload(
        self, kind: str, rows: Any, *, by: str = "admin", site: str = "AUG", name: str = "", **given: Any
    ) -> ImportBatch:
        file = rows if isinstance(rows, io.BytesIO) else text_file(rows)
        values = {
            "encoding": Encoding.UTF8_BOM,
            "separator": Separator.COMMA,
            "decimal_sign": DecimalSign.POINT,
            "date_format": DateFormat.ISO,
            "timezone": "Europe/Berlin",
            "source": "old-qms",
            **given,
        }
        where = Site.objects.get(code=site)
        return actions.upload(kind=kind, site=where, name=name or "rows.csv", file=file, by=person(by), **values)

    def checked(self, kind: str, rows: Any, *, by: str = "admin", **given: Any) -> ImportBatch:
        return actions.check(batch=self.upload(kind, rows, by=by, **given), by=person(by))

    def applied(self, kind: str, rows: Any, *, by: str = "admin", **given: Any) -> ImportBatch:
        return actions.apply(batch=self.checked(kind, rows, by=by, **given), by=person(by))


@pytest.fixture
def way(db: None) -> Way:
    return Way()


def verdicts(batch: ImportBatch) -> list[str]:
    return list(
        ImportRow.objects.filter(batch=batch, run=batch.check_run).order_by("number").values_list("verdict", flat=True)
    )


def codes(batch: ImportBatch) -> list[str]:
    rows = ImportRow.objects.filter(batch=batch, run=batch.check_run).order_by("number")
    return [problem["code"] for row in rows for problem in row.problems]


def effects(batch: ImportBatch) -> list[str]:
    return list(ImportOutcome.objects.filter(batch=batch).order_by("row").values_list("effect", flat=True))
