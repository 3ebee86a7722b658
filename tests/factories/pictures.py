"""Pictures that are really pictures."""

import io
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo


def picture(
    kind: str = "PNG", *, size: tuple[int, int] = (40, 30), color: Any = "red", words: str = "", exif: Any = None
) -> bytes:
    out, options = io.BytesIO(), {}
    if words:
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_text("Comment", words)
    if exif is not None:
        options["exif"] = exif
    Image.new("RGB", size, color).save(out, kind, **options)
    return out.getvalue()
