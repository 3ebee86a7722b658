"""What a file is by its content, and the small copies that pages show. The original is never touched.

Derivatives are drawn anew from the pixels, so they carry nothing of the camera's notes (place, owner, serial number).
"""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageOps

from qms.lib.errors import Invalid

KINDS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
ENDINGS = {
    ".png": "image",
    ".jpg": "image",
    ".jpeg": "image",
    ".webp": "image",
    ".pdf": "application/pdf",
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".qif": "application/x-qif",
    **dict.fromkeys((".dfq", ".dfd", ".dfx"), "application/x-q-das"),
}
SEPARATORS = b"\x0f\x14\x1a"  # of Q-DAS, between fields and at the end
PIXELS = 64_000_000  # a telephone's largest picture; a tiny file can unfold to gigabytes
SIZES = {"small": 480, "large": 2560}
BROKEN = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError, Image.DecompressionBombWarning)


def media_type(name: str, content: bytes) -> str:
    """By content; the ending of the name must promise the same. Raises Invalid."""
    promised = ENDINGS.get(PurePath(name).suffix.lower(), "")
    if promised == "image":
        with photo(name, content) as picture:
            return KINDS[str(picture.format)]
    if promised == "application/pdf" and content[:1024].lstrip().startswith(b"%PDF-"):
        return promised
    if promised.startswith("text/") and is_text(content):
        return promised
    if _is_data(promised, content):
        return promised
    if promised:
        raise Invalid(
            _("%(name)s is not what its name says.") % {"name": name},
            field="file",
            hint=_("Open it on your computer, save it again in its own format, then attach that file."),
        )
    raise Invalid(
        _("%(name)s was not taken.") % {"name": name},
        field="file",
        hint=_("Attach PNG, JPEG, WebP, PDF, text, CSV, XLSX, QIF or Q-DAS (DFQ, DFD, DFX) up to 25 MB."),
    )


def _is_data(promised: str, content: bytes) -> bool:
    """Of a measuring machine, or a workbook; what it says is read by whoever takes it in."""
    if promised == ENDINGS[".dfq"]:
        return is_text(content.translate(None, SEPARATORS))
    if promised == ENDINGS[".qif"]:
        return b"QIFDocument" in content[:4096]
    return promised == ENDINGS[".xlsx"] and content.startswith(b"PK\x03\x04")


def is_text(content: bytes) -> bool:
    """Without control characters; in UTF-8, or in what Chinese and Western spreadsheets write."""
    return not re.search(rb"[\x00-\x08\x0e-\x1f]", content)


@contextmanager
def photo(name: str, content: bytes) -> Iterator[Any]:
    """The picture, whole. Raises Invalid for what is none, is cut short, or would unfold beyond all measure."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=tuple(KINDS))
            large = picture.width * picture.height > PIXELS
            if not large:
                picture.draft("RGB", (SIZES["large"], SIZES["large"]))
                picture.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        large = True
    except BROKEN as error:
        raise Invalid(
            _("%(name)s is not a photo, or it did not arrive whole.") % {"name": name},
            field="file",
            hint=_("Take the photo again, or attach PNG, JPEG or WebP as the camera saved it."),
            code="not_a_photo",
        ) from error
    if large:
        raise Invalid(
            _("%(name)s has too many pixels.") % {"name": name},
            field="file",
            hint=_("Take it with at most 64 megapixels."),
            code="too_many_pixels",
        )
    with picture:
        yield picture


def taken(content: bytes) -> str:
    """When by the camera's own clock, ISO, with its offset where it says one; "" when it does not say."""
    try:
        with Image.open(io.BytesIO(content), formats=tuple(KINDS)) as picture:
            notes = picture.getexif().get_ifd(ExifTags.IFD.Exif)
            said = str(notes.get(ExifTags.Base.DateTimeOriginal, ""))
            offset = str(notes.get(ExifTags.Base.OffsetTimeOriginal, ""))
            at = datetime.strptime(said.strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007  # a camera's clock has no zone
    except BROKEN:
        return ""
    return at.isoformat() + (offset if re.fullmatch(r"[+-]\d\d:\d\d", offset) else "")


def derivative(content: bytes, size: str) -> bytes:
    """A JPEG of at most so many pixels a side, upright, on white, without any note. Raises Invalid."""
    with photo("", content) as picture:
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((SIZES[size], SIZES[size]))
        if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
            clear = upright.convert("RGBA")
            upright = Image.new("RGB", clear.size, "white")
            upright.paste(clear, mask=clear.getchannel("A"))
        out = io.BytesIO()
        upright.convert("RGB").save(out, "JPEG", quality=82, optimize=True)
        return out.getvalue()
