"""A name that a person has resolved once: a real Celery worker carries out what waited for it, nobody else does."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from bench import load
from bench.place import ROOT, Scratch
from qms.embedded.place import free_port
from tests.connectors.mes import EVENTS, event
from tests.databases import template

pytestmark = pytest.mark.plant
COUNT = 29
WORKER = [sys.executable, "-m", "celery", "-A", "qms", "worker", "--concurrency", "1", "--loglevel", "WARNING"]
# What the page does: the person's act, then the bell.
RESOLVE = """
import django; django.setup()
from qms import celery; celery.app.set_default()
from connectors import tasks
from connectors.inbox import worklist
from qms.accounts.models import User
cause = {"kind": "item", "system": "mes-aug", "name": "4711-TI"}
engineer = User.objects.get(username="engineer")
retry = worklist.resolve(**cause, answer="RM-TI64-B25", reason="the drawing says so", by=engineer)
tasks.ring_retry(retry.uid)
"""


@pytest.fixture
def scratch(django_db_setup: None) -> Iterator[Scratch]:
    """A database and a broker's queue of its own, so that no bell of another test is heard."""
    server, _slash, _number = settings.REDIS_URL.rpartition("/")
    made = Scratch("qms_test_worker", free_port(), {"REDIS_URL": f"{server}/15"})
    made.prepare(template())
    try:
        yield made
    finally:
        made.drop()


@pytest.fixture
def worker(scratch: Scratch) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(WORKER, cwd=ROOT, env=scratch.environment("app"))
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def row(scratch: Scratch, sql: str) -> Any:
    with scratch.connect("app") as connection:
        return connection.execute(sql).fetchone()


def test_a_worker_applies_what_waited_for_a_name(scratch, worker):
    sent = [event(part="4711-TI") for _ in range(COUNT)]
    with scratch.server():
        line = load.Line(scratch)
        status, body = line.post(f"{EVENTS}/batch", json.dumps(sent).encode())
        assert status == 200 and {a["status"] for a in json.loads(body)} == {"needs_mapping"}
        # what was told of it meanwhile waits for it
        early = {**event(), "type": "mes.defect.updated", "data": {"defect_id": sent[0]["id"], "note": "told early"}}
        assert line.post(EVENTS, json.dumps(early).encode())[0] == 202
    assert row(scratch, "SELECT count(*) FROM ncr_nonconformance") == (0,)
    subprocess.run([sys.executable, "-c", RESOLVE], cwd=ROOT, env=scratch.environment("app"), check=True)
    finished = "SELECT total, applied, waiting + rejected + failed FROM connectors_retry WHERE finished_at IS NOT NULL"
    end = time.monotonic() + 90
    while (found := row(scratch, finished)) is None and time.monotonic() < end and worker.poll() is None:
        time.sleep(0.2)
    assert found == (COUNT, COUNT, 0), "the worker did not carry it out"
    records = "SELECT count(*), count(DISTINCT source_event) FROM ncr_nonconformance WHERE part_number = 'RM-TI64-B25'"
    assert row(scratch, records) == (COUNT, COUNT)
    assert row(scratch, "SELECT count(*) FROM connectors_cause WHERE kind = 'item'") == (0,)
    noted = "SELECT count(*) FROM ncr_nonconformance WHERE description = 'told early'"
    assert row(scratch, noted) == (1,), "what waited for the defect itself comes with it"
