"""Which adapters there are, and what an exchange with an interface needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from connectors.adapters.erpnext import ERPNext
from connectors.adapters.generic import Generic
from connectors.adapters.odoo import Odoo
from connectors.adapters.sap import SAP
from connectors.adapters.tryton import Tryton
from connectors.base import Adapter, Permanent
from connectors.models import Interface
from qms.lib import crypto

ADAPTERS: dict[str, Adapter] = {
    "tryton": Tryton(),
    "odoo": Odoo(),
    "erpnext": ERPNext(),
    "sap": SAP(),
    "rest": Generic(),
}


@dataclass(frozen=True)
class Connection:
    """An adapter with the address and the settings of one interface, its secrets among them: never log it."""

    adapter: Adapter
    base_url: str
    settings: dict[str, Any] = field(repr=False)


def connected(interface: Interface) -> Connection:
    """Raises Permanent when the interface names no adapter that pulls and posts, or its secrets cannot be opened."""
    if interface.is_transport:
        raise Permanent("unsupported", "This ERP is carried by files or views and takes no movement from us.")
    if interface.adapter not in ADAPTERS:
        raise Permanent("settings", f"There is no adapter “{interface.adapter}”.")
    try:
        secrets = crypto.unseal(interface.credentials)
    except crypto.KeyMissing as missing:
        raise Permanent("settings", str(missing)) from missing
    settings = {**interface.settings, **secrets, "base_url": interface.base_url}
    return Connection(bound(interface.adapter, settings), interface.base_url, settings)


def bound(name: str, settings: dict[str, Any]) -> Adapter:
    """The adapter as these settings make it, where they do (objects left out, a description of their own). Raises Permanent."""
    adapter = ADAPTERS[name]
    bind = getattr(adapter, "bound", None)
    return bind(settings) if bind else adapter
