"""What scanners bring: AIM identifiers, control characters, GS1 element strings, addresses of our own records."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qms.lib import scan
from qms.lib.scan import GS, parse

GTIN = "04012345678901"
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # no test asserts a time
PLAIN = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./", min_size=1, max_size=20)


def with_check_digit(digits: str) -> str:
    return next(digits + str(last) for last in range(10) if scan.has_check_digit(digits + str(last)))


GTINS = st.integers(0, 10**13 - 1).map(lambda n: with_check_digit(f"{n:013}"))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("LOT-26-0101\r", {"text": "LOT-26-0101"}),
        ("]C0LOT-7", {"text": "LOT-7"}),
        (f"]C101{GTIN}10LOT-7", {"text": "LOT-7", "lot": "LOT-7", "gtin": GTIN}),
        (f"]d201{GTIN}10L7{GS}21S-9{GS}3740", {"lot": "L7", "serial": "S-9", "count": 40, "text": "L7"}),
        (f"{GS}01{GTIN}21S9", {"serial": "S9", "text": "S9", "lot": ""}),
        (f"01{GTIN}10L7<GS>3712", {"lot": "L7", "count": 12}),
        (f"01{GTIN}1726123110L7", {"lot": "L7"}),
        (f"(01){GTIN}(10)L 7/A(37)5", {"lot": "L 7/A", "count": 5, "gtin": GTIN}),
        ("(400)WO-31", {"order": "WO-31", "text": "WO-31"}),
        ("(241)TB-4711", {"part": "TB-4711", "text": "TB-4711"}),
        ("https://qms.plant/r/NCR-26-000123", {"record": "NCR-26-000123", "text": "NCR-26-000123"}),
        ("ncr-26-000123", {"record": "NCR-26-000123"}),
        ("  \t\x02WO\x0331\x00 ", {"text": "WO31"}),
        ("批次-88", {"text": "批次-88"}),
        ("", {"text": ""}),
    ],
)
def test_codes_of_the_shop_floor(raw, expected):
    found = parse(raw)
    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize(
    "raw",
    [
        "0104012345678902",  # wrong check digit: not GS1, so a number like any other
        "010401234567",  # too short
        f"01{GTIN}99",  # an identifier without data
        f"01{GTIN}1077{GS}1078",  # the same identifier twice
        "(01)0401234567890X(10)L7",
        "(9999)X",
        "10TH-ANNIVERSARY",
        "21-0007",
    ],
)
def test_what_is_no_gs1_stays_as_it_was_read(raw):
    found = parse(raw)
    assert found.elements == {} and found.lot == "" and found.text == raw.replace(GS, " ")


def test_a_count_of_none_is_none():
    assert parse("(10)L7(37)0").count is None


@PATIENT
@given(
    gtin=GTINS, lot=PLAIN, serial=PLAIN, count=st.integers(1, 99_999_999), marked=st.sampled_from(["]d2", "]C1", ""])
)
def test_elements_come_back_as_they_were_written(gtin, lot, serial, count, marked):
    found = parse(f"{marked}01{gtin}10{lot}{GS}21{serial}{GS}37{count}")
    assert (found.gtin, found.lot, found.serial, found.count) == (gtin, lot, serial, count)
    assert parse(f"(01){gtin}(10){lot}(21){serial}(37){count}").elements == found.elements


@PATIENT
@given(st.text(max_size=500))
def test_nothing_that_is_read_is_refused_and_no_control_character_passes(raw):
    found = parse(raw)
    assert all(c.isprintable() for c in found.text) and len(found.text) <= scan.LIMIT


@PATIENT
@given(st.text("0123456789" + GS + "()]dQC", max_size=60))
def test_digits_and_separators_in_any_order_are_read_without_failing(raw):
    found = parse(raw)
    assert all(scan.is_value(ai, value) for ai, value in found.elements.items())


@PATIENT
@given(lot=PLAIN)
def test_reading_twice_changes_nothing(lot):
    once = parse(lot)
    assert parse(once.text).text == once.text
