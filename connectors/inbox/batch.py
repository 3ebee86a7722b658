"""Up to a thousand events in one body: each is kept, answered and applied by itself, but written together (core-path.md §2).

All of a kind go into one act; when the database refuses it, it is halved until the one that is to blame stands alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _

from connectors.models import MessageState
from connectors.routes import Context
from qms.api import problems, strict_json
from qms.api.parsers import malformed
from qms.api.problems import Malformed

from . import causes, raw
from .apply import Outcome, apply_message, context_of, log, waits
from .arrival import Arrival, Faulty, Refused, as_answer, read_one, refuse, told
from .places import only_site
from .sweep import apply_awaiting

MOST = 1000


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


@dataclass
class Item:
    """One event on its way. `same`: the index of the one before that it repeats."""

    index: int
    start: int
    body: bytes
    arrival: Arrival | None = None
    message: Any = None
    site_id: int | None = None
    terms: raw.Terms = field(default_factory=raw.Terms)
    sha256: str = ""
    row: raw.Row | None = None
    context: Context | None = None
    same: Item | None = None
    outcome: Outcome | None = None
    refused: Malformed | None = None
    named: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        assert self.arrival is not None
        return self.arrival.source, self.arrival.envelope.id

    @property
    def born(self) -> tuple[str, str]:
        """The defect that it logs, as later messages call it."""
        source, message_id = self.key
        return source, getattr(self.message, "defect_id", "") or message_id

    @property
    def is_born(self) -> bool:
        found = self.outcome
        return found is not None and found.state == MessageState.APPLIED and not found.is_update

    def refuse(self, why: Malformed, named: dict[str, str] | None = None) -> None:
        self.refused, self.named = why, named or self.named


def receive_all(*, body: bytes, headers: Mapping[str, str], caller: Any) -> list[ItemAnswer]:
    """One answer per item, in order. Raises Malformed for what is no list of events; that body is kept aside as a whole."""
    batch = Batch(body, headers, caller)
    batch.read()
    batch.keep()
    batch.apply()
    return [batch.answer(item) for item in batch.items]


def split(body: bytes) -> list[bytes]:
    """The bytes of each member of the list. Raises Malformed."""
    try:
        body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise malformed(strict_json.Bad("not_utf8", at=str(error.start))) from None
    try:
        found = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"), type=list[msgspec.Raw])
    except msgspec.ValidationError:
        raise Malformed(
            _("The body is not a list of events."),
            status=422,
            code="not_a_list",
            hint=_("Send a JSON array of CloudEvents, or one event to mes/events."),
        ) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise malformed(strict_json.Bad("malformed", at=str(error).rpartition(" ")[2].strip("()"))) from None
    if len(found) > MOST:
        raise Malformed(
            _("The batch holds %(count)s events.") % {"count": len(found)},
            status=413,
            code="too_many",
            hint=_("Send at most %(most)s in one request.") % {"most": MOST},
        )
    return [bytes(one) for one in found]


class Batch:
    def __init__(self, body: bytes, headers: Mapping[str, str], caller: Any) -> None:
        self.body, self.headers, self.caller = body, headers, caller
        self.terms: dict[tuple[str, str], raw.Terms] = {}
        try:
            members = split(body)
        except Malformed as why:
            raise refuse(why=why, body=body, headers=headers, caller=caller) from None
        self.items: list[Item] = []
        end = 0
        for index, one in enumerate(members):
            start = body.index(one, end)
            end = start + len(one)
            self.items.append(Item(index, start, one))

    # --- T1 -----------------------------------------------------------------------------------------------------------

    def read(self) -> None:
        first: dict[tuple[str, str], Item] = {}
        for item in self.items:
            try:
                self._read(item)
                if (before := first.setdefault(item.key, item)) is not item:
                    item.arrival.check_body(before.sha256)  # type: ignore[union-attr]
                    item.same = before
            except Faulty as faulty:
                item.refuse(faulty.refused(), faulty.named)
            except Malformed as why:
                item.refuse(why)

    def _read(self, item: Item) -> None:
        item.arrival = arrival = read_one(item.body, self.caller)
        item.message = arrival.read()
        item.site_id = arrival.site(item.message)
        item.sha256 = hashlib.sha256(item.body).hexdigest()
        key = (arrival.code, arrival.envelope.type)
        if key not in self.terms:
            self.terms[key] = raw.terms(code=key[0], message_type=key[1])
        item.terms = self.terms[key]

    def keep(self) -> None:
        """Every event as it came, committed, in one statement; what no row can take stands aside."""
        wanted = [item for item in self.items if not item.refused and not item.same]
        if wanted:
            found = raw.store_all(
                body=self.body, headers=self.headers, sender=self.caller.pk, rows=[self._kept(item) for item in wanted]
            )
            for item in wanted:
                self._know(item, found[item.key])
        self._quarantine(item for item in self.items if item.refused)

    def _kept(self, item: Item) -> dict[str, Any]:
        source, message_id = item.key
        return {
            "interface": item.terms.interface,
            "site": item.site_id or item.terms.site_id or only_site(self.caller),
            "source": source,
            "message_id": message_id,
            "kind": item.arrival.envelope.type,  # type: ignore[union-attr]
            "start": item.start,
            "size": len(item.body),
            "sha256": item.sha256,
        }

    def _know(self, item: Item, row: raw.Row) -> None:
        item.row = row
        if row.is_new:
            return
        try:
            item.arrival.check_body(row.body_sha256)  # type: ignore[union-attr]
            item.outcome = Outcome(row.state, row.record_number, row.problem)
        except Faulty as faulty:
            item.refuse(faulty.refused(), faulty.named)

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
        """Those that can be written together first, each kind of sender in one act; then the others, in their order."""
        new = [item for item in self.items if item.row and item.row.is_new]
        self._place(new)
        ready = [item for item in new if item.outcome is None]
        together: dict[Any, list[Item]] = {}
        for item in ready:
            if item.arrival.route.take_all:  # type: ignore[union-attr]
                together.setdefault((item.arrival.envelope.type, item.context.system), []).append(item)  # type: ignore[union-attr]
        for items in together.values():
            self._take_all(items)
        self._settle(ready)
        for item in ready:
            if item.outcome is None:
                item.outcome = self._take(item)
        apply_awaiting(item.born for item in ready if item.is_born)

    def _place(self, items: list[Item]) -> None:
        for item in items:
            arrival, row = item.arrival, item.row
            assert arrival is not None and row is not None
            item.message, item.outcome = arrival.understood(item.terms, item.message)
            if item.outcome:
                continue
            found = context_of(row, item.message, arrival.envelope, item.terms, item.site_id, self.caller)
            item.outcome, item.context = (found, None) if isinstance(found, Outcome) else (None, found)
        self._settle(items)

    def _settle(self, items: list[Item]) -> None:
        waiting = [i for i in items if i.outcome and i.outcome.state != MessageState.APPLIED]
        raw.settle_all([(i.row.id, i.outcome.state, i.outcome.problem) for i in waiting])  # type: ignore[union-attr]
        told = [(i.row.id, i.outcome.system, i.outcome.causes) for i in waiting if i.outcome.causes]  # type: ignore[union-attr]
        causes.keep(told)

    def _take_all(self, items: list[Item]) -> None:
        """One act for all, or two for the halves; what is left alone goes the way of a single event, which keeps the reason."""
        if len(items) == 1:
            return
        try:
            self._in_one_act(items)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # whatever one of them causes, the others are not to suffer from it
            log.info("a batch of %s is halved: %s", len(items), error)
            middle = len(items) // 2
            self._take_all(items[:middle])
            self._take_all(items[middle:])

    def _in_one_act(self, items: list[Item]) -> None:
        def close(taken: dict[int, tuple[str, list[str]]]) -> bool:
            rows = [
                (items[place].row.id, number, " ".join(notes), items[place].terms.mapping)  # type: ignore[union-attr]
                for place, (number, notes) in taken.items()
            ]
            return raw.close_all(rows)

        route = items[0].arrival.route  # type: ignore[union-attr]
        assert route is not None and route.take_all is not None
        with transaction.atomic():
            many = route.take_all([(i.message, i.context) for i in items], self.caller, close)
            left = [(items[place], doubts) for place, doubts in many.doubts.items()]
            causes.keep([(i.row.id, i.context.system, doubts) for i, doubts in left])  # type: ignore[union-attr]
        for place, (number, notes) in many.taken.items():
            items[place].outcome = Outcome(MessageState.APPLIED, number, notes=tuple(notes))
        for place, unknown in many.unresolved.items():
            system = items[place].context.system  # type: ignore[union-attr]
            items[place].outcome = waits(unknown.settles, unknown.message, system, *unknown.names)

    def _take(self, item: Item) -> Outcome:
        assert item.arrival is not None and item.arrival.route is not None and item.row is not None
        return apply_message(
            item.row, item.arrival.route, item.message, item.arrival.envelope, item.terms, item.site_id, self.caller
        )

    # --- the answer ---------------------------------------------------------------------------------------------------

    def answer(self, item: Item) -> ItemAnswer:
        name = item.arrival.envelope.id if item.arrival else item.named.get("id", "")
        first = item.same or item
        if why := item.refused or first.refused:
            return ItemAnswer(item.index, name, "rejected", problem=str(why), code=why.code, faults=why.faults)
        assert first.outcome is not None and first.row is not None
        try:
            found = as_answer(first.outcome, is_first=first is item and first.row.is_new)
        except Refused as refused:
            return ItemAnswer(item.index, name, "rejected", problem=str(refused), code=refused.code)
        return ItemAnswer(item.index, name, found.status, found.record, found.problem, found.notes)
