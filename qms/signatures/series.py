"""A series of signings in one continuous session (21 CFR 11.200(a)(1)): the first asks for every component, the next for the password.

Whoever has no password here signs in anew at the identity provider, or goes on with a one-time code.
It ends after a pause, with the session, when password, code, binding or account change, at another address or device. A badge begins none.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from qms.accounts.middleware import BADGE
from qms.accounts.models import User
from qms.lib import clock
from qms.lib.ids import uuid7

from .models import Series


@dataclass(frozen=True)
class Place:
    """From where somebody signs: one login session, one device, one address."""

    session: str
    address: str
    device: str


@dataclass(frozen=True)
class Asked:
    """What a signing asks for. Without a local password: a fresh sign-in at the identity provider, and within a series a one-time
    code in its place, where one is enrolled."""

    username: bool
    code: bool
    password: bool = True
    step_up: bool = False


def place(request: Any) -> Place | None:
    """None: there is no session that could carry a series (a token, a badge)."""
    session = getattr(request, "session", None)
    if session is None or not session.session_key or session.get(BADGE):
        return None
    device = _digest(request.META.get("HTTP_USER_AGENT", ""))
    return Place(_digest(session.session_key), request.META.get("REMOTE_ADDR", ""), device)


def asked(by: User, at: Place | None) -> Asked:
    going_on = is_open(by, at)
    if by.signs_by_provider:
        by_code = going_on and by.has_code()
        return Asked(username=not going_on, code=by_code, password=False, step_up=not by_code)
    return Asked(username=not going_on, code=not going_on and by.has_code())


def is_open(by: User, at: Place | None) -> bool:
    return bool(at and (row := Series.objects.filter(session=at.session).first()) and _carries(row, by, at))


def _carries(row: Series, by: User, at: Place) -> bool:
    same = (row.user_id, row.address, row.device, row.stamp) == (by.pk, at.address, at.device, stamp(by))
    return same and timedelta(0) <= clock.now() - row.used_at <= idle()


def idle() -> timedelta:
    return timedelta(seconds=settings.SIGNING_IDLE_SECONDS)


def go_on(by: User, at: Place | None) -> Series | None:
    """After a good authentication: the series goes on, or a new one begins."""
    if at is None:
        return None
    now, row = clock.now(), Series.objects.filter(session=at.session).first()
    going_on = row and _carries(row, by, at)
    values: dict[str, Any] = {"address": at.address, "device": at.device, "stamp": stamp(by), "used_at": now}
    uid = row.uid if row and going_on else uuid7()
    _forget(by, now)
    made, _new = Series.objects.update_or_create(session=at.session, defaults={**values, "user": by, "uid": uid})
    return made


def _forget(by: User, now: datetime) -> None:
    Series.objects.filter(user=by, used_at__lt=now - idle()).delete()


def end(by: User) -> None:
    Series.objects.filter(user=by).delete()


def stamp(by: User) -> str:
    """Changes with the password, with the one-time code's device, and when every session of the account is ended."""
    told = f"{by.get_session_auth_hash()}:{by.code_stamp()}"
    return _digest(f"{told}:{by.identity}" if by.signs_by_provider else told)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
