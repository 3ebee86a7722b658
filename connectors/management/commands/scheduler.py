"""Rings Celery when something is due. It runs nothing itself; with the broker away it waits, and says so."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection

from connectors import sync, tasks
from connectors.management.loop import Loop
from qms.api import idempotency
from qms.commands import handshake
from qms.insight import tasks as insight
from qms.lib.errors import NotNow
from qms.office import tasks as office

SWEEP_SECONDS, NUMBERS_SECONDS = 30, 24 * 3600


class Command(BaseCommand):
    help = "Ring the worker when an interface is to be read or the inbox to be swept."

    def handle(self, *args: Any, **options: Any) -> None:
        self.loop = Loop("scheduler")
        self.swept = self.extended = float("-inf")
        self.loop.run(self.work)

    def work(self) -> None:
        self._daily()
        office.look()
        try:
            sync.claim_due(tasks.ring_sync)
            self._sweep()
            handshake.watch()
            insight.ring()
            office.ring()
            self.loop.detail = ""
        except NotNow as away:  # nothing is lost: what is due stays due
            self.loop.detail = str(away)

    def _sweep(self) -> None:
        if time.monotonic() - self.swept >= SWEEP_SECONDS:
            tasks.ring_sweep()
            self.swept = time.monotonic()

    def _daily(self) -> None:
        """Next year's number series exist before the year begins; answers older than their promise are forgotten."""
        if time.monotonic() - self.extended >= NUMBERS_SECONDS:
            with connection.cursor() as cursor:
                cursor.execute("SELECT qms_extend_numbers(%s)", [settings.QMS_APP_ROLE])
            idempotency.forget_old()
            self.extended = time.monotonic()
