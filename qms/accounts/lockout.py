"""Five failures in fifteen minutes lock an account, for login and signing alike (21 CFR 11.300(d))."""

from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from qms import journal
from qms.lib import clock
from qms.lib.errors import SignatureRefused

from . import events
from .models import FailedAttempt, User, normalised


def is_locked(username: str) -> bool:
    return failures(username) >= settings.LOCKOUT_FAILURES


def failures(username: str) -> int:
    since = clock.now() - timedelta(seconds=settings.LOCKOUT_SECONDS)
    return FailedAttempt.objects.filter(username_key=normalised(username), at__gte=since).count()


def failed(*, username: str, address: str = "", by: journal.Acting = journal.SYSTEM) -> None:
    """Count a failure and journal it; the one that locks is journalled as such, and alarms the security role."""
    row = FailedAttempt.objects.create(username_key=normalised(username)[:120], address=address, at=clock.now())
    count, told = failures(username), events.Attempt(username=username, address=address)
    locked = count >= settings.LOCKOUT_FAILURES
    with journal.act(events.LOCKED_OUT if locked else events.LOGIN_FAILED, by=by) as act:
        act.record(f"account:{normalised(username)}", told)
        if count == settings.LOCKOUT_FAILURES:  # of an id that nobody has, the alarm is about the failure itself
            known = User.objects.filter(username_key=normalised(username)).first()
            act.record(known or row, told, event=events.LOCK_ALARM)


def cleared(username: str) -> None:
    FailedAttempt.objects.filter(username_key=normalised(username)).delete()


def check(username: str) -> None:
    if is_locked(username):
        raise SignatureRefused(
            _("This account is locked after repeated failures."),
            hint=_("Wait %(minutes)s minutes or ask a security officer.") % {"minutes": settings.LOCKOUT_SECONDS // 60},
            code="locked",
        )
