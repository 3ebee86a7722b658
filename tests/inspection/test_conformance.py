"""Our certificate of conformance: taken from the decided inspection, never more than was released, signed, printed for the customer."""

import json
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from inspection import actions, prints
from inspection.actions import Cell, conformance
from inspection.models import Conformance
from ncr.actions import Line
from qms import journal
from qms.journal import wording
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.lib.ids import uuid7
from qms.masterdata.models import Lot
from qms.signatures.models import Signature
from qms.signatures.snapshot import covers
from tests.factories import person, signing

pytestmark = pytest.mark.django_db
STEPS = actions.CONFORMANCE_STEPS
BORE = {
    "balloon": "7",
    "name": "Bore",
    "kind": "variable",
    "nominal": "12",
    "lower": "12",
    "upper": "12.018",
    "unit": "mm",
}


def decided(make, *values, **told):
    """Ten pieces, all released; the bore of as many read as there are values."""
    plan = make.lotplan(kind="final", size=len(values), characteristics=[BORE], drawing="D-4711 B")
    lot = make.inspection(plan=plan, state="RELEASED", **told)
    actions.record_readings(
        inspection=lot, by=person("engineer"), cells=[Cell("7", at, value) for at, value in enumerate(values, start=1)]
    )
    lot = actions.complete(inspection=lot, by=person("engineer"))
    return make.usage(lot, unrestricted=lot.quantity)


def issued(row, name="engineer"):
    return STEPS["issue"](conformance=row, by=person(name), signing=signing(person(name)))


def test_results_are_taken_from_the_readings_and_nothing_is_typed(make):
    lot = decided(make, "12.004", "12.011", "12")
    made = make.conformance(inspection_of=lot)
    [line] = made.content["results"]
    assert (line["lowest"], line["mean"], line["highest"], line["n"], line["bad"]) == ("12", "12.0050", "12.011", 3, 0)
    assert (
        made.specification == "D-4711 B" and made.quantity == 10 and made.content["plan"]["sha256"] == lot.plan_sha256
    )
    [told] = prints.results(made)
    assert told["found"] == "12 – 12.011 mm (mean 12.0050)" and told["conforms"]
    made = STEPS["edit"](conformance=made, by=person("engineer"), detail="values")
    assert made.content["results"][0]["values"] == [[1, "12.004"], [2, "12.011"], [3, "12"]]


def test_only_what_a_signed_decision_released_is_certified_and_no_piece_twice(make):
    open_lot = make.inspection(state="RESULTS_COMPLETE", plan=make.lotplan(kind="final"))
    with pytest.raises(Conflict, match="Nothing of"):
        make.conformance(inspection_of=open_lot, specification="D-1")
    lot = make.inspection(state="POSTED", plan=make.lotplan(kind="final", drawing="D-1"))
    with pytest.raises(Invalid) as refused:
        make.conformance(inspection_of=lot, quantity=Decimal(11))
    assert refused.value.field == "quantity"
    first, second = (make.conformance(inspection_of=lot, quantity=Decimal(n)) for n in (6, 5))
    issued(first)
    with pytest.raises(Conflict, match="^4 u of this inspection"):
        issued(second)
    STEPS["withdraw"](conformance=Conformance.objects.get(pk=first.pk), by=person("manager"), reason="of another lot")
    assert issued(second).state == "ISSUED", "what was withdrawn may be certified anew"
    piece = make.inspection(state="POSTED", plan=make.lotplan(kind="first_piece"))
    with pytest.raises(Conflict, match="Nothing of"):
        make.conformance(inspection_of=piece, specification="D-1")


def test_of_two_drafts_that_are_issued_at_once_the_second_is_looked_at_again(make, monkeypatch):
    lot = make.inspection(state="POSTED", plan=make.lotplan(kind="final", drawing="D-1"))
    first, second = (make.conformance(inspection_of=lot, quantity=Decimal(n)) for n in (6, 5))
    locked = conformance.records.locked

    def waited(row, **more):  # the lock is had when the other one has been issued
        if row == lot:
            monkeypatch.setattr(conformance.records, "locked", locked)
            issued(first, "manager")
        return locked(row, **more)

    monkeypatch.setattr(conformance.records, "locked", waited)
    with pytest.raises(Conflict, match="^4 u of this inspection"):
        issued(second)
    assert Conformance.objects.get(pk=second.pk).state == "DRAFT"


def test_what_a_change_took_anew_is_told_in_words_not_as_data(make):
    lot = decided(make, "12.004", "12.011", "12")
    made = STEPS["edit"](conformance=make.conformance(inspection_of=lot), by=person("engineer"), detail="values")
    assert wording.value(Conformance, "content", made.content) == "7 Bore: 1: 12.004; 2: 12.011; 3: 12 mm"


