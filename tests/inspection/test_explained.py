"""What the page says of a sample: the cell, the curve with both risks, the timeline in words; and who is asked when sampling stops."""

from decimal import Decimal

import pytest

from inspection import actions, queries
from inspection.models import InspectionPlan
from qms import journal
from qms.insight import worklist
from qms.journal import queries as trail
from qms.masterdata.models import Lot, Supplier
from suppliers import queries as suppliers
from tests.factories import person
from tests.factories.lots import DOCK

PROVES = ("11.10(a)", "11.10(b)")
pytestmark = pytest.mark.django_db


@pytest.fixture
def released(make):
    plan = make.lotplan(scheme="z14_single", level="II", aql=Decimal("0.65"), size=None)
    return make.inspection(state="RELEASED", plan=plan, quantity="150")


def test_the_arrow_is_told_in_words(make, released):
    made = make.inspection(state="RELEASED", plan=released.plan, quantity="300")
    assert queries.curves.explained(made.sampling, lot="300 pcs") == [
        "A lot of 300 pcs at level II has the code letter H.",
        "Code letter H, AQL 0.65: arrow down, so letter J, n 80: Ac 1, Re 2.",
    ]


def test_the_curve_tells_the_risks_of_both_sides(released):
    """105E Table X: n 20, Ac 0: Pa at 0.65 % is 0.9935^20, and 10 % are left at 10.9 %."""
    curve = queries.curves.of(released.sampling)
    assert curve.at_aql == pytest.approx(0.9935**20) and curve.limiting == pytest.approx(10.9, abs=0.05)
    picture = str(curve.drawn())
    assert "AQL 0.65 %" in picture and "LQ 10.9 %" in picture and "probability of acceptance" in picture
    assert any("producer's risk is 12.2 %" in sentence for sentence in curve.told())


def test_where_every_piece_is_inspected_there_is_no_curve(make):
    made = make.inspection(state="RELEASED", plan=make.lotplan(size=50), quantity="7")
    assert queries.curves.of(made.sampling) is None


def test_the_pages_show_it(released, make, client):
    client.force_login(person("engineer"))
    page = client.get(released.get_absolute_url()).content.decode()
    assert "q-curve-line" in page and "producer&#x27;s risk" in page
    page = client.get(f"{released.plan.get_absolute_url()}?lot=150").content.decode()
    assert "LQ 10.9 %" in page


def test_the_timeline_says_it_in_words(make):
    done = make.inspection(state="RESULTS_COMPLETE", bad=1)
    changes = {str(label): new for line in trail.timeline(done) for label, _old, new in line.changes}
    assert "Ac 0, Re 1" in changes["sampling"]
    assert changes["how it was judged"] == "the lot: 1 of 2 do not conform"


def test_what_changed_between_editions_is_in_words(make):
    coded = {
        "balloon": "2", "name": "Surface", "kind": "choice",
        "choices": [{"code": "A", "label": "clean", "accept": True}, {"code": "C", "label": "scratched", "accept": False}],
    }  # fmt: skip
    first = make.lotplan(characteristics=[coded])
    flat = {"symbol": "flatness", "diameter": False, "tolerance": "0.1", "modifier": "", "datums": []}
    second = actions.draft(by=person("engineer"), site=first.site, base=first)
    row = second.characteristics.get()
    changed = {**coded, "uid": row.uid, "kind": "visual", "choices": [], "callout": flat}
    actions.characterise(inspectionplan=second, by=person("engineer"), characteristics=[changed])
    found = queries.plans.differences(first, InspectionPlan.objects.get(pk=second.pk))[0].shown
    told = {str(label): (old, new) for label, old, new in found}
    assert told["choices"] == ("A clean (accepted); C scratched (not accepted)", "")
    assert told["geometric tolerance"] == ("", "Flatness 0.1") and told["kind"] == ("Coded choice", "Visual")


def test_a_nonconformance_of_part_and_supplier_ends_the_skipping(make):
    supplier = Supplier.objects.live().first()
    plan = make.lotplan(kind="incoming", **DOCK)
    make.inspection(state="POSTED", plan=plan, supplier=supplier)
    passed = make.arrived(plan, supplier=supplier)
    assert passed.state == "SKIPPED"
    lot = Lot.objects.live().get(number="LOT-26-0101")
    elsewhere = make.inspection(state="DECIDED", supplier=supplier, lot=lot)  # the same part, found by another plan
    assert make.arrived(plan, supplier=supplier).state == "RELEASED"
    turn = passed.sequence.events.get(turn="returned")
    assert turn.note == elsewhere.ncr.number


def test_discontinued_sampling_asks_people_and_stands_with_the_supplier(make):
    supplier = Supplier.objects.live().first()
    plan = make.lotplan(scheme="z14_single", level="S-1", aql=Decimal("4.0"), size=None, switching="iso")
    for _lot in range(2 + 5):  # to tightened, and there five
        made = make.inspection(state="RELEASED", plan=plan, supplier=supplier)
        made = actions.complete(inspection=make.read(made, bad=made.sample_size), by=person("inspector"))
        with journal.act(journal.EVENTS["inspection.decided"], by=person("engineer")) as act:
            actions.sequences.count_lot(inspection=made, by=person("engineer"))
            act.record(made)
    asked = {
        str(task.asked)
        for name in ("manager", "buyer")
        for task in worklist.SOURCES["sampling-stopped"].tasks(person(name))
    }
    assert {one.split(":")[0] for one in asked} >= {"Sampling inspection is discontinued"}
    assert any("Sign that sampling" in one for one in asked)
    assert [one.last for one in suppliers.stopped(supplier, person("manager"))] == [made]
