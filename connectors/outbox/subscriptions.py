"""What can be done with a webhook: subscribe, change, rotate the secret, pause, resume, try, send again."""

from __future__ import annotations

import base64
import datetime as dt
import secrets
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from connectors import events, http
from connectors.base import ConnectorError
from connectors.models import Because, FeedPosition, Webhook, WebhookDelivery, WebhookSecret, WebhookState
from qms import journal
from qms.accounts import access
from qms.accounts.models import Site
from qms.journal.models import Entry
from qms.lib import crypto, statement
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.records.actions import check_reason

from . import feed, news
from .postings import ring

MANAGE = "webhook.manage"
PREFIX = "whsec_"
GRACE = dt.timedelta(days=7)
MOST_REPLAYED = 10_000
POSITION = "webhooks"

IN_RANGE = """
SELECT e.id, e.event, e.payload::json ->> 'label' FROM journal_entry e JOIN journal_leaf l ON l.entry_id = e.id
WHERE e.kind = 'act' AND e.event = ANY(%s::text[]) AND e.site = ANY(%s::bigint[]) {more} ORDER BY l.leaf_index LIMIT %s"""
# The parts of a range that were given; positions are the feed's, so that nothing that was committed late lies outside.
PARTS = {
    "since": "e.ts >= %s",
    "until": "e.ts < %s",
    "first": "l.leaf_index >= (SELECT leaf_index FROM journal_leaf WHERE entry_id = %s)",
    "last": "l.leaf_index <= (SELECT leaf_index FROM journal_leaf WHERE entry_id = %s)",
    "subject": "e.payload::json ->> 'label' = %s",
    "from_sequence": "e.object_seq >= %s",
    "to_sequence": "e.object_seq <= %s",
}


def subscribe(
    *, name: str, url: str, sites: list[str], types: list[str], by: Any, secret: str = "", paused: bool = False
) -> tuple[Webhook, str]:
    """Returns the webhook and its secret in the clear, which is shown this once. The address of a paused one may still be off
    the list of targets; nothing is posted to it before it is on it."""
    if not isinstance(by, journal.Actor):
        access.check(by, MANAGE)
    chosen = _sites(sites, by)
    news.chosen(types)
    if not paused:
        check_target(url)
    with journal.act(events.WEBHOOK_CREATED, by=by) as act:
        row = Webhook.objects.create(
            name=name.strip(),
            url=url,
            site=chosen[0],
            sites=[site.code for site in chosen],
            types=sorted(set(types)),
            created_by_id=getattr(by, "pk", None),
            paused_at=now() if paused else None,
            paused_because=Because.PERSON if paused else "",
        )
        clear = _add_secret(row, secret)
        WebhookState.objects.create(webhook=row)
        FeedPosition.objects.get_or_create(name=POSITION, defaults={"position": feed.end()})
        act.record(row, changed(row))
    return row, clear


def _sites(codes: list[str], by: Any) -> list[Site]:
    """Those sites, where the caller may manage all of them; the system may everywhere."""
    rows = {site.code: site for site in Site.objects.all()}
    held = access.ALL if isinstance(by, journal.Actor) else access.site_ids(by, MANAGE)
    unknown = [c for c in codes if c not in rows or held != access.ALL and rows[c].pk not in held]
    if unknown or not codes:
        raise Invalid(
            _("Name at least one site, and only sites whose webhooks you manage."),
            field="sites",
            hint=_("Not yours or not known: %(sites)s.") % {"sites": ", ".join(unknown)} if unknown else "",
        )
    return [rows[code] for code in dict.fromkeys(codes)]


def check_target(url: str) -> None:
    try:
        http.check_target(url, http.Allowed.parse(settings.WEBHOOK_TARGETS))
    except ConnectorError as problem:
        raise Invalid(
            _("This address cannot be subscribed: %(why)s") % {"why": problem.message},
            field="url",
            hint=_("Give a public https address, or have the host put on the list of targets (QMS_WEBHOOK_TARGETS)."),
        ) from problem


def changed(row: Webhook) -> events.WebhookChanged:
    return events.WebhookChanged(name=row.name, url=row.url, sites=list(row.sites), types=list(row.types))


def _add_secret(row: Webhook, clear: str = "") -> str:
    clear = clear or PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    WebhookSecret.objects.create(webhook=row, sealed=crypto.seal({"key": clear}))
    return clear


def edit(*, webhook: Webhook, by: Any, reason: str, **values: Any) -> Webhook:
    """`values`: name, url, sites, types. What waits already goes to the new address."""
    access.check(by, MANAGE, webhook)
    check_reason(reason)
    if "url" in values:
        check_target(values["url"])
    if "sites" in values:
        values["sites"] = [site.code for site in _sites(values["sites"], by)]
    if "types" in values:
        news.chosen(values["types"])
    with journal.act(events.WEBHOOK_EDITED, by=by, reason=reason) as act:
        row = _locked(webhook)
        for field, value in values.items():
            setattr(row, field, value)
        row.save(update_fields=list(values))
        act.record(row, changed(row))
    return row


