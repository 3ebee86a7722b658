"""The generic REST adapter: the whole description of the ERP stands in the interface's settings, checked before it is used.

Settings: description {"http": how its API is spoken (see protocols.rest), "objects", "writes", "capabilities", "write_backs"},
and what every described connection has; rest_key or user and password fill the headers.
"""

from __future__ import annotations

import base64
from typing import Self

from connectors.adapters.described.adapter import Described
from connectors.adapters.described.description import Description, read
from connectors.adapters.described.values import zone_of
from connectors.adapters.protocols.rest import Rest
from connectors.base import Settings

NOTHING = Description({}, {}, {}, {}, {})


class Generic(Described):
    product = "The ERP"

    def __init__(self, description: Description = NOTHING, without: tuple[str, ...] = ()) -> None:
        super().__init__(description, without)

    def bound(self, settings: Settings) -> Self:
        """As one interface describes it. Raises Permanent with every fault of the description as a sentence."""
        return type(self)(read(settings.get("description")), tuple(settings.get("without", ())))

    def dialect(self, settings: Settings) -> Rest:
        named = {**settings, "basic": basic(settings)}
        return Rest(self.description.http, named, zone_of(settings.get("timezone", self.zone)))


def basic(settings: Settings) -> str:
    """User and password as the Basic scheme has them."""
    return base64.b64encode(f"{settings.get('user', '')}:{settings.get('password', '')}".encode()).decode()
