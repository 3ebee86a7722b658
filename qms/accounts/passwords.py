"""Rules of passwords beyond Django's own: words of the organisation, breached ones, ageing where the site wants it (21 CFR 11.300(b))."""

import hashlib
import mmap
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from qms.lib.clock import now

from .models import Site, User, normalised

SHORTEST = 4  # letters that make a word of the organisation


class OwnWords:
    """No password is mostly a word that everybody here knows: the sites' names and what QMS_PASSWORD_WORDS lists."""

    def validate(self, password: str, user: Any = None) -> None:
        rest = said = normalised(password)
        for word in sorted(self.words(), key=len, reverse=True):
            rest = rest.replace(word, "")
        if rest != said and len(rest) < settings.PASSWORD_REST:
            raise ValidationError(_("The password is mostly a word of the organisation."), code="own_word")

    def words(self) -> set[str]:
        named = [*settings.PASSWORD_WORDS, *(text for site in Site.objects.all() for text in (site.name, site.name_zh))]
        return {normalised(word) for word in named if len(word) >= SHORTEST}

    def get_help_text(self) -> str:
        return _("The password is not mostly a name of a site or a word of the organisation.")


class Breached:
    """Not among the breached ones that the plant keeps as a file (QMS_BREACHED_PASSWORDS): SHA-1 in capitals, a line each, sorted.

    That is the form in which such lists are published; what stands behind a colon is a count. Nothing leaves the house.
    """

    def validate(self, password: str, user: Any = None) -> None:
        path = settings.BREACHED_PASSWORDS
        if path and is_listed(Path(path), hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()):
            raise ValidationError(_("The password is on a list of breached ones."), code="breached")

    def get_help_text(self) -> str:
        return _("The password is not on a list of breached ones.")


def is_listed(path: Path, digest: str) -> bool:
    """By halves, in the file as it lies on the disk. Raises OSError: who cannot look does not let it pass."""
    if not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as lines:
        return _found(lines, digest.encode())


def _found(lines: mmap.mmap, wanted: bytes) -> bool:
    low, high = 0, len(lines)
    while low < high:
        start = lines.rfind(b"\n", 0, (low + high) // 2) + 1
        end = lines.find(b"\n", start)
        end = len(lines) if end < 0 else end
        found = lines[start:end].split(b":")[0].strip()
        if found == wanted:
            return True
        low, high = (end + 1, high) if found < wanted else (low, start)
    return False


def is_weak(password: str, user: User) -> bool:
    """By the rules and lists of today, which may know more than those of the day it was chosen."""
    try:
        validate_password(password, user)
    except ValidationError:
        return True
    return False


def is_aged(user: User) -> bool:
    """Only where the site has switched it on; a password of which nobody knows the day counts as old."""
    if not settings.PASSWORD_MAX_DAYS or not user.has_usable_password():
        return False
    return user.password_chosen_at is None or now() - user.password_chosen_at > timedelta(
        days=settings.PASSWORD_MAX_DAYS
    )


def lacks_code(user: User) -> bool:
    """A role that QMS_CODE_ROLES names is held without one-time codes; who signs in at a provider shows them there."""
    asked = settings.CODE_ROLES
    held = bool(user.role_codes) if asked == ["*"] else not set(asked).isdisjoint(user.role_codes)
    return bool(asked) and held and user.has_usable_password() and not user.has_code()
