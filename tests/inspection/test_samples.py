"""Samples that decide in two steps, by mean and standard deviation, or are not drawn at all."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from inspection import actions, queries
from inspection.actions import Cell
from inspection.models import Reading, SamplingEvent, SamplingSequence
from ncr import actions as ncr
from ncr.models import DefectCode
from qms import journal
from qms.journal import queries as trail
from qms.lib.errors import Conflict, Invalid
from qms.masterdata.models import Supplier
from tests.factories import person
from tests.factories.lots import BURR

PROVES = ("11.10(a)", "11.10(e)", "11.10(f)")
pytestmark = pytest.mark.django_db
BORE = {
    "balloon": "1", "name": "Bore", "nominal": Decimal(12), "lower": Decimal(12), "upper": Decimal("12.06"), "unit": "mm",
}  # fmt: skip
TABLE = {"level": "II", "size": None}


def read(inspection, given, *, first=1, balloon="1"):
    cells = [Cell(balloon, at, text) for at, text in enumerate(given, first)]
    return actions.record_readings(inspection=inspection, by=person("inspector"), cells=cells)


def complete(inspection):
    return actions.complete(inspection=inspection, by=person("inspector"))


def second(inspection):
    return actions.draw_second(inspection=inspection, by=person("inspector"))


def bad(count, size):
    return ["fail"] * count + ["pass"] * (size - count)


class TestDouble:
    """500 pieces, level II, AQL 2.5: letter H, 32 and 32; Ac 1, Re 4 and Ac 4, Re 5."""

    @pytest.fixture
    def made(self, make):
        plan = make.lotplan(scheme="z14_double", aql=Decimal("2.5"), switching="iso", **TABLE)
        return make.inspection(state="RELEASED", plan=plan, quantity="500")

    def test_the_first_sample_may_decide(self, made):
        assert (made.sample_size, made.accept, made.reject) == (32, 1, 4)
        assert made.sampling["stages"][1] == {"n": 32, "total": 64, "ac": 4, "re": 5}
        read(made, bad(1, 32))
        with pytest.raises(Conflict, match="No second sample is due"):
            second(made)
        assert complete(made).verdict == "accepted"

    def test_it_may_refuse_at_once(self, made):
        read(made, ["fail"] * 4)
        assert complete(made).verdict == "rejected"

    def test_between_the_numbers_the_second_sample_is_drawn_and_counts_together(self, made):
        read(made, bad(2, 31))
        with pytest.raises(Conflict, match="1 readings of the first sample"):
            second(made)
        read(made, ["pass"], first=32)
        with pytest.raises(Conflict, match="Draw the second sample"):
            complete(made)
        with pytest.raises(Invalid) as refused:
            read(made, ["pass"], first=33)
        assert refused.value.code == "sample_outside"
        with (
            pytest.raises(DatabaseError, match="of samples that it has"),
            transaction.atomic(),
            journal.act(journal.EVENTS["inspection.recorded"], by=person("inspector")),
        ):
            line = made.characteristics.get()
            Reading.objects.create(
                characteristic=line, sample=33, given="pass", choice="pass", verdict="passed", by=person("inspector")
            )
        second(made)
        assert queries.lots.progress(made) == (32, 64)
        read(made, bad(2, 32), first=33)
        done = complete(made)
        assert (done.verdict, done.found) == ("accepted", 4)
        group = done.judged["groups"][0]
        assert (group["stage"], group["first"], group["found"], group["ac"]) == (2, 2, 4, 4)
        assert "inspection.second_sample" in [line.event for line in trail.timeline(done)]

    def test_the_second_sample_refuses_as_soon_as_its_number_is_reached(self, made):
        read(made, bad(3, 32))
        second(made)
        read(made, ["fail", "fail"], first=33)
        assert complete(made).verdict == "rejected"

    def test_the_score_counts_what_the_first_sample_accepted(self, make, made):
        """ISO 2859-1, 9.3.3.2: three for a double plan that the first sample accepts, else it begins again."""
        read(made, bad(1, 32))
        make.usage(complete(made), unrestricted=500)
        made.sequence.refresh_from_db()
        assert made.sequence.score == 3
        other = make.inspection(state="RELEASED", plan=made.plan, quantity="500")
        read(other, bad(2, 32))
        second(other)
        read(other, ["pass"] * 32, first=33)
        make.usage(complete(other), unrestricted=500)
        made.sequence.refresh_from_db()
        assert made.sequence.score == 0


class TestVariables:
    """40 pieces, level II, AQL 2.5, Z1.9 normal: letter D, 5 values, M 9.80 %."""

    @pytest.fixture
    def made(self, make):
        plan = make.lotplan(scheme="z19", aql=Decimal("2.5"), switching="iso", characteristics=[BORE], **TABLE)
        return make.inspection(state="RELEASED", plan=plan, quantity="40")

    def test_mean_and_deviation_decide_and_stand_on_the_page(self, made, make):
        assert made.accept is None and made.sampling["scheme"] == "z19" and made.sample_size == 5
        read(made, ["12.028", "12.031", "12.030", "12.033", "12.029"])
        done = complete(made)
        told = done.judged["groups"][0]["s"]
        assert done.verdict == "accepted" and told["accepted"]
        assert told["mean"] == pytest.approx(12.0302) and told["s"] == pytest.approx(0.0019235, rel=1e-3)
        make.usage(done, unrestricted=40)
        made.sequence.refresh_from_db()
        assert made.sequence.score == 3  # M one AQL step tighter accepts it too

    def test_wide_values_within_the_limits_are_not_accepted(self, made):
        """Each value conforms, the estimate of the lot does not."""
        read(made, ["12.001", "12.059", "12.002", "12.058", "12.030"])
        assert not made.current_readings().exclude(verdict="passed").exists()
        done = complete(made)
        assert done.verdict == "rejected" and done.judged["groups"][0]["s"]["p"] > 9.8

    def test_missing_or_equal_values_are_refused(self, made):
        read(made, ["12.03"] * 4)
        with pytest.raises(Conflict, match="1 readings"):
            complete(made)
        read(made, ["12.03"], first=5)
        with pytest.raises(Invalid) as refused:
            complete(made)
        assert refused.value.code == "no_spread"

    def test_what_is_not_measured_cannot_follow_it(self, make):
        plan = make.inspectionplan(scheme="z19", level="II", aql=Decimal("2.5"), characteristics=[BURR])
        with pytest.raises(Invalid) as refused:
            actions.INSPECTIONPLAN_STEPS["submit"](inspectionplan=plan, by=person("engineer"))
        assert refused.value.code == "not_by_variables"


class TestSkipping:
    RULE = {"skipping": "dock", "skip_after": 2, "skip_most_lots": 3, "skip_most_days": 180}

    @pytest.fixture
    def plan(self, make):
        return make.lotplan(kind="incoming", **self.RULE)

    def earned(self, make, plan):
        for _lot in range(2):
            make.inspection(state="POSTED", plan=plan)

    def test_lots_are_skipped_once_it_is_earned_and_stay_to_be_seen(self, make, plan):
        assert make.arrived(plan).state == "RELEASED"
        self.earned(make, plan)
        passed = make.arrived(plan)
        assert (passed.state, passed.sample_size) == ("SKIPPED", None)
        assert "Skipped" in queries.lots.turns(passed.sequence)[0]["reasons"][0]
        assert "inspection.skipped" in [line.event for line in trail.timeline(passed)]

    def test_an_audit_lot_is_inspected_all_the_same(self, make, plan):
        self.earned(make, plan)
        assert [make.arrived(plan).state for _lot in range(3)] == ["SKIPPED", "SKIPPED", "RELEASED"]

    def test_who_asks_for_an_inspection_gets_it(self, make, plan):
        self.earned(make, plan)
        assert make.inspection(state="RELEASED", plan=plan).state == "RELEASED"

    def test_a_failed_lot_ends_it(self, make, plan):
        self.earned(make, plan)
        made = make.inspection(state="RESULTS_COMPLETE", plan=plan, bad=1)
        with journal.act(journal.EVENTS["inspection.decided"], by=person("engineer")) as act:
            actions.sequences.count_lot(inspection=made, by=person("engineer"))
            act.record(made)
        assert SamplingEvent.objects.latest("pk").reasons == [{"code": "skip_rejected", "facts": {}}]
        assert make.arrived(plan).state == "RELEASED"

    @pytest.mark.parametrize("swept", [True, False])
    def test_a_nonconformance_of_part_and_supplier_ends_it(self, make, plan, swept):
        """The sweep finds it, or the next lot does: who reports it is not kept waiting."""
        supplier = Supplier.objects.live().filter(site=plan.site).first() or Supplier.objects.live().first()
        for _lot in range(2):
            make.inspection(state="POSTED", plan=plan, supplier=supplier)
        assert make.arrived(plan, supplier=supplier).state == "SKIPPED"
        code = DefectCode.objects.get(code="DIM-OUT")
        told = {"by": person("inspector"), "part": plan.item, "quantity": Decimal(1), "defect_code": code}
        found = ncr.report(**told, supplier=supplier, description="Bore too large")
        if swept:
            actions.inspect_due()
            assert SamplingSequence.objects.get(supplier=supplier, item=plan.item).skip_mode == "every_lot"
        assert make.arrived(plan, supplier=supplier).state == "RELEASED"
        ended = SamplingEvent.objects.latest("pk")
        assert (ended.reasons, ended.note) == ([{"code": "skip_ncr", "facts": {}}], found.number)

    def test_a_person_ends_it(self, make, plan):
        self.earned(make, plan)
        passed = make.arrived(plan)
        actions.end_skipping(inspection=passed, by=person("engineer"), reason="new tool at the supplier")
        assert make.arrived(plan).state == "RELEASED"
        with pytest.raises(Conflict, match="none is skipped"):
            actions.end_skipping(inspection=passed, by=person("engineer"), reason="once more")
