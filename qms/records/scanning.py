"""A scanner of the site's looks at each file before it is kept: a command that reads the file and tells by its exit code.

QMS_SCAN_COMMAND, for instance `clamdscan --no-summary -`: 0 is clean, 1 is found, as the common scanners have it. A scanner that does
not answer refuses the file as well (ASVS 16.5: closed when it fails). Without the setting nothing is scanned.
"""

import shlex
import subprocess
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from qms import journal
from qms.lib.errors import Invalid, NotNow, Refusal

from . import events

CLEAN, FOUND = 0, 1
SECONDS = 60


@dataclass(frozen=True)
class Verdict:
    """`why`: of the scanner, in its words; kept in the trail, not shown."""

    code: int | None
    why: str = ""


def check(*, subject: Any, name: str, content: bytes, sha256: str, by: Any) -> None:
    """Raises Invalid for what was found and NotNow when nobody looked; either way the trail says so."""
    if not settings.SCAN_COMMAND:
        return
    verdict = look(content)
    if verdict.code == CLEAN:
        return
    with journal.act(events.FILE_REFUSED, by=by) as act:
        words = "found" if verdict.code == FOUND else "not scanned"
        act.record(subject, events.FileRefused(name, sha256, len(content), words, verdict.why))
    raise _refusal(verdict, name)


def look(content: bytes) -> Verdict:
    try:
        done = subprocess.run(
            shlex.split(settings.SCAN_COMMAND), input=content, capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired, ValueError) as away:
        return Verdict(None, type(away).__name__)
    said = (done.stdout or done.stderr).decode(errors="replace")
    return Verdict(done.returncode, " ".join(said.split())[:200])


def _refusal(verdict: Verdict, name: str) -> Refusal:
    if verdict.code == FOUND:
        return Invalid(
            _("The scanner found something harmful in %(name)s; it was not kept.") % {"name": name},
            field="file",
            code="harmful",
            hint=_("Do not open it on other computers. Tell your security officer, and attach a clean copy."),
        )
    return NotNow(
        _("%(name)s could not be scanned; it was not kept.") % {"name": name},
        hint=_("The scanner of this plant does not answer. Try again later, or tell an administrator."),
        code="not_scanned",
    )
