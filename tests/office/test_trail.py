"""The audit trail: newest first, readable, narrowed, and never more than the reader may see."""

import pytest
from django.urls import reverse

from qms import journal
from qms.accounts import actions as accounts
from qms.accounts.models import Site
from qms.journal.models import Entry
from qms.lib.ids import uuid7
from qms.office import queries
from qms.records import actions as records

pytestmark = pytest.mark.django_db
PROVES = ("11.10(e)", "11.10(d)")
SECRET = "ZQ-SECRET-4711"


def page(client, who, **params):
    client.force_login(who)
    answer = client.get(reverse("office:trail"), params)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_is_open_to_its_readers_only(client, people):
    for who, status in {"auditor": 200, "manager": 200, "security": 200, "admin": 403, "engineer": 403}.items():
        client.force_login(people[who])
        assert client.get(reverse("office:trail")).status_code == status, who
        assert client.post(reverse("office:trail")).status_code in (403, 405)


def test_entries_read_as_sentences_newest_first_and_show_their_content(client, people, make):
    record = make.report()
    shown = page(client, people["manager"], number=record.number)
    assert "Reported: " in shown and "Row written: " in shown and "Ines Falk" in shown
    assert f"/r/{record.number}" in shown and "&quot;event&quot;: &quot;ncr.reported&quot;" in shown
    keys = [e.pk for e in queries.entries(people["manager"]).order_by("-id")[:20]]
    assert keys == sorted(keys, reverse=True)


def test_pages_follow_by_key(client, people, make):
    make.ncr(state="CLOSED")
    first = page(client, people["manager"], size="25")
    assert first.count("data-row") == 25 and "after=" in first


def test_it_narrows_by_number_actor_event_kind_and_object(client, people, make):
    one, other = make.report(), make.report(by="operator")
    shown = page(client, people["manager"], number=one.number)
    assert one.number in shown and other.number not in shown
    shown = page(client, people["manager"], actor="Otto", event="ncr.", kind="act")
    assert other.number in shown and one.number not in shown and "Row written" not in shown
    assert "Row written" in page(client, people["manager"], object="nonconformance", kind="row")
    assert "data-row" not in page(client, people["manager"], number="NCR-99-999999")
    assert "Quentin" not in page(client, people["manager"], number="inspector")


def test_other_sites_do_not_show(people, make):
    record = make.report()
    records.comment(record=record, text=SECRET, by=people["inspector"])
    site = Site.objects.get(code="SUZ")
    reader = accounts.create_user(username="qm.suz", full_name="Q", by=journal.SYSTEM)
    accounts.grant(user=reader, role="quality_manager", site=site, by=journal.SYSTEM)
    seen = queries.entries(reader)
    assert not seen.filter(site=record.site_id).exists()
    assert not seen.filter(payload__contains=SECRET).exists(), "a comment has no site of its own"
    assert seen.filter(event="account.created", object_key=str(reader.pk)).exists(), "no site: open to all readers"
    assert Entry.objects.filter(payload__contains=SECRET).exists()


def test_an_export_compartment_hides_its_records_whole_acts(people, make):
    record = make.report()
    records.comment(record=record, text=SECRET, by=people["inspector"])
    compartment = accounts.create_compartment(code=f"ITAR-{uuid7().hex[:6]}", name="Closed", by=journal.SYSTEM)
    with journal.act(journal.EVENTS["ncr.edited"], by=journal.SYSTEM) as act:
        type(record).objects.filter(pk=record.pk).update(compartment=compartment)
        act.record(record)
    assert not queries.entries(people["manager"]).filter(payload__contains=SECRET).exists()
    assert not queries.entries(people["auditor"]).filter(payload__contains=record.number).exists()
    accounts.open_compartment(compartment=compartment, user=people["manager"], by=journal.SYSTEM)
    del people["manager"]._compartments
    assert queries.entries(people["manager"]).filter(payload__contains=SECRET).exists()


def test_what_is_typed_never_becomes_markup(client, people, make):
    record = make.report()
    records.comment(record=record, text="<script>alert(1)</script>", by=people["inspector"])
    assert "<script>alert" not in page(client, people["manager"], number=record.number)
