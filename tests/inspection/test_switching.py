"""Which severity the next lot gets, and the answer to "why"."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from inspection import actions, queries
from inspection.models import SamplingEvent
from qms import journal
from qms.journal import queries as trail
from qms.lib.errors import Conflict, Forbidden
from tests.factories import person, signing

PROVES = ("11.10(a)", "11.10(f)", "11.50")
pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(make):
    return make.lotplan(scheme="z14_single", level="II", aql=Decimal("4.0"), size=None, switching="iso")


def lot(make, plan, *, bad=0, **values):
    """Decided: 13 of 90, Ac 1 (tightened and normal alike at this cell, or stricter)."""
    made = make.inspection(state="RELEASED", plan=plan, quantity="90", **values)
    made = actions.complete(inspection=make.read(made, bad=bad), by=person("inspector"))
    if made.verdict == "accepted":
        return make.usage(made, unrestricted=90)
    return made


def count(made):
    """What the decision does with the result, where the stock is unknown to any ERP."""
    with journal.act(journal.EVENTS["inspection.decided"], by=person("engineer")) as act:
        actions.sequences.count_lot(inspection=made, by=person("engineer"))
        act.record(made)


def test_two_of_five_not_accepted_tighten_the_next_lot_and_say_why(make, plan):
    lot(make, plan)
    for _second in range(2):
        count(lot(make, plan, bad=5))
    made = make.inspection(state="RELEASED", plan=plan, quantity="90")
    assert made.severity == "tightened"
    assert "2 of the last 3 lots were not accepted" in queries.lots.why(made, made.sequence)
    assert "sampling.switched" in [line.event for line in trail.timeline(made.sequence.events.last().inspection)]


def test_a_change_is_for_the_next_lot(make, plan):
    begun = make.inspection(state="RELEASED", plan=plan, quantity="90")
    for _second in range(2):
        count(lot(make, plan, bad=5))
    begun.refresh_from_db()
    assert begun.severity == "normal" and begun.sequence.severity == "tightened"


def test_a_lot_counts_once(make, plan):
    made = lot(make, plan)
    event = journal.EVENTS["inspection.decided"]
    with (
        pytest.raises(DatabaseError, match="sequence_lot_once"),
        transaction.atomic(),
        journal.act(event, by=person("engineer")),
    ):
        actions.sequences.count_lot(inspection=made, by=person("engineer"))


def test_reduced_takes_the_score_and_the_signature_of_an_authority(make, plan):
    made = lot(make, plan)
    who = person("manager")
    with pytest.raises(Conflict, match="not earned"):
        actions.authorise_reduced(inspection=made, by=who, reason="steady since March", signing=signing(who))
    for _more in range(14):
        made = lot(make, plan)
    assert made.sequence.score + 2 >= 30
    with pytest.raises(Forbidden):
        actions.authorise_reduced(
            inspection=made, by=person("engineer"), reason="steady", signing=signing(person("engineer"))
        )
    actions.authorise_reduced(inspection=made, by=who, reason="steady since March", signing=signing(who))
    following = make.inspection(state="RELEASED", plan=plan, quantity="90")
    assert following.severity == "reduced" and following.sample_size < 13
    assert SamplingEvent.objects.get(turn="authorised").note == "steady since March"
    actions.report_irregular(inspection=following, by=who, reason="new furnace")
    assert make.inspection(state="RELEASED", plan=plan, quantity="90").severity == "normal"


def test_the_arrow_is_explained_by_its_part_of_the_table(make, plan):
    made = make.inspection(state="RELEASED", plan=plan, quantity="40")
    assert (made.sampling["asked"], made.sampling["letter"], made.sample_size) == ("D", "E", 13)
    shown = queries.lots.excerpt(made)
    marks = {(letter, cell.mark): cell.text for letter, _n, cells in shown.rows for cell in cells if cell.mark}
    assert marks == {("D", "way"): "↓", ("E", "used"): "1 2"}
