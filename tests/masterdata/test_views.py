"""Lists, pages and look-ups of the mirror."""

import pytest
from django.urls import reverse

from qms.lib.errors import Invalid
from qms.masterdata import actions, tables
from qms.masterdata.models import Crosswalk, Freshness, Lot, PurchaseOrder, ReceiptLine, Supplier
from qms.masterdata.specs import SPECS

# What the demonstration plant's ERP does not keep, and lists that are filled by it only.
NEVER_READ = {"revisions", "serials", "equipment", "document-references"} | {
    *("customers", "boms", "routings", "costs", "stock", "genealogy", "shipments"),
}
pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client, people):
    client.force_login(people["inspector"])
    return client


@pytest.mark.parametrize("name", tables.LISTS)
def test_every_list_shows_its_rows_and_its_age(reader, name):
    page = reader.get(reverse(f"masterdata:{name}"))
    assert page.status_code == 200
    row = SPECS[name].model.objects.live().order_by("number", "pk").first()
    if row is None:
        assert name in NEVER_READ and b"never received" in page.content
        return
    assert b"from ERP" in page.content
    assert row.number.encode() in page.content or row.number == ""


@pytest.mark.parametrize("name", SPECS)
def test_every_object_has_a_page(reader, name):
    row = SPECS[name].model.objects.first()
    if row is None:
        assert name in {*tables.LINES, *NEVER_READ}
        return
    page = reader.get(tables.url_of(row))
    assert page.status_code == 200 and row.number.encode() in page.content
    assert row.external_id.encode() in page.content


def test_a_page_says_who_names_it(reader):
    lot = Lot.objects.live().filter(number="LOT-26-0101").get()
    page = reader.get(tables.url_of(lot.item)).content.decode()
    assert "LOT-26-0101" in page
    assert "?part=" in page
    order = PurchaseOrder.objects.exclude(supplier=None).first()
    assert order.number in reader.get(tables.url_of(order.supplier)).content.decode()


def test_nothing_is_shown_without_the_right(client, people):
    client.force_login(people["admin"])
    assert client.get(reverse("masterdata:items")).status_code == 403
    assert client.get(reverse("masterdata:item-lookup"), {"q": "T"}).status_code == 403


def test_rows_of_another_site_do_not_exist(client, people):
    client.force_login(people["gongcheng"])
    lot = Lot.objects.live().filter(number="LOT-26-0101").get()
    assert client.get(tables.url_of(lot)).status_code == 404
    assert client.get(tables.url_of(lot.item)).status_code == 200, "parts belong to the whole company"
    assert client.get(reverse("masterdata:lot-lookup"), {"q": "LOT"}).json() == {"results": []}


def test_an_object_that_was_never_read_says_so(reader):
    Freshness.objects.filter(object="items").delete()
    assert b"never received" in reader.get(reverse("masterdata:items")).content


def test_the_lookup_prefers_the_beginning_of_the_number(reader):
    found = reader.get(reverse("masterdata:lot-lookup"), {"q": "LOT-26-01"}).json()["results"]
    assert 0 < len(found) <= 10
    assert all(row["value"].startswith("LOT-26-01") and row["hint"] for row in found)
    supplier = Supplier.objects.live().first()
    named = reader.get(reverse("masterdata:supplier-lookup"), {"q": supplier.name[:6].lower()}).json()["results"]
    assert supplier.number in [row["value"] for row in named]


def test_a_name_is_mapped_once_and_can_be_corrected(people):
    first = actions.map_value(
        source="mes", kind="defect_code", foreign_value=" D1 ", local_value="DIM-OUT", by=people["integration"]
    )
    actions.map_value(
        source="mes", kind="defect_code", foreign_value="D1", local_value="BURR", by=people["integration"]
    )
    assert Crosswalk.objects.get(source="mes", foreign_value="D1").pk == first.pk
    assert [row.local_value for row in first.history.all()] == ["BURR", "DIM-OUT"]
    with pytest.raises(Invalid, match="not known"):
        actions.map_value(source="mes", kind="item", foreign_value="X", local_value="NOPE", by=people["integration"])


def test_lines_belong_to_their_document():
    assert tables.columns_of("receipt-lines")[0].name == "number"
    assert ReceiptLine in tables.OBJECTS
