"""The relay's threads and processes: a silent receiver slows no other, and a relay that is killed loses nothing."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors import http
from connectors.models import Webhook, WebhookDelivery
from connectors.outbox import webhooks
from connectors.outbox.dispatch import THREADS, Dispatcher
from tests.databases import copied, direct
from tests.factories import Factory
from tests.fakes.server import Answer, Seen, serve

from .receivers import seal, subscribed

PROVES = ("G9",)
pytestmark = pytest.mark.usefixtures("plant")
ROOT = Path(__file__).resolve().parents[2]
TYPES = ["qms.ncr.reported.v1"]


@pytest.fixture(scope="module")
def relays_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    with django_db_blocker.unblock(), copied("relays") as name:
        yield name


@pytest.fixture
def plant(relays_database: str, settings: Any) -> str:
    settings.WEBHOOK_TARGETS = "127.0.0.1"
    with direct("owner") as owner:
        owner.execute("TRUNCATE connectors_webhook, connectors_webhookdelivery CASCADE")
    return relays_database


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


def test_silent_receivers_slow_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many receivers that never answer, and one that does: it has everything before the first of them is given up."""
    released = threading.Event()

    def silent(_seen: Seen) -> Answer:
        released.wait(30)
        return Answer(500)

    make, dispatcher = Factory(), Dispatcher()
    with serve(silent) as mute, serve(Answer(204, b"")) as healthy:
        for number in range(THREADS):
            subscribed(f"{mute.base_url}/{number}", name=f"mute {number}", types=TYPES)
        for hook in Webhook.objects.all():  # they have been silent before
            hook.state.failures = 1
            hook.state.save()
        subscribed(healthy.base_url, types=TYPES)
        for _record in range(12):
            make.report()
        seal()
        dispatcher.start()
        try:
            until(lambda: len(healthy.seen) == 12)
            assert not released.is_set()
            assert len(mute.seen) <= THREADS // 2, "receivers in trouble never take every thread"
        finally:
            released.set()
            dispatcher.stop()
            dispatcher.join(30)
    assert len({each.headers["webhook-id"] for each in healthy.seen}) == 12


def test_an_answer_that_is_dragged_out_byte_by_byte_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(http.posts, "POST_SECONDS", 0.4)
    with socket.create_server(("127.0.0.1", 0)) as door:

        def drip() -> None:
            line, _who = door.accept()
            try:
                line.recv(65536)
                for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 400:
                    line.send(bytes([byte]))
                    time.sleep(0.05)
            except OSError:
                line.close()

        threading.Thread(target=drip, daemon=True).start()
        poster = http.Poster(http.Allowed.parse("127.0.0.1"))
        posted = poster.post(f"http://127.0.0.1:{door.getsockname()[1]}/", headers={}, body=b"{}")
    assert posted.status == 0 and posted.problem, "whoever asks, also without the relay beside it"


@pytest.mark.plant
def test_a_killed_relay_loses_nothing(plant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed again and again in the middle of its work; every event arrives, repeats only under the same id."""
    make = Factory()

    def slow(_seen: Seen) -> Answer:
        time.sleep(0.03)
        return Answer(204, b"")

    with serve(slow) as receiver:
        subscribed(receiver.base_url, types=TYPES)
        numbers = [make.report().number for _record in range(120)]
        seal()
        env = os.environ | {"QMS_DB_NAME": plant, "QMS_DB_ROLE": "app", "QMS_WEBHOOK_TARGETS": "127.0.0.1"}
        for kill in range(3):
            relay = subprocess.Popen([sys.executable, "manage.py", "relay"], cwd=ROOT, env=env)
            seen = len(receiver.seen)
            until(lambda seen=seen: len(receiver.seen) > seen + 10)  # type: ignore[misc]
            relay.send_signal(signal.SIGKILL)
            relay.wait()
            WebhookDelivery.objects.filter(state="WAITING").update(lease_until=None)  # the lease has run out
            assert kill < 3
        relay = subprocess.Popen([sys.executable, "manage.py", "relay"], cwd=ROOT, env=env)
        until(lambda: not WebhookDelivery.objects.filter(state="WAITING").exists())
        relay.send_signal(signal.SIGTERM)
        assert relay.wait(30) == 0
        ids: dict[str, bytes] = {}
        for each in receiver.seen:
            assert ids.setdefault(each.headers["webhook-id"], each.body) == each.body
        assert len(ids) == len(numbers) == WebhookDelivery.objects.count()
    assert webhooks.due() == []
