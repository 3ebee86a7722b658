"""Geometric tolerances drawn as on a drawing: the frame with symbol, zone and datums, out of own paths and no font's glyphs.

The same picture stands in page, print and PDF (ux.md: ⌖ is an empty box in many fonts).
"""

from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

SIDE, HALF, LETTER = 22, 11, 8  # pixels: a square cell, its middle, the width of a letter
CIRCLE = "M{0} 11A{1} {1} 0 1 0 {2} 11A{1} {1} 0 1 0 {0} 11Z"


def _circle(radius: float, middle: float = HALF) -> str:
    return CIRCLE.format(middle - radius, radius, middle + radius)


# Paths in a square of 22, of ISO 1101.
SYMBOLS = {
    "straightness": "M3 11H19",
    "flatness": "M3 16L8 6H19L14 16Z",
    "circularity": _circle(6.5),
    "cylindricity": f"{_circle(4.5)}M3 18L9 4M13 18L19 4",
    "line_profile": "M4 15A7 7 0 0 1 18 15",
    "surface_profile": "M4 15A7 7 0 0 1 18 15Z",
    "angularity": "M18 16H4L16 6",
    "perpendicularity": "M4 17H18M11 17V4",
    "parallelism": "M6 18L11 4M11 18L16 4",
    "position": f"{_circle(5)}M11 3V19M3 11H19",
    "concentricity": f"{_circle(7)}{_circle(3.5)}",
    "symmetry": "M7 6H15M3 11H19M7 16H15",
    "circular_runout": "M5 17L16 6M11 6H16V11",
    "total_runout": "M3 17L11 7M7 7H11V11M10 17L18 7M14 7H18V11M3 17H10",
}


def draw(callout: dict[str, Any], label: str) -> SafeString:
    """An SVG of `label` for those who do not see it; nothing for {}. The callout's shape is that of PlanCharacteristic."""
    if not callout:
        return mark_safe("")
    cells = [_symbol(callout["symbol"]), _zone(callout)]
    cells += [_text(one["letter"], one["modifier"]) for one in callout["datums"]]
    drawn, left = [], 1
    for width, inside in cells:
        drawn.append((left, width, inside))
        left += width
    body = format_html_join("", '<g transform="translate({} 1)"><rect width="{}" height="22"/>{}</g>', drawn)
    return format_html(
        '<svg class="q-callout" role="img" aria-label="{}" width="{}" height="24" viewBox="0 0 {} 24" fill="none"'
        ' stroke="currentColor" stroke-width="1.3">{}</svg>',
        label, left + 1, left + 1, body,
    )  # fmt: skip


def _symbol(code: str) -> tuple[int, SafeString]:
    return SIDE, format_html('<path d="{}"/>', SYMBOLS.get(code, ""))


def _zone(callout: dict[str, Any]) -> tuple[int, SafeString]:
    if not callout["diameter"]:
        return _text(callout["tolerance"], callout["modifier"])
    width, inside = _text(callout["tolerance"], callout["modifier"], 16)
    return width, format_html('<path d="{}M6 17L14 5"/>{}', _circle(4.5, 10), inside)


def _text(text: str, modifier: str, start: int = 6) -> tuple[int, SafeString]:
    """Upright letters; a modifier is a letter in a circle after them."""
    end = start + LETTER * len(text)
    drawn = format_html(
        '<text x="{}" y="16" font-size="14" fill="currentColor" stroke="none" textLength="{}">{}</text>',
        start, LETTER * len(text), text,
    )  # fmt: skip
    if not modifier:
        return max(end + 6, SIDE), drawn
    middle = end + 11
    return middle + 12, format_html(
        '{}<path d="{}"/><text x="{}" y="15.5" font-size="12" text-anchor="middle" fill="currentColor" stroke="none">{}</text>',
        drawn, _circle(7.5, middle), middle, modifier,
    )  # fmt: skip
