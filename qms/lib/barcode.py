"""Codes in a picture. One door to the decoder, so that nobody else need know its name."""

from typing import Any

import zxingcpp


def read(picture: Any) -> list[str]:
    """Texts of the codes in a picture (PIL), the largest first; GS1 as people read it, `(01)…(10)…`."""
    found = zxingcpp.read_barcodes(picture, text_mode=zxingcpp.TextMode.HRI)
    return list(
        dict.fromkeys(code.text for code in sorted(found, key=_extent, reverse=True) if code.valid and code.text)
    )


def _extent(code: Any) -> int:
    spot = code.position
    return abs(spot.bottom_right.x - spot.top_left.x) + abs(spot.bottom_right.y - spot.top_left.y)
