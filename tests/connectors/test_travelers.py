"""Links to travelers and device history records: from events, people and REST; shown both ways; looked at for dead ends."""

import hashlib
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from connectors.outbox import travelers
from ncr import actions
from ncr.models import Nonconformance, Traveler, TravelerCheck, TravelerSnapshot
from qms.journal import queries as trail
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.records import queries as records
from qms.records import store
from qms.records.bundle import content
from tests.connectors.mes import event, mes, mes_interface
from tests.connectors.test_batch import acts_of, told
from tests.factories import person
from tests.fakes.server import Answer, serve

__all__ = ["mes", "mes_interface"]
pytestmark = pytest.mark.django_db
NAMED = {"record_type": "eDHR", "id": "TR-1001", "url": "https://mes.plant.example/tr/1001", "sha256": "A" * 64}


def test_an_event_links_its_traveler_and_the_sender_finds_it_again(mes):
    sent = event(traveler=NAMED)
    answer = mes.post(sent)
    assert answer.status_code == 201, answer.content
    link = Traveler.objects.get()
    assert (link.ncr.number, link.system, link.record_id, link.source_event) == (
        answer.json()["record"], "mes-aug", "TR-1001", sent["id"],
    )  # fmt: skip
    assert link.sha256 == "a" * 64 and link.captured_at.isoformat() == "2026-05-04T06:15:00+00:00"
    [found] = mes.get("links", {"source": "mes-aug", "id": sent["id"]}).json()["results"]
    assert [(one["id"], one["url"], one["dead_since"]) for one in found["travelers"]] == [
        ("TR-1001", NAMED["url"], None)
    ]
    assert any(line.event == "ncr.traveler_linked" for line in trail.timeline(link.ncr))


def test_in_a_batch_each_defect_keeps_its_own(mes):
    answers = told(mes, [event(traveler={**NAMED, "id": f"TR-{n}"}) for n in range(3)] + [event()])
    numbers = [one["record"] for one in answers]
    pairs = dict(Traveler.objects.values_list("ncr__number", "record_id"))
    assert pairs == {numbers[n]: f"TR-{n}" for n in range(3)}
    assert len({acts_of(ncr)[0].act_id for ncr in Nonconformance.objects.all()}) == 1, "links cost no defect its place"


@pytest.mark.parametrize(
    ("wrong", "name"), [({"id": ""}, "id"), ({"url": "javascript:alert(1)"}, "url"), ({"sha256": "x"}, "sha256"),
                        ({"url": "https://user@host/"}, "url"), ({"captured_at": "now"}, "captured_at")]
)  # fmt: skip
def test_what_is_no_link_is_refused(mes, wrong, name):
    answer = mes.post(event(traveler={**NAMED, **wrong}))
    assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"] == f"/data/traveler/{name}"
    assert not Nonconformance.objects.exists()


def test_a_person_links_and_withdraws_on_the_page(make, client):
    record = make.report()
    client.force_login(person("engineer"))
    form = {
        "_key": str(uuid.uuid4()),
        "system": "Camstar",
        "record_id": "TR-7",
        "url": "https://mes.plant.example/7",
        "title": "Traveler 7",
    }
    address = reverse("ncr:traveler", args=[record.number])
    assert client.post(address, {**form, "url": "ftp://x"}).status_code == 422
    assert client.post(address, form).status_code == 302
    page = client.get(record.get_absolute_url()).content.decode()
    assert 'href="https://mes.plant.example/7"' in page and "Traveler 7" in page
    gone = reverse("ncr:traveler-withdraw", args=[record.number, Traveler.objects.get().uid])
    assert client.post(gone, {"_key": str(uuid.uuid4()), "reason": "wrong record"}).status_code == 302
    assert "Traveler 7" not in client.get(record.get_absolute_url()).content.decode()
    assert {line.event for line in trail.timeline(record)} >= {"ncr.traveler_linked", "ncr.traveler_withdrawn"}
    client.force_login(person("gongcheng"))
    assert client.get(address).status_code == 404


