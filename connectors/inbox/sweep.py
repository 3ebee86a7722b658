"""What was left behind, and what waits for a name or for master data. Safe to run anywhere, any time, in several places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.db.models.functions import Now

from connectors import mes_messages as messages
from connectors.models import InboxMessage, MessageState
from connectors.routes import ROUTES
from qms.api import strict_json
from qms.lib.clock import now

from . import causes, raw, shadow
from .apply import NEW, Outcome, apply_message, held_back, misfit, settle, trouble, understand, unready
from .places import fit, site_of

BATCH = 500
LEFT_BEHIND = timedelta(seconds=30)
FILE = "transport.file"  # a file or page as it came; its rows have messages of their own
WAITING = (MessageState.NEEDS_MAPPING.value, MessageState.PARKED.value)


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
        applied += _applied(keys)


def _applied(keys: Iterable[int]) -> int:
    return sum(apply_stored(key).state == MessageState.APPLIED for key in keys)


def apply_stored(key: int) -> Outcome:
    """One stored message, from its raw body, by the mapping edition under which it came. In a transaction that holds its row;
    one that another process holds is left to it."""
    try:
        with transaction.atomic():
            rows = InboxMessage.objects.select_for_update(skip_locked=True, of=("self",)).select_related("sender")
            held = rows.filter(pk=key, state__in=(NEW, *WAITING)).first()
            return _apply(held) if held else Outcome("")
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # one bad row never stops the rows behind it
        return trouble(raw.Row(key, False, now(), "", NEW), error, rings=False)


def _apply(held: InboxMessage) -> Outcome:
    row = raw.Row(held.pk, False, held.received_at, held.source, held.state)
    told = strict_json.loads(bytes(held.body))
    told = messages.enveloped(told) if held.message_type == messages.COLUMNAR else told
    envelope, _faults = messages.read(messages.Envelope, told)
    route = ROUTES.get(held.message_type)
    terms = raw.terms(message_type=held.message_type, interface=held.interface_id) if held.interface_id else raw.Terms()
    assert envelope is not None
    if why := unready(route, terms, envelope, held.site_id):
        return shadow.settled(row.id, settle(row, why))
    assert route is not None
    came = replace(terms, mapping=held.mapping_id or terms.mapping)
    message, faults = understand(route, envelope, came)
    if faults and came != terms:  # what its own edition cannot read is what the active one was made for
        came = terms
        message, faults = understand(route, envelope, came)
    terms = came
    if faults:
        return settle(row, misfit(faults, terms, envelope))
    name = getattr(message, "site", "")
    site_id = site_of(name, terms.code or envelope.source) if name else held.site_id
    if site_id and site_id != held.site_id and (why := held_back(terms.stage(site_id), terms, envelope)):
        InboxMessage.objects.filter(pk=held.pk).update(site_id=site_id)  # the name of the site was settled meanwhile
        return shadow.settled(row.id, settle(row, why))
    return apply_message(row, route, message, envelope, terms, site_id, held.sender)
