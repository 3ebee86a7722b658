"""Where files lie: the original under the SHA-256 of its bytes, its small copies beside it under the same name."""

import hashlib
import re
import unicodedata

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from . import pictures

RECIPE = 1  # raised when derivatives are drawn in another way: the old ones stay, new ones are made


def plain_name(name: str) -> str:
    """What a file is called on screens and in downloads: one name, without folders, control signs or turned letters."""
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    stem, dot, ending = seen.strip(" .").rpartition(".")
    return f"{stem[:180]}{dot}{ending[:19]}" or "file"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def place(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def keep(content: bytes) -> str:
    sha256 = digest(content)
    if not default_storage.exists(place(sha256)):
        default_storage.save(place(sha256), ContentFile(content))
    return sha256


def original(sha256: str) -> bytes:
    with default_storage.open(place(sha256)) as file:
        return bytes(file.read())


def derived(sha256: str, size: str) -> bytes:
    """A small copy, drawn when it is first asked for. Raises Invalid when the original is no picture."""
    there = f"{place(sha256)}.{size}-{RECIPE}.jpg"
    if default_storage.exists(there):
        with default_storage.open(there) as file:
            return bytes(file.read())
    drawn = pictures.derivative(original(sha256), size)
    default_storage.save(there, ContentFile(drawn))
    return drawn
