"""Is the trail intact? Bytes, order and roots of the tree, signatures, and every checkpoint that was kept outside; beside it the
rows (`replaying`), because a hash tree is blind to what was never written (core-path.md §4). Streaming: memory O(log n).
"""

import contextlib
import functools
import hashlib
import itertools
import json
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from psycopg.types.string import ByteaBinaryLoader

from . import anchoring, note, replaying
from .findings import Finding
from .merkle import EMPTY, Range

CHUNK = 2_000
# Both walks follow an index from end to end; a hash or a sort of wide rows would be written to disk first, and read again.
IN_ORDER = ("enable_hashjoin", "enable_sort", "enable_gathermerge", "jit")
Progress = Callable[[int, int], None]


@dataclass
class Report:
    """`found`: the breaks, the first one first, at most LIMIT; `problems`: the same in the active language."""

    entries: int = 0
    seals: int = 0
    rows: int = 0
    versions: int = 0
    checkpoints: int = 0
    root: str = ""
    found: list[Finding] = field(default_factory=list)

    LIMIT = 50

    def say(self, code: str, **values: Any) -> None:
        if len(self.found) < self.LIMIT:
            self.found.append(Finding(code, values))

    def plain(self) -> dict[str, Any]:
        """For another process; `of` reads it."""
        return {**vars(self), "found": [finding.plain() for finding in self.found]}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> "Report":
        return cls(**{**plain, "found": [Finding(**finding) for finding in plain["found"]]})

    @property
    def problems(self) -> list[str]:
        return [str(finding) for finding in self.found]

    @property
    def intact(self) -> bool:
        return not self.found


def verify(
    *, checkpoint: str = "", quick: bool = False, here: bool = False, progress: Progress | None = None
) -> Report:
    """Everything sealed, every regulated row and its versions, every checkpoint of the anchor directory.

    `checkpoint`: one more signed note that was kept outside. `quick`: versions are counted, not compared with their entries.
    `here`: inside the caller's transaction, seeing what it has not committed. `progress(done, all)` is told on the way.

    The tree is hashed here while the server compares the rows on a second connection that sees the same snapshot.
    """
    report = Report()
    kept = _kept(report, checkpoint)  # read before the snapshot: it may not know more than the trail
    if here:
        _in_order()
        _tree(report, kept, progress)
        rows = replaying.compare(Report(), quick=quick)
    else:
        with transaction.atomic(), ThreadPoolExecutor(1) as beside:
            _read_only()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_export_snapshot()")
                replayed = beside.submit(_rows, cursor.fetchone()[0], quick)
            _tree(report, kept, progress)
            rows = replayed.result()
    report.rows, report.versions = rows.rows, rows.versions
    report.found = [*report.found, *rows.found][: Report.LIMIT]
    return report


def _rows(snapshot: str, quick: bool) -> Report:
    """Every regulated row, in a thread and on a connection of its own."""
    try:
        with transaction.atomic():
            _read_only()
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SET TRANSACTION SNAPSHOT '{snapshot}'"
                )  # the server's own word; it takes no parameter here
            return replaying.compare(Report(), quick=quick)
    finally:
        connection.close()


def _read_only() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    _in_order()


def _in_order() -> None:
    with connection.cursor() as cursor:
        for setting in IN_ORDER:
            cursor.execute(f"SET LOCAL {setting} = off")


@dataclass(frozen=True)
class Kept:
    """A checkpoint that was kept outside: where, and what it says."""

    name: str
    size: int
    note: str


def _kept(report: Report, checkpoint: str) -> deque[Kept]:
    """In the order of their sizes. Whether they are signed is asked when they are reached: most say what our own seal says."""
    found = []
    for name, text in itertools.chain(anchoring.kept(), [("--checkpoint", checkpoint)] if checkpoint else ()):
        size = note.size(text)
        if size is None:
            report.say("checkpoint_unreadable", name=name)
        else:
            found.append(Kept(name, size, text))
    return deque(sorted(found, key=lambda kept: kept.size))


def _tree(report: Report, kept: deque[Kept], progress: Progress | None) -> None:
    """Walk entries in leaf order beside the seals; each seal's root must come out of the bytes, and each kept checkpoint's."""
    seals = _seals()
    with contextlib.closing(_leaves(report)) as leaves:  # an open stream would keep the connection from everybody else
        tree = _climbed(report, seals, leaves, kept, progress)
        if tree is None:
            return
        report.root = tree.root.hex()
        for ahead in kept:
            report.say("checkpoint_ahead", name=ahead.name, size=ahead.size, entries=tree.size)
        if next(leaves, None) is not None:
            report.say("leaves_behind")


def _climbed(
    report: Report, seals: list[Any], leaves: Iterator[bytes], kept: deque[Kept], progress: Progress | None
) -> Range | None:
    """The tree up to the last seal; None when one of the roots is another."""
    tree, previous, keys = Range(), EMPTY, note.trusted()
    for n, size, root, prev_root, frontier, signed in seals:
        report.seals += 1
        while kept and kept[0].size <= size:
            tree.extend(itertools.islice(leaves, max(0, kept[0].size - tree.size)))
            _compare(report, kept.popleft(), tree, signed, keys)
        tree.extend(itertools.islice(leaves, max(0, size - tree.size)))
        if tree.size != size or tree.root != bytes(root):
            report.say("seal_root", n=n, size=size)
            deque(leaves, maxlen=0)  # every later root is another one too; the rest is read for what else was changed
            return None
        if bytes(prev_root) != previous or n != report.seals:
            report.say("seal_order", n=n)
        if tree.frontier != bytes(frontier):
            report.say("seal_frontier", n=n)
        _check_note(report, n, tree, signed, keys)
        previous = bytes(root)
        if progress:
            progress(tree.size, seals[-1][1])
    return tree


