"""Makes a backup while the plant works: database, trail and checkpoint of one moment, then the files, which only ever grow."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from qms import journal
from qms.lib.errors import Conflict

from . import about, dump, events, files
from .archive import Writer

SECTION = "database"


@dataclass(frozen=True)
class Taken:
    """`faults`: files that are missing or changed; everything else is in the backup."""

    about: about.About
    files: int
    faults: list[str]
    sha256: str
    size: int


def take(*, out: Path, by: Any) -> Taken:
    """Raises Conflict when the file is there already, NotNow when the database cannot be read."""
    with _new_file(out) as file:
        writer = Writer(file)
        taken = _written(writer)
    made = events.Made(taken.sha256, taken.size, taken.files, taken.about.size, taken.about.root)
    with journal.act(events.MADE, by=by) as act:
        act.record("backup", made)
    return taken


def _written(writer: Writer) -> Taken:
    with transaction.atomic():
        told = about.of_snapshot()
        writer.add("about.json", told.plain())
        writer.add("checkpoint.txt", told.checkpoint.encode())
        for number, piece in enumerate(dump.pieces(snapshot()), 1):
            writer.add(f"{SECTION}/{number:06}", piece)
        count, faults = files.write(writer)
    writer.add("faults.txt", "".join(f"{fault}\n" for fault in faults).encode())
    writer.close()
    return Taken(told, count, faults, writer.sha256.hexdigest(), writer.size)


def snapshot() -> str:
    """What another connection may look at too, as long as this transaction lasts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        return str(cursor.fetchone()[0])


@contextmanager
def _new_file(out: Path) -> Iterator[IO[bytes]]:
    """Mode 600, on disk, and under its name only when it is whole."""
    if out.exists():
        raise Conflict(_("%(file)s is there already.") % {"file": out}, hint=_("Choose a new name for each backup."))
    partial = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
