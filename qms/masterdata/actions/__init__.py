"""What a person can do with the mirror: say what foreign names mean here, and how they are spelt."""

from .crosswalk import Part, enter, map_value, merge, split, undo, withdraw
from .matrix import MATRIX_STEPS, Said, decided, disagree, draft_matrix
from .spelling import activate_spelling, draft_spelling, retire_spelling

__all__ = [
    "MATRIX_STEPS",
    "Part",
    "Said",
    "activate_spelling",
    "decided",
    "disagree",
    "draft_matrix",
    "draft_spelling",
    "enter",
    "map_value",
    "merge",
    "retire_spelling",
    "split",
    "undo",
    "withdraw",
]
