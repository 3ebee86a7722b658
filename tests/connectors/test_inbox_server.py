"""Against a real server with a database of its own: repetitions at the same moment, killed processes, servers that are away."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from bench import load
from bench.place import ROOT, Scratch
from qms.embedded.place import free_port
from tests.connectors.mes import EVENTS, event
from tests.databases import template
from tests.sizes import size

PROVES = ("G9", "G19")

pytestmark = pytest.mark.plant


@pytest.fixture(scope="module")
def scratch(django_db_setup: None) -> Iterator[Scratch]:
    """No broker: its port is closed. Nothing here may notice."""
    made = Scratch("qms_test_mes", free_port(), {"REDIS_URL": "redis://127.0.0.1:1/0"})
    made.prepare(template())
    try:
        yield made
    finally:
        made.drop()


@pytest.fixture
def served(scratch: Scratch) -> Iterator[tuple[Scratch, subprocess.Popen[bytes]]]:
    with scratch.server() as process:
        yield scratch, process


def count(scratch: Scratch, sql: str, *values: Any) -> Any:
    with scratch.connect("app") as connection:
        return connection.execute(sql, values).fetchone()[0]  # type: ignore[index]


def sweep(scratch: Scratch) -> None:
    code = (
        "import django; django.setup(); from datetime import timedelta; from connectors import inbox;"
        "inbox.sweep(older_than=timedelta(0))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=scratch.environment("app"), check=True)


def test_fifty_at_the_same_moment_make_one_record(served):
    scratch, _process = served
    body = json.dumps(sent := event()).encode()
    start = threading.Barrier(50)

    def send(_n: int) -> tuple[int, dict[str, Any]]:
        line = load.Line(scratch)
        start.wait()
        status, answer = line.post(EVENTS, body)
        return status, json.loads(answer)

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(send, range(50)))
    assert sorted(s for s, _a in answers) == [200] * 49 + [201]
    assert len({a["record"] for _s, a in answers}) == 1
    assert count(scratch, "SELECT count(*) FROM ncr_nonconformance WHERE source_event = %s", sent["id"]) == 1
    acts = "SELECT count(*) FROM journal_entry WHERE kind = 'act' AND event = 'ncr.reported' AND payload LIKE %s"
    assert count(scratch, acts, f"%{answers[0][1]['record']}%") == 1


def test_nothing_is_lost_or_doubled_when_processes_are_killed(served):
    scratch, process = served
    told: dict[str, str] = {}
    stop = time.monotonic() + size(60)

    def send(_n: int) -> None:
        while time.monotonic() < stop:
            sent = event()
            for _try in range(200):  # a MES repeats until it is answered
                with suppress(OSError, ValueError, IndexError):
                    status, answer = load.Line(scratch).post(EVENTS, json.dumps(sent).encode())
                    if status in (200, 201, 202):
                        told[sent["id"]] = json.loads(answer)["record"] or ""
                        break
                time.sleep(0.05)

    with ThreadPoolExecutor(6) as pool:
        sending = [pool.submit(send, n) for n in range(6)]
        while time.monotonic() < stop - 1:
            time.sleep(0.5)
            for worker in workers_of(process):
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
    [s.result() for s in sending]
    sweep(scratch)
    assert len(told) > 3
    once = "SELECT count(*), count(DISTINCT source_event) FROM ncr_nonconformance WHERE source_event = ANY(%s)"
    with scratch.connect("app") as connection:
        assert connection.execute(once, [list(told)]).fetchone() == (len(told), len(told))
        left = connection.execute("SELECT count(*) FROM connectors_inboxmessage WHERE state <> 'APPLIED'").fetchone()
        assert left == (0,)
        numbers = connection.execute("SELECT number FROM ncr_nonconformance").fetchall()
    assert {n for n in told.values() if n} <= {n for (n,) in numbers}


def workers_of(process: subprocess.Popen[bytes]) -> list[int]:
    """Children that this very server has started."""
    with open(f"/proc/{process.pid}/task/{process.pid}/children") as children:
        return [int(pid) for pid in children.read().split()]


def test_without_a_database_the_answer_is_503_and_the_event_comes_through_later(served):
    scratch, _process = served
    sent, line = json.dumps(event()).encode(), load.Line(scratch)
    assert line.post(EVENTS, json.dumps(event()).encode())[0] == 201
    with scratch.connect("superuser", "postgres") as admin:
        admin.execute(f"ALTER DATABASE {scratch.name} ALLOW_CONNECTIONS false")
        ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        try:
            admin.execute(ending, [scratch.name])
            for _again in range(4):
                status, answer = line.post(EVENTS, sent)
                assert status == 503 and json.loads(answer)["code"] == "not_now"
            assert b"retry-after" in line.head.lower()
        finally:
            admin.execute(f"ALTER DATABASE {scratch.name} ALLOW_CONNECTIONS true")
    statuses = [line.post(EVENTS, sent)[0] for _again in range(10)]
    assert 201 in statuses and set(statuses) <= {200, 201, 503}


def test_many_keys_repeated_at_the_same_time_make_one_record_each(served):
    """G19: 1,000 keys, each sent 50 times by clients that run against each other; then each once more with another body."""
    scratch, _process = served
    keys, repeats = size(1_000, 100), size(50, 10)
    bodies = [json.dumps(event()).encode() for _ in range(keys)]
    names = [json.loads(body)["id"] for body in bodies]

    def send(turn: int) -> list[tuple[int, str]]:
        line, found = load.Line(scratch), []
        for place in range(keys):
            at = (place + turn % 3) % keys  # most clients meet at the same key, some run ahead
            status, answer = line.post(EVENTS, bodies[at])
            found.append((status, json.loads(answer)["record"]))
        return found

    with ThreadPoolExecutor(min(repeats, 10)) as pool:
        told = [one for turn in pool.map(send, range(repeats)) for one in turn]
    statuses = [status for status, _record in told]
    assert sorted(set(statuses)) == [200, 201] and statuses.count(201) == keys
    assert len({record for _status, record in told}) == keys
    wanted = "SELECT count(*), count(DISTINCT source_event) FROM ncr_nonconformance WHERE source_event = ANY(%s)"
    with scratch.connect("app") as connection:
        assert connection.execute(wanted, [names]).fetchone() == (keys, keys)
        kept = "SELECT count(*) FROM connectors_inboxmessage WHERE message_id = ANY(%s) AND body = ANY(%s) AND state = 'APPLIED'"
        assert connection.execute(kept, [names, bodies]).fetchone() == (keys,)
        line = load.Line(scratch)
        for body in bodies:
            other = json.loads(body) | {"time": "2026-05-04T09:00:00+02:00"}
            assert line.post(EVENTS, json.dumps(other).encode())[0] == 422
        aside = "SELECT count(*) FROM connectors_quarantined WHERE message_id = ANY(%s)"
        assert connection.execute(aside, [names]).fetchone() == (keys,)
