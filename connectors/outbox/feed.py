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
from qms.lib.errors import Invalid, NotNow, Refusal

from . import news

WINDOW = 5_000  # leaves looked at per query; most are versions of rows, not news
FURTHEST = 40 * WINDOW  # per call: the cursor moves on and the next call goes on from there
LATEST = "latest"
POLL_SECONDS = 0.25

END = "SELECT coalesce(max(leaf_index), -1) FROM journal_leaf"
ERA = "SELECT max(era) FROM journal_era"
SEALED = "SELECT coalesce(max(size), 0) FROM journal_seal WHERE era <= %s"
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
    return base64.urlsafe_b64encode(f"2:{era()}:{position}".encode()).decode().rstrip("=")


def era() -> int:
    """A restored plant begins a new one; positions behind the restored end are then given a second time (integrity.md §2.3)."""
    [(number,)] = statement.rows(ERA, [])
    return int(number)


def position_of(cursor: str) -> int:
    """Raises Invalid for what is no cursor of ours, Refusal (410) for one from before a restore. Without a cursor the feed begins
    with the oldest event."""
    if not cursor:
        return -1
    if cursor == LATEST:
        return end()
    told = _parts(cursor)
    here = era()
    if told and told[0] < here:
        raise _of_another_era(*told)
    if told and told[0] == here and -1 <= told[1] <= end():
        return told[1]
    raise Invalid(
        _("This cursor is not known."),
        field="cursor",
        hint=_("Give the “next” of an earlier answer, “latest”, or none for the oldest event."),
    )


def _parts(cursor: str) -> tuple[int, int] | None:
    """Era and position. Before cursors bore an era there was one in every plant that had not been restored."""
    try:
        numbers = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(":")
        kind, *rest = [int(number) for number in numbers]
    except ValueError:
        return None
    if kind == 1 and len(rest) == 1:
        return 1, rest[0]
    return (rest[0], rest[1]) if kind == 2 and len(rest) == 2 else None


def _of_another_era(number: int, position: int) -> Refusal:
    """What was sealed in that era and came back is as it was: from there on the caller may go on, knowing what it does."""
    [(size,)] = statement.rows(SEALED, [number])
    return Refusal(
        _("This cursor is from before the plant was restored from a backup."),
        status=410,
        code="cursor_before_restore",
        hint=_(
            "Compare what you hold with what stands here, then go on from cursor %(cursor)s: up to there all is as it was."
        )
        % {"cursor": cursor_of(min(position, size - 1))},
    )
