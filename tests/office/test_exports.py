"""Pages of exports: from a record and from a list, with a purpose, progress, download; nobody's but one's own."""

import io
import zipfile

import pytest
from django.urls import reverse

from qms.journal import queries as trail
from qms.lib import apart, bells
from qms.lib.errors import NotNow
from qms.office import tasks
from qms.records import exporting
from qms.records.bundle import archive
from qms.records.models import Export
from tests.factories import person

PROVES = ("11.10(b)", "11.10(d)", "11.10(e)")
pytestmark = pytest.mark.django_db
ASKED = {"purpose": "Customer audit 2026", "language": "en"}


@pytest.fixture(autouse=True)
def rung(monkeypatch):
    """Bells of the worker; what it writes is proven by tests/records/test_bundle.py."""
    rung: list[int] = []
    monkeypatch.setattr(bells, "ring", lambda task, key: rung.append(key))

    def write(file, records, order, *, told):
        with zipfile.ZipFile(file, "w") as zipped:
            for done, record in enumerate(records, 1):
                zipped.writestr(record.number, order.purpose)
                told(record.number, done)
        return done

    def here(work, *, cap, told, beat):
        beat()
        return work(told)

    monkeypatch.setattr(apart, "run", here)  # another process sees nothing of a test's transaction

    monkeypatch.setattr(archive, "write", write)
    return rung


def made(rung):
    tasks.make_export(rung.pop())
    return Export.objects.latest("pk")


def ask(client, address, **more):
    return client.post(address, {**ASKED, **more})


def test_one_click_on_the_record_and_a_purpose(client, make, rung):
    ncr = make.ncr()
    client.force_login(person("auditor"))
    address = reverse("office:export-record", args=[ncr.number])
    assert address in client.get(ncr.get_absolute_url()).content.decode()
    assert ask(client, address, purpose="n/a").status_code == 422
    answer = ask(client, address)
    assert answer.status_code == 302 and len(rung) == 1
    page = client.get(answer["Location"]).content.decode()
    assert "Being made" in page and "0 of 1 records" in page
    done = made(rung)
    page = client.get(answer["Location"]).content.decode()
    assert "Ready" in page and done.sha256 in page
    got = client.get(reverse("office:export-file", args=[done.uid]))
    assert got["Content-Disposition"].startswith("attachment") and got["X-Content-Type-Options"] == "nosniff"
    with zipfile.ZipFile(io.BytesIO(b"".join(got.streaming_content))) as zipped:
        assert zipped.namelist() == [ncr.number]
    assert [line.event for line in trail.timeline(done)] == ["export.fetched", "export.made", "export.ordered"]
    assert done.label in client.get(reverse("office:exports")).content.decode()


def test_everything_that_a_list_shows_or_nothing(client, make, rung):
    first, second = make.ncr(), make.ncr(state="CLOSED")
    client.force_login(person("auditor"))
    listed = client.get("/ncr/?state=CLOSED").content.decode()
    address = f"{reverse('office:export-list')}?list=/ncr/&amp;query=%3Fstate%3DCLOSED"
    assert address in listed
    address = address.replace("&amp;", "&")
    assert "1 records of the list" in client.get(address).content.decode()
    assert ask(client, address, expected=7).status_code == 409 and not Export.objects.exists()
    assert ask(client, address, expected=1).status_code == 302
    assert made(rung).keys == [second.pk] != [first.pk]


def test_an_export_is_seen_by_its_maker_and_by_readers_of_the_whole_trail(client, make, rung):
    ncr = make.ncr()
    client.force_login(person("engineer"))
    answer = ask(client, reverse("office:export-record", args=[ncr.number]))
    done, places = made(rung), ("office:export", "office:export-file")
    for who, code in (("engineer", 200), ("auditor", 200), ("supplierq", 404), ("gongcheng", 404)):
        client.force_login(person(who))
        assert {client.get(reverse(name, args=[done.uid])).status_code for name in places} == {code}, who
    client.force_login(person("operator"))
    assert client.get(answer["Location"]).status_code in (403, 404)
    assert client.post(reverse("office:export-record", args=[ncr.number]), ASKED).status_code == 403


