"""The HTTP side of a simulator: its API, where calls meet faults, and its panel, where they do not. Loopback only."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import signal
import socket
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from connectors.simulators.faults import Faults

HOST = "127.0.0.1"
NAMES = ("127.0.0.1", "localhost", "[::1]")
MOST_BODY, KEPT, EXCERPT, HALF_OPEN = 6_000_000, 200, 600, 60.0
ODD = b'{"surprise": ["this", "is", "not", "what", "was", "agreed"]}'


def now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def content(self) -> Any:
        """Raises ValueError for what is no JSON."""
        return json.loads(self.body or b"null", parse_float=str)


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(content: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(content, ensure_ascii=False).encode(), "application/json; charset=utf-8")


@dataclass
class Line:
    """One call as the panel shows it. Headers are not kept: there is a key among them."""

    at: str
    way: str  # in, out
    method: str
    path: str
    body: str
    fault: str = ""
    status: int = 0
    answer: str = ""


class Log:
    def __init__(self) -> None:
        self._lines: deque[Line] = deque(maxlen=KEPT)

    def add(self, way: str, method: str, path: str, body: bytes, fault: str = "") -> Line:
        line = Line(now(), way, method, path, excerpt(body), fault)
        self._lines.append(line)
        return line

    def told(self) -> list[dict[str, Any]]:
        return [asdict(line) for line in reversed(list(self._lines))]


def excerpt(body: bytes) -> str:
    return body[:EXCERPT].decode(errors="replace")


class Simulator(Protocol):
    name: str
    log: Log
    answers: Faults

    def answer(self, asked: Asked) -> Answer:
        """The API: what a call does, and what it is told."""

    def panel(self, asked: Asked) -> Answer:
        """The page, its state as JSON, and its buttons."""


class Dropped(Exception):
    """The line is closed without an answer."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 65
    disable_nagle_algorithm = True
    server: Server

    def _go(self) -> None:
        with contextlib.suppress(OSError):  # the caller has gone away
            asked = self._asked()
            if asked is None:
                self._send(as_json({"message": "This body is too large, or its length is not told."}, 413))
            elif asked.path == "/" or asked.path.startswith("/panel/"):
                self._send(self.server.simulator.panel(asked) if self._is_own(asked) else as_json({}, 403))
            else:
                self._api(asked)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = _go  # the server's own names

    def _asked(self) -> Asked | None:
        parts = urlsplit(self.path)
        size = self.headers.get("Content-Length") or "0"
        if not size.isdigit() or int(size) > MOST_BODY:
            self.close_connection = True
            return None
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Asked(self.command, parts.path, query, headers, self.rfile.read(int(size)))

    def _is_own(self, asked: Asked) -> bool:
        """No page of the web presses these buttons: neither from its own origin nor under a name that leads here."""
        port = self.server.server_port
        origin = asked.headers.get("origin")
        hosts = {f"{name}:{port}" for name in NAMES}
        return asked.headers.get("host") in hosts and (origin is None or origin.removeprefix("http://") in hosts)

    def _api(self, asked: Asked) -> None:
        simulator = self.server.simulator
        fault = simulator.answers.draw(asked.method)
        line = simulator.log.add("in", asked.method, self.path, asked.body, fault)
        try:
            answer = self._met(fault, asked)
        except Dropped:
            self._drop()
            return
        finally:
            simulator.answers.go_by()
        line.status, line.answer = answer.status, excerpt(answer.body)
        if fault == "slow_body":
            self._slowly(answer)
        else:
            self._send(answer)

    def _met(self, fault: str, asked: Asked) -> Answer:
        """What the call is told under this fault, having been carried out once, twice or not at all."""
        simulator = self.server.simulator
        self._before(fault)
        if fault == "error":
            return as_json({"message": "Internal error; nothing was done."}, 503)
        if fault == "duplicate":
            simulator.answer(asked)
        answer = simulator.answer(asked)
        if fault == "drop_after":
            raise Dropped
        if fault == "error_after":
            return as_json({"message": "Internal error."}, 500)
        return Answer(200, ODD) if fault == "wrong_shape" else answer

    def _before(self, fault: str) -> None:
        faults = self.server.simulator.answers
        if fault in ("drop_before", "silence"):
            raise Dropped
        if fault == "half_open":
            self.server.stopping.wait(HALF_OPEN)
            raise Dropped
        if fault == "delay":
            self.server.stopping.wait(faults.seconds)
        if fault == "reorder":
            faults.let_others_by()

    def _drop(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, answer: Answer) -> None:
        self._head(answer)
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def _slowly(self, answer: Answer) -> None:
        self._head(answer)
        step = max(1, len(answer.body) // 20)
        for start in range(0, len(answer.body), step):
            self.wfile.write(answer.body[start : start + step])
            self.server.stopping.wait(self.server.simulator.answers.seconds / 20)

    def _head(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()

    def version_string(self) -> str:
        return "simulator"

    def log_message(self, *_: Any) -> None:
        """The panel shows what came."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, simulator: Simulator, port: int) -> None:
        super().__init__((HOST, port), Handler)
        self.simulator, self.stopping = simulator, threading.Event()

    def _quiet(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is no news."""

    handle_error = _quiet


def serve(simulator: Simulator, port: int) -> None:
    """Until Ctrl-C or SIGTERM."""
    with Server(simulator, port) as server:

        def end(*_: Any) -> None:
            server.stopping.set()
            threading.Thread(target=server.shutdown, daemon=True).start()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        print(f"{simulator.name}: http://{HOST}:{server.server_port}/", flush=True)
        server.serve_forever(poll_interval=0.1)
