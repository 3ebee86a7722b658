"""Badge and PIN: how a person takes over a shared tablet. They open the floor only; signing asks for the password as everywhere."""

import re

from django.contrib.auth.hashers import check_password, make_password
from django.utils.translation import gettext as _

from qms import journal
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid

from .. import events, lockout
from ..models import Badge, User, normalised
from .accounts import check_reach

NUMBER = re.compile(r"[\w.-]{4,60}")
PIN = re.compile(r"[0-9]{6,12}")
STEPS = "01234567890123456789"


def issue_badge(*, user: User, number: str, by: journal.Acting, reason: str) -> Badge:
    """`number` as the scanner reads it. It is never given to a second person, nor is it anybody's user id."""
    check_reach(user=user, by=by)
    if user.kind != User.PERSON:
        raise Invalid(_("A service account has tokens, no badge."), field="number")
    number = normalised(number)
    if not NUMBER.fullmatch(number):
        raise Invalid(_("A badge number has 4 to 60 letters, digits, dots and hyphens."), field="number")
    taken = Badge.objects.filter(number=number)
    if taken.filter(ended_at=None).exists() or taken.exclude(user=user).exists():
        raise Invalid(
            _("This badge number was given to somebody before."), field="number", hint=_("Use another badge.")
        )
    if User.objects.filter(username_key=number).exists():
        raise Invalid(_("This number is a user id."), field="number", hint=_("Use another badge."))
    with journal.act(events.BADGE_ISSUED, by=by, reason=reason) as act:
        badge = Badge.objects.create(user=user, number=number, issued_by=by if isinstance(by, User) else None)
        act.record(user, events.BadgeNumber(number=number))
    return badge


def end_badge(*, badge: Badge, by: journal.Acting, reason: str) -> None:
    """Lost, broken or given back: from now on it opens nothing, and a tablet that it opened is closed."""
    check_reach(user=badge.user, by=by)
    if badge.ended_at:
        raise Conflict(_("This badge has ended already."))
    badge.ended_at = now()
    with journal.act(events.BADGE_ENDED, by=by, reason=reason) as act:
        badge.save(update_fields=["ended_at"])
        act.record(badge.user, events.BadgeNumber(number=badge.number))


def choose_pin(*, user: User, current: str, pin: str) -> User:
    """The owner's own act, with the password. Raises Invalid; a wrong password counts towards the lockout."""
    lockout.check(user.username)
    if not check_password(current, user.password):
        lockout.failed(username=user.username, by=user)
        raise Invalid(_("This is not your password of today."), field="current")
    if not PIN.fullmatch(pin) or is_guessable(pin):
        hint = _("No row like 123456 and no digit alone; not your badge number.")
        raise Invalid(_("A PIN has 6 to 12 digits that nobody guesses."), field="pin", hint=hint)
    if user.badges.filter(number__endswith=pin).exists():
        raise Invalid(_("The PIN stands on your badge."), field="pin", hint=_("Choose another one."))
    user.pin = make_password(pin)
    with journal.act(events.PIN_CHOSEN, by=user) as act:
        user.save(update_fields=["pin"])
        act.record(user)
    return user


def is_guessable(pin: str) -> bool:
    return len(set(pin)) < 3 or pin in STEPS or pin[::-1] in STEPS
