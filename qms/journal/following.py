"""Derived tables follow the sealed trail: in its order, each entry once, behind the acts and never inside them."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction

from qms.lib import statement

from .models import Entry, Follower

BATCH = 2_000
NEWEST = "SELECT coalesce(max(leaf_index), -1) FROM journal_leaf"
NEXT = """SELECT e.*, l.leaf_index FROM journal_leaf l JOIN journal_entry e ON e.id = l.entry_id
WHERE l.leaf_index > %s ORDER BY l.leaf_index LIMIT %s"""
Take = Callable[[Sequence[Any]], None]


def newest() -> int:
    """Position of the last sealed entry; -1 in an empty trail."""
    found = statement.one(NEWEST, [])
    assert found is not None
    return int(found[0])


def is_behind(names: Sequence[str]) -> bool:
    """Whether one of the followers has something to read, or has never read."""
    places = dict(Follower.objects.filter(name__in=names).values_list("name", "position"))
    return min((places.get(name, -1) for name in names), default=-1) < newest()


def follow(name: str, take: Take, *, batch: int = BATCH) -> int:
    """Hand the next sealed entries to `take`, and move the place with what it wrote. 0: nothing new, or another is at it."""
    Follower.objects.get_or_create(name=name)
    with transaction.atomic():
        place = Follower.objects.select_for_update(skip_locked=True).filter(name=name).first()
        entries: list[Any] = list(Entry.objects.raw(NEXT, [place.position, batch])) if place else []
        if place is None or not entries:
            return 0
        take(entries)
        place.position = entries[-1].leaf_index
        place.save(update_fields=["position"])
    return len(entries)


def jump(name: str, position: int) -> None:
    """After a rebuild: what came before is contained already."""
    Follower.objects.update_or_create(name=name, defaults={"position": position})
