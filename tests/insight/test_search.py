"""One box: numbers, names, words in both languages; never what the reader may not see."""

import pytest
from django.urls import reverse

from ncr import actions as ncr
from ncr.models import Nonconformance
from qms import journal
from qms.accounts import actions as accounts
from qms.accounts.models import Site
from qms.commands.models import Posting
from qms.insight import projection, search
from qms.insight.models import Document
from qms.journal.models import Entry
from qms.masterdata import actions as masterdata
from qms.records import actions as records


@pytest.fixture
def record(make, people):
    made = make.report()
    return ncr.edit(
        cause="INFO",
        ncr=made,
        by=people["engineer"],
        reason="said better",
        title="Bore diameter too large",
        description="孔径超差，批次需隔离",
    )


@pytest.fixture
def indexed(record):
    projection.take(list(Entry.objects.filter(object_key=str(record.pk))))
    return record


def numbers(text, user):
    return [hit.label for hit in search.find(text, user).records]


@pytest.mark.parametrize(
    "text",
    [
        "bore diameter",
        "DIAM",
        "lot-26-0101",
        "LOT-26-01",
        "0101",
        "26-0101",
        "lot260101",
        "孔径超差",
        "孔径",
        "批次 bore",
        "超",
    ],
)
def test_words_names_and_chinese_find_the_record(indexed, people, text):
    assert numbers(text, people["engineer"]) == [indexed.number]


@pytest.mark.parametrize("text", ["bore chamfer", "孔距", "lot-27", "", "   ", "'", "%", "\x00"])
def test_what_does_not_occur_finds_nothing(indexed, people, text):
    assert numbers(text, people["engineer"]) == []


def test_part_order_and_supplier_find_it_too(indexed, people):
    names = [value for name in ("part_number", "supplier_name", "order_number") if (value := getattr(indexed, name))]
    assert names
    for name in names:
        assert indexed.number in numbers(name, people["engineer"]), name


def test_a_comment_is_found(indexed, people):
    records.comment(record=indexed, text="Torque wrench was not calibrated 扭矩扳手", by=people["engineer"])
    assert numbers("torque", people["engineer"]) == []
    projection.take(list(Entry.objects.filter(event="record.commented")))
    assert numbers("torque wrench", people["engineer"]) == numbers("扳手", people["engineer"]) == [indexed.number]


def test_a_fresh_number_is_found_before_the_documents_know_it(record, people):
    _prefix, year, serial = record.number.split("-")
    assert not Document.objects.exists()
    for typed in (
        record.number,
        f"{year}-{int(serial)}",
        f"ncr {int(serial)}",
        record.number.lower().replace("0", "O"),
    ):
        assert numbers(typed, people["engineer"])[:1] == [record.number], typed


def test_one_slip_is_forgiven_when_nothing_bears_the_name(indexed, people):
    found = search.find("LOT-26-1001", people["engineer"])
    assert found.nearly and [hit.label for hit in found.records] == [indexed.number]
    assert not search.find("LOT-26-9910", people["engineer"])


def test_another_site_finds_nothing_whatever_it_types(indexed, people):
    for text in (indexed.number, "bore", "孔径", "lot-26-0101", "LOT-26-1001"):
        assert numbers(text, people["gongcheng"]) == []
    assert numbers("bore", people["auditor"]) == [indexed.number]


def test_a_compartment_hides_a_record_at_once_although_the_document_is_old(indexed, people):
    closed = accounts.create_compartment(code="ITAR", name="Closed", by=journal.SYSTEM)
    with journal.act(journal.EVENTS["ncr.edited"], by=journal.SYSTEM, reason="closed") as act:
        Nonconformance.objects.filter(pk=indexed.pk).update(compartment=closed)
        act.record(indexed)
    assert Document.objects.get(number=indexed.number).compartment_id is None
    assert numbers("bore", people["engineer"]) == numbers(indexed.number, people["engineer"]) == []


