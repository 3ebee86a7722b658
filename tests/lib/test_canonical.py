import datetime as dt
import decimal
import json

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from qms.lib import canonical
from tests.sizes import size

PROVES = ("11.10(e)", "G2")
KEYS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(exclude_categories=["Cs"]))
)
VALUES = st.recursive(LEAVES, lambda v: st.lists(v, max_size=4) | st.dictionaries(KEYS, v, max_size=4), max_leaves=20)


@settings(max_examples=size(100_000, 2_000), deadline=None)
@given(VALUES)
def test_the_profile_gives_the_bytes_of_rfc_8785(value):
    assert canonical.dumps(value).encode() == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [1.5, {"é": 1}, {1: 2}, 2**53, dt.datetime(2026, 1, 1), {1, 2}, object()])
def test_what_has_no_exact_text_is_refused(value):
    with pytest.raises(TypeError):
        canonical.dumps(value)


def test_decimals_and_times_become_text():
    moment = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    assert json.loads(canonical.dumps({"q": decimal.Decimal("1E+2"), "t": moment})) == {
        "q": "100",
        "t": "2026-03-01T04:00:00.000000Z",
    }


class Name(str):
    pass


class Count(int):
    pass


def test_subclasses_give_the_bytes_of_what_they_are():
    assert canonical.dumps({Name("b"): Name("x"), "a": [Count(3)]}) == '{"a":[3],"b":"x"}'
