"""One-time codes as a further component of login and signing: enrolled and ended by their owner, ended by an administrator."""

import secrets

from django.contrib.auth.hashers import check_password
from django.utils.translation import gettext as _

from qms import journal
from qms.lib import clock
from qms.lib.errors import Conflict, Invalid

from .. import codes, events, lockout
from ..models import CodeDevice, User
from .accounts import check_reach


def begin_codes(*, user: User) -> str:
    """A fresh secret, sealed for the owner's browser; nothing is kept until a code has proved that it arrived."""
    return codes.sealed(user, secrets.token_bytes(20))


def enrol_codes(*, user: User, pending: str, code: str, current: str) -> CodeDevice:
    """The owner's own act: the password, and a code made from the secret that was shown (11.300(e)). Raises Invalid."""
    if user.has_code():
        raise Conflict(_("One-time codes are enrolled already."), hint=_("End them first, then enrol the new device."))
    key = codes.opened(user, pending)
    _check_owner(user, current)
    step = codes.step_of(key, code)
    if step is None:
        raise Invalid(
            _("This code does not fit."),
            field="code",
            hint=_(
                "Scan the picture with the app, then enter the six digits that it shows now. Check the clock of the device."
            ),
        )
    with journal.act(events.CODE_ENROLLED, by=user) as act:
        device = CodeDevice.objects.create(user=user, secret=codes.kept(key))
        codes.use(device, step)
        act.record(user)
    lockout.cleared(user.username)
    return device


def end_own_codes(*, user: User, current: str) -> None:
    """The owner's own act, with the password."""
    device = _device(user)
    _check_owner(user, current)
    with journal.act(events.CODE_ENDED, by=user) as act:
        _end(device)
        act.record(user)


def end_codes(*, user: User, by: journal.Acting, reason: str) -> None:
    """The device is lost: an administrator ends it, with a reason; the owner and the security role are told."""
    check_reach(user=user, by=by)
    device = _device(user)
    with journal.act(events.CODE_ENDED, by=by, reason=reason) as act:
        _end(device)
        act.record(user)


def _device(user: User) -> CodeDevice:
    device = user.code_device
    if device is None:
        raise Conflict(_("No one-time codes are enrolled."))
    return device


def _end(device: CodeDevice) -> None:
    device.ended_at = clock.now()
    device.save(update_fields=["ended_at"])


def _check_owner(user: User, current: str) -> None:
    lockout.check(user.username)
    if not check_password(current, user.password):
        lockout.failed(username=user.username, by=user)
        raise Invalid(_("This is not your password of today."), field="current")
