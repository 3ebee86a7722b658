"""A page of an attached PDF as a picture that people can point at. The PDF itself is never touched."""

import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from qms.lib.errors import Invalid

PRESS = Path(__file__).with_name("pdf_press.py")  # not imported: PDFium is loaded there alone
TOO_LARGE, NO_PAGE = 3, 4


def picture(content: bytes, *, page: int, name: str) -> bytes:
    """PNG in grey, at most 200 dpi and 5,000 pixels. Raises Invalid: the page is not there, too large, or the file cannot be read."""
    seconds = settings.PRINT_SECONDS
    command = [sys.executable, str(PRESS), str(page), str(settings.PRINT_MEMORY_MB), str(seconds)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, check=False, timeout=2 * seconds)
    except subprocess.TimeoutExpired:
        done = None
    if done is not None and done.returncode == 0:
        return done.stdout
    if done is not None and done.returncode == NO_PAGE:
        count = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise Invalid(
            _("%(name)s has %(count)s pages; there is no page %(page)s.")
            % {"name": name, "count": count, "page": page},
            field="page",
        )
    if done is None or done.returncode < 0 or done.returncode == TOO_LARGE:  # killed, or aborted at its limit
        raise Invalid(
            _("Page %(page)s of %(name)s is too large to be drawn here.") % {"name": name, "page": page},
            field="page",
            hint=_("Save the sheet as PNG or JPEG on your computer, and attach that."),
        )
    raise Invalid(
        _("%(name)s cannot be read: it is damaged, or locked by a password.") % {"name": name},
        field="page",
        hint=_("Save it again without a password, or attach the sheet as PNG or JPEG."),
    )
