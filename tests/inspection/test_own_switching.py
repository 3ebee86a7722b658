"""A characteristic that switches by itself: its own results move its own sequence; and a decision rule of its own."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from inspection import actions, queries
from inspection.actions import Cell
from inspection.models import PlanCharacteristic, SamplingSequence
from qms import journal
from qms.insight import stopped
from qms.journal import queries as trail
from qms.lib.errors import Conflict, Invalid
from tests.factories import person, signing

pytestmark = pytest.mark.django_db
TABLE = {"scheme": "z14_single", "level": "II", "aql": Decimal("4.0")}
OWN = {"kind": "attribute", "sampling": "own", **TABLE, "switches": True}
LINES = [{"balloon": "1", "name": "Burr", "kind": "attribute"}, {"balloon": "2", "name": "Crack", **OWN}]


@pytest.fixture
def plan(make):
    return make.lotplan(**TABLE, size=None, switching="iso", characteristics=LINES)


def counted(make, plan, *, bad=(0, 0), first=None, **values):
    """A lot of 90: 13 pieces of each characteristic, as many bad ones as said; the result counts. `first`: of balloon 1 only so many."""
    made = make.inspection(state="RELEASED", plan=plan, quantity="90", **values)
    cells = []
    for line, wrong in zip(made.characteristics.order_by("position"), bad, strict=True):
        n = first if first is not None and line.balloon == "1" else line.sample_size
        cells += [Cell(line.balloon, at, "fail" if at <= wrong else "pass") for at in range(1, n + 1)]
    actions.record_readings(inspection=made, by=person("inspector"), cells=cells)
    made = actions.complete(inspection=made, by=person("inspector"))
    with journal.act(journal.EVENTS["inspection.decided"], by=person("engineer")) as act:
        actions.sequences.count_lot(inspection=made, by=person("engineer"))
        act.record(made)
    return made


def severities(plan):
    rows = SamplingSequence.objects.filter(family=plan.family).order_by("characteristic")
    return {row.characteristic: row.severity for row in rows}


def test_its_own_results_tighten_it_alone_and_the_page_says_why(make, plan, client):
    for _second in range(2):
        counted(make, plan, bad=(0, 5))
    assert severities(plan) == {"": "normal", "2 Crack": "tightened"}
    made = make.inspection(state="RELEASED", plan=plan, quantity="90")
    first, second = made.characteristics.order_by("position")
    assert (made.severity, first.sampling["severity"], second.sampling["severity"]) == ("normal", "normal", "tightened")
    held, own = queries.lots.sequences(made)
    assert own["held"].characteristic == "2 Crack" and "2 of the last 2 lots were not accepted" in own["why"]
    assert held["why"] == "A sequence begins with normal inspection."
    client.force_login(person("engineer"))
    page = client.get(made.get_absolute_url()).content.decode()
    assert "2 Crack" in page and own["why"] in page
    told = [line.event for line in trail.timeline(own["held"].events.last().inspection)]
    assert "sampling.characteristic_switched" in told and "sampling.switched" not in told


def test_what_the_others_did_does_not_move_it(make, plan):
    for _second in range(2):
        counted(make, plan, bad=(5, 0))
    assert severities(plan) == {"": "tightened", "2 Crack": "normal"}


def test_a_lot_that_was_refused_before_it_was_read_does_not_count_for_it(make, plan):
    made = make.inspection(state="RELEASED", plan=plan, quantity="90")
    cells = [Cell("1", at, "fail") for at in range(1, 6)] + [Cell("2", 1, "pass")]
    actions.record_readings(inspection=made, by=person("inspector"), cells=cells)
    made = actions.complete(inspection=made, by=person("inspector"))
    with journal.act(journal.EVENTS["inspection.decided"], by=person("engineer")) as act:
        actions.sequences.count_lot(inspection=made, by=person("engineer"))
        act.record(made)
    held, own = made.sequences()
    assert held.events.count() == 1 and not own.events.exists()
    # The other way round: refused by the one that switches, the rest not read to its end: not proven, so not accepted.
    counted(make, plan, bad=(0, 5), first=3)
    assert [row.accepted for row in held.events.order_by("pk")] == [False, False]
    assert [row.accepted for row in own.events.order_by("pk")] == [False]


def test_reduced_is_authorised_where_it_is_earned_and_irregular_production_ends_it(make, plan):
    for at in range(15):  # two of the score for each, as Ac is 1
        made = counted(make, plan, bad=(2 if at == 14 else 0, 0))  # the last lot is refused, its characteristic is not
    held, own = made.sequences()
    assert own.is_earned and not held.is_earned
    actions.authorise_reduced(
        inspection=made, by=person("manager"), reason="steady since May", signing=signing(person("manager"))
    )
    assert severities(plan) == {"": "normal", "2 Crack": "reduced"}
    made.refresh_from_db()
    actions.report_irregular(inspection=made, by=person("engineer"), reason="new tool since Monday")
    assert severities(plan)["2 Crack"] == "normal"


def test_discontinued_by_itself_it_stops_the_next_lot_until_it_is_resumed(make, plan):
    for _lot in range(7):
        made = counted(make, plan, bad=(0, 5))
    held, own = made.sequences()
    assert own.discontinued and not held.discontinued
    waiting = make.inspection(state="CREATED", plan=plan, quantity="90")
    with pytest.raises(Conflict, match="discontinued"):
        actions.release(inspection=waiting, by=person("engineer"))
    found = [one for one in stopped.tasks(person("manager")) if "2 Crack" in one.title]
    assert found or own.supplier is None
    actions.resume_sampling(
        inspection=waiting,
        by=person("manager"),
        reason="the supplier changed the tool",
        signing=signing(person("manager")),
    )
    waiting.refresh_from_db()
    assert actions.release(inspection=waiting, by=person("engineer")).state == "RELEASED"
    assert severities(plan) == {"": "normal", "2 Crack": "tightened"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"sampling": "inherit"}, "an own AQL of the tables"),
        ({"scheme": "c0"}, "an own AQL of the tables"),
        ({"kind": "variable", "lower": Decimal(1), "decision_rule": "guard_band"}, "needs the measurement uncertainty"),
        ({"kind": "variable", "lower": Decimal(1), "decision_rule": "by feel"}, "decision rule is not known"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(make, line, said):
    with pytest.raises(Invalid, match=said):
        make.lotplan(**TABLE, size=None, switching="iso", characteristics=[{**LINES[1], **line}])


def test_a_plan_without_rules_of_switching_is_not_submitted_and_the_database_keeps_the_rest(make, plan):
    with pytest.raises(Invalid, match="no switching rules"):
        make.lotplan(**TABLE, size=None, operation="20", characteristics=LINES)
    event = journal.EVENTS["inspection_plan.edited"]
    for wrong in ({"sampling": "inherit"}, {"decision_rule": "guard_band"}):
        with pytest.raises(DatabaseError), transaction.atomic(), journal.act(event, by=person("engineer")):
            PlanCharacteristic.objects.filter(plan=plan, balloon="2").update(**wrong)


def test_a_characteristic_has_a_decision_rule_of_its_own(make, client):
    bore = {
        "kind": "variable",
        "lower": Decimal(12),
        "upper": Decimal("12.1"),
        "unit": "mm",
        "uncertainty": Decimal("0.02"),
    }
    lines = [
        {"balloon": "1", "name": "Bore", **bore},
        {"balloon": "2", "name": "Seat", **bore, "decision_rule": "guard_band"},
        {"balloon": "3", "name": "Step", **bore, "decision_rule": "simple"},
    ]
    found = {}
    for rule in ("simple", "guard_band"):
        plan = make.lotplan(characteristics=lines, decision_rule=rule, operation=rule, size=1)
        lot = make.inspection(state="RELEASED", plan=plan, quantity="5")
        cells = [Cell(balloon, 1, "12.01") for balloon in "123"]
        actions.record_readings(inspection=lot, by=person("inspector"), cells=cells)
        found[rule] = [one.verdict for one in lot.current_readings().order_by("characteristic__position")]
    assert found == {"simple": ["passed", "unclear", "passed"], "guard_band": ["unclear", "unclear", "passed"]}
    told = plan.snapshot()["characteristics"]
    assert ["decision_rule" in one for one in told] == [False, True, True], "what was signed before keeps its digest"
    client.force_login(person("engineer"))
    assert (
        client.get(f"/api/v1/inspection-plans/{plan.number}").json()["characteristics"][1]["decision_rule"]
        == "guard_band"
    )
    draft = actions.draft(site=plan.site, base=plan, by=person("engineer"))
    page = client.get(reverse("inspection:inspectionplan-characterise", args=[draft.number])).content.decode()
    assert '<option value="guard_band" selected>' in page and 'name="lines-0-switches"' in page
