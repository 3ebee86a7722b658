"""A record of fifteen years ago among everything that came after it: found by keys, however much there is (21 CFR 11.10(c))."""

import json
import re
import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ncr.models import Nonconformance
from qms.journal.models import Entry
from qms.lib.clock import now
from tests.databases import direct
from tests.factories import Factory, person
from tests.sizes import size

PROVES = ("11.10(c)",)
ENTRIES, RECORDS = size(1_000_000, 40_000), size(200_000, 8_000)
BIG = ("journal_entry", "ncr_nonconformance", "ncr_historicalnonconformance")
AGED = """
UPDATE ncr_nonconformance SET created_at = created_at - interval '15 years', occurred_at = occurred_at - interval '15 years';
UPDATE journal_entry SET ts = ts - interval '15 years';
UPDATE ncr_historicalnonconformance SET history_date = history_date - interval '15 years'
"""


def columns(owner, table):
    found = owner.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return [name for (name,) in found]


def multiplied(owner, table, many, key="id", **other):
    """Rows like those that are there, `many` in all, later than every one of them."""
    names = columns(owner, table)
    have, last = owner.execute(f"SELECT count(*), max({key}) FROM {table}").fetchone()
    values = ", ".join(other.get(name, f"t.{name}") for name in names)
    owner.execute(
        f"INSERT INTO {table} ({', '.join(names)}) OVERRIDING SYSTEM VALUE SELECT {values} FROM {table} t, "
        f"generate_series(1, {many // have}) g".replace("@LAST", str(last))
    )


@pytest.fixture
def old(own_database):
    """The first record, and a plant's life after it."""
    record = Factory().ncr(state="CLOSED")
    connection.close()
    with direct("owner") as owner:
        for table in BIG:
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in AGED.strip().split(";"):
            owner.execute(statement)
        multiplied(
            owner, "journal_entry", ENTRIES, id="t.id + g::bigint * @LAST", object_key="t.object_key || '-' || g"
        )
        multiplied(
            owner, "ncr_nonconformance", RECORDS,
            id="t.id + g::bigint * @LAST", uid="gen_random_uuid()", number="left(t.number, 4) || lpad((g * 100 + t.id)::text, 9, '0')",
            source_event="''",
        )  # fmt: skip
        multiplied(
            owner,
            "ncr_historicalnonconformance",
            RECORDS * 3,
            key="history_id",
            history_id="t.history_id + g::bigint * @LAST",
            id="t.id + g::bigint * 100000",
        )
        for table in BIG:
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        owner.execute("ANALYZE")
    return record


def plans(queries):
    """How each SELECT of a request finds its rows in the big tables."""
    for query in queries:
        sql = query["sql"]
        if sql.startswith("SELECT") and any(f'"{table}"' in sql or f" {table} " in sql for table in BIG):
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN " + sql)
                yield sql, "\n".join(line for (line,) in cursor.fetchall())


def test_it_is_opened_without_reading_what_came_after(old):
    client, looked = Client(), 0
    client.force_login(person("auditor"), backend="qms.accounts.backends.PasswordBackend")
    assert Entry.objects.count() > ENTRIES * 0.9 and Nonconformance.objects.count() > RECORDS * 0.9
    began = time.monotonic()
    for address in (
        f"/r/{old.number}",
        f"/ncr/{old.number}",
        f"/r/{old.number}/history",
        f"/api/v1/ncrs/{old.number}/history",
    ):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = client.get(address, follow=True)
        assert answer.status_code == 200 and f"{now().year - 15}-" in answer.content.decode()
        for sql, plan in plans(asked.captured_queries):
            looked += 1
            assert not re.search(rf"Seq Scan on ({'|'.join(BIG)}|journal_entry_p0)\b", plan), (
                f"{address}: {sql}\n{plan}"
            )
    print(f"four pages of the oldest of {RECORDS} records among {ENTRIES} entries: {time.monotonic() - began:.2f} s")
    assert looked >= 4
    told = json.loads(client.get(f"/api/v1/ncrs/{old.number}/history").content)
    assert len(json.dumps(told)) > 1000
