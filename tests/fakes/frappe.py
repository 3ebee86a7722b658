"""A Frappe site with ERPNext's doctypes on the loopback, written from its wire shapes: what it accepts in silence included."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.fakes.server import Answer, Seen, as_json, serve

Row = dict[str, Any]
KEY, SECRET = "the-key", "the-secret"
HTML = Answer(404, b"<!doctype html><html>Not Found</html>", {"Content-Type": "text/html; charset=utf-8"})
STANDARD = {"name", "creation", "modified", "docstatus"}


class Refusal(Exception):
    def __init__(self, kind: str, message: str, status: int = 417) -> None:
        super().__init__(message)
        self.kind, self.message, self.status = kind, message, status


@dataclass
class FakeFrappe:
    """`clock` is naive, in the site's zone. Documents by doctype and name."""

    docs: dict[str, dict[str, Row]] = field(default_factory=dict)
    meta: dict[str, set[str]] = field(default_factory=dict)
    now: dt.datetime = dt.datetime(2026, 11, 21, 18, 0, 0, 123456)
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    submitted: list[str] = field(default_factory=list)
    on_write: Callable[[Row], None] = lambda doc: None
    lose: Callable[[Seen], bool] = lambda seen: False
    busy: int = 0  # how many calls are refused with 429 yet
    base_url: str = ""

    def put(self, doctype: str, name: str, **values: Any) -> Row:
        self.now += dt.timedelta(seconds=1)
        doc = self.docs.setdefault(doctype, {}).setdefault(
            name, {"name": name, "creation": str(self.now), "docstatus": 0}
        )
        doc.update({"modified": str(self.now), **values})
        self.meta.setdefault(doctype, set()).update(doc)
        return doc

    def rename(self, doctype: str, old: str, new: str) -> None:
        """The stamp stays as it was; a comment on the new name is all that tells."""
        self.docs[doctype][new] = {**self.docs[doctype].pop(old), "name": new}
        self.put("Comment", f"c{next(self.numbers)}", reference_doctype=doctype, reference_name=new, comment_type="Edit",
                 content=f"renamed from <strong>{old}</strong> to <strong>{new}</strong>")  # fmt: skip

    def delete(self, doctype: str, name: str) -> None:
        del self.docs[doctype][name]
        self.put("Deleted Document", f"d{next(self.numbers)}", deleted_doctype=doctype, deleted_name=name)

    # --- lists --------------------------------------------------------------------------------------------------------

    def listed(self, doctype: str, query: dict[str, list[str]]) -> list[Row]:
        """Twenty rows unless told otherwise; a parameter that it does not know (`filter`) is ignored."""
        rows = list(self.docs.get(doctype, {}).values())
        for name, operator, value in json.loads(query.get("filters", ["[]"])[0]):
            self._permitted(doctype, name)
            rows = [row for row in rows if _holds(row.get(name), operator, value)]
        for part in reversed(query.get("order_by", ["modified desc"])[0].split(",")):
            name, _, way = part.strip().partition(" ")
            rows.sort(key=lambda row: str(row.get(name)), reverse=way == "desc")
        limit = int(query.get("limit_page_length", ["20"])[0])
        fields = json.loads(query.get("fields", ['["name"]'])[0])
        for name in fields:
            self._permitted(doctype, name)
        # A list never tells the rows of child tables.
        return [
            {name: row.get(name) for name in fields if not isinstance(row.get(name), list)}
            for row in rows[: limit or None]
        ]

    def _permitted(self, doctype: str, name: str) -> None:
        if name not in self.meta.get(doctype, set()) | STANDARD:
            raise Refusal("DataError", f"Field not permitted in query: {name}")

    # --- documents ----------------------------------------------------------------------------------------------------

    def write(self, doctype: str, name: str | None, told: Row) -> Row:
        if "modified" in told and name and told["modified"] != self.docs[doctype][name]["modified"]:
            raise Refusal("TimestampMismatchError", "Document has been modified after you have opened it")
        if name and (self.docs[doctype][name]["docstatus"], told.get("docstatus")) == (0, 2):
            raise Refusal("DocstatusTransitionError", "Cannot change docstatus from 0 to 2")
        told.pop("modified", None)
        if doctype == "Stock Entry" and name is None:
            told = self._entry(told)
        known = self.meta.get(doctype, set()) | STANDARD | {"items"}
        values = {key: value for key, value in told.items() if key in known}  # an unknown field: 200, and ignored
        if values.get("docstatus") == 1:
            self.submitted.append(name or "")
        name = name or f"MAT-STE-{next(self.numbers):05d}"
        doc = self.put(doctype, name, **values)
        if doctype == "Stock Entry":
            self.on_write(doc)
        return doc

    def _entry(self, told: Row) -> Row:
        ref = told.get("custom_qms_ref")
        if ref and any(doc.get("custom_qms_ref") == ref for doc in self.docs.get("Stock Entry", {}).values()):
            raise Refusal("UniqueValidationError", f"custom_qms_ref must be unique: {ref}")
        items = []
        for item in told["items"]:
            batch = item.get("batch_no") if item.get("use_serial_batch_fields") else None
            items.append({**item, "name": f"i{next(self.numbers)}", "qty": _float(item["qty"]), "batch_no": batch})
        return {**told, "items": items, "docstatus": 0}

    def answer(self, seen: Seen) -> Answer:
        parts = urlsplit(seen.path)
        steps = [unquote(step) for step in parts.path.split("/")[1:]]
        if steps[:2] != ["api", "resource"]:
            return HTML
        if seen.headers.get("authorization") != f"token {KEY}:{SECRET}":
            return _refused(Refusal("AuthenticationError", "Invalid token", 401))
        if self.busy:
            self.busy -= 1
            return Answer(429, b"{}", {"Retry-After": "9", "Content-Type": "application/json"})
        try:
            found = self._do(seen, steps[2:], parse_qs(parts.query))
        except Refusal as refusal:
            return _refused(refusal)
        return Answer(cut=0) if self.lose(seen) else as_json({"data": found})

    def _do(self, seen: Seen, steps: list[str], query: dict[str, list[str]]) -> Any:
        doctype, name = steps[0], "/".join(steps[1:])
        if doctype == "DocType":
            return {"name": name, "fields": [{"fieldname": one} for one in sorted(self.meta.get(name, set()))]}
        if name and name not in self.docs.get(doctype, {}):
            raise Refusal("DoesNotExistError", f"{doctype} {name} not found", 404)
        if seen.method == "DELETE":
            if self.docs[doctype][name]["docstatus"] == 1:
                raise Refusal("ValidationError", "Submitted Record cannot be deleted")
            self.delete(doctype, name)
            return "ok"
        if seen.method == "GET":
            return self.docs[doctype][name] if name else self.listed(doctype, query)
        return self.write(doctype, name or None, json.loads(seen.body))


