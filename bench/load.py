"""A small HTTP client in several processes, each with one persistent connection; cheap, since it shares the machine."""

import json
import multiprocessing
import re
import socket
import statistics
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

CLIENTS = 4
NOTE = "Bore diameter above the upper limit at station 4, found by the operator at the in-process check. " * 4


@dataclass
class Result:
    """`per_second` over all clients; p50, p95 and p99 in ms; `statuses`: how often each was answered."""

    per_second: float
    p50: float
    p95: float
    statuses: dict[int, int]
    p99: float = 0.0


def event() -> bytes:
    body = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "mes-aug",
        "type": "mes.defect.logged",
        "time": "2026-05-04T08:15:00+02:00",
        "data": {
            "nc_code": "DIM-OUT", "part": "TB-4711", "lot": "LOT-26-0101", "order": "WO-26-0001", "operation": "OP-20",
            "work_center": "WC-CNC-01", "quantity": {"affected": 5, "unit": "u"}, "severity": "major", "operator": "OP-77",
            "note": NOTE, "station": "ST-4", "custom": {"program": "O4711", "tool": "T12"},
        },
    }  # fmt: skip
    return json.dumps(body).encode()


BATCH = 500


def batch() -> bytes:
    """BATCH events as a plant sends them: several parts, lots and orders, each with its own note."""
    events = []
    for n in range(BATCH):
        one = json.loads(event())
        one["data"] |= {
            "lot": f"LOT-26-01{n % 40:02}",
            "note": f"{n}: {NOTE}",
            "quantity": {"affected": n % 9 + 1, "unit": "u"},
        }
        events.append(one)
    return json.dumps(events).encode()


def batch_pool() -> bytes:
    """A batch whose ids alone are new: a client that makes bodies for longer than it waits would measure itself."""
    if not POOL:
        POOL.append(batch())
    return ID.sub(lambda _found: b'"id": "%s"' % str(uuid.uuid4()).encode(), POOL[0])


POOL: list[bytes] = []
ID = re.compile(rb'"id": "[0-9a-f-]{36}"')


def bare() -> bytes:
    body = {
        "title": "Dimension out of tolerance: TB-4711", "part": "TB-4711", "part_name": "Bearing bracket, left", "revision": "C",
        "lot": "LOT-26-0101", "order_number": "WO-26-0001", "operation": "OP-20", "work_center": "CNC-01", "supplier": "-",
        "defect": "DIM-OUT", "severity": "major", "state": "OPEN", "description": NOTE, "quantity": "5", "unit": "u",
        "detected_by": "OP-77", "occurred_at": "2026-05-04T08:15:00+02:00", "due_date": "2026-05-11", "round": 0, "is_open": True,
    }  # fmt: skip
    return json.dumps(body).encode()


def run(target: "Target", path: str, make: Callable[[], bytes], *, seconds: float, clients: int = CLIENTS) -> Result:
    """`make` gives each request's body."""
    context = multiprocessing.get_context("fork")
    queue: Any = context.SimpleQueue()
    workers = [context.Process(target=_client, args=(target, path, make, seconds, queue)) for _ in range(clients)]
    for worker in workers:
        worker.start()
    results = [queue.get() for _ in workers]
    for worker in workers:
        worker.join()
    times = sorted(t for r in results for t in r[0])
    statuses: dict[int, int] = {}
    for _times, seen in results:
        for status, count in seen.items():
            statuses[status] = statuses.get(status, 0) + count
    cuts = statistics.quantiles(times, n=100) if len(times) > 1 else [0.0] * 99
    return Result(len(times) / seconds, cuts[49] * 1000, cuts[94] * 1000, statuses, cuts[98] * 1000)


def _client(target: "Target", path: str, make: Callable[[], bytes], seconds: float, queue: Any) -> None:
    line, times = Line(target), []
    statuses: dict[int, int] = {}
    end = time.perf_counter() + seconds
    while (start := time.perf_counter()) < end:
        status, _body = line.post(path, make())
        times.append(time.perf_counter() - start)
        statuses[status] = statuses.get(status, 0) + 1
    queue.put((times, statuses))


class Target(Protocol):
    port: int
    token: str


class Line:
    """One persistent connection; reads what Content-Length announces."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.open()

    def open(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.target.port), 30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body. Raises OSError when the server goes away."""
        ask = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.target.token}\r\n"
        ask += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.socket.sendall(ask.encode() + body)
        answer = self._more(b"")
        while b"\r\n\r\n" not in answer:
            answer = self._more(answer)
        head, _gap, body = answer.partition(b"\r\n\r\n")
        self.head, lower = head, head.lower()
        length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
        while len(body) < length:
            body = self._more(body)
        if b"connection: close" in lower:
            self.socket.close()
            self.open()
        return int(head.split(b" ", 2)[1]), body

    def _more(self, sofar: bytes) -> bytes:
        piece = self.socket.recv(65536)
        if not piece:
            raise ConnectionError("the server closed the connection")
        return sofar + piece
