"""Sample-size code letters: MIL-STD-105E (1989, public domain) Table I; ANSI/ASQ Z1.4-2003 Table I and ISO 2859-1 Table 1 have the same."""

from bisect import bisect_left

from ..errors import CalcError
from ..errors import gettext_noop as _

LEVELS = ("S-1", "S-2", "S-3", "S-4", "I", "II", "III")
# The largest lot of each row; the last row is open.
LARGEST = (8, 15, 25, 50, 90, 150, 280, 500, 1200, 3200, 10_000, 35_000, 150_000, 500_000)
ROWS = {
    "S-1": "AAAABBBBCCCCDDD",
    "S-2": "AAABBBCCCDDDEEE",
    "S-3": "AABBCCDDEEFFGGH",
    "S-4": "AABCCDEEFGGHJJK",
    "I": "AABCCDEFGHJKLMN",
    "II": "ABCDEFGHJKLMNPQ",
    "III": "BCDEFGHJKLMNPQR",
}


def check_lot(lot: int, *, least: int = 1) -> None:
    """`lot` in units; Table I begins at 2, a plan without a table at 1."""
    if isinstance(lot, bool) or not isinstance(lot, int):
        raise CalcError("lot_not_whole", _("The lot size %(lot)s is not a whole number of units."), lot=lot)
    if lot < least:
        raise CalcError(
            "lot_too_small", _("A lot of %(lot)s is too small: the table begins at %(least)s."), lot=lot, least=least
        )


def code_letter(lot: int, level: str = "II") -> str:
    """Raises CalcError lot_not_whole, lot_too_small, level_unknown."""
    check_lot(lot, least=2)
    if level not in ROWS:
        levels = ", ".join(LEVELS)
        raise CalcError(
            "level_unknown",
            _("There is no inspection level %(level)s; there are %(levels)s."),
            level=level,
            levels=levels,
        )
    return ROWS[level][bisect_left(LARGEST, lot)]