def _holds(value: Any, operator: str, wanted: Any) -> bool:
    if operator == "like":
        start, _, rest = str(wanted).partition("%")
        return str(value).startswith(start) if not rest else start in str(value)
    ways = {"=": lambda: str(value) == str(wanted), ">": lambda: str(value) > str(wanted), "in": lambda: value in wanted,
            ">=": lambda: str(value) >= str(wanted)}  # fmt: skip
    return ways[operator]()


def _float(value: Any) -> float:
    """ "1,5" becomes 15.0 and "abc" 0.0, without a word."""
    if isinstance(value, str):
        digits = value.replace(",", "")
        return float(digits) if digits.replace(".", "").isdigit() else 0.0
    return float(value)


def _refused(refusal: Refusal) -> Answer:
    words = json.dumps([json.dumps({"message": f"<b>{refusal.message}</b>"})])
    told = {"exception": f"frappe.exceptions.{refusal.kind}: {refusal.message}", "exc_type": refusal.kind,
            "exc": json.dumps(["Traceback (most recent call last): frappe/handler.py"]), "_server_messages": words}  # fmt: skip
    return as_json(told, refusal.status)


@contextmanager
def plant() -> Iterator[FakeFrappe]:
    site = FakeFrappe()
    site.put("UOM", "Nos")
    for name in ("HSG-1", "CST-1"):
        site.put("Item", name, item_name=f"Part {name}", item_group="Parts", stock_uom="Nos", has_batch_no=1, disabled=0,
                 is_purchase_item=1)  # fmt: skip
    site.put("Supplier", "Ready Mat", supplier_name="Ready Mat", disabled=0, email_id=None)
    site.put("Workstation", "Drill 1", workstation_name="Drill 1")
    site.put("BOM", "BOM-HSG-1-001", item="HSG-1", quantity=1.0, uom="Nos", is_active=1,
             items=[{"name": "bi1", "item_code": "CST-1", "qty": 2.0, "uom": "Nos"}])  # fmt: skip
    site.put("Batch", "LOT-1", batch_id="LOT-1", item="HSG-1", disabled=0)
    site.put("Purchase Order", "PO-1", supplier="Ready Mat", status="To Receive", transaction_date="2026-11-02",
             order_confirmation_no=None, currency="EUR", items=[{"name": "poi1", "item_code": "CST-1", "qty": 15.0,
             "uom": "Nos", "rate": 2.5, "schedule_date": "2026-12-01"}])  # fmt: skip
    site.put("Purchase Receipt", "PR-1", supplier="Ready Mat", status="Completed", posting_date="2026-11-10",
             supplier_delivery_note="DN-7", items=[{"name": "pri1", "item_code": "HSG-1", "qty": 80.0, "uom": "Nos",
             "batch_no": "LOT-1", "docstatus": 1, "purchase_order_item": "poi1"}])  # fmt: skip
    site.put("Work Order", "WO-1", production_item="HSG-1", qty=3.0, stock_uom="Nos", status="In Process",
             planned_start_date="2026-11-20 06:00:00", actual_end_date=None, operations=[{"name": "wo1", "idx": 1,
             "operation": "Drilling", "workstation": "Drill 1", "status": "Work in Progress"}])  # fmt: skip
    site.meta["Stock Entry"] = {
        "stock_entry_type",
        "company",
        "custom_qms_ref",
        "posting_date",
        "set_posting_time",
        "items",
    }
    site.meta["Comment"] = {"reference_doctype", "reference_name", "comment_type", "content"}
    site.meta["Deleted Document"] = {"deleted_doctype", "deleted_name"}
    with serve(site.answer) as fake:
        site.base_url = fake.base_url
        yield site
