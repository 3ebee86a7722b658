"""What tests of the described adapters share: settings of each fake, intents, reading through, samples."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import requests

from connectors.base import Page
from connectors.http import run
from connectors.messages import MirrorRecord, PlaceRole, PostingIntent, PostingKind

WAYS = {
    "HOLD": (PlaceRole.STORAGE, PlaceRole.QUARANTINE),
    "RELEASE": (PlaceRole.QUARANTINE, PlaceRole.STORAGE),
    "SCRAP": (PlaceRole.STORAGE, PlaceRole.SCRAP),
    "RETURN": (PlaceRole.QUARANTINE, PlaceRole.SUPPLIER),
}
ODOO: dict[str, Any] = {
    "database": "plant", "rest_key": "the-key", "picking_type": "3",
    "locations": {"storage": "5", "quarantine": "17", "scrap": "16"},
}  # fmt: skip
ODOO_17 = {**ODOO, "user": "qms", "version": 17}


def intent(kind: str, number: int = 1, **more: Any) -> PostingIntent:
    origin, target = WAYS[kind]
    told = {
        "reference": f"NCR26{number:06d}-01", "item_id": "7", "lot_id": "1", "unit_id": "1", "quantity": Decimal("4"),
        "from_role": origin, "to_role": target, "planned_date": dt.date(2026, 11, 20),
    } | more  # fmt: skip
    return PostingIntent(kind=PostingKind(kind), **told)


def pull(
    adapter: Any, name: str, settings: Any, base_url: str, cursor: str | None = None
) -> tuple[list[Any], str, Page]:
    """Everything from a cursor on: records, the next cursor, and the last page with the bad rows, the dead and the notes of all."""
    records: list[MirrorRecord] = []
    bad, gone, notes = [], [], []
    for _ in range(200):
        page = run(adapter.pull(name, cursor, settings), base_url=base_url)
        records += page.records
        bad, gone, notes = [*bad, *page.bad], [*gone, *page.gone], [*notes, *page.notes]
        cursor = page.cursor
        if not page.more:
            return records, cursor, Page((), cursor, False, tuple(bad), tuple(gone), tuple(notes))
    raise AssertionError("the reading does not end")


def every_key(adapter: Any, name: str, settings: Any, base_url: str) -> list[str]:
    found: list[str] = []
    after = None
    while True:
        page = run(adapter.keys(name, after, settings), base_url=base_url)
        found += page.keys
        after = page.after
        if after is None:
            return found


class Losing(requests.Session):
    """Loses the n-th call (0-based): before it is sent, or its answer after the server carried it out."""

    def __init__(self, at: int, *, carried_out: bool) -> None:
        super().__init__()
        self.trust_env, self.at, self.carried_out, self.calls = False, at, carried_out, 0

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        now, self.calls = self.calls, self.calls + 1
        if now != self.at:
            return super().request(*args, **kwargs)
        if self.carried_out:
            super().request(*args, **kwargs).close()
        raise requests.exceptions.ConnectionError("lost")


@contextmanager
def connected(code: str, adapter: str, base_url: str, settings: dict[str, Any], owner: Any) -> Any:
    """A live interface to a fake, at the owner's first site; its secrets sealed as always."""
    from connectors import actions
    from qms import journal

    secrets = {name: settings[name] for name in ("rest_key", "password") if name in settings}
    open_ones = {name: value for name, value in settings.items() if name not in secrets}
    made, _changed = actions.connect(
        code=code, name=code.upper(), kind="erp", adapter=adapter, base_url=base_url, settings=open_ones, secrets=secrets,
        site=owner.grants.order_by("pk")[0].site, mode="live", owner=owner, by=journal.SYSTEM,
    )  # fmt: skip
    yield made


ERPNEXT: dict[str, Any] = {
    "rest_key": "the-key:the-secret", "timezone": "Asia/Kolkata", "company": "Plant Ltd",
    "locations": {"storage": "Stores - P", "quarantine": "Quarantine - P", "scrap": "Scrap - P"},
}  # fmt: skip
SAP_SETTINGS: dict[str, Any] = {
    "user": "qms", "password": "the-password", "plant": "1010", "units": {"PC": "Piece"},
    "locations": {"storage": "101A", "quarantine": "101A", "scrap": "101A"},
    "decision_set": "01", "decision_group": "01", "delivery_block": "QM",
}  # fmt: skip
IN_ERPNEXT = {"item_id": "HSG-1", "lot_id": "LOT-1", "unit_id": "Nos"}
IN_SAP = {"item_id": "TG12", "lot_id": "TG12|1010|0000000001", "unit_id": "PC"}
# What an integration owner writes for an ERP that no adapter is for, or to look at one part of it.
BY_HAND: dict[str, Any] = {
    **ERPNEXT,
    "description": {
        "http": {
            "headers": {"Authorization": "token {rest_key}"},
            "path": "/api/resource/{source:url}", "rows": "data", "stamp_format": "naive", "error": "exception|message",
            "query": {"fields": "{fields:json}", "order_by": "{key} asc", "limit_page_length": "{limit}"},
            "filter": {"into": "filters", "wrap": "[{}]", "join": ","},
            "since": '["{stamp}",">=","{since}"]', "after": '["{key}",">","{after}"]',
            "latest": {"order_by": "{stamp} desc"},
            "one": {"path": "/api/resource/{source:url}/{key:url}", "row": "data"},
        },
        "objects": {
            "units": {"source": "UOM", "key": "name", "stamp": "modified", "fields": {
                "number": "name", "name": "name", "category": "name", "factor": "'1'", "rounding": "'0.001'", "digits": "'3'"}},
            "items": {"source": "Item", "key": "name", "stamp": "modified", "fields": {
                "number": "name", "name": "item_name", "kind": "item_group", "unit_id": "stock_uom", "is_active": "!disabled"}},
            "lots": {"source": "Batch", "key": "name", "stamp": "modified", "fields": {
                "number": "batch_id", "item_id": "item"}},
        },
        "writes": {"storage>quarantine": {
            "detail": True,
            "find": {"source": "Stock Entry", "key": "name", "where": ['["custom_qms_ref","=","{reference}"]'], "fields": ["name"]},
            "create": {"path": "/api/resource/Stock%20Entry", "body": {
                "stock_entry_type": "Material Transfer", "custom_qms_ref": "{reference}", "items": [{
                    "item_code": "{item_id}", "qty": "{quantity:number}", "uom": "{unit_id}", "s_warehouse": "{place.from}",
                    "t_warehouse": "{place.to}", "batch_no": "{lot_id}", "use_serial_batch_fields": 1}]}},
            "told": {
                "reference": "custom_qms_ref", "number": "name", "key": "name", "state": "docstatus",
                "item_id": "items.0.item_code", "lot_id": "items.0.batch_no", "quantity": "items.0.qty"},
            "steps": {"0": {"method": "PUT", "path": "/api/resource/Stock%20Entry/{row.name:url}", "body": {"docstatus": 1}}},
            "done": ["1"],
        }},
        "documents": [{"of": "storage>quarantine", "where": ['["custom_qms_ref","like","{stem}%"]']}],
        "write_backs": {"hold": "advisory", "supplier_block": "none"},
    },
}  # fmt: skip
