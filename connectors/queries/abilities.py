"""What the system behind an interface does for us: how far each write-back goes, where each object is read from, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from connectors.base import WRITE_BACKS, Adapter, ConnectorError
from connectors.models import Interface
from connectors.registry import ADAPTERS, bound
from qms.ui.show import Mark

LEVELS = {
    "enforced": Mark("enforced", _("Enforced"), "success"),
    "advisory": Mark("advisory", _("Advisory"), "warning"),
    "none": Mark("none", _("Not done"), "neutral"),
}
NAMES = {
    "hold": _("Hold stock"),
    "release": _("Release stock"),
    "scrap": _("Scrap"),
    "return": _("Return to the supplier"),
    "regrade": _("Regrade to another part"),
    "lot_block": _("Block a lot"),
    "supplier_block": _("Block a supplier"),
    "usage_decision": _("Usage decision of an inspection lot"),
    "shipment_block": _("Block or release a shipment"),
}
GENERAL = {
    "enforced": _("The ERP carries it out, and what it posted is read back."),
    "advisory": _("The ERP shows it and lets people go on; see to it that they do not."),
    "none": _("This ERP does not do it on our word. A person does it there and records the document number here."),
}
# What a level means where it means more than that.
SENTENCES = {
    ("hold", "enforced"): _("Held stock goes where this ERP gives it to no order and no delivery."),
    ("hold", "advisory"): _("Held stock goes to its own place; this ERP does not keep people from taking it out again."),
    ("hold", "none"): _("This ERP moves no held stock on our word: hold it on the shop floor."),
    ("lot_block", "none"): _("This ERP has no block on a lot as a whole: what is held lies in the place for held stock."),
    ("lot_block", "enforced"): _("A blocked lot is given to no order. The QMS does not set this by itself yet."),
    ("supplier_block", "none"): _(
        "This ERP does not enforce a supplier block: new orders have to be watched instead."
    ),
    ("supplier_block", "advisory"): _("This ERP only warns of a blocked supplier: new orders have to be watched instead."),
    ("supplier_block", "enforced"): _(
        "This ERP refuses orders to a blocked supplier; receipts of older orders still come."
    ),
    ("shipment_block", "none"): _(
        "This ERP blocks no shipment on our word: a person keeps it back or lets it go there, and records that here."
    ),
    ("shipment_block", "advisory"): _("This ERP shows that a shipment is blocked and lets people send it all the same."),
    ("shipment_block", "enforced"): _("This ERP sends no blocked shipment; the release after the inspection is read back."),
    ("usage_decision", "none"): _("This ERP keeps no usage decision; the result of the inspection stays in the QMS."),
    ("usage_decision", "enforced"): _(
        "This ERP posts the stock of an inspection lot by its usage decision. The QMS does not set this by itself yet."
    ),
}  # fmt: skip
# Why an object is not read, as the adapters say it.
REASONS = (
    gettext_noop("not told by this ERP; may be pushed"),
    gettext_noop("left out in the settings of this connection"),
    gettext_noop("pulled with production-orders"),
    gettext_noop("not kept by this ERP; the QMS numbers them by content"),
    gettext_noop("not kept by this ERP; may be pushed"),
    gettext_noop("not readable by a connector's account (only through each record alone); may be pushed"),
    gettext_noop("not read: which lots an order took stands on stock moves that name no order line"),
    gettext_noop("not kept by this ERP (only with its paid PLM module); the QMS numbers them by content"),
    gettext_noop("this ERP has no routing of its own; operations belong to a bill of material"),
    gettext_noop("not read: what a part costs depends on the company of the account; may be pushed"),
    gettext_noop("not read: batches of a work order stand in stock entries; may be pushed"),
    gettext_noop("not kept by this ERP: another bill of material is another name; the QMS numbers them by content"),
    gettext_noop("not read: valuation depends on company and warehouse; may be pushed"),
    gettext_noop("not read: bins are told by warehouse and not by batch; may be pushed"),
    gettext_noop("not read: material documents name no order line of the batch that was made; may be pushed"),
    gettext_noop("not read: it is told by plant, storage location and stock type; may be pushed"),
    gettext_noop("not read: valuation depends on plant and valuation type; may be pushed"),
    gettext_noop("not read: engineering changes stand elsewhere; may be pushed"),
)


@dataclass(frozen=True)
class WriteBack:
    name: Any
    level: Mark
    sentence: Any


@dataclass(frozen=True)
class Source:
    """`fields`: ours and theirs; empty where the adapter keeps them in code."""

    object: str
    place: str
    key: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Abilities:
    write_backs: tuple[WriteBack, ...]
    sources: tuple[Source, ...]
    left_out: tuple[tuple[str, Any], ...]
    is_tried: bool
    problem: str = ""


def abilities(interface: Interface) -> Abilities | None:
    """None where the other side sends by itself."""
    return abilities_of(interface.adapter, interface.settings) if interface.adapter in ADAPTERS else None


def level(source: str, write_back: str) -> str:
    """Of the ERP behind a source: one of LEVELS; "" where no interface has this code."""
    interface = Interface.objects.filter(code=source).first()
    if interface is None:
        return ""
    if interface.adapter not in ADAPTERS:
        return "none"
    try:
        adapter = bound(interface.adapter, dict(interface.settings))
    except ConnectorError:
        return "none"
    return getattr(adapter, "write_backs", {}).get(write_back, "none")


def abilities_of(name: str, settings: Mapping[str, Any]) -> Abilities:
    try:
        adapter = bound(name, dict(settings))
    except ConnectorError as problem:
        return Abilities((), (), (), True, problem.message)
    return Abilities(_write_backs(adapter), _sources(adapter), _left_out(adapter), getattr(adapter, "tried", True))


def _write_backs(adapter: Adapter) -> tuple[WriteBack, ...]:
    told = getattr(adapter, "write_backs", {})
    levels = {name: told.get(name, "none") for name in WRITE_BACKS}
    return tuple(
        WriteBack(NAMES[name], LEVELS[level], SENTENCES.get((name, level), GENERAL[level]))
        for name, level in levels.items()
    )


def _sources(adapter: Adapter) -> tuple[Source, ...]:
    described = getattr(getattr(adapter, "description", None), "objects", {})
    found = []
    for name in adapter.objects:
        thing = described.get(name)
        if thing is None:
            found.append(Source(name, "", "", ()))
        else:
            found.append(Source(name, thing.source or thing.given_in, thing.key, tuple(sorted(thing.fields.items()))))
    return tuple(found)


def _left_out(adapter: Adapter) -> tuple[tuple[str, Any], ...]:
    told = getattr(adapter, "capabilities", {})
    return tuple((name, _(reason)) for name, reason in sorted(told.items()) if name not in adapter.objects)
