"""What the points of a calibration say together, and when the next one is due. Decimals come as text and are compared exactly."""

import calendar
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal


def is_off(point: Mapping[str, str], name: str) -> bool:
    """Whether the reading `found` or `left` differs from the nominal by more than the permissible error."""
    return abs(Decimal(point[name]) - Decimal(point["nominal"])) > Decimal(point["tolerance"])


def judge(rows: Iterable[Mapping[str, str]]) -> tuple[str, bool]:
    """(result, out of tolerance as found)."""
    rows = list(rows)
    out = any(is_off(row, "found") for row in rows)
    if any(is_off(row, "left") for row in rows):
        return "failed", out
    adjusted = any(Decimal(row["found"]) != Decimal(row["left"]) for row in rows)
    return ("adjusted" if adjusted else "passed"), out


def due(performed: date, months: int) -> date:
    """The same day so many months later, or the last day of that month."""
    year, month = divmod(performed.year * 12 + performed.month - 1 + months, 12)
    return date(year, month + 1, min(performed.day, calendar.monthrange(year, month + 1)[1]))
