"""What is measured. Each figure stands beside one that was taken in the same minute, the two in turns."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from . import browser, load
from .calc import calc
from .charts import days, watched
from .delivery import delivery
from .mirror import mirror
from .place import ROOT, Scratch
from .report import Report
from .values import backlog, values
from .writers import writers

ROUNDS, SECONDS = 9, 2.5  # many short turns: what else runs on the machine then falls on both
EVENTS, BARE = "/api/v1/mes/events", "/api/v1/bare/"
BATCH = f"{EVENTS}/batch"


def run(report: Report, scratch: Scratch, *, only: list[str]) -> None:
    for name, suite in SUITES.items():
        if not only or name in only:
            suite(report, scratch)


def in_turns(scratch: Scratch, **paths: tuple[str, Callable[[], bytes], int]) -> dict[str, list[load.Result]]:
    """Each path in turn, ROUNDS times; the status that every answer must have."""
    found: dict[str, list[load.Result]] = {name: [] for name in paths}
    for path, make, _wanted in paths.values():  # warm
        load.run(scratch, path, make, seconds=1.0)
    for number in range(ROUNDS):
        turn = list(paths.items())
        for name, (path, make, wanted) in turn if number % 2 else reversed(turn):
            result = load.run(scratch, path, make, seconds=SECONDS)
            if set(result.statuses) - {wanted}:
                raise SystemExit(f"{name} answered {result.statuses}")
            found[name].append(result)
    return found


def middle(results: list[load.Result]) -> float:
    return statistics.median(r.per_second for r in results)


def ratio(found: dict[str, list[load.Result]], name: str) -> float:
    """Of neighbours in time: the median over the rounds."""
    pairs = zip(found[name], found["bare"], strict=True)
    return statistics.median(one.per_second / bare.per_second for one, bare in pairs)


def beside(report: Report, title: str, found: dict[str, list[load.Result]], name: str, gate: float, aim: float) -> None:
    """The limit is what the bare create would have done at the moments when this was measured."""
    detail = {
        path: [{"per_second": round(r.per_second, 1), "p50": round(r.p50, 2), "p95": round(r.p95, 2)} for r in results]
        for path, results in found.items()
    }
    value = middle(found[name])
    report.add(title, value, "req/s", limit=value / ratio(found, name), gate=gate, aim=aim, detail=detail)


PATHS = {"event": (EVENTS, load.event, 201), "bare": (BARE, load.bare, 201)}


def one_event(report: Report, scratch: Scratch) -> None:
    """Gate 0.7, aim 0.9 of a bare create; at size 0.9 of the same ratio on an empty table (core-path.md §7)."""
    one = load.event()
    with scratch.server():
        found = in_turns(scratch, **PATHS)
        load.run(scratch, EVENTS, lambda: one, seconds=0.2, clients=1)
        again = in_turns(scratch, duplicate=(EVENTS, lambda: one, 200), bare=PATHS["bare"])
    beside(report, "one event → one NCR / bare create", found, "event", 0.7, 0.9)
    beside(report, "duplicate answered / bare create", again, "duplicate", 1.0, 1.5)
    filled(report, scratch)
    with scratch.server():
        grown = in_turns(scratch, **PATHS)
    name = f"the same at {report.size:,} NCRs / on an empty table"
    report.add(name, ratio(grown, "event"), "× bare", limit=ratio(found, "event"), gate=0.9, aim=0.95)


def batches(report: Report, scratch: Scratch) -> None:
    """500 events a request, each with its own answer: events/s against bare creates/s (core-path.md §7: gate 8, aim 10)."""
    with scratch.server():
        found = in_turns(scratch, batch=(BATCH, load.batch_pool, 200), bare=PATHS["bare"])
        line = load.Line(scratch)
        _status, answer = line.post(BATCH, load.batch())
    made = {one["status"] for one in json.loads(answer)}
    if made != {"created"}:
        raise SystemExit(f"the batch answered {made}")
    for result in found["batch"]:
        result.per_second *= load.BATCH
    beside(report, f"{load.BATCH} events a request / bare creates", found, "batch", 8, 10)


def filled(report: Report, scratch: Scratch) -> None:
    """Once per run: many NCRs with a true trail, then statistics as autovacuum would keep them, and all of it on disk."""
    from ncr.models import Nonconformance

    from .fill import fill

    missing = report.size - Nonconformance.objects.count()
    if missing > 0:
        seed_one(scratch)
        start = time.perf_counter()
        fill(missing)
        report.add("NCRs by INSERT … SELECT with their trail", missing / (time.perf_counter() - start), "rows/s")
        with scratch.connect("superuser") as connection:
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")  # what the filling left to write is not charged to what comes next


def seed_one(scratch: Scratch) -> None:
    from ncr.models import Nonconformance

    if not Nonconformance.objects.exists():
        with scratch.server():
            load.run(scratch, EVENTS, load.event, seconds=0.3, clients=1)


def updates(report: Report, scratch: Scratch) -> None:
    """queryset.update of 10,000 records in one act, against the same with the triggers off; both rolled back."""
    filled(report, scratch)
    found: dict[str, list[float]] = {"on": [], "off": []}
    for _round in range(3):
        found["on"].append(update_rate())
        with scratch.connect("owner") as owner:
            owner.execute("ALTER TABLE ncr_nonconformance DISABLE TRIGGER USER")
            try:
                found["off"].append(update_rate())
            finally:
                owner.execute("ALTER TABLE ncr_nonconformance ENABLE TRIGGER USER")
    on, off = (statistics.median(found[name]) for name in ("on", "off"))
    report.add("queryset.update of 10,000 / without trail", on, "rows/s", limit=off, gate=0.35, aim=0.5)


def update_rate() -> float:
    from django.db import transaction

    from ncr import events
    from ncr.models import Nonconformance
    from qms import journal

    keys = list(Nonconformance.objects.order_by("-pk").values_list("pk", flat=True)[:10_000])
    with transaction.atomic():
        start = time.perf_counter()
        with journal.act(events.EDITED, by=journal.SYSTEM, reason="benchmark") as act:
            changed = Nonconformance.objects.filter(pk__in=keys).update(requirement=f"as drawn {start}")
            act.record("bench")
        rate = changed / (time.perf_counter() - start)
        transaction.set_rollback(True)
    return rate


def pages(report: Report, scratch: Scratch) -> None:
    """The list of NCRs as a quality engineer opens it: server time and queries at size."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from qms.accounts.models import User

    filled(report, scratch)
    client = Client()
    client.force_login(User.objects.get(username="engineer"), "qms.accounts.backends.PasswordBackend")
    for name, address in LISTS.items():
        times = []
        for _round in range(15):
            start = time.perf_counter()
            assert client.get(address).status_code == 200, address
            times.append((time.perf_counter() - start) * 1000)
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        detail = {"queries": len(asked)}
        report.add(
            f"{name} at {report.size:,}", statistics.median(times), "ms", gate=50, aim=20, better="less", detail=detail
        )
        report.add(f"{name}: queries", len(asked), "queries", gate=8, aim=5, better="less")


