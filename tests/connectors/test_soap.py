"""A SOAP service that is asked by the clock: spyne in a process of its own (it does not run on Python 3.12 or later)."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from connectors.actions import settle_alarm
from connectors.models import Alarm, InboxMessage, Intake
from connectors.transports import memory, run
from ncr.models import Nonconformance
from qms.lib.errors import Conflict
from tests.connectors.carried import made
from tests.connectors.mes import in_use

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(sys.version_info >= (3, 12), reason="spyne has no release for Python 3.12 or later"),
]
RULES = {
    "fields": [
        {"to": "nc_code", "from": "/Code"},
        {"to": "part", "from": "/Part"},
        {"to": "quantity.affected", "from": "/Pieces", "as": "decimal"},
        {"to": "quantity.unit", "value": "m"},
        {"to": "note", "from": "/Note"},
    ]
}


class Service:
    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.start("1")

    def start(self, edition):
        program = Path(__file__).with_name("soap_service.py")
        self.process = subprocess.Popen([sys.executable, "-W", "ignore", str(program), str(self.port), edition])
        for _try in range(200):
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("the service does not listen")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture(scope="module")
def service():
    running = Service()
    yield running
    running.stop()


def asked(service, settings, **more):
    settings.INTERFACE_TARGETS = "127.0.0.1"
    told = {
        "wsdl": f"http://127.0.0.1:{service.port}/?wsdl", "operation": "defects", "id": "Nr", "timezone": "UTC",
        "arguments": json.dumps({"since": "{since}", "most": 3}), "result": "", **more,
    }  # fmt: skip
    interface = made("old-mes", "soap", told)
    in_use(interface, RULES)
    return interface


def test_an_answer_becomes_records_and_the_same_answer_changes_nothing(people, service, settings):
    interface = asked(service, settings)
    assert run.poll(interface=interface) == 3
    found = Nonconformance.objects.filter(source="old-mes").order_by("source_event")
    assert [(n.source_event, int(n.affected_quantity)) for n in found] == [("S-0", 1), ("S-1", 2), ("S-2", 3)]
    assert found[0].description.startswith("1970-01-01") and memory.recall(interface, "soap")["since"]
    raw = InboxMessage.objects.get(message_type="transport.file")
    assert b"Envelope" in bytes(raw.body) and raw.state == "APPLIED"
    memory.keep(interface, "soap", {})
    assert run.poll(interface=interface) == 3 and Nonconformance.objects.filter(source="old-mes").count() == 3
    assert Intake.objects.first().repeated == 3
    run.poll(interface=interface)
    assert Nonconformance.objects.filter(source="old-mes").count() == 3
    assert not Nonconformance.objects.get(source_event="S-0").description.startswith("1970"), "a change of the same one"


def test_a_fault_is_kept_with_its_answer(people, service, settings):
    interface = asked(service, settings, arguments=json.dumps({"since": "x", "most": 13}))
    assert run.poll(interface=interface) == 0
    letter = InboxMessage.objects.get(state="REJECTED")
    assert "the period is locked" in letter.problem and b"Fault" in bytes(letter.body)
    interface.state.refresh_from_db()
    assert "locked" in interface.state.problem and not memory.recall(interface, "soap")


def test_a_changed_description_stops_with_what_changed(people, service, settings):
    interface = asked(service, settings)
    run.poll(interface=interface)
    service.stop()
    service.start("2")
    assert run.poll(interface=interface) == 0
    alarm = Alarm.objects.get()
    assert alarm.kind == "contract" and "Station" in alarm.values["changes"]
    with pytest.raises(Conflict):
        run.poll(interface=interface)
    settle_alarm(alarm=alarm, by=people["integration"], reason="compared, a field more")
    assert run.poll(interface=interface) == 3
    service.stop()
    service.start("1")


def test_the_connection_test_and_what_may_not_be_asked(people, service, settings):
    interface = asked(service, settings)
    assert [f.ok for f in run.probe(interface=interface)] == [True] * 3
    interface.settings |= {"operation": "nothing"}
    assert [f.ok for f in run.probe(interface=interface)] == [True, False, True]
    assert run.poll(interface=interface) == 0
    settings.INTERFACE_TARGETS = ""
    [refused] = run.probe(interface=interface)
    assert not refused.ok and "not on the list" in refused.detail
