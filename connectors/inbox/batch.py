"""Up to a thousand events in one body: each is kept, answered and applied by itself, but written together (core-path.md §2).

All of a kind go into one act; when the database refuses it, it is halved until the one that is to blame stands alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from logging import ERROR, INFO
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, transaction

from connectors.models import MessageState
from connectors.routes import TakeAll, known_among
from qms.api import problems
from qms.api.problems import Malformed
from qms.lib.errors import Refusal

from . import causes, raw, shadow
from .apply import SHADOWED, Outcome, context_of, log, take, waits
from .arrival import Faulty, FlowOff, Refused, as_answer, read_one, refuse, told
from .items import Item, Opened, Ready, Stored, split
from .places import only_site
from .sweep import apply_awaiting


@dataclass(frozen=True)
class ItemAnswer:
    """`status`: created, updated, duplicate, needs_mapping, parked, rejected; `faults` where it is rejected."""

    index: int
    id: str
    status: str
    record: str = ""
    problem: str = ""
    notes: Sequence[str] = ()
    code: str = ""
    faults: Sequence[problems.Fault] = ()


def receive_all(*, body: bytes, headers: Mapping[str, str], caller: Any) -> list[ItemAnswer]:
    """One answer per item, in order. Raises Malformed for what is no list of events; that body is kept aside as a whole."""
    try:
        items = split(body)
    except Malformed as why:
        raise refuse(why=why, body=body, headers=headers, caller=caller) from None
    batch = Batch(body, headers, caller, items)
    batch.keep(batch.open())
    batch.apply()
    return [batch.answer(item) for item in items]


class Batch:
    keeps_off = False  # of a flow that is off nothing is taken; a transport that has it in hand keeps it

    def __init__(self, body: bytes, headers: Mapping[str, str], caller: Any, items: list[Item]) -> None:
        self.body, self.headers, self.caller, self.items = body, headers, caller, items
        self.terms: dict[tuple[str, str], raw.Terms] = {}
        self.stored: dict[int, Stored] = {}  # by index

    # --- T1 -----------------------------------------------------------------------------------------------------------

    def open(self) -> list[Opened]:
        """Those that are events, each id once."""
        first: dict[tuple[str, str], Opened] = {}
        for item in self.items:
            try:
                opened = self._open(item)
                if (before := first.setdefault(opened.key, opened)) is not opened:
                    opened.arrival.check_body(before.sha256)
                    item.same = before.item
            except Faulty as faulty:
                item.refuse(faulty.refused(), faulty.named)
            except Malformed as why:
                item.refuse(why)
        return list(first.values())

    def _open(self, item: Item) -> Opened:
        arrival = read_one(item.body, self.caller)
        item.id = arrival.envelope.id
        message = arrival.read()
        site_id = arrival.site(message)
        key = (arrival.code, arrival.envelope.type)
        if key not in self.terms:
            self.terms[key] = raw.terms(code=key[0], message_type=key[1])
        terms = self.terms[key]
        if terms.stage(site_id or terms.site_id) == "off" and not self.keeps_off:
            raise FlowOff(key[1])
        return Opened(item, arrival, message, site_id, hashlib.sha256(item.body).hexdigest(), terms)

    def keep(self, opened: list[Opened]) -> None:
        """Every event as it came, committed, in one statement; what no row can take stands aside."""
        if opened:
            found = raw.store_all(
                body=self.body, headers=self.headers, sender=self.caller.pk, rows=[self._kept(one) for one in opened]
            )
            for one in opened:
                self._know(one, found[one.key])
        self._quarantine(item for item in self.items if item.refused and not isinstance(item.refused, FlowOff))

    def _kept(self, one: Opened) -> dict[str, Any]:
        source, message_id = one.key
        return {
            "interface": one.terms.interface,
            "site": one.site_id or one.terms.site_id or only_site(self.caller),
            "source": source,
            "message_id": message_id,
            "kind": one.arrival.envelope.type,
            "start": one.item.start,
            "size": len(one.item.body),
            "sha256": one.sha256,
            "mapping": one.terms.mapping,
        }

    def _know(self, one: Opened, row: raw.Row) -> None:
        kept = self.stored[one.item.index] = Stored(one, row)
        if row.is_new:
            return
        try:
            one.arrival.check_body(row.body_sha256)
            kept.outcome = Outcome(row.state, row.record_number, row.problem)
        except Faulty as faulty:
            one.item.refuse(faulty.refused(), faulty.named)

    def _quarantine(self, items: Iterable[Item]) -> None:
        kept = [
            raw.quarantined(
                body=item.body,
                headers=self.headers,
                sender=self.caller,
                site_id=only_site(self.caller),
                problem=told(item.refused.faults) if item.refused and item.refused.faults else str(item.refused),
                **item.named,
            )
            for item in items
        ]
        raw.Quarantined.objects.bulk_create(kept)

    # --- T2 -----------------------------------------------------------------------------------------------------------

    def apply(self) -> None:
        """New defects first, all of a system in one act; then what is told of defects, in one act too and in its order;
        then, in theirs, those that go alone."""
        new = [stored for stored in self.stored.values() if stored.row.is_new]
        ready = [one for stored in new if (one := self._ready(stored))]
        self._settle(new)
        first, again = _sorted(ready)
        self._together(first, lambda one: one.route.take_all)
        unmade = {one.defect for one in first if not one.has_made}
        again = [one for one in again if one.route.is_news or one.defect not in unmade]
        self._together(again, lambda one: one.route.repeat_all or one.route.take_all)
        self._settle(one.stored for one in ready)
        for one in ready:
            if one.is_open:
                one.settle(self._alone(one))
        apply_awaiting(one.defect for one in ready if one.has_made)

    def _alone(self, one: Ready) -> Outcome:
        terms = one.stored.opened.terms
        return take(row=one.row, route=one.route, message=one.message, context=one.context, terms=terms, by=self.caller)

    def _ready(self, stored: Stored) -> Ready | None:
        """None when it waits, or is refused."""
        opened = stored.opened
        message, stored.outcome = opened.arrival.understood(opened.terms, opened.message, opened.site_id)
        route = opened.arrival.route
        if stored.outcome or route is None:
            return None
        envelope = opened.arrival.envelope
        context = context_of(stored.row, message, envelope, opened.terms, opened.site_id, self.caller)
        if isinstance(context, Outcome):
            stored.outcome = context
            return None
        return Ready(stored, route, message, context)

    def _settle(self, items: Iterable[Stored]) -> None:
        waiting = [(i.row.id, i.outcome) for i in items if i.outcome and i.outcome.state != MessageState.APPLIED]
        raw.settle_all([(key, found.state, found.problem) for key, found in waiting])
        causes.keep([(key, found.system, found.causes) for key, found in waiting if found.causes])
        shadow.compute(key for key, found in waiting if found.state == SHADOWED)

    def _together(self, items: list[Ready], way: Callable[[Ready], TakeAll | None]) -> None:
        """Those of one system and one way in one act."""
        groups: dict[tuple[str, TakeAll], list[Ready]] = {}
        for one in items:
            if take_all := way(one):
                groups.setdefault((one.context.system, take_all), []).append(one)
        for (_system, take_all), group in groups.items():
            self._take_all(group, take_all)

    def _take_all(self, items: list[Ready], take_all: TakeAll) -> None:
        """One act for all, or two for the halves; what is left alone goes the way of a single event, which keeps the reason."""
        if len(items) == 1:
            return
        try:
            self._in_one_act(items, take_all)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # whatever one of them causes, the others are not to suffer from it
            is_ours = not isinstance(
                error, (Refusal, DatabaseError)
            )  # the singles say the reason, a fault of ours does not
            log.log(ERROR if is_ours else INFO, "a batch of %s is halved: %s", len(items), error, exc_info=is_ours)
            middle = len(items) // 2
            self._take_all(items[:middle], take_all)
            self._take_all(items[middle:], take_all)

    def _in_one_act(self, items: list[Ready], take_all: TakeAll) -> None:
        def close(taken: dict[int, tuple[str, list[str]]]) -> bool:
            rows = [
                (items[place].row.id, number, " ".join(notes), items[place].stored.opened.terms.mapping)
                for place, (number, notes) in taken.items()
            ]
            return raw.close_all(rows)

        with transaction.atomic():
            many = take_all([(one.message, one.context) for one in items], self.caller, close)
            left = [(items[place], doubts) for place, doubts in many.doubts.items()]
            causes.keep([(one.row.id, one.context.system, doubts) for one, doubts in left])
        for place, (number, notes) in many.taken.items():
            items[place].settle(Outcome(MessageState.APPLIED, number, notes=tuple(notes), is_update=many.are_updates))
        for place, unknown in many.unresolved.items():
            system = items[place].context.system
            items[place].settle(waits(unknown.settles, unknown.message, system, *unknown.names))

    # --- the answer ---------------------------------------------------------------------------------------------------

    def answer(self, item: Item) -> ItemAnswer:
        name = item.id or item.named.get("id", "")
        first = item.same or item
        if why := item.refused or first.refused:
            return ItemAnswer(item.index, name, "rejected", problem=str(why), code=why.code, faults=why.faults)
        stored = self.stored[first.index]
        assert stored.outcome is not None
        try:
            found = as_answer(stored.outcome, is_first=first is item and stored.row.is_new)
        except Refused as refused:
            return ItemAnswer(item.index, name, "rejected", problem=str(refused), code=refused.code)
        return ItemAnswer(item.index, name, found.status, found.record, found.problem, found.notes)


def _sorted(ready: list[Ready]) -> tuple[list[Ready], list[Ready]]:
    """Those that make a record, and those that tell again of a defect which has one, or gets it in this batch."""
    logged = [one for one in ready if one.route.repeat_all]
    seen = known_among([(one.message, one.context) for one in logged])
    first: list[Ready] = []
    again: list[Ready] = []
    for one in ready:
        if one.route.is_news or one.route.repeat_all and one.defect in seen:
            again.append(one)
        elif one.route.take_all:
            first.append(one)
            seen.add(one.defect)
    return first, again
