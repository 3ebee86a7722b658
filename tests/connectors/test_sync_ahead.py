"""The next page is asked for while one is written: what happens to either when the other fails."""

import gc
import sys
import threading
import weakref

import pytest
from django.db import OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext

from connectors import sync
from connectors.base import Page, Permanent, Temporary
from connectors.models import SyncCursor, SyncRun
from connectors.sync import run as reading
from connectors.sync import store
from qms.masterdata.models import Item
from tests.fakes import erp as fake

pytestmark = pytest.mark.django_db


@pytest.fixture
def stocked(erp_fake):
    erp_fake.put("units", fake.unit())
    erp_fake.put("items", *(fake.item(str(n)) for n in range(1, 8)))  # pages of two
    return erp_fake


@pytest.fixture(autouse=True)
def _as_before():
    """A reading leaves nothing behind in the process, however it ends."""
    before = gc.isenabled(), sys.getswitchinterval()
    yield
    assert (gc.isenabled(), sys.getswitchinterval()) == before
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("read-ahead")]


def held() -> list[str]:
    return sorted(Item.objects.filter(source="erp").values_list("external_id", flat=True))


def stands(object: str = "items") -> str | None:
    return next((row.cursor["at"] for row in SyncCursor.objects.filter(object=object)), None)


class Circle:
    def __init__(self):
        self.me = self


def test_circles_that_pages_leave_behind_do_not_add_up(interface, stocked, monkeypatch):
    monkeypatch.setattr(reading, "TIDY", 2)
    left, alive, pull = [], [], stocked.pull

    def pulled(object_name, cursor, settings):
        alive.append(sum(ref() is not None for ref in left))
        left.append(weakref.ref(Circle()))
        return (yield from pull(object_name, cursor, settings))

    stocked.pull = pulled
    stocked.put("items", *(fake.item(str(n)) for n in range(8, 41)))
    gc.collect()
    sync.sync(interface=interface)
    assert len(left) > 20 and max(alive) <= 4


def failing(erp, object: str, page: int, problem: Exception) -> None:
    """The ERP answers `page` pages of the object and then no more."""
    answered = iter([None] * page)
    pull = erp.pull

    def pulled(object_name, cursor, settings):
        if object_name == object and next(answered, problem) is problem:
            raise problem
        return (yield from pull(object_name, cursor, settings))

    erp.pull = pulled


@pytest.mark.parametrize("pages", [1, 2, 3])
def test_the_erp_dies_while_a_page_is_written(interface, stocked, pages):
    failing(stocked, "items", pages, Temporary("unreachable", "http://erp did not answer."))
    found = sync.sync(interface=interface)
    assert found.run.problem == "http://erp did not answer."
    assert held() == [str(n) for n in range(1, 2 * pages + 1)] and stands() == str(2 * pages)
    del stocked.pull
    assert not sync.sync(interface=interface).run.problem
    assert held() == [str(n) for n in range(1, 8)] and stands() == "7"


def test_an_object_that_is_refused_halfway_keeps_what_was_written(interface, stocked):
    stocked.put("suppliers", fake.supplier("1"))
    failing(stocked, "items", 2, Permanent("not_allowed", "The ERP does not let this account do that."))
    found = sync.sync(interface=interface)
    assert found.run.problem.startswith("items: ") and found.run.created == 6, "a unit, four parts, a supplier"
    assert held() == ["1", "2", "3", "4"] and stands() == "4" and stands("suppliers") == "1"


class Lost(Exception):
    """Stands for whatever ends a process in the middle of a page."""


@pytest.mark.parametrize("ending", [OperationalError("server closed the connection"), Lost(), SystemExit(0)])
def test_a_page_that_cannot_be_written_is_asked_for_again(interface, stocked, monkeypatch, ending):
    """The cursor never stands behind rows that are not there, though the page behind them was ready."""
    written = reading.store.count
    pages = []

    def counted(run, tally):
        pages.append(tally.created)
        if len(pages) == 3:  # the unit, two parts, and now two more are written but not committed
            raise ending
        written(run, tally)

    with monkeypatch.context() as patch, pytest.raises(type(ending)):
        patch.setattr(reading.store, "count", counted)
        sync.sync(interface=interface)
    assert held() == ["1", "2"] and stands() == "2"
    assert SyncRun.objects.get().finished_at is None
    sync.sync(interface=interface)
    assert held() == [str(n) for n in range(1, 8)] and stands() == "7"
    assert SyncRun.objects.earliest("pk").problem.startswith("Interrupted"), "the next run says so"


def test_the_page_ahead_is_asked_for_beside_the_writing_and_without_a_connection(interface, stocked):
    asked, opened = [], []
    pull = stocked.pull

    def pulled(object_name, cursor, settings):
        asked.append((object_name, threading.current_thread().name.split("_")[0]))
        found = yield from pull(object_name, cursor, settings)
        opened.extend(connections.all(initialized_only=True) if asked[-1][1] == "read-ahead" else ())
        return found

    stocked.pull = pulled
    sync.sync(interface=interface)
    items = [where for name, where in asked if name == "items"]
    assert items == ["MainThread", "read-ahead", "read-ahead", "read-ahead"] and not opened


def test_nobody_waits_for_the_disk_where_the_cursor_goes_with_the_page(interface, stocked):
    with CaptureQueriesContext(connection) as asked:
        found = sync.sync(interface=interface)
    assert hurried(asked) == 9, "four pages of parts, one of each other object"
    pushed = store.Target(found.run, "items", "erp", None, first=False)
    with CaptureQueriesContext(connection) as asked:
        assert store.store(pushed, Page((fake.item("99"),), "", False)).created == 1
    assert hurried(asked) == 0, "a sender that was answered sends no more"


def hurried(asked: CaptureQueriesContext) -> int:
    return sum("synchronous_commit" in query["sql"] for query in asked.captured_queries)
