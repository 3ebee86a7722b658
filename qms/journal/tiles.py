"""Stored nodes of the tree, so that a proof reads a few hundred hashes instead of all leaves.

Derived from the leaves by the sealer and never trusted: a proof made of them is checked against the sealed root before it leaves.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from .merkle import SPAN, TIER, fold

LEAVES = "SELECT leaf FROM journal_leaf WHERE leaf_index >= %s AND leaf_index < %s ORDER BY leaf_index"
NODES = "SELECT hash FROM journal_node WHERE tier = %s AND place >= %s AND place < %s ORDER BY place"
STORE = "INSERT INTO journal_node (tier, place, hash) SELECT %s, * FROM unnest(%s::bigint[], %s::bytea[])"
PIECE = 64  # blocks made at a time when a tree that has none is caught up with


def read(tier: int, block: int) -> Sequence[bytes]:
    """A block of 256 neighbours; fewer at the right edge of the tree."""
    with connection.cursor() as cursor:
        return _read(cursor, tier, block * SPAN, (block + 1) * SPAN)


def _read(cursor: Any, tier: int, first: int, end: int) -> list[bytes]:
    cursor.execute(NODES if tier else LEAVES, [tier, first, end] if tier else [first, end])
    return [bytes(row[0]) for row in cursor.fetchall()]


def grow(cursor: Any, size: int) -> None:
    """Store every node that the first `size` leaves complete."""
    tier = 1
    while whole := size >> tier * TIER:
        cursor.execute("SELECT coalesce(max(place) + 1, 0) FROM journal_node WHERE tier = %s", [tier])
        for first in range(cursor.fetchone()[0], whole, PIECE):
            end = min(first + PIECE, whole)
            below = _read(cursor, tier - 1, first * SPAN, end * SPAN)
            made = [fold(below[i : i + SPAN]) for i in range(0, len(below), SPAN)]
            cursor.execute(STORE, [tier, list(range(first, end)), made])
        tier += 1
