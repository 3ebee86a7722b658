"""Values that control charts watch while they arrive, and one characteristic's day among many (issue 6).

The watcher is a process of its own that looks once a second, as the worker does.
"""

import datetime as dt
import json
import subprocess
import sys
import time
import uuid
from decimal import Decimal
from typing import Any

from . import load
from .place import ROOT, Scratch
from .report import Report

VALUES, CHARTS, SIZE = "/api/v1/mes/measurements", 10, 50
RATE = 2 * 1_000_000 / 3600  # values a second: twice what is asked
LONG_FULL, LONG = 600.0, 30.0
A_DAY, DAYS = 10_000, 2  # values of a characteristic a day
COPY = """COPY inspection_measurement (series_id, batch_id, measured_at, value, external_id, serial, lot, lower, upper, flags)
    FROM STDIN"""


def watched(report: Report, scratch: Scratch) -> None:
    """Gate: a million values an hour, each in a point of its chart when the load has ended and the watcher has caught up."""
    seconds = LONG_FULL if report.is_full else LONG
    with scratch.server():
        line = load.Line(scratch)
        for n in range(CHARTS):
            _tell(line, n)
        _django(scratch, "prepare")
        line = load.Line(scratch)  # the server has closed the other one meanwhile
        watcher = subprocess.Popen(
            [sys.executable, "-m", "bench.charts", "watch"], cwd=ROOT, env=scratch.environment("app")
        )
        try:
            start, sent, late = time.perf_counter(), 0, 0.0
            while (now := time.perf_counter()) < start + seconds:
                due = start + sent / RATE
                if now < due:
                    time.sleep(due - now)
                late = max(late, now - due)
                _tell(line, sent // SIZE)
                sent += SIZE
            ended = time.perf_counter()
            _await_points(scratch, CHARTS * SIZE + sent)
            behind = time.perf_counter() - ended
        finally:
            watcher.terminate()
            watcher.wait(20)
    rate = sent / (ended - start + behind)
    detail = {"charts": CHARTS, "behind": round(behind, 2), "late": round(late, 2), "values": sent}
    report.add("values a second, each charted and judged", rate, "values/s", gate=1_000_000 / 3600, detail=detail)
    report.add("the last point stands after", behind, "s", gate=10, better="less")


def _tell(line: load.Line, n: int) -> None:
    now = dt.datetime.now(dt.UTC)
    body = {
        "source": "mes-aug", "id": str(uuid.uuid4()),
        "header": {
            "part": "TB-4711", "characteristic": f"WATCHED-{n % CHARTS}", "unit": "mm", "lower": 11.9, "upper": 12.1,
            "lot": "LOT-26-0101",
        },
        "t": [(now + dt.timedelta(milliseconds=at)).isoformat() for at in range(SIZE)],
        "v": [round(11.99 + (n + at) * 7919 % 200 / 10_000, 4) for at in range(SIZE)],
    }  # fmt: skip
    status, _answer = line.post(VALUES, json.dumps(body).encode())
    if status != 202:
        raise SystemExit(f"measurements answered {status}")


def _await_points(scratch: Scratch, wanted: int) -> None:
    with scratch.connect("app") as connection:
        for _attempt in range(1200):
            found = connection.execute("SELECT count(*) FROM inspection_chartpoint").fetchone()
            if found and found[0] >= wanted:
                return
            time.sleep(0.25)
    raise SystemExit(f"{found} points of {wanted} after five minutes")


def _django(scratch: Scratch, what: str) -> None:
    subprocess.run([sys.executable, "-m", "bench.charts", what], cwd=ROOT, env=scratch.environment("app"), check=True)


def prepare() -> None:
    """Every characteristic is named and has a chart with frozen limits."""
    from inspection import actions
    from inspection.models import Series
    from qms.accounts.models import User
    from qms.demo.seed.walk import signing
    from qms.masterdata.models import Item

    engineer, manager, owner = (User.objects.get(username=name) for name in ("engineer", "manager", "integration"))
    part = Item.objects.live().get(number="TB-4711")
    for series in Series.objects.filter(characteristic_name__startswith="WATCHED-"):
        named = actions.name_series(
            series=series, by=owner, item=part, characteristic=series.characteristic_name, unit="mm", factor=Decimal(1),
            reason="bench",
        )  # fmt: skip
        chart = actions.open_chart(
            by=engineer, source="measurements", series=named, kind="i_mr", rules=["1", "2"], reaction="bench"
        )
        actions.CONTROLCHART_STEPS["freeze"](
            controlchart=chart, by=manager, signing=signing(manager, "bench"), first=1, last=SIZE, reason="the first values"
        )  # fmt: skip


def watch() -> None:
    from inspection import actions
    from qms import journal

    while True:
        actions.watch_charts(by=journal.SYSTEM)
        time.sleep(1)


def days(report: Report, scratch: Scratch) -> None:
    """Gate: 20 ms for count, mean, limits and deviation of one characteristic's day; the rows are built by COPY."""
    from django.utils import timezone

    from inspection.models import Series
    from inspection.queries import day

    rows = 50_000_000 if report.is_full else 1_000_000
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    started = time.perf_counter()
    with scratch.connect("app") as connection, connection.cursor() as cursor:
        for back in range(DAYS):
            times = [(today - dt.timedelta(days=back) + dt.timedelta(seconds=8 * n)).isoformat() for n in range(A_DAY)]
            for series in range(1, rows // A_DAY // DAYS + 1):
                with cursor.copy(COPY) as copy:
                    copy.write("".join(_line(series, at, n) for n, at in enumerate(times)))
    with scratch.connect("owner") as connection:
        connection.execute("ANALYZE inspection_measurement")
    built, taken = time.perf_counter() - started, []
    for n in range(40):
        one = Series(pk=n * 7919 % (rows // A_DAY // DAYS) + 1, factor=Decimal(1))
        begin = time.perf_counter()
        found = day([one], since=today - dt.timedelta(days=1), until=today)
        taken.append(time.perf_counter() - begin)
        if found.count != A_DAY:
            raise SystemExit(f"{found.count} values in the day")
    taken.sort()
    detail: dict[str, Any] = {"rows": rows, "built in": round(built), "worst": round(taken[-1] * 1000, 1)}
    report.add(
        f"one characteristic's day among {rows:,} values", taken[20] * 1000, "ms", gate=20, better="less", detail=detail
    )


def _line(series: int, at: str, n: int) -> str:
    return f"{series}\t1\t{at}\t{11.95 + n * 7919 % 1000 / 10_000:.4f}\td{series}#{n}\t\tLOT-26-0101\t11.9\t12.1\t0\n"


if __name__ == "__main__":
    import django

    django.setup()
    {"prepare": prepare, "watch": watch}[sys.argv[1]]()
