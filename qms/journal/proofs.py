"""What an export takes along so that entries can be checked without this system: checkpoints and proofs (integrity.md §2.2)."""

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from . import tiles
from .merkle import Tree, included
from .verifying import IN_ORDER

OFFLINE = Path(__file__).parent / "offline"  # verify.py and what it needs: stands at the top of every bundle
SOON = 3.0  # the sealer works once a second


@dataclass(frozen=True)
class Checkpoint:
    """A sealed size of the trail. `note`: the C2SP signed note."""

    size: int
    root: bytes
    note: str
    sealed_at: datetime

    @property
    def tree(self) -> Tree:
        return Tree(self.size, tiles.read)


@dataclass(frozen=True)
class Proven:
    """An entry's stored text, its place in the trail and the path from its leaf to the checkpoint's root."""

    entry: int
    index: int
    payload: str
    path: list[bytes]


class Unprovable(RuntimeError):
    """The tree's stored nodes do not lead to the sealed root: something was altered. Nothing may leave."""


SEAL = "SELECT size, root, signed_note, sealed_at FROM journal_seal"
TEXTS = """
SELECT e.payload FROM journal_leaf l JOIN journal_entry e ON e.id = l.entry_id WHERE l.leaf_index < %s ORDER BY l.leaf_index"""
FOUND = """
SELECT l.entry_id, l.leaf_index, e.payload, l.leaf FROM journal_leaf l JOIN journal_entry e ON e.id = l.entry_id
WHERE l.entry_id = ANY(%s) AND l.leaf_index < %s ORDER BY l.leaf_index"""


def newest() -> Checkpoint | None:
    return _one(f"{SEAL} ORDER BY n DESC LIMIT 1")


def earlier(than: Checkpoint, *, by: timedelta) -> Checkpoint | None:
    """The newest checkpoint at least that much older; the very first one when the trail is younger."""
    old = _one(f"{SEAL} WHERE sealed_at <= %s ORDER BY n DESC LIMIT 1", [than.sealed_at - by])
    return old or _one(f"{SEAL} WHERE size < %s ORDER BY n LIMIT 1", [than.size])


def awaited(entries: Iterable[int], *, seconds: float = SOON) -> Checkpoint | None:
    """The newest checkpoint, once it holds all these entries or the time is over."""
    asked, until = list(entries), time.monotonic() + seconds
    while are_unsealed(asked) and time.monotonic() < until:
        time.sleep(0.1)
    return newest()


def are_unsealed(entries: list[int]) -> bool:
    """Whether one of them has no place in the trail yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) < %s FROM journal_leaf WHERE entry_id = ANY(%s)", [len(entries), entries])
        return bool(cursor.fetchone()[0])


def prove(entries: Iterable[int], checkpoint: Checkpoint) -> Iterator[Proven]:
    """In the order of the trail; entries behind the checkpoint are left out. Raises Unprovable."""
    tree = checkpoint.tree
    with connection.cursor() as cursor:
        cursor.execute(FOUND, [list(entries), checkpoint.size])
        rows = cursor.fetchall()
    for entry, index, payload, leaf in rows:
        path = tree.inclusion(index)
        if not included(bytes(leaf), index, checkpoint.size, path, checkpoint.root):
            raise Unprovable(f"entry {entry} (leaf {index}) does not lead to the sealed root of {checkpoint.size}")
        yield Proven(entry, index, payload, path)


def texts(checkpoint: Checkpoint) -> Iterator[str]:
    """Every entry of the trail in its order, as it is stored; streamed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_timeout = 0")
        for setting in IN_ORDER:
            cursor.execute(f"SET LOCAL {setting} = off")
        with connection.connection.cursor() as stream:
            for (payload,) in stream.stream(TEXTS, [checkpoint.size], size=2_000):
                yield payload


def check_bundle(place: Path) -> int:
    """Exit code of the verifier that every bundle carries; it speaks for itself."""
    return subprocess.run([sys.executable, OFFLINE / "verify.py", place], check=False).returncode


def _one(sql: str, values: list[Any] | None = None) -> Checkpoint | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row = cursor.fetchone()
    return Checkpoint(row[0], bytes(row[1]), row[2], row[3]) if row else None
