"""What exports and seals cannot do without: font, keys, a place outside. Looked for at the start and while it runs, not by who exports.

Told in three ways: `manage.py check --deploy`, `/readyz`, and the page *Verify*.
"""

import os
import tempfile
import time
from collections.abc import Callable

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from qms.journal import note
from qms.records.bundle import report, seal

FOR_SECONDS = 30.0
# Name → how it is asked for, and what is wrong without it. The anchor's place may be away for a while; without the others nothing works.
NEEDED: dict[str, tuple[Callable[[], object], object]] = {
    "font": (report.check_font, _("Records cannot be printed: the font of the program is missing.")),
    "export_seal": (
        lambda: seal.signer(settings.EXPORT_SEAL) if settings.EXPORT_SEAL else None,
        _("Printed records cannot be sealed: QMS_EXPORT_SEAL holds no usable key and certificate."),
    ),
    "sealing_key": (
        lambda: note.private_key(settings.SEAL_KEY),
        _("The trail cannot be sealed: QMS_SEAL_KEY is missing or holds no key."),
    ),
    "anchor_place": (
        lambda: write_anchor() if settings.ANCHOR_DIR else None,
        _("Checkpoints cannot be kept outside: the anchor directory cannot be written to."),
    ),
}
AWAY = frozenset({"anchor_place"})
_known: dict[str, tuple[float, dict[str, object]]] = {}


def missing() -> dict[str, object]:
    """Name → sentence, of what is missing; asked anew twice a minute, since anybody may call /readyz."""
    now = time.monotonic()
    if "all" not in _known or now - _known["all"][0] >= FOR_SECONDS:
        _known["all"] = now, {name: told for name, (ask, told) in NEEDED.items() if refused(ask)}
    return _known["all"][1]


def forget() -> None:
    """The next question is asked anew."""
    _known.clear()


def refused(ask: Callable[[], object]) -> str:
    """The kind of error that a library answers with, "" when it is content. Keys never stand in a message."""
    try:
        ask()
    except (ValueError, TypeError, OSError) as wrong:
        return type(wrong).__name__
    return ""


def write_anchor() -> None:
    os.makedirs(settings.ANCHOR_DIR, exist_ok=True)
    with tempfile.TemporaryFile(dir=settings.ANCHOR_DIR):
        pass
