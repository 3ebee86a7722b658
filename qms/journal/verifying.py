"""Is the trail intact? Bytes, order and roots of the tree; then rows against their history and their entries, both ways.

A hash tree is blind to what was never written (core-path.md §4), hence the second half. Streaming: memory O(log n).
"""

import hashlib
import itertools
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from psycopg.types.string import ByteaBinaryLoader

from . import note
from .merkle import EMPTY, Range
from .trail import regulated_models

CHUNK = 2_000
# Both walks follow an index from end to end; a hash or a sort of wide rows would be written to disk first, and read again.
IN_ORDER = ("enable_hashjoin", "enable_sort", "enable_gathermerge", "jit")


@dataclass
class Report:
    """`first` is the first break in words; `problems` all of them, at most LIMIT."""

    entries: int = 0
    seals: int = 0
    rows: int = 0
    problems: list[str] = field(default_factory=list)

    LIMIT = 50

    def say(self, text: str) -> None:
        if len(self.problems) < self.LIMIT:
            self.problems.append(text)

    @property
    def intact(self) -> bool:
        return not self.problems


def verify(*, checkpoint: str = "") -> Report:
    """Everything sealed, and every regulated row. `checkpoint`: a signed note kept outside, which must be on our way.

    The tree is hashed here while the server compares the rows on a second connection that sees the same snapshot.
    """
    report = Report()
    with transaction.atomic(), ThreadPoolExecutor(1) as beside:
        _read_only()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_export_snapshot()")
            replayed = beside.submit(_rows, cursor.fetchone()[0])
        _tree(report, _kept(checkpoint))
        rows = replayed.result()
    report.rows = rows.rows
    for problem in rows.problems:
        report.say(problem)
    return report


def _rows(snapshot: str) -> Report:
    """Every regulated row, in a thread and on a connection of its own."""
    report = Report()
    try:
        with transaction.atomic():
            _read_only()
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SET TRANSACTION SNAPSHOT '{snapshot}'"
                )  # the server's own word; it takes no parameter here
            entries = _entries()
            for model in regulated_models():
                _replay(report, model, entries.get(model._meta.label_lower, 0))
    finally:
        connection.close()
    return report


def _read_only() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for setting in IN_ORDER:
            cursor.execute(f"SET LOCAL {setting} = off")


def _kept(checkpoint: str) -> tuple[int, str] | None:
    if not checkpoint:
        return None
    lines = checkpoint.splitlines()
    return int(lines[1]), lines[2]


def _tree(report: Report, kept: tuple[int, str] | None) -> None:
    """Walk entries in leaf order beside the seals; each seal's root must come out of the bytes."""
    tree, previous = Range(), EMPTY
    leaves = _leaves(report)
    for n, size, root, prev_root, signed in _seals():
        report.seals += 1
        tree.extend(itertools.islice(leaves, size - tree.size))
        if tree.size != size or tree.root != bytes(root):
            report.say(f"seal {n}: the root of its {size} entries is another one")
            return
        if bytes(prev_root) != previous:
            report.say(f"seal {n}: does not follow the seal before it")
        _check_note(report, n, size, bytes(root), signed)
        if kept and kept[0] == size and kept[1] != note.checkpoint(size, bytes(root)).splitlines()[2]:
            report.say(f"seal {n}: the checkpoint kept outside says another root for {size} entries")
        previous = bytes(root)
    if kept and kept[0] > tree.size:
        report.say(f"the checkpoint kept outside knows {kept[0]} entries, the trail has {tree.size}")
    if next(leaves, None) is not None:
        report.say("there are leaves behind the last seal")


def _check_note(report: Report, n: int, size: int, root: bytes, signed: str) -> None:
    if not signed.startswith(note.checkpoint(size, root)):
        report.say(f"seal {n}: its note says something else")
    elif settings.SEAL_KEY and not note.verify(signed, note.private_key(settings.SEAL_KEY).public_key()):
        report.say(f"seal {n}: its note is not signed by our key")


def _seals() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT n, size, root, prev_root, signed_note FROM journal_seal ORDER BY n")
        return list(cursor.fetchall())


LEAVES = """
SELECT l.leaf_index, l.leaf, e.id, e.payload, e.leaf = l.leaf, e.act_id::text, e.object_type, e.object_key, e.object_seq
FROM journal_leaf l LEFT JOIN journal_entry e ON e.id = l.entry_id ORDER BY l.leaf_index"""


def _leaves(report: Report) -> Iterator[bytes]:
    """Recomputed leaf hashes in order. Says where bytes, stored leaf or the columns beside the payload differ."""
    sha256, expected = hashlib.sha256, 0
    for index, sealed, entry_id, payload, stored, *columns in _chunks():
        if index != expected:
            report.say(f"leaf {expected} is missing")
        expected += 1
        if entry_id is None:
            report.say(f"leaf {index}: its entry is gone")
            yield sealed
            continue
        leaf = sha256(b"\x00" + payload).digest()
        if leaf != sealed or not stored:
            report.say(f"entry {entry_id} (leaf {index}): its text was changed after it was written")
        elif not _agree(payload, *columns):
            report.say(f"entry {entry_id} (leaf {index}): its columns say something else than its sealed text")
        yield leaf
    report.entries = expected


def _agree(payload: bytes, act: bytes, kind: bytes, key: bytes, seq: int) -> bool:
    """The columns stand in the text as they were written: its members are in alphabetical order (canonical JSON)."""
    plain = key if key.isalnum() else json.dumps(key.decode(), ensure_ascii=False)[1:-1].encode()
    return (
        payload.startswith(b'{"act":"%b",' % act)
        and b',"key":"%b","kind":' % plain in payload
        and b'"object":"%b"' % kind in payload
        and b',"seq":%d,' % seq in payload
    )


def _chunks() -> Iterator[tuple[Any, ...]]:
    """All leaves in order, in binary and text as bytes, made by the server while the ones before are hashed here."""
    with connection.connection.cursor() as cursor:
        cursor.adapters.register_loader("text", ByteaBinaryLoader)
        yield from cursor.stream(LEAVES, binary=True, size=CHUNK)


def _entries() -> dict[str, int]:
    """Row entries per table, in one pass."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT object_type, count(*) FROM journal_entry WHERE kind = 'row' GROUP BY 1")
        return dict(cursor.fetchall())


def _replay(report: Report, model: Any, entries: int) -> None:
    """Row = last history row, and as many historical rows as entries; counted both ways."""
    table, history = model._meta.db_table, model.history.model._meta.db_table
    kept = [f.column for f in model._meta.concrete_fields if f.name not in {*model.trail_omit, *model.trail_commit}]
    differs = " OR ".join(f't."{c}" IS DISTINCT FROM h."{c}"' for c in kept)
    sql = f"""
        WITH last AS (SELECT DISTINCT ON (id) * FROM {history} ORDER BY id, history_id DESC)
        SELECT count(t.id),
               count(*) FILTER (WHERE t.id IS NOT NULL AND (h.id IS NULL OR h.history_type = '-' OR {differs})),
               count(*) FILTER (WHERE t.id IS NULL AND h.history_type <> '-'),
               (SELECT count(*) FROM {history})
        FROM {table} t FULL JOIN last h ON h.id = t.id"""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows, changed, gone, versions = cursor.fetchone()
    report.rows += rows
    if changed:
        report.say(f"{table}: {changed} rows are not what their history says")
    if gone:
        report.say(f"{table}: {gone} rows vanished without a trace")
    if versions != entries:
        report.say(f"{table}: {versions} historical rows, but {entries} entries in the trail")
