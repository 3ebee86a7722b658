"""What was left behind, and what waits for a name or for master data. Safe to run anywhere, any time, in several places."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.db.models.functions import Now

from connectors.models import InboxMessage, MessageState
from qms.lib.clock import now

from . import causes, raw, shadow, stored
from .apply import NEW, Outcome, apply_message, trouble
from .places import fit
from .stored import WAITING

BATCH = 500
TOGETHER = 100  # in one act; its numbers are locked as long
LEFT_BEHIND = timedelta(seconds=30)
FILE = "transport.file"  # a file or page as it came; its rows have messages of their own


def sweep(*, older_than: timedelta = LEFT_BEHIND) -> int:
    """Apply NEW rows whose process died, or whose time to be tried again has come. Returns how many became records."""
    due = Q(next_at=None, received_at__lt=Now() - older_than) | Q(next_at__lt=Now())
    shadow.compute_left()
    return _each(events().filter(due, state=NEW)) + apply_born()


def apply_born() -> int:
    """What waited for defects that are here by now."""
    return _applied(causes.born_meanwhile())


def apply_awaiting(born: Iterable[tuple[str, str]]) -> int:
    """What was told of these (source, defect) before they were logged, in the order in which it came."""
    return _applied(causes.awaiting((fit(source, 40), fit(defect, 120)) for source, defect in born))


def retry_waiting() -> int:
    """Everything that waits, oldest first. Returns how many became records."""
    return sweep() + _each(events().filter(state__in=WAITING))


def events() -> Any:
    """Batches that an ERP pushed, and files, have a sweep of their own (connectors.sync.push, connectors.transports)."""
    return InboxMessage.objects.exclude(message_type__startswith="erp.").exclude(message_type=FILE)


def _each(rows: Any) -> int:
    applied, last = 0, 0
    while True:
        keys = list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not keys:
            return applied
        last = keys[-1]
        for some in (keys[start : start + TOGETHER] for start in range(0, len(keys), TOGETHER)):
            done = stored.log_together(some)
            applied += sum(state == MessageState.APPLIED for state in done.values())
            applied += _applied(key for key in some if key not in done)


def _applied(keys: Iterable[int]) -> int:
    return sum(apply_stored(key).state == MessageState.APPLIED for key in keys)


def apply_stored(key: int) -> Outcome:
    """One stored message, from its raw body, by the mapping edition under which it came. In a transaction that holds its row;
    one that another process holds is left to it."""
    try:
        with transaction.atomic():
            message = stored.held([key]).first()
            return _apply(message) if message else Outcome("")
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # one bad row never stops the rows behind it
        return trouble(raw.Row(key, False, now(), "", NEW), error, rings=False)


def _apply(message: InboxMessage) -> Outcome:
    found = stored.look(message, stored.terms_of(message))
    if isinstance(found, Outcome):
        return found
    return apply_message(
        found.row, found.route, found.message, found.envelope, found.terms, found.site_id, found.sender
    )
