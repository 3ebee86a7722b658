import pytest
from django.db import connection

from qms.lib.errors import Invalid
from qms.ui.keyset import Cursor, Order, page

from .listing import Row, fill

pytestmark = pytest.mark.django_db
ORDERS = ["at", "-at", "due", "-due", "grade", "-grade", "quantity", "-title", "pk", "-pk"]


def expected(order: Order) -> list[int]:
    """Filled values in order, then the empty ones; the key breaks ties in the same direction."""
    path = "pk" if order.is_key else order.path
    rows = list(Row.objects.all())
    filled = [r for r in rows if getattr(r, path) is not None]
    empty = [r for r in rows if getattr(r, path) is None]
    filled.sort(key=lambda r: (getattr(r, path), r.pk), reverse=order.descending)
    empty.sort(key=lambda r: r.pk, reverse=order.descending)
    return [r.pk for r in filled + empty]


def forwards(order: Order, size: int) -> tuple[list[list[int]], list[str]]:
    pages, marks, after = [], [], ""
    while True:
        found = page(Row.objects.all(), order, size=size, after=after)
        pages.append([r.pk for r in found.rows])
        marks.append(found.previous)
        if not found.next:
            return pages, marks
        after = found.next


@pytest.mark.parametrize("text", ORDERS)
@pytest.mark.parametrize("size", [1, 7, 50])
def test_pages_forwards_hold_every_row_once_in_order(text, size):
    fill(53)
    order = Order.parse(text)
    pages, _ = forwards(order, size)
    assert [pk for rows in pages for pk in rows] == expected(order)
    assert all(len(rows) == size for rows in pages[:-1])


@pytest.mark.parametrize("text", ORDERS)
def test_pages_backwards_are_the_same_pages(text):
    fill(53)
    order = Order.parse(text)
    pages, marks = forwards(order, 7)
    assert marks[0] == ""
    before, seen = marks[-1], [pages[-1]]
    while before:
        found = page(Row.objects.all(), order, size=7, before=before)
        assert found.next
        seen.append([r.pk for r in found.rows])
        before = found.previous
    assert seen[::-1] == pages


def test_a_new_row_before_the_mark_neither_repeats_nor_hides_a_row():
    fill(20)
    first = page(Row.objects.all(), Order("at", True), size=5)
    newest = first.rows[0]
    newest.pk = None
    newest.save(force_insert=True)
    second = page(Row.objects.all(), Order("at", True), size=5, after=first.next)
    assert not {r.pk for r in first.rows[1:]} & {r.pk for r in second.rows}


def test_all_values_empty_and_no_rows():
    fill(9, due=None)
    pages, _ = forwards(Order("due", True), 4)
    assert [len(rows) for rows in pages] == [4, 4, 1]
    Row.objects.all().delete()
    assert page(Row.objects.all(), Order("due"), size=4).rows == []


@pytest.mark.parametrize("text", ["", "x", "!!!!", "W10", Cursor(None, 3).encode(Order("grade"))])
def test_a_mark_of_another_order_or_no_mark_at_all_is_refused(text):
    fill(3)
    if not text:
        assert len(page(Row.objects.all(), Order("due"), size=9, after=text).rows) == 3
        return
    with pytest.raises(Invalid):
        page(Row.objects.all(), Order("due"), size=9, after=text)


@pytest.mark.parametrize("descending", [False, True])
def test_a_deep_page_walks_the_index_from_the_mark(descending):
    """The leading `at <= x` must reach the index condition; as a filter it would read every row before the mark."""
    fill(4000)
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX ON listed_row (at, id); ANALYZE listed_row")
    middle = Row.objects.order_by("at", "pk")[2000]
    order = Order("at", descending)
    queries = []
    with connection.execute_wrapper(
        lambda run, sql, args, many, ctx: (queries.append((sql, args)), run(sql, args, many, ctx))[1]
    ):
        page(Row.objects.all(), order, size=25, after=Cursor(middle.at, middle.pk).encode(order))
    assert len(queries) == 1
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {queries[0][0]}", queries[0][1])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Cond: (at " in plan and "Sort" not in plan, plan
