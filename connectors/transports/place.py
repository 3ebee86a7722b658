"""Where files lie: this machine's folder, or another one's by SFTP. Names never hold a slash; nothing outside the root is touched."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.conf import settings

from connectors.base import Permanent, Temporary

from .base import Bad


@dataclass(frozen=True)
class Entry:
    """`is_plain`: a file, neither a link nor a folder nor a pipe."""

    name: str
    size: int
    changed: int
    is_plain: bool
    is_folder: bool = False


class Place(Protocol):
    """Paths are relative, at most of the folders of the contract. Raises OSError, FileNotFoundError for what another one took."""

    def entries(self, folder: str) -> list[Entry]: ...

    def ensure(self, folder: str) -> None: ...

    def read(self, path: str, most: int) -> bytes:
        """Raises Bad for what is no plain file, or larger."""

    def move(self, old: str, new: str) -> None:
        """Never onto a file that is there (FileExistsError)."""

    def write(self, path: str, body: bytes) -> None:
        """Whole or not at all: under another name first."""

    def remove(self, path: str) -> None: ...


class Folder:
    """A folder of this machine, inside one of those that the plant opened (QMS_FOLDERS)."""

    def __init__(self, root: str) -> None:
        self.root = allowed(root)

    def path(self, relative: str) -> Path:
        """No link may stand in the way: neither ours nor one that somebody put in the place of a folder of ours."""
        found = self.root / relative
        if os.path.realpath(found.parent) != str(found.parent):
            raise Bad("link")
        return found

    def entries(self, folder: str) -> list[Entry]:
        found = []
        with os.scandir(self.path(f"{folder}/x" if folder else "x").parent) as listed:
            for one in listed:
                with contextlib.suppress(FileNotFoundError):
                    found.append(entry(one.name, one.stat(follow_symlinks=False)))
        return found

    def ensure(self, folder: str) -> None:
        self.path(folder).mkdir(parents=True, exist_ok=True)

    def read(self, path: str, most: int) -> bytes:
        try:
            handle = os.open(self.path(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as wrong:
            if wrong.errno == 40:  # ELOOP: a link
                raise Bad("link") from None
            raise
        with os.fdopen(handle, "rb") as file:
            held = os.fstat(handle)
            if not stat.S_ISREG(held.st_mode):
                raise Bad("link")
            if held.st_size > most:
                raise Bad("too_large", size=held.st_size, most=most)
            return file.read(most + 1)

    def move(self, old: str, new: str) -> None:
        source, target = self.path(old), self.path(new)
        if os.path.lexists(target):
            raise FileExistsError(new)
        os.rename(source, target)

    def write(self, path: str, body: bytes) -> None:
        target = self.path(path)
        part = target.with_name(target.name + ".part")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o664)
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(handle)
        os.replace(part, target)

    def remove(self, path: str) -> None:
        self.path(path).unlink(missing_ok=True)


def entry(name: str, held: os.stat_result) -> Entry:
    mode = held.st_mode
    return Entry(name, held.st_size, int(held.st_mtime), stat.S_ISREG(mode), stat.S_ISDIR(mode))


def allowed(root: str) -> Path:
    """The real path of the folder. Raises Permanent when it lies outside those that are opened, Temporary when it is away."""
    if not os.path.isabs(root):
        raise Permanent("folder", f"{root} is not an absolute path.")
    real = Path(os.path.realpath(root))
    roots = [Path(os.path.realpath(one)) for one in settings.FOLDERS]
    if not any(real == one or one in real.parents for one in roots):
        named = ", ".join(map(str, settings.FOLDERS)) or "none"
        raise Permanent(
            "folder", f"{root} lies outside the folders that are opened for interfaces ({named}; QMS_FOLDERS)."
        )
    if not real.is_dir():
        raise Temporary("folder", f"The folder {root} is not there.")
    return real


@contextlib.contextmanager
def opened(told: dict[str, str], secrets: dict[str, str]) -> Iterator[Folder]:
    yield Folder(told["folder"])
