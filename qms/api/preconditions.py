"""ETag and If-Match by record version."""

import re
from typing import Any

from django.utils.translation import gettext as _

from .problems import Malformed

ETAG = re.compile(r'^(?:W/)?"([0-9]{1,9})"$')


def etag(record: Any) -> str:
    return f'"{record.version}"'


def expected_version(request: Any) -> int:
    """The version that the caller saw. Raises Malformed: 428 without If-Match, 400 when it is not one of our ETags.

    A wrong one is answered by the act itself: 409 with who changed what (contract.md), not a bare 412.
    """
    sent = request.META.get("HTTP_IF_MATCH", "").strip()
    if not sent or sent == "*":
        raise Malformed(
            _("Say which version of the record you saw."),
            status=428,
            code="precondition_required",
            hint=_("Send the record's ETag in If-Match."),
        )
    if not (found := ETAG.fullmatch(sent)):
        raise Malformed(_("If-Match holds no ETag of ours."), hint=_("Send the ETag of the record as you got it."))
    return int(found[1])
