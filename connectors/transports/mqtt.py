"""MQTT 5: messages are acknowledged to the broker after our commit and not before; so they come at least once, and count once.

One thread per interface, inside the relay's process. A lock of the database keeps a second process from stealing the session.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import certifi
import paho.mqtt.client as paho
from django.utils.translation import gettext as _
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from connectors.base import ConnectorError, Finding, Temporary
from connectors.models import InboxMessage, Intake, Interface
from qms.api import strict_json

from . import alarms, intake, memory, mqtt_commands, sparkplug
from .base import MOST_BYTES, Bad, Content, Format, Row
from .dial import dial
from .formats.lines import row_of
from .intake import Result

MOST_AT_ONCE, KEEPALIVE, DAY = 200, 30, 86_400
PLACES = ("site", "work_center", "station", "line", "area")


class Client(paho.Client):
    """Connects to an address that was checked (dial)."""

    def __init__(self, told: dict[str, Any], secrets: dict[str, Any]) -> None:
        super().__init__(
            paho.CallbackAPIVersion.VERSION2, client_id=told["client_id"], protocol=paho.MQTTv5, manual_ack=True
        )
        self.told = told
        if told.get("user"):
            self.username_pw_set(told["user"], secrets.get("password", ""))
        if told.get("tls"):
            sealed = ssl.create_default_context(cafile=certifi.where())
            if told.get("ca"):
                sealed.load_verify_locations(cadata=told["ca"])
            self.tls_set_context(sealed)

    def _create_socket_connection(self) -> Any:
        return dial(self._host, self._port, sealed=bool(self.told.get("tls")))

    def begin(self, *, clean: bool = False) -> None:
        """Raises Temporary with what the broker or the wire said."""
        lasting = Properties(PacketTypes.CONNECT)
        lasting.SessionExpiryInterval = 0 if clean else int(self.told.get("session_days", 14)) * DAY
        lasting.ReceiveMaximum = MOST_AT_ONCE
        try:
            self.connect(
                self.told["host"], int(self.told["port"]), keepalive=KEEPALIVE, clean_start=clean, properties=lasting
            )
        except (OSError, ValueError) as away:
            raise Temporary("unreachable", f"{self.told['host']}: {type(away).__name__}: {away}.") from None


@dataclass
class Session:
    """One interface and its broker, from connecting until the line breaks."""

    interface: Interface
    client: Client
    heard: list[paho.MQTTMessage] = field(default_factory=list)
    born: dict[tuple[str, int], str] = field(default_factory=dict)  # Sparkplug: (edge node or device, alias) → name
    sequences: dict[str, int] = field(default_factory=dict)
    refused: str = ""
    pending: dict[int, Any] = field(default_factory=dict)  # commands whose receipt the broker has not told
    told: set[tuple[int, str]] = field(default_factory=set)
    handed: list[int] = field(default_factory=list)
    is_up: bool = False
    is_lost: bool = False

    def open(self) -> None:
        client = self.client
        client.on_connect, client.on_disconnect = self._connected, self._broken
        client.on_message = lambda _client, _told, message: self.heard.append(message)
        client.on_publish = lambda _client, _told, mid, _why, _properties: self.handed.append(mid)
        client.begin()
        until = time.monotonic() + 10
        while not self.is_up and not self.refused and time.monotonic() < until:
            client.loop(0.1)
        if not self.is_up:
            raise Temporary("unreachable", f"{self.client.told['host']}: {self.refused or 'no answer'}.")

    def _connected(self, client: Any, _told: Any, flags: Any, why: Any, _properties: Any) -> None:
        if why.is_failure:
            self.refused = str(why)
            return
        self.is_up = True
        known = bool(flags.session_present)
        if not known and memory.recall(self.interface, "session").get("began"):
            alarms.raise_alarm(self.interface, "gap")
        memory.keep(self.interface, "session", {"began": True})
        options = SubscribeOptions(qos=1, retainAsPublished=True, retainHandling=1)
        told = self.interface.settings
        topics = [*told["topics"], *mqtt_commands.ack_topics(self.interface)]
        client.subscribe([(topic, options) for topic in topics])

    def _broken(self, *_told: Any) -> None:
        self.is_up, self.is_lost = False, True

    def round(self, seconds: float = 0.5) -> int:
        """Hear for a moment, then take what was heard, commit, and only then acknowledge. Returns how many."""
        self.listen(time.monotonic() + seconds)
        heard, self.heard = self.heard, []
        if heard:
            take(self, heard)
            for message in heard:
                self.client.ack(message.mid, message.qos)
        self.tell()
        return len(heard)

    def listen(self, until: float) -> None:
        while True:
            code = self.client.loop(max(0.0, min(0.1, until - time.monotonic())))
            if code != paho.MQTT_ERR_SUCCESS or self.is_lost:
                why = paho.error_string(code)
                raise Temporary("unreachable", f"{self.client.told['host']}: the line broke ({why}).")
            if len(self.heard) >= MOST_AT_ONCE or time.monotonic() > until:
                return

    def tell(self) -> None:
        """What is tried again, and what goes out: commands, of which the broker's receipt counts as delivered."""
        for left in intake.given_free(self.interface):
            again(self, left)
        mqtt_commands.publish(self.interface, self.client, self.pending, self.told)
        while self.handed:
            if row := self.pending.pop(self.handed.pop(), None):
                mqtt_commands.delivered(self.interface, row)

    def close(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self.client.disconnect()
            self.client.loop(0.1)


# --- what a message says ----------------------------------------------------------------------------------------------


def take(session: Session, heard: list[paho.MQTTMessage]) -> None:
    """Kept and applied together. What cannot be understood is kept whole among the dead letters."""
    interface = session.interface
    form = Format.of({**interface.settings, "format": "jsonl"})
    rows: list[Row] = []
    for message in heard:
        if mqtt_commands.is_ack(interface, message.topic):
            mqtt_commands.take_ack(interface, message.topic, bytes(message.payload))
            continue
        try:
            rows += _rows(session, message, form)
        except Bad as problem:
            _aside(interface, message, problem)
    if not rows:
        return
    digest = hashlib.sha256(b"".join(bytes(m.payload) for m in heard)).hexdigest()
    made = intake.take(interface, Content(rows), form, batch=digest, whole=False, headers={"transport": "mqtt"})
    held = intake.begin(interface, ", ".join(sorted({m.topic for m in heard}))[:255], sha256=digest)
    intake.finish(held, made)


def _rows(session: Session, message: paho.MQTTMessage, form: Format) -> list[Row]:
    if message.retain:  # a state, as it stood when we subscribed: never news
        raise Bad("retained")
    if len(message.payload) > MOST_BYTES // 8:
        raise Bad("too_large", size=len(message.payload), most=MOST_BYTES // 8)
    where = place_of(session.interface, message.topic)
    if session.interface.settings.get("payload") == "sparkplug":
        return _metrics(session, message, where)
    try:
        value = strict_json.loads(bytes(message.payload))
    except strict_json.Bad as wrong:
        raise Bad("not_json", why=wrong.code) from None
    return [_placed(row_of(0, one, form, _raw(one, value, message)), where, message) for one in _several(value)]


def again(session: Session, left: InboxMessage) -> None:
    """A message that a person gave free for another try, by the settings of now."""
    topic, body = str(strict_json.loads(left.headers.encode()).get("name", "")), bytes(left.body)
    if mqtt_commands.is_ack(session.interface, topic):
        mqtt_commands.take_ack(session.interface, topic, body)
        return
    message = paho.MQTTMessage(topic=topic.encode())
    message.payload = body
    form = Format.of({**session.interface.settings, "format": "jsonl"})
    held = intake.begin(session.interface, topic, sha256=left.body_sha256, size=len(body), message_id=left.pk)
    try:
        content = Content(_rows(session, message, form))
        result = intake.take(
            session.interface, content, form, batch=left.body_sha256, whole=False, headers={"transport": "mqtt"}
        )
    except Bad as problem:
        result = intake.bad(problem)
    intake.finish_raw(left.pk, result)
    intake.finish(held, result)


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _raw(one: Any, value: Any, message: paho.MQTTMessage) -> bytes:
    return bytes(message.payload) if one is value else intake.ENCODER.encode(one)


def _placed(row: Row, where: dict[str, str], message: paho.MQTTMessage) -> Row:
    """Site and station from the topic where the payload is silent. A message without an id is known by its content."""
    if row.event and not row.fault:
        return row
    data = {**where, "@topic": message.topic, **row.data}
    name = row.id or hashlib.sha256(message.topic.encode() + bytes(message.payload)).hexdigest()[:40]
    return Row(row.number, data, name, row.type, row.fault)


def place_of(interface: Interface, topic: str) -> dict[str, str]:
    """Raises Bad when the topic does not fit the pattern."""
    pattern = interface.settings.get("topic_pattern", "")
    if not pattern:
        return {}
    escaped = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(pattern)).replace(r"\#", ".*").replace("#", ".*")
    found = re.fullmatch(escaped.replace(r"\+", "[^/]+"), topic)
    if not found:
        raise Bad("topic", topic=topic)
    return {name: value for name, value in found.groupdict().items() if name in PLACES}


def _aside(interface: Interface, message: paho.MQTTMessage, problem: Bad) -> None:
    body = bytes(message.payload)
    sha256 = hashlib.sha256(message.topic.encode() + b"\x00" + body).hexdigest()
    held = intake.begin(interface, message.topic, sha256=sha256, size=len(body))
    row = intake.keep_raw(interface, name=message.topic, body=body, sha256=sha256, headers={"transport": "mqtt"})
    result = intake.bad(problem)
    if problem.code == "retained":
        result = Result(notes=[(problem.code, {})])
    intake.finish_raw(row.id, result)
    Intake.objects.filter(pk=held.pk).update(message_id=row.id)
    intake.finish(held, result)


# --- Sparkplug B ------------------------------------------------------------------------------------------------------


def _metrics(session: Session, message: paho.MQTTMessage, where: dict[str, str]) -> list[Row]:
    """spBv1.0/group/{N|D}{BIRTH|DATA|DEATH}/node[/device]: births name the aliases, a jump of `seq` asks for a new birth."""
    parts = message.topic.split("/")
    if len(parts) not in (4, 5) or parts[0] != "spBv1.0":
        raise Bad("topic", topic=message.topic)
    group, kind, node = parts[1], parts[2], parts[3]
    device = parts[4] if len(parts) == 5 else ""
    payload = sparkplug.read(bytes(message.payload))
    key = f"{group}/{node}"
    _follow(session, key, kind, payload.seq)
    if kind in ("NBIRTH", "DBIRTH"):
        session.born |= {(f"{key}/{device}", m.alias): m.name for m in payload.metrics if m.alias is not None}
        return []
    if kind not in ("NDATA", "DDATA"):
        return []
    rows = []
    for metric in payload.metrics:
        name = metric.name or session.born.get((f"{key}/{device}", metric.alias or 0), "")
        if not name:
            ask_birth(session, key)
            raise Bad("no_alias", alias=metric.alias)
        rows.append(
            _reading(message.topic, where, {"group": group, "node": node, "device": device}, name, metric, payload)
        )
    return rows


def _follow(session: Session, key: str, kind: str, seq: int | None) -> None:
    if seq is None:
        return
    last = session.sequences.get(key)
    session.sequences[key] = seq
    if kind != "NBIRTH" and last is not None and seq != (last + 1) % 256:
        ask_birth(session, key)


def ask_birth(session: Session, key: str) -> None:
    """The node tells its names and values once more: Node Control/Rebirth, a boolean."""
    group, _slash, node = key.partition("/")
    metric = b"\x0a\x14Node Control/Rebirth" + b"\x20\x0b" + b"\x70\x01"
    session.client.publish(f"spBv1.0/{group}/NCMD/{node}", b"\x12" + bytes([len(metric)]) + metric, qos=0)


def _reading(
    topic: str, where: dict[str, str], named: dict[str, str], name: str, metric: sparkplug.Metric, payload: sparkplug.Payload
) -> Row:  # fmt: skip
    at = metric.at or payload.at or 0
    data = {
        **where, **{k: v for k, v in named.items() if v}, "name": name, "value": metric.value, "at_ms": at,
        "is_historical": metric.is_historical, "@topic": topic,
    }  # fmt: skip
    return Row(0, data, f"{topic}:{name}:{at}"[:190])


# --- connection test --------------------------------------------------------------------------------------------------


def probe(interface: Interface, secrets: dict[str, Any]) -> Iterable[Finding]:
    """With a client id of its own, so that the session is not disturbed."""
    told = {**interface.settings, "client_id": f"{interface.settings['client_id']}-test"}
    line = _("The broker answers and lets us in")
    try:
        found = Probe(interface, Client(told, secrets)).findings()
    except ConnectorError as problem:
        return [Finding(line, False, problem.message)]
    broker = _(
        "To be set in the broker, which does not tell: persistence true, autosave_interval 1 to 5, max_queued_messages 0 or"
        " large, persistent_client_expiration 14d"
    )
    return [Finding(line, True, told["host"]), *found, Finding(broker, True, "mosquitto.conf")]


class Probe(Session):
    """What the broker promised when it answered."""

    granted: list[Any]
    promised: Any = None

    def _connected(self, client: Any, _told: Any, flags: Any, why: Any, properties: Any) -> None:
        if why.is_failure:
            self.refused = str(why)
            return
        self.is_up, self.promised = True, properties

    def findings(self) -> list[Finding]:
        self.granted = []
        self.client.on_subscribe = lambda _c, _t, _mid, codes, _p: self.granted.extend(codes)
        self.client.on_connect, self.client.on_disconnect = self._connected, self._broken
        self.client.begin(clean=True)
        self._until(lambda: self.is_up or bool(self.refused))
        if not self.is_up:
            raise Temporary("unreachable", f"{self.client.told['host']}: {self.refused or 'no answer'}.")
        topics = self.interface.settings["topics"]
        self.client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in topics])
        self._until(lambda: len(self.granted) >= len(topics))
        self.close()
        most = getattr(self.promised, "MaximumQoS", 2)
        bad = [topic for topic, code in zip(topics, self.granted, strict=False) if code.is_failure or code.value < 1]
        expiry = getattr(self.promised, "SessionExpiryInterval", None)
        return [
            Finding(_("It carries messages with QoS 1"), most >= 1, f"QoS {most}"),
            Finding(_("We may hear every topic"), not bad and bool(self.granted), ", ".join(bad or topics)),
            Finding(_("It keeps our session as long as we ask"), expiry is None or expiry > 0, ""),
        ]

    def _until(self, done: Any) -> None:
        until = time.monotonic() + 8
        while not done() and time.monotonic() < until:
            self.client.loop(0.1)