def rotate(*, webhook: Webhook, by: Any, until: dt.datetime | None = None) -> tuple[Webhook, str]:
    """A new secret signs at once; those before it sign too until the given time (a week from now unless told)."""
    access.check(by, MANAGE, webhook)
    until = until or now() + GRACE
    if not now() <= until <= now() + dt.timedelta(days=90):
        raise Invalid(_("The old secret may stay valid for up to 90 days."), field="until")
    with journal.act(events.WEBHOOK_ROTATED, by=by) as act:
        row = _locked(webhook)
        for old in row.secrets.filter(valid_until=None):
            old.valid_until = until
            old.save(update_fields=["valid_until"])
        clear = _add_secret(row)
        act.record(row, changed(row))
    return row, clear


def pause(*, webhook: Webhook, by: Any, reason: str) -> Webhook:
    """Events go on being queued and wait."""
    access.check(by, MANAGE, webhook)
    check_reason(reason)
    with journal.act(events.WEBHOOK_PAUSED, by=by, reason=reason) as act:
        row = _locked(webhook)
        if row.paused_at:
            raise Conflict(_("%(name)s is paused already.") % {"name": row.name}, code="paused")
        _pause(row, Because.PERSON)
        act.record(row, changed(row))
    return row


def pause_all(*, by: Any, reason: str) -> list[Webhook]:
    """By the system, after a restore: events wait until a person has looked."""
    paused = []
    for webhook in Webhook.objects.active():
        with journal.act(events.WEBHOOK_PAUSED, by=by, reason=reason) as act:
            row = _locked(webhook)
            _pause(row, Because.PERSON)
            act.record(row, changed(row))
        paused.append(row)
    return paused


def _pause(row: Webhook, why: Because) -> None:
    row.paused_at, row.paused_because = now(), why
    row.save(update_fields=["paused_at", "paused_because"])


def stop(*, webhook: Webhook, why: Because, problem: str) -> None:
    """By the relay: the receiver wants no more, or nothing arrived for three days."""
    with journal.act(events.WEBHOOK_STOPPED, by=journal.Actor(id="system:relay", name="Relay")) as act:
        row = _locked(webhook)
        if row.paused_at is None:
            _pause(row, why)
        act.record(row, events.WebhookStopped(name=row.name, url=row.url, why=problem))


def resume(*, webhook: Webhook, by: Any, reason: str) -> Webhook:
    """What waited is sent at once; after a 410 nothing waited: replay what was missed."""
    access.check(by, MANAGE, webhook)
    check_reason(reason)
    with journal.act(events.WEBHOOK_RESUMED, by=by, reason=reason) as act:
        row = _locked(webhook)
        if not row.paused_at:
            raise Conflict(_("%(name)s is not paused.") % {"name": row.name}, code="not_paused")
        row.paused_at, row.paused_because = None, ""
        row.save(update_fields=["paused_at", "paused_because"])
        WebhookState.objects.filter(webhook=row).update(failures=0, open_until=None, problem="")
        _again(WebhookDelivery.objects.filter(webhook=row, state="WAITING"))
        act.record(row, changed(row))
    ring()
    return row


def _again(rows: Any) -> int:
    return int(rows.update(state="WAITING", tries=0, next_at=Now(), lease_until=None, problem=""))


def _locked(webhook: Webhook) -> Webhook:
    row: Webhook = Webhook.objects.select_for_update().get(pk=webhook.pk)
    return row


def ping(*, webhook: Webhook, by: Any) -> WebhookDelivery:
    """A test event to this one address, on the way of all others; also while its types are narrowed."""
    access.check(by, MANAGE, webhook)
    if webhook.paused_at:
        raise Conflict(_("%(name)s is paused: resume it first.") % {"name": webhook.name}, code="paused")
    with journal.act(events.WEBHOOK_PINGED, by=by) as act:
        told = act.record(webhook, changed(webhook))
        made = WebhookDelivery.objects.create(
            webhook=webhook, entry_id=told.entry_id, event=news.PING, subject=webhook.name
        )
    ring()
    return made


def send_again(*, delivery: WebhookDelivery, by: Any, reason: str) -> WebhookDelivery:
    """One delivery, under the same webhook-id."""
    access.check(by, MANAGE, delivery.webhook)
    check_reason(reason)
    with journal.act(events.WEBHOOK_REPLAYED, by=by, reason=reason) as act:
        _again(WebhookDelivery.objects.filter(pk=delivery.pk))
        told = events.WebhookReplayed(delivery.webhook.name, 1, delivery.event, delivery.subject)
        act.record(delivery.webhook, told)
    ring()
    return delivery


