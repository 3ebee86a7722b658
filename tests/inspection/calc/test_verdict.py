"""A reading against its limits, a sample against its plan; and every sentence in both languages."""

import ast
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from inspection.calc import skipping, switching, verdict
from inspection.calc.errors import CalcError
from inspection.calc.sampling import plan
from inspection.queries import refusals

D = Decimal
NUMBERS = st.decimals("-500", "500", places=3)


@pytest.mark.parametrize(
    ("value", "lower", "upper", "expected"),
    [
        ("10.0", "10", "12", "passed"),
        ("12.000", "10", "12", "passed"),
        ("12.0001", "10", "12", "failed"),
        ("9.9999", "10", None, "failed"),
        ("1e6", "10", None, "passed"),
        ("-5", None, "0", "passed"),
        ("0.30", "0.3", "0.3", "passed"),
        ("999", "990", "1010", "passed"),
    ],
)
def test_limits_belong_to_what_passes(value, lower, upper, expected):
    limits = {"lower": lower and D(lower), "upper": upper and D(upper)}
    assert verdict.judge(D(value), **limits) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("10.1", "passed"),
        ("10.099", "unclear"),
        ("9.9", "unclear"),
        ("9.899", "failed"),
        ("12", "unclear"),
        ("12.101", "failed"),
    ],
)
def test_a_guard_band_asks_for_proof_on_both_sides(value, expected):
    """ISO 14253-1: U = 0.1 at both limits."""
    assert verdict.judge(D(value), lower=D(10), upper=D(12), uncertainty=D("0.1"), rule="guard_band") == expected


@given(NUMBERS, NUMBERS, NUMBERS, st.decimals("0", "5", places=3))
def test_a_guard_band_never_passes_what_the_limits_fail(value, one, other, uncertainty):
    lower, upper = sorted((one, other))
    plain = verdict.judge(value, lower=lower, upper=upper)
    guarded = verdict.judge(value, lower=lower, upper=upper, uncertainty=uncertainty, rule="guard_band")
    assert (plain, guarded) not in {("failed", "passed"), ("passed", "failed")}
    if uncertainty == 0:
        assert guarded == plain


@pytest.mark.parametrize(
    ("value", "given_", "code"),
    [
        (D("999"), {"upper": D(12)}, "sensor_code"),
        (D("-999.0"), {"upper": D(12)}, "sensor_code"),
        (D("NaN"), {"upper": D(12)}, "not_a_number"),
        (D("Infinity"), {"upper": D(12)}, "not_a_number"),
        (12.0, {"upper": D(12)}, "not_a_number"),
        (D(1), {}, "limits_missing"),
        (D(1), {"lower": D(12), "upper": D(10)}, "limits_reversed"),
        (D(1), {"upper": D("NaN")}, "not_a_number"),
        (D(1), {"upper": D(12), "rule": "guard_band"}, "uncertainty_missing"),
        (D(1), {"upper": D(12), "rule": "guard_band", "uncertainty": D(-1)}, "uncertainty_missing"),
        (D(1), {"upper": D(12), "rule": "kind"}, "rule_unknown"),
    ],
)
def test_what_cannot_be_judged_is_refused(value, given_, code):
    with pytest.raises(CalcError) as refused:
        verdict.judge(value, **{"lower": None, "upper": None, **given_})
    assert refused.value.code == code


def z14(**changed):
    return plan(**{"scheme": "z14_single", "lot": 1000, "aql": D("1.0"), **changed})


def test_a_sample_is_judged_by_ac_and_re():
    assert verdict.judge_sample(z14(), [2]).verdict == "accepted"
    assert verdict.judge_sample(z14(), [3]).verdict == "rejected"


def test_between_ac_and_re_of_a_reduced_plan_the_lot_is_accepted():
    reduced = z14(severity="reduced")
    assert [verdict.judge_sample(reduced, [d]).gap for d in (1, 2)] == [False, True]
    assert verdict.judge_sample(reduced, [2]).verdict == "accepted"
    assert verdict.judge_sample(reduced, [3]).verdict == "rejected"


@pytest.mark.parametrize(
    ("found", "expected"),
    [([0], "accepted"), ([1], "second_sample"), ([3], "rejected"), ([1, 2], "accepted"), ([1, 3], "rejected")],
)
def test_double_sampling_adds_both_samples(found, expected):
    assert verdict.judge_sample(z14(scheme="z14_double"), found).verdict == expected


@pytest.mark.parametrize(
    ("found", "code"), [([], "stages"), ([1, 1], "stages"), ([-1], "count"), ([1.5], "count"), ([81], "count_above")]
)
def test_counts_that_cannot_be_are_refused(found, code):
    with pytest.raises(CalcError) as refused:
        verdict.judge_sample(z14(), found)
    assert refused.value.code == code


def test_nonconformities_may_be_more_than_units():
    assert verdict.judge_sample(z14(aql=D(100), lot=30), [14]).verdict == "accepted"


def sentences():
    """Every text that calc marks for translation."""
    calc = Path(switching.__file__).parent
    for path in sorted([*calc.rglob("*.py"), *(calc.parent / "formats").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
                yield node.args[0].value


def test_every_sentence_is_there_in_chinese_with_the_same_facts():
    import re

    told = list(sentences())
    assert len(told) > 40
    with translation.override("zh-hans"):
        for text in told:
            chinese = translation.gettext(text)
            assert chinese != text, text
            assert sorted(re.findall(r"%\(\w+\)s", chinese)) == sorted(re.findall(r"%\(\w+\)s", text)), text


def test_a_refusal_is_told_in_the_language_of_the_reader():
    with pytest.raises(CalcError) as refused:
        z14(lot=1)
    with translation.override("zh-hans"):
        assert "批量 1" in refusals.sentence(refused.value)
        assert "5" in refusals.reason("five_accepted", {"lots": 5})
        assert skipping.REASONS["drawn"] != translation.gettext(skipping.REASONS["drawn"])
