"""Events on their way to webhooks, by Standard Webhooks. Rows are made from the feed's position, never in a business transaction.

A receiver has its deliveries to itself: they are claimed per webhook for a short lease, of one subject only behind each other,
and a receiver in trouble gets one thread, one delivery at a time, then waits. Nothing that it does slows another.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import logging
import random
import time
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import Q

from connectors import http
from connectors.models import (
    Because,
    FeedPosition,
    Webhook,
    WebhookAttempt,
    WebhookDelivery,
    WebhookSecret,
    WebhookState,
)
from qms.journal.models import Entry
from qms.lib import crypto, statement
from qms.lib.clock import now

from . import feed, news, subscriptions

LEASE_SECONDS, BATCH, BATCH_SECONDS = 60, 50, 20.0
FAN_OUT = 1_000
# After the n-th failure of one delivery, in seconds: three days in all, then the webhook is stopped.
DELAYS = (5, 30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 24 * 3600)
CIRCUIT_FAILURES, CIRCUIT_SECONDS, CIRCUIT_LONGEST = 5, 5, 300
KEPT_BODY = 20_000
AGENT = "QMS-Webhooks/1"
log = logging.getLogger(__name__)

# Of one subject nothing overtakes: an earlier delivery that waits for its next try, or is under way, holds the later ones back.
NEXT = """
    SELECT {what} FROM connectors_webhookdelivery d
    WHERE d.webhook_id = {webhook} AND d.state = 'WAITING' AND d.next_at <= clock_timestamp()
      AND (d.lease_until IS NULL OR d.lease_until < clock_timestamp())
      AND NOT EXISTS (SELECT 1 FROM connectors_webhookdelivery e
                      WHERE e.webhook_id = d.webhook_id AND e.subject = d.subject AND e.id < d.id AND e.state = 'WAITING'
                        AND (e.next_at > clock_timestamp() OR e.lease_until >= clock_timestamp()))"""
CLAIM = f"""
UPDATE connectors_webhookdelivery SET lease_until = now() + make_interval(secs => %(lease)s)
WHERE id IN ({NEXT.format(what="d.id", webhook="%(webhook)s")} ORDER BY d.id LIMIT %(most)s) RETURNING id, lease_until"""
DUE = f"""
SELECT w.id, s.failures FROM connectors_webhook w JOIN connectors_webhookstate s ON s.webhook_id = w.id
WHERE w.paused_at IS NULL AND (s.open_until IS NULL OR s.open_until <= clock_timestamp())
  AND EXISTS ({NEXT.format(what="1", webhook="w.id")}) ORDER BY s.failures, w.id"""
DONE = """
UPDATE connectors_webhookdelivery d SET state = 'DONE', tries = tries + 1, lease_until = NULL, done_at = clock_timestamp(), problem = ''
WHERE id = ANY(%s::bigint[]) AND lease_until = %s::timestamptz"""
RELEASE = "UPDATE connectors_webhookdelivery SET lease_until = NULL WHERE id = ANY(%s::bigint[]) AND lease_until = %s::timestamptz"


# --- from the feed to rows ----------------------------------------------------------------------------------------------


def fan_out() -> int:
    """One row per event and interested webhook, from where it stopped; the position moves in the same transaction."""
    with transaction.atomic():
        mark = FeedPosition.objects.select_for_update(skip_locked=True).filter(name=subscriptions.POSITION).first()
        if mark is None:
            return 0
        last = feed.end()
        if mark.position >= last:
            return 0
        hooks = list(Webhook.objects.exclude(paused_because=Because.GONE))
        found: list[tuple[int, Entry]] = []
        reached = last  # with nobody to tell, nothing is looked at
        if hooks:
            upto = min(mark.position + feed.FURTHEST, last)
            found, reached = feed.scan(mark.position, news.chosen([]), most=FAN_OUT, upto=upto)
        made = _rows(hooks, [entry for _position, entry in found])
        WebhookDelivery.objects.bulk_create(made, ignore_conflicts=True, batch_size=2000)
        FeedPosition.objects.filter(pk=mark.pk).update(position=reached)
    return len(made)


def _rows(hooks: list[Webhook], entries: list[Entry]) -> list[WebhookDelivery]:
    codes = feed.site_codes()
    ids = {code: pk for pk, code in codes.items()}
    wanted = [({ids[c] for c in hook.sites if c in ids}, names_of(hook), hook) for hook in hooks]
    told = news.public(news.read(entries), {pk for sites, _names, _hook in wanted for pk in sites})
    return [
        WebhookDelivery(webhook=hook, entry_id=e.entry.id, event=e.entry.event, subject=_subject(e.entry))
        for e in told
        for sites, names, hook in wanted
        if e.entry.site in sites and e.entry.event in names and e.entry.ts >= hook.created_at
    ]


def names_of(hook: Webhook) -> set[str]:
    """What it subscribes to, as the journal calls it; a type that this version no longer knows stops nothing."""
    return {event.name for kind, event in news.outgoing().items() if not hook.types or kind in hook.types}


def _subject(entry: Entry) -> str:
    return str(json.loads(entry.payload)["label"])[:120]


# --- from rows to receivers ---------------------------------------------------------------------------------------------


def due() -> list[tuple[int, int]]:
    """(webhook, failures in a row) with something to send, healthy ones first."""
    return statement.rows(DUE, [])


def carry(webhook_id: int, poster: http.Poster, *, lease: int = LEASE_SECONDS) -> int:
    """Claim what is next for this webhook and send it, in order, until something fails. Returns how many arrived."""
    hook = Webhook.objects.select_related("state").filter(pk=webhook_id, paused_at=None).first()
    if hook is None:
        return 0
    claimed, held = _claim(hook, 1 if hook.state.failures else BATCH, lease)
    if not claimed:
        return 0
    return _Round(hook, claimed, held, poster).send()


def _claim(hook: Webhook, most: int, lease: int) -> tuple[list[WebhookDelivery], dt.datetime]:
    """One claim at a time per webhook: two that do not see each other's leases could part a subject."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"webhook:{hook.pk}"])
        cursor.execute(CLAIM, {"lease": lease, "webhook": hook.pk, "most": most})
        rows = cursor.fetchall()
    if not rows:
        return [], now()
    return list(WebhookDelivery.objects.filter(pk__in=[row[0] for row in rows]).order_by("pk")), rows[0][1]


