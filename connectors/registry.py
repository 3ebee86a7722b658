"""Which adapters there are, and what an exchange with an interface needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from connectors.adapters.tryton import Tryton
from connectors.base import Adapter, Permanent
from connectors.models import Interface
from qms.lib import crypto

ADAPTERS: dict[str, Adapter] = {
    "tryton": Tryton(),
}


@dataclass(frozen=True)
class Connection:
    """An adapter with the address and the settings of one interface, its secrets among them: never log it."""

    adapter: Adapter
    base_url: str
    settings: dict[str, Any] = field(repr=False)


def connected(interface: Interface) -> Connection:
    """Raises Permanent when the interface names no adapter that pulls and posts, or its secrets cannot be opened."""
    if interface.adapter not in ADAPTERS:
        raise Permanent("settings", f"There is no adapter “{interface.adapter}”.")
    try:
        secrets = crypto.unseal(interface.credentials)
    except crypto.KeyMissing as missing:
        raise Permanent("settings", str(missing)) from missing
    return Connection(ADAPTERS[interface.adapter], interface.base_url, {**interface.settings, **secrets})
