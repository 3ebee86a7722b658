"""The feed by position. Positions are the sealer's (`journal_leaf`), so a late commit is never skipped (integrity.md D2)."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from qms.accounts.models import Site
from qms.journal.models import Entry
from qms.lib import statement
from qms.lib.errors import Invalid, NotNow

from . import news

WINDOW = 5_000  # leaves looked at per query; most are versions of rows, not news
FURTHEST = 40 * WINDOW  # per call: the cursor moves on and the next call goes on from there
LATEST = "latest"
POLL_SECONDS = 0.25

END = "SELECT coalesce(max(leaf_index), -1) FROM journal_leaf"
READ = f"""
SELECT l.leaf_index, {", ".join(f'e."{f.column}"' for f in Entry._meta.concrete_fields)}
FROM journal_leaf l JOIN journal_entry e ON e.id = l.entry_id
WHERE l.leaf_index > %s AND l.leaf_index <= %s AND e.kind = 'act' AND e.event = ANY(%s::text[])
ORDER BY l.leaf_index LIMIT %s"""
COLUMNS = [f.attname for f in Entry._meta.concrete_fields]


@dataclass(frozen=True)
class Page:
    """`position`: everything up to it was looked at; `is_end`: nothing is behind it at the moment."""

    events: list[dict[str, Any]]
    position: int
    is_end: bool


def end() -> int:
    """The newest position; -1 when nothing is sealed yet."""
    [(position,)] = statement.rows(END, [])
    return int(position)


def scan(after: int, names: list[str], *, most: int, upto: int) -> tuple[list[tuple[int, Entry]], int]:
    """Acts of these names behind a position, and the position that was reached."""
    found: list[tuple[int, Entry]] = []
    while after < upto and len(found) < most:
        until, wanted = min(after + WINDOW, upto), most - len(found)
        rows = statement.rows(READ, [after, until, names, wanted])
        found += [(row[0], Entry.from_db("default", COLUMNS, row[1:])) for row in rows]
        after = rows[-1][0] if len(rows) == wanted else until
    return found, after


def page(user: Any, *, after: int, names: list[str], limit: int) -> Page:
    """At most `limit` events that the caller may see."""
    last = end()
    upto = min(after + FURTHEST, last)
    events: list[dict[str, Any]] = []
    codes = site_codes()
    while after < upto and len(events) < limit:
        found, after = scan(after, names, most=limit - len(events), upto=upto)
        seen = news.visible(news.read([entry for _position, entry in found]), user)
        events += [news.told(each, codes) for each in seen]
    return Page(events, after, after >= last)


def awaited(user: Any, *, after: int, names: list[str], limit: int, seconds: float) -> Page:
    """The same; without news it waits for some, at most so many seconds. Raises NotNow when too many wait already."""
    until = time.monotonic() + seconds
    found = page(user, after=after, names=names, limit=limit)
    if found.events or not found.is_end or seconds <= 0:
        return found
    with _seat():
        while time.monotonic() < until and not found.events:
            time.sleep(POLL_SECONDS)
            if end() > found.position:
                found = page(user, after=found.position, names=names, limit=limit)
    return found


WAITING = threading.BoundedSemaphore(settings.FEED_WAITERS)  # of this process, whose threads serve everybody else too


@contextmanager
def _seat() -> Iterator[None]:
    if not WAITING.acquire(blocking=False):
        raise NotNow(
            _("Too many callers wait for news at the moment."),
            hint=_("Ask without wait, or again after the time in Retry-After."),
            code="too_many_waiting",
            retry_after=5,
        )
    try:
        yield
    finally:
        WAITING.release()


def site_codes() -> dict[int, str]:
    return dict(Site.objects.values_list("pk", "code"))


def cursor_of(position: int) -> str:
    return base64.urlsafe_b64encode(f"1:{position}".encode()).decode().rstrip("=")


def position_of(cursor: str) -> int:
    """Raises Invalid for what is no cursor of ours. Without a cursor the feed begins with the oldest event."""
    if not cursor:
        return -1
    if cursor == LATEST:
        return end()
    try:
        kind, _colon, position = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(":")
        if kind == "1" and -1 <= int(position) <= end():
            return int(position)
    except ValueError:
        pass
    raise Invalid(
        _("This cursor is not known."),
        field="cursor",
        hint=_("Give the “next” of an earlier answer, “latest”, or none for the oldest event."),
    )
