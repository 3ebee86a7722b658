"""Documents that carry our references: what was posted for us, by anybody and however often."""

from __future__ import annotations

from connectors.adapters.tryton.documents import INTERNAL, PRODUCTION, RETURN, fields_of
from connectors.adapters.tryton.values import key, key_or_none, number
from connectors.adapters.tryton.wire import Row, Wire
from connectors.base import DocumentPage, Exchange
from connectors.messages import DocumentFound

MODELS = (INTERNAL, RETURN, PRODUCTION)


def documents(wire: Wire, stems: tuple[str, ...], after: str | None, limit: int) -> Exchange[DocumentPage]:
    """`after`: place in MODELS and the last id read of it."""
    place, last = (int(part) for part in (after or "0:0").split(":"))
    model = MODELS[place]
    ours = ["OR", *(["reference", "like", f"{stem}%"] for stem in stems)]
    asked = [["id", ">", last], ["state", "!=", "cancelled"], ours]
    rows = yield from wire.search(model, asked, fields_of(model), limit)
    found = tuple(_found(model, row) for row in rows)
    if len(rows) == limit:
        return DocumentPage(found, f"{place}:{rows[-1]['id']}")
    return DocumentPage(found, f"{place + 1}:0" if place + 1 < len(MODELS) else None)


def _found(model: str, row: Row) -> DocumentFound:
    told = row["inputs" if model == PRODUCTION else "moves"] or []
    moves = [move for move in told if move["state"] != "cancelled"]
    first = moves[0] if moves else None
    return DocumentFound(
        reference=row["reference"],
        number=row["number"] or key(row),
        external_id=key(row),
        state=row["state"],
        is_done=row["state"] == "done",
        item_id=key(first["product"]) if first else None,
        lot_id=key_or_none(first["lot"]) if first else None,
        quantity=sum((number(move["quantity"]) for move in moves), number(0)),
    )
