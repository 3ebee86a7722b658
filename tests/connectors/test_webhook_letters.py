"""What did not arrive stands among the failing, is tried again or given up with a reason, and is replayed by webhook-id; what was
before a webhook is none of its letters."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client
from django.urls import reverse

from connectors.models import WebhookDelivery
from connectors.outbox import log, subscriptions
from qms import journal
from qms.journal.models import Entry
from qms.lib.errors import Conflict, Forbidden, Invalid
from tests.databases import copied, direct
from tests.factories import Factory, person
from tests.fakes.server import Answer, serve

from .receivers import at_once, relay, subscribed, told

PROVES = ("G9", "G16")
pytestmark = pytest.mark.usefixtures("plant")
TYPES = ["qms.ncr.reported.v1"]


@pytest.fixture(scope="module")
def letters_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), copied("letters"):
        yield


@pytest.fixture
def plant(letters_database: None, settings: Any) -> None:
    settings.WEBHOOK_TARGETS = "127.0.0.1"
    with direct("owner") as owner:
        owner.execute("TRUNCATE connectors_webhook, connectors_webhookdelivery CASCADE")


@pytest.fixture
def make(plant: None) -> Factory:
    return Factory()


def test_a_webhook_hears_nothing_of_what_was_before_it(make):
    """Also when the relay had not yet told the others of it."""
    with serve(Answer(204, b"")) as receiver:
        first, _secret = subscribed(f"{receiver.base_url}/first", types=["qms.ncr.reported.v1"])
        before = make.report()
        second, _secret = subscriptions.subscribe(
            name="Late",
            url=f"{receiver.base_url}/second",
            sites=["AUG"],
            types=["qms.ncr.reported.v1"],
            by=journal.SYSTEM,
        )
        after = make.report()
        relay()
        heard = WebhookDelivery.objects.order_by("pk").values_list("webhook", "subject")
        assert set(heard) == {(first.pk, before.number), (first.pk, after.number), (second.pk, after.number)}


def page(name: str) -> Client:
    configured.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    client = Client()
    client.force_login(person(name), "qms.accounts.backends.PasswordBackend")
    return client


def test_one_poisonous_event_is_given_up_and_what_waited_behind_it_goes_on(make):
    refused = []
    with serve(lambda seen: Answer(500 if any(word in seen.body.decode() for word in refused) else 204)) as receiver:
        hook, _secret = subscribed(receiver.base_url, types=TYPES)
        poison = make.report()
        refused.append(poison.number)
        assert relay() == 0
        [row] = WebhookDelivery.objects.all()
        for name in ("engineer", "gongcheng"):
            with pytest.raises(Forbidden):
                subscriptions.give_up(delivery=row, by=person(name), reason="not mine to say")
        with pytest.raises(Invalid):
            subscriptions.give_up(delivery=row, by=person("integration"), reason="x")
        subscriptions.give_up(delivery=row, by=person("integration"), reason="the receiver cannot read it")
        with pytest.raises(Conflict):
            subscriptions.give_up(delivery=row, by=person("integration"), reason="once more")
        at_once(hook)
        assert relay() == 0 and len(receiver.seen) == 1, "it is not tried any more"
        [entry] = Entry.objects.filter(event="webhook.dropped", object_key=str(hook.pk))
        assert poison.number in entry.payload and "cannot read it" in entry.payload
        refused.clear()
        subscriptions.send_again(delivery=row, by=person("integration"), reason="the receiver was mended")
        assert relay() == 1, "given up is not lost"


def test_a_range_is_replayed_by_webhook_id_and_by_record(make):
    with serve(Answer(204, b"")) as receiver:
        hook, _secret = subscribed(receiver.base_url, types=TYPES)
        numbers = [make.report().number for _ in range(4)]
        relay()
        ids = [seen.headers["webhook-id"] for seen in receiver.seen]
        owner = person("integration")
        found = subscriptions.in_range(hook, first=ids[1], last=ids[2])
        assert [subject for _entry, _event, subject in found] == numbers[1:3]
        assert subscriptions.replay(webhook=hook, first=ids[2].removeprefix("msg_"), by=owner, reason="lost there") == 2
        assert relay() == 2 and [e["subject"] for e in told(receiver.seen)[4:]] == numbers[2:]
        one = subscriptions.in_range(hook, first=ids[0], subject=numbers[3])
        assert [subject for _entry, _event, subject in one] == [numbers[3]]
        for bad in ("msg_999999999999", "x", "msg_-1", "9" * 30):
            with pytest.raises(Invalid) as refused:
                subscriptions.in_range(hook, first=bad)
            assert refused.value.field == "first"
        with pytest.raises(Invalid, match="begins"):
            subscriptions.in_range(hook, last=ids[0])
        client = page("integration")
        at = f"/api/v1/webhooks/{hook.uid}/replay"
        asked = {"first": ids[1], "preview": True}
        assert client.post(at, asked, content_type="application/json").json() == {"count": 3}
        sent = {"first": ids[0], "last": ids[0], "reason": "lost there", "count": 1}
        assert client.post(f"{hook.get_absolute_url()}replay", sent).status_code == 302 and relay() == 1


def test_the_log_is_searched_and_what_fails_is_tried_again_from_it(make):
    answers = iter([500])
    with serve(lambda _seen: Answer(next(answers, 204))) as receiver:
        hook, _secret = subscribed(receiver.base_url, types=TYPES, name="MES Augsburg")
        failed, other = make.report(), make.report()
        relay()
        row = WebhookDelivery.objects.get(subject=failed.number)
        client, at = page("integration"), reverse("connectors:webhook-log")
        for asked in ({"failing": "1"}, {"q": row.number}, {"record": failed.number}, {"q": "HTTP 500"}):
            answer = client.get(at, asked).content.decode()
            assert row.get_absolute_url() in answer, asked
            assert WebhookDelivery.objects.get(subject=other.number).get_absolute_url() not in answer, asked
        assert "HTTP 500" in client.get(row.get_absolute_url()).content.decode()
        [listed] = log.listed(person("integration"))
        assert (listed.waiting, listed.failing) == (2, 1)
        assert f"failing=1&amp;webhook={'MES%20Augsburg'}" in client.get(reverse("connectors:monitor")).content.decode()
        chosen = {"act": "again", "key": [str(row.pk)], "phase": "do", "reason": "the receiver is back"}
        done = client.post(reverse("connectors:webhook-bulk"), chosen)
        assert done.status_code == 200 and row.number in done.content.decode()
        at_once(hook)
        assert relay(rounds=2) == 2
        refused = page("engineer").post(reverse("connectors:webhook-bulk"), chosen)
        assert refused.status_code == 403
    assert row.get_absolute_url() not in page("gongcheng").get(at).content.decode()
    assert page("operator").get(at).status_code == 403


def test_the_page_gives_up_with_a_reason(make):
    with serve(Answer(500)) as receiver:
        subscribed(receiver.base_url, types=TYPES)
        make.report()
        relay()
    row = WebhookDelivery.objects.get()
    client, at = page("integration"), reverse("connectors:webhook-give-up", args=[row.uid])
    assert at in client.get(row.get_absolute_url()).content.decode()
    assert client.post(at, {"reason": ""}).status_code == 422
    assert client.post(at, {"reason": "receiver was dismantled"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "DROPPED" and at not in client.get(row.get_absolute_url()).content.decode()
    assert page("gongcheng").get(at).status_code == 404


def test_a_failed_round_sets_free_what_it_did_not_reach(make):
    """The one that failed waits for its next try; those behind it are nobody's and may go at once."""
    answers = iter([Answer(204, b""), Answer(500), *[Answer(204, b"")] * 3])
    with serve(lambda _seen: next(answers)) as receiver:
        hook, _secret = subscribed(receiver.base_url, types=TYPES)
        for _ in range(4):
            make.report()
        assert relay() == 1
        rows = list(WebhookDelivery.objects.filter(webhook=hook).order_by("pk"))
        assert [row.state for row in rows] == ["DONE", "WAITING", "WAITING", "WAITING"]
        assert [row.tries for row in rows] == [1, 1, 0, 0] and {row.lease_until for row in rows} == {None}
        assert rows[1].next_at > rows[2].next_at and rows[1].problem and not rows[2].problem
        assert relay(rounds=3) == 2, "those behind it do not wait for it"
