"""A folder of the interface `cell-1` in Augsburg, and what the sender puts there."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.models import InboxMessage, Interface
from connectors.transports import run
from qms.lib import crypto
from tests.connectors.mes import in_use

RULES = {
    "fields": [
        {"to": "nc_code", "from": "/Fehler", "values": {"17": "DIM-OUT"}},
        {"to": "part", "from": "/Teil"},
        {"to": "lot", "from": "/Los"},
        {"to": "quantity.affected", "from": "/Menge", "as": "decimal", "comma": True},
        {"to": "quantity.unit", "value": "m"},
        {"to": "detected_at", "from": "/Zeit"},
    ]
}
HEAD = "Nr;Fehler;Teil;Los;Menge;Zeit"
GOOD = "4711;17;RM-TI64-B25;LOT-26-0001;2,5;04.05.2026 08:15"
SETTINGS = {
    "timezone": "Europe/Berlin",
    "format": "csv",
    "separator": ";",
    "decimal_comma": True,
    "time_format": "%d.%m.%Y %H:%M",
    "times": ["Zeit"],
    "id": "Nr",
}


class Sender:
    """Writes files as an old MES does, and looks what came back."""

    def __init__(self, interface: Interface, root: Path) -> None:
        self.interface, self.root = interface, root

    def send(self, name: str, *lines: str, body: bytes | None = None) -> Path:
        part = self.root / f"{name}.part"
        part.write_bytes(body if body is not None else ("\n".join(lines) + "\n").encode())
        return part.rename(self.root / name)

    def look(self) -> int:
        self.interface.refresh_from_db()
        return run.poll(interface=self.interface)

    def sent(self, name: str, *lines: str, body: bytes | None = None) -> dict[str, Any]:
        """Send, let it be looked at, and read the answer."""
        self.send(name, *lines, body=body)
        self.look()
        return self.answer(name)

    def answer(self, name: str) -> dict[str, Any]:
        return dict(json.loads((self.root / "out" / f"{name}.ack.json").read_text()))

    def errors(self, name: str) -> list[dict[str, Any]]:
        return list(json.loads((self.root / "error" / f"{name}.error.json").read_text())["errors"])

    def set(self, **values: Any) -> None:
        self.interface.refresh_from_db()
        row = self.interface
        self.interface = made(
            row.code, row.adapter, {**row.settings, **values}, crypto.unseal(row.credentials), row.base_url
        )

    def letters(self) -> list[InboxMessage]:
        return list(InboxMessage.objects.filter(interface=self.interface, state="REJECTED").order_by("pk"))


def made(
    code: str, adapter: str, settings: dict[str, Any], secrets: dict[str, str] | None = None, base_url: str = ""
) -> Any:
    from connectors.actions import connect
    from qms import journal
    from qms.accounts.models import Site

    interface, _changed = connect(
        code=code, name=code, kind="mes", adapter=adapter, base_url=base_url, settings=settings, secrets=secrets or {},
        site=Site.objects.get(code="AUG"), mode="live", by=journal.SYSTEM,
    )  # fmt: skip
    return interface


@pytest.fixture
def sender(people: Any, tmp_path: Path, settings: Any) -> Sender:
    root = tmp_path / "cell-1"
    root.mkdir()
    settings.FOLDERS = [str(tmp_path)]
    interface = made("cell-1", "folder", {**SETTINGS, "folder": str(root)})
    in_use(interface, RULES)
    return Sender(interface, root)
