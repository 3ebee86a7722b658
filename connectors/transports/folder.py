"""Files in a folder of this machine (often a mounted share)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from connectors.base import ConnectorError, Finding
from connectors.models import Interface

from . import files
from .place import Folder

SECRETS: tuple[str, ...] = ()


def poll(interface: Interface, secrets: dict[str, Any]) -> int:
    return files.look(interface, Folder(interface.settings["folder"]))


def probe(interface: Interface, secrets: dict[str, Any]) -> Iterable[Finding]:
    try:
        place = Folder(interface.settings.get("folder", ""))
    except ConnectorError as problem:
        return [Finding(_("The folder is there and opened for interfaces"), False, problem.message)]
    found = [Finding(_("The folder is there and opened for interfaces"), True, str(place.root))]
    may = os.access(place.root, os.R_OK | os.W_OK | os.X_OK)
    found.append(Finding(_("It may be read and written"), may, "" if may else str(place.root)))
    if may:
        names = [one.name for one in place.entries("") if not one.is_folder]
        found.append(Finding(_("Files that wait"), True, ", ".join(sorted(names)[:5]) or "0"))
    return found
