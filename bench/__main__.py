"""`scripts/bench`: prints a table, writes $QMS_VAR/bench.json, ends with 1 when a figure misses its gate."""

import base64
import json
import os
import sys
import time
from pathlib import Path

from qms import embedded

from . import place
from .report import Report


def main() -> int:
    var = Path(os.environ.setdefault("QMS_VAR", str(place.ROOT / "var"))).resolve()
    os.environ.setdefault("QMS_FIELD_KEYS", base64.urlsafe_b64encode(os.urandom(32)).decode())
    os.environ.setdefault("QMS_SECRET_KEY", base64.b64encode(os.urandom(48)).decode())
    started = time.monotonic()
    with embedded.use(var) as servers:
        token = place.prepare(servers)
        from . import suites

        report = Report(is_full=os.environ.get("SIZE") == "full")
        try:
            suites.run(report, token, only=sys.argv[1:])
        finally:
            from django.db import connections

            connections.close_all()
            place.drop(servers)
    found = {"seconds": round(time.monotonic() - started), **report.plain()}
    (var / "bench.json").write_text(json.dumps(found, indent=1))
    print(report.table())
    return 0 if report.holds() else 1


if __name__ == "__main__":
    sys.exit(main())
