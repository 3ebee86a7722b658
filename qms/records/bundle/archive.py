"""The bundle as a ZIP: records with everything that belongs to them, proofs, checkpoint, manifest, and the verifier at its top.

Two looks at the database: all content in one snapshot; then, when what that snapshot saw is sealed, the proofs.
"""

import base64
import hashlib
import itertools
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from qms.journal import anchoring, note, proofs
from qms.lib import canonical
from qms.lib.errors import NotNow
from qms.records import store

from . import content, report, seal

FORMAT = "qms-bundle/1"
EARLIER = timedelta(days=1)
SEALED_WITHIN = 30.0  # seconds
OLDEST = (1980, 1, 1, 0, 0, 0)  # of a ZIP member: no clock of this machine in the bytes
PIECE = 1_000
Told = Callable[[str, int], None]


@dataclass(frozen=True)
class Order:
    """Of which export (uid), who asked, why, and the language in which the records are printed ("en", "zh-hans")."""

    export: str
    name: str
    timezone: str
    purpose: str
    language: str
    at: datetime


@dataclass
class Archive:
    """Members are hashed on the way in; the manifest comes last."""

    zip: zipfile.ZipFile
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, name: str, data: bytes) -> None:
        self.files[name] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        self._write(name, data)

    def lines(self, name: str, lines: Iterable[str]) -> None:
        """Written as they come: memory does not grow with their number."""
        digest, size = hashlib.sha256(), 0
        with self.zip.open(_member(name), "w", force_zip64=True) as file:
            for piece in batched(lines, PIECE):
                data = "".join(f"{line}\n" for line in piece).encode()
                digest.update(data)
                size += file.write(data)
        self.files[name] = {"sha256": digest.hexdigest(), "size": size}

    def plain(self, name: str, value: Any) -> None:
        self.add(name, f"{canonical.dumps(value)}\n".encode())

    def manifest(self, value: dict[str, Any]) -> None:
        text = json.dumps({**value, "files": self.files}, ensure_ascii=False, indent=1, sort_keys=True)
        self._write("manifest.json", text.encode())

    def _write(self, name: str, data: bytes) -> None:
        self.zip.writestr(_member(name), data)


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, OLDEST)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    return member


def batched(lines: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(lines)
    while piece := list(itertools.islice(rest, size)):
        yield piece


@dataclass(frozen=True)
class Written:
    """A record whose content stands in the archive: its line of the manifest, and the entries to prove."""

    line: dict[str, Any]
    entries: list[int]


def write(file: IO[bytes], records: Iterable[Any], order: Order, *, told: Told = lambda number, done: None) -> int:
    """Writes the bundle and returns how many records it holds. `told(number, done)` before each record and when all are written.

    Raises NotNow while the sealer is behind, and proofs.Unprovable when the trail was altered.
    """
    with zipfile.ZipFile(file, "w") as zipped:
        archive = Archive(zipped)
        written = _contents(archive, records, order, told)
        checkpoint = _sealed(written)
        for one in written:
            _proofs(archive, one, checkpoint)
            told(one.line["number"], len(written))
        _trail(archive, checkpoint)
        _ending(archive, order, [one.line for one in written])
    return len(written)


def write_trail(file: IO[bytes], order: Order) -> int:
    """The whole trail as one bundle, every entry in its order; returns how many. Raises NotNow while nothing is sealed."""
    with zipfile.ZipFile(file, "w") as zipped:
        archive, checkpoint = Archive(zipped), proofs.newest()
        if checkpoint is None:
            raise NotNow(_("Nothing is sealed yet."), hint=_("Look whether the sealer runs (System health)."))
        archive.lines("trail.jsonl", proofs.texts(checkpoint))
        _trail(archive, checkpoint)
        _ending(archive, order, [])
    return checkpoint.size


def _ending(archive: Archive, order: Order, records: list[dict[str, Any]]) -> None:
    for part in sorted(proofs.OFFLINE.iterdir()):
        if part.is_file():
            archive.add(part.name, part.read_bytes())
    archive.manifest(_about(order) | {"records": records})


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Every query inside sees the same moment, however long it takes."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL transaction_timeout = 0")
        yield


