"""Measured values over HTTP beside COPY into the very same table, with as many clients; and a backlog of events that drains."""

import datetime as dt
import json
import multiprocessing
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

from . import load
from .place import ROOT, Scratch
from .report import Report

VALUES, CLIENTS, SECONDS, ROUNDS = "/api/v1/mes/measurements", 2, 4.0, 3
LONG_FULL, LONG = 600.0, 20.0  # of G22
BACKLOG_FULL, BACKLOG = 20_000, 2_000
ID = re.compile(rb'"id": "[0-9a-f-]{36}"')
COPY = """COPY inspection_measurement (series_id, batch_id, measured_at, value, external_id, serial, lot, lower, upper, flags)
    FROM STDIN"""


def body(size: int) -> Callable[[], bytes]:
    """A client whose requests differ in their id alone; so do the ids of their values."""
    start = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    sent = {
        "source": "mes-aug",
        "id": str(uuid.uuid4()),
        "header": {
            "part": "TB-4711",
            "characteristic": "BORE",
            "unit": "mm",
            "lower": 11.9,
            "upper": 12.1,
            "lot": "LOT-26-0101",
        },
        "t": [(start + dt.timedelta(milliseconds=n)).isoformat() for n in range(size)],
        "v": [round(11.95 + n * 7919 % 1000 / 10_000, 4) for n in range(size)],
        "serial": [f"SN-{n % 1000:06}" for n in range(size)],
    }
    pool = json.dumps(sent).encode()
    return lambda: ID.sub(lambda _found: b'"id": "%s"' % str(uuid.uuid4()).encode(), pool, count=1)


def copied(scratch: Scratch, size: int, seconds: float, clients: int) -> float:
    """Values/s of plain COPY in transactions of `size`, by several clients at once."""
    context = multiprocessing.get_context("fork")
    queue: Any = context.SimpleQueue()
    workers = [context.Process(target=_copy, args=(scratch, size, seconds, queue)) for _ in range(clients)]
    for worker in workers:
        worker.start()
    total = sum(queue.get() for _ in workers)
    for worker in workers:
        worker.join()
    return float(total) / seconds


def _copy(scratch: Scratch, size: int, seconds: float, queue: Any) -> None:
    start, sent, end = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1), 0, time.perf_counter() + seconds
    times = [(start + dt.timedelta(milliseconds=n)).isoformat() for n in range(size)]
    with scratch.connect("app") as connection:
        while time.perf_counter() < end:
            name = uuid.uuid4()
            lines = [
                f"1\t1\t{times[n]}\t{11.95 + n * 7919 % 1000 / 10_000:.4f}\t{name}#{n}\tSN-{n % 1000:06}\tLOT-26-0101\t11.9\t12.1\t0\n"
                for n in range(size)
            ]
            with connection.transaction(), connection.cursor() as cursor, cursor.copy(COPY) as copy:
                copy.write("".join(lines))
            sent += size
    queue.put(sent)


def values(report: Report, scratch: Scratch) -> None:
    """Gate 0.4 × COPY and 50,000/s at 5,000 a request; 20,000/s at 500; G22: ten at a time (core-path.md §7, integrity.md)."""
    with scratch.server():
        for size, gate in ((5_000, 50_000), (500, 20_000)):
            told, plain = [], []
            load.run(scratch, VALUES, body(size), seconds=1.0, clients=CLIENTS)
            for _round in range(ROUNDS):
                told.append(_told(scratch, size, CLIENTS).per_second * size)
                plain.append(copied(scratch, size, SECONDS, CLIENTS))
            ratio = sorted(one / other for one, other in zip(told, plain, strict=True))[ROUNDS // 2]
            rate = sorted(told)[ROUNDS // 2]
            detail = {"over HTTP": told, "by COPY": plain, "clients": CLIENTS}
            title = f"measurements, {size:,} a request"
            report.add(
                f"{title} / COPY into the same table",
                rate,
                "values/s",
                limit=rate / ratio,
                gate=0.4,
                aim=0.6,
                detail=detail,
            )
            report.add(title, rate, "values/s", gate=gate)
        ten = _told(scratch, 10, 8, seconds=LONG_FULL if report.is_full else LONG)
        report.add("measurements, 10 a request, 8 clients (G22)", ten.per_second * 10, "values/s", gate=200)
        report.add("the same: 99 % answered within", ten.p99, "ms", gate=300, better="less")


def _told(scratch: Scratch, size: int, clients: int, seconds: float = SECONDS) -> load.Result:
    """Every answer is 202: one that is not ends the run."""
    found = load.run(scratch, VALUES, body(size), seconds=seconds, clients=clients)
    if set(found.statuses) != {202}:
        raise SystemExit(f"measurements answered {found.statuses}")
    return found


def backlog(report: Report, scratch: Scratch) -> None:
    """Events of a code that nobody knew, drained by one worker after it was mapped: gate 150 NCRs/s; and what it cost in CPU."""
    count = BACKLOG_FULL if report.is_full else BACKLOG
    with scratch.server():
        line = load.Line(scratch)
        for _request in range(count // load.BATCH):
            line.post("/api/v1/mes/events/batch", load.batch().replace(b'"DIM-OUT"', b'"BENCH-17"'))
    drained = subprocess.run(
        [sys.executable, "-m", "bench.values"], cwd=ROOT, env=scratch.environment("app"), check=True, stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    found = json.loads(drained.stdout.splitlines()[-1])
    if found["applied"] != count:
        raise SystemExit(f"{found['applied']} of {count} were applied")
    report.add("backlog drained by one worker", count / found["seconds"], "NCR/s", gate=150, detail=found)
    report.add("the same: CPU of the worker", found["cpu"] / count * 1000, "ms/NCR")


def drain() -> dict[str, Any]:
    from connectors import inbox
    from qms import journal
    from qms.accounts.models import User
    from qms.masterdata import actions as masterdata

    owner = User.objects.get(username="integration")
    assert isinstance(owner.actor(), journal.Actor)
    masterdata.map_value(
        source="mes-aug",
        kind="defect_code",
        foreign_value="BENCH-17",
        local_value="DIM-OUT",
        by=owner,
        reason="benchmark",
    )
    start, cpu = time.perf_counter(), time.process_time()
    applied = inbox.retry_waiting()
    return {"applied": applied, "seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(drain()))
