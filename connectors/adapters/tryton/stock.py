"""Stock by location: nothing in Tryton dates a quantity, so all of it is read each time, place by place.

A page is one place's lots, or its parts (for what lies there without a lot), from an id on.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from connectors import messages as m
from connectors.adapters.tryton.values import kept, key, number
from connectors.adapters.tryton.wire import Domain, Row, Wire
from connectors.base import Exchange, KeyPage, Page, Permanent, Settings

OBJECT = "stock"
LIES = ["quantity", "!=", 0]
LOTS, PARTS = 0, 1
FEWEST = Decimal("0.000001")  # below it a remainder is the noise of binary numbers


@dataclass(frozen=True)
class Place:
    """`place` 0: none yet. `phase`: its lots or its parts; `last` id of those."""

    place: int = 0
    phase: int = LOTS
    last: int = 0

    @classmethod
    def read(cls, text: str | None) -> Place:
        try:
            return cls(**json.loads(text)) if text else cls()
        except (ValueError, TypeError) as error:
            raise Permanent("bad_cursor", "The stored cursor is not one of this adapter; read everything.") from error

    def __str__(self) -> str:
        return json.dumps(asdict(self))


def pull(wire: Wire, cursor: str | None, settings: Settings, limit: int) -> Exchange[Page]:
    now = Place.read(cursor)
    places = yield from _places(wire, settings)
    if now.place == 0:
        now = Place(min(places)) if places else now
    if now.place not in places:  # it was removed in mid-run, or there is none
        return Page((), *_next(now, places))
    read = _lots if now.phase == LOTS else _parts
    records, last, is_full = yield from read(wire, places[now.place], now.last, limit)
    if is_full:
        return Page(tuple(records), str(replace(now, last=last)), True)
    if now.phase == LOTS:
        return Page(tuple(records), str(Place(now.place, PARTS)), True)
    return Page(tuple(records), *_next(now, places))


def _next(now: Place, places: dict[int, Row]) -> tuple[str, bool]:
    later = [place for place in places if place > now.place]
    return (str(Place(min(later))), True) if later else ("", False)


def _places(wire: Wire, settings: Settings) -> Exchange[dict[int, Row]]:
    """Every place that stores, and those to which the connection gives a role."""
    named = {code: role for role, code in settings.get("locations", {}).items()}
    asked: Domain = [["OR", ["type", "=", "storage"], ["code", "in", sorted(named)]]]
    rows = yield from wire.search("stock.location", asked, ("code", "name"), 10_000)
    return {row["id"]: {**row, "role": named.get(row["code"], "")} for row in rows}


def _lots(wire: Wire, place: Row, last: int, limit: int) -> Exchange[tuple[list[m.StockRecord], int, bool]]:
    fields = ("number", "product", "quantity", "default_uom")
    rows = yield from wire.search("stock.lot", [["id", ">", last], LIES], fields, limit, context=_at(place))
    records = [_record(place, row, row["product"], row["id"], row["number"], number(row["quantity"])) for row in rows]
    return records, (rows[-1]["id"] if rows else last), len(rows) == limit


def _parts(wire: Wire, place: Row, last: int, limit: int) -> Exchange[tuple[list[m.StockRecord], int, bool]]:
    """What lies there without a lot: the part's quantity less that of its lots."""
    asked, fields = [["id", ">", last], LIES], ("code", "quantity", "default_uom")
    rows = yield from wire.search("product.product", asked, fields, limit, context=_at(place))
    records = []
    if rows:
        in_lots = yield from _in_lots(wire, place, [row["id"] for row in rows])
        for row in rows:
            left = number(row["quantity"]) - in_lots.get(row["id"], Decimal(0))
            if abs(left) > FEWEST:
                records.append(_record(place, row, row["id"], None, row["code"] or f"#{row['id']}", left))
    return records, (rows[-1]["id"] if rows else last), len(rows) == limit


def _in_lots(wire: Wire, place: Row, parts: list[int]) -> Exchange[dict[int, Decimal]]:
    found: dict[int, Decimal] = {}
    last, is_full = 0, True
    while is_full:
        asked = [["id", ">", last], ["product", "in", parts], LIES]
        rows = yield from wire.search("stock.lot", asked, ("product", "quantity"), 1000, context=_at(place))
        for row in rows:
            part = int(key(row["product"]))
            found[part] = found.get(part, Decimal(0)) + number(row["quantity"])
        last, is_full = (rows[-1]["id"] if rows else last), len(rows) == 1000
    return found


def _record(place: Row, row: Row, part: Any, lot: int | None, label: str, quantity: Decimal) -> m.StockRecord:
    item, where = key(part), place["code"] or f"#{place['id']}"
    return m.StockRecord(
        external_id=f"{item}:{lot or ''}:{place['id']}",
        number=f"{label} @ {where}",
        changed_at=None,
        raw=kept({"id": row["id"], "place": place["id"]}),
        item_id=item,
        lot_id=None if lot is None else str(lot),
        place_code=where,
        place_name=place["name"],
        place_role=place["role"],
        quantity=quantity,
        unit_id=key(row["default_uom"]),
    )


def _at(place: Row) -> dict[str, Any]:
    return {"locations": [place["id"]]}


def read_one(wire: Wire, external_id: str, settings: Settings) -> Exchange[m.StockRecord | None]:
    item, lot, where = external_id.split(":")
    places = yield from _places(wire, settings)
    place = places.get(int(where))
    if place is None:
        return None
    read, last = (_lots, int(lot) - 1) if lot else (_parts, int(item) - 1)
    records, _last, _full = yield from read(wire, place, last, 1)
    return next((record for record in records if record.external_id == external_id), None)


def keys(wire: Wire, settings: Settings, limit: int) -> Exchange[KeyPage]:
    """All of it at once: what is read is the list of keys."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = yield from pull(wire, cursor, settings, limit)
        found += [record.external_id for record in page.records]
        if not page.more:
            return KeyPage(tuple(found), None)
        cursor = page.cursor
