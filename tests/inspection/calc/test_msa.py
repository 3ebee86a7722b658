"""Measurement systems; crossed studies with all their figures are in test_reference."""

import numpy as np
import pytest

from inspection.calc.errors import CalcError
from inspection.calc.msa import agreement, gauge, grr, ranges

BIAS = [5.8, 5.7, 5.9, 5.9, 6.0, 6.1, 6.0, 6.1, 6.4, 6.3, 6.0, 6.1, 6.2, 5.6, 6.0]
LINEAR = {
    2: [2.7, 2.5, 2.4, 2.5, 2.7, 2.3, 2.5, 2.5, 2.4, 2.4, 2.6, 2.4],
    4: [5.1, 3.9, 4.2, 5.0, 3.8, 3.9, 3.9, 3.9, 3.9, 4.0, 4.1, 3.8],
    6: [5.8, 5.7, 5.9, 5.9, 6.0, 6.1, 6.0, 6.1, 6.4, 6.3, 6.0, 6.1],
    8: [7.6, 7.7, 7.8, 7.7, 7.8, 7.8, 7.8, 7.7, 7.8, 7.5, 7.6, 7.7],
    10: [9.1, 9.3, 9.5, 9.3, 9.4, 9.5, 9.5, 9.5, 9.6, 9.2, 9.3, 9.4],
}


def readings(shape=(3, 5, 2)):
    return np.random.default_rng(5).normal(size=shape)


def test_bias_of_the_well_known_example():
    """15 readings of a part of 6.00, s 0.2119 from all of them (older forms estimate it from ranges): not significant."""
    found = gauge.biased(BIAS, reference=6.0)
    assert (round(found.bias, 4), round(found.t, 3)) == (0.0067, 0.122)
    assert found.interval == pytest.approx((-0.1107, 0.1240), abs=2e-4)
    assert not found.is_significant
    assert gauge.biased(BIAS, reference=5.5).is_significant


def test_linearity_of_the_well_known_example():
    found = gauge.linearity(list(LINEAR), list(LINEAR.values()))
    assert (found.slope, found.intercept) == pytest.approx((-0.131667, 0.736667), abs=1e-6)
    assert found.r_squared == pytest.approx(0.714, abs=5e-4)
    assert found.biases == pytest.approx([0.491667, 0.125, 0.025, -0.291667, -0.616667], abs=1e-6)
    assert not found.is_linear()


def test_type_one_by_its_formula():
    """s 0.01, bias 0.005, T 0.5: Cg = 0.1 / 0.06, Cgk = (0.05 - 0.005) / 0.03."""
    s = 0.01
    values = [10.005 + s * z for z in (-1, 1)] * 25
    found = gauge.type_one(values, reference=10.0, tolerance=0.5)
    real = float(np.std(values, ddof=1))
    assert (found.cg, found.cgk) == pytest.approx((0.1 / (6 * real), 0.045 / (3 * real)))
    narrow = gauge.type_one(values, reference=10.0, tolerance=0.5, spread=4)
    assert narrow.cg == pytest.approx(found.cg * 1.5)
    assert found.passes() and not gauge.type_one(values, reference=10.0, tolerance=0.2).passes()


def test_parts_within_operators_take_the_interaction_with_them():
    """SS of parts within operators = SS of parts + SS of the interaction, of the same readings read as crossed."""
    x = readings()
    table, components = grr.nested(x, tolerance=1)
    crossed = grr.crossed(x).table
    assert table["part"].ss == pytest.approx(crossed["part"].ss + crossed["part_x_operator"].ss)
    assert sum(row.ss for name, row in table.items() if name != "total") == pytest.approx(table["total"].ss)
    assert sum(row.df for name, row in table.items() if name != "total") == table["total"].df
    assert components.variance["part_x_operator"] == 0


def test_contributions_add_up_and_shares_of_study_variation_do_not():
    found = grr.crossed(readings(), tolerance=2).components
    assert found.contribution["total_grr"] + found.contribution["part_to_part"] == pytest.approx(100)
    assert found.percent_study["total_grr"] ** 2 + found.percent_study["part_to_part"] ** 2 == pytest.approx(100**2)
    old = grr.crossed(readings(), tolerance=2, spread=5.15).components
    assert old.study["total"] == pytest.approx(found.study["total"] * 5.15 / 6)