@dataclass
class _Round:
    """Some deliveries of one webhook, sent behind each other and written down together."""

    hook: Webhook
    claimed: list[WebhookDelivery]
    held: dt.datetime
    poster: http.Poster
    done: list[int] = field(default_factory=list)
    attempts: list[WebhookAttempt] = field(default_factory=list)

    def send(self) -> int:
        keys, bodies = keys_of(self.hook), self._bodies()
        until, failed, posted = time.monotonic() + BATCH_SECONDS, None, None
        for delivery in self.claimed:
            if time.monotonic() > until:
                break
            body = bodies.get(delivery.entry_id)
            if body is None:
                self.done.append(delivery.pk)  # its record went into a compartment meanwhile: nobody's news outside
                continue
            headers = signed(str(delivery.entry_id), body, keys)
            posted = self.poster.post(self.hook.url, headers=headers, body=body)
            self._note(delivery, headers, body, posted)
            if not posted.is_done:
                failed = delivery
                break
            self.done.append(delivery.pk)
        self._write(failed, posted)
        return len(self.done)

    def _bodies(self) -> dict[int, bytes]:
        codes = feed.site_codes()
        told = news.read(list(Entry.objects.filter(pk__in=[d.entry_id for d in self.claimed])))
        pings = [each for each in told if each.entry.event == news.PING]
        open_ones = news.public(told, {pk for pk, code in codes.items() if code in self.hook.sites})
        return {each.entry.id: news.body(news.told(each, codes)) for each in (*pings, *open_ones)}

    def _note(self, delivery: WebhookDelivery, headers: dict[str, str], body: bytes, posted: http.Posted) -> None:
        exchange = {
            "url": self.hook.url,
            "request_headers": headers,
            "request": _text(body),
            "response_headers": {k: v for k, v in posted.headers.items() if k != "set-cookie"},
            "response": _text(posted.body),
        }
        self.attempts.append(
            WebhookAttempt(
                delivery=delivery,
                status=posted.status,
                milliseconds=posted.milliseconds,
                problem=posted.problem,
                exchange=json.dumps(exchange, ensure_ascii=False),
            )
        )

    def _write(self, failed: WebhookDelivery | None, posted: http.Posted | None) -> None:
        left = [d.pk for d in self.claimed if d.pk not in set(self.done) and d is not failed]
        with transaction.atomic(), connection.cursor() as cursor:
            WebhookAttempt.objects.bulk_create(self.attempts, batch_size=1000)
            cursor.execute(DONE, [self.done, self.held])
            cursor.execute(RELEASE, [left, self.held])
            if self.done:
                healthy = {"failures": 0, "open_until": None, "succeeded_at": now(), "problem": ""}
                WebhookState.objects.filter(pk=self.hook.pk).update(**healthy)
            if failed and posted:
                self._failed(failed, posted)

    def _failed(self, delivery: WebhookDelivery, posted: http.Posted) -> None:
        tries = delivery.tries + 1
        failures = (0 if self.done else self.hook.state.failures) + 1
        wait = delay(tries, posted.retry_after)
        values = {"tries": tries, "next_at": now() + dt.timedelta(seconds=wait), "problem": posted.problem}
        WebhookDelivery.objects.filter(pk=delivery.pk).update(lease_until=None, **values)
        state = {"failures": failures, "failed_at": now(), "problem": posted.problem, "open_until": circuit(failures)}
        WebhookState.objects.filter(pk=self.hook.pk).update(**state)
        if posted.status == 410:
            subscriptions.stop(webhook=self.hook, why=Because.GONE, problem=posted.problem)
        elif tries > len(DELAYS):
            subscriptions.stop(webhook=self.hook, why=Because.FAILING, problem=posted.problem)


