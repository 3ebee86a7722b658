"""What is declared is kept to: encodings, separators, signs, dates; what does not fit is refused with its place."""

import datetime
import io
import zipfile
from decimal import Decimal

import pytest

from qms.imports import reading
from qms.imports.columns import Column, Dialect, Formula, read
from qms.imports.reading import FileRefused, Format

from .conftest import sheet_file, text_file

NAMES = ["external_id", "name"]
HEAD = ("external_id", "name")
GERMAN = Dialect("comma", "dots", "Europe/Berlin")
PLAIN = Dialect("point", "iso", "Europe/Berlin")


def found(file, name="a.csv", **form):
    form = Format(name, **form)
    reading.check(file, form)
    return list(reading.rows(file, form, NAMES, ["external_id"]))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
def test_every_declared_encoding_keeps_its_letters(encoding):
    rows = found(text_file([HEAD, ("1", "轴承座"), ("2", "Gehäuse")], encoding=encoding), encoding=encoding)
    assert [row.cells["name"] for row in rows] == ["轴承座", "Gehäuse"]


def test_western_files_too():
    assert (
        found(text_file([HEAD, ("1", "Gehäuse €")], encoding="cp1252"), encoding="cp1252")[0].cells["name"]
        == "Gehäuse €"
    )


def test_an_undecodable_byte_is_named_with_line_and_place_and_never_replaced():
    raw = io.BytesIO(b"external_id,name\n1,ok\n2,Geh\xe4use\n")
    with pytest.raises(FileRefused) as refused:
        found(raw, encoding="utf-8")
    said = str(refused.value)
    assert "Line 3" in said and "0xE4" in said and "byte 28 " in said and refused.value.field == "encoding"


@pytest.mark.parametrize(("made", "declared"), [("utf-8", "utf-8-sig"), ("utf-8-sig", "utf-8")])
def test_a_byte_order_mark_is_as_declared(made, declared):
    with pytest.raises(FileRefused, match="byte order mark"):
        found(text_file([HEAD, ("1", "a")], encoding=made), encoding=declared)


def test_separators_are_not_guessed():
    file = text_file([HEAD, ("1", "a;b")], separator=";")
    assert found(file, separator="semicolon")[0].cells["name"] == "a;b"
    file.seek(0)
    with pytest.raises(FileRefused, match="technical names"):
        found(file, separator="comma")


def test_headings_in_any_language_stand_above_the_technical_names():
    rows = found(text_file([("原系统标识", "名称"), HEAD, ("# 1", "example"), ("7", "a"), ("", ""), ("8", "b")]))
    assert [(row.number, row.cells["external_id"]) for row in rows] == [(4, "7"), (6, "8")]


@pytest.mark.parametrize(
    ("heads", "said"),
    [
        (("external_id", "nmae"), "nmae"),
        (("external_id", "name", "name"), "twice"),
        (("name",), "external_id"),
        (("Nummer", "Bezeichnung"), "technical names"),
    ],
)
def test_headings_that_do_not_fit_are_refused(heads, said):
    with pytest.raises(FileRefused, match=said):
        found(text_file([heads, ("1", "2", "3")]))


def test_too_many_rows_and_too_large_files(monkeypatch):
    monkeypatch.setattr(reading, "MOST_ROWS", 3)
    with pytest.raises(FileRefused, match="more than 3 rows"):
        found(text_file([HEAD, *((str(n), "a") for n in range(4))]))
    monkeypatch.setattr(reading, "MOST_BYTES", 10)
    with pytest.raises(FileRefused, match="25 MB"):
        found(text_file([HEAD, ("1", "a")]))


def test_a_sheet_is_read_with_its_types():
    when = datetime.datetime(2025, 3, 1, 10, 30)
    rows = found(sheet_file([HEAD, (1001, "a"), ("x", when), ("y", 12.5), ("z", True)]), "a.xlsx")
    assert [row.cells["name"] for row in rows] == ["a", when, Decimal("12.5"), True]
    assert read(Column("n", "", ""), rows[0].cells["external_id"], PLAIN) == ("1001", None)


def test_a_formula_of_a_sheet_is_seen_not_calculated():
    row = found(sheet_file([HEAD, (1, "=1+1")]), "a.xlsx")[0]
    assert isinstance(row.cells["name"], Formula)
    assert read(Column("name", "", ""), row.cells["name"], PLAIN)[1].code == "formula"


@pytest.mark.parametrize("text", ["=1+1", " =cmd|' /C calc'!A0", "＝SUM(A1)"])
def test_a_formula_in_text_is_refused(text):
    assert read(Column("name", "", ""), text, PLAIN)[1].code == "formula"


def hide(book):
    book.create_sheet("secret").sheet_state = "hidden"


def merge(book):
    book.active.merge_cells("A2:B2")


