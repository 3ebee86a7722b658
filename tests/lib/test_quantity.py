from decimal import Decimal

import pytest

from qms.lib.quantity import parse, show


@pytest.mark.parametrize(("text", "value"), [("1,5", "1.5"), (" 12 ", "12"), ("0.000001", "0.000001"), ("1e2", "100")])
def test_parse(text, value):
    assert parse(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "a", "1,2,3", "NaN", "Infinity", "0.0000001", None])
def test_parse_refuses(text):
    with pytest.raises(ValueError):
        parse(text)


@pytest.mark.parametrize(
    ("value", "text"), [("12.500000", "12.5"), ("1000.000000", "1000"), ("0", "0"), ("1E+3", "1000")]
)
def test_show(value, text):
    assert show(Decimal(value)) == text
