"""What a file is by its content, and what its small copies leave out."""

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from qms.lib.errors import Invalid
from qms.records import pictures
from tests.factories.pictures import picture


def camera(*, time: str = "2026:03:01 10:22:31", offset: str = "+01:00", turned: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turned
    exif[ExifTags.Base.Make] = "SECRETCAM"
    notes = exif.get_ifd(ExifTags.IFD.Exif)
    notes[ExifTags.Base.DateTimeOriginal] = time
    if offset:
        notes[ExifTags.Base.OffsetTimeOriginal] = offset
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", (48.0, 22.0, 1.0)
    return exif


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says it is gigantic."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rest = chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rest


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.png", picture("PNG"), "image/png"),
        ("A.JPG", picture("JPEG"), "image/jpeg"),
        ("a.webp", picture("WEBP"), "image/webp"),
        ("telephone.png", picture("JPEG"), "image/jpeg"),  # some cameras name wrongly; the content decides
        ("c.pdf", b"%PDF-1.7\n...", "application/pdf"),
        ("c.txt", "尺寸 0.4 mm".encode(), "text/plain"),
        ("c.csv", "尺寸;0,4".encode("gb18030"), "text/csv"),
    ],
)
def test_a_file_is_what_its_content_says(name, content, kind):
    assert pictures.media_type(name, content) == kind


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n"),
        ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("a.jpg", b"<html><script>alert(1)</script>"),
        ("a.jpg", picture("JPEG", size=(400, 300))[:900]),
        ("a.png", picture("GIF")),
        ("a.jpg", b""),
        ("a.png", bomb(60_000, 60_000)),
        ("a.png", bomb(9_000, 9_000)),
        ("c.pdf", b"<html>"),
        ("c.txt", b"\x00\x01binary"),
        ("c.csv", picture()),
        ("page.html", b"<html>"),
        ("drawing.svg", b"<svg/>"),
        ("page.html", picture()),
        ("run.exe", b"MZ"),
        ("none", b"text"),
    ],
)
def test_what_is_not_what_it_says_is_refused_with_a_next_step(name, content):
    with pytest.raises(Invalid) as refused:
        pictures.media_type(name, content)
    assert name in str(refused.value.message) and refused.value.hint and refused.value.field == "file"


@given(st.binary(max_size=300))
def test_no_bytes_at_all_end_in_anything_but_an_answer(content):
    for name in ("a.png", "a.pdf", "a.txt"):
        try:
            assert pictures.media_type(name, content)
        except Invalid:
            pass
    assert pictures.taken(content) == ""


def test_the_small_copy_is_upright_and_carries_no_note_of_the_camera():
    original = picture("JPEG", size=(800, 400), exif=camera(turned=6))
    assert b"SECRETCAM" in original and Image.open(io.BytesIO(original)).getexif().get_ifd(ExifTags.IFD.GPSInfo)
    for size, longest in (("small", 480), ("large", 800)):
        copy = pictures.derivative(original, size)
        shown = Image.open(io.BytesIO(copy))
        assert shown.format == "JPEG" and max(shown.size) == longest and shown.height > shown.width
        assert not shown.getexif() and b"SECRETCAM" not in copy and b"Exif" not in copy


def test_what_is_clear_is_shown_on_white():
    copy = Image.open(io.BytesIO(pictures.derivative(_clear(), "small")))
    assert copy.getpixel((5, 5)) == (255, 255, 255)


def _clear() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (40, 30), (0, 0, 0, 0)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("exif", "said"),
    [
        (camera(), "2026-03-01T10:22:31+01:00"),
        (camera(offset=""), "2026-03-01T10:22:31"),
        (camera(time="0000:00:00 00:00:00"), ""),
        (camera(time="yesterday"), ""),
        (camera(offset="<b>"), "2026-03-01T10:22:31"),
        (None, ""),
    ],
)
def test_the_cameras_clock_is_told_when_it_says_something(exif, said):
    assert pictures.taken(picture("JPEG", exif=exif)) == said
