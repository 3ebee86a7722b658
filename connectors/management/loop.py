"""The life of a daemon: work, beat, wait; end between two pieces of work when asked; outlive a database restart."""

import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, connection

from qms.journal import heartbeat

BEAT_SECONDS = 5


class Loop:
    def __init__(self, name: str) -> None:
        self.name, self.detail = name, ""
        self.stopping = False
        self._beaten = 0.0

    def run(self, work: Callable[[], None], wait: Callable[[float], None] = time.sleep, every: float = 1.0) -> None:
        """`wait` may return early when there is news."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        while not self.stopping:
            try:
                work()
                self.beat()
                if not self.stopping:
                    wait(every)
            except (OperationalError, InterfaceError) as away:
                print(f"{self.name}: the database is away: {away}", file=sys.stderr, flush=True)
                connection.close()
                time.sleep(2)
            close_old_connections()

    def beat(self) -> None:
        if time.monotonic() - self._beaten >= BEAT_SECONDS:
            heartbeat.beat(self.name, detail=self.detail)
            self._beaten = time.monotonic()

    def _stop(self, *_: Any) -> None:
        self.stopping = True
