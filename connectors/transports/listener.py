"""The threads that keep a line open to brokers, inside the relay's process: one per interface, each the only one of its kind."""

from __future__ import annotations

import importlib
import logging
import threading
from typing import Any

from django.db import DatabaseError, InterfaceError, connection

from connectors.base import ConnectorError
from connectors.models import LISTENING, Interface, Mode
from connectors.sync.run import alone
from qms import journal
from qms.lib.errors import Refusal

from . import run

LOOK_SECONDS, AGAIN_SECONDS, TELL_ROUNDS = 3.0, 5.0, 20
log = logging.getLogger(__name__)


def wanted() -> dict[int, tuple[Any, ...]]:
    """Interfaces to listen to; when the tuple changes the line is opened anew."""
    rows = Interface.objects.filter(kind="mes", adapter__in=LISTENING, paused_at=None).exclude(mode=Mode.OFF)
    return {row.pk: (str(row.settings), row.credentials, row.mode) for row in rows}


class Listener(threading.Thread):
    def __init__(self) -> None:
        super().__init__(name="listener", daemon=True)
        self.ended = threading.Event()
        self.lines: dict[int, Line] = {}

    def run(self) -> None:
        while not self.ended.is_set():
            try:
                self.look(wanted())
            except (DatabaseError, InterfaceError):
                log.warning("listener: the database is away", exc_info=True)
                connection.close()
            self.ended.wait(LOOK_SECONDS)
        self.look({})
        connection.close()

    def look(self, now: dict[int, tuple[Any, ...]]) -> None:
        for key, line in list(self.lines.items()):
            if now.get(key) != line.told or not line.is_alive():
                line.ended.set()
                line.join(10)
                del self.lines[key]
        for key, told in now.items():
            if key not in self.lines:
                self.lines[key] = Line(key, told)
                self.lines[key].start()

    def stop(self) -> None:
        self.ended.set()


class Line(threading.Thread):
    """Connects again for as long as it is wanted; what was not acknowledged comes again."""

    def __init__(self, key: int, told: tuple[Any, ...]) -> None:
        super().__init__(name=f"line-{key}", daemon=True)
        self.key, self.told, self.ended = key, told, threading.Event()

    def run(self) -> None:
        while not self.ended.is_set():
            try:
                self.listen()
            except Refusal:  # another process listens, or its account is none: look again later
                log.info("line %s waits", self.key)
            except (DatabaseError, InterfaceError):
                log.warning("line %s: the database is away", self.key, exc_info=True)
            finally:
                connection.close()
            self.ended.wait(AGAIN_SECONDS)

    def listen(self) -> None:
        interface = Interface.objects.select_related("site").get(pk=self.key)
        token = journal.ORIGIN.set(journal.Origin(source=f"transport:{interface.code}"))
        try:
            with alone(interface):
                self.hear(interface)
        except (ConnectorError, OSError) as problem:
            run.failed(interface, getattr(problem, "message", "") or f"{type(problem).__name__}: {problem}")
        finally:
            journal.ORIGIN.reset(token)

    def hear(self, interface: Interface) -> None:
        mqtt = importlib.import_module("connectors.transports.mqtt")
        session = mqtt.Session(interface, mqtt.Client(interface.settings, run.secrets_of(interface)))
        rounds = 0
        try:
            session.open()
            while not self.ended.is_set():
                if session.round() or rounds % TELL_ROUNDS == 0:
                    run.succeeded(interface)
                rounds += 1
        finally:
            session.close()
