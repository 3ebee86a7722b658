"""`scripts/bench`: prints a table, writes $QMS_VAR/bench.json, ends with 1 when a figure misses its gate."""

import base64
import json
import os
import sys
import time
from pathlib import Path

from qms import embedded

from .place import ROOT, Scratch
from .report import Report


def main() -> int:
    var = Path(os.environ.setdefault("QMS_VAR", str(ROOT / "var"))).resolve()
    os.environ.setdefault("QMS_FIELD_KEYS", base64.urlsafe_b64encode(os.urandom(32)).decode())
    os.environ.setdefault("QMS_SECRET_KEY", base64.b64encode(os.urandom(48)).decode())
    os.environ.setdefault("QMS_SEAL_KEY", base64.b64encode(os.urandom(32)).decode())
    started = time.monotonic()
    scratch = Scratch("qms_bench", int(os.environ.get("BENCH_PORT", "8791")))
    report = Report(is_full=os.environ.get("SIZE") == "full")
    with embedded.use(var):
        os.environ.update(scratch.environment("app"))
        scratch.prepare()
        try:
            run(report, scratch, only=sys.argv[1:])
        finally:
            from django.db import connections

            connections.close_all()
            scratch.drop()
    found = {"seconds": round(time.monotonic() - started), **report.plain()}
    (var / "bench.json").write_text(json.dumps(found, indent=1))
    print(report.table())
    return 0 if report.holds() else 1


def run(report: Report, scratch: Scratch, *, only: list[str]) -> None:
    import django

    django.setup()
    from . import suites

    suites.run(report, scratch, only=only)


if __name__ == "__main__":
    sys.exit(main())
