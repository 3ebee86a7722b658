"""Rings Celery when something is due. It runs nothing itself; with the broker away it waits, and says so."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection

from connectors import sync, tasks
from connectors.actions import reconciling, silence
from connectors.http import deadman
from connectors.management.loop import Loop
from inspection import tasks as inspection
from qms.api import idempotency
from qms.commands import handshake
from qms.insight import tasks as insight
from qms.lib import bells
from qms.lib.errors import NotNow
from qms.office import tasks as office

SWEEP_SECONDS, NUMBERS_SECONDS, WATCH_SECONDS = 30, 24 * 3600, 15


class Command(BaseCommand):
    help = "Ring the worker when an interface is to be read or the inbox to be swept."

    def handle(self, *args: Any, **options: Any) -> None:
        self.loop = Loop("scheduler")
        self.swept = self.extended = self.kept = self.beaten = float("-inf")
        self.watched = time.monotonic()  # the others may still be starting
        self.loop.run(self.work)

    def work(self) -> None:
        self._daily()
        office.look()
        self._watch()
        try:
            sync.claim_due(tasks.ring_sync)
            reconciling.claim_due(tasks.ring_reconcile)
            self._sweep()
            self._keep_days()
            self._beat()
            handshake.watch()
            insight.ring()
            office.ring()
            self.loop.detail = ""
        except NotNow as away:  # nothing is lost: what is due stays due
            self.loop.detail = str(away)

    def _watch(self) -> None:
        """This process watches the others, and the relay watches this one. The outside is pinged while all of them beat."""
        if time.monotonic() - self.watched >= WATCH_SECONDS:
            silence.watch_daemons(("relay", "sealer", "worker"))
            deadman.ping_due(all_well=not silence.silent_daemons())
            self.watched = time.monotonic()

    def _sweep(self) -> None:
        if time.monotonic() - self.swept >= SWEEP_SECONDS:
            tasks.ring_sweep()
            bells.ring("automation.judge")
            bells.ring("inspection.inspect_due")
            bells.ring("inspection.watch_charts")
            self.swept = time.monotonic()

    def _keep_days(self) -> None:
        if time.monotonic() - self.kept >= NUMBERS_SECONDS:
            inspection.ring_days()
            tasks.ring_travelers()
            self.kept = time.monotonic()

    def _beat(self) -> None:
        if time.monotonic() - self.beaten >= WATCH_SECONDS:
            tasks.ring_beat()
            self.beaten = time.monotonic()

    def _daily(self) -> None:
        """Next year's number series exist before the year begins; answers older than their promise are forgotten."""
        if time.monotonic() - self.extended >= NUMBERS_SECONDS:
            with connection.cursor() as cursor:
                cursor.execute("SELECT qms_extend_numbers(%s)", [settings.QMS_APP_ROLE])
            idempotency.forget_old()
            self.extended = time.monotonic()
