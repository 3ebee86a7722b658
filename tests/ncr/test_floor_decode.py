"""A photo of a code is read by the server: every kind that labels bear, and a sentence for what cannot be read."""

import io

import pytest
import zxingcpp
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from qms.lib.scan import parse
from tests.factories import person
from tests.factories.pictures import picture

pytestmark = pytest.mark.django_db
KINDS = zxingcpp.BarcodeFormat


@pytest.fixture
def read(client):
    """Sends bytes as somebody's photo."""

    def send(content, *, who="operator", name="code.png"):
        client.force_login(person(who))
        photo = SimpleUploadedFile(name, content)
        return client.post("/floor/decode", {"photo": photo} if content is not None else {})

    return send


def label(text, kind, *, turned: int = 0, **options) -> bytes:
    drawn = zxingcpp.create_barcode(text, kind, **options)
    code = Image.fromarray(zxingcpp.write_barcode_to_image(drawn, scale=6))
    page = Image.new("L", (code.width + 400, code.height + 400), 255)
    page.paste(code, (200, 200))
    out = io.BytesIO()
    page.rotate(turned, fillcolor=255).save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize("kind", [KINDS.QRCode, KINDS.DataMatrix, KINDS.Code128, KINDS.Aztec, KINDS.PDF417])
def test_a_code_of_any_kind_is_read(read, kind):
    answer = read(label("LOT-26-0101", kind))
    assert answer.status_code == 200 and answer.json() == {"codes": ["LOT-26-0101"]}


@pytest.mark.parametrize("turned", [7, 90, 180])
def test_it_need_not_be_held_straight(read, turned):
    assert read(label("WO-31", KINDS.DataMatrix, turned=turned)).json() == {"codes": ["WO-31"]}


def test_gs1_comes_as_people_read_it_and_is_understood(read):
    [code] = read(label("(01)04012345678901(10)LOT-7(21)S-9", KINDS.DataMatrix, gs1=True)).json()["codes"]
    found = parse(code)
    assert (found.gtin, found.lot, found.serial) == ("04012345678901", "LOT-7", "S-9")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (picture(), "No code was found"),
        (b"<html>", "is not a photo"),
        (None, "No photo arrived"),
        (picture("JPEG", size=(300, 300))[:400], "is not a photo"),
    ],
)
def test_what_cannot_be_read_is_told_with_a_next_step(read, content, said):
    answer = read(content)
    assert answer.status_code == 422 and said in answer.json()["problems"][0]


def test_a_photo_larger_than_the_limit_is_not_opened(read, monkeypatch):
    monkeypatch.setattr("ncr.views.floor.ATTACHMENT_LIMIT", 10)
    assert "larger than 25 MB" in read(picture()).json()["problems"][0]


def test_only_who_may_report_has_codes_read(read, client):
    assert read(picture(), who="auditor").status_code == 403
    client.logout()
    assert client.post("/floor/decode").status_code == 302
