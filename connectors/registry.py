"""Which adapters there are."""

from __future__ import annotations

from connectors.adapters.tryton import Tryton
from connectors.base import Adapter

ADAPTERS: dict[str, Adapter] = {
    "tryton": Tryton(),
}
