import csv
import io
import zipfile
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qms.lib import clock
from qms.lib.errors import Invalid
from qms.ui import export
from qms.ui.columns import Column
from qms.ui.listspec import Count, filter_words

from .listing import Row, fill, params, spec

PROVES = ("G16",)

pytestmark = pytest.mark.django_db


def found(text: str, **changes) -> set[str]:
    return {r.number for r in spec(**changes).narrow(None, params(text))}


def test_filters_narrow_and_are_joined_by_and():
    fill(60)
    rows = list(Row.objects.all())
    assert found("state=OPEN&quantity_from=2") == {r.number for r in rows if r.state == "OPEN" and r.quantity >= 2}
    assert found("state=OPEN&state=CLOSED") == {r.number for r in rows}
    assert found("graded=1&due_to=2026-04-01") == {
        r.number for r in rows if r.grade is not None and r.due and f"{r.due}" <= "2026-04-01"
    }
    assert found("q=bur") == {r.number for r in rows if r.title == "Burr"}


def test_days_are_whole_days_of_the_readers_zone(settings):
    fill(30)
    settings.TIME_ZONE = "Asia/Shanghai"
    day = {r.number for r in Row.objects.all() if "2026-03-01T16:00" <= r.at.isoformat() < "2026-03-02T16:00"}
    assert found("at_from=2026-03-02&at_to=2026-03-02") == day


@pytest.mark.parametrize("text", ["quantity_from=abc", "state=NONSENSE", "at_from=2026-13-40"])
def test_a_filter_value_without_meaning_is_refused_not_ignored(text):
    fill(2)
    with pytest.raises(Invalid):
        found(text)


def test_search_takes_any_text():
    fill(3)
    for text in ("%", "_", "\\", "'", "q=%00x", "热处理", "a" * 500):
        assert found(f"q={text}" if not text.startswith("q=") else text) <= {"N-00000", "N-00001", "N-00002"}
    assert found("q=%25") == set()


def test_the_order_must_be_declared():
    declared = spec()
    assert str(declared.ordering(params("order=-due"))) == "-due"
    for text in ("order=title", "order=state__secret", "order=?", "order=password"):
        assert str(declared.ordering(params(text))) == "-at"


def test_count_is_capped_and_exact_on_demand():
    fill(1000)
    assert spec().count(Row.objects.all()) == Count(1000, True)
    fill_one = Row.objects.first()
    fill_one.pk = None
    fill_one.save(force_insert=True)
    assert spec().count(Row.objects.all()) == Count(1000, False)
    assert spec().count(Row.objects.all(), exact=True) == Count(1001, True)


@pytest.mark.parametrize("text", ["", "order=due", "q=burr&state=OPEN", "order=-grade&size=100"])
def test_a_page_takes_the_same_few_queries_whatever_the_size(text):
    fill(600)
    declared = spec()
    with CaptureQueriesContext(
        connection,
    ) as few:
        rows = declared.narrow(None, params(text))
        page = declared.page_of(rows, params(text))
        declared.count(rows)
        [column.html(row) for row in page.rows for column in declared.columns]
    assert len(few) <= 3


def test_columns_chosen_keep_the_declared_order():
    assert [c.name for c in spec().visible(params("col=grade&col=number"))] == ["number", "grade"]
    assert "grade" not in [c.name for c in spec().visible(params(""))]
    assert spec().visible(params("col=nothing")) == spec().visible(params(""))


def test_one_declaration_serves_the_api():
    fill(1, quantity=Decimal("12.500000"), due=None)
    declared = spec()
    row = declared.serialize(Row.objects.get())
    assert list(row) == declared.api_fields()
    assert row["quantity"] == "12.5" and row["due"] is None and row["at"].endswith("Z")


def test_chips_name_the_filter_in_words():
    form = spec().form(params("state=OPEN&state=CLOSED&quantity_from=2&graded=1"))
    assert form.is_valid()
    chips = spec().chips(form, "burr")
    assert filter_words(chips) == "Search: burr; Status: Open; Status: Closed; Quantity: ≥ 2; Graded"


