"""What the MES has to tell: each message is sent until it is answered, under the faults that are set."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connectors.simulators.faults import SENDS, Faults
from connectors.simulators.line import Line, Lost, Told
from connectors.simulators.server import Log, now

AGAIN = 1.0  # seconds after which an unanswered message is sent again
TRY_LATER = (409, 425, 429, 500, 502, 503, 504)
KEPT = 200


@dataclass
class Message:
    """`stands`: waiting, answered, refused."""

    name: str
    path: str
    body: Any
    made_at: str = field(default_factory=now)
    tries: int = 0
    stands: str = "waiting"
    status: int = 0
    answer: str = ""
    record: str = ""
    fault: str = ""


class Outbox:
    def __init__(
        self, connect: Callable[[], Line | None], log: Log, *, seed: int | None = None, again: float = AGAIN
    ) -> None:
        self.connect, self.log, self.again = connect, log, again
        self.faults = Faults(SENDS, seed)
        self.messages: list[Message] = []
        self._lock, self.news = threading.Lock(), threading.Event()

    def put(self, *messages: Message) -> None:
        with self._lock:
            self.messages = [*self.messages[-KEPT * 50 :], *messages]
        self.news.set()

    def waiting(self) -> list[Message]:
        with self._lock:
            return [message for message in self.messages if message.stands == "waiting"]

    def run(self, stopping: threading.Event) -> None:
        """The thread that sends. What was reordered goes after what stood behind it."""
        while not stopping.is_set():
            self.news.clear()
            left = self.turn(stopping)
            if left:
                stopping.wait(self.again)
            else:
                self.news.wait(0.2)

    def turn(self, stopping: threading.Event) -> int:
        """Once through everything that waits; how much is left."""
        queue, overtaken = self.waiting(), []
        for message in queue:
            if stopping.is_set():
                break
            fault = self.faults.draw()
            if fault == "silence":
                break
            if fault == "reorder" and len(queue) > 1:
                overtaken.append(message)
                continue
            self.send(message, fault, stopping)
        for message in overtaken:
            self.send(message, "", stopping)
        return len(self.waiting())

    def send(self, message: Message, fault: str, stopping: threading.Event) -> None:
        line = self.connect()
        if line is None:
            message.answer = "no QMS is known"
            return
        line.seconds = self.faults.seconds
        if fault == "delay":
            stopping.wait(self.faults.seconds)
        if fault == "wrong_shape":
            self._mangled(message, line)
        message.tries, message.fault = message.tries + 1, fault or message.fault
        entry = self.log.add("out", "POST", message.path, message.name.encode(), fault)
        try:
            told = line.call("POST", message.path, message.body, fault)
        except Lost as why:
            message.answer = entry.answer = str(why)
            return
        entry.status, entry.answer = told.status, str(told.content)[:300]
        self._answered(message, told)

    def _answered(self, message: Message, told: Told) -> None:
        message.status, message.answer = told.status, str(told.content)[:300]
        if told.status in TRY_LATER:
            return
        message.stands = "answered" if told.status < 300 else "refused"
        if isinstance(told.content, dict):
            message.record = str(told.content.get("record") or "")

    def _mangled(self, message: Message, line: Line) -> None:
        """Under an id of its own, so that it is the shape that is refused and not the id."""
        odd = copy.deepcopy(message.body)
        odd = {**odd, "id": f"{odd.get('id', 'x')}-odd", "data": ["not", "what", "was", "agreed"]}
        entry = self.log.add("out", "POST", message.path, message.name.encode(), "wrong_shape")
        try:
            told = line.call("POST", message.path, odd)
            entry.status, entry.answer = told.status, str(told.content)[:300]
        except Lost as why:
            entry.answer = str(why)
