"""Points of a calibration as they are told: exact decimals as text, refused with their line."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from qms.lib.errors import Invalid
from qms.lib.quantity import parse, show

MOST_POINTS = 100


def points(given: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """[{"nominal", "tolerance", "found", "left"}] as decimals in plain text. Raises Invalid with the line.

    `left` empty: nothing was adjusted, the reading is the one as found.
    """
    rows = [_row(line, each, ("nominal", "tolerance", "found", "left")) for line, each in enumerate(given, 1)]
    return _some(rows)


def nominals(given: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """[{"nominal", "tolerance"}] of a plan. Raises Invalid with the line."""
    return _some([_row(line, each, ("nominal", "tolerance")) for line, each in enumerate(given, 1)])


def _some(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    if not 1 <= len(rows) <= MOST_POINTS:
        raise Invalid(
            _("A calibration has 1 to %(most)s points.") % {"most": MOST_POINTS},
            field="points",
            hint=_("Write one point a line."),
        )
    return rows


def _row(line: int, given: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    row = {}
    for name in names:
        text = given.get(name)
        if name == "left" and text in (None, ""):
            text = given.get("found")
        try:
            value = parse(text)
        except ValueError:
            raise Invalid(
                _("Point %(line)s: “%(text)s” is not a number of at most six decimal places.")
                % {"line": line, "text": "" if text is None else text},
                field="points",
                hint=_("Write the digits with a dot or a comma as the decimal sign."),
            ) from None
        if name == "tolerance" and value <= 0:
            raise Invalid(_("Point %(line)s: the permissible error is above zero.") % {"line": line}, field="points")
        row[name] = show(value)
    return row
