"""The ERP in memory behind a socket: a small JSON protocol of its own, an adapter for it, and a way to plant what differs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from connectors import messages as m
from connectors.base import Call, DocumentPage, KeyPage, Page
from tests.fakes.erp import FakeErp
from tests.fakes.server import Fake, Seen, as_json, serve

KINDS: dict[str, type[Any]] = {
    "units": m.UnitRecord, "items": m.ItemRecord, "suppliers": m.SupplierRecord, "lots": m.LotRecord,
    "purchase-orders": m.PurchaseOrderRecord, "costs": m.CostRecord, "stock": m.StockRecord,
}  # fmt: skip
LINES = {"purchase-orders": ("lines", m.PurchaseOrderLine)}
OBJECTS = ("units", "items", "suppliers", "lots", "purchase-orders", "costs", "stock")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, dt.datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, dt.date):
        return {"day": value.isoformat()}
    raise TypeError(type(value).__name__)


def _kept(value: dict[str, Any]) -> Any:
    if len(value) == 1:
        ((name, told),) = value.items()
        if name in READ:
            return READ[name](told)
    return value


READ: dict[str, Any] = {"decimal": Decimal, "moment": dt.datetime.fromisoformat, "day": dt.date.fromisoformat}


def record(object: str, told: dict[str, Any]) -> m.MirrorRecord:
    if object in LINES:
        name, kind = LINES[object]
        told = {**told, name: tuple(kind(**line) for line in told[name])}
    made: m.MirrorRecord = KINDS[object](**told)
    return made


class HttpErp:
    """The adapter: every question is one GET."""

    objects, snapshots = OBJECTS, frozenset({"stock"})
    capabilities = dict.fromkeys(OBJECTS, "pulled")

    def _ask(self, what: str, **given: Any) -> Iterator[Any]:
        query = "&".join(f"{name}={quote(str(value))}" for name, value in given.items() if value is not None)
        reply = yield Call("GET", f"/{what}?{query}")
        return json.loads(reply.body, object_hook=_kept)

    def pull(self, object_name: str, cursor: str | None, settings: Any) -> Iterator[Any]:
        told = yield from self._ask("pull", object=object_name, cursor=cursor)
        return Page(tuple(record(object_name, row) for row in told["rows"]), told["cursor"], told["more"])

    def read_one(self, object_name: str, external_id: str, settings: Any) -> Iterator[Any]:
        told = yield from self._ask("one", object=object_name, key=external_id)
        return record(object_name, told["rows"][0]) if told["rows"] else None

    def keys(self, object_name: str, after: str | None, settings: Any) -> Iterator[Any]:
        told = yield from self._ask("keys", object=object_name)
        return KeyPage(tuple(told["keys"]), None)

    def documents(self, stems: tuple[str, ...], after: str | None, settings: Any) -> Iterator[Any]:
        told = yield from self._ask("documents", stems=",".join(stems), after=after)
        return DocumentPage(tuple(m.DocumentFound(**row) for row in told["documents"]), told["after"])

    def post(self, intent: m.PostingIntent, settings: Any) -> Iterator[Any]:
        told = yield from self._ask("post", reference=intent.reference, quantity=intent.quantity, item=intent.item_id,
                                    lot=intent.lot_id)  # fmt: skip
        read_back = {
            "item_id": intent.item_id, "lot_id": intent.lot_id, "unit_id": intent.unit_id, "state": "done",
            "quantity": str(intent.quantity), "from_role": intent.from_role.value, "to_role": intent.to_role.value,
        }  # fmt: skip
        return m.PostingResult(
            document_number=told["number"], external_id=told["number"], state="done", read_back=read_back
        )

    def cancel(self, intent: m.PostingIntent, settings: Any) -> Iterator[Any]:
        yield from self._ask("keys", object="units")
        return None


@dataclasses.dataclass
class ErpServer:
    """What stands over there. `documents`: what was posted, in order; `is_away`: answers 503 to everything."""

    store: FakeErp = dataclasses.field(default_factory=lambda: FakeErp(objects=OBJECTS, snapshots=("stock",)))
    documents: list[m.DocumentFound] = dataclasses.field(default_factory=list)
    is_away: bool = False
    page_size: int = 1000
    base_url: str = ""

    def answer(self, asked: Seen) -> Any:
        if self.is_away:
            return as_json({"problem": "away"}, 503)
        parts = urlsplit(asked.path)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        told = getattr(self, f"_{parts.path.strip('/')}")(**given)
        return as_json(json.loads(json.dumps(told, default=_plain)))

    def rows(self, object: str) -> list[m.MirrorRecord]:
        return self.store.log.setdefault(object, [])

    def _pull(self, object: str, cursor: str = "0") -> dict[str, Any]:
        log, start = self.rows(object), int(cursor)
        end = min(start + self.page_size, len(log))
        return {"rows": [dataclasses.asdict(row) for row in log[start:end]], "cursor": str(end), "more": end < len(log)}

    def _one(self, object: str, key: str) -> dict[str, Any]:
        found = [row for row in self.rows(object) if row.external_id == key]
        return {"rows": [dataclasses.asdict(row) for row in found[-1:]]}

    def _keys(self, object: str) -> dict[str, Any]:
        return {"keys": sorted({row.external_id for row in self.rows(object)})}

    def _documents(self, stems: str, after: str = "0") -> dict[str, Any]:
        found = [row for row in self.documents if row.reference.startswith(tuple(stems.split(",")))]
        start, end = int(after), int(after) + self.page_size
        told = [dataclasses.asdict(row) for row in found[start:end]]
        return {"documents": told, "after": str(end) if end < len(found) else None}

    def _post(self, reference: str, quantity: str, item: str, lot: str = "") -> dict[str, Any]:
        for row in self.documents:
            if row.reference == reference:
                return {"number": row.number}
        return {"number": self.book(reference, Decimal(quantity), item, lot or None).number}

    def book(self, reference: str, quantity: Decimal, item: str, lot: str | None) -> m.DocumentFound:
        """A document, whoever books it."""
        number = f"D{len(self.documents) + 1}"
        made = m.DocumentFound(
            reference=reference, number=number, external_id=number, state="done", is_done=True, item_id=item,
            lot_id=lot, quantity=quantity,
        )  # fmt: skip
        self.documents.append(made)
        return made

    def change(self, object: str, place: int, **values: Any) -> str:
        """Silently: the row is another one, and its time of change is the old one."""
        rows = self.rows(object)
        rows[place] = dataclasses.replace(rows[place], **values)
        return rows[place].external_id


@contextmanager
def running() -> Iterator[ErpServer]:
    made = ErpServer()
    with serve(made.answer) as fake:
        assert isinstance(fake, Fake)
        made.base_url = fake.base_url
        yield made
