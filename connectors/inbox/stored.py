"""A message that lies in the inbox, looked into once more: alone (sweep.py), or many that log a defect in one act.

Where the database or one of them refuses, nothing of the set was written: its halves are tried, and the few that are left go
the way of a single message, which keeps the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import InterfaceError, OperationalError, transaction

from connectors import mes_messages as messages
from connectors.models import InboxMessage, MessageState
from connectors.routes import ROUTES, Context, Route, known_among
from ncr.actions import Many
from qms.api import strict_json

from . import causes, raw, shadow
from .apply import NEW, Outcome, context_of, held_back, log, misfit, settle, understand, unready, waits
from .places import fit, site_of

WAITING = (MessageState.NEEDS_MAPPING.value, MessageState.PARKED.value)
LOGS = frozenset(
    name for name, route in ROUTES.items() if route.take_all and route.repeat_all
)  # types that log a defect
APPLIED = MessageState.APPLIED.value
SINGLY = 8  # so few are taken one by one when one of them spoils the set; larger sets are halved
TermsOf = Callable[[InboxMessage], raw.Terms]


@dataclass(frozen=True)
class Looked:
    """Understood; `sender` says who may write."""

    row: raw.Row
    route: Route
    message: Any
    envelope: messages.Envelope
    terms: raw.Terms
    site_id: int | None
    sender: Any


@dataclass(frozen=True)
class _Placed:
    looked: Looked
    context: Context

    @property
    def defect(self) -> tuple[str, str]:
        return self.context.source, fit(self.looked.message.defect_id or self.looked.envelope.id, 120)


def held(keys: Sequence[int]) -> Any:
    """Rows that still wait, in their order, locked; those that another process holds are left to it."""
    rows = InboxMessage.objects.select_for_update(skip_locked=True, of=("self",)).select_related("sender")
    return rows.filter(pk__in=keys, state__in=(NEW, *WAITING)).order_by("pk")


def terms_of(message: InboxMessage) -> raw.Terms:
    if not message.interface_id:
        return raw.Terms()
    return raw.terms(message_type=message.message_type, interface=message.interface_id)


def look(message: InboxMessage, terms: raw.Terms) -> Looked | Outcome:
    """An Outcome is why it waits on; it is written by then."""
    row = raw.Row(message.pk, False, message.received_at, message.source, message.state)
    told = strict_json.loads(bytes(message.body))
    told = messages.enveloped(told) if message.message_type == messages.COLUMNAR else told
    envelope, _faults = messages.read(messages.Envelope, told)
    route = ROUTES.get(message.message_type)
    assert envelope is not None
    if why := unready(route, terms, envelope, message.site_id):
        return shadow.settled(row.id, settle(row, why))
    assert route is not None
    came = replace(terms, mapping=message.mapping_id or terms.mapping)
    found, faults = understand(route, envelope, came)
    if faults and came != terms:  # what its own edition cannot read is what the active one was made for
        came = terms
        found, faults = understand(route, envelope, came)
    if faults:
        return settle(row, misfit(faults, came, envelope))
    name = getattr(found, "site", "")
    site_id = site_of(name, came.code or envelope.source) if name else message.site_id
    if site_id and site_id != message.site_id and (why := held_back(came.stage(site_id), came, envelope)):
        InboxMessage.objects.filter(pk=message.pk).update(site_id=site_id)  # the site's name was settled meanwhile
        return shadow.settled(row.id, settle(row, why))
    return Looked(row, route, found, envelope, came, site_id, message.sender)


def log_together(keys: Sequence[int]) -> dict[int, str]:
    """State of each message that is done with: those that log a defect for the first time, and those found to wait on.

    The rest (what tells again of a defect, what is no defect) is left to be taken one by one, in its order.
    """
    try:
        with transaction.atomic():
            return _log_together(keys)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # whatever one of them causes, the others are not to suffer from it
        log.info("%s stored messages are not taken together: %s", len(keys), error)
        half = len(keys) // 2
        return log_together(keys[:half]) | log_together(keys[half:]) if len(keys) > SINGLY else {}


def _log_together(keys: Sequence[int]) -> dict[int, str]:
    done: dict[int, str] = {}
    placed: list[_Placed] = []
    known: dict[tuple[str, int | None], raw.Terms] = {}  # one look at the interface for all of its messages
    for message in held(keys).filter(message_type__in=LOGS):
        kind = (message.message_type, message.interface_id)
        if kind not in known:
            known[kind] = terms_of(message)
        found = _placed(look(message, known[kind]))
        if isinstance(found, Outcome):
            done[message.pk] = found.state
        else:
            placed.append(found)
    for group in _groups(placed):
        done |= _in_one_act(group)
    return done


def _placed(found: Looked | Outcome) -> _Placed | Outcome:
    if isinstance(found, Outcome):
        return found
    context = context_of(found.row, found.message, found.envelope, found.terms, found.site_id, found.sender)
    return settle(found.row, context) if isinstance(context, Outcome) else _Placed(found, context)


def _groups(placed: Sequence[_Placed]) -> list[list[_Placed]]:
    """Of one system, type and sender, each defect once and none that has a record."""
    seen = known_among([(one.looked.message, one.context) for one in placed])
    groups: dict[tuple[str, int, int], list[_Placed]] = {}
    for one in placed:
        if one.defect not in seen:
            seen.add(one.defect)
            groups.setdefault((one.context.system, id(one.looked.route), one.looked.sender.pk), []).append(one)
    return list(groups.values())


def _in_one_act(group: Sequence[_Placed]) -> dict[int, str]:
    def close(taken: dict[int, tuple[str, list[str]]]) -> bool:
        rows = [
            (group[place].looked.row.id, number, " ".join(notes), group[place].looked.terms.mapping)
            for place, (number, notes) in taken.items()
        ]
        return raw.close_all(rows, states=(NEW, *WAITING))

    first = group[0].looked
    assert first.route.take_all is not None
    many = first.route.take_all([(one.looked.message, one.context) for one in group], first.sender, close)
    return _written(group, many)


def _written(group: Sequence[_Placed], many: Many) -> dict[int, str]:
    """What they waited for is gone; what they leave to a person, or still wait for, is noted."""
    states = {group[place].looked.row.id: APPLIED for place in many.taken}
    causes.keep([(group[n].looked.row.id, group[n].context.system, many.doubts.get(n, ())) for n in many.taken])
    for place, unknown in many.unresolved.items():
        row, system = group[place].looked.row, group[place].context.system
        states[row.id] = settle(row, waits(unknown.settles, unknown.message, system, *unknown.names)).state
    return states
