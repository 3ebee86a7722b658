"""Some meanings ask for a current qualification of the signer where the site's rule says so (21 CFR 11.10(i)).

The records stand in a room above (qms.qualifications), which says here who answers. Without an answer nothing is signed.
"""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from qms.accounts.models import User

from .choices import Meaning
from .models import SigningRule

# The agreement belongs to no site, so no site can ask for a qualification.
MEANINGS = [(code, label) for code, label in Meaning.choices if code != Meaning.AGREED]
UNQUALIFIED = "unqualified"
ASK: list[Callable[[Any, int, str], str]] = []


def lacking(by: User, *, site_id: int | None, meaning: str) -> str:
    """Why the person may not sign with this meaning at the site; empty when they may, or when nothing is asked."""
    rule = SigningRule.objects.filter(site_id=site_id).first() if site_id else None
    if rule is None or site_id is None or meaning not in rule.qualified_meanings:
        return ""
    if not ASK:
        return _("Nothing here knows of qualifications.")
    return next((why for ask in ASK if (why := ask(by, site_id, meaning))), "")
