"""The integration pages: health that is never guessed, what failed and why, and the acts."""

import datetime as dt
import json
import uuid
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from connectors import inbox, outbox, queries, sync, tasks
from connectors.base import Permanent
from connectors.models import InboxMessage, Interface, InterfaceState
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.demo.cast import issue_tokens
from qms.lib.clock import now
from qms.lib.errors import NotNow
from qms.masterdata.models import Crosswalk, Lot
from tests.fakes import erp as fake

pytestmark = pytest.mark.django_db


@pytest.fixture
def stocked(interface, erp_fake):
    erp_fake.put("units", fake.unit())
    erp_fake.put("items", fake.item("1"), fake.item("2", name="x" * 300))
    erp_fake.put("lots", fake.lot("7", "1"))
    return sync.sync(interface=interface)


@pytest.fixture
def refused(stocked, erp_fake, make, people) -> Posting:
    lot = Lot.objects.get(source="erp", external_id="7")
    posting = commands.request_posting(
        record=make.report(), kind="HOLD", purpose="test:0", lot=lot, quantity=Decimal(4), by=people["engineer"]
    )

    def refuse(intent):
        raise Permanent("refused", "The lot is on an inventory.")

    erp_fake.on_post = refuse
    outbox.deliver_next()
    return Posting.objects.get(pk=posting.pk)


def health(interface: Interface) -> str:
    return queries.card(Interface.objects.select_related("state").get(pk=interface.pk)).health.code


def set_state(interface: Interface, **values) -> None:
    InterfaceState.objects.filter(interface=interface).update(**values)


def test_health_is_never_green_without_a_recent_success(interface):
    assert health(interface) == "unknown"
    set_state(interface, failed_at=now())
    assert health(interface) == "down"
    set_state(interface, succeeded_at=now())
    assert health(interface) == "healthy"
    set_state(interface, failed_at=now() + dt.timedelta(seconds=1))
    assert health(interface) == "degraded"
    long_ago = now() - dt.timedelta(seconds=interface.silent_after + 5)
    set_state(interface, succeeded_at=long_ago, failed_at=None)
    assert health(interface) == "unknown"
    set_state(interface, failed_at=now())
    assert health(interface) == "down"


