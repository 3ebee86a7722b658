"""A reading whose process is ended while a page is written and the next one is awaited: nothing half, nothing left open."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from bench.place import ROOT, Scratch
from qms.embedded.place import free_port
from tests.databases import template

pytestmark = pytest.mark.plant

READ = """
import sys, time, django; django.setup()
from connectors import actions, registry, sync
from connectors.models import Interface
from qms import journal
from qms.accounts.models import Site
from tests.fakes import erp as fake

class Slow(fake.FakeErp):
    def pull(self, object_name, cursor, settings):
        if object_name == "items" and cursor == "4" and "wait" in sys.argv:
            print("halfway", flush=True)
            time.sleep(120)
        return (yield from super().pull(object_name, cursor, settings))

registry.ADAPTERS["fake"] = erp = Slow()
erp.put("units", fake.unit())
erp.put("items", *(fake.item(str(n)) for n in range(1, 8)))
interface = Interface.objects.filter(code=sys.argv[1]).first() or actions.connect(
    code=sys.argv[1], name="ERP", kind="erp", adapter="fake", base_url="http://127.0.0.1:1", settings={}, secrets={},
    site=Site.objects.get(code="AUG"), mode="live", owner=None, by=journal.SYSTEM)[0]
found = sync.sync(interface=interface)
print(found.run.created, found.run.problem)
"""


@pytest.fixture(scope="module")
def scratch(django_db_setup: None) -> Iterator[Scratch]:
    made = Scratch("qms_test_sync", free_port(), {"REDIS_URL": "redis://127.0.0.1:1/0"})
    made.prepare(template())
    try:
        yield made
    finally:
        made.drop()


def started(scratch: Scratch, *told: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", READ, *told]
    return subprocess.Popen(command, cwd=ROOT, env=scratch.environment("app"), stdout=subprocess.PIPE, text=True)


def asked(scratch: Scratch, sql: str, *values: str) -> list[str]:
    with scratch.connect("app") as connection:
        return [row[0] for row in connection.execute(sql, values).fetchall()]


def until(scratch: Scratch, wanted: list[str], sql: str, *values: str) -> None:
    deadline = time.monotonic() + 20
    while asked(scratch, sql, *values) != wanted:
        assert time.monotonic() < deadline, asked(scratch, sql, *values)
        time.sleep(0.05)


ROWS = "SELECT external_id FROM masterdata_item WHERE source = %s ORDER BY 1"
STANDS = (
    "SELECT cursor->>'at' FROM connectors_synccursor c JOIN connectors_interface i ON i.id = c.interface_id"
    " WHERE c.object = 'items' AND i.code = %s"
)
OTHERS = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'"
)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_reading_that_is_ended_goes_on_where_its_rows_end(scratch, how):
    code = how.name.lower()
    process = started(scratch, code, "wait")
    assert process.stdout and process.stdout.readline() == "halfway\n"
    until(scratch, ["4"], STANDS, code)  # the page before the one that is awaited
    process.send_signal(how)
    assert process.wait(20) == -how
    assert asked(scratch, ROWS, code) == ["1", "2", "3", "4"] and asked(scratch, STANDS, code) == ["4"]
    until(scratch, [], OTHERS)  # its connection is closed, and its lock gone
    again = started(scratch, code)
    assert again.communicate(timeout=60)[0] == "3 \n"
    assert asked(scratch, ROWS, code) == [str(n) for n in range(1, 8)] and asked(scratch, STANDS, code) == ["7"]