def test_over_rest_the_same_record_again_is_the_same_link(make, client):
    record, api = make.report(), "/api/v1/ncrs/{}/travelers"
    client.force_login(person("engineer"))
    sent = {"system": "MES", "id": "TR-9", "record_type": "eDHR"}
    made = client.post(api.format(record.number), sent, content_type="application/json")
    assert (
        made.status_code == 201
        and client.post(api.format(record.number), sent, content_type="application/json").status_code == 200
    )
    assert [one["id"] for one in client.get(api.format(record.number)).json()["results"]] == ["TR-9"]
    assert (
        client.post(api.format(record.number), {**sent, "url": "x"}, content_type="application/json").status_code == 422
    )
    client.force_login(person("gongcheng"))
    assert client.get(api.format(record.number)).status_code == 404


def test_a_link_that_leads_nowhere_is_marked_and_told_once(make, client, settings):
    settings.WEBHOOK_TARGETS = "127.0.0.1"
    record = make.report()
    with serve(lambda seen: Answer(404 if state["gone"] else 200)) as server:
        state = {"gone": False}
        for name, url in (("alive", f"{server.base_url}/1"), ("elsewhere", "http://10.1.2.3/")):
            actions.link_traveler(
                ncr=record, pointer=actions.Pointer(system="MES", record_id=name, url=url), by=person("engineer")
            )
        assert travelers.look() == 0 and TravelerCheck.objects.count() == 1, "what we may not reach is not judged"
        state["gone"] = True
        for _night in range(2):
            TravelerCheck.objects.update(checked_at=now() - timedelta(days=1))
            assert travelers.look() == 1
        events = [line.event for line in trail.timeline(record)]
        assert events.count("ncr.traveler_dead") == 1
        client.force_login(person("engineer"))
        assert "Leads nowhere" in client.get(record.get_absolute_url()).content.decode()
        state["gone"] = False
        TravelerCheck.objects.update(checked_at=now() - timedelta(days=1))
        assert travelers.look() == 0 and "ncr.traveler_back" in [line.event for line in trail.timeline(record)]


def test_a_link_belongs_to_a_hold_of_the_same_record(make):
    hold, other = make.hold(make.report()), make.report()
    pointer = actions.Pointer(system="MES", record_id="TR-1")
    assert actions.link_traveler(ncr=hold.ncr, pointer=pointer, hold=hold, by=person("engineer")).hold == hold
    with pytest.raises(Invalid):
        actions.link_traveler(ncr=other, pointer=pointer, hold=hold, by=person("engineer"))


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def linked(record, server, name="TR-1", **more):
    pointer = actions.Pointer(system="MES", record_id=name, url=f"{server.base_url}/{name}", **more)
    return actions.link_traveler(ncr=record, pointer=pointer, by=person("engineer"))


