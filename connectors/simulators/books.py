"""The books of the simulated ERP: master data, lots, stock and documents. What was booked is on disk before it is answered."""

from __future__ import annotations

import json
import os
import threading
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from connectors.simulators.server import now

PLANT = Path(__file__).with_name("plant.json")
Row = dict[str, Any]
# Kind → from, to; what goes back to its supplier lies nowhere here.
MOVES = {
    "block": ("V-STORE", "V-BLOCKED"),
    "release": ("V-BLOCKED", "V-STORE"),
    "scrap": ("V-BLOCKED", "V-SCRAP"),
    "scrap_free": ("V-STORE", "V-SCRAP"),
    "return": ("V-BLOCKED", ""),
    "return_free": ("V-STORE", ""),
}
OTHER = ("cost",)
MARKED = {"lots": {"blocked": bool}, "suppliers": {"blocked": bool}, "shipments": {"blocked": bool}}


class Refused(Exception):
    """Why the ERP does not do it, in its own words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class Books:
    """`lists`: rows by object, in the order of their ids. Nothing is unique but the ids: a call that comes twice is booked twice."""

    def __init__(self, store: Path | None = None, plant: Path = PLANT) -> None:
        told = json.loads(plant.read_text())
        self.lock = threading.Lock()
        self.lists: dict[str, list[Row]] = {name: [dict(row) for row in rows] for name, rows in told["objects"].items()}
        self.lists |= {"documents": [], "usage-decisions": []}
        for rows in self.lists.values():
            for row in rows:
                row.setdefault("changed_at", told["since"])
        self.stock: dict[tuple[str, str, str], Decimal] = {}
        for line in told["stock"]:
            self._move(line["item"], line["lot"], line["place"], Decimal(line["quantity"]))
        self._file = _opened(store, self._again) if store else None

    # --- reading ----------------------------------------------------------------------------------------------------------

    def rows(self, name: str) -> list[Row]:
        """Raises Refused for what this ERP does not have."""
        if name == "stock":
            return self._stock_rows()
        if name not in self.lists:
            raise Refused(404, f"There is no {name}.")
        with self.lock:
            return list(self.lists[name])

    def one(self, name: str, key: str) -> Row:
        for row in self.rows(name):
            if row["id"] == key:
                return row
        raise Refused(404, f"{name} has no {key}.")

    def _stock_rows(self) -> list[Row]:
        with self.lock:
            held = sorted(self.stock.items())
        return [
            {"id": f"{item}:{lot}:{place}", "item": item, "lot": lot, "place": place, "quantity": str(quantity), "unit": self._unit(item)}
            for (item, lot, place), quantity in held
            if quantity and place
        ]  # fmt: skip

    def _unit(self, item: str) -> str:
        return next((str(row["unit"]) for row in self.lists["items"] if row["id"] == item), "")

    # --- writing ----------------------------------------------------------------------------------------------------------

    def book(self, told: Any) -> Row:
        """A document. Raises Refused; then nothing is booked."""
        with self.lock:
            row = self._document(told)
            self._keep("documents", row)
            return row

    def decide(self, told: Any) -> Row:
        """A usage decision of a lot: once, for ever."""
        with self.lock:
            key, code = (str(told.get(name) or "") for name in ("id", "code"))
            if not any(row["id"] == key for row in self.lists["lots"]) or code not in ("A", "R"):
                raise Refused(422, "A usage decision names a lot and A or R.")
            if any(row["id"] == key for row in self.lists["usage-decisions"]):
                raise Refused(409, f"Lot {key} is decided.")
            row = {"id": key, "code": code, "changed_at": now()}
            self._keep("usage-decisions", row)
            return row

    def mark(self, name: str, key: str, told: Any) -> Row:
        allowed = MARKED.get(name, {})
        wrong = [field for field, value in told.items() if not isinstance(value, allowed.get(field, ()))]
        if wrong or not told:
            raise Refused(422, f"{name} take only {', '.join(allowed) or 'nothing'} from outside.")
        with self.lock:
            held = next((row for row in self.lists[name] if row["id"] == key), None)
            if held is None:
                raise Refused(404, f"{name} has no {key}.")
            row = held | told | {"changed_at": now()}
            self._keep(name, row)
            return row

    def receive(self) -> Row:
        """A delivery arrives: a new lot of a bought part, with its receipt and stock."""
        with self.lock:
            count = len(self.lists["lots"]) + 1
            key = f"L{count:03d}"
            lot = {
                "id": key,
                "number": f"VB-26-{400 + count:04d}",
                "item": "I2",
                "blocked": False,
                "active": True,
                "changed_at": now(),
            }
            line = {
                "id": f"R{count:03d}-1",
                "item": "I2",
                "lot": key,
                "quantity": "120",
                "unit": "UM",
                "order_line": "",
            }
            receipt = {"id": f"R{count:03d}", "number": f"GR-V-{count:04d}", "supplier": "S1", "state": "posted", "date": now()[:10],
                       "lines": [line], "changed_at": now()}  # fmt: skip
            self._keep("lots", lot)
            self._keep("receipts", receipt)
            return lot

    def _document(self, told: Any) -> Row:
        if not isinstance(told, dict) or not told.get("reference"):
            raise Refused(422, "A document needs a reference.")
        kind = told.get("kind")
        if kind not in (*MOVES, *OTHER):
            raise Refused(422, f"There is no movement {kind}; there are {', '.join((*MOVES, *OTHER))}.")
        try:
            quantity = Decimal(str(told.get("quantity")))
        except InvalidOperation:
            raise Refused(422, f"{told.get('quantity')} is no quantity.") from None
        if not quantity.is_finite() or quantity <= 0:
            raise Refused(422, "The quantity must be more than nothing.")
        names = ("reference", "item", "lot", "unit", "supplier", "amount", "currency", "note")
        row = {name: str(told.get(name) or "") for name in names}
        if kind in MOVES:
            self._check(row, kind, quantity)
        count = len(self.lists["documents"]) + 1
        source, target = MOVES.get(kind, ("", ""))
        return row | {
            "id": str(count), "number": f"MD-{count:06d}", "kind": kind, "quantity": str(told["quantity"]), "from": source,
            "to": target, "state": "posted", "changed_at": now(),
        }  # fmt: skip

    def _check(self, row: Row, kind: str, quantity: Decimal) -> None:
        lot = next((lot for lot in self.lists["lots"] if lot["id"] == row["lot"]), None)
        if lot is None or lot["item"] != row["item"]:
            raise Refused(422, f"Part {row['item']} has no lot {row['lot']}.")
        there = self.stock.get((row["item"], row["lot"], MOVES[kind][0]), Decimal(0))
        if there < quantity:
            raise Refused(422, f"Only {there:f} of lot {lot['number']} lie in {MOVES[kind][0]}.")

    # --- keeping ----------------------------------------------------------------------------------------------------------

    def _keep(self, name: str, row: Row) -> None:
        if self._file is not None:
            self._file.write(json.dumps([name, row], ensure_ascii=False).encode() + b"\n")
            self._file.flush()
        self._again(name, row)

    def _again(self, name: str, row: Row) -> None:
        """What a line of the file says, now or after a start."""
        rows = self.lists[name]
        held = (
            next((place for place, one in enumerate(rows) if one["id"] == row["id"]), None) if name in MARKED else None
        )
        if held is None:
            rows.append(row)
        else:
            rows[held] = row
        if name == "documents" and row["kind"] in MOVES:
            quantity = Decimal(row["quantity"])
            self._move(row["item"], row["lot"], row["from"], -quantity)
            self._move(row["item"], row["lot"], row["to"], quantity)
        if name == "receipts":
            for line in row["lines"]:
                self._move(line["item"], line["lot"], "V-STORE", Decimal(line["quantity"]))

    def _move(self, item: str, lot: str, place: str, quantity: Decimal) -> None:
        self.stock[item, lot, place] = self.stock.get((item, lot, place), Decimal(0)) + quantity


def _opened(store: Path, take: Any) -> Any:
    """The file, read again. A line that a killed process left half was never answered: it is cut off."""
    store.parent.mkdir(parents=True, exist_ok=True)
    file = os.fdopen(os.open(store, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    whole = 0
    for line in file:
        if not line.endswith(b"\n"):
            break
        take(*json.loads(line))
        whole += len(line)
    file.seek(whole)
    file.truncate()
    return file
