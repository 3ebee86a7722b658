"""A lot that is named before the ERP tells of it: marked, matched when it comes, never guessed."""

import json
from decimal import Decimal

import pytest
from django.urls import reverse

from ncr import actions as ncr
from ncr.models import DefectCode, Nonconformance
from ncr.queries import provisional
from qms import journal
from qms.journal.models import Entry
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.lib.ids import uuid7
from qms.masterdata import events
from qms.masterdata.models import Item, Lot
from qms.masterdata.upsert import resolve_parents, upsert

pytestmark = pytest.mark.django_db
NAME, PART = "LOT-26-9001", "TB-4711"


@pytest.fixture
def named(people) -> Nonconformance:
    """By an operator, while the ERP was away."""
    part, code = Item.objects.live().get(number=PART), DefectCode.objects.get(code="DIM-OUT")
    return ncr.report(by=people["operator"], part=part, quantity=Decimal(2), defect_code=code, lot_number=NAME)


def comes(*keys: str, number: str = NAME, site: int | None = None, part: str = PART) -> list[Lot]:
    item = Item.objects.live().get(number=part)
    rows = [
        {"external_id": k, "number": number, "changed_at": None, "is_active": True, "item_ref": item.external_id}
        for k in keys
    ]
    with journal.act(journal.EVENTS["masterdata.synced"], by=journal.SYSTEM, source="test") as act:
        upsert(object="lots", source=item.source, rows=rows, run=uuid7(), site_id=site)
        act.record(f"mirror:{item.source}:lots", events.Synced("lots", item.source, "x", len(rows), 0, 0, 0, ""))
    resolve_parents(source=item.source)
    return list(Lot.objects.filter(source=item.source, external_id__in=keys).order_by("external_id"))


def fresh(row: Nonconformance) -> Nonconformance:
    return Nonconformance.objects.get(pk=row.pk)


def test_matched_when_the_lot_comes(named):
    assert named.has_provisional_lot and ncr.match_known() == 0
    [lot] = comes("9001", site=named.site_id)
    assert ncr.match_known() == 1 and ncr.match_known() == 0
    row = fresh(named)
    assert (row.lot, row.lot_number, row.version) == (lot, NAME, named.version + 1)
    entry = Entry.objects.get(event="ncr.lot_matched", object_key=str(row.pk))
    told = json.loads(entry.payload)["data"]
    assert told["name"] == told["lot"] == NAME


@pytest.mark.parametrize("why", ["two", "another part", "another number", "closed"])
def test_never_guessed(named, why, people):
    if why == "two":
        comes("9001", "9002", site=named.site_id)
    elif why == "another part":
        other = Item.objects.live().exclude(number=PART).exclude(unit=None).order_by("number").first()
        comes("9001", part=other.number, site=named.site_id)
    elif why == "another number":
        comes("9001", number=NAME + "A", site=named.site_id)
    else:
        ncr.cancel(ncr=named, by=people["manager"], reason="seen twice")
        comes("9001", site=named.site_id)
    assert ncr.match_known() == 0 and fresh(named).lot is None
    assert not Entry.objects.filter(event="ncr.lot_matched").exists()


def test_a_person_says_which(named, people):
    first, second = comes("9001", "9002", site=named.site_id)
    told = {"ncr": named, "lot": second, "reason": "compared with the label"}
    with pytest.raises(Forbidden):
        ncr.match_lot(by=people["operator"], **told)
    row = ncr.match_lot(by=people["engineer"], **told)
    assert row.lot == second and fresh(named).lot_number == NAME
    with pytest.raises(Conflict, match="no provisional lot"):
        ncr.match_lot(by=people["engineer"], **{**told, "lot": first})


def test_another_number_or_part_is_checked(named, people):
    [other] = comes("9003", number="LOT-26-9003", site=named.site_id)
    part = Item.objects.live().exclude(number=PART).exclude(unit=None).order_by("number").first()
    [foreign] = comes("9004", part=part.number, site=named.site_id)
    told = {"ncr": named, "by": people["engineer"], "reason": "mistyped"}
    with pytest.raises(Invalid) as refused:
        ncr.match_lot(lot=foreign, **told)
    assert refused.value.field == "lot"
    assert ncr.match_lot(lot=other, **told).lot_number == "LOT-26-9003"


def test_a_hold_waits_for_the_real_lot(named, people):
    with pytest.raises(Invalid, match="provisional"):
        ncr.request_hold(ncr=named, by=people["engineer"], reason="not to be used")
    comes("9001", site=named.site_id)
    ncr.match_known()
    assert ncr.request_hold(ncr=fresh(named), by=people["engineer"], reason="not to be used").lot_number == NAME


def test_the_mark_on_page_list_and_interface(named, people, client):
    client.force_login(people["engineer"])
    page = client.get(named.get_absolute_url()).content.decode()
    url = reverse("ncr:match-lot", args=[named.number])
    assert "Provisional" in page and url in page
    assert named.number in client.get("/ncr/?provisional=1").content.decode()
    assert client.get(f"/api/v1/ncrs/{named.number}").json()["lot_is_provisional"] is True
    [lot] = comes("9001", site=named.site_id)
    assert provisional.waiting().get(pk=named.pk).fitting == 1
    assert "Match the provisional lot" in client.get(url).content.decode()
    assert client.post(url, {"lot": lot.pk, "reason": "compared with the label"}).status_code == 302
    assert "Provisional" not in client.get(named.get_absolute_url()).content.decode()
    assert named.number not in client.get("/ncr/?provisional=1").content.decode()
    assert client.get(f"/api/v1/ncrs/{named.number}").json()["lot_is_provisional"] is False


def test_a_name_that_is_no_lot_is_taken_away_with_a_reason(named, people, client):
    with pytest.raises(Forbidden):
        ncr.refuse_lot(ncr=named, by=people["operator"], reason="the label is of another plant")
    client.force_login(people["engineer"])
    url = reverse("ncr:refuse-lot", args=[named.number])
    assert url in client.get(named.get_absolute_url()).content.decode()
    assert client.post(url, {"reason": "the label is of another plant"}).status_code == 302
    row = fresh(named)
    assert (row.lot, row.lot_number, row.has_provisional_lot) == (None, "", False)
    assert NAME in Entry.objects.get(event="ncr.lot_refused").payload
    with pytest.raises(Conflict, match="no provisional lot"):
        ncr.refuse_lot(ncr=row, by=people["engineer"], reason="once more, by mistake")
    comes("9001", site=named.site_id)
    assert ncr.match_known() == 0, "a name that was taken away is not matched"


def test_matched_and_refused_over_the_interface(named, people, client):
    client.force_login(people["engineer"])
    first, second = comes("9001", "9002", site=named.site_id)
    path = f"/api/v1/ncrs/{named.number}"

    def post(step, **body):
        return client.post(f"{path}/{step}", body, content_type="application/json")

    two = post("match-lot", lot=NAME, reason="compared with the label")
    assert two.status_code == 422 and "lot" in two.content.decode()
    told = post("match-lot", lot=NAME, lot_key=second.external_id, reason="compared with the label")
    assert told.status_code == 200 and told.json() == {"number": named.number, "lot": NAME, "lot_is_provisional": False}
    assert fresh(named).lot == second and first != second
    assert post("refuse-lot", reason="there is none of this name").status_code == 409
