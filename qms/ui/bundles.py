"""Our own styles and scripts, joined per shell when static files are looked up or collected: a page asks for few files.

Each script becomes a block, so that its names stay its own; scripts with `import` or `export` are not joined.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

BUNDLES = {
    "bundle/desk.css": ("qms", "components", "desk", "files", "interfaces", "office", "readings"),
    "bundle/desk.js": ("app", "palette", "mention", "bulk", "files", "interfaces", "readings", "away"),
    "bundle/floor.css": ("qms", "components", "floor"),
    "bundle/floor.js": ("app", "scan"),
}


def written(name: str) -> Path:
    """The joined file, made anew when one of its parts is younger."""
    kind = name.rpartition(".")[2]
    parts = [settings.BASE_DIR / "static" / kind / f"{part}.{kind}" for part in BUNDLES[name]]
    target = Path(settings.VAR, "bundles", name)
    if not target.exists() or target.stat().st_mtime_ns < max(part.stat().st_mtime_ns for part in parts):
        target.parent.mkdir(parents=True, exist_ok=True)
        texts = (part.read_text() for part in parts)
        target.write_text("\n".join(f"{{\n{text}}}" if kind == "js" else text for text in texts))
    return target


class Bundles(BaseFinder):
    """Offers the joined files beside those of the folders."""

    def find(self, path: str, find_all: bool = False, **more: Any) -> Any:
        if path not in BUNDLES:
            return []
        found = str(written(path))
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Storage]]:
        storage = FileSystemStorage(location=Path(settings.VAR, "bundles"))
        for name in BUNDLES:
            written(name)
            yield name, storage
