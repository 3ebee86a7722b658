"""QIF files: joins, limits, what is refused."""

from decimal import Decimal
from pathlib import Path

import pytest

from inspection.formats import qif
from inspection.formats.errors import FormatError
from inspection.management.reference import check_file

from .samples import folder

DOCUMENT = (Path(__file__).parent / "plate.QIF").read_text()


def read(*changes):
    text = DOCUMENT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return qif.read(text.encode())


def test_the_sample_files_read_as_expected():
    checked = check_file(folder("qif") / "expected.json")
    assert (checked.problem, checked.mismatches) == ("", [])
    for path in folder("qif").glob("*.QIF"):
        assert check_file(path).holds, path.name


def test_deviations_become_limits_and_zones_an_upper_one():
    diameter, position = read().characteristics
    assert (diameter.nominal, diameter.lower, diameter.upper) == (Decimal(19), Decimal("18.9"), Decimal("19.13"))
    assert (position.lower, position.upper, position.tolerance) == (None, Decimal("0.5"), Decimal("0.5"))
    assert (position.datums, position.material, position.unit) == (("B",), "MAXIMUM", "mm")


def test_limits_given_as_limits_stay():
    limits = ("<DefinedAsLimit>false", "<DefinedAsLimit>true"), ("-0.1<", "18.8<"), (">0.13", ">19.2")
    [diameter, _position] = read(*limits).characteristics
    assert (diameter.lower, diameter.upper) == (Decimal("18.8"), Decimal("19.2"))


def test_the_status_of_a_part_is_that_of_its_characteristics():
    """The file's own status says PASS."""
    [result] = read().results
    assert (result.serials, result.verdict) == (("SN-1",), "failed")
    assert [row.verdict for row in result.rows] == ["failed", ""]
    assert result.rows[1].value is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("</QIFDocument>", ""), "xml"),
        (('<?xml version="1.0" encoding="UTF-8"?>', '<!DOCTYPE a [<!ENTITY b "c">]>'), "xml_forbidden"),
        (('encoding="UTF-8"', 'encoding="klingon"'), "xml_forbidden"),
        (("xsd/qif3", "xsd/qif9"), "not_qif"),
        (("<CharacteristicItemId>5<", "<CharacteristicItemId>55<"), "reference"),
        (("<CharacteristicNominalId>3<", "<CharacteristicNominalId>33<"), "reference"),
        (("<DatumReferenceFrameId>18<", "<DatumReferenceFrameId>81<"), "reference"),
        (("<Value>19.2<", "<Value>wide<"), "number"),
        (("<TargetValue>19<", "<TargetValue>INF<"), "number"),
        (('<CharacteristicMeasurements n="2"', '<CharacteristicMeasurements n="3"'), "count"),
        (('<PositionCharacteristicItem id="6"', '<PositionCharacteristicItem id="5"'), "duplicate"),
    ],
)
def test_a_file_that_is_cut_damaged_or_hostile_is_refused(change, code):
    with pytest.raises(FormatError) as refused:
        read(change)
    assert refused.value.code == code


def test_the_wrong_encoding_is_refused():
    with pytest.raises(FormatError) as refused:
        qif.read(DOCUMENT.replace(">10<", ">ü<").encode("latin-1"))
    assert refused.value.code == "xml"
