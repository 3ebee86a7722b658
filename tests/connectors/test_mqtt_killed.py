"""The listener as a process of its own, killed between commit and acknowledgement: the event comes again, and there is one record."""

import os
import signal
import subprocess
import sys
import time

import pytest

from bench.place import ROOT, Scratch
from connectors.models import InboxMessage, Intake
from ncr.models import Nonconformance
from tests.connectors.carried import made
from tests.connectors.mes import event
from tests.connectors.test_mqtt import Broker

PROVES = ("G9",)
pytestmark = pytest.mark.plant
LISTEN = """
import sys, time, django
django.setup()
from django.conf import settings
settings.INTERFACE_TARGETS = "127.0.0.1"
from connectors.transports import listener, mqtt
if sys.argv[1] == "dies":
    def committed(*_told):
        print("committed", flush=True)
        time.sleep(60)
    mqtt.Client.ack = committed
listener.Listener().run()
"""


def listen(database: str, way: str) -> subprocess.Popen[str]:
    env = Scratch(database, 0).environment("app")
    return subprocess.Popen([sys.executable, "-c", LISTEN, way], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)


def until(true, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.1)
    return False


def test_kill_9_between_commit_and_acknowledgement(own_database, tmp_path):
    broker = Broker(tmp_path)
    try:
        told = {"host": "127.0.0.1", "port": broker.port, "client_id": "qms-killed", "payload": "json",
                "topics": ["acme/+/+/+/+/quality/#"], "topic_pattern": "", "id": "id"}  # fmt: skip
        cell = made("cell-9", "mqtt", told)
        first, sent = listen(own_database, "dies"), [event() for _ in range(3)]
        try:
            assert until(lambda: "cell-9" in _connected(broker, cell)), "the thread of the interface has connected"
            broker.send(*sent)
            assert first.stdout is not None and first.stdout.readline().strip() == "committed"
        finally:
            os.kill(first.pid, signal.SIGKILL)
            first.wait(10)
        before = Nonconformance.objects.filter(source="cell-9|mes-aug").count()
        assert before >= 1, "committed, and the broker does not know"
        second = listen(own_database, "lives")
        try:
            assert until(lambda: Nonconformance.objects.filter(source="cell-9|mes-aug").count() == 3)
            assert until(lambda: sum(Intake.objects.values_list("repeated", flat=True)) >= before), "they came again"
        finally:
            second.terminate()
            second.wait(20)
        assert InboxMessage.objects.filter(message_type="mes.defect.logged").count() == 3
        assert Nonconformance.objects.filter(source="cell-9|mes-aug").count() == 3
    finally:
        broker.stop()


def _connected(broker, cell) -> str:
    """The interface has told that it does well."""
    cell.refresh_from_db()
    state = getattr(cell, "state", None)
    if state is not None:
        state.refresh_from_db()
    return cell.code if state is not None and state.succeeded_at else ""