def test_a_lot_that_was_sorted_says_so_and_its_approved_deviations_stand_there_by_themselves(make):
    lot = Lot.objects.live().get(number="LOT-26-0101")
    plan = make.lotplan(kind="final", drawing="D-1", item=lot.item.number)
    made = make.conformance(inspection_of=make.inspection(state="DECIDED", plan=plan, lot=lot))
    assert made.quantity == 7 and made.content["decision"]["note"] == "sorted 100 %" and not made.content["concessions"]
    ncr = make.decided(Line("use_as_is", Decimal(10)))
    assert ncr.lot_number == lot.number
    with pytest.raises(Conflict, match="has changed since"):
        issued(made)
    made = STEPS["edit"](conformance=made, by=person("engineer"))
    assert [one["ncr"] for one in made.content["concessions"]] == [ncr.number]
    assert "apart from the deviations" in prints.statement(made, "en") and "偏离" in prints.statement(made, "zh-hans")


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"customer_name": " "}, "customer_name"),
        ({"specification": ""}, "specification"),
        ({"detail": "all"}, "detail"),
        ({"quantity": Decimal(0)}, "quantity"),
        ({"serials": ["S-1", "S-1"]}, "serials"),
        ({"serials": ["S-1"]}, "serials"),
    ],
)
def test_what_it_cannot_say_is_refused_with_the_field(make, told, field):
    with pytest.raises(Invalid) as refused:
        make.conformance(**told)
    assert refused.value.field == field and not Conformance.objects.exists()


def test_the_signature_covers_what_the_customer_reads_and_the_database_asks_for_it(make):
    row = issued(make.conformance(deviations="Colour agreed by letter"))
    assert covers(row, row.issue)
    row.remarks = "better than asked"
    assert not covers(row, row.issue)
    event = journal.EVENTS["conformance.edited"]
    with pytest.raises(DatabaseError), transaction.atomic(), journal.act(event, by=person("manager")):
        Conformance.objects.filter(pk=make.conformance().pk).update(
            state="ISSUED", issued_by=person("engineer"), issued_at=now(), issue=Signature.objects.latest("pk")
        )
    with pytest.raises(DatabaseError), transaction.atomic(), journal.act(event, by=person("engineer")):
        Conformance.objects.filter(pk=row.pk).update(issue=None)


def test_the_print_is_marked_until_it_is_issued_and_says_the_statement_in_both_languages(make, client):
    row = make.conformance(serials=[f"S-{n}" for n in range(10)], with_gauges=True)
    data = prints.page(row, at=now(), by="Ines Falk", signatures=[])
    assert (
        data["mark"] == "Draft" and data["signatures"] == [] and any("S-9" in value for _label, value in data["facts"])
    )
    assert data["statements"][0].startswith("We certify") and data["statements"][1].startswith("兹证明")
    row = issued(row)
    client.force_login(person("engineer"))
    answer = client.get(reverse("inspection:conformance-print", args=[row.number, "pdf"]))
    assert answer.content.startswith(b"%PDF-1.7") and answer["Content-Type"] == "application/pdf"
    told = client.get(reverse("inspection:conformance-print", args=[row.number, "json"]))
    assert json.loads(told.content)["customer_name"] == "Flugwerk Nord"
    assert client.head(reverse("inspection:conformance-print", args=[row.number, "pdf"])).status_code == 405, (
        "takes nothing"
    )
    left = Entry.objects.filter(event="conformance.printed", object_key=str(row.pk), kind="act")
    assert sorted(json.loads(one.payload)["data"]["form"] for one in left) == ["json", "pdf"]
    assert client.get(reverse("inspection:conformance-print", args=[row.number, "docx"])).status_code == 404
    rest = client.get(f"/api/v1/conformance-certificates/{row.number}/certificate.pdf")
    assert rest.content.startswith(b"%PDF-1.7") and left.all().count() == 3
    withdrawn = STEPS["withdraw"](conformance=row, by=person("manager"), reason="a reading was of another lot")
    assert prints.page(withdrawn, at=now(), by="x", signatures=[])["mark"] == "Withdrawn"


def test_by_page_and_by_interface(make, client):
    lot = decided(make, "12.004", "12.011")
    client.force_login(person("engineer"))
    url = reverse("inspection:conformance-create", args=[lot.number])
    assert url in client.get(lot.get_absolute_url()).content.decode()
    page = client.get(url).content.decode()
    assert 'value="10"' in page and 'value="D-4711 B"' in page
    form = {"customer_name": "Flugwerk Nord", "quantity": "4", "specification": "D-4711 B", "detail": "summary"}
    answer = client.post(url, {**form, "_key": str(uuid7()), "serials": "A1, A2\nA3，A4"})
    made = Conformance.objects.get()
    assert answer["Location"] == made.get_absolute_url() and made.serials == ["A1", "A2", "A3", "A4"]
    assert "12.004 – 12.011 mm" in client.get(made.get_absolute_url()).content.decode()
    body = {"inspection": lot.number, "customer_name": "Werft Süd", "quantity": "6"}
    for _again in range(2):
        told = client.post(
            "/api/v1/conformance-certificates", body, content_type="application/json", headers={"Idempotency-Key": "c1"}
        )
        assert told.status_code == 201 and told.json()["content"]["results"][0]["lowest"] == "12.004", told.content
    assert Conformance.objects.count() == 2
