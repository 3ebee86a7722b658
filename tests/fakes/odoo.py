"""An Odoo on the loopback, written from its wire shapes: both protocols, its silences and its traps. It knows no product code."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.fakes.server import Answer, Fake, Seen, as_json, serve

STAMP = "%Y-%m-%d %H:%M:%S"
Row = dict[str, Any]
KEY, DATABASE, USER = "the-key", "plant", "qms"
LINES = {"move_ids": "stock.move"}


class Refusal(Exception):
    def __init__(self, name: str, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.name, self.message, self.status = name, message, status


@dataclass
class FakeOdoo:
    """`models` by name, rows by id. `clock` moves a second with every write."""

    models: dict[str, dict[int, Row]] = field(default_factory=dict)
    fields: dict[str, set[str]] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)  # external ids
    moved: list[tuple[str, int]] = field(default_factory=list)  # what really moved stock
    now: dt.datetime = dt.datetime(2026, 11, 21, 18, 0, 0)
    ids: Any = field(default_factory=lambda: itertools.count(100))
    calls: list[tuple[str, str]] = field(default_factory=list)
    lose: Callable[[str, str], bool] = lambda model, method: False  # the answer, after the deed
    digits: int = 2
    base_url: str = ""

    def put(self, model: str, key: int, **values: Any) -> Row:
        self.now += dt.timedelta(seconds=1)
        rows = self.models.setdefault(model, {})
        row = rows.setdefault(key, {"id": key, "active": True})
        row.update(values)
        row.setdefault("write_date", self.now.strftime(STAMP))
        if "write_date" not in values:
            row["write_date"] = self.now.strftime(STAMP)
        self.fields.setdefault(model, set()).update(row)
        return row

    # --- methods of models ------------------------------------------------------------------------------------------

    def run(self, model: str, method: str, ids: list[int], named: Row) -> Any:
        self.calls.append((model, method))
        known = {"search_read": self.search_read, "fields_get": self.fields_get, "load": self.load, "write": self.write}
        if method.startswith("_"):
            raise Refusal("odoo.exceptions.AccessError", "Private methods cannot be called remotely.", 403)
        if method in known:
            return known[method](model, ids, named)
        act = getattr(self, f"{model.replace('.', '_')}_{method}", None)
        if act is None:
            raise Refusal("builtins.AttributeError", f"The method '{model}.{method}' does not exist", 404)
        for one in ids:
            if one not in self.models.get(model, {}):
                raise Refusal("odoo.exceptions.MissingError", "Record does not exist or has been deleted.", 404)
        return act(self.models[model][ids[0]])

    def fields_get(self, model: str, ids: list[int], named: Row) -> Any:
        return {name: {"type": "char"} for name in sorted(self.fields.get(model, set()))}

    def search_read(self, model: str, ids: list[int], named: Row) -> list[Row]:
        rows = list(self.models.get(model, {}).values())
        known = self.fields.get(model, {"id"})
        for name in named.get("fields", ()):
            if name not in known:
                raise Refusal("builtins.ValueError", f"Invalid field '{name}' on '{model}'", 500)
        if named.get("context", {}).get("active_test", True):
            rows = [row for row in rows if row["active"]]
        for term in named["domain"]:
            rows = [row for row in rows if self._holds(row, *term)]
        for part in reversed(named.get("order", "id asc").split(",")):
            name, _, way = part.strip().partition(" ")
            rows.sort(key=lambda row: row.get(name) or 0, reverse=way == "desc")
        rows = rows[: named.get("limit") or None]
        return [{name: row.get(name, False) for name in sorted({"id", *named.get("fields", ())})} for row in rows]

    def _holds(self, row: Row, name: str, operator: str, wanted: Any) -> bool:
        if name.endswith("_date") and ("Z" in str(wanted) or "+" in str(wanted)):
            raise Refusal("builtins.ValueError", "expecting only datetimes with no timezone")
        value = row.get(name.split(".")[0], False)
        if "." in name:  # a path: the fake keeps what it needs under its whole name
            value = row.get(name, wanted)
        value = value[0] if isinstance(value, list) and len(value) == 2 and isinstance(value[1], str) else value
        if operator == "in":
            return value in wanted
        if operator == "=like":
            return isinstance(value, str) and value.startswith(wanted.rstrip("%"))
        ways = {"=": value == (wanted or False) if wanted is None else value == wanted, ">": (value or 0) > (wanted or 0)
                if operator == ">" else False, ">=": str(value) >= str(wanted)}  # fmt: skip
        return bool(ways[operator])

    def load(self, model: str, ids: list[int], named: Row) -> Any:
        """Upsert by the external id; quantities are rounded to what the ERP keeps."""
        made = []
        for told in named["data"]:
            values, lines = {}, {}
            for name, value in zip(named["fields"], told, strict=True):
                column = name.removesuffix("/.id")
                into = lines if column.startswith("move_ids/") else values
                into[column.removeprefix("move_ids/")] = value
            external = values.pop("id")
            key = self.names.setdefault(external, next(self.ids))
            fresh = key not in self.models.get(model, {})
            row = {name: self._typed(name, value) for name, value in values.items()}
            if fresh:
                row |= {"name": f"{'SP' if model == 'stock.scrap' else 'WH/INT'}/{key:05d}", "state": "draft"}
            self.put(model, key, **row)
            if lines and fresh:
                move = next(self.ids)
                self.put("stock.move", move, picking_id=[key, "x"],
                         **{name: self._typed(name, value) for name, value in lines.items()})  # fmt: skip
                self.models[model][key].update(move_line_ids=[])
                self.fields[model].add("move_line_ids")
            made.append(key)
        return {"ids": made, "messages": []}

    def _typed(self, name: str, value: str) -> Any:
        if name.endswith("_qty"):
            return float(Decimal(value).quantize(Decimal(1).scaleb(-self.digits), ROUND_HALF_UP))
        if name.endswith("_id") or name in ("product_uom",):
            return [int(value), f"[{value}] somewhere"] if value else False
        return value or False

    def write(self, model: str, ids: list[int], named: Row) -> Any:
        for one in ids:
            values = {name: [value, "x"] if name == "lot_id" else value for name, value in named["vals"].items()}
            self.put(model, one, **values)
        return True

    # --- acts ------------------------------------------------------------------------------------------------------

    def free(self, product: int, lot: Any, place: int) -> Decimal:
        rows = self.models.get("stock.quant", {}).values()
        return sum((Decimal(str(row["available_quantity"])) for row in rows if row["product_id"][0] == product
                    and row["location_id"][0] == place and (not lot or row["lot_id"] and row["lot_id"][0] == lot)), Decimal(0))  # fmt: skip

    def take(self, product: int, lot: Any, place: int, quantity: Any) -> None:
        for row in self.models.get("stock.quant", {}).values():
            if row["product_id"][0] == product and row["location_id"][0] == place and (row["lot_id"] or [0])[0] == lot:
                row["available_quantity"] = float(Decimal(str(row["available_quantity"])) - Decimal(str(quantity)))

    def stock_scrap_action_validate(self, row: Row) -> Any:
        """No state check at all: twice is twice."""
        lot, place = (row["lot_id"] or [0])[0], row["location_id"][0]
        if self.free(row["product_id"][0], lot, place) < Decimal(str(row["scrap_qty"])):
            return {"type": "ir.actions.act_window", "res_model": "stock.warn.insufficient.qty.scrap", "target": "new"}
        self.take(row["product_id"][0], lot, place, row["scrap_qty"])
        self.moved.append(("scrap", row["id"]))
        self.put("stock.scrap", row["id"], state="done")
        return True

    def stock_scrap_unlink(self, row: Row) -> Any:
        if row["state"] == "done":
            raise Refusal("odoo.exceptions.UserError", "You cannot delete a scrap which is done.")
        del self.models["stock.scrap"][row["id"]]
        self.names = {name: key for name, key in self.names.items() if key != row["id"]}
        return True

    def stock_picking_action_confirm(self, row: Row) -> Any:
        self.put("stock.picking", row["id"], state="confirmed")
        return self.stock_picking_action_assign(row)

    def stock_picking_action_assign(self, row: Row) -> Any:
        move = self._move(row)
        if self.free(move["product_id"][0], None, row["location_id"][0]) >= Decimal(str(move["product_uom_qty"])):
            line = next(self.ids)
            self.put("stock.move.line", line, picking_id=[row["id"], "x"], lot_id=False, picked=False,
                     quantity=move["product_uom_qty"])  # fmt: skip
            self.put("stock.picking", row["id"], state="assigned", move_line_ids=[line])
        return True

    def stock_picking_button_validate(self, row: Row) -> Any:
        if row["state"] == "done":
            return True
        move, line = self._move(row), self.models["stock.move.line"][row["move_line_ids"][0]]
        if Decimal(str(line["quantity"])) < Decimal(str(move["product_uom_qty"])):
            return {"type": "ir.actions.act_window", "res_model": "stock.backorder.confirmation"}
        self.take(move["product_id"][0], line["lot_id"][0], row["location_id"][0], line["quantity"])
        self.moved.append(("picking", row["id"]))
        self.put("stock.picking", row["id"], state="done")
        return True

    def stock_picking_action_cancel(self, row: Row) -> Any:
        self.put("stock.picking", row["id"], state="cancel")
        return None  # void: /jsonrpc then answers without `result`

    def _move(self, row: Row) -> Row:
        return next(move for move in self.models["stock.move"].values() if move["picking_id"][0] == row["id"])

    # --- the two doors ------------------------------------------------------------------------------------------------

    def answer(self, seen: Seen) -> Answer:
        told = json.loads(seen.body or b"{}")
        if seen.path == "/jsonrpc":
            return self._rpc(told["params"])
        if not seen.path.startswith("/json/2/"):
            return Answer(404, b"<!doctype html><h1>Not Found</h1>", {"Content-Type": "text/html; charset=utf-8"})
        if seen.headers.get("authorization") != f"bearer {KEY}" or seen.headers.get("x-odoo-database") != DATABASE:
            return as_json({"name": "werkzeug.exceptions.Unauthorized", "message": "Invalid apikey"}, 401)
        _, _, _, model, method = seen.path.split("/")
        ids = told.pop("ids", [])
        try:
            result = self.run(model, method, ids, told)
        except Refusal as refusal:
            return as_json(
                {"name": refusal.name, "message": refusal.message, "debug": "Traceback /opt/odoo"}, refusal.status
            )
        return Answer(cut=0) if self.lose(model, method) else as_json(result)

    def _rpc(self, params: Row) -> Answer:
        if params["service"] == "common":
            good = params["args"][:3] == [DATABASE, USER, KEY]
            return as_json({"jsonrpc": "2.0", "id": 1, "result": 2 if good else False})
        database, uid, key, model, method, args, named = params["args"]
        if (database, uid, key) != (DATABASE, 2, KEY):
            return self._error(Refusal("odoo.exceptions.AccessDenied", "Access Denied"))
        args, named = list(args), dict(named)
        order = {"search_read": ["domain"], "load": ["fields", "data"], "write": ["ids", "vals"]}.get(method, ["ids"])
        for name, value in zip(order, args, strict=False):
            named[name] = value
        try:
            result = self.run(model, method, named.pop("ids", []), named)
        except Refusal as refusal:
            return self._error(refusal)
        if self.lose(model, method):
            return Answer(cut=0)
        return as_json({"jsonrpc": "2.0", "id": 1} | ({} if result is None else {"result": result}))

    def _error(self, refusal: Refusal) -> Answer:
        data = {"name": refusal.name, "message": refusal.message, "arguments": [], "debug": "Traceback /opt/odoo"}
        return as_json({"jsonrpc": "2.0", "id": 1, "error": {"code": 0, "message": "Odoo Server Error", "data": data}})


@contextmanager
def plant() -> Iterator[FakeOdoo]:
    """A small maker of housings."""
    odoo = FakeOdoo()
    odoo.put("uom.uom", 1, name="Units", factor=1.0, relative_uom_id=False)
    odoo.put("uom.uom", 3, name="Dozens", factor=12.0, relative_uom_id=[1, "Units"])
    for key, code in ((7, "HSG-1"), (8, "CST-1"), (9, False)):
        odoo.put("product.product", key, default_code=code, name=f"Part {key}", type="consu", uom_id=[1, "Units"],
                 tracking="lot", purchase_ok=key == 8)  # fmt: skip
    odoo.put("res.partner", 11, name="Ready Mat", ref=False, city="Lyon", email=False, supplier_rank=2, customer_rank=0)
    odoo.put("res.partner", 12, name="Airframe", ref="C-12", city="Bath", email=False, supplier_rank=0, customer_rank=1)
    odoo.put("mrp.workcenter", 2, name="Drill 1", code=False)
    odoo.put("mrp.routing.workcenter", 2, name="Assembly", workcenter_id=[2, "Drill 1"])
    odoo.put("mrp.bom", 4, code="B-1", product_tmpl_id=[36, "Table"], product_id=[7, "[HSG-1] Part 7"], product_qty=1.0,
             product_uom_id=[1, "Units"])  # fmt: skip
    odoo.put(
        "mrp.bom.line", 5, bom_id=[4, "B-1"], product_id=[8, "[CST-1]"], product_qty=4.0, product_uom_id=[1, "Units"]
    )
    odoo.put("stock.lot", 1, name="LOT-1", product_id=[7, "[HSG-1]"])
    odoo.put("purchase.order", 8, name="P00008", partner_id=[11, "Ready Mat"], partner_ref=False, state="purchase",
             date_order="2026-11-16 18:37:21", currency_id=[1, "USD"])  # fmt: skip
    odoo.put("purchase.order.line", 17, order_id=[8, "P00008"], product_id=[8, "[CST-1]"], product_qty=15.0,
             product_uom_id=[3, "Dozens"], price_unit=280.8, date_planned="2026-12-01 08:00:00", display_type=False)  # fmt: skip
    odoo.put("purchase.order.line", 18, order_id=[8, "P00008"], product_id=False, product_qty=0.0, product_uom_id=False,
             price_unit=0.0, date_planned=False, display_type="line_section")  # fmt: skip
    odoo.put("stock.picking", 9, name="WH/IN/00002", state="done", partner_id=[11, "Ready Mat"], origin=False,
             picking_type_code="incoming", location_id=[1, "Vendors"], location_dest_id=[5, "WH/Stock"],
             date_done="2026-11-18 09:00:00", move_line_ids=[23])  # fmt: skip
    odoo.put("stock.move.line", 23, picking_id=[9, "WH/IN/00002"], picking_code="incoming", product_id=[7, "[HSG-1]"],
             lot_id=[1, "LOT-1"], quantity=80.0, product_uom_id=[1, "Units"], state="done")  # fmt: skip
    odoo.put("mrp.production", 1, name="WH/MO/00001", state="confirmed", product_id=[7, ".."], product_qty=3.0,
             product_uom_id=[1, "Units"], date_start="2026-11-20 06:00:00", date_finished=False, origin=False)  # fmt: skip
    odoo.put("mrp.workorder", 3, production_id=[1, "WH/MO/00001"], operation_id=[2, "Assembly"],
             workcenter_id=[2, "Drill 1"], state="progress")  # fmt: skip
    odoo.put("stock.quant", 13, product_id=[7, "[HSG-1]"], lot_id=[1, "LOT-1"], location_id=[5, "WH/Stock"],
             quantity=80.0, available_quantity=80.0, product_uom_id=[1, "Units"])  # fmt: skip
    odoo.fields["stock.scrap"] = {"id", "name", "origin", "state", "product_id", "lot_id", "scrap_qty", "product_uom_id",
                                  "location_id", "scrap_location_id"}  # fmt: skip
    odoo.fields["stock.move"] = {"id", "picking_id", "product_id", "product_uom", "product_uom_qty"}
    with serve(odoo.answer) as fake:
        odoo.base_url = fake.base_url
        yield odoo


__all__ = ["Fake", "FakeOdoo", "plant"]
