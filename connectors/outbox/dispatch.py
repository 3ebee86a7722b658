"""The threads that send to webhooks, inside the relay's process."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from connectors import http

from . import webhooks

THREADS, PER_WEBHOOK, FOR_TROUBLED = 8, 2, 4
IDLE_SECONDS, ROUNDS = 0.5, 10
log = logging.getLogger(__name__)


class Dispatcher(threading.Thread):
    """Makes rows from the feed and hands webhooks that have something due to the pool, each its share of it at most."""

    def __init__(self, lease: int = webhooks.LEASE_SECONDS) -> None:
        super().__init__(name="webhooks", daemon=True)
        self.lease, self.stopping, self.news = lease, False, threading.Event()
        self.poster = http.Poster(http.Allowed.parse(settings.WEBHOOK_TARGETS))
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="webhook")
        self.under_way: Counter[int] = Counter()
        self.troubled: set[int] = set()
        self.lock = threading.Lock()

    def run(self) -> None:
        while not self.stopping:
            try:
                made = webhooks.fan_out()
                begun = self.begin()
            except (DatabaseError, InterfaceError):
                log.warning("webhooks: the database is away", exc_info=True)
                connection.close()
                made = begun = 0
            if not (made or begun):
                self.news.wait(IDLE_SECONDS)
                self.news.clear()
        self.pool.shutdown(wait=True, cancel_futures=True)
        self.poster.close()
        connection.close()

    def begin(self) -> int:
        """Hands out what is due and not in hand; returns how many rounds began."""
        begun = 0
        for hook, failures in webhooks.due():
            with self.lock:
                if self._is_full(hook, failures):
                    continue
                self.under_way[hook] += 1
                if failures:
                    self.troubled.add(hook)
            self.pool.submit(carry, hook, self.poster, self.lease).add_done_callback(partial(self._ended, hook))
            begun += 1
        return begun

    def _is_full(self, hook: int, failures: int) -> bool:
        """A receiver in trouble gets one thread, and all of them together never every thread."""
        if self.under_way.total() >= THREADS:
            return True
        if failures:
            return self.under_way[hook] >= 1 or len(self.troubled) >= FOR_TROUBLED
        return self.under_way[hook] >= PER_WEBHOOK

    def _ended(self, hook: int, done: Future[None]) -> None:
        with self.lock:
            self.under_way[hook] -= 1
            if not self.under_way[hook]:
                del self.under_way[hook]
                self.troubled.discard(hook)
        if problem := done.exception():
            log.error("webhook %s", hook, exc_info=problem)
        self.news.set()

    def stop(self) -> None:
        self.stopping = True
        self.news.set()


def carry(hook: int, poster: http.Poster, lease: int) -> None:
    """In a thread of the pool: some rounds while there is much to send, with a connection that ends with them."""
    try:
        for _round in range(ROUNDS):
            if webhooks.carry(hook, poster, lease=lease) < webhooks.BATCH:
                break
    finally:
        connection.close()
