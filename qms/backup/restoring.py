"""Reads a backup: whole and without writing (`check`), or into an empty database (`restore`), which then begins a new era of its trail."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from connectors.actions import interfaces
from connectors.outbox import subscriptions
from qms import journal
from qms.journal import note, verifying
from qms.journal.models import Seal
from qms.lib.errors import Conflict, Invalid

from . import about, dump, events, files, taking
from .archive import Part, checked

LEAP = 1_000  # numbers left out of every series: those given after the backup are on labels and in the ERP already
JOINED = re.compile(r"\.\d{4}_squashed_\d{4}_")
OCCUPIED = """
SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S', 'v', 'm')
AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = pg_class.oid AND d.deptype = 'e')"""
SERIES = """
SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'S' AND c.relnamespace = 'public'::regnamespace
AND c.relname ~ '^number_.*_[0-9]{2}$' AND right(c.relname, 2) <= to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YY')"""
ON = "SELECT setval(%s::regclass, (CASE WHEN is_called THEN last_value ELSE 0 END) + %s) FROM "


@dataclass(frozen=True)
class Checked:
    """A backup that was read whole. `faults` were there when it was made."""

    about: about.About
    parts: int
    files: int
    faults: list[str]


@dataclass
class Restored:
    """`root`: of the restored trail at the size of the checkpoint. `verified`: of the trail as it stands now, held against that."""

    about: about.About
    era: int = 0
    root: str = ""
    files: int = 0
    paused: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    verified: verifying.Report = field(default_factory=verifying.Report)

    @property
    def is_the_same(self) -> bool:
        """Verified, and the tree at the size of the checkpoint has the root that the backup says."""
        return self.verified.intact and self.root == self.about.root


def check(*, source: Path) -> Checked:
    """Every byte, without writing. Raises Damaged with the part named, Invalid for what is no backup."""
    told, parts, count, faults = None, 0, 0, b""
    with source.open("rb") as file:
        for part in checked(file):
            parts += 1
            count += part.section == files.SECTION
            if part.name == "about.json":
                told = _told(part)
            elif part.name == "faults.txt":
                faults = part.read()
    if told is None:
        raise _strange()
    return Checked(told, parts, count, faults.decode().splitlines())


def _told(part: Part) -> about.About:
    try:
        return about.read(part.read())
    except (ValueError, TypeError, KeyError) as wrong:
        raise _strange() from wrong


def _strange() -> Invalid:
    return Invalid(
        _("This is no backup that this version reads."), hint=_("It is made by: manage.py backup --out FILE")
    )


def restore(*, source: Path, by: Any, leap: int = LEAP) -> Restored:
    """Raises Refusal before anything is written, when the file, the keys, the version or the database do not allow it."""
    told = check(source=source).about
    check_version(told)
    _check_keys(told)
    _check_empty()
    done = Restored(told)
    with source.open("rb") as file:
        _pour(file, done)
    _compare(told)
    done.root = root_of(told.size)
    done.era = begin_era()
    call_command(
        "migrate", interactive=False, verbosity=0
    )  # triggers, laws and grants; and what is newer than the backup
    _leap(leap)
    with journal.act(events.RESTORED, by=by) as act:
        act.record("backup", events.Restored(told.at, told.size, told.root, done.era, leap))
        done.paused = _pause_all(by)
    done.verified = verifying.verify(checkpoint=told.checkpoint)
    return done


def check_version(told: about.About) -> None:
    """Steps that were joined leave their joint name behind when they are joined anew; each step's own name is recorded beside it."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if newer := [name for name in told.migrations if name not in known and not JOINED.search(name)]:
        raise Conflict(
            _("The backup was made by version %(version)s, which knows more than this one (%(first)s).")
            % {"version": told.product, "first": newer[0]},
            hint=_("Install that version, or a newer one, and restore with it."),
        )


def _check_keys(told: about.About) -> None:
    """With another seal key every old seal would look forged; without the field keys no interface could sign in."""
    hint = _("Put the keys of the backed up plant in place first: manage.py restore --keys FILE")
    if told.checkpoint and not (
        settings.SEAL_KEY and note.verify(told.checkpoint, note.private_key(settings.SEAL_KEY).public_key())
    ):
        raise Conflict(_("The trail in this backup was sealed with another QMS_SEAL_KEY."), hint=hint)
    if missing := set(told.field_keys) - set(about.fingerprints()):
        raise Conflict(
            _("%(count)s of the keys of the backed up plant are missing in QMS_FIELD_KEYS.") % {"count": len(missing)},
            hint=hint,
        )


def _check_empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(OCCUPIED)
        tables = cursor.fetchone()[0]
        cursor.execute("SELECT current_database(), current_user")
        database, owner = cursor.fetchone()
    if tables:
        raise Conflict(
            _("The database %(name)s is not empty: a restore never writes over anything.") % {"name": database},
            hint=_("Make a new one (CREATE DATABASE … OWNER %(owner)s), or set QMS_VAR to a new folder.")
            % {"owner": owner},
        )


def _pour(file: IO[bytes], done: Restored) -> None:
    """The database in one transaction, then the files."""
    for section, parts in groupby(checked(file), key=lambda part: part.section):
        if section == taking.SECTION:
            _load(parts)
        elif section == files.SECTION:
            _put_back(parts, done)


def _load(parts: Iterator[Part]) -> None:
    connection.close()
    with dump.loading() as database:
        for piece in _pieces(parts):
            database.write(piece)


def _put_back(parts: Iterator[Part], done: Restored) -> None:
    for part in parts:
        done.files += 1
        if not files.put_back(part):
            done.changed.append(part.name)


def _pieces(parts: Iterator[Part]) -> Iterator[bytes]:
    for part in parts:
        yield from part.pieces()


def _compare(told: about.About) -> None:
    """As many rows in every table as the snapshot had."""
    found = about.rows()
    if differ := [name for name, count in told.rows.items() if found.get(name) != count]:
        raise Conflict(
            _("These tables do not have as many rows as the backup says: %(tables)s.") % {"tables": ", ".join(differ)},
            hint=_("Drop this database and restore again; tell the maintainers."),
        )


def root_of(size: int) -> str:
    """As the restored seal says; `verify` then folds it anew from the bytes of the entries."""
    seal = Seal.objects.filter(size=size).first()
    return bytes(seal.root).hex() if seal else ""


def begin_era() -> int:
    """Before anything is written here: transaction ids of this cluster may be lower than those of the old one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT qms_check_era()")
        return int(cursor.fetchone()[0])


def _pause_all(by: Any) -> list[str]:
    """A copy that was restored to practise must not speak to the plant's ERP; the real one speaks when a person has looked."""
    reason = "restored from a backup"
    stopped: list[Any] = [*interfaces.pause_all(by=by, reason=reason), *subscriptions.pause_all(by=by, reason=reason)]
    return [row.name for row in stopped]


def _leap(by: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SERIES)
        for (name,) in cursor.fetchall():
            cursor.execute(ON + name, [name, by])
