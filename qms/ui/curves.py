"""A curve with its axes and marks, drawn by the server: the same picture on the page, on paper and in the PDF."""

import math
from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 360, 250  # units of the drawing; it is scaled to the column
LEFT, RIGHT, TOP, BOTTOM = 44, 350, 40, 206
STEPS = (1, 2, 2.5, 5, 10)


def draw(
    points: Sequence[tuple[float, float]],
    marks: Sequence[tuple[str, float, float]],
    *,
    across: Any,
    up: Any,
    label: Any,
) -> SafeString:
    """`points`: x from 0 on, y from 0 to 1. `marks`: text and its place on the curve. `across`, `up`: the axes, with units."""
    most = points[-1][0]
    line = " ".join(f"{_x(x, most):.1f},{_y(y):.1f}" for x, y in points)
    return format_html(
        '<svg class="q-curve" role="img" aria-label="{}" viewBox="0 0 {} {}">{}{}<polyline class="q-curve-line" points="{}"/>{}'
        '<text x="{}" y="{}" text-anchor="middle">{}</text><text transform="rotate(-90 12 {mid})" x="12" y="{mid}"'
        ' text-anchor="middle">{}</text></svg>',
        label, WIDTH, HEIGHT, _grid_across(most), _grid_up(), line, _marks(marks, most), (LEFT + RIGHT) // 2, HEIGHT - 8,
        across, up, mid=(TOP + BOTTOM) // 2,
    )  # fmt: skip


def _x(value: float, most: float) -> float:
    return LEFT + (RIGHT - LEFT) * min(value / most, 1)


def _y(share: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * share


def ticks(most: float) -> list[float]:
    """Round numbers from 0 to `most`, about five."""
    power = 10 ** math.floor(math.log10(most / 5))
    step = next(one * power for one in STEPS if one * power >= most / 5)
    return [at * step for at in range(int(most / step + 1e-9) + 1)]


def _grid_across(most: float) -> SafeString:
    rows = [(f"{_x(tick, most):.1f}", TOP, BOTTOM, BOTTOM + 15, f"{tick:g}") for tick in ticks(most)]
    each = '<path class="q-curve-grid" d="M{0} {1}V{2}"/><text x="{0}" y="{3}" text-anchor="middle">{4}</text>'
    return format_html_join("", each, rows)


def _grid_up() -> SafeString:
    rows = [(LEFT, f"{_y(at / 4):.1f}", RIGHT, LEFT - 5, f"{_y(at / 4) + 4:.1f}", at * 25) for at in range(5)]
    each = '<path class="q-curve-grid" d="M{0} {1}H{2}"/><text x="{3}" y="{4}" text-anchor="end">{5}</text>'
    return format_html_join("", each, rows)


def _marks(marks: Sequence[tuple[str, float, float]], most: float) -> SafeString:
    """Each a dashed line from its point down, with its name above the field; a second name stands lower, so that none covers another."""
    rows = []
    for place, (text, x, y) in enumerate(marks):
        left = _x(x, most)
        anchor = "end" if left > (LEFT + RIGHT) / 2 else "start"
        rows.append((f"{left:.1f}", 16 + 14 * place, BOTTOM, f"{_y(y):.1f}", anchor, text))
    each = (
        '<path class="q-curve-mark" d="M{0} {1}V{2}"/><circle class="q-curve-dot" cx="{0}" cy="{3}" r="4"/>'
        '<text class="q-curve-name" x="{0}" y="{1}" dx="3" text-anchor="{4}">{5}</text>'
    )
    return format_html_join("", each, rows)
