"""Which pages are generated, and whether the ones on disk are those of the code."""

from pathlib import Path

from django.conf import settings
from django.utils import translation

from . import api, events, permissions, promises, states, traceability, validation

PAGES = {
    "states": states.render,
    "events": events.render,
    "permissions": permissions.render,
    "api": api.render,
    "traceability": traceability.render,
}


def folder() -> Path:
    return Path(settings.BASE_DIR) / "docs" / "reference"


def rendered() -> dict[Path, str]:
    with translation.override("en"):
        return {folder() / f"{name}.md": render() for name, render in PAGES.items()} | validation.pages() | {
            promises.path(): promises.render()
        }


def outdated() -> list[Path]:
    return [path for path, text in rendered().items() if not path.exists() or path.read_text() != text]


def write() -> list[Path]:
    changed = outdated()
    folder().mkdir(parents=True, exist_ok=True)
    texts = rendered()
    for path in changed:
        path.write_text(texts[path])
    return changed
