"""A description of an ERP, read from data and checked: each fault is a sentence that names the place.

    {"objects": {"items": {"source": "/items", "key": "id", "stamp": "updated_at", "fields": {"number": "code", …}}},
     "writes": {"storage>scrap": {…}}, "capabilities": {"serials": "why it is not read"}, "write_backs": {"scrap": "enforced"}}

Objects are read in the order of their dependencies, however they are written.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from connectors import messages as m
from connectors.adapters.described.values import kinds
from connectors.base import LEVELS, WRITE_BACKS, Permanent

MESSAGES: dict[str, type] = {
    "units": m.UnitRecord, "items": m.ItemRecord, "revisions": m.RevisionRecord, "suppliers": m.SupplierRecord,
    "customers": m.CustomerRecord, "work-centers": m.WorkCenterRecord, "operations": m.OperationRecord,
    "equipment": m.EquipmentRecord, "routings": m.RoutingRecord, "boms": m.BomRecord, "costs": m.CostRecord,
    "lots": m.LotRecord, "serials": m.SerialRecord, "purchase-orders": m.PurchaseOrderRecord, "receipts": m.ReceiptRecord,
    "production-orders": m.ProductionOrderRecord, "shipments": m.ShipmentRecord, "stock": m.StockRecord,
    "document-references": m.DocumentReferenceRecord,
}  # fmt: skip
LINES: dict[str, dict[str, type]] = {
    "routings": {"steps": m.RoutingStep},
    "boms": {"lines": m.BomLine},
    "purchase-orders": {"lines": m.PurchaseOrderLine},
    "receipts": {"lines": m.ReceiptLine},
    "production-orders": {"operations": m.ProductionOperation, "inputs": m.LotMove, "outputs": m.LotMove},
    "shipments": {"lines": m.ShipmentLine},
}
PLACES = ("storage", "quarantine", "scrap", "supplier")


@dataclass(frozen=True)
class Rows:
    """A list of the ERP: where it stands, its key and change stamp, a filter in the ERP's own form; `fields` are asked for
    where the protocol wants them named, the rest belongs to the protocol."""

    source: str = ""
    key: str = "id"
    stamp: str = ""
    stamp_kind: str = "instant"
    where: Any = None
    parent: str = ""  # of lines and parts: the field that leads to the document
    pattern: str = ""  # of graves: how the dead key is told within `name`
    name: str = ""
    at: str = ""  # of lines that stand within the document
    only: str = ""  # of lines: a path that must be true
    fields: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Thing(Rows):
    """One of our objects. `parts`: lists whose change does not touch the document; `graves`: where deletions are told;
    `detail`: the list says only who is there, each is got alone; `given`: the rows themselves (units that no list has), or the
    setting that holds them ({code: name});
    `is_snapshot`: read whole each time."""

    lines: Mapping[str, Rows] = field(default_factory=dict)
    parts: tuple[Rows, ...] = ()
    graves: tuple[Rows, ...] = ()
    detail: bool = False
    is_snapshot: bool = False
    given: tuple[Mapping[str, Any], ...] = ()
    given_in: str = ""


@dataclass(frozen=True)
class Description:
    objects: Mapping[str, Thing]
    writes: Mapping[str, Mapping[str, Any]]
    capabilities: Mapping[str, str]
    write_backs: Mapping[str, str]
    http: Mapping[str, Any]
    marks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    documents: tuple[Mapping[str, Any], ...] = ()  # lists in which our references are found again


def load(file: Path) -> Description:
    return read(tomllib.loads(file.read_text()))


def read(told: Any) -> Description:
    """Raises Permanent with every fault that it has."""
    faults = list(check(told))
    if faults:
        raise Permanent("settings", "The description of this connection is not usable. " + " ".join(faults))
    # Parents first, in our own order: settings come back from the database with their members in another one.
    objects = {name: _thing(told["objects"][name]) for name in MESSAGES if name in told["objects"]}
    extra = {name: told.get(name) or {} for name in ("writes", "capabilities", "write_backs", "http", "marks")}
    extra["writes"] = {
        way: {**extra["writes"].get(write.get("same"), {}), **write} for way, write in extra["writes"].items()
    }
    return Description(objects, **extra, documents=tuple(told.get("documents") or ()))


def _rows(kind: Any, told: Mapping[str, Any], **more: Any) -> Any:
    names = {one.name for one in fields(kind)} - {"lines", "parts", "graves", "given"}
    mine = {name: told[name] for name in names & told.keys()}
    rest = {name: told[name] for name in told.keys() - names - {"lines", "parts", "graves", "given"}}
    return kind(**mine, **more) if "more" in mine else kind(**mine, more=rest, **more)


def _thing(told: Mapping[str, Any]) -> Thing:
    parts, graves = (tuple(_rows(Rows, one) for one in told.get(name, ())) for name in ("parts", "graves"))
    lines = {name: _rows(Rows, one) for name, one in (told.get("lines") or {}).items()}
    thing: Thing = _rows(Thing, told, lines=lines, parts=parts, graves=graves, given=tuple(told.get("given", ())))
    return thing


# --- faults, as sentences ----------------------------------------------------------------------------------------------


def check(told: Any) -> Iterator[str]:
    if not isinstance(told, Mapping) or not isinstance(told.get("objects"), Mapping) or not told["objects"]:
        yield "It needs “objects”: for each of our objects where it stands in the ERP and which field is which."
        return
    for name, thing in told["objects"].items():
        yield from _check_object(name, thing)
    writes = told.get("writes") or {}
    for way, write in writes.items():
        yield from _check_write(way, write)
        if isinstance(write, Mapping) and write.get("same") not in {None, *writes}:
            yield f"writes.{way}.same: there is no movement {write['same']}."
    yield from _check_documents(told.get("documents") or (), writes)
    for name, level in (told.get("write_backs") or {}).items():
        if name not in WRITE_BACKS or level not in LEVELS:
            yield f"write_backs.{name}: say {', '.join(LEVELS)} of {', '.join(WRITE_BACKS)}."


def _check_documents(told: Any, writes: Mapping[str, Any]) -> Iterator[str]:
    for number, one in enumerate(told):
        if not isinstance(one, Mapping) or one.get("of") not in writes or "{stem}" not in str(one.get("where")):
            yield f"documents.{number}: say “of”, one of the movements, and “where”, with {{stem}}."
        elif "reference" not in {**(writes.get(writes[one["of"]].get("same")) or {}), **writes[one["of"]]}["told"]:
            yield f"documents.{number}: the movement {one['of']} does not tell its “reference”."


def _check_object(name: str, thing: Any) -> Iterator[str]:
    if name not in MESSAGES:
        yield f"objects.{name}: there is no such object; there are {', '.join(MESSAGES)}."
        return
    if not isinstance(thing, Mapping) or not isinstance(thing.get("fields"), Mapping):
        yield f"objects.{name}: it needs “fields”."
        return
    if not any(thing.get(way) for way in ("source", "given", "given_in")):
        yield f"objects.{name}: it needs “source”, where the list stands, or “given”, the rows themselves."
    yield from _check_fields(f"objects.{name}.fields", MESSAGES[name], thing["fields"])
    known = LINES.get(name, {})
    for line, rows in (thing.get("lines") or {}).items():
        if line not in known:
            yield f"objects.{name}.lines.{line}: {name} have no such lines; they have {', '.join(known) or 'none'}."
            continue
        if not (rows.get("at") or (rows.get("source") and rows.get("parent"))):
            yield f"objects.{name}.lines.{line}: say “at” (within the document), or “source” and “parent” (a list of its own)."
        yield from _check_fields(f"objects.{name}.lines.{line}.fields", known[line], rows.get("fields") or {})


def _check_fields(place: str, message: type, told: Mapping[str, Any]) -> Iterator[str]:
    known = kinds(message)
    for name, path in told.items():
        if name not in known:
            yield f"{place}.{name}: there is no such field; there are {', '.join(sorted(known))}."
        elif not isinstance(path, str) or not path:
            yield f"{place}.{name}: it needs the path of a member, such as “code” or “unit.id”."
    missing = [
        name for name, (kind, has_default) in known.items()
        if not has_default and not kind.endswith("?") and name not in told
    ]  # fmt: skip
    if missing:
        yield f"{place}: {', '.join(missing)} must be said."


def _check_write(way: str, write: Any) -> Iterator[str]:
    origin, _, target = way.partition(">")
    if origin not in PLACES or target not in PLACES:
        yield f"writes.{way}: name the movement as “storage>scrap”, with {', '.join(PLACES)}."
    if isinstance(write, Mapping) and write.get("same"):
        return
    missing = [
        name for name in ("find", "create", "told", "done") if not (isinstance(write, Mapping) and write.get(name))
    ]
    if missing:
        yield f"writes.{way}: {', '.join(missing)} must be said; without a look-up and a read-back nothing is written."
        return
    lacking = {"number", "key", "state", "item_id", "quantity"} - write["told"].keys()
    if lacking:
        yield f"writes.{way}.told: {', '.join(sorted(lacking))} must be read back."
