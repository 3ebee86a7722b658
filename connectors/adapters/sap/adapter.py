"""SAP S/4HANA: the account, and which document carries which movement. What its objects are stands in objects.toml."""

from __future__ import annotations

from pathlib import Path

from connectors.adapters.described.adapter import Described
from connectors.adapters.described.description import Description, load
from connectors.adapters.generic.adapter import basic
from connectors.adapters.protocols.odata import OData
from connectors.base import Settings


class SAP(Described):
    """Settings: user and password (Basic), or rest_key (a bearer token); client, plant; units {code: name}, since no list tells
    them; locations {storage, quarantine, scrap: storage location}. What is held lies in blocked stock, not elsewhere."""

    product = "SAP S/4HANA"
    overlap = 3600

    def __init__(self, description: Description | None = None, without: tuple[str, ...] = ()) -> None:
        super().__init__(description or load(Path(__file__).with_name("objects.toml")), without)

    def dialect(self, settings: Settings) -> OData:
        if key := settings.get("rest_key"):
            return OData({"Authorization": f"Bearer {key}"}, settings, self._memory)
        user = {"user": settings["user"], "password": settings["password"]}
        return OData({"Authorization": f"Basic {basic(user)}"}, settings, self._memory)
