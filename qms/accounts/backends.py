from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest

from . import lockout
from .models import User, normalised


class PasswordBackend:
    """User id and password. Unknown ids cost the same time as known ones; service accounts never log in."""

    def authenticate(
        self, request: HttpRequest | None, username: str = "", password: str = "", **rest: Any
    ) -> User | None:
        user = User.objects.filter(username_key=normalised(username or "")).first()
        if user is None:
            make_password(password)
            _failed(request, username)
            return None
        if lockout.is_locked(username):
            return None
        good = check_password(password, user.password)
        if not (good and user.is_active and user.kind == User.PERSON):
            _failed(request, username)
            return None
        lockout.cleared(username)
        return user

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True, kind=User.PERSON).first()


def _failed(request: HttpRequest | None, username: str) -> None:
    lockout.failed(username=username, address=(request.META.get("REMOTE_ADDR", "") if request else ""))
