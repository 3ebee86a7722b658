"""Secrets of other systems at rest: Fernet, keys outside the database. The first key seals, every key opens."""

import json
from collections.abc import Mapping
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class KeyMissing(RuntimeError):
    """QMS_FIELD_KEYS is empty, or none of its keys made this text."""


def _keys() -> list[Fernet]:
    keys = [key for key in settings.FIELD_KEYS.replace(",", " ").split() if key]
    if not keys:
        raise KeyMissing("QMS_FIELD_KEYS holds no key")
    return [Fernet(key) for key in keys]


def _box() -> MultiFernet:
    return MultiFernet(_keys())


def is_newest(text: str) -> bool:
    """Whether the first key made this."""
    try:
        _keys()[0].decrypt(text.encode())
    except InvalidToken:
        return False
    return True


def rotated(text: str) -> str:
    """The same secret under the first key; what that key made already, and the empty text, as they are. Raises KeyMissing."""
    return text if not text or is_newest(text) else seal(unseal(text))


def seal(secret: Mapping[str, Any]) -> str:
    return _box().encrypt(json.dumps(secret).encode()).decode()


def unseal(text: str) -> dict[str, Any]:
    """The mapping that was sealed; of the empty text an empty one. Raises KeyMissing."""
    if not text:
        return {}
    try:
        secret: dict[str, Any] = json.loads(_box().decrypt(text.encode()))
    except InvalidToken:
        raise KeyMissing(
            "No key of QMS_FIELD_KEYS opens this; was a key removed before everything was sealed anew?"
        ) from None
    return secret
