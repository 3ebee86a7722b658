"""What a gap report tells, counted for the sentence that is signed and line by line for a spreadsheet."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

from connectors.models import Downtime
from connectors.reconcile import gap
from qms.ui.export import csv_value

HEADS = ("part", "name", "expected", "within", "after", "missing", "asked", "sent", "state", "told")


def counted(report: dict[str, Any]) -> dict[str, int]:
    more = report.get("left_out", {})
    lists = {name: len(report.get(name, ())) + more.get(name, 0) for name in ("buffered", "jumps", "differences")}
    return {"missing": gap.missing(report), **lists}


def moments(report: dict[str, Any]) -> list[tuple[dict[str, Any], dt.datetime, dt.datetime | None]]:
    """Of what was buffered: the line, when it was asked for and when it left."""
    return [(row, _at(row["asked"]), _at(row["sent"]) if row["sent"] else None) for row in report.get("buffered", ())]


def _at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def as_csv(record: Downtime) -> str:
    out = io.StringIO()
    out.write("\ufeff")  # so that a spreadsheet reads it as UTF-8
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(HEADS)
    for line in _lines(record.report):
        writer.writerow([csv_value(str(line.get(head, ""))) for head in HEADS])
    return out.getvalue()


def _lines(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in report.get("expected", ()):
        told = {"within": row["came"], "after": row["late"], "told": f"every {row['every']} s"}
        yield {"part": "expected", "name": row["object"], **told, **_of(row, "expected", "missing")}
    for row in report.get("buffered", ()):
        told = {"told": f"{row['kind']} {row['record']} {row['document']}".strip()}
        yield {"part": "buffered", "name": row["reference"], **told, **_of(row, "asked", "sent", "state")}
    for row in report.get("provisional", ()):
        state = "matched" if row["lot"] else "open"
        yield {
            "part": "provisional",
            "name": row["name"],
            "state": state,
            "told": f"{row['record']} {row['lot']}".strip(),
        }
    for row in report.get("jumps", ()):
        yield {"part": "jump", "name": row["defect"], "told": f"{row['after']} → {row['next']}"}
    if run := report.get("reconciliation"):
        told = {"told": run["problem"] or f"compared {run['compared']}, found {run['found']}, new {run['new']}"}
        yield {"part": "reconciliation", "name": run["run"], "sent": run["finished"], **told}
    for row in report.get("differences", ()):
        yield {
            "part": "difference",
            "name": f"{row['object']} {row['name']}",
            "state": row["resolution"],
            "told": row["kind"],
        }
    for name, count in report.get("left_out", {}).items():
        yield {"part": name, "told": f"{count} more are counted and not listed"}


def _of(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}