def test_frequent_words_and_rare_words_are_both_complete(indexed, make, people, monkeypatch):
    monkeypatch.setattr(search, "WINDOW", 2)
    others = [make.report() for _ in range(4)]
    projection.rebuild()
    assert numbers("diameter", people["engineer"]) == [indexed.number]
    assert set(numbers("lot-26-0101", people["engineer"])) == {indexed.number, *(other.number for other in others)}
    found = search.find("lot-26-0101", people["engineer"], limit=3)
    assert found.more and [hit.label for hit in found.records] == [other.number for other in others[:0:-1]]


def test_rebuilding_gives_the_same_documents(indexed):
    projection.rebuild()
    before = list(Document.objects.values_list("record_key", "number", "terms", "site"))
    assert projection.rebuild() == 1
    assert list(Document.objects.values_list("record_key", "number", "terms", "site")) == before


def test_things_of_the_erp_are_found_by_number_and_only_with_the_right(db, people):
    found = search.find("lot-26-0101", people["engineer"]).things
    assert [hit.label for hit in found if hit.exact] == ["LOT-26-0101"]
    assert search.find("LOT-26-0101", people["admin"]).things == []


def test_what_other_systems_call_it_finds_it(indexed, make, people):
    """The ERP's document, our reference in it, the MES's id of the defect and its name in the crosswalk, each exactly."""
    hold = make.hold(make.fresh(indexed), posted=True)
    posting = Posting.objects.of(indexed).latest("pk")
    assert posting.document_number and hold
    masterdata.enter(
        by=people["integration"], source="mes-b", kind="ncr", foreign_value="PROV/77",
        part=masterdata.Part(indexed.number), reason="numbered while we were down",
    )  # fmt: skip
    for text in (posting.document_number, posting.reference, posting.reference.lower(), "PROV/77"):
        found = search.find(text, people["engineer"])
        assert found.only and found.only.label == indexed.number, text
        assert numbers(text, people["gongcheng"]) == [], text


class TestPages:
    def test_a_scanned_number_opens_its_record(self, client, people, record):
        client.force_login(people["engineer"])
        answer = client.get(reverse("insight:search"), {"q": f" {record.number.lower()} "})
        assert answer.status_code == 302 and answer["Location"] == record.get_absolute_url()
        assert client.get(reverse("insight:search"), {"q": record.number, "all": "1"}).status_code == 200

    def test_a_scanned_lot_opens_it_when_no_record_bears_that_name(self, client, people):
        client.force_login(people["engineer"])
        answer = client.get(reverse("insight:search"), {"q": "LOT-26-0101"})
        assert answer.status_code == 302 and "/masterdata/lots/" in answer["Location"]

    def test_what_is_typed_is_shown_as_text(self, client, people):
        client.force_login(people["engineer"])
        page = client.get(reverse("insight:search"), {"q": "<b>x</b>"}).content.decode()
        assert "&lt;b&gt;x" in page and "<b>x" not in page

    def test_the_palette_is_a_page_and_a_fragment(self, client, people, indexed):
        client.force_login(people["engineer"])
        page = client.get(reverse("insight:palette"), {"q": "bore"}).content.decode()
        part = client.get(reverse("insight:palette"), {"q": "bore"}, headers={"HX-Request": "true"}).content.decode()
        assert "<html" in page and "<html" not in part
        assert indexed.number in page and indexed.number in part

    @pytest.mark.parametrize(("who", "offered"), [("inspector", True), ("auditor", False)])
    def test_only_acts_open_to_the_reader_are_offered(self, client, people, who, offered):
        client.force_login(people[who])
        page = client.get(reverse("insight:palette"), {"q": "report a non"}, headers={"HX-Request": "true"})
        assert (reverse("ncr:create") in page.content.decode()) is offered

    def test_pages_are_found_in_the_readers_language_and_in_english(self, client, people):
        client.force_login(people["gongcheng"])
        for text in ("holds", "冻结"):
            page = client.get(reverse("insight:palette"), {"q": text}, headers={"HX-Request": "true"})
            assert reverse("ncr:hold-list") in page.content.decode(), text


def test_the_site_of_a_document_is_the_records(indexed):
    assert Document.objects.get().site == Site.objects.get(code="AUG")
