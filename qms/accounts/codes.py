"""One-time codes by time (RFC 6238): six digits, a new one every 30 seconds, one step of drift, none taken twice."""

import base64
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _
from django_otp.oath import TOTP

from qms.lib import clock, crypto
from qms.lib.errors import Invalid

from .models import CodeDevice, CodeUse, User

DIGITS, DRIFT = 6, 1
PENDING = timedelta(minutes=15)
ISSUER = "QMS"
HALF_SECONDS = 300


def accept(user: User, code: str) -> bool:
    """True once for each code of the person's device. False without a device."""
    device = user.code_device
    if device is None:
        return False
    key = base64.b32decode(crypto.unseal(device.secret)["key"])
    step = step_of(key, code, after=CodeUse.objects.filter(device=device).values_list("step", flat=True).first())
    return step is not None and use(device, step)


def step_of(key: bytes, code: str, *, after: int | None = None) -> int | None:
    """The step that the code belongs to, among the present one and its neighbours; None for a wrong or used one."""
    digits = "".join(code.split())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    totp = TOTP(key, digits=DIGITS)
    totp.time = clock.now().timestamp()
    return (
        int(totp.t()) if totp.verify(int(digits), tolerance=DRIFT, min_t=None if after is None else after + 1) else None
    )


def use(device: CodeDevice, step: int) -> bool:
    """Marks the step as used; False when somebody was faster with the same code."""
    _row, new = CodeUse.objects.get_or_create(device=device, defaults={"step": step})
    return new or bool(CodeUse.objects.filter(device=device, step__lt=step).update(step=step))


def sealed(user: User, key: bytes) -> str:
    told = {"user": user.pk, "key": base64.b32encode(key).decode(), "at": clock.now().timestamp()}
    return crypto.seal(told)


def opened(user: User, pending: str) -> bytes:
    """Raises Invalid for what was sealed for somebody else, too long ago, or by nobody."""
    try:
        told = crypto.unseal(pending)
    except crypto.KeyMissing:
        told = {}
    age = clock.now().timestamp() - told.get("at", 0)
    if told.get("user") != user.pk or not 0 <= age <= PENDING.total_seconds():
        raise Invalid(
            _("This enrolment has expired."), field="code", hint=_("Open the page again and scan the new picture.")
        )
    return base64.b32decode(told["key"])


def kept(key: bytes) -> str:
    return crypto.seal({"key": base64.b32encode(key).decode()})


def address(user: User, key: bytes) -> str:
    """What an authenticator app reads from the picture."""
    secret = base64.b32encode(key).decode().rstrip("=")
    label = quote(f"{ISSUER}:{user.username}")
    return f"otpauth://totp/{label}?secret={secret}&issuer={ISSUER}&digits={DIGITS}&period=30"


def half(user: User) -> dict[str, Any]:
    """What a session holds of a login whose password was right and whose code is still to come."""
    return {"user": user.pk, "at": clock.now().timestamp(), "stamp": user.get_session_auth_hash()}


def halfway(held: dict[str, Any]) -> User | None:
    """Whose login it is, for a short while and as long as the password stays the same."""
    user = User.objects.filter(pk=held.get("user", 0), is_active=True).first()
    age = clock.now().timestamp() - float(held.get("at", 0))
    return user if user and held["stamp"] == user.get_session_auth_hash() and 0 <= age <= HALF_SECONDS else None
