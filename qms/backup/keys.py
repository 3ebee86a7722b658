"""The keys, apart from the backup: whoever holds both can read every secret and sign seals."""

import json
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from qms.embedded.place import write_private
from qms.lib.errors import Conflict, Invalid

NAMES = {
    "QMS_SECRET_KEY": "SECRET_KEY",
    "QMS_SEAL_KEY": "SEAL_KEY",
    "QMS_FIELD_KEYS": "FIELD_KEYS",
    "QMS_EXPORT_SEAL": "EXPORT_SEAL",
}


def write(out: Path) -> list[str]:
    """Into a file of mode 600; returns the names of those that are not set."""
    found = {name: getattr(settings, attribute) for name, attribute in NAMES.items()}
    write_private(out, json.dumps({name: value for name, value in found.items() if value}, indent=1) + "\n")
    return [name for name, value in found.items() if not value]


def put_back(source: Path) -> list[str]:
    """Into $QMS_VAR/keys, where nothing else stands in their place; returns which. Raises Invalid, Conflict."""
    try:
        told = json.loads(source.read_text())
        found = {name: str(told[name]) for name in NAMES if name in told}
    except (OSError, ValueError, TypeError) as wrong:
        raise Invalid(_("%(file)s is no file of keys.") % {"file": source}, hint=str(type(wrong).__name__)) from wrong
    folder = settings.VAR / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    other = [name for name, value in found.items() if (folder / name).exists() and (folder / name).read_text() != value]
    if other:
        raise Conflict(
            _("Other keys are there already: %(names)s.") % {"names": ", ".join(other)},
            hint=_("Move them away from %(folder)s first, if nothing needs them any more.") % {"folder": folder},
        )
    for name, value in found.items():
        write_private(folder / name, value)
    return sorted(found)
