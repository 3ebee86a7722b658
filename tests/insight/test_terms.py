"""How texts are cut, and how numbers are read however they are typed."""

import pytest

from qms.insight import terms
from qms.insight.terms import Number


def test_a_name_is_kept_from_each_of_its_parts_on():
    assert terms.lexemes("LOT-26-0101") == {"lot260101", "260101", "0101", "lot", "26"}


def test_chinese_is_kept_in_pairs_also_beside_latin_words():
    assert terms.lexemes("孔径超差12") == {"孔径", "径超", "超差", "差", "12"}


def test_full_width_letters_are_the_same_letters():
    assert terms.lexemes("ＴＢ－４７１１") == terms.lexemes("tb-4711")


def test_a_question_asks_every_word_and_beginnings_of_three():
    assert terms.question("Bore op 20") == "'bore':* & 'op' & '20'"
    assert terms.question("孔径超差") == "'孔径' & '径超' & '超差'"
    assert terms.question("孔") == "'孔':*"
    assert terms.question(" -- ") == ""


def test_what_is_typed_is_never_syntax():
    assert terms.question("a'b | !c:* \\") == "'ab' & 'c'"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("NCR-26-000123", Number("NCR", "26", 123)),
        ("ncr 123", Number("NCR", "", 123)),
        ("26-123", Number("", "26", 123)),
        ("123", Number("", "", 123)),
        ("ncr26000123", Number("NCR", "26", 123)),
        ("NCR-26-O0O123", Number("NCR", "26", 123)),
        ("ncr_26_l23", Number("NCR", "26", 123)),
        ("ＮＣＲ－２６－０００１２３", Number("NCR", "26", 123)),
    ],
)
def test_numbers_are_read_however_they_are_typed(typed, meant):
    assert terms.number(typed) == meant


@pytest.mark.parametrize("typed", ["bore", "LOT-26-0101-A", "ncr", "000", "oil", "孔径"])
def test_what_is_no_number(typed):
    assert terms.number(typed) is None


def test_a_slip_is_an_exchange_an_omission_a_double_or_a_wrong_key():
    near = terms.slips("4711")
    assert {"7411", "471", "47111", "4712"} <= near and "4711" not in near
    assert terms.nearly("two words") == terms.nearly("bore") == []
