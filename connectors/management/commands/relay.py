"""The relay: carries postings to the ERP and events to webhooks. PostgreSQL wakes it; without a bell it looks every second."""

from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, connection

from connectors import outbox
from connectors.management.loop import Loop
from connectors.outbox.dispatch import Dispatcher

ADOPT_ROUNDS = 30


class Command(BaseCommand):
    help = "Carry postings to the ERP and events to webhooks until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--lease", type=int, default=outbox.LEASE_SECONDS, help="seconds a claim holds (60)")
        parser.add_argument("--once", action="store_true", help="carry what is due and end")

    def handle(self, *args: Any, **options: Any) -> None:
        self.loop, self.lease, self.rounds = Loop("relay"), options["lease"], 0
        if options["once"]:
            self.work()
            return
        self.begin()
        try:
            self.loop.run(self.round, wait=listen)
        finally:
            self.dispatcher.stop()
            self.dispatcher.join(30)

    def begin(self) -> None:
        self.dispatcher = Dispatcher()
        self.dispatcher.start()

    def round(self) -> None:
        if not self.dispatcher.is_alive():  # a defect of ours ended it: postings go on, and so do webhooks
            self.begin()
        self.work()

    def work(self) -> None:
        if self.rounds % ADOPT_ROUNDS == 0:
            outbox.adopt()
        self.rounds += 1
        while not self.loop.stopping and outbox.deliver_next(lease=self.lease, progress=self.loop.beat):
            self.loop.beat()


def listen(seconds: float) -> None:
    """Until a posting is committed or the time is over."""
    connection.ensure_connection()
    try:
        connection.connection.execute(f"LISTEN {outbox.CHANNEL}")
        for _news in connection.connection.notifies(timeout=seconds, stop_after=1):
            pass
    except psycopg.OperationalError as away:
        raise OperationalError(str(away)) from away
