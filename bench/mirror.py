"""The mirror: first reading and unchanged re-reading through the very path of `manage.py sync`, beside a plain upsert.

`python -m bench.mirror COUNT` measures in a process of its own, so that its memory is the reading's alone.
"""

import datetime as dt
import json
import resource
import subprocess
import sys
import time
from typing import Any

from connectors import messages as m
from connectors.base import KeyPage, Page

from .place import ROOT, Scratch
from .report import Report

PAGE = 5_000
ROUNDS = 3
AT = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


class Many:
    """An ERP that says `count` parts, page by page, without ever holding them."""

    objects = ("items",)
    snapshots: frozenset[str] = frozenset()

    def __init__(self, count: int) -> None:
        self.count = count

    def pull(self, object_name: str, cursor: str | None, settings: Any) -> Any:
        start = int(cursor or 0)
        end = min(start + PAGE, self.count)
        records = tuple(record(n) for n in range(start, end))
        return Page(records, str(end % self.count), end < self.count)
        yield

    def keys(self, object_name: str, after: str | None, settings: Any) -> Any:
        start = int(after or 0)
        end = min(start + PAGE, self.count)
        return KeyPage(tuple(str(n) for n in range(start, end)), str(end) if end < self.count else None)
        yield


def record(n: int) -> m.ItemRecord:
    raw = {"id": n, "code": f"P-{n:07}", "active": True, "template": {"name": f"Part {n}", "type": "goods", "id": n}}
    return m.ItemRecord(
        external_id=str(n), number=f"P-{n:07}", changed_at=AT, raw=raw, name=f"Part {n}", kind="goods", unit_id="1"
    )


def mirror(report: Report, scratch: Scratch) -> None:
    """Gate 30,000 rows/s and 150 MB, aim 60,000; unchanged at least five times a plain upsert (core-path.md §7)."""
    count = 300_000 if report.is_full else 30_000
    said = subprocess.run(
        [sys.executable, "-m", "bench.mirror", str(count)],
        cwd=ROOT, env=scratch.environment("app"), check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    found = json.loads(said.stdout.splitlines()[-1])
    middle = {name: sorted(values)[len(values) // 2] for name, values in found["rates"].items()}
    title = f"mirror of {count:,} rows"
    report.add(f"{title}: first reading", middle["first"], "rows/s", gate=30_000, aim=60_000, detail=found)
    report.add(f"{title}: first / plain upsert", middle["first"], "rows/s", limit=middle["plain"])
    report.add(f"{title}: unchanged / plain upsert", middle["again"], "rows/s", limit=middle["plain again"], gate=5)
    report.add(f"{title}: rows written when unchanged", found["written"], "rows", gate=0, better="less")
    report.add(f"{title}: peak memory", found["megabytes"], "MB", gate=150, better="less")


def measure(count: int) -> dict[str, Any]:
    from connectors import registry
    from qms.masterdata.models import Item

    registry.ADAPTERS["bench"] = Many(count)  # type: ignore[assignment]
    rates: dict[str, list[float]] = {"first": [], "again": [], "plain": [], "plain again": []}
    written, peak = 0, 0.0
    rounds = ROUNDS if count <= 50_000 else 1
    for number in range(rounds):
        source = interface(f"bench{number}")
        rates["first"].append(count / seconds(lambda made=source: read(made, created=count)))
        start = Item.objects.filter(source=source.code).order_by("-synced_at").values_list("synced_at", flat=True)[0]
        rates["again"].append(count / seconds(lambda made=source: read(made, unchanged=count)))
        written += Item.objects.filter(source=source.code, synced_at__gt=start).count()
        peak = peak or megabytes()  # of the first round: the plain way, which comes after it, may need more
        rates["plain"].append(count / seconds(lambda n=number: plain(f"plain{n}", count)))
        rates["plain again"].append(count / seconds(lambda n=number: plain(f"plain{n}", count)))
    return {"rates": rates, "written": written, "megabytes": round(peak, 1)}


def interface(code: str) -> Any:
    from django.db import transaction

    from connectors import actions
    from connectors.models import Kind, Mode
    from qms import journal
    from qms.accounts.models import Site
    from qms.masterdata.upsert import upsert

    made, _changed = actions.connect(
        code=code, name=code, kind=Kind.ERP, adapter="bench", base_url="http://127.0.0.1:1", settings={}, secrets={},
        site=Site.objects.order_by("pk")[0], mode=Mode.LIVE, owner=None, by=journal.SYSTEM,
    )  # fmt: skip
    unit = {"external_id": "1", "number": "u", "changed_at": AT, "name": "Unit", "digits": 0}
    with transaction.atomic():
        upsert(object="units", source=code, rows=[unit], run="00000000-0000-0000-0000-000000000001")
    return made


def read(made: Any, **expected: int) -> None:
    from connectors import sync

    reading = sync.sync(interface=made, full=True)
    assert not reading.run.problem, reading.run.problem
    assert {name: getattr(reading.run, name) for name in expected} == expected


def plain(source: str, count: int) -> None:
    """What everybody would write first: Django's own upsert, in batches of the same size."""
    from qms.masterdata.models import Item

    for start in range(0, count, PAGE):
        rows = [
            Item(
                source=source, external_id=str(n), number=f"P-{n:07}", changed_at=AT, name=f"Part {n}", kind="goods",
                unit_ref="1", content_hash="", content="",
            )
            for n in range(start, min(start + PAGE, count))
        ]  # fmt: skip
        Item.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["source", "external_id"],
            update_fields=["number", "changed_at", "name", "kind", "unit_ref"],
        )


def seconds(act: Any) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(measure(int(sys.argv[1]))))
