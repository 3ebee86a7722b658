"""Real receivers of webhooks on the loopback, and the relay's work done by hand."""

import json
import threading
import time
from typing import Any

from django.db import connection

from connectors import http
from connectors.models import FeedPosition, Webhook
from connectors.outbox import feed, subscriptions, webhooks
from qms import journal
from qms.journal import sealing
from tests.databases import use_login

LOOPBACK = http.Allowed.parse("127.0.0.1, localhost")


def seal() -> int:
    """What the sealer daemon does, with its login."""
    connection.close()
    use_login("sealer")
    sealing.lead()
    total = 0
    while sealed := sealing.seal_once():
        total += sealed
    connection.close()
    use_login("app")
    return total


def subscribed(url: str, *, name: str = "MES", types: Any = (), sites: Any = ("AUG",)) -> tuple[Webhook, str]:
    seal()
    FeedPosition.objects.filter(name="webhooks").update(position=feed.end())
    return subscriptions.subscribe(name=name, url=url, sites=list(sites), types=list(types), by=journal.SYSTEM)


def relay(*, rounds: int = 1) -> int:
    """Seal, make rows, send what is due; returns how many arrived."""
    seal()
    while webhooks.fan_out():
        pass
    poster, arrived = http.Poster(LOOPBACK), 0
    for _round in range(rounds):
        for hook, _failures in webhooks.due():
            arrived += webhooks.carry(hook, poster)
    poster.close()
    return arrived


def told(seen: list[Any]) -> list[Any]:
    return [json.loads(each.body) for each in seen]


def at_once(hook: Webhook) -> None:
    """The clock has gone on: what waits for its next try is due, and the circuit is closed."""
    from connectors.models import WebhookDelivery, WebhookState

    WebhookDelivery.objects.filter(webhook=hook, state="WAITING").update(next_at="2020-01-01T00:00Z", lease_until=None)
    WebhookState.objects.filter(webhook=hook).update(open_until=None)


__all__ = ["LOOPBACK", "at_once", "relay", "seal", "subscribed", "threading", "time", "told"]
