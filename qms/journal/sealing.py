"""The sealer: gives committed entries their order and folds them into the tree, by transaction horizon (integrity.md D2).

One leader by advisory lock. Positions (`leaf_index`) never skip a late commit, which is why every feed reads them.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from . import note, tiles
from .heartbeat import beat
from .merkle import EMPTY, TIER, Range

LEADER_LOCK = 7_265_616_101
BATCH, PREPARE_SECONDS = 20_000, 3600
log = logging.getLogger(__name__)

LAST = "SELECT n, era, xid_to, size, root, frontier FROM journal_seal ORDER BY n DESC LIMIT 1"
WAITING = """
SELECT id, leaf, xid::text::bigint FROM journal_entry
WHERE era = %s AND xid >= %s::text::xid8 AND xid < %s::text::xid8 ORDER BY xid, id LIMIT %s"""
LEAVES = "INSERT INTO journal_leaf (leaf_index, entry_id, leaf) SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[])"
SEAL = """
INSERT INTO journal_seal (n, era, xid_from, xid_to, size, root, prev_root, frontier, signed_note)
VALUES (%s, %s, %s::text::xid8, %s::text::xid8, %s, %s, %s, %s, %s)"""


def lead() -> bool:
    """Become the one sealer of this cluster; the lock lives as long as the session."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LEADER_LOCK])
        return bool(cursor.fetchone()[0])


def prepare() -> None:
    """Start of a leader: notice a restored cluster, keep a partition ahead, store nodes that an older version did not."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT qms_check_era()")
        cursor.execute("SELECT qms_extend_journal()")
        cursor.execute("SELECT coalesce(max(size), 0) FROM journal_seal")
        tiles.grow(cursor, cursor.fetchone()[0])


def seal_once() -> int:
    """Seal what is committed below the horizon, at most BATCH entries of one era. Returns how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LAST)
        n, era, reached, size, root, frontier = cursor.fetchone() or (0, 1, "0", 0, EMPTY, b"")
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text, (SELECT max(era) FROM journal_era)")
        horizon, newest = cursor.fetchone()
        if era < newest:  # an older cluster's entries are all committed: seal the rest of them, then start the new era
            horizon = "18446744073709551615"
        cursor.execute(WAITING, [era, str(reached), horizon, BATCH])
        rows = cursor.fetchall()
        if not rows and era < newest:
            era, reached = era + 1, "0"
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
            horizon = cursor.fetchone()[0]
            cursor.execute(WAITING, [era, reached, horizon, BATCH])
            rows = cursor.fetchall()
        if not rows:
            return 0
        rows, upto = _whole_transactions(rows, int(horizon))
        _write(cursor, n + 1, era, str(reached), str(upto), Range(size, bytes(frontier)), bytes(root), rows)
        return len(rows)


def _whole_transactions(rows: list[tuple[Any, ...]], horizon: int) -> tuple[list[tuple[Any, ...]], int]:
    """A full batch may end inside a transaction: seal whole ones and begin the next batch at the cut one.

    One transaction larger than a batch is sealed in pieces by reading on within it.
    """
    if len(rows) < BATCH:
        return rows, horizon
    cut = rows[-1][2]
    whole = [row for row in rows if row[2] < cut]
    return (whole, cut) if whole else (_rest_of(cut), cut + 1)


def _rest_of(xid: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, leaf, xid::text::bigint FROM journal_entry WHERE era = (SELECT max(era) FROM journal_era)"
            " AND xid = %s::text::xid8 ORDER BY id",
            [str(xid)],
        )
        return cursor.fetchall()


def _write(
    cursor: Any, n: int, era: int, reached: str, upto: str, tree: Range, prev_root: bytes, rows: list[tuple[Any, ...]]
) -> None:
    start = tree.size
    leaves = [bytes(row[1]) for row in rows]
    cursor.execute(LEAVES, [list(range(start, start + len(rows))), [row[0] for row in rows], leaves])
    tree.extend(leaves)
    text = note.checkpoint(tree.size, tree.root)
    signed = note.sign(text, note.private_key(settings.SEAL_KEY)) if settings.SEAL_KEY else text
    cursor.execute(SEAL, [n, era, reached, upto, tree.size, tree.root, prev_root, tree.frontier, signed])
    if start >> TIER != tree.size >> TIER:
        tiles.grow(cursor, tree.size)


def run(*, every: float = 1.0, going: Callable[[], bool] = lambda: True) -> None:
    """Loop of the sealer daemon: leader or standby, one beat per round."""
    leading, prepared = False, float("-inf")
    while going():
        leading = leading or lead()
        if leading and time.monotonic() - prepared > PREPARE_SECONDS:
            prepare()
            prepared = time.monotonic()
        sealed = seal_once() if leading else 0
        beat("sealer" if leading else "sealer-standby", progress=leading, detail=str(sealed))
        if sealed < BATCH:
            time.sleep(every)
