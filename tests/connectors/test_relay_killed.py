"""A relay process that is killed after each step of a posting, against a real Tryton: still exactly one shipment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from qms import embedded
from tests.erp import Erp

PROVES = ("G9",)

pytestmark = [pytest.mark.erp, pytest.mark.plant]
ROOT = Path(__file__).resolve().parents[2]
LEASE = 2
STEPS = ("create", "wait", "assign_try", "do")

# Its NCRs get numbers far from those of the other tests, which post to the same ERP.
SET_UP = """
from decimal import Decimal
from django.db import connection
from django.utils.timezone import now
with connection.cursor() as cursor:
    cursor.execute(f"SELECT max(nextval('number_ncr_{{now():%y}}')) FROM generate_series(1, 500000)")
from django.core.management import call_command
from qms.demo import cast, codes
people = cast.ensure_cast(); codes.ensure_codes()
call_command("connect_erp", file={file!r}, site="AUG")
call_command("sync", "tryton")
from ncr import actions as ncr
from ncr.models import DefectCode
from qms.masterdata.models import Lot
lot = Lot.objects.get(source="tryton", external_id={lot!r})
code = DefectCode.objects.get(code="DIM-OUT")
who, text = people["inspector"], "Bore too large"
made = ncr.report(by=who, part=lot.item, lot=lot, quantity=Decimal(7), defect_code=code, description=text)
ncr.request_hold(ncr=made, by=people["engineer"], reason="Contain the lot")
"""
LOOK = """
import json
from qms.commands.models import Posting
from qms.journal.models import Heartbeat
p = Posting.objects.get()
beats = list(Heartbeat.objects.values_list("name", flat=True))
print(json.dumps([p.reference, p.state, p.document_number, p.delivery.tries, p.delivery.attempts.count(), beats]))
"""


class Way:
    """Between the relay and the ERP. After `catch` POSTs the ERP's answer is kept back until `go_on`."""

    def __init__(self, target: str) -> None:
        self.target, self.url, self.posts, self.catch = target, "", 0, 0
        self.caught, self.go_on = threading.Event(), threading.Event()

    def pass_on(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, dict[str, str], bytes]:
        kept = {k: v for k, v in headers.items() if k.lower() not in ("host", "content-length", "connection")}
        asked = urllib.request.Request(self.target + path, data=body or None, headers=kept, method=method)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            told = {k: v for k, v in answer.headers.items() if k.lower() in ("content-type", "content-encoding")}
            result = answer.status, told, answer.read()
        if method == "POST":
            self.posts += 1
            if self.posts == self.catch:
                self.caught.set()
                self.go_on.wait(60)
        return result


@pytest.fixture
def way(erp: Erp) -> Iterator[Way]:
    it = Way(erp.base_url)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, content = it.pass_on(self.command, self.path, self.headers, body)
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:  # the caller was killed
                pass

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        it.url = f"http://127.0.0.1:{server.server_port}"
        yield it
        it.go_on.set()
        server.shutdown()


class Plant:
    """An own QMS with its own servers; everything is done by processes."""

    def __init__(self, var: Path) -> None:
        keep = {k: v for k, v in os.environ.items() if k not in ("QMS_DB_ROLE", "DATABASE_URL", "REDIS_URL")}
        self.env = keep | {"QMS_VAR": str(var), "PYTHONUNBUFFERED": "1"}
        self.log = var / "relay.log"

    def manage(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, text: str) -> str:
        return self.manage("shell", "-v", "0", "-c", text)

    def relay(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "relay", "--lease", str(LEASE)]
        with open(self.log, "ab") as log:
            return subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)

    def look(self) -> list[Any]:
        found: list[Any] = json.loads(self.python(LOOK).splitlines()[-1])
        return found


@pytest.fixture
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    var = tmp_path_factory.mktemp("plant") / "var"
    with embedded.use(var):
        made = Plant(var)
        made.manage("migrate", "-v", "0")
        yield made


def test_a_relay_killed_after_every_step_makes_one_shipment(erp: Erp, way: Any, plant: Plant, tmp_path: Path) -> None:
    lot = erp.new_lot("LOT-KILL-1", "TB-4711", 30)
    file = tmp_path / "erp.json"
    file.write_text(json.dumps({**erp.told, "base_url": way.url}))
    plant.python(SET_UP.format(file=str(file), lot=str(lot)))
    way.posts = 0
    for step, name in enumerate(STEPS, start=1):
        way.catch = step
        relay = plant.relay()
        assert way.caught.wait(60), f"{name}: {plant.log.read_text()}"
        relay.send_signal(signal.SIGKILL)
        relay.wait()
        way.caught.clear()
        way.go_on.set()
        time.sleep(LEASE)
        way.go_on.clear()
    last = plant.relay()
    try:
        look = settled(plant)
    finally:
        last.send_signal(signal.SIGTERM)
        assert last.wait(20) == 0, plant.log.read_text()
    reference, state, document, tries, attempts, beats = look
    assert (state, tries, attempts) == ("POSTED", len(STEPS) + 1, 1)
    assert "relay" in beats
    found = erp.manage.find("stock.shipment.internal", [["reference", "=", reference]], ["number", "state"])
    assert [(row["number"], row["state"]) for row in found] == [(document, "done")]
    assert (erp.stock(lot, "STO"), erp.stock(lot, "QUA")) == (23, 7)
    assert way.posts == len(STEPS)


def settled(plant: Plant) -> list[Any]:
    for _ in range(20):
        look = plant.look()
        if look[1] not in ("QUEUED", "SENT"):
            return look
        time.sleep(1)
    raise AssertionError(f"{look} {plant.log.read_text()}")
