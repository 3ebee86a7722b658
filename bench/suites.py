"""What is measured. Each figure stands beside one that was taken in the same minute, the two in turns."""

import statistics
from collections.abc import Callable

from . import load
from .place import Scratch
from .report import Report

ROUNDS, SECONDS = 5, 4.0
EVENTS, BARE = "/api/v1/mes/events", "/api/v1/bare/"


def run(report: Report, scratch: Scratch, *, only: list[str]) -> None:
    for name, suite in SUITES.items():
        if not only or name in only:
            suite(report, scratch)


def in_turns(scratch: Scratch, **paths: tuple[str, Callable[[], bytes], int]) -> dict[str, list[load.Result]]:
    """Each path in turn, ROUNDS times; the status that every answer must have."""
    found: dict[str, list[load.Result]] = {name: [] for name in paths}
    for path, make, _wanted in paths.values():  # warm
        load.run(scratch, path, make, seconds=1.0)
    for _round in range(ROUNDS):
        for name, (path, make, wanted) in paths.items():
            result = load.run(scratch, path, make, seconds=SECONDS)
            if set(result.statuses) - {wanted}:
                raise SystemExit(f"{name} answered {result.statuses}")
            found[name].append(result)
    return found


def middle(results: list[load.Result]) -> float:
    return statistics.median(r.per_second for r in results)


def one_event(report: Report, scratch: Scratch) -> None:
    """Gate 0.7, aim 0.9 of a bare create (core-path.md §7)."""
    with scratch.server():
        one = load.event()
        paths = {"event": (EVENTS, load.event, 201), "bare": (BARE, load.bare, 201)}
        found = in_turns(scratch, **paths)
        load.run(scratch, EVENTS, lambda: one, seconds=0.2, clients=1)
        again = in_turns(scratch, duplicate=(EVENTS, lambda: one, 200), bare=(BARE, load.bare, 201))
    detail = {
        name: [{"per_second": round(r.per_second, 1), "p50": round(r.p50, 2), "p95": round(r.p95, 2)} for r in results]
        for name, results in found.items()
    }
    report.add(
        "one event → one NCR / bare create", middle(found["event"]), "req/s", limit=middle(found["bare"]), gate=0.7, aim=0.9,
        detail=detail,
    )  # fmt: skip
    report.add(
        "duplicate answered / bare create",
        middle(again["duplicate"]),
        "req/s",
        limit=middle(again["bare"]),
        gate=1.0,
        aim=1.5,
    )


SUITES = {"event": one_event}