def delay(tries: int, asked: float | None = None) -> float:
    """Seconds until the next try of a delivery: growing, with jitter, never sooner than the receiver asked."""
    plain = DELAYS[min(tries, len(DELAYS)) - 1]
    return max(plain * random.uniform(0.9, 1.2), asked or 0.0)  # noqa: S311  # spreads load, keeps no secret


def circuit(failures: int) -> dt.datetime | None:
    """Until when nothing is tried; None while the failures in a row are few."""
    if failures < CIRCUIT_FAILURES:
        return None
    seconds = min(CIRCUIT_SECONDS * 2 ** min(failures - CIRCUIT_FAILURES, 20), CIRCUIT_LONGEST)
    return now() + dt.timedelta(seconds=seconds)


def keys_of(hook: Webhook) -> list[bytes]:
    """Keys that sign now, the newest first."""
    rows = WebhookSecret.objects.filter(Q(valid_until=None) | Q(valid_until__gt=now()), webhook=hook).order_by("-pk")
    return [base64.b64decode(crypto.unseal(row.sealed)["key"].removeprefix("whsec_")) for row in rows]


def signed(message_id: str, body: bytes, keys: list[bytes]) -> dict[str, str]:
    """Headers by Standard Webhooks: one signature per valid key, so that a receiver may change its own at leisure."""
    name, at = f"msg_{message_id}", str(int(time.time()))
    content = f"{name}.{at}.".encode() + body
    marks = [f"v1,{base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()}" for key in keys]
    return {
        "content-type": "application/cloudevents+json; charset=utf-8",
        "user-agent": AGENT,
        "webhook-id": name,
        "webhook-timestamp": at,
        "webhook-signature": " ".join(marks),
    }


def _text(body: bytes) -> str:
    text = body[:KEPT_BODY].decode(errors="replace").replace("\x00", "\ufffd")
    return text + (" …" if len(body) > KEPT_BODY else "")
