"""“Refresh from the ERP”: one record by its key, never in the request, with an answer that names what changed."""

import pytest
from django.urls import reverse
from kombu.exceptions import OperationalError

from connectors import sync, tasks
from connectors.base import Permanent, Temporary
from connectors.models import SyncCursor, SyncRun
from qms.journal.models import Entry
from qms.masterdata import tables
from qms.masterdata.models import Item, Lot, PurchaseOrder, PurchaseOrderLine
from tests.fakes import erp as fake

pytestmark = pytest.mark.django_db


@pytest.fixture
def stocked(interface, erp_fake):
    erp_fake.put("units", fake.unit())
    erp_fake.put("items", fake.item("1"), fake.item("2"))
    erp_fake.put("lots", fake.lot("7", "1"))
    erp_fake.put("purchase-orders", fake.order("1", "10", "11", minute=5))
    sync.sync(interface=interface)
    return erp_fake


@pytest.fixture
def bell(bell_of):
    return bell_of(tasks.refresh_record)


@pytest.fixture
def reader(client, people):
    client.force_login(people["inspector"])
    return client


def press(client, object, row):
    return client.post(reverse("connectors:refresh", args=[object, row.pk]))


def item(key="1"):
    return Item.objects.get(source="erp", external_id=key)


def test_the_page_asks_and_the_worker_answers_with_what_changed(stocked, reader, bell, people):
    stocked.put(
        "items", fake.changed(fake.item("1"), 3, name="Bracket, new"), fake.changed(fake.item("2"), 3, name="Other")
    )
    assert b"Refresh from the ERP" in reader.get(tables.url_of(item())).content
    cursors = list(SyncCursor.objects.order_by("pk").values_list("object", "cursor"))
    answer = press(reader, "items", item())
    assert answer.status_code == 302 and len(bell) == 1
    page = reader.get(answer.url)
    assert b"hx-trigger" in page.content and b"is being asked" in page.content
    assert item().name == "Item 1", "nothing was read inside the request"
    tasks.refresh_record(*bell[0])
    page = reader.get(answer.url, headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in page, "it asks no more"
    assert "<code>name</code> Item 1 → Bracket, new" in page
    assert (item().name, item("2").name) == ("Bracket, new", "Item 2"), "exactly this record"
    assert list(SyncCursor.objects.order_by("pk").values_list("object", "cursor")) == cursors
    asked = Entry.objects.filter(event="masterdata.refresh_asked").get()
    assert asked.actor_id == str(people["inspector"].pk)
    assert Entry.objects.filter(event="masterdata.synced").latest("id").id > asked.id


def test_an_unchanged_record_says_so(stocked, reader, bell):
    answer = press(reader, "items", item())
    tasks.refresh_record(*bell[0])
    assert b"says the same" in reader.get(answer.url).content


def test_a_double_press_is_one_question(stocked, reader, bell):
    one, two = press(reader, "items", item()), press(reader, "items", item())
    assert one.url == two.url and SyncRun.objects.exclude(only_object="").count() == 1
    tasks.refresh_record(*bell[0])
    tasks.refresh_record(*bell[1])
    run = SyncRun.objects.get(only_object="items")
    assert run.unchanged == 1, "the second bell finds it answered"


def test_what_was_deleted_in_the_erp_is_told_and_kept(stocked, reader, bell):
    stocked.drop("lots", "7")
    lot = Lot.objects.get(source="erp", external_id="7")
    answer = press(reader, "lots", lot)
    tasks.refresh_record(*bell[0])
    lot.refresh_from_db()
    assert lot.gone_at and b"Gone from the source" in reader.get(answer.url).content


def test_a_document_is_read_as_it_stands_even_when_its_newest_line_was_deleted(stocked, reader, bell):
    stocked.log["purchase-orders"] = [fake.order("1", "10", minute=1)]
    press(reader, "purchase-orders", PurchaseOrder.objects.get(source="erp"))
    tasks.refresh_record(*bell[0])
    assert [line.external_id for line in PurchaseOrderLine.objects.live().filter(source="erp")] == ["10"]


@pytest.mark.parametrize(
    "trouble", [Temporary("unreachable", "The ERP did not answer."), Permanent("bad_row", "Half a row.")]
)
def test_a_failure_is_shown_and_changes_nothing(stocked, reader, bell, trouble):
    stocked.trouble["items"] = trouble
    answer = press(reader, "items", item())
    tasks.refresh_record(*bell[0])
    page = reader.get(answer.url).content.decode()
    assert trouble.message in page and "as before" in page
    assert item().name == "Item 1"


def test_without_a_broker_nothing_waits_for_ever(stocked, reader, monkeypatch):
    def away(*_told):
        raise OperationalError("away")

    monkeypatch.setattr(tasks.refresh_record, "delay", away)
    assert press(reader, "items", item()).status_code == 503
    assert SyncRun.objects.get(only_object="items").finished_at


def test_a_line_of_a_document_cannot_be_asked_for(stocked, reader, bell):
    line = PurchaseOrderLine.objects.filter(source="erp").first()
    answer = press(reader, "purchase-order-lines", line)
    assert answer.status_code == 409 and b"comes with its document" in answer.content and not bell


def test_a_paused_interface_is_not_asked(stocked, reader, bell, interface, people):
    from connectors import actions

    actions.pause(interface=interface, by=people["integration"], reason="moving the server")
    assert press(reader, "items", item()).status_code == 409 and not bell


def test_rights(stocked, client, people, bell):
    lot = Lot.objects.get(source="erp", external_id="7")
    client.force_login(people["auditor"])
    assert press(client, "items", item()).status_code == 403
    assert b"Refresh from the ERP" not in client.get(tables.url_of(item())).content
    client.force_login(people["gongcheng"])
    assert press(client, "lots", lot).status_code == 404, "a lot of another site does not exist"
    assert not bell
