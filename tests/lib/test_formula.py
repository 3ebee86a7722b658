"""Formulas of computed characteristics: arithmetic and nothing else."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms.lib import formula

VALUES = {"b1": Decimal("0.1"), "b2": Decimal("0.2"), "b12_1": Decimal(4)}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("b1 + b2", "0.3"),
        ("(b1 + b2) / 2", "0.15"),
        ("-b1 * 3", "-0.3"),
        ("max(b1, b2, 0.15) - min(b1, b2)", "0.1"),
        ("sqrt(b12_1) + abs(b1 - b2)", "2.1"),
        ("0.1 + 0.2", "0.3"),
    ],
)
def test_it_counts_in_decimals(text, result):
    assert formula.parse(text).value(VALUES) == Decimal(result)


@pytest.mark.parametrize(
    "text",
    [
        *("", "b1 +", "b1.real", "b1[0]", "b1 if b2 else 3", "b1 ** 9", "lambda: 1", "'a'", "b1 < 3", "True", "1e9", "0x10"),
        *("open('x')", "abs(b1, b2)", "min()", "sqrt(x=1)", "(b1 := 3)", "[b1 for b1 in b2]", "+" * 300 + "1", "1" * 401),
    ],
)  # fmt: skip
def test_what_is_no_arithmetic_is_refused(text):
    with pytest.raises(formula.Wrong):
        formula.parse(text)


def test_it_says_what_it_counts_with_and_when_there_is_no_result():
    read = formula.parse("b1 / (b2 - b3)")
    assert read.names == {"b1", "b2", "b3"}
    with pytest.raises(KeyError):
        read.value({"b1": Decimal(1)})
    with pytest.raises(ArithmeticError):
        read.value({"b1": Decimal(1), "b2": Decimal(2), "b3": Decimal(2)})


@given(text=st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        formula.parse(text)
    except formula.Wrong as refused:
        assert isinstance(refused.part, str)
