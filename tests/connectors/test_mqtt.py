"""MQTT through a real mosquitto: at least once on the wire, exactly once in the records."""

import json
import os
import shutil
import socket
import subprocess
import time

import paho.mqtt.client as paho
import pytest

from connectors.actions import retry_letters
from connectors.models import Alarm, InboxMessage, Intake
from connectors.transports import listener, mqtt, run, sparkplug
from connectors.transports.base import Bad
from ncr.models import Nonconformance
from tests.connectors.carried import made
from tests.connectors.mes import event, in_use

PROVES = ("G9", "G19")
pytestmark = [pytest.mark.django_db, pytest.mark.plant]
TOPIC = "acme/AUG/hall-2/line-3/WC-MILL/quality/defect"
PATTERN = "{enterprise}/{site}/{area}/{line}/{work_center}/quality/{kind}"
PROGRAM = shutil.which("mosquitto") or "/usr/sbin/mosquitto"


class Broker:
    """mosquitto with a folder and a port of its own, set as the how-to says."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        if os.geteuid() == 0:
            folder.chmod(0o777)
        (folder / "mosquitto.conf").write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {folder}/\nautosave_interval 1\nautosave_on_changes true\nmax_queued_messages 0\n"
        )
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [PROGRAM, "-c", str(self.folder / "mosquitto.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _try in range(100):
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("mosquitto does not listen")

    def forget(self):
        """Ends without its store: what it kept for us is gone."""
        self.process.kill()
        self.process.wait()
        for kept in self.folder.glob("*.db"):
            kept.unlink()
        self.start()

    def send(self, *bodies, topic=TOPIC, retain=False):
        sender = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        sender.connect("127.0.0.1", self.port)
        sender.loop_start()
        for body in bodies:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            sender.publish(topic, raw, qos=1, retain=retain).wait_for_publish(10)
        sender.disconnect()
        sender.loop_stop()

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    running = Broker(tmp_path_factory.mktemp("mosquitto"))
    yield running
    running.stop()


@pytest.fixture
def cell(people, broker, settings, request):
    settings.INTERFACE_TARGETS = "127.0.0.1"
    told = {
        "host": "127.0.0.1", "port": broker.port, "client_id": f"qms-{request.node.name[:40]}", "payload": "json",
        "topics": ["acme/+/+/+/+/quality/#", "spBv1.0/#"], "topic_pattern": "", "id": "id",
        "takes_commands": ["special_instruction", "hold"],
    }  # fmt: skip
    return made("cell-4", "mqtt", told)


def session_of(interface):
    found = mqtt.Session(interface, mqtt.Client(interface.settings, {}))
    found.open()
    for _round in range(5):
        found.client.loop(0.1)  # the subscription
    return found


def hear(session, count, seconds=10):
    """Rounds until so many messages were taken."""
    until, heard = time.monotonic() + seconds, 0
    while heard < count and time.monotonic() < until:
        heard += session.round(0.2)
    assert heard >= count, f"{heard} of {count}"


def defects():
    return Nonconformance.objects.filter(source="cell-4|mes-aug").count()


def test_events_become_records_and_the_session_outlives_us(cell, broker):
    session = session_of(cell)
    broker.send(event(), event())
    hear(session, 2)
    assert defects() == 2 and Intake.objects.filter(name=TOPIC).exists()
    session.close()
    broker.send(*(event() for _ in range(5)))
    again = session_of(cell)
    hear(again, 5)
    assert defects() == 7 and not Alarm.objects.exists()
    again.close()


def test_dead_between_commit_and_acknowledgement_the_effect_comes_once(cell, broker, monkeypatch):
    session = session_of(cell)
    one = event()
    broker.send(one)

    def die(*_told):
        session.client._sock_close()
        raise SystemExit

    monkeypatch.setattr(session.client, "ack", die)
    with pytest.raises(SystemExit):
        hear(session, 1)
    assert defects() == 1, "committed, and the broker does not know"
    again = session_of(cell)
    hear(again, 1)
    assert defects() == 1 and InboxMessage.objects.filter(message_id=one["id"]).count() == 1
    assert Intake.objects.order_by("-pk").first().repeated == 1
    again.close()
    last = session_of(cell)
    assert last.round(0.5) == 0, "now it is acknowledged"
    last.close()


def test_dead_before_the_commit_nothing_is_lost(cell, broker, monkeypatch):
    session = session_of(cell)
    broker.send(event())
    with monkeypatch.context() as broken:

        def away(*_told):
            raise OSError("the database is away")

        broken.setattr(mqtt, "take", away)
        with pytest.raises(OSError):
            hear(session, 1)
    session.client._sock_close()
    again = session_of(cell)
    hear(again, 1)
    assert defects() == 1
    again.close()


def test_a_broker_that_forgot_us_is_a_possible_gap(cell, broker):
    session_of(cell).close()
    assert not Alarm.objects.exists()
    broker.forget()
    session_of(cell).close()
    assert Alarm.objects.get().kind == "gap" and Alarm.objects.get().settled_at is None


def test_site_and_work_center_from_the_topic_where_the_payload_is_silent(cell, broker, people):
    cell.settings |= {"topic_pattern": PATTERN, "topics": ["acme/#"]}
    in_use(cell, {"fields": [
        {"to": "nc_code", "from": "/code"}, {"to": "part", "from": "/part"}, {"to": "work_center", "from": "/work_center"},
        {"to": "site", "from": "/site"}, {"to": "quantity.affected", "from": "/n", "as": "decimal"},
        {"to": "quantity.unit", "value": "m"},
    ]})  # fmt: skip
    session = session_of(cell)
    broker.send({"id": "D-1", "code": "DIM-OUT", "part": "RM-TI64-B25", "n": 3})
    broker.send({"code": "DIM-OUT"}, topic="acme/elsewhere")
    hear(session, 2)
    session.close()
    kept = json.loads(bytes(InboxMessage.objects.get(message_id="D-1").body))["data"]
    assert (kept["site"], kept["work_center"], kept["@topic"]) == ("AUG", "WC-MILL", TOPIC)
    assert Nonconformance.objects.get(source_event="D-1").affected_quantity == 3
    letter = InboxMessage.objects.get(state="REJECTED")
    assert "pattern" in letter.problem and b"DIM-OUT" in bytes(letter.body)
    retry_letters(
        interface=cell, letters=[f"in:{letter.uid}"], by=people["integration"], reason="the pattern is mended"
    )
    cell.settings |= {"topic_pattern": ""}
    session = session_of(cell)
    session.round(0.2)
    session.close()
    letter.refresh_from_db()
    assert letter.state == "APPLIED" and b"DIM-OUT" in bytes(InboxMessage.objects.get(state="REJECTED").body)


def test_retained_is_a_state_and_never_a_defect_and_nonsense_is_a_letter(cell, broker):
    broker.send(event(), topic="acme/AUG/a/b/c/quality/kept", retain=True)
    session = session_of(cell)
    broker.send(b"\xff\x00 nonsense")
    hear(session, 2)
    session.close()
    broker.send(b"", topic="acme/AUG/a/b/c/quality/kept", retain=True)
    assert defects() == 0 and Intake.objects.get(name__endswith="kept").notes == [["retained", {}]]
    letter = InboxMessage.objects.get(state="REJECTED")
    assert bytes(letter.body) == b"\xff\x00 nonsense" and letter.problem


def test_commands_go_out_and_their_answers_come_back(cell, broker, people):
    from decimal import Decimal

    from qms import journal
    from qms.commands import handshake
    from tests.factories import Factory

    record = Factory().ncr()
    heard = []
    floor = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    floor.on_message = lambda _c, _t, message: heard.append(message)
    floor.connect("127.0.0.1", broker.port)
    floor.subscribe("qms/AUG/commands/#", qos=1)
    floor.loop_start()
    session = session_of(cell)
    asked = handshake.request(
        record=record, kind="special_instruction", purpose="test", target="cell-4", quantity=Decimal(1), unit="m",
        by=journal.SYSTEM, work_center="WC/MILL", text="Check every bore.",
    )  # fmt: skip
    until = time.monotonic() + 10
    while asked.state != "DELIVERED" and time.monotonic() < until:
        session.round(0.2)
        asked.refresh_from_db()
    assert asked.state == "DELIVERED" and heard, "the broker has it"
    [command] = [m for m in heard if not m.topic.endswith("acks")]
    told = json.loads(command.payload)
    assert command.topic == "qms/AUG/commands/WC_MILL" and not command.retain
    assert told["id"] == str(asked.uid) and told["text"] == "Check every bore."
    assert command.properties.MessageExpiryInterval <= 7 * 86400
    for body in (
        {"command": told["id"], "state": "acknowledged", "by": "OP-7"},
        {"command": told["id"], "state": "no"},
    ):
        floor.publish(f"{command.topic}/acks", json.dumps(body), qos=1).wait_for_publish(10)
    hear(session, 2)
    asked.refresh_from_db()
    assert asked.state == "ACKNOWLEDGED" and asked.answers["acknowledged"]["by"] == "OP-7"
    assert (
        "acks" not in InboxMessage.objects.get(state="REJECTED").problem
        and Intake.objects.filter(state="ERROR").count() == 1
    )
    session.close()
    floor.loop_stop()
    floor.disconnect()


def varint(number):
    out = b""
    while True:
        out += bytes([number & 127 | (128 if number > 127 else 0)])
        number >>= 7
        if not number:
            return out


def field(number, kind, value):
    return varint(number << 3 | kind) + (
        varint(value) if kind == 0 else varint(len(value)) + value if kind == 2 else value
    )


def metric(name=b"", alias=None, kind=10, value=b""):
    body = (field(1, 2, name) if name else b"") + (field(2, 0, alias) if alias is not None else b"")
    return field(2, 2, body + field(3, 0, 1_777_000_000_000) + field(4, 0, kind) + value)


def test_sparkplug_b_is_read_with_aliases_and_asks_for_a_birth(cell, broker):
    import struct

    cell.settings |= {"payload": "sparkplug", "topics": ["spBv1.0/#"], "type": "mes.measurement.recorded", "id": ""}
    heard = []
    node = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    node.on_message = lambda _c, _t, message: heard.append(message)
    node.connect("127.0.0.1", broker.port)
    node.subscribe("spBv1.0/g/NCMD/#", qos=1)
    node.loop_start()
    session = session_of(cell)
    reading = field(13, 1, struct.pack("<d", 25.013))
    data = field(1, 0, 1_777_000_000_000) + metric(alias=7, value=reading) + field(3, 0, 1)
    broker.send(data, topic="spBv1.0/g/DDATA/n/mill")
    hear(session, 1)
    assert "birth" in InboxMessage.objects.get(state="REJECTED").problem
    birth = metric(b"Bore/Diameter", 7, value=reading) + field(3, 0, 2)
    broker.send(birth, topic="spBv1.0/g/DBIRTH/n/mill")
    broker.send(data.replace(field(3, 0, 1), field(3, 0, 3)), topic="spBv1.0/g/DDATA/n/mill")
    hear(session, 2)
    kept = json.loads(bytes(InboxMessage.objects.get(message_type="mes.measurement.recorded").body))["data"]
    assert (kept["name"], kept["value"], kept["device"]) == ("Bore/Diameter", 25.013, "mill")
    until = time.monotonic() + 5
    while not heard and time.monotonic() < until:
        time.sleep(0.05)
    assert heard and heard[0].topic == "spBv1.0/g/NCMD/n" and sparkplug.read(heard[0].payload).metrics[0].value is True
    assert sparkplug.read(heard[0].payload).metrics[0].name == "Node Control/Rebirth"
    session.close()
    node.loop_stop()
    node.disconnect()
    for nonsense in (b"\xff", b"\x12\x7f", b"\x00\x00", b"\x12\x02\x0a\x05"):
        with pytest.raises(Bad):
            sparkplug.read(nonsense)


def test_the_connection_test_says_what_the_broker_promises(cell, broker, settings):
    good = run.probe(interface=cell)
    assert [f.ok for f in good] == [True] * 5 and "max_queued_messages" in good[-1].name
    cell.settings |= {"port": 1}
    assert "did not answer" in run.probe(interface=cell)[0].detail
    settings.INTERFACE_TARGETS = ""
    assert "not on the list" in run.probe(interface=cell)[0].detail


def test_what_is_paused_or_off_is_not_listened_to(cell, people):
    from connectors.actions import pause, resume

    assert set(listener.wanted()) == {cell.pk}
    pause(interface=cell, by=people["integration"], reason="maintenance of the broker")
    assert not listener.wanted()
    resume(interface=cell, by=people["integration"], reason="it runs again now")
    assert set(listener.wanted()) == {cell.pk}
