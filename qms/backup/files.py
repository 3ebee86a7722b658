"""The stored files: originals under their SHA-256, and what rooms keep in folders of their own.

Left out: exports, which expire and can be made again, and small copies of pictures, which are drawn when they are asked for.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from qms.lib.errors import Conflict
from qms.records import store
from qms.records.models import Attachment

from .archive import Part, Writer

SECTION = "files"
LEFT_OUT = ("exports",)
OF_ORIGINALS, ORIGINAL = re.compile(r"[0-9a-f]{2}"), re.compile(r"[0-9a-f]{2}/([0-9a-f]{64})")


def write(writer: Writer) -> tuple[int, list[str]]:
    """Every file; returns how many, and what is wrong with some: a backup is made all the same, and says it."""
    count, faults = 0, []
    for place in places():
        with default_storage.open(place) as file:
            found = writer.copy(f"{SECTION}/{place}", file.size, file)
        count += 1
        if found != named(place, found):
            faults.append(f"changed {place}")
    return count, faults + list(missing())


def places() -> Iterator[str]:
    """Folder by folder, in order."""
    try:
        folders, _files = default_storage.listdir("")
    except FileNotFoundError:
        return
    for folder in sorted(set(folders) - set(LEFT_OUT)):
        found = _below(folder)
        yield from filter(ORIGINAL.fullmatch, found) if OF_ORIGINALS.fullmatch(folder) else found


def _below(folder: str) -> Iterator[str]:
    folders, files = default_storage.listdir(folder)
    yield from (f"{folder}/{name}" for name in sorted(files))
    for name in sorted(folders):
        yield from _below(f"{folder}/{name}")


def missing() -> Iterator[str]:
    """Attachments whose row is there and whose file is not."""
    rows = Attachment.objects.order_by("sha256").values_list("sha256", flat=True).distinct()
    for sha256 in rows.iterator(chunk_size=1_000):
        if not default_storage.exists(store.place(sha256)):
            yield f"missing {store.place(sha256)}"


def named(place: str, otherwise: str) -> str:
    """The SHA-256 that an original's name promises."""
    match = ORIGINAL.fullmatch(place)
    return match[1] if match else otherwise


def put_back(part: Part) -> bool:
    """Into the storage, and read again there: what counts is what arrived. False: its name promises another hash.

    An original that is there and whole already stays.
    """
    place = part.name.removeprefix(f"{SECTION}/")
    if default_storage.exists(place):
        if digest(place) == named(place, ""):
            return True
        default_storage.delete(place)
    source: Any = part
    if default_storage.save(place, File(source, name=place)) != place or digest(place) != part.finish():
        raise Conflict(
            _("The file %(place)s could not be restored.") % {"place": place},
            hint=_("Look whether something else writes there, and whether there is room."),
        )
    return part.finish() == named(place, part.finish())


def digest(place: str) -> str:
    with default_storage.open(place) as file:
        return hashlib.file_digest(file.file, "sha256").hexdigest()  # type: ignore[arg-type]
