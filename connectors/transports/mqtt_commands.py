"""Commands to the shop floor by MQTT: qms/<site>/commands/<work center>, answered under …/acks."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.core.exceptions import ValidationError
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from connectors import mes_messages as messages
from connectors.models import Downtime, Intake, Interface
from connectors.outbox import asks
from qms.api import strict_json
from qms.commands import handshake
from qms.commands.models import Command
from qms.lib import canonical
from qms.lib.clock import now
from qms.lib.errors import Refusal
from qms.lib.quantity import show

from . import intake
from .base import Bad
from .caller import caller

LONGEST = 7 * 86_400
ACK_FIELDS = ("by", "at", "reason", "location", "id", "url")


def ack_topics(interface: Interface) -> list[str]:
    return [f"qms/{interface.site.code}/commands/+/acks"] if interface.takes else []


def is_ack(interface: Interface, topic: str) -> bool:
    return topic.startswith(f"qms/{interface.site.code}/commands/") and topic.endswith("/acks")


def plain(row: Command) -> dict[str, Any]:
    return {
        "id": str(row.uid), "kind": row.kind, "status": row.state.lower(), "record": row.record_number,
        "severity": row.severity, "part": row.part, "part_revision": row.part_revision, "lot": row.lot, "order": row.order,
        "operation": row.operation, "work_center": row.work_center, "serials": row.serials, "text": row.text,
        "quantity": {"expected": show(row.quantity), "unit": row.unit}, "requested_at": canonical.instant(row.requested_at),
        "due_at": canonical.instant(row.due_at) if row.due_at else None, "version": row.version,
    }  # fmt: skip


def topic_of(row: Command) -> str:
    """A work center's name may hold what means something in a topic."""
    center = "".join("_" if c in "/+#\x00" else c for c in row.work_center) or "any"
    return f"qms/{row.site.code}/commands/{center}"


def publish(interface: Interface, client: Any, pending: dict[int, Command], told: set[tuple[int, str]]) -> int:
    """What is asked of this interface and was not handed over since we connected; `pending`: mid → command whose PUBACK has
    not come, `told`: (command, state)."""
    if not interface.takes or interface.paused_at or interface.mode != "live" or Downtime.objects.of(interface):
        return 0
    asked = Command.objects.filter(target=interface.code, state__in=("REQUESTED", "CANCEL_REQUESTED")).select_related(
        "site"
    )
    sent = 0
    for row in asked.order_by("pk")[:50]:
        if (row.pk, row.state) in told:
            continue
        until = row.valid_until or row.due_at
        lasting = Properties(PacketTypes.PUBLISH)
        seconds = int((until - now()).total_seconds()) if until else LONGEST
        lasting.MessageExpiryInterval = max(60, min(seconds, LONGEST))
        lasting.ContentType = "application/json"
        body = json.dumps(plain(row), ensure_ascii=False).encode()
        pending[client.publish(topic_of(row), body, qos=1, retain=False, properties=lasting).mid] = row
        told.add((row.pk, row.state))
        sent += 1
    return sent


def delivered(interface: Interface, row: Command) -> None:
    """The broker has it (PUBACK); from here it is delivered, as if it had been fetched."""
    held = Command.objects.get(pk=row.pk)
    if held.state == "REQUESTED":
        handshake.deliver(command=held, by=caller(interface))


def take_ack(interface: Interface, topic: str, body: bytes) -> None:
    """The same as POST mes/commands/{id}/acks. What cannot be is kept among the dead letters."""
    held = intake.begin(interface, topic, size=len(body))
    sha256 = hashlib.sha256(topic.encode() + b"\x00" + body).hexdigest()
    raw = intake.keep_raw(interface, name=topic, body=body, sha256=sha256, headers={"transport": "mqtt"})
    result = intake.Result()
    try:
        _answer(interface, body)
    except Refusal as refused:
        result = intake.bad(Bad("row", text=str(refused)))
    except Bad as wrong:
        result = intake.bad(wrong)
    intake.finish_raw(raw.id, result)
    Intake.objects.filter(pk=held.pk).update(message_id=raw.id)
    intake.finish(held, result)


def _answer(interface: Interface, body: bytes) -> None:
    try:
        told = strict_json.loads(body)
    except strict_json.Bad as wrong:
        raise Bad("not_json", why=wrong.code) from None
    if not isinstance(told, dict) or told.get("state") not in handshake.TOLD:
        raise Bad("not_an_ack")
    try:
        row = Command.objects.filter(target=interface.code, uid=str(told.get("command", ""))).first()
    except (ValidationError, ValueError):
        row = None
    if row is None:
        raise Bad("no_command", id=str(told.get("command", ""))[:60])
    said: dict[str, Any] = {name: str(told[name])[:500] for name in ACK_FIELDS if told.get(name)}
    if "at" in said:
        at = messages.instant(said["at"])
        if at is None or at.tzinfo is None:
            raise Bad("not_an_ack")
        said["at"] = at
    if isinstance(told.get("quantity"), dict):
        said["quantity"] = {str(name): str(value) for name, value in told["quantity"].items()}
    row, _is_new = handshake.answer(command=row, state=told["state"], said=said, by=caller(interface))
    asks.heard(row)
