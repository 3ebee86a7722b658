"""The simulators as processes, and the QMS as a server in threads of this one, on the test's own copy of the database."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler, get_internal_wsgi_application

from qms.embedded.place import free_port

ROOT = Path(__file__).resolve().parents[2]
KEY = "the-key-of-the-simulator"


class Panel:
    """A running simulator, and its buttons."""

    def __init__(self, url: str, process: subprocess.Popen[str]) -> None:
        self.url, self.process = url, process

    def ask(self, path: str, told: Any = None, **headers: str) -> Any:
        data = None if told is None else json.dumps(told).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json", **headers})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("/panel/state.json")
        return found

    def fault(self, name: str, *, side: str = "answers", **told: Any) -> None:
        self.ask("/panel/faults", {"side": side, "name": name, **told})

    def off(self) -> None:
        self.ask("/panel/off", {})

    def act(self, name: str, **told: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("/panel/act", {"act": name, **told})
        return found

    def met(self, name: str, side: str = "answers") -> int:
        return int(self.state()["faults"][side]["faults"][name]["met"])


def started(name: str, port: int, *more: str) -> Panel:
    command = [sys.executable, "-m", f"connectors.simulators.{name}", "--port", str(port), *more]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    told = process.stdout.readline()
    assert told.startswith(f"{name}: http://127.0.0.1:{port}"), told
    return Panel(f"http://127.0.0.1:{port}", process)


@contextmanager
def simulator(name: str, *more: str) -> Iterator[Panel]:
    """Ends as `make run` ends it, and must do so cleanly."""
    panel = started(name, free_port(), *more)
    try:
        yield panel
    finally:
        panel.process.terminate()
        assert panel.process.wait(10) == 0
        assert panel.process.stdout
        panel.process.stdout.close()


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def web() -> Iterator[str]:
    """The product behind a socket."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.daemon_threads = True
    server.set_app(get_internal_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def until(found: Callable[[], Any], what: str = "", seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < end, f"it did not come to pass: {what}"
        time.sleep(0.03)
    return answer
