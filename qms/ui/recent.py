"""The records that somebody opened last: a convenience kept in the cache, lost without harm."""

from typing import Any

from django.core.cache import cache

KEPT, SECONDS = 8, 30 * 24 * 3600


def _key(user: Any) -> str:
    return f"recent:{user.pk}"


def opened(user: Any, record: Any) -> None:
    mine = (record._meta.label_lower, record.pk)
    seen = [each for each in cache.get(_key(user)) or [] if tuple(each) != mine]
    cache.set(_key(user), [mine, *seen][:KEPT], SECONDS)


def keys(user: Any) -> list[tuple[str, int]]:
    """(model label, key), newest first; whether they may still be seen is asked by whoever shows them."""
    return [(str(label), int(key)) for label, key in cache.get(_key(user)) or []]
