"""Units convert exactly."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms.lib import units

NUMBERS = st.decimals(min_value=-(10**6), max_value=10**6, places=6)


@pytest.mark.parametrize(
    ("value", "source", "target", "result"),
    [
        ("1", "in", "mm", "25.4"),
        ("0.0005", "inch", "um", "12.7"),
        ("68", "°F", "°C", "20"),
        ("-40", "°C", "°F", "-40"),
        ("1", "bar", "MPa", "0.1"),
        ("90", "′", "°", "1.5"),
        ("1", "lbf·in", "N·m", "0.1129848290276167"),
        ("5", "HRC", "HRC", "5"),
    ],
)
def test_a_value_is_the_same_in_another_unit(value, source, target, result):
    assert units.convert(Decimal(value), source, target) == Decimal(result)


@pytest.mark.parametrize(("source", "target", "why"), [("mm", "furlong", "no known unit"), ("mm", "kg", "length")])
def test_what_has_no_factor_is_refused(source, target, why):
    with pytest.raises(ValueError, match=why):
        units.convert(Decimal(1), source, target)


@given(value=NUMBERS, pair=st.sampled_from([("mm", "in"), ("°C", "°F"), ("psi", "kPa"), ("N·m", "lbf·ft"), ("°", "″")]))
def test_there_and_back_is_the_same(value, pair):
    there = units.convert(value, *pair)
    assert abs(units.convert(there, *reversed(pair)) - value) < Decimal("1e-30")


def test_every_other_spelling_leads_to_a_unit():
    assert all(units.find(spelling) for spelling in units.SPELLINGS)
    assert units.find(" μm ") is units.find("µm")
