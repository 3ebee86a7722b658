"""Switching rules; the scenarios of the reference are played in test_reference."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.calc import skipping, switching
from inspection.calc.errors import CalcError
from inspection.calc.switching import (
    ConditionsChanged,
    LotJudged,
    ProductionChanged,
    ReducedAuthorised,
    Resumed,
    SwitchState,
)

GOOD, BAD = LotJudged(accepted=True), LotJudged(accepted=False)
READY = SwitchState(steady=True, authorised=True)


def play(scheme, state, *events):
    said = []
    for event in events:
        state, reasons = switching.step(scheme, state, event)
        said += [reason.code for reason in reasons]
    return state, said


def test_two_of_five_tighten_and_five_accepted_bring_back():
    state, said = play("iso", SwitchState(), GOOD, BAD, GOOD, BAD)
    assert (state.severity, said) == ("tightened", ["score_reset", "two_of_five"])
    state, said = play("iso", state, *[GOOD] * 5)
    assert (state.severity, said, state.score, state.window) == ("normal", ["five_accepted"], 0, ())


def test_resubmitted_lots_do_not_count():
    again = LotJudged(accepted=False, original=False)
    state, said = play("z14", SwitchState(), BAD, again, again)
    assert (state.severity, said, state.window) == ("normal", ["resubmitted", "resubmitted"], (False,))


def test_the_fifth_rejected_on_tightened_discontinues_and_only_the_authority_resumes():
    state, _said = play("iso", SwitchState(), BAD, BAD, BAD, GOOD, GOOD, BAD, BAD, GOOD, BAD)
    assert state.rejected == 4
    state, said = play("iso", state, BAD)
    assert (state.severity, said) == ("discontinued", ["five_rejected"])
    with pytest.raises(CalcError) as refused:
        switching.step("iso", state, GOOD)
    assert refused.value.code == "discontinued"
    state, said = play("iso", state, Resumed())
    assert (state.severity, state.rejected, said) == ("tightened", 0, ["resumed"])
    with pytest.raises(CalcError, match="nothing to resume"):
        switching.step("iso", state, Resumed())


def test_the_score_counts_two_or_three_and_begins_again():
    three = LotJudged(accepted=True, ac=2, tighter_accepted=True)
    state, said = play("iso", SwitchState(), GOOD, three)
    assert (state.score, said) == (5, [])
    state, said = play("iso", state, LotJudged(accepted=True, ac=2, tighter_accepted=False))
    assert (state.score, said) == (0, ["score_reset"])
    with pytest.raises(CalcError, match="tighter"):
        switching.step("iso", state, LotJudged(accepted=True, ac=2))


def test_reduced_waits_for_steady_production_and_the_authority():
    state, said = play("iso", SwitchState(), *[GOOD] * 15)
    assert (state.severity, said) == ("normal", ["reduced_waits"])
    state, said = play("iso", state, ReducedAuthorised(granted=True))
    assert (state.severity, said) == ("normal", [])
    state, said = play("iso", state, ProductionChanged(steady=True))
    assert (state.severity, said) == ("reduced", ["score_reached"])


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (BAD, "reduced_rejected"),
        (LotJudged(accepted=True, gap=True), "reduced_gap"),
        (ProductionChanged(steady=False), "production_irregular"),
        (ReducedAuthorised(granted=False), "authority_withdrawn"),
        (ConditionsChanged(), "conditions_changed"),
    ],
)
def test_what_ends_reduced_inspection(event, code):
    reduced, _said = play("z14", READY, *[GOOD] * 10)
    assert reduced.severity == "reduced"
    state, said = play("z14", reduced, event)
    assert (state.severity, said) == ("normal", [code])
    assert not state.authorised, "the leave is used up"


def test_iso_plans_have_no_gap():
    reduced, _said = play("iso", READY, *[GOOD] * 15)
    assert play("iso", reduced, LotJudged(accepted=True, gap=True))[0].severity == "reduced"


@given(st.sampled_from(switching.SCHEMES), st.lists(st.booleans(), max_size=80))
def test_a_sequence_obeys_the_rules_and_survives_storage(scheme, lots):
    state, on_tightened = READY, 0
    for accepted in lots:
        if state.severity == "discontinued":
            break
        before = state
        state, reasons = switching.step(scheme, state, LotJudged(accepted=accepted))
        assert SwitchState.from_dict(json.loads(json.dumps(state.as_dict()))) == state
        assert (state.severity != before.severity) == any(reason.is_switch for reason in reasons)
        assert all(reason.code in switching.REASONS for reason in reasons)
        if accepted:
            assert (before.severity, state.severity) not in {("normal", "tightened"), ("reduced", "tightened")}
        else:
            assert state.severity != "reduced"
        on_tightened = on_tightened + (not accepted) if before.severity == "tightened" else 0
        assert (state.severity == "discontinued") == (before.severity == "tightened" and on_tightened == 5)


def test_an_unknown_scheme_is_refused():
    with pytest.raises(CalcError) as refused:
        switching.step("ansi", SwitchState(), GOOD)
    assert refused.value.code == "scheme_unknown"


class TestSkipping:
    DAY = __import__("datetime").date(2026, 11, 22)
    RULES = skipping.SkipRules(qualify=2, one_in=2, most_lots=4, most_days=30)

    def qualified(self):
        state, why = skipping.judged(self.RULES, skipping.SkipState(), accepted=True, on=self.DAY)
        assert why == "accepted"
        state, why = skipping.judged(self.RULES, state, accepted=True, on=self.DAY)
        assert (state.mode, why) == ("skip_lot", "qualified")
        return state

    def test_lots_are_drawn_and_never_too_many_are_skipped(self):
        state = self.qualified()
        assert skipping.arrive(self.RULES, state, on=self.DAY, draw=0.49)[1:] == ("inspect", "drawn")
        for _time in range(3):
            state, answer, why = skipping.arrive(self.RULES, state, on=self.DAY, draw=0.5)
            assert (answer, why) == ("skip", "skipped")
        assert skipping.arrive(self.RULES, state, on=self.DAY, draw=0.99)[1:] == ("inspect", "most_lots")

    def test_time_alone_asks_for_an_audit(self):
        late = self.DAY.replace(month=12)
        assert skipping.arrive(self.RULES, self.qualified(), on=late, draw=0.99)[1:] == ("inspect", "most_days")

    def test_dock_to_stock_draws_nothing(self):
        rules = skipping.SkipRules(qualify=2, one_in=None, most_lots=4, most_days=30)
        assert skipping.arrive(rules, self.qualified(), on=self.DAY, draw=0.0)[1] == "skip"

    def test_one_rejected_lot_and_every_lot_is_inspected(self):
        state, why = skipping.judged(self.RULES, self.qualified(), accepted=False, on=self.DAY)
        assert (state.mode, state.run, why) == ("every_lot", 0, "rejected")
        assert skipping.arrive(self.RULES, state, on=self.DAY, draw=0.99)[1:] == ("inspect", "every_lot")

    def test_a_cause_returns_at_once(self):
        assert skipping.returned("escape") == skipping.SkipState()
        with pytest.raises(CalcError):
            skipping.returned("mood")

    def test_bad_rules_and_draws_are_refused(self):
        for bad in ({"qualify": 0}, {"one_in": 1}, {"most_days": 0}):
            with pytest.raises(CalcError):
                skipping.SkipRules(**bad)
        with pytest.raises(CalcError):
            skipping.arrive(self.RULES, skipping.SkipState(), on=self.DAY, draw=1.0)
