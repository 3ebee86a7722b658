from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from . import lockout
from .models import Badge, User, normalised


class PasswordBackend:
    """User id and password; service accounts never log in. An id that nobody has is left to the next backend."""

    def authenticate(
        self, request: HttpRequest | None, username: str = "", password: str = "", **rest: Any
    ) -> User | None:
        user = User.objects.filter(username_key=normalised(username or "")).first()
        return user and _checked(request, user, password, user.password)

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True, kind=User.PERSON).first()


class BadgeBackend(PasswordBackend):
    """A badge in the place of the user id, the PIN in the place of the password: opens the floor, nothing else (`user.badge`)."""

    def authenticate(
        self, request: HttpRequest | None, username: str = "", password: str = "", **rest: Any
    ) -> User | None:
        held = Badge.objects.filter(number=normalised(username or ""), ended_at=None).exclude(user__pin="")
        badge = held.select_related("user").first()
        if badge is None and lockout.is_locked(username or ""):
            raise PermissionDenied
        if badge is None:
            make_password(password)  # what nobody has costs the same time as what somebody has
            _failed(request, username)
            return None
        badge.user.badge = badge
        return _checked(request, badge.user, password, badge.user.pin)


def _checked(request: HttpRequest | None, user: User, secret: str, kept: str) -> User:
    """Raises PermissionDenied, so that no other backend is asked (and no failure counted twice)."""
    if lockout.is_locked(user.username):
        raise PermissionDenied
    good = check_password(secret, kept)
    if not (good and user.is_active and user.kind == User.PERSON):
        _failed(request, user.username)
        raise PermissionDenied
    if user.badge or not user.has_code():  # with a code to come, only that clears what failed
        lockout.cleared(user.username)
    return user


def _failed(request: HttpRequest | None, username: str) -> None:
    lockout.failed(username=username, address=(request.META.get("REMOTE_ADDR", "") if request else ""))