LISTS = {
    "list page": "/ncr/",
    "list page, two filters and order": "/ncr/?state=OPEN&severity=major&order=occurred_at",
    "API list": "/api/v1/ncrs?limit=50",
}


def trail(report: Report, scratch: Scratch) -> None:
    """Seal what is open, then verify all: seconds for 600,000 entries."""
    filled(report, scratch)
    command(scratch, "sealer", "seal")
    with scratch.connect("app") as connection:
        entries = connection.execute("SELECT count(*) FROM journal_leaf").fetchone()[0]  # type: ignore[index]
    for name, more, gate in (
        ("verify_trail --quick per 600,000 entries: tree, rows, counts", ("--quick",), {"gate": 6, "aim": 4}),
        ("verify_trail per 600,000 entries: every version beside", (), {}),
    ):
        said = command(scratch, "app", "verify_trail", *more)
        seconds = float(said.split(" verified in ")[1].split()[0])  # without the start of the interpreter
        detail = {"entries": entries, "seconds": round(seconds, 2)}
        report.add(name, seconds * 600_000 / entries, "s", better="less", detail=detail, **gate)


def command(scratch: Scratch, role: str, *arguments: str) -> str:
    said = subprocess.run(
        [sys.executable, "-m", "django", *arguments],
        cwd=ROOT,
        env=scratch.environment(role),
        check=True,
        capture_output=True,
        text=True,
    )
    return said.stdout


