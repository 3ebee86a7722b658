"""Control charts drawn by the server: the same SVG in page, print, PDF and API (ux.md §2).

Presentation attributes only, so that it needs no style sheet; lines and texts take the colour of the text around them and suit
both themes. Points by hundreds are drawn as one line; those that broke a rule are always dots of their own.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

WIDTH, HEIGHT, HEAD, LEFT, RIGHT = 960, 200, 30, 12, 150  # of a panel; the names of the lines stand at the right
MOST_DOTS, ZONES = 300, (-2, -1, 1, 2)
RED = "#d63939"


@dataclass(frozen=True)
class Panel:
    """A statistic with its lines. `points` may begin later than the first place (a moving range needs two values): `first` counts
    from 0. `signals`: place from 0 → the rules that it broke. `sigma` 0 draws no zones. A line of one value is straight, one of a value
    for each point steps, and no zones stand beside it; one without a value is not drawn. A point that is not a number breaks the line.
    `link` and `hint` of a place are asked for those that are drawn as dots."""

    title: str
    points: Sequence[float]
    lower: Sequence[float]
    centre: Sequence[float]
    upper: Sequence[float]
    sigma: float
    signals: Mapping[int, Sequence[str]]
    link: Callable[[int], str]
    hint: Callable[[int], str]
    first: int = 0
    names: tuple[str, str, str] = ("LCL", "CL", "UCL")


def control(panels: Sequence[Panel], *, label: str, stretch: tuple[int, int] = (0, 0)) -> SafeString:
    """One below the other. `stretch`: the places (from 0, the last one excluded) that the limits come from, shaded."""
    places = max((one.first + len(one.points) for one in panels), default=1)
    step = (WIDTH - LEFT - RIGHT) / max(places - 1, 1)
    drawn = "".join(_panel(one, number, step, stretch) for number, one in enumerate(panels))
    tall = len(panels) * (HEIGHT + HEAD) + 10
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="q-chart" role="group" aria-label="{}" viewBox="0 0 {} {}"'
        ' width="{}" height="{}" font-family="system-ui, sans-serif" font-size="12" fill="none" stroke="currentColor">{}</svg>',
        label, WIDTH, tall, WIDTH, tall, SafeString(drawn),  # every text in it is escaped where it is put in
    )  # fmt: skip


def _panel(one: Panel, number: int, step: float, stretch: tuple[int, int]) -> str:
    top = number * (HEIGHT + HEAD) + HEAD
    seen = [value for value in (*one.lower, *one.upper, *one.points) if math.isfinite(value)] or [0.0]
    least, most = min(seen), max(seen)
    room = (most - least) * 0.06 or 1.0
    low, scale = least - room, HEIGHT / (most - least + 2 * room)

    def x(place: int) -> float:
        return round(LEFT + place * step, 1)

    def y(value: float) -> float:
        return round(top + HEIGHT - (value - low) * scale, 1)

    end = WIDTH - RIGHT
    first, last = stretch
    shade = (
        f'<rect x="{x(first)}" y="{top}" width="{max(x(last - 1) - x(first), 1)}" height="{HEIGHT}"'
        ' fill="currentColor" fill-opacity=".05" stroke="none"/>'
    )
    zones = [one.centre[0] + k * one.sigma for k in ZONES] if one.sigma and len(one.centre) == 1 else []
    faint = "".join(f'<path d="M{LEFT} {y(at)}H{end}" stroke-opacity=".3" stroke-dasharray="2 4"/>' for at in zones)
    parts = [
        f'<text x="{LEFT}" y="{top - 10}" fill="currentColor" stroke="none" font-size="13" font-weight="600">{escape(one.title)}</text>',
        shade if last > first else "",
        faint,
        _line(one.names[2], one.upper, one.first, x, y),
        _line(one.names[1], one.centre, one.first, x, y),
        _line(one.names[0], one.lower, one.first, x, y),
        *_stretches(one, x, y),
        *_dots(one, x, y),
    ]
    return "".join(parts)


def _stretches(one: Panel, x: Callable[[int], float], y: Callable[[float], float]) -> list[str]:
    """The points as lines, broken where there is none."""
    found: list[list[str]] = [[]]
    for at, value in enumerate(one.points):
        if math.isfinite(value):
            found[-1].append(f"{x(one.first + at)},{y(value)}")
        elif found[-1]:
            found.append([])
    return [f'<polyline stroke-width="1.2" points="{" ".join(each)}"/>' for each in found if each]


def _line(
    name: str, values: Sequence[float], first: int, x: Callable[[int], float], y: Callable[[float], float]
) -> str:
    """Straight over the whole width, or stepping to the value of each point."""
    if not values:
        return ""
    dashed = "" if name == "CL" else ' stroke-dasharray="6 3"'
    height = y(values[-1])
    steps = f"M{LEFT} {height}H{WIDTH - RIGHT}"
    if len(values) > 1:
        steps = f"M{x(first)} {y(values[0])}" + "".join(f"H{x(first + at)}V{y(one)}" for at, one in enumerate(values))
    return (
        f'<path d="{steps}" stroke-opacity=".7"{dashed}/>'
        f'<text x="{WIDTH - RIGHT + 8}" y="{height + 4}" fill="currentColor" stroke="none">{name} {values[-1]:.6g}</text>'
    )


def _dots(one: Panel, x: Callable[[int], float], y: Callable[[float], float]) -> list[str]:
    few = len(one.points) <= MOST_DOTS
    found = []
    for at, value in enumerate(one.points):
        place = one.first + at
        if not math.isfinite(value):
            continue
        rules = one.signals.get(place)
        if rules:
            found.append(_signal(one, place, x(place), y(value), ", ".join(rules)))
        elif few:
            hint = escape(one.hint(place))
            found.append(
                f'<a href="{escape(one.link(place))}" tabindex="-1" aria-label="{hint}"><circle cx="{x(place)}" cy="{y(value)}"'
                f' r="2.5" fill="currentColor" stroke="none"><title>{hint}</title></circle></a>'
            )
    return found


def _signal(one: Panel, place: int, x: float, y: float, rules: str) -> str:
    hint = escape(f"{one.hint(place)} ({rules})")
    return (
        f'<a href="{escape(one.link(place))}" aria-label="{hint}">'
        f'<circle cx="{x}" cy="{y}" r="4.5" fill="{RED}" stroke="none"><title>{hint}</title></circle></a>'
        f'<text aria-hidden="true" x="{x}" y="{y - 8}" text-anchor="middle" fill="currentColor" stroke="none" font-weight="600"'
        f' font-size="11">{escape(rules)}</text>'
    )