def test_tabs_are_active_on_exactly_their_filter():
    all_rows, open_rows = spec().tabs
    assert all_rows.is_active(params("")) and all_rows.is_active(params("order=due&q=&size=100"))
    assert open_rows.is_active(params("state=OPEN")) and not open_rows.is_active(params("state=OPEN&graded=1"))


def test_a_filter_may_not_take_a_name_of_the_list():
    from qms.ui.filters import Text

    with pytest.raises(ValueError, match="used by the list"):
        spec(filters=(Text("order", "Order"),))


# --- files ---

FORMULAS = [
    *("=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠A"),
    *('=HYPERLINK("http://x")', " =1+1", "  @x", "-2+3+cmd|' /C'!A0", "=", "-", "+", "--1", "+-1", "-1 "),
]
HARMLESS = ["-1.5", "+3", "-0.000001", "12", "a=b", "A-1", "NCR-26-000001", "", "热", "1e5", "-1e5", "'=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_formula_survives_in_text(text):
    safe = export.harmless(text)
    assert safe.startswith("'") and safe[1:] == text


@pytest.mark.parametrize("text", HARMLESS)
def test_numbers_and_ordinary_text_stay_as_they_are(text):
    assert export.harmless(text) == text


def written(kind: str, text: str = "", **changes) -> tuple[export.Exported, bytes]:
    declared = spec(**changes)
    rows = declared.narrow(None, params(text)).order_by(*declared.ordering(params(text)).whole())
    cover = export.Cover("Rows", "Status: Open", "Due", "Ada", clock.now())
    made = export.write(kind, rows, declared.visible(params(text)), cover)
    return made, made.file.read()


def lines(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


def test_csv_is_the_view_filter_order_columns_all_pages():
    fill(320)
    text = "state=OPEN&order=due&col=number&col=due"
    made, body = written("csv", text)
    table = lines(body)
    rows = [r for r in table[1:] if not r[0].startswith("#")]
    expected = list(Row.objects.filter(state="OPEN"))
    expected.sort(key=lambda r: (r.due is None, str(r.due), r.pk))
    assert table[0] == ["Number", "Due"]
    assert rows == [[r.number, str(r.due or "")] for r in expected]
    assert made.rows == len(expected) > spec().size
    notes = {r[0]: r[1] for r in table if r[0].startswith("#")}
    assert notes["# Filter"] == "Status: Open" and notes["# Rows"] == str(made.rows) and notes["# Exported by"] == "Ada"


def test_every_text_column_is_escaped_in_csv_and_is_text_in_xlsx():
    fill(1, title="=1+1", number="@SUM(A1)", unit="-1+1")
    columns = (*spec().columns, Column("free", "=Head", source=lambda row: f"+{row.unit}"))
    _, body = written("csv", "", columns=columns)
    table = lines(body)
    assert table[0][-1] == "'=Head"
    assert not [c for row in table for c in row if c[:1] in "=@+" and c]
    _, body = written("xlsx", "", columns=columns)
    sheet = zipfile.ZipFile(io.BytesIO(body)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and "=1+1" in sheet and "hyperlink" not in sheet.lower()


def test_xlsx_has_typed_cells_and_a_cover():
    fill(2, quantity=Decimal("-1.500000"))
    made, body = written("xlsx")
    book = zipfile.ZipFile(io.BytesIO(body))
    assert "<v>-1.5</v>" in book.read("xl/worksheets/sheet1.xml").decode()
    assert "Status: Open" in book.read("xl/worksheets/sheet2.xml").decode()
    assert made.rows == 2 and len(made.sha256) == 64


def test_numbers_longer_than_a_spreadsheet_can_hold_stay_exact():
    fill(1, quantity=Decimal("12345678901234.123456"))
    _, body = written("xlsx")
    assert "12345678901234.123456" in zipfile.ZipFile(io.BytesIO(body)).read("xl/worksheets/sheet1.xml").decode()


def test_a_filter_that_is_wrong_is_never_exported_unfiltered():
    fill(2)
    with pytest.raises((Invalid, ValidationError)):
        written("csv", "state=NONSENSE")
