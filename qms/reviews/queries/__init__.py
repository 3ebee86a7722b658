"""What the reviews' screens and rules need to know."""

from .closing import kinds, review_missing
from .scope import (
    MOST,
    Covered,
    acted,
    covered,
    entries,
    keys_of,
    name_of,
    offered,
    partial,
    people,
    record_of,
    refuses_step,
    sealed_size,
)

__all__ = [
    "MOST",
    "Covered",
    "acted",
    "covered",
    "entries",
    "keys_of",
    "kinds",
    "name_of",
    "offered",
    "partial",
    "people",
    "record_of",
    "refuses_step",
    "review_missing",
    "sealed_size",
]