def found(report: Report, scratch: Scratch) -> None:
    """The palette as people use it: server time of a whole answer, by kind of question; and the page of all hits."""
    from ncr.models import Nonconformance
    from qms.insight import projection

    filled(report, scratch)
    start = time.perf_counter()
    made = projection.rebuild()
    report.add("search documents made from records", made / (time.perf_counter() - start), "rows/s")
    with scratch.connect("owner") as owner:
        owner.execute("VACUUM (ANALYZE) insight_document")
    number = Nonconformance.objects.order_by("pk").values_list("number", flat=True)[made // 2]
    for name, text in {"a number": number, **QUESTIONS}.items():
        answered(report, f"palette: {name}", "engineer", "/palette", text)
    for name, (who, path, text) in READERS.items():
        answered(report, name, who, path, text)


def answered(report: Report, name: str, who: str, path: str, text: str) -> None:
    from django.test import Client

    from qms.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(username=who), "qms.accounts.backends.PasswordBackend")
    times = []
    for _round in range(15):
        start = time.perf_counter()
        assert client.get(path, {"q": text, "all": "1"}, headers={"HX-Request": "true"}).status_code == 200
        times.append((time.perf_counter() - start) * 1000)
    worst = {"text": text, "worst": round(max(times), 1)}
    title = f"{name}, {report.size:,} records"
    report.add(title, statistics.median(times), "ms", gate=100, aim=30, better="less", detail=worst)


QUESTIONS = {
    "beginning of a lot": "LOT-49",
    "a part": "TB-4711",
    "a supplier": "Kestrel",
    "one frequent word": "bore",
    "one character": "孔",
    "two frequent words": "bore limit",
    "two Chinese words": "孔径 夹具",
    "one rare record": "burr torque 777",
    "no hit": "chamfer missing",
    "words that never meet": "毛刺 diameter",
    # None of the newer half bears these (bench/fill.py).
    "two frequent words, old": "weld porosity",
    "two frequent Chinese words, old": "气孔 焊缝",
    "frequent words that meet in old ones only": "毛刺 焊缝",
    "three words, old": "bore weld porosity",
    "one frequent word, old": "porosity",
    "beginnings of words, old": "wel poro",
    "beginning of a lot and a word, old": "LOT-4 porosity",
}
READERS = {
    "search page: two frequent words": ("engineer", "/search", "bore limit"),
    "search page: two frequent words, old": ("engineer", "/search", "weld porosity"),
    "palette of two sites: words, old": ("auditor", "/palette", "气孔 焊缝"),
    "palette of a small site: words, old": ("gongcheng", "/palette", "weld porosity"),
    "palette of a small site: words never there": ("gongcheng", "/palette", "bore limit"),
}


def in_browser(report: Report, scratch: Scratch) -> None:
    filled(report, scratch)
    browser.pages(report, scratch)


SUITES = {
    "event": one_event,
    "batch": batches,
    "update": updates,
    "list": pages,
    "browser": in_browser,
    "trail": trail,
    "writers": writers,
    "search": found,
    "mirror": mirror,
    "delivery": delivery,
    "values": values,
    "backlog": backlog,
    "calc": calc,
    "watched": watched,
    "days": days,
}
