"""A backlog of events on its way to two webhooks, carried by one relay process to real receivers in processes of their own."""

import contextlib
import multiprocessing
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .place import ROOT, Scratch
from .report import Report

RECORDS = 50
FULL, SMALL = 5_000, 500
TYPE = "qms.ncr.edited.v1"


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/silent":
            time.sleep(3600)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def _listen(port: Any) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.daemon_threads = True
    port.put(server.server_port)
    server.serve_forever()


@contextlib.contextmanager
def receiver() -> Iterator[str]:
    context = multiprocessing.get_context("fork")
    port: Any = context.SimpleQueue()
    process = context.Process(target=_listen, args=(port,), daemon=True)
    process.start()
    yield f"http://127.0.0.1:{port.get()}"
    process.terminate()
    process.join()


def delivery(report: Report, scratch: Scratch) -> None:
    """150 deliveries/s; with a silent receiver beside it the other one keeps its rate."""
    from connectors.outbox import subscriptions
    from qms import journal

    from . import suites

    suites.seed_one(scratch)
    count = FULL if report.is_full else SMALL
    scratch.more["QMS_WEBHOOK_TARGETS"] = "127.0.0.1"
    with receiver() as first, receiver() as second:
        rates = {}
        for name, path in (("both", "/"), ("silent", "/silent")):
            hooks = [
                _subscribed(subscriptions, journal, f"{name} {n}", url) for n, url in enumerate((first, second + path))
            ]
            _backlog(count)
            suites.command(scratch, "sealer", "seal")
            rates[name] = _drained(scratch, hooks if name == "both" else hooks[:1], count)
            for hook in hooks:
                subscriptions.stop(webhook=hook, why="person", problem="measured")  # type: ignore[arg-type]
    detail = {"events": count, "endpoints": 2}
    report.add(
        "webhook deliveries, 2 endpoints, one relay", rates["both"] * 2, "/s", limit=150.0, gate=1.0, detail=detail
    )
    report.add(
        "one endpoint beside a silent one / beside a healthy one", rates["silent"], "/s", limit=rates["both"], gate=0.9,
        detail=detail,
    )  # fmt: skip


def _subscribed(subscriptions: Any, journal: Any, name: str, url: str) -> Any:
    from django.conf import settings

    settings.WEBHOOK_TARGETS = "127.0.0.1"
    made, _secret = subscriptions.subscribe(name=name, url=url, sites=["AUG"], types=[TYPE], by=journal.SYSTEM)
    return made


def _backlog(count: int) -> None:
    from ncr import events
    from ncr.models import Nonconformance
    from qms import journal

    rows = list(Nonconformance.objects.order_by("-pk")[:RECORDS])
    for number in range(count):
        with journal.act(events.EDITED, by=journal.SYSTEM, reason="benchmark") as act:
            act.record(rows[number % len(rows)])


def _drained(scratch: Scratch, hooks: list[Any], count: int) -> float:
    """Deliveries per second and endpoint, by the database's clock, from the first that arrived to the last."""
    env = scratch.environment("app")
    relay = subprocess.Popen([sys.executable, "-m", "django", "relay"], cwd=ROOT, env=env)
    keys = [hook.pk for hook in hooks]
    ask = "SELECT count(*), extract(epoch FROM max(done_at) - min(done_at)) FROM connectors_webhookdelivery"
    try:
        with scratch.connect("app") as connection:
            for _second in range(600):
                time.sleep(0.5)
                row = connection.execute(f"{ask} WHERE webhook_id = ANY(%s) AND state = 'DONE'", [keys]).fetchone()
                if row and row[0] >= count * len(keys):
                    return count / max(float(row[1]), 0.001)
        raise SystemExit("The backlog was not drained.")
    finally:
        relay.terminate()
        relay.wait(60)