def test_the_cards_say_how_it_does(owner, interface, refused):
    page = owner.get(reverse("connectors:monitor")).content.decode()
    assert "Degraded" in page and "The lot is on an inventory." in page and "Ivo Hartmann" in page
    part = owner.get(reverse("connectors:monitor"), headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="q-interfaces"') and "<html" not in part


TABS = {
    "runs": "Synchronisation",
    "deliveries": "inventory",
    "inbox": "No message",
    "messages": "inventory",
    "letters": "Try all of this cause",
    "mapping": "No mapping",
    "outages": "No outage",
    "history": "connected",
}


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_shows_what_went_through(owner, interface, refused, tab):
    url = reverse("connectors:interface", args=["erp"])
    page = owner.get(url, {"tab": tab})
    part = owner.get(url, {"tab": tab}, headers={"HX-Request": "true"})
    assert page.status_code == part.status_code == 200
    assert TABS[tab] in page.content.decode() and TABS[tab] in part.content.decode()


def test_a_run_shows_its_lines_and_polls_while_it_goes_on(owner, stocked):
    url = reverse("connectors:run", args=["erp", stocked.run.uid])
    page = owner.get(url).content.decode()
    assert "too long" in page and "every 1s" not in page
    assert "too long" not in owner.get(url, {"outcome": "created"}).content.decode()
    type(stocked.run).objects.filter(pk=stocked.run.pk).update(finished_at=None)
    assert "every 1s" in owner.get(url).content.decode()


def test_a_failed_posting_is_red_with_the_erps_words_and_can_be_retried(owner, refused, erp_fake):
    url = reverse("connectors:delivery", args=[refused.reference])
    page = owner.get(url).content.decode()
    assert "The lot is on an inventory." in page and "Retry" in page
    erp_fake.on_post = None
    assert owner.post(reverse("connectors:retry", args=[refused.reference])).status_code == 302
    outbox.deliver_next()
    refused.refresh_from_db()
    assert refused.state == "POSTED"
    assert "DOC2" in owner.get(url).content.decode()


def test_only_who_operates_may_pause_and_retry(client, people, interface, refused):
    client.force_login(people["engineer"])
    page = client.get(reverse("connectors:interface", args=["erp"])).content.decode()
    assert "Pause" not in page and "Read now" not in page
    for url in (reverse("connectors:pause", args=["erp"]), reverse("connectors:retry", args=[refused.reference])):
        assert client.post(url, {"reason": "because I can"}).status_code == 403
    client.force_login(people["operator"])
    assert client.get(reverse("connectors:monitor")).status_code == 403


def test_pause_and_resume_with_a_reason(owner, interface):
    pause, resume = (reverse(f"connectors:{act}", args=["erp"]) for act in ("pause", "resume"))
    assert owner.post(pause, {"reason": "n/a"}).status_code == 422
    assert owner.post(pause, {"reason": "the ERP is upgraded"}).status_code == 302
    assert health(interface) == "paused"
    assert owner.post(reverse("connectors:sync", args=["erp"])).status_code == 409
    assert owner.post(resume, {"reason": "the upgrade is done"}).status_code == 302
    interface.refresh_from_db()
    assert interface.paused_at is None


def test_reading_on_demand_rings_the_worker(owner, interface, people, bell_of):
    rung = bell_of(tasks.sync_interface)
    url = reverse("connectors:sync", args=["erp"])
    assert owner.post(url).status_code == 302
    assert owner.post(url, {"full": "on"}).status_code == 302
    assert rung == [(interface.pk, False, people["integration"].pk), (interface.pk, True, people["integration"].pk)]


def test_without_a_broker_the_page_says_so(owner, interface, monkeypatch):
    def away(*_told):
        raise OSError

    monkeypatch.setattr(tasks.sync_interface, "delay", away)
    assert owner.post(reverse("connectors:sync", args=["erp"])).status_code == 503
    with pytest.raises(NotNow):
        tasks.ring_sync(interface.pk)


def test_the_task_reads_as_the_person_and_minds_closed_doors(interface, erp_fake, people):
    erp_fake.put("units", fake.unit())
    tasks.sync_interface(interface.pk, False, people["integration"].pk)
    assert interface.runs.get().started_by == "Ivo Hartmann"
    Interface.objects.filter(pk=interface.pk)
    erp_fake.trouble["units"] = Permanent("x", "y")
    tasks.sync_interface(interface.pk)
    assert interface.runs.count() == 2


def event(code: str) -> bytes:
    told = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "mes-aug",
        "type": "mes.defect.logged",
        "time": now().isoformat(),
        "data": {"nc_code": code, "part": "TB-4711", "quantity": {"affected": 2}, "note": "scratch"},
    }
    return json.dumps(told).encode()


def test_an_unknown_name_is_mapped_once_for_every_message(owner, people, monkeypatch):
    token = issue_tokens()["mes"]
    for _ in range(2):
        told = {"content_type": "application/cloudevents+json", "headers": {"Authorization": f"Bearer {token}"}}
        answer = Client().post("/api/v1/mes/events", event("KRATZER"), **told)
        assert (answer.status_code, answer.json()["status"]) == (202, "needs_mapping"), answer.content
    first, second = InboxMessage.objects.filter(state="NEEDS_MAPPING").order_by("pk")
    page = owner.get(reverse("connectors:message", args=[first.uid])).content.decode()
    assert "KRATZER" in page and "Say what it means" in page and "for all 2 messages" in page
    cause = {"cause_kind": "defect_code", "cause_system": "mes-aug", "cause_name": "KRATZER"}
    url = reverse("connectors:worklist-map")
    assert f"{url}?{urlencode(cause)}".replace("&", "&amp;") in page
    assert "KRATZER" in owner.get(url, cause).content.decode()
    said = {**cause, "local_value": "DIM-OUT", "reason": "the same scratch"}
    assert owner.post(url, {**said, "local_value": ""}).status_code == 422
    assert owner.post(url, {**said, "reason": ""}).status_code == 422 and not Crosswalk.objects.exists()
    monkeypatch.setattr(tasks, "ring_retry", lambda uid: inbox.worklist.carry_on(uid))
    assert owner.post(url, said).status_code == 302
    assert Crosswalk.objects.get(foreign_value="KRATZER").local_value == "DIM-OUT"
    for message in (first, second):
        message.refresh_from_db()
        assert message.state == "APPLIED" and message.record_number
    listed = owner.get(reverse("connectors:messages")).content.decode()
    assert first.record_number in listed
