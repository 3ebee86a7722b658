"""Inspections: the sample, readings that are only added, the verdict, the signed usage decision and its postings."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from inspection import actions
from inspection.actions import Cell, Part
from inspection.models import Inspection, Reading
from ncr.models import Nonconformance
from qms import journal
from qms.commands import actions as commands
from qms.journal import queries as trail
from qms.lib.clock import now
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.masterdata.models import Lot
from tests.factories import person, signing

PROVES = ("11.10(a)", "11.10(b)", "11.10(e)", "11.10(f)", "11.10(g)", "11.10(h)", "11.50", "11.70")
pytestmark = pytest.mark.django_db
BORE = {
    "balloon": "1",
    "name": "Bore",
    "nominal": Decimal(12),
    "lower": Decimal(12),
    "upper": Decimal("12.05"),
    "unit": "mm",
}
GAUGED = {**BORE, "gauge_kind": "micrometer"}
SURFACE = {
    "balloon": "2", "name": "Surface", "kind": "choice",
    "choices": [{"code": "A", "label": "clean", "accept": True}, {"code": "C", "label": "scratched", "accept": False}],
}  # fmt: skip


def stocked():
    return Lot.objects.live().get(number="LOT-26-0101")


@pytest.fixture
def measuring(make):
    """Two pieces, one bore each and one surface."""
    return make.inspection(state="RELEASED", plan=make.lotplan(characteristics=[BORE, SURFACE]))


def read(inspection, *cells, by="inspector"):
    return actions.record_readings(inspection=inspection, by=person(by), cells=cells)


class TestSample:
    def test_the_lot_keeps_the_edition_that_it_was_begun_with(self, make):
        plan = make.lotplan(characteristics=[BORE])
        made = make.inspection(plan=plan)
        assert made.plan_content == plan.snapshot() and made.plan_sha256 == plan.sha256
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            journal.act(journal.EVENTS["inspection.created"], by=person("engineer")),
        ):
            Inspection.objects.filter(pk=made.pk).update(plan_sha256="0" * 64)

    def test_it_is_determined_at_release_and_names_its_cell(self, make):
        plan = make.lotplan(scheme="z14_single", level="II", aql=Decimal("1.0"), size=None)
        made = make.inspection(state="RELEASED", plan=plan, quantity="1000")
        assert (made.sample_size, made.accept, made.reject) == (80, 2, 3)
        assert made.sampling["letter"] == "J" and "II-A" in made.sampling["cell"]

    def test_a_sample_as_large_as_the_lot_is_the_whole_lot(self, make):
        made = make.inspection(state="RELEASED", plan=make.lotplan(size=50), quantity="7")
        assert made.sample_size == 7 and made.sampling["whole_lot"]

    def test_a_characteristic_may_have_a_sample_of_its_own(self, make):
        own = {**BORE, "sampling": "fixed", "sample_size": 5}
        made = make.inspection(state="RELEASED", plan=make.lotplan(characteristics=[own, SURFACE]))
        assert [(c.balloon, c.sample_size, c.has_own_rule) for c in made.characteristics.all()] == [
            ("1", 5, True),
            ("2", 2, False),
        ]

    def test_nothing_is_inspected_by_a_plan_that_is_not_released(self, make):
        with pytest.raises(Conflict, match="not released"):
            make.inspection(plan=make.inspectionplan())

    def test_of_no_pieces_there_is_no_lot(self, make):
        with pytest.raises(Invalid, match="above zero"):
            make.inspection(quantity="0")


class TestReadings:
    def test_comma_or_dot_and_a_unit_behind(self, measuring):
        read(measuring, Cell("1", 1, "12,03 mm"), Cell("1", 2, "0.4724 in"), Cell("2", 1, "A"), Cell("2", 2, "C"))
        first, inch, good, bad = measuring.readings().order_by("pk")
        assert (first.value, first.verdict) == (Decimal("12.03"), "passed")
        assert (inch.given, inch.given_unit, inch.factor, inch.value) == (
            "0.4724 in",
            "in",
            Decimal("25.4"),
            Decimal("11.99896"),
        )
        assert (inch.verdict, good.verdict, bad.verdict) == ("failed", "passed", "failed")

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ("1O.2", "not_a_number"), ("", "not_a_number"), ("1,234.5", "not_a_number"), ("12 kg", "unit_mismatch"),
            ("999", "sensor_code"), ("-999", "sensor_code"), ("12.0000000000001", "too_many_digits"),
        ],
    )  # fmt: skip
    def test_what_is_no_reading_is_refused_and_nothing_is_kept(self, measuring, given, code):
        with pytest.raises(Invalid) as refused:
            read(measuring, Cell("1", 1, "12.03"), Cell("1", 2, given))
        assert refused.value.code == code and refused.value.field.startswith("readings.1.")
        assert not measuring.readings().exists()
        measuring.refresh_from_db()
        assert measuring.state == "RELEASED"

    @pytest.mark.parametrize("sample", [0, 3])
    def test_a_sample_beyond_the_sample_is_refused(self, measuring, sample):
        with pytest.raises(Invalid) as refused:
            read(measuring, Cell("1", sample, "12.03"))
        assert refused.value.code == "sample_outside"

    def test_words_are_no_answers(self, measuring):
        with pytest.raises(Invalid, match="Answers: A, C"):
            read(measuring, Cell("2", 1, "clean"))

    def test_a_further_attempt_says_why_and_the_earlier_one_stays(self, measuring):
        read(measuring, Cell("1", 1, "12.08"))
        with pytest.raises(Conflict) as refused:
            read(measuring, Cell("1", 1, "12.03"))
        assert refused.value.code == "needs_reason"
        read(measuring, Cell("1", 1, "12.03", reason="chip under the anvil"))
        rows = measuring.readings().order_by("attempt")
        assert [(r.attempt, r.given, r.verdict, r.reason) for r in rows] == [
            (1, "12.08", "failed", ""), (2, "12.03", "passed", "chip under the anvil"),
        ]  # fmt: skip
        assert [r.given for r in measuring.current_readings()] == ["12.03"]

    def test_the_same_key_again_changes_nothing(self, measuring):
        key = uuid.uuid4()
        for _repeat in range(2):
            read(measuring, Cell("1", 1, "12.03", key=key))
        assert measuring.readings().count() == 1
        with pytest.raises(Conflict, match="another value"):
            read(measuring, Cell("1", 1, "12.04", key=key))

    def test_the_database_keeps_a_reading_as_it_is(self, measuring):
        read(measuring, Cell("1", 1, "12.08"))
        event = journal.EVENTS["inspection.recorded"]
        for change in (lambda rows: rows.update(given="12.03"), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError), transaction.atomic(), journal.act(event, by=person("inspector")) as act:
                change(Reading.objects.filter(characteristic__inspection=measuring))
                act.record(measuring)

    def test_guard_band_leaves_undecided_what_cannot_be_proven(self, make):
        plan = make.lotplan(characteristics=[{**BORE, "uncertainty": Decimal("0.01")}], decision_rule="guard_band")
        made = make.inspection(state="RELEASED", plan=plan)
        read(made, Cell("1", 1, "12.045"), Cell("1", 2, "12.03"))
        assert [r.verdict for r in made.current_readings()] == ["unclear", "passed"]


class TestGauges:
    @pytest.fixture
    def made(self, make):
        return make.inspection(state="RELEASED", plan=make.lotplan(characteristics=[GAUGED]))

    def test_a_measured_characteristic_names_its_gauge(self, made, make):
        with pytest.raises(Invalid) as refused:
            read(made, Cell("1", 1, "12.03"))
        assert refused.value.code == "gauge_missing"
        read(made, Cell("1", 1, "12.03", gauge=make.gauge(kind="Micrometer")))
        assert made.readings().get().gauge.kind == "Micrometer"

    def test_overdue_failed_or_of_the_wrong_kind_it_is_refused(self, made, make):
        today = now().date()
        wrong = {
            "gauge_overdue": make.gauge(kind="micrometer", due_date=today - timedelta(days=1), calibrated_date=None),
            "gauge_out_of_service": make.gauge(kind="micrometer", state="OUT_OF_SERVICE"),
            "gauge_of_wrong_kind": make.gauge(kind="caliper"),
            "gauge_elsewhere": make.gauge(kind="micrometer", site="SUZ", by="gongcheng"),
        }
        for code, gauge in wrong.items():
            with pytest.raises(Invalid) as refused:
                read(made, Cell("1", 1, "12.03", gauge=gauge))
            assert refused.value.code == code

    def test_leave_is_signed_and_for_this_inspection_only(self, made, make):
        gauge = make.gauge(kind="caliper")
        with pytest.raises(Forbidden):
            actions.allow_gauge(
                inspection=made,
                by=person("engineer"),
                gauge=gauge,
                reason="no other here",
                signing=signing(person("engineer")),
            )
        who = person("manager")
        actions.allow_gauge(inspection=made, by=who, gauge=gauge, reason="no other here", signing=signing(who))
        read(made, Cell("1", 1, "12.03", gauge=gauge))
        assert made.leaves.get().signature.meaning == "waived"


class TestVerdict:
    def test_missing_readings_hold_it_up_unless_the_lot_is_refused_already(self, make, measuring):
        read(measuring, Cell("1", 1, "12.03"))
        with pytest.raises(Conflict, match="3 readings"):
            actions.complete(inspection=measuring, by=person("inspector"))
        read(measuring, Cell("1", 2, "12.09"))
        done = actions.complete(inspection=measuring, by=person("inspector"))
        assert (done.verdict, done.found) == ("rejected", 1)

    def test_pieces_are_counted_once_however_much_is_wrong_with_them(self, make):
        plan = make.lotplan(
            scheme="z14_single", level="II", aql=Decimal("4.0"), size=None, characteristics=[BORE, SURFACE]
        )
        made = make.inspection(state="RELEASED", plan=plan, quantity="50")
        assert (made.sample_size, made.accept) == (13, 1)
        cells = [Cell("1", n, "12.01") for n in range(2, 14)] + [Cell("2", n, "A") for n in range(2, 14)]
        read(made, Cell("1", 1, "13"), Cell("2", 1, "C"), *cells)
        done = actions.complete(inspection=made, by=person("inspector"))
        assert (done.verdict, done.found) == ("accepted", 1)

    def test_taken_back_it_is_computed_anew(self, make):
        made = make.inspection(state="RESULTS_COMPLETE", bad=1)
        assert made.verdict == "rejected"
        made = actions.take_back(inspection=made, by=person("engineer"), reason="read on the wrong scale")
        assert (made.state, made.verdict, made.completed_at) == ("IN_INSPECTION", "", None)
        read(made, Cell("1", 1, "pass", reason="read on the wrong scale"))
        assert actions.complete(inspection=made, by=person("inspector")).verdict == "accepted"


class TestDecision:
    def test_the_parts_add_up_to_the_lot(self, make):
        made = make.inspection(state="RESULTS_COMPLETE")
        with pytest.raises(Invalid) as refused:
            make.usage(made, unrestricted=9)
        assert refused.value.code == "not_conserved"
        done = make.usage(made, unrestricted=10)
        assert (
            done.state == "POSTED"
            and done.decision.meaning == "usage_decision"
            and done.usage_decided_by == person("engineer")
        )

    def test_the_database_wants_them_to_add_up(self, make):
        made = make.inspection(state="POSTED")
        event = journal.EVENTS["inspection.decided"]
        with pytest.raises(DatabaseError, match="add up"), transaction.atomic():
            with journal.act(event, by=person("engineer")) as act:
                made.usage.create(line=2, kind="scrap", quantity=1)
                act.record(made)
            transaction.get_connection().check_constraints()

    def test_who_only_records_does_not_decide(self, make):
        with pytest.raises(Forbidden):
            make.usage(make.inspection(state="RESULTS_COMPLETE"), by="inspector", unrestricted=10)

    def test_a_lot_that_is_not_accepted_goes_to_one_nonconformance(self, make):
        made = make.inspection(
            state="RESULTS_COMPLETE", bad=2, lot=stocked(), plan=make.lotplan(item=stocked().item.number)
        )
        for parts in ({"unrestricted": 10}, {"blocked": 5, "scrap": 5}):
            with pytest.raises(Invalid) as refused:
                make.usage(made, note="sorted", code="DIM-OUT", **parts)
            assert refused.value.code == "needs_nonconformance"
        with pytest.raises(Invalid, match="say why"):
            make.usage(made, code="DIM-OUT", unrestricted=4, blocked=6)
        with pytest.raises(Invalid, match="defect code"):
            make.usage(made, blocked=10)
        done = make.usage(made, note="sorted", code="DIM-OUT", unrestricted=4, blocked=6)
        raised = Nonconformance.objects.get()
        assert done.ncr == raised and (raised.affected_quantity, raised.origin) == (6, "receiving")
        assert "1 Burr, sample 2: fail" in raised.description
        assert done.state == "DECIDED" and raised.holds.get().state == "REQUESTED"
        make.post(raised)
        done.refresh_from_db()
        assert done.state == "POSTED" and raised.holds.get().state == "ACTIVE"

    def test_out_of_quarantine_what_is_good_is_released_and_the_rest_stays(self, make):
        plan = make.lotplan(item=stocked().item.number, stock_mode="quarantine")
        made = make.inspection(state="RELEASED", plan=plan, lot=stocked())
        assert [(p.kind, p.quantity, p.reference[-2:]) for p in made.postings()] == [("HOLD", 10, "01")]
        made = actions.complete(inspection=make.read(made, bad=1), by=person("inspector"))
        with pytest.raises(Conflict, match="quarantine"):
            make.usage(made, note="sorted", code="DIM-OUT", unrestricted=7, blocked=3)
        make.post(made)
        done = make.usage(made, note="sorted", code="DIM-OUT", unrestricted=7, blocked=3)
        release = done.postings().get(kind="RELEASE")
        assert (done.state, release.quantity, release.from_place) == ("DECIDED", 7, "quarantine")
        assert (
            done.ncr.holds.get().state == "ACTIVE"
            and done.ncr.state == "CONTAINED"
            and not done.ncr.postings().exists()
        )
        make.post(made)
        done.refresh_from_db()
        assert done.state == "POSTED" and done.posted_at

    def test_a_cancelled_posting_is_asked_anew(self, make):
        plan = make.lotplan(item=stocked().item.number, stock_mode="quarantine")
        made = make.inspection(state="RELEASED", plan=plan, lot=stocked())
        make.post(made)
        made = actions.complete(inspection=make.read(made), by=person("inspector"))
        done = make.usage(made, unrestricted=10)
        sent = commands.mark_sent(posting=done.postings().get(kind="RELEASE"))
        failed = commands.mark_failed(posting=sent, code="refused", problem="locked")
        commands.cancel(posting=failed, by=person("integration"), reason="wrong period")
        done.refresh_from_db()
        assert done.state == "DECIDED"
        actions.post_again(inspection=done, by=person("engineer"))
        make.post(done)
        done.refresh_from_db()
        assert done.state == "POSTED"

    def test_the_timeline_tells_it_all(self, make):
        made = make.inspection(state="POSTED")
        told = [line.event for line in trail.timeline(made)]
        assert {"inspection.created", "inspection.released", "inspection.recorded", "inspection.completed",
                "inspection.decided", "inspection.posted"} <= set(told)  # fmt: skip


def test_parts_are_named_by_their_usage(make):
    made = make.inspection(state="RESULTS_COMPLETE")
    with pytest.raises(Invalid, match="no usage"):
        actions.decide(
            inspection=made,
            by=person("engineer"),
            lines=[Part("eaten", Decimal(10))],
            signing=signing(person("engineer")),
        )