def test_the_interaction_is_kept_by_its_p_alone():
    x = readings((2, 4, 3))
    p = grr.crossed(x).table["part_x_operator"].p
    assert grr.crossed(x, alpha=p).kept and not grr.crossed(x, alpha=p * 0.99).kept


def test_a_gauge_that_never_varies_has_no_number_of_categories():
    perfect = [[[part, part] for part in (1.0, 2.0, 3.0)] for _operator in range(2)]
    found = grr.crossed(perfect)
    assert found.components.ndc is None and found.components.sd["total_grr"] == pytest.approx(0)


@pytest.mark.parametrize(
    ("percent", "grade"), [(9.99, "good"), (10, "conditional"), (30, "conditional"), (30.01, "poor")]
)
def test_grades(percent, grade):
    assert grr.grade(percent) == grade


def test_cohen_and_fleiss_of_published_examples():
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert agreement.cohen([a for a, _b in pairs], [b for _a, b in pairs]) == pytest.approx(0.4)
    counts = [
        *([0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1]),
        *([7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]),
    ]
    rows = [[word for word, n in zip("abcde", row, strict=True) for _time in range(n)] for row in counts]
    assert agreement.fleiss(rows) == pytest.approx(0.210, abs=5e-4)


def test_a_study_of_attributes_counts_misses_and_false_alarms():
    good, bad = "good", "bad"
    anna = [[good, good], [bad, bad], [good, bad], [bad, bad]]
    ben = [[good, good], [good, bad], [bad, bad], [bad, bad]]
    found = agreement.study([anna, ben], reference=[good, bad, good, bad])
    first, second = found.appraisers
    assert (first.within, first.effective, first.missed, first.false_alarms) == (3, 3, 0, 0.25)
    assert (second.within, second.effective, second.missed, second.false_alarms) == (3, 2, 0.25, 0.5)
    assert (found.all_agree, found.all_right) == (2, 2)
    assert found.between < 1 and first.kappa > second.kappa
    alone = agreement.study([anna, ben])
    assert (alone.all_right, alone.appraisers[0].kappa) == (None, None)


def test_one_word_throughout_has_no_kappa():
    assert agreement.cohen(["good"] * 3, ["good"] * 3) is None
    assert agreement.fleiss([["good", "good"]] * 3) is None


@pytest.mark.parametrize(
    ("work", "code"),
    [
        (lambda: grr.crossed([[[1, 2], [1]], [[1, 2], [1, 2]]]), "design"),
        (lambda: grr.crossed([[[1, 2], [1, 3]]]), "design"),
        (lambda: grr.crossed([]), "design"),
        (lambda: grr.crossed([[[1, 1], [1, 1]]] * 2), "no_spread"),
        (lambda: grr.crossed([[[1, float("nan")], [1, 1]]] * 2), "not_a_number"),
        (lambda: grr.crossed(readings(), tolerance=0), "tolerance"),
        (lambda: ranges.average_range(readings((4, 5, 2))), "design_form"),
        (lambda: gauge.biased([1.0, 1.0], reference=1), "no_spread"),
        (lambda: gauge.type_one(BIAS, reference=6, tolerance=-1), "tolerance"),
        (lambda: gauge.type_one(BIAS, reference=6, tolerance=1, share=0), "share"),
        (lambda: gauge.linearity([1, 1], [[1], [2]]), "references"),
        (lambda: gauge.linearity([1, 2], [[1]]), "references"),
        (lambda: agreement.cohen(["a"], []), "ratings"),
        (lambda: agreement.fleiss([["a", "b"], ["a"]]), "ratings_count"),
        (lambda: agreement.study([[["a"]], []]), "design"),
        (lambda: agreement.study([[["a"]]], reference=[]), "reference"),
    ],
)
def test_bad_input_is_refused(work, code):
    with pytest.raises(CalcError) as refused:
        work()
    assert refused.value.code == code