def give_up(*, delivery: WebhookDelivery, by: Any, reason: str) -> WebhookDelivery:
    """This event is not tried any more at this address; what waited behind it goes on. It can be sent again later."""
    access.check(by, MANAGE, delivery.webhook)
    check_reason(reason)
    with journal.act(events.WEBHOOK_DROPPED, by=by, reason=reason) as act:
        waiting = WebhookDelivery.objects.filter(pk=delivery.pk, state="WAITING")
        if not waiting.update(state="DROPPED", lease_until=None):
            raise Conflict(_("%(number)s does not wait any more.") % {"number": delivery.number}, code="not_waiting")
        told = events.WebhookReplayed(delivery.webhook.name, 1, delivery.event, delivery.subject)
        act.record(delivery.webhook, told)
    return delivery


def in_range(
    webhook: Webhook,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    first: str = "",
    last: str = "",
    subject: str = "",
    from_sequence: int | None = None,
    to_sequence: int | None = None,
) -> list[tuple[int, str, str]]:
    """(entry, event, subject) of what it subscribes to, oldest first: between two times, between two webhook-ids (both sent
    too), of one record, of one record from one `sequence` to another, or where all that was given holds. Raises Invalid beyond
    the cap."""
    asked: dict[str, Any] = {
        "since": since,
        "until": until,
        "first": _entry(first, "first"),
        "last": _entry(last, "last"),
    }
    asked |= {"subject": subject.strip(), "from_sequence": from_sequence, "to_sequence": to_sequence}
    given = {part: value for part, value in asked.items() if value}
    _check_sequence(given)
    if since and until and since >= until:
        raise Invalid(_("The range ends before it begins."), field="until")
    sites = list(Site.objects.filter(code__in=webhook.sites).values_list("pk", flat=True))
    more = "".join(f" AND {PARTS[part]}" for part in given)
    values = [news.chosen(webhook.types), sites, *given.values(), MOST_REPLAYED + 1]
    found = statement.rows(IN_RANGE.format(more=more), values)
    if len(found) > MOST_REPLAYED:
        raise Invalid(
            _("More than %(most)s events lie in this range.") % {"most": MOST_REPLAYED},
            field="since",
            hint=_("Choose a shorter range and replay it in parts."),
        )
    open_ones = {each.entry.id for each in _public(found, set(sites))}
    return [row for row in found if row[0] in open_ones]


def _check_sequence(given: dict[str, Any]) -> None:
    """A `sequence` counts the events of one record, so it says where to begin only together with that record."""
    numbered = {"from_sequence", "to_sequence"} & set(given)
    if numbered and "subject" not in given:
        raise Invalid(_("Name the record whose events are numbered."), field="subject", hint="NCR-26-000123")
    if not {"since", "first", "from_sequence"} & set(given):
        raise Invalid(_("Say where the range begins: a time or a webhook-id."), field="since")
    if len(numbered) == 2 and given["from_sequence"] > given["to_sequence"]:
        raise Invalid(_("The range ends before it begins."), field="to_sequence")


def _entry(told: str, field: str) -> int | None:
    """The sealed event that a webhook-id names (msg_123, or the event's id 123)."""
    number = told.strip().removeprefix("msg_")
    if not number:
        return None
    known = "SELECT 1 FROM journal_leaf WHERE entry_id = %s"
    if number.isascii() and number.isdigit() and len(number) < 19 and statement.rows(known, [int(number)]):
        return int(number)
    raise Invalid(
        _("There is no event %(number)s.") % {"number": told.strip()[:40]},
        field=field,
        hint=_("Give the webhook-id of a delivery, such as msg_123, or the id of an event."),
    )


def _public(found: list[tuple[Any, ...]], sites: set[int]) -> list[news.News]:
    return news.public(news.read(list(Entry.objects.filter(pk__in=[row[0] for row in found]))), sites)


def replay(
    *,
    webhook: Webhook,
    by: Any,
    reason: str,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    first: str = "",
    last: str = "",
    subject: str = "",
    from_sequence: int | None = None,
    to_sequence: int | None = None,
) -> int:
    """Everything of the range once more, under the same ids; what was never queued (after a 410) is queued. Returns how many."""
    access.check(by, MANAGE, webhook)
    check_reason(reason)
    found = in_range(webhook, since, until, first, last, subject, from_sequence, to_sequence)
    if not found:
        raise Invalid(_("Nothing that this webhook subscribes to lies in the range."), field="since")
    begin, end = first or (since.isoformat() if since else ""), last or (until.isoformat() if until else "")
    with transaction.atomic(), journal.act(events.WEBHOOK_REPLAYED, by=by, reason=reason) as act:
        rows = [WebhookDelivery(webhook=webhook, entry_id=e, event=event, subject=s) for e, event, s in found]
        WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
        _again(WebhookDelivery.objects.filter(webhook=webhook, entry_id__in=[row[0] for row in found]))
        told = events.WebhookReplayed(webhook.name, len(found), begin, end)
        act.record(webhook, told)
    ring()
    return len(found)
