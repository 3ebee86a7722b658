"""Rework of a nonconformance: a passing inspection of the pieces completes its line, a failing one leaves it open."""

from decimal import Decimal

import pytest
from django.urls import reverse

from inspection import actions
from inspection.actions import Part
from inspection.models import Inspection
from ncr import actions as ncr
from ncr.actions import Line
from ncr.models import ReworkLoop
from qms.commands.models import Posting
from qms.journal.models import Entry
from qms.lib.errors import Conflict, Forbidden, Invalid
from tests.factories import person, signing

PROVES = ("11.10(a)", "11.10(e)", "11.10(f)", "11.10(g)")
pytestmark = pytest.mark.django_db
TEN = Decimal(10)


def reworked(make):
    """Reported by the inspector, proposed by the engineer, done by the operator."""
    record = ncr.execute(ncr=make.decided(Line("rework", TEN, "re-bore, inspect H7")), by=person("engineer"))
    return ncr.rework(ncr=record, by=person("operator"), note="re-bored")


def planned(make, record, **values):
    return make.lotplan(item=record.item.number, kind="in_process", operation="", **values)


def begun(make, record, **values):
    loop = ReworkLoop.objects.filter(line__ncr=record).last()
    plan = values.pop("plan", None) or planned(make, record)
    return actions.create(by=person("engineer"), plan=plan, quantity=TEN, rework=loop, lot=record.lot, **values)


def judged(make, made, *, bad=0):
    made = actions.release(inspection=made, by=person("engineer"))
    return actions.complete(inspection=make.read(made, bad=bad), by=person("engineer"))


def decided(made, kind, *, by="manager", note=""):
    who = person(by)
    return actions.decide(inspection=made, by=who, lines=[Part(kind, TEN)], signing=signing(who), note=note)


def released(record):
    return list(Posting.objects.of(record).filter(kind="RELEASE").values_list("quantity", flat=True))


def test_the_passing_lot_completes_the_line_and_nobody_signs_apart(make, client):
    record = reworked(make)
    made = begun(make, record)
    judge = person("manager")
    with pytest.raises(Conflict, match=f"{made.number} inspects the reworked pieces"):
        ncr.reinspect(ncr=record, by=judge, result="passed", reference="INS-1", signing=signing(judge))
    made = decided(judged(make, made), "unrestricted")
    loop = ReworkLoop.objects.get(line__ncr=record)
    assert (loop.result, loop.reference, loop.inspected_by, loop.signature) == (
        "passed",
        made.number,
        judge,
        made.decision,
    )
    assert released(record) == [TEN] and not Posting.objects.of(made).exists() and made.state == "POSTED"
    names = set(
        Entry.objects.filter(event__in=("ncr.reinspected", "inspection.decided")).values_list("event", flat=True)
    )
    assert len(names) == 2
    make.post(record)
    assert make.fresh(record).state == "VERIFICATION"
    client.force_login(person("engineer"))
    assert made.get_absolute_url() in client.get(record.get_absolute_url()).content.decode()
    assert record.get_absolute_url() in client.get(made.get_absolute_url()).content.decode()


def test_a_failing_lot_leaves_the_line_open_and_says_so(make, client):
    record = reworked(make)
    made = judged(make, begun(make, record), bad=1)
    with pytest.raises(Invalid, match="decided whole"):
        decided(made, "blocked")
    with pytest.raises(Invalid, match="not accepted goes to a nonconformance"):
        decided(made, "unrestricted", note="good enough")
    made = decided(made, "rework")
    assert made.ncr is None and released(record) == []
    record = make.fresh(record)
    assert record.state == "IN_EXECUTION" and [line.to_rework() for line in record.to_rework()] == [TEN]
    client.force_login(person("engineer"))
    assert "the line stays open" in client.get(made.get_absolute_url()).content.decode()
    again = ncr.rework(ncr=record, by=person("operator"), note="again")
    decided(judged(make, begun(make, again, plan=made.plan)), "unrestricted")
    assert released(record) == [TEN]


def test_neither_reporter_nor_worker_decides_and_a_cancelled_inspection_frees_the_loop(make):
    record = reworked(make)
    made = judged(make, begun(make, record))
    with pytest.raises(Forbidden, match="may not judge"):
        decided(made, "unrestricted", by="engineer")
    with pytest.raises(Invalid, match="has 10 pieces, not 4"):
        actions.create(by=person("engineer"), plan=made.plan, quantity=Decimal(4), rework=made.rework)
    with pytest.raises(Conflict, match="inspected already"):
        begun(make, record, plan=made.plan)
    actions.cancel(inspection=made, by=person("engineer"), reason="the wrong plan")
    judge = person("manager")
    done = ncr.reinspect(ncr=record, by=judge, result="passed", reference="gauge room", signing=signing(judge))
    assert released(done) == [TEN]


def test_a_plan_may_ask_for_it_and_each_loop_begins_one(make, client):
    record = make.decided(Line("rework", TEN, "re-bore"))
    planned(make, record, occasions=["rework"])
    record = ncr.rework(ncr=ncr.execute(ncr=record, by=person("engineer")), by=person("operator"))
    for _turn in range(2):
        actions.inspect_due()
    made = Inspection.objects.get(rework__line__ncr=record)
    assert (made.quantity, made.lot, made.state) == (TEN, record.lot, "RELEASED")
    client.force_login(person("engineer"))
    assert made.number in client.get(record.get_absolute_url()).content.decode()
    answer = client.get(reverse("inspection:inspection-create"))
    assert answer.status_code == 200 and 'name="rework"' in answer.content.decode()