def test_cancelled_by_its_maker_alone(client, make, rung):
    client.force_login(person("engineer"))
    ask(client, reverse("office:export-record", args=[make.ncr().number]))
    waiting = Export.objects.latest("pk")
    address = reverse("office:export-cancel", args=[waiting.uid])
    client.force_login(person("auditor"))
    assert client.post(address).status_code == 404
    client.force_login(person("engineer"))
    assert client.post(address).status_code == 302
    assert made(rung).made_at is None
    assert "Cancelled by the person" in client.get(reverse("office:export", args=[waiting.uid])).content.decode()


def test_without_the_broker_it_waits_for_the_scheduler(client, make, monkeypatch):
    def away(task, key):
        raise NotNow("The worker cannot be reached at the moment.")

    monkeypatch.setattr(bells, "ring", away)
    client.force_login(person("auditor"))
    answer = ask(client, reverse("office:export-record", args=[make.ncr().number]))
    assert answer.status_code == 302 and "Waiting for the worker" in client.get(answer["Location"]).content.decode()


def test_what_a_person_may_no_longer_see_is_not_exported(client, make, rung):
    from qms.accounts import actions as accounts
    from qms.accounts.models import Grant

    client.force_login(person("engineer"))
    ask(client, reverse("office:export-record", args=[make.ncr().number]))
    for grant in Grant.objects.filter(user=person("engineer")):
        accounts.end_grant(grant=grant, reason="moved to another plant", by=person("admin"))
    done = made(rung)
    assert done.made_at is None and "no longer visible" in done.problem
    assert exporting.done(done) == 0


def test_over_rest_the_same_in_one_call(client, make, rung):
    ncr = make.ncr()
    client.force_login(person("engineer"))
    ask = {"numbers": [ncr.number], **ASKED}
    send = {"content_type": "application/json"}
    asked = client.post("/api/v1/exports", ask, **send)
    assert asked.status_code == 202 and asked.json()["status"] == "making", asked.content
    address = f"/api/v1/exports/{asked.json()['id']}"
    assert client.get(f"{address}/file").status_code == 409, "not made yet"
    done = made(rung)
    found = client.get(address).json()
    assert (found["status"], found["sha256"], found["count"], found["done"]) == ("made", done.sha256, 1, 1)
    assert b"".join(client.get(f"{address}/file").streaming_content).startswith(b"PK")
    assert client.get("/api/v1/exports").json()["results"][0]["id"] == str(done.uid)
    for wrong, code in (
        ([], 422),
        (["NCR-26-999999"], 404),
        ([ncr.number, "HLD-26-000001"], 422),
        (["XYZ-26-000001"], 404),
    ):
        assert client.post("/api/v1/exports", {**ask, "numbers": wrong}, **send).status_code == code, wrong
    assert client.post("/api/v1/exports", {**ask, "purpose": "update"}, **send).status_code == 422
    client.force_login(person("gongcheng"))
    assert client.get(address).status_code == 404 and client.post("/api/v1/exports", ask, **send).status_code == 404


def test_a_bundle_is_not_handed_out_once_a_record_in_it_is_closed_to_the_reader(client, make, rung):
    from qms import journal
    from qms.accounts import actions as accounts
    from qms.records import compartments

    record = make.ncr()
    client.force_login(person("engineer"))
    ask(client, reverse("office:export-record", args=[record.number]))
    address = reverse("office:export-file", args=[made(rung).uid])
    assert client.get(address).status_code == 200
    itar = accounts.create_compartment(code="ITAR-E", name="Pump", by=journal.SYSTEM)
    accounts.open_compartment(compartment=itar, user=person("manager"), by=journal.SYSTEM)
    compartments.enclose(record=record, compartment=itar, by=person("manager"), reason="drawing under licence")
    refused = client.get(address)
    assert refused.status_code == 409 and "no longer visible" in refused.content.decode()
    client.force_login(person("auditor"))
    assert client.get(address).status_code in (404, 409), "nor to whoever reads the trail of the site"