def test_closing_keeps_a_frozen_copy_of_each_traveler_in_the_record_and_its_bundle(make, client, settings):
    settings.WEBHOOK_TARGETS = "127.0.0.1"
    record = make.ncr(state="VERIFICATION")
    answers = {
        "/TR-1": Answer(200, PDF),
        "/TR-2": Answer(200, b"<html><body>sign in</body></html>"),
        "/TR-3": Answer(503),
    }
    with serve(lambda seen: answers[seen.path]) as server:
        right = linked(record, server, sha256=hashlib.sha256(PDF).hexdigest())
        page, away = linked(record, server, "TR-2"), linked(record, server, "TR-3", sha256="0" * 64)
        assert travelers.freeze_due() == 0, "nothing is copied before the record closes"
        record = make.to_closed(record)
        assert record.state == "CLOSED" and travelers.freeze_due() == 1 and travelers.freeze_due() == 0
        held = TravelerSnapshot.objects.select_related("file").in_bulk()
        file = held[right.pk].file
        assert (file.sha256, file.media_type, file.name) == (
            hashlib.sha256(PDF).hexdigest(),
            "application/pdf",
            "MES-TR-1.pdf",
        )
        assert store.original(file.sha256) == PDF and not held[right.pk].is_changed
        assert held[page.pk].next_at is None and "no PDF" in held[page.pk].problem, "a page is no document"
        assert held[away.pk].tries == 1 and held[away.pk].next_at and "503" in held[away.pk].problem
        events = [line.event for line in trail.timeline(record)]
        assert events.count("ncr.traveler_frozen") == 1 and events.count("ncr.traveler_unfrozen") == 2
        answers["/TR-3"] = Answer(200, b'{"steps": []}')
        TravelerSnapshot.objects.filter(pk=away.pk).update(next_at=now())
        assert travelers.freeze_due() == 1 and TravelerSnapshot.objects.get(pk=away.pk).is_changed
    found = Nonconformance.objects.get(pk=record.pk)
    assert all(line.covers for line in records.signatures(found)), "what was signed is not touched by the copies"
    client.force_login(person("engineer"))
    shown = client.get(record.get_absolute_url()).content.decode()
    assert "Frozen copy" in shown and "Another content than when it was linked" in shown and "No frozen copy" in shown
    assert {one.sha256 for one in content.read(found).attachments} >= {file.sha256}, "the bundle takes it along"
    copy = reverse("ncr:traveler-copy", args=[record.number, page.uid])
    assert client.post(copy, {"_key": str(uuid.uuid4())}).status_code in (302, 503)
    assert TravelerSnapshot.objects.get(pk=page.pk).next_at is not None
    client.force_login(person("gongcheng"))
    assert client.get(copy).status_code == 404


def test_a_fetch_that_ends_its_process_counts_and_is_given_up_in_the_end(make, settings, monkeypatch):
    settings.WEBHOOK_TARGETS = "127.0.0.1"

    def killed(*_told):
        raise KeyboardInterrupt

    record = make.ncr(state="VERIFICATION")
    with serve(lambda seen: Answer(200, PDF)) as server, monkeypatch.context() as patch:
        row = linked(record, server)
        record = make.to_closed(record)
        patch.setattr(travelers, "copied", killed)
        for tries in range(1, 8):
            TravelerSnapshot.objects.update(next_at=now())
            with pytest.raises(KeyboardInterrupt):
                travelers.freeze_due()
            held = TravelerSnapshot.objects.get(pk=row.pk)
            assert held.tries == tries and held.next_at > now() + timedelta(seconds=travelers.LONGEST_SECONDS)
            assert travelers.freeze_due() == 0, "it is claimed for longer than its worker may live"
        TravelerSnapshot.objects.update(next_at=now())
        assert travelers.freeze_due() == 0
    held = TravelerSnapshot.objects.get(pk=row.pk)
    assert held.next_at is None and "cut off" in held.problem
    assert "ncr.traveler_unfrozen" in [line.event for line in trail.timeline(record)]


def test_a_site_may_want_the_copies_before_it_closes(make, settings):
    settings.WEBHOOK_TARGETS, settings.TRAVELERS_FROZEN_FIRST = "127.0.0.1", "AUG"
    with serve(lambda seen: Answer(200, PDF)) as server:
        record = make.ncr(state="VERIFICATION")
        linked(record, server)
        with pytest.raises(Conflict, match="No frozen copy is kept yet of: MES TR-1"):
            make.to_closed(record)
        actions.ask_again(traveler=Traveler.objects.get(), by=person("engineer"))
        assert travelers.freeze_due() == 1
        make.to_closed(Nonconformance.objects.get(pk=record.pk))
    assert Nonconformance.objects.get(pk=record.pk).state == "CLOSED"
    with pytest.raises(Conflict):
        actions.ask_again(traveler=Traveler.objects.get(), by=person("engineer"))


def test_what_the_plant_does_not_allow_is_given_up_and_told(make, settings):
    settings.WEBHOOK_TARGETS = ""
    record = make.ncr(state="VERIFICATION")
    with serve(lambda seen: Answer(200, PDF)) as server:
        linked(record, server)
        make.to_closed(record)
        assert travelers.freeze_due() == 0 and not server.seen
    assert TravelerSnapshot.objects.get().next_at is None
