"""Webhooks by Standard Webhooks: signed for an independent library, tried again under the same id, in order, to allowed targets only."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import standardwebhooks
from django.conf import settings
from django.test import Client

from connectors import http
from connectors.models import Webhook, WebhookAttempt, WebhookDelivery, WebhookSecret
from connectors.outbox import subscriptions, webhooks
from ncr import actions as ncr
from qms import journal
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid
from tests.databases import copied, direct
from tests.factories import Factory, person
from tests.fakes.server import Answer, closed_port, serve

from .receivers import LOOPBACK, at_once, relay, seal, subscribed, told

PROVES = ("G9", "G16")
pytestmark = pytest.mark.usefixtures("plant")
OK = Answer(204, b"")


@pytest.fixture(scope="module")
def hooks_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), copied("hooks"):
        yield


@pytest.fixture
def plant(hooks_database: None) -> None:
    """Real transactions, and no webhook of the test before."""
    with direct("owner") as owner:
        owner.execute("TRUNCATE connectors_webhook, connectors_webhookdelivery CASCADE")


@pytest.fixture(autouse=True)
def targets(settings: Any) -> None:
    settings.WEBHOOK_TARGETS = "127.0.0.1, localhost"


@pytest.fixture
def make(plant: None) -> Factory:
    return Factory()


def verified(secret: str, seen: object) -> object:
    return standardwebhooks.Webhook(secret).verify(seen.body, seen.headers)


def test_events_arrive_signed_in_order_and_once(make):
    with serve(OK) as receiver:
        _hook, secret = subscribed(
            f"{receiver.base_url}/hook?plant=1", types=["qms.ncr.reported.v1", "qms.ncr.review_started.v1"]
        )
        record = ncr.start_review(ncr=make.report(), by=person("engineer"))
        assert relay() == 2 and relay() == 0
        events = [verified(secret, each) for each in receiver.seen]
        assert [e["type"] for e in events] == ["qms.ncr.reported.v1", "qms.ncr.review_started.v1"]
        assert {e["subject"] for e in events} == {record.number}
        assert {s.path for s in receiver.seen} == {"/hook?plant=1"}
        assert receiver.seen[0].headers["content-type"].startswith("application/cloudevents+json")
        with pytest.raises(standardwebhooks.webhooks.WebhookVerificationError):
            standardwebhooks.Webhook(base64.b64encode(b"x" * 24).decode()).verify(
                receiver.seen[0].body, receiver.seen[0].headers
            )


def test_what_the_feed_says_is_what_is_sent(make):
    from connectors.outbox import feed, news

    with serve(OK) as receiver:
        subscribed(receiver.base_url)
        before = feed.end()
        make.contained()
        relay()
        fed = feed.page(person("engineer"), after=before, names=news.chosen([]), limit=500).events
    assert told(receiver.seen) == fed and len(fed) > 3


def test_a_failed_delivery_keeps_its_id_and_its_subject_waits_but_no_other(make):
    answers = iter([500, 200, 200, 200, 200])
    with serve(lambda _seen: Answer(next(answers))) as receiver:
        hook, _secret = subscribed(receiver.base_url, types=["qms.ncr.reported.v1", "qms.ncr.review_started.v1"])
        first = ncr.start_review(ncr=make.report(), by=person("engineer"))
        other = make.report()
        assert relay() == 0
        assert relay() == 1, "the other record is not held back"
        assert [e["subject"] for e in told(receiver.seen)] == [first.number, other.number]
        waiting = WebhookDelivery.objects.filter(state="WAITING").order_by("pk")
        assert [(d.subject, d.tries) for d in waiting] == [(first.number, 1), (first.number, 0)]
        assert "HTTP 500" in waiting[0].problem
        at_once(hook)
        assert relay() == 2
    ids = [s.headers["webhook-id"] for s in receiver.seen]
    assert ids[0] == ids[2] and len(set(ids)) == 3
    assert [e["type"] for e in told(receiver.seen)][2:] == ["qms.ncr.reported.v1", "qms.ncr.review_started.v1"]


def test_two_secrets_sign_while_rotating_and_the_old_one_ends(make):
    with serve(OK) as receiver:
        hook, old = subscribed(receiver.base_url, types=["qms.ncr.reported.v1"])
        _hook, new = subscriptions.rotate(webhook=hook, by=person("integration"))
        make.report()
        relay()
        assert verified(old, receiver.seen[0]) == verified(new, receiver.seen[0])
        with journal.act(journal.EVENTS["webhook.rotated"], by=journal.SYSTEM) as act:
            WebhookSecret.objects.exclude(valid_until=None).update(valid_until=now() - timedelta(seconds=1))
            act.record(hook, subscriptions.changed(hook))
        make.report()
        relay()
        assert verified(new, receiver.seen[1])
        with pytest.raises(standardwebhooks.webhooks.WebhookVerificationError):
            verified(old, receiver.seen[1])


def test_a_secret_stands_nowhere_in_the_clear(make):
    with serve(OK) as receiver:
        _hook, secret = subscribed(receiver.base_url)
        make.report()
        relay()
    key = secret.removeprefix("whsec_")
    everything = [e.payload for e in Entry.objects.all()]
    everything += [a.exchange for a in WebhookAttempt.objects.all()] + [s.sealed for s in WebhookSecret.objects.all()]
    assert everything and not any(key in text or "sealed" in text for text in everything)


def test_gone_stops_and_what_was_missed_is_replayed(make):
    answers = iter([410])
    with serve(lambda _seen: Answer(next(answers, 200))) as receiver:
        hook, _secret = subscribed(receiver.base_url, types=["qms.ncr.reported.v1"])
        since = now() - timedelta(minutes=5)
        make.report()
        relay()
        hook.refresh_from_db()
        assert (hook.paused_because, bool(hook.paused_at)) == ("gone", True)
        stopped = Entry.objects.filter(event="webhook.stopped", object_key=str(hook.pk)).get()
        assert "410" in stopped.payload
        make.report()
        assert relay() == 0 and len(receiver.seen) == 1, "nothing is queued for who wants no more"
        owner = person("integration")
        with pytest.raises(Conflict):
            subscriptions.ping(webhook=hook, by=owner)
        hook = subscriptions.resume(webhook=hook, by=owner, reason="receiver is back")
        assert len(subscriptions.in_range(hook, since, now())) >= 2
        count = subscriptions.replay(webhook=hook, since=since, until=now(), by=owner, reason="missed while gone")
        assert count == relay() == len(subscriptions.in_range(hook, since, now()))
        first = receiver.seen[0].headers["webhook-id"]
        assert [s.headers["webhook-id"] for s in receiver.seen].count(first) == 2


def test_after_three_days_of_failures_it_is_stopped_and_said(make):
    with serve(Answer(503, headers={"Retry-After": "7"})) as receiver:
        hook, _secret = subscribed(receiver.base_url, types=["qms.ncr.reported.v1"])
        make.report()
        relay()
        delivery = WebhookDelivery.objects.get()
        assert delivery.next_at > now() + timedelta(seconds=4)
        for _try in range(len(webhooks.DELAYS)):
            assert Webhook.objects.get().paused_at is None
            at_once(hook)
            relay()
        hook.refresh_from_db()
        assert (
            hook.paused_because == "failing"
            and Entry.objects.filter(event="webhook.stopped", object_key=str(hook.pk)).exists()
        )
        assert len(receiver.seen) == len(webhooks.DELAYS) + 1 == WebhookAttempt.objects.count()
    assert 70 * 3600 < sum(webhooks.DELAYS) < 74 * 3600
    assert [webhooks.delay(n) <= webhooks.delay(n + 2) for n in range(1, 10)] == [True] * 9
    assert webhooks.delay(1, 3600.0) == 3600


def test_the_circuit_opens_after_failures_and_closes_with_a_success(make):
    answers = iter([500] * webhooks.CIRCUIT_FAILURES)
    with serve(lambda _seen: Answer(next(answers, 200))) as receiver:
        hook, _secret = subscribed(receiver.base_url, types=["qms.ncr.reported.v1"])
        for _record in range(8):
            make.report()
        relay(rounds=20)
        assert len(receiver.seen) == webhooks.CIRCUIT_FAILURES, "then nothing is tried for a while"
        hook.state.refresh_from_db()
        assert hook.state.open_until > now()
        at_once(hook)
        relay(rounds=3)
        hook.state.refresh_from_db()
        assert (hook.state.failures, hook.state.open_until) == (0, None)
        assert not WebhookDelivery.objects.filter(state="WAITING").exists()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(302, b"", {"Location": "http://127.0.0.1:1/"}), "redirects"),
        (Answer(200, b"x" * 200, cut=0), ""),
        (Answer(404), "HTTP 404"),
    ],
)
def test_answers_that_are_no_success_say_why(make, answer, why):
    with serve(answer) as receiver:
        subscribed(receiver.base_url, types=["qms.ncr.reported.v1"])
        make.report()
        relay()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, why in delivery.problem) == ("WAITING", True) and delivery.problem
    assert len(receiver.seen) == 1, "a redirect is not followed"


def test_a_receiver_that_is_away_or_silent_is_said_so(make, monkeypatch):
    monkeypatch.setattr(http.posts, "POST_SECONDS", 0.3)
    hook, _secret = subscribed(f"http://127.0.0.1:{closed_port()}", types=["qms.ncr.reported.v1"])
    make.report()
    relay()
    assert "no connection" in WebhookDelivery.objects.get().problem
    with serve(Answer(wait=5)) as receiver:
        subscriptions.edit(webhook=hook, url=receiver.base_url, by=person("integration"), reason="has moved")
        at_once(hook)
        relay()
        assert "it took too long" in WebhookDelivery.objects.get().problem


def test_the_address_that_was_checked_is_the_one_that_is_called(make, monkeypatch):
    """The name leads elsewhere by the time of the call (rebinding): nothing is sent."""
    with serve(OK) as receiver:
        port = receiver.base_url.rpartition(":")[2]
        subscribed(f"http://localhost:{port}", types=["qms.ncr.reported.v1"])
        make.report()
        inside = [(2, 1, 6, "", ("10.9.8.7", int(port)))]
        monkeypatch.setattr(http.posts, "LOOK_UP", lambda *_a, **_k: inside)
        poster = http.Poster(http.Allowed.parse("127.0.0.1"))
        posted = poster.post(f"http://localhost:{port}", headers={}, body=b"{}")
        assert posted.status == 0 and "10.9.8.7" in posted.problem and receiver.seen == []


def test_only_events_of_its_sites_and_types_and_nothing_of_a_compartment(make):
    from qms.accounts.models import Compartment

    with serve(OK) as receiver:
        subscribed(f"{receiver.base_url}/suz", sites=["SUZ"])
        subscribed(f"{receiver.base_url}/aug", types=["qms.ncr.reported.v1"])
        secret, plain = make.report(), make.contained()
        with journal.act(journal.EVENTS["account.changed"], by=journal.SYSTEM) as act:
            secret.compartment = Compartment.objects.create(code="ITAR", name="ITAR")
            secret.save(update_fields=["compartment"])
            act.record("test")
        relay()
    assert [(s.path, json.loads(s.body)["subject"]) for s in receiver.seen] == [("/aug", plain.number)]


def test_a_relay_that_dies_loses_nothing_and_sends_at_most_twice_under_one_id(make):
    """Killed after the receiver had it and before it was written down: the lease runs out, the same id comes again."""
    with serve(OK) as receiver:
        hook, _secret = subscribed(receiver.base_url, types=["qms.ncr.reported.v1"])
        for _record in range(3):
            make.report()
        seal()
        webhooks.fan_out()
        claimed, held = webhooks._claim(hook, 50, webhooks.LEASE_SECONDS)
        lost = webhooks._Round(hook, claimed, held, http.Poster(LOOPBACK))
        lost._write = lambda *_: None
        assert lost.send() == 3
        assert relay() == 0, "leased"
        at_once(hook)
        assert relay() == 3
        lost = webhooks._Round(hook, claimed, held, http.Poster(LOOPBACK))
        ids = [s.headers["webhook-id"] for s in receiver.seen]
        assert ids[:3] == ids[3:] and WebhookDelivery.objects.filter(state="DONE").count() == 3
        webhooks.fan_out()
        assert WebhookDelivery.objects.count() == 3


def test_ping_and_single_replay(make):
    owner = person("integration")
    with serve(OK) as receiver:
        hook, secret = subscribed(receiver.base_url, types=["qms.ncr.closed.v1"])
        subscriptions.ping(webhook=hook, by=owner)
        relay()
        assert verified(secret, receiver.seen[0])["type"] == "qms.webhook.pinged.v1"
        subscriptions.send_again(delivery=WebhookDelivery.objects.get(), by=owner, reason="asked by the MES")
        relay()
        assert len({s.headers["webhook-id"] for s in receiver.seen}) == 1 and len(receiver.seen) == 2


def test_events_of_one_record_by_their_sequence(make):
    """A receiver that kept sequence 1 to n of a record and sees n + 3 asks for what lies between."""
    owner = person("integration")
    with serve(OK) as receiver:
        hook, secret = subscribed(receiver.base_url, types=[])
        make.report()
        record = make.ncr(state="IN_REVIEW")
        relay()
        sent = [verified(secret, one) for one in receiver.seen]
        numbers = [int(one["sequence"]) for one in sent if one["subject"] == record.number]
        assert len(numbers) >= 2 and numbers == sorted(numbers)
        span = {"subject": record.number, "from_sequence": numbers[1], "to_sequence": numbers[-1]}
        assert subscriptions.replay(webhook=hook, by=owner, reason="a gap", **span) == len(numbers) - 1
        relay()
        again = [verified(secret, one) for one in receiver.seen[len(sent) :]]
        assert [(one["subject"], int(one["sequence"])) for one in again] == [(record.number, n) for n in numbers[1:]]
        for wrong in ({"from_sequence": 1}, {**span, "from_sequence": 9, "to_sequence": 2}, {"subject": record.number}):
            with pytest.raises(Invalid):
                subscriptions.in_range(hook, **wrong)


def test_only_who_manages_webhooks_of_a_site_may(make):
    with serve(OK) as receiver:
        hook, _secret = subscribed(receiver.base_url)
        for name in ("engineer", "admin", "gongcheng"):
            with pytest.raises(Forbidden):
                subscriptions.pause(webhook=hook, by=person(name), reason="not mine")
            with pytest.raises(Forbidden):
                subscriptions.subscribe(name="x", url=receiver.base_url, sites=["AUG"], types=[], by=person(name))
        with pytest.raises(Invalid, match="one site"):
            subscriptions.subscribe(name="x", url=receiver.base_url, sites=["XXX"], types=[], by=person("integration"))
        with pytest.raises(Invalid, match="event type"):
            subscriptions.subscribe(name="x", url=receiver.base_url, sites=["AUG"], types=["x"], by=journal.SYSTEM)


def api(user: str) -> Client:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    client = Client(raise_request_exception=False)
    client.force_login(person(user), "qms.accounts.backends.PasswordBackend")
    return client


def test_the_interface_subscribes_rotates_replays_and_shows_the_log(make):
    client = api("integration")
    with serve(OK) as receiver:
        sent = {"name": "MES", "url": receiver.base_url, "sites": ["AUG"], "types": ["qms.ncr.reported.v1"]}
        made = client.post("/api/v1/webhooks", sent, content_type="application/json")
        assert made.status_code == 201 and made["Cache-Control"] == "no-store"
        one, secret = made.json(), made.json()["secret"]
        at = f"/api/v1/webhooks/{one['id']}"
        assert secret.startswith("whsec_") and "secret" not in client.get(at).json()
        assert [row["id"] for row in client.get("/api/v1/webhooks").json()["results"]] == [one["id"]]
        make.report()
        assert relay() == 1 and verified(secret, receiver.seen[0])
        [logged] = client.get(f"{at}/deliveries").json()["results"]
        assert (logged["status"], logged["attempts"][0]["status"]) == ("done", 204)
        assert json.loads(logged["attempts"][0]["request"]) == told(receiver.seen)[0]
        rotated = client.post(f"{at}/rotate", {}, content_type="application/json").json()
        assert rotated["secret"] != secret and rotated["secrets"] == 2
        day = {"since": (now() - timedelta(hours=1)).isoformat(), "until": now().isoformat()}
        count = client.post(f"{at}/replay", {**day, "preview": True}, content_type="application/json").json()["count"]
        assert count >= 1 and len(receiver.seen) == 1
        answer = client.post(f"{at}/replay", {**day, "reason": "lost there"}, content_type="application/json")
        assert answer.json() == {"count": count} and relay() == count
        assert client.post(f"{at}/pause", {"reason": "x"}, content_type="application/json").status_code == 422
        paused = client.post(f"{at}/pause", {"reason": "night shift"}, content_type="application/json").json()
        assert paused["status"] == "paused"
        assert client.post(f"{at}/ping", {}, content_type="application/json").status_code == 409
        make.report()
        assert relay() == 0
        client.post(f"{at}/resume", {"reason": "morning"}, content_type="application/json")
        assert relay() == 1, "what came while it was paused"
        bad = client.post("/api/v1/webhooks", {**sent, "url": "http://10.0.0.1/"}, content_type="application/json")
        assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/url")
        assert (
            client.patch(at, {"name": "M2", "reason": "renamed"}, content_type="application/json").json()["name"]
            == "M2"
        )
    assert api("engineer").post("/api/v1/webhooks", sent, content_type="application/json").status_code == 403
    assert api("gongcheng").get(at).status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_subscribe_show_the_secret_once_and_replay_by_number(make, language):
    client = api("integration")
    client.cookies["django_language"] = language
    with serve(OK) as receiver:
        form = {"name": "MES", "url": receiver.base_url, "sites": ["AUG"], "types": ["qms.ncr.reported.v1"]}
        assert client.get("/interfaces/webhooks/new").status_code == 200
        refused = client.post("/interfaces/webhooks/new", {**form, "url": "http://10.0.0.1/"})
        assert refused.status_code == 422 and "QMS_WEBHOOK_TARGETS" in refused.content.decode()
        shown = client.post("/interfaces/webhooks/new", form)
        hook = Webhook.objects.get()
        secret = next(word for word in shown.content.decode().split('"') if word.startswith("whsec_"))
        make.report()
        client.post(f"{hook.get_absolute_url()}ping")
        assert relay() == 2 and verified(secret.replace("&#x3D;", "="), receiver.seen[0])
        page = client.get(hook.get_absolute_url()).content.decode()
        assert secret not in page and "ncr.reported" in page and "webhook.pinged" in page
        sent = WebhookDelivery.objects.get(event="ncr.reported")
        assert "cloudevents" in client.get(f"/interfaces/webhooks/sent/{sent.uid}").content.decode()
        day = {"since": "2020-01-01T00:00", "until": "2099-01-01T00:00", "reason": "lost there"}
        asked = client.post(f"{hook.get_absolute_url()}replay", day)
        found = subscriptions.in_range(hook, sent.made_at - timedelta(days=900), now() + timedelta(days=1))
        assert asked.status_code == 422 and str(len(found)) in asked.content.decode()
        assert client.post(f"{hook.get_absolute_url()}replay", {**day, "count": len(found)}).status_code == 302
        assert relay() == len(found)
        assert client.get("/interfaces/webhooks/").status_code == 200
