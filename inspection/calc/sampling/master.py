"""The master tables of MIL-STD-105E (Tables II-A to II-C, III-A to III-C), which ANSI/ASQ Z1.4-2003 prints with the same numbers.

They are built from their structure: along a diagonal (letter index + AQL index) the plan is the same. The reference files hold
each cell as it was read elsewhere; check_reference and the tests compare all of them. Reduced and double plans rest on one source
and this derivation. Reduced plans of ISO 2859-1 (Table 2-C) have other numbers and are not here: a licensed copy is needed.
"""

from dataclasses import dataclass
from decimal import Decimal

LETTERS = "ABCDEFGHJKLMNPQR"
# Row S has one cell: the arrows of tightened inspection at AQL 0.025 end there. No lot size leads to it.
ROW_S = "S"
COLUMNS = (
    "0.010 0.015 0.025 0.040 0.065 0.10 0.15 0.25 0.40 0.65 1.0 1.5 2.5 4.0 6.5 10 15 25 40 65 100 150 250 400 650 1000"
)
AQL_TEXTS = tuple(COLUMNS.split())
AQLS = tuple(Decimal(text) for text in AQL_TEXTS)
COLUMN = {aql: at for at, aql in enumerate(AQLS)}
SEVERITIES = ("normal", "tightened", "reduced")
SIZES = dict(
    zip(LETTERS + ROW_S, (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000, 3150), strict=True)
)
REDUCED_SIZES = dict(zip(LETTERS, (2, 2, 2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800), strict=True))
DOWN, UP = "down", "up"

Numbers = tuple[int, int]
Cell = Numbers | str


def _following(*accept: int) -> tuple[Numbers, ...]:
    return tuple((number, number + 1) for number in accept)


# Ac and Re along the diagonals that come after the arrows.
NORMAL = _following(1, 2, 3, 5, 7, 10, 14, 21, 30, 44)
TIGHTENED = _following(1, 2, 3, 5, 8, 12, 18, 27, 41)
REDUCED = ((0, 2), (1, 3), (1, 4), (2, 5), (3, 6), (5, 8), (7, 10), (10, 13), (14, 17), (21, 24))
REDUCED_B = ((0, 2), (1, 3), (2, 4), (3, 5), (5, 6), (7, 8), (10, 11), (14, 15), (21, 22), (30, 31))
# Letters A to E go two diagonals further than the others.
FAR, NEAR = 26, 24


@dataclass(frozen=True)
class Resolved:
    """What an arrow leads to; `path` begins with the letter that was asked."""

    letter: str
    n: int
    ac: int
    re: int
    path: tuple[str, ...]
    arrow: str


def size(letter: str, severity: str) -> int:
    return (REDUCED_SIZES if severity == "reduced" else SIZES)[letter]


def _diagonal(severity: str, letter: str) -> tuple[int, int, tuple[Numbers, ...]]:
    """Where Ac 0 stands, where the series begins, and the series."""
    if severity == "tightened":
        return 15, 18, TIGHTENED
    if severity == "normal" or letter == "A":
        return 14, 17, NORMAL
    return 14, 17, REDUCED_B if letter == "B" else REDUCED


def _cell(severity: str, row: int, column: int) -> Cell:
    letter, at = LETTERS[row], row + column
    zero, begin, series = _diagonal(severity, letter)
    if at < zero:
        return DOWN
    if at == zero:
        # Two units at AQL 10 tightened: the table prints no Ac 0 there.
        return DOWN if severity == "tightened" and row == 0 else (0, 1)
    if at < begin:
        return _between(severity, row, at - zero)
    return series[at - begin] if at <= (FAR if row <= LETTERS.index("E") else NEAR) else UP


def _between(severity: str, row: int, step: int) -> Cell:
    """Between the diagonals of Ac 0 and Ac 1: one arrow up (not tightened), then down; at the edges of the table the other way."""
    if row == len(LETTERS) - 1:
        return DOWN if severity == "tightened" and step == 2 else UP
    return UP if severity != "tightened" and step == 1 and row else DOWN


def _table(severity: str) -> dict[tuple[str, int], Cell]:
    cells = {(letter, c): _cell(severity, r, c) for r, letter in enumerate(LETTERS) for c in range(len(AQLS))}
    if severity == "tightened":
        cells |= {(ROW_S, c): (1, 2) if c == COLUMN[Decimal("0.025")] else UP for c in range(len(AQLS))}
    return cells


def _resolve(cells: dict[tuple[str, int], Cell], severity: str, letter: str, column: int) -> Resolved:
    rows = LETTERS + ROW_S
    first, path = cells[letter, column], [letter]
    arrow = first if isinstance(first, str) else ""
    found = first
    while isinstance(found, str):
        path.append(rows[rows.index(path[-1]) + (1 if arrow == DOWN else -1)])
        found = cells[path[-1], column]
        assert not isinstance(found, str) or found == arrow, "arrows of a column never meet"
    return Resolved(path[-1], size(path[-1], severity), *found, tuple(path) if arrow else (), arrow)


CELLS = {severity: _table(severity) for severity in SEVERITIES}
RESOLVED = {
    severity: {key: _resolve(cells, severity, *key) for key in cells if key[0] != ROW_S}
    for severity, cells in CELLS.items()
}

# Table III: the double plan of equal protection, by (Ac, Re) of the single one: Ac1, Re1, Ac2, Re2. Both samples are of the size
# of the letter before. Where the single plan has Ac 0 and Re 1, and for the smallest letters, the single plan is used.
DOUBLE = {
    "normal": dict(
        zip(
            NORMAL,
            (
                *(
                    (0, 2, 1, 2),
                    (0, 3, 3, 4),
                    (1, 4, 4, 5),
                    (2, 5, 6, 7),
                    (3, 7, 8, 9),
                    (5, 9, 12, 13),
                    (7, 11, 18, 19),
                ),
                *((11, 16, 26, 27), (17, 22, 37, 38), (25, 31, 56, 57)),
            ),
            strict=True,
        )
    ),
    "tightened": dict(
        zip(
            TIGHTENED,
            (
                *(
                    (0, 2, 1, 2),
                    (0, 3, 3, 4),
                    (1, 4, 4, 5),
                    (2, 5, 6, 7),
                    (3, 7, 11, 12),
                    (6, 10, 15, 16),
                    (9, 14, 23, 24),
                ),
                *((15, 20, 34, 35), (23, 29, 52, 53)),
            ),
            strict=True,
        )
    ),
    "reduced": dict(
        zip(
            REDUCED,
            (
                *((0, 2, 0, 2), (0, 3, 0, 4), (0, 4, 1, 5), (0, 4, 3, 6), (1, 5, 4, 7), (2, 7, 6, 9), (3, 8, 8, 12)),
                *((5, 10, 12, 16), (7, 12, 18, 22), (11, 17, 26, 30)),
            ),
            strict=True,
        )
    ),
}
SINGLE_ONLY = {"normal": "A", "tightened": "A", "reduced": "ABC"}


def double(severity: str, single: Resolved) -> tuple[int, int, int, int, int] | None:
    """n of each sample, Ac1, Re1, Ac2, Re2; None where the table says to use the single plan."""
    if (single.ac, single.re) == (0, 1) or single.letter in SINGLE_ONLY[severity]:
        return None
    before = (LETTERS + ROW_S)[(LETTERS + ROW_S).index(single.letter) - 1]
    return (size(before, severity), *DOUBLE[severity][single.ac, single.re])