@pytest.mark.parametrize(("change", "said"), [(hide, "secret"), (merge, "A2:B2")])
def test_hidden_sheets_and_merged_cells_are_named(change, said):
    with pytest.raises(FileRefused, match=said):
        found(sheet_file([HEAD, (1, "a")], change), "a.xlsx")


def packed(**parts):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name.replace("__", "/"), content)
    held.seek(0)
    return held


def test_macros_bombs_and_other_things_are_not_opened():
    with pytest.raises(FileRefused, match="macros"):
        found(packed(**{"xl/workbook.xml": "x", "xl/vbaProject.bin": "x"}), "a.xlsx")
    with pytest.raises(FileRefused, match="unpacks"):
        found(packed(**{"xl/workbook.xml": "x", "xl/worksheets/sheet1.xml": b"0" * 30_000_000}), "a.xlsx")
    with pytest.raises(FileRefused, match="no XLSX"):
        found(io.BytesIO(b"\xd0\xcf\x11\xe0 old or protected"), "a.xlsx")
    with pytest.raises(FileRefused, match="neither CSV nor XLSX"):
        found(io.BytesIO(b"x"), "a.xlsm")
    with pytest.raises(FileRefused, match="empty"):
        found(io.BytesIO(b""), "a.csv")


def test_entities_of_a_hostile_sheet_are_not_expanded():
    """A workbook whose strings declare entities within entities."""
    original = sheet_file([HEAD, ("1", "a")])
    held = io.BytesIO()
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    with zipfile.ZipFile(original) as old, zipfile.ZipFile(held, "w") as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "xl/workbook.xml":
                content = bomb + content.replace(b'<?xml version="1.0"?>', b"")
            new.writestr(part.filename, content)
    held.seek(0)
    with pytest.raises(FileRefused, match="cannot be read"):
        found(held, "a.xlsx")


NUMBER = Column("n", "", "", kind="number", least="above")


@pytest.mark.parametrize(
    ("text", "dialect", "value"),
    [
        ("12,5", GERMAN, Decimal("12.5")),
        ("12.5", PLAIN, Decimal("12.5")),
        ("1.250,5", GERMAN, "not_a_number"),
        ("12,5", PLAIN, "not_a_number"),
        ("12 pcs", PLAIN, "not_a_number"),
        ("١٢", PLAIN, "not_a_number"),
        ("1e3", PLAIN, "not_a_number"),
        ("-3", PLAIN, "negative"),
        ("0", PLAIN, "not_above_zero"),
        ("0.1234567", PLAIN, "too_many_places"),
        ("1" * 20, PLAIN, "too_many_places"),
    ],
)
def test_numbers_are_read_as_declared(text, dialect, value):
    read_value, problem = read(NUMBER, text, dialect)
    assert (read_value if problem is None else problem.code) == value


DAY = Column("d", "", "", kind="date", past=True)


@pytest.mark.parametrize(
    ("text", "dialect", "value"),
    [
        ("31.12.2025", GERMAN, datetime.date(2025, 12, 31)),
        ("2025-12-31", PLAIN, datetime.date(2025, 12, 31)),
        ("12/31/2025", PLAIN, "not_a_date"),
        ("2025-02-30", PLAIN, "not_a_date"),
        ("2999-01-01", PLAIN, "in_future"),
        ("2025年12月31日", Dialect("point", "chinese", "UTC"), datetime.date(2025, 12, 31)),
    ],
)
def test_dates_are_read_as_declared(text, dialect, value):
    read_value, problem = read(DAY, text, dialect)
    assert (read_value if problem is None else problem.code) == value


MOMENT = Column("m", "", "", kind="moment")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2025-07-01 10:00", "2025-07-01T08:00:00+00:00"),
        ("2025-01-01 10:00:30", "2025-01-01T09:00:30+00:00"),
        ("2025-07-01", "2025-06-30T22:00:00+00:00"),
        ("2025-07-01T10:00:00+08:00", "2025-07-01T02:00:00+00:00"),
        ("2025-03-30 02:30", "ambiguous_time"),
        ("2025-10-26 02:30", "ambiguous_time"),
    ],
)
def test_times_stand_in_the_declared_zone_or_say_their_own(text, value):
    read_value, problem = read(MOMENT, text, PLAIN)
    assert (read_value.isoformat() if problem is None else problem.code) == value


def test_texts_are_whole_and_printable():
    short = Column("t", "", "", most=4)
    assert read(short, "12345", PLAIN)[1].code == "too_long"
    assert read(short, "a\x07b", PLAIN)[1].params["sign"] == "U+0007"
    assert read(Column("t", "", "", required=True), "  ", PLAIN)[1].code == "missing"
    assert read(Column("t", "", "", kind="yes"), "是", PLAIN) == (True, None)
    assert read(Column("t", "", "", kind="yes"), "maybe", PLAIN)[1].code == "not_yes_or_no"
