"""Events that a transport made of rows: the way of a batch (batch.py), but nobody on the other side corrects and sends again.

What cannot be taken is therefore kept among the dead letters of the interface, with its raw row and the reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.models import MessageState
from qms.api import strict_json
from qms.api.problems import Fault, Malformed

from . import raw
from .arrival import Refused, told
from .batch import Batch, ItemAnswer
from .items import Item, Opened
from .places import fit, only_site, spelling

PER_BATCH = 500


@dataclass(frozen=True)
class Event:
    """`body`: a CloudEvent as JSON. `fault`: why it must not be applied, though it is kept."""

    body: bytes
    fault: str = ""
    where: str = ""


def take_in(*, events: Sequence[Event], headers: Mapping[str, str], caller: Any) -> list[ItemAnswer]:
    """One answer per event, in order; each is kept, applied or put aside. `caller`: with the scope of the interface."""
    answers: list[ItemAnswer] = []
    for start in range(0, len(events), PER_BATCH):
        batch = Delivered(events[start : start + PER_BATCH], headers, caller)
        batch.keep(batch.open())
        batch.apply()
        answers += [batch.answer(item) for item in batch.items]
    return answers


def faults_of(*, events: Sequence[Event], headers: Mapping[str, str], caller: Any) -> list[ItemAnswer]:
    """Those that would be refused; nothing is kept and nothing applied (all or nothing)."""
    batch = Delivered(events, headers, caller)
    batch.open()
    return [batch.answer(item) for item in batch.items if item.refused]


class Delivered(Batch):
    keeps_off = True

    def __init__(self, events: Sequence[Event], headers: Mapping[str, str], caller: Any) -> None:
        items, start = [], 1
        for index, event in enumerate(events):
            items.append(Item(index, start, event.body))
            start += len(event.body) + 1
        super().__init__(b"[" + b",".join(event.body for event in events) + b"]", headers, caller, items)
        self.events = events

    def _open(self, item: Item) -> Opened:
        event = self.events[item.index]
        if event.fault:
            raise Refused("", status=422, code="invalid", faults=[Fault(event.where, event.fault, "")])
        return super()._open(item)

    def _quarantine(self, items: Iterable[Item]) -> None:
        """Under a name of its own, so that the corrected row may still come under the right one."""
        refused = list(items)
        rows = {item.index: self._aside(item) for item in refused}
        unique = {(row["source"], row["message_id"]): row for row in rows.values()}
        if not unique:
            return
        held = raw.store_all(body=self.body, headers=self.headers, sender=self.caller.pk, rows=list(unique.values()))
        settled = {}
        for item in refused:
            row = rows[item.index]
            stored = held[row["source"], row["message_id"]]
            settled[stored.id] = (stored.id, MessageState.REJECTED.value, why(item.refused))
        raw.settle_all(list(settled.values()))

    def _aside(self, item: Item) -> dict[str, Any]:
        sha256, scope = hashlib.sha256(item.body).hexdigest(), self.caller.token_scope
        envelope = raw_envelope(item.body)
        terms = self._terms(scope.source, envelope.get("type", ""))
        return {
            "interface": terms.interface,
            "site": terms.site_id or only_site(self.caller),
            "source": spelling(scope.source, envelope.get("source", scope.source)),
            "message_id": f"{fit(envelope.get('id', ''), 180)}~{sha256[:12]}",
            "kind": envelope.get("type", "")[:80],
            "start": item.start,
            "size": len(item.body),
            "sha256": sha256,
        }

    def _terms(self, code: str, kind: str) -> raw.Terms:
        if (code, kind) not in self.terms:
            self.terms[code, kind] = raw.terms(code=code, message_type=kind)
        return self.terms[code, kind]


def raw_envelope(body: bytes) -> dict[str, str]:
    """The words by which it is kept; transports make the envelope, so it can be read."""
    value = strict_json.loads(body)
    return {name: value[name] for name in ("id", "source", "type") if isinstance(value.get(name), str)}


def why(refused: Malformed | None) -> str:
    assert refused is not None
    return told(refused.faults) if refused.faults else str(refused)


__all__ = ["Event", "faults_of", "take_in"]
