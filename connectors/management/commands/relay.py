"""The relay: carries postings to the ERP and events to webhooks, and listens to brokers. PostgreSQL wakes it; else it looks each second."""

import time
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, connection

from connectors import outbox
from connectors.actions import silence
from connectors.management.loop import Loop
from connectors.outbox.dispatch import Dispatcher
from connectors.transports.listener import Listener

ADOPT_ROUNDS, WATCH_SECONDS = 30, 15


class Command(BaseCommand):
    help = "Carry postings to the ERP and events to webhooks until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--lease", type=int, default=outbox.LEASE_SECONDS, help="seconds a claim holds (60)")
        parser.add_argument("--once", action="store_true", help="carry what is due and end")

    def handle(self, *args: Any, **options: Any) -> None:
        self.loop, self.lease, self.rounds = Loop("relay"), options["lease"], 0
        self.watched = time.monotonic()
        if options["once"]:
            self.work()
            return
        self.begin()
        self.listen()
        try:
            self.loop.run(self.round, wait=listen)
        finally:
            self.dispatcher.stop()
            self.listener.stop()
            self.dispatcher.join(30)
            self.listener.join(15)

    def begin(self) -> None:
        self.dispatcher = Dispatcher(self.lease)
        self.dispatcher.start()

    def listen(self) -> None:
        self.listener = Listener()
        self.listener.start()

    def round(self) -> None:
        if not self.dispatcher.is_alive():  # a defect of ours ended it: postings go on, and so do webhooks
            self.begin()
        if not self.listener.is_alive():
            self.listen()
        self.work()

    def work(self) -> None:
        if self.rounds % ADOPT_ROUNDS == 0:
            outbox.adopt()
        self.rounds += 1
        self._watch()
        while not self.loop.stopping and outbox.deliver_next(lease=self.lease, progress=self.loop.beat):
            self.loop.beat()

    def _watch(self) -> None:
        """The scheduler watches everybody else; somebody else must watch it."""
        if time.monotonic() - self.watched >= WATCH_SECONDS:
            silence.watch_daemons(("scheduler",))
            self.watched = time.monotonic()


def listen(seconds: float) -> None:
    """Until a posting is committed or the time is over."""
    connection.ensure_connection()
    try:
        connection.connection.execute(f"LISTEN {outbox.CHANNEL}")
        for _news in connection.connection.notifies(timeout=seconds, stop_after=1):
            pass
    except psycopg.OperationalError as away:
        raise OperationalError(str(away)) from away
