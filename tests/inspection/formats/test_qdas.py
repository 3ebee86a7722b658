"""Q-DAS files: what is read, what is refused, and that writing keeps everything."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.formats import qdas
from inspection.formats.errors import FormatError
from inspection.management.reference import check_file

from .samples import folder

HEAD = "K0100 2\nK1001/1 4711\nK1002/1 Shaft\nK2001/1 1\nK2002/1 Bore\nK2101/1 12,0\nK2110/1 11.9\nK2111/1 12.1\nK2142/1 mm\nK2001/2 2\n"
LINE = (
    "1.20100000000000E+1\x140\x1401.02.2026/10:34:08\x14\x14#A7\x141\x140\x140\x0f8.5\x14256\x14\x14\x14\x14\x14\x14\n"
)


def read(text, values=None):
    return qdas.read(text.encode("latin-1"), values and values.encode("latin-1"))


@pytest.mark.parametrize("name", ["expected.json", "shaft.dfq", "TEST_02.DFQ", "MSA3_TYP2.DFQ"])
def test_the_sample_files_read_as_expected(name):
    checked = check_file(folder("qdas") / name)
    assert (checked.problem, checked.mismatches) == ("", [])
    assert checked.holds


def test_the_sample_files_survive_writing():
    for path in folder("qdas").glob("*.[dD][fF][qQ]"):
        document = qdas.read(path.read_bytes())
        assert qdas.read(qdas.write(document)) == document, path.name


def test_value_lines_are_read_with_their_fields():
    bore, other = read(HEAD + LINE).characteristics
    assert (bore.nominal, bore.lower, bore.upper, bore.unit) == (Decimal(12), Decimal("11.9"), Decimal("12.1"), "mm")
    [value] = bore.values
    assert (value.value, value.time, value.batch, value.cavity) == (
        Decimal("12.01"),
        datetime(2026, 2, 1, 10, 34, 8),
        "#A7",
        "1",
    )
    assert not other.values[0].is_valid


def test_values_may_stand_in_a_file_of_their_own():
    assert read(HEAD, LINE) == read(HEAD + LINE)


def test_an_index_of_nought_means_all():
    document = read(HEAD + "K2142/0 inch\nK0001/0 1.5\x0f2.5\nK0004/0 01.02.2026/10:00:00\n")
    assert [one.unit for one in document.characteristics] == ["inch", "inch"]
    assert [one.values[0].value for one in document.characteristics] == [Decimal("1.5"), Decimal("2.5")]
    assert document.characteristics[1].values[0].time == datetime(2026, 2, 1, 10)


def test_what_means_nothing_here_is_counted():
    assert read(HEAD + "K5001/1 1\nK5001/2 1\nK0014/1 x\n").unread == {"K5001": 2, "K0014": 1}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("hello\n", "line"),
        ("K01 2\n", "line"),
        (HEAD.replace("K0100 2", "K0100 3"), "truncated"),
        (HEAD.replace("K0100 2", "K0100 x"), "number"),
        (HEAD.replace("11.9", "11.x"), "number"),
        (HEAD + LINE.replace("8.5", "eight"), "number"),
        (HEAD + LINE.replace("8.5", "NaN"), "number"),
        (HEAD + LINE.split("\x0f")[0], "ragged"),
        (HEAD + LINE + LINE[:-12], "ragged"),
        (HEAD + LINE.replace("01.02.2026", "31.02.2026"), "time"),
        (HEAD + "K0001/3 1\n", "index"),
        (HEAD + "K0004/1 01.02.2026/10:00:00\n", "index"),
        (HEAD + "K0021/1 1\n", "index"),
        (HEAD + "K0001/0 1\x0f2\x0f3\n", "ragged"),
    ],
)
def test_a_file_that_is_cut_or_damaged_is_refused(text, code):
    with pytest.raises(FormatError) as refused:
        read(text)
    assert refused.value.code == code


@pytest.mark.parametrize("data", [HEAD.encode("utf-16"), HEAD.encode("utf-16-le"), b"\x00\x01\x02"])
def test_another_encoding_is_refused(data):
    with pytest.raises(FormatError) as refused:
        qdas.read(data)
    assert refused.value.code == "encoding"


TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=12).map(str.strip)
VALUES = st.builds(
    qdas.Value,
    value=st.decimals("-1000", "1000", places=4),
    attribute=st.sampled_from([0, 1, 255, 256]),
    time=st.none()
    | st.datetimes(datetime(1970, 1, 1), datetime(2099, 1, 1)).map(lambda one: one.replace(microsecond=0)),
    event=TEXT,
    batch=TEXT,
    operator=TEXT,
)


@given(
    st.lists(VALUES, max_size=4),
    TEXT,
    st.lists(st.builds(qdas.Count, size=st.integers(0, 9999), errors=st.none() | st.integers(0, 9)), max_size=2),
)
def test_what_is_written_reads_back(values, name, counts):
    document = qdas.Document(
        parts=[qdas.Part(1, {"K1001": "4711"}), qdas.Part(2, {"K1002": name})],
        characteristics=[
            qdas.Characteristic(1, 1, {"K2001": "1", "K2002": name}, values=values),
            qdas.Characteristic(2, 2, {"K2001": "2", "K2004": "1"}, counts=counts),
        ],
        header={"K0100": "2"},
    )
    assert qdas.read(qdas.write(document)) == document


def test_a_text_with_a_control_character_is_not_written():
    with pytest.raises(FormatError) as refused:
        qdas.write(qdas.Document([qdas.Part(1, {"K1002": "a\nK0001/1 9"})]))
    assert refused.value.code == "text"