def _compare(report: Report, kept: Kept, tree: Range, signed: str, keys: list[Any]) -> None:
    """The root at this very size, which may lie between two seals."""
    report.checkpoints += 1
    if kept.note == signed and tree.size == kept.size:
        return  # what our own seal says, which is checked next
    if note.signer(kept.note, keys) is None:
        report.say("checkpoint_foreign", name=kept.name, size=kept.size, keys=note.key_words(kept.note))
    elif tree.size != kept.size or not kept.note.startswith(note.checkpoint(tree.size, tree.root)):
        report.say("checkpoint_root", name=kept.name, size=kept.size)


def _check_note(report: Report, n: int, tree: Range, signed: str, keys: list[Any]) -> None:
    if not signed.startswith(note.checkpoint(tree.size, tree.root)):
        report.say("seal_note", n=n)
    elif keys and note.signer(signed, keys) is None:
        report.say("seal_foreign", n=n, keys=note.key_words(signed))


def _seals() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT n, size, root, prev_root, frontier, signed_note FROM journal_seal ORDER BY n")
        return list(cursor.fetchall())


LEAVES = """
SELECT l.leaf_index, l.leaf, e.id, e.payload, e.leaf = l.leaf, e.kind, e.act_id::text, e.actor_id, e.object_type, e.object_key,
    e.object_seq, e.event, e.ts, e.schema_version, e.site
FROM journal_leaf l LEFT JOIN journal_entry e ON e.id = l.entry_id ORDER BY l.leaf_index"""


def _leaves(report: Report) -> Generator[bytes]:
    """Recomputed leaf hashes in order. Says where bytes, stored leaf or the columns beside the payload differ."""
    sha256, expected = hashlib.sha256, 0
    for index, sealed, entry_id, payload, stored, kind, *columns in _chunks():
        if index != expected:
            report.say("leaf_missing", index=expected)
        expected += 1
        if entry_id is None:
            report.say("entry_gone", index=index)
            yield sealed
            continue
        leaf = sha256(b"\x00" + payload).digest()
        if leaf != sealed or not stored:
            report.say("entry_text", entry=entry_id, index=index)
        elif not (_row_agrees if kind == b"row" else _act_agrees)(payload, *columns):
            report.say("entry_columns", entry=entry_id, index=index)
        yield leaf
    report.entries = expected


# The columns stand in the text as they were written: its members are in alphabetical order (canonical JSON).
def _row_agrees(
    payload: bytes,
    act: bytes,
    actor: bytes,
    kind: bytes,
    key: bytes,
    seq: int,
    event: bytes,
    ts: datetime,
    v: bytes,
    site: Any,
) -> bool:
    head = b'{"act":"%b","actor":"%b","key":"%b","kind":"row","new":' % (act, _text(actor), _text(key))
    tail = b',"op":"%b","schema":"%b","seq":%d,"ts":"%b"}' % (event.rpartition(b".")[2], v, seq, _utc(ts))
    home = b'"site_id":%d' % site if site is not None else b'"site_id":null' if b'"site_id":' in payload else b""
    return (
        payload.startswith(head)
        and payload.endswith(tail)
        and home in payload
        and b',"object":"%b","old":' % kind in payload
    )


def _act_agrees(
    payload: bytes,
    act: bytes,
    actor: bytes,
    kind: bytes,
    key: bytes,
    seq: int,
    event: bytes,
    ts: datetime,
    v: bytes,
    site: Any,
) -> bool:
    place = b"null" if site is None else b"%d" % site
    return (
        payload.startswith(b'{"act":"%b","data":' % act)
        and b',"event":"%b","key":"%b","kind":"act","label":' % (event, _text(key)) in payload
        and b',"object":"%b","reason":' % kind in payload
        and b',"seq":%d,"site":%b,"source":' % (seq, place) in payload
        and b',"ts":"%b","v":%b,"who":{"id":"%b",' % (_utc(ts), v, _text(actor)) in payload
    )


def _utc(at: datetime) -> bytes:
    """As qms_utc writes it; the connection's zone is UTC."""
    return at.isoformat(timespec="microseconds").encode()[:26] + b"Z"


def _text(value: bytes) -> bytes:
    return value if value.isalnum() else _escaped(value)


@functools.lru_cache(maxsize=4096)
def _escaped(value: bytes) -> bytes:
    return json.dumps(value.decode(), ensure_ascii=False)[1:-1].encode()


def _chunks() -> Iterator[tuple[Any, ...]]:
    """All leaves in order, in binary and text as bytes, made by the server while the ones before are hashed here."""
    with connection.connection.cursor() as cursor:
        cursor.adapters.register_loader("text", ByteaBinaryLoader)
        yield from cursor.stream(LEAVES, binary=True, size=CHUNK)