def _contents(archive: Archive, records: Iterable[Any], order: Order, told: Told) -> list[Written]:
    done: list[Written] = []
    with one_snapshot():
        for record in records:
            told(record.number, len(done))
            done.append(_content(archive, content.read(record), order))
    told("", len(done))
    return done


def _content(archive: Archive, found: content.Content, order: Order) -> Written:
    folder, record = found.folder, found.record
    archive.lines(f"{folder}/entries.jsonl", (entry.payload for entry in found.entries))
    archive.lines(f"{folder}/rows.jsonl", (canonical.dumps(row) for row in found.rows))
    archive.lines(f"{folder}/history.jsonl", (canonical.dumps(line) for line in content.versions(found)))
    archive.plain(f"{folder}/counters.json", content.counters(found))
    archive.plain(f"{folder}/signatures.json", [content.signed(record, line) for line in found.signatures])
    archive.plain(f"{folder}/record.json", content.about(found))
    archive.plain(f"{folder}/attachments.json", [_attach(archive, folder, file) for file in found.attachments])
    archive.add(f"{folder}/report.pdf", seal.sealed(report.pdf(found, order)))
    line = {"entries": len(found.entries), "folder": folder, "number": record.number, "version": record.version}
    return Written(line | {"type": record._meta.label_lower}, [entry.pk for entry in found.entries])


def _attach(archive: Archive, folder: str, file: Any) -> dict[str, Any]:
    """Under a name of ours: what a file is called is data, never a path."""
    path = f"{folder}/attachments/{file.pk}-{file.sha256[:12]}{Path(file.name).suffix[:8]}"
    path = path if path.isascii() and path.isprintable() else f"{folder}/attachments/{file.pk}-{file.sha256[:12]}"
    if path not in archive.files:
        archive.add(path, store.original(file.sha256))
    return {"key": str(file.pk), "name": file.name, "path": path, "sha256": file.sha256, "size": file.size}


def _sealed(written: list[Written]) -> proofs.Checkpoint:
    entries = [entry for one in written for entry in one.entries]
    checkpoint = proofs.awaited(entries, seconds=SEALED_WITHIN)
    if checkpoint is None or proofs.are_unsealed(entries):
        raise NotNow(
            _("The newest entries are not sealed yet, so they cannot be proven."),
            hint=_("Look whether the sealer runs (System health), then ask for the export again."),
        )
    return checkpoint


def _proofs(archive: Archive, one: Written, checkpoint: proofs.Checkpoint) -> None:
    """In the order of entries.jsonl, a line each."""
    found = {each.entry: each for each in proofs.prove(one.entries, checkpoint)}
    lines = ({"leaf": found[pk].index, "path": [step.hex() for step in found[pk].path]} for pk in one.entries)
    archive.lines(f"{one.line['folder']}/proofs.jsonl", (canonical.dumps(line) for line in lines))


def _trail(archive: Archive, checkpoint: proofs.Checkpoint) -> None:
    archive.add("checkpoint.txt", checkpoint.note.encode())
    raw = note.private_key(settings.SEAL_KEY).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    archive.add("public-key.txt", base64.b64encode(raw) + b"\n")
    old = proofs.earlier(checkpoint, by=EARLIER)
    path = [step.hex() for step in checkpoint.tree.consistency(old.size)] if old else []
    archive.plain("consistency.json", [{"checkpoint": old.note, "path": path}] if old else [])

    if stamp := anchoring.newest_token(checkpoint.size):
        size = note.size(stamp["checkpoint"])
        assert size is not None  # it is one of our own seals
        path = [step.hex() for step in checkpoint.tree.consistency(size)]
        archive.plain("timestamp.json", {**stamp, "path": path})


def _about(order: Order) -> dict[str, Any]:
    at = canonical.instant(order.at)
    about = {"at": at, "by": order.name, "export": order.export, "format": FORMAT, "language": order.language}
    return about | {"purpose": order.purpose}
