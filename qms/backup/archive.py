"""The file: a plain TAR of parts, the last of them a list of their SHA-256. Written and read as a stream, memory stays flat.

Every byte of it is checked: parts by their hash, headers against those we would write, padding for being empty.
`tar -xf` and `sha256sum -c manifest.txt` do the same without this program.
"""

import hashlib
import io
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from django.utils.translation import gettext as _

from qms.lib.errors import Invalid

FORMAT = "qms-backup/1"
MANIFEST, ITS_HASH = "manifest.txt", "manifest.sha256"
BLOCK, PIECE = tarfile.BLOCKSIZE, 1 << 20


class Damaged(Invalid):
    """The file is not what was written. The message names the part."""

    def __init__(self, message: str) -> None:
        super().__init__(message, hint=_("Use another copy of this backup, or the backup before it."), code="damaged")


def header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    written = info.tobuf(tarfile.GNU_FORMAT)
    if len(written) != BLOCK:
        raise ValueError(f"the name {name} is too long for a part")
    return written


def padding(size: int) -> int:
    return -size % BLOCK


@dataclass
class Writer:
    out: IO[bytes]
    sha256: Any = field(default_factory=hashlib.sha256)  # of the whole file
    size: int = 0
    lines: IO[bytes] = field(default_factory=tempfile.TemporaryFile)

    def add(self, name: str, data: bytes) -> None:
        self.copy(name, len(data), io.BytesIO(data))

    def copy(self, name: str, size: int, source: Any) -> str:
        """One part from a stream of known length; returns its SHA-256."""
        digest, left = hashlib.sha256(), size
        self._put(header(name, size))
        while left and (data := source.read(min(PIECE, left))):
            digest.update(data)
            self._put(data)
            left -= len(data)
        if left or source.read(1):
            raise Invalid(_("%(name)s changed while it was copied.") % {"name": name}, hint=_("Make the backup again."))
        self._put(bytes(padding(size)))
        self.lines.write(f"{digest.hexdigest()}  {name}\n".encode())
        return digest.hexdigest()

    def close(self) -> None:
        """The list of parts, its own hash, and the end of the TAR."""
        lines, self.lines = self.lines, io.BytesIO()
        size = lines.tell()
        lines.seek(0)
        own = self.copy(MANIFEST, size, lines)
        self.add(ITS_HASH, f"{own}  {MANIFEST}\n".encode())
        self._put(bytes(2 * BLOCK))

    def _put(self, data: bytes) -> None:
        self.out.write(data)
        self.sha256.update(data)
        self.size += len(data)


@dataclass
class Part:
    name: str
    size: int
    file: IO[bytes]
    digest: Any = field(default_factory=hashlib.sha256)
    left: int = 0

    @property
    def section(self) -> str:
        return self.name.split("/")[0]

    def read(self, size: int = -1) -> bytes:
        """Raises Damaged where the file ends too early."""
        asked = self.left if size < 0 else min(size, self.left)
        data = self.file.read(asked)
        if len(data) < asked:
            raise Damaged(_("The backup ends in the middle of %(part)s.") % {"part": self.name})
        self.left -= asked
        self.digest.update(data)
        return data

    def pieces(self) -> Iterator[bytes]:
        while self.left:
            yield self.read(PIECE)

    def finish(self) -> str:
        """Its SHA-256, with everything read that was not asked for."""
        for _piece in self.pieces():
            pass
        return str(self.digest.hexdigest())


def parts(file: IO[bytes]) -> Iterator[Part]:
    """Every part in order; what stands behind the one before is read first. Raises Damaged."""
    before = _("the beginning")
    while (block := file.read(BLOCK)) != bytes(BLOCK):
        part = _opened(file, block, before)
        yield part
        part.finish()
        if file.read(padding(part.size)) != bytes(padding(part.size)):
            raise Damaged(_("The backup is damaged right behind %(part)s.") % {"part": part.name})
        before = part.name
    if file.read(BLOCK + 1) != bytes(BLOCK):
        raise Damaged(_("The backup is damaged right behind %(part)s.") % {"part": before})


def _opened(file: IO[bytes], block: bytes, before: str) -> Part:
    if len(block) < BLOCK:
        raise Damaged(_("The backup ends right behind %(part)s.") % {"part": before})
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        is_ours = header(info.name, info.size) == block
    except (tarfile.HeaderError, ValueError, OverflowError):
        is_ours = False
    if not is_ours:
        raise Damaged(_("The backup is damaged right behind %(part)s.") % {"part": before})
    return Part(info.name, info.size, file, left=info.size)


def checked(file: IO[bytes]) -> Iterator[Part]:
    """The same, compared with the manifest at the end: only when this is through, the file is what was written."""
    ended = ""
    with tempfile.TemporaryFile() as seen:
        for part in parts(file):
            if part.name not in (MANIFEST, ITS_HASH):
                yield part
                seen.write(f"{part.finish()}  {part.name}\n".encode())
            ended = _ended(part, seen, ended)
    if not ended.endswith(f"  {ITS_HASH}"):
        raise Damaged(_("The backup has no manifest: it was never finished."))


def _ended(part: Part, seen: IO[bytes], before: str) -> str:
    """Its line of the manifest; the manifest and the hash of it are held against what was read."""
    if part.name == MANIFEST:
        _compare(part, seen)
    elif part.name == ITS_HASH and part.read() != f"{before}\n".encode():
        raise Damaged(_("%(part)s of the backup is damaged.") % {"part": MANIFEST})
    return f"{part.finish()}  {part.name}"


def _compare(manifest: Part, seen: IO[bytes]) -> None:
    """Line by line; the first part that differs is named."""
    seen.seek(0)
    listed = _lines(manifest)
    for line in seen:
        wanted = next(listed, b"")
        if wanted != line:
            raise Damaged(_("%(part)s of the backup is missing or damaged.") % {"part": _name(wanted or line)})
    if missing := next(listed, b""):
        raise Damaged(_("%(part)s of the backup is missing or damaged.") % {"part": _name(missing)})


def _name(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\n")[66:]


def _lines(part: Part) -> Iterator[bytes]:
    rest = b""
    for piece in part.pieces():
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line + b"\n" for line in whole)
    if rest:
        yield rest
