"""The demo plant's simulators as interfaces: an ERP of the valves hall by the generic REST connector, and the panel of the MES.

`scripts/serve.py` starts them and says where in QMS_SIMULATOR_URLS, {"erp": address, "mes": address}; nothing there: none run.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings

from connectors import actions
from connectors.models import Interface, Kind, Mode
from qms import journal
from qms.accounts.models import Site

CODE, MES = "erp-sim", "mes-aug"
DESCRIBED = Path(__file__).with_name("simulated_erp.json")
PURPOSE = "A simulated ERP with a second line of parts: set faults on its panel and see what becomes of them."


def addresses() -> dict[str, str]:
    found: dict[str, str] = json.loads(os.environ.get("QMS_SIMULATOR_URLS") or "{}")
    return found


def ensure(*, owner: Any) -> dict[str, str]:
    """Connects what runs and switches off what no longer does; returns the addresses."""
    told = addresses()
    if "erp" in told:
        _erp(told["erp"], owner)
    elif held := Interface.objects.filter(code=CODE).exclude(mode=Mode.OFF).first():
        _again(held, secrets={"rest_key": _key()}, mode=Mode.OFF)
    if mes := Interface.objects.filter(code=MES).first():
        others = {name: value for name, value in mes.settings.items() if name != "panel"}
        _again(mes, secrets={}, settings=others | ({"panel": f"{told['mes']}/"} if "mes" in told else {}))
    return told


def _erp(address: str, owner: Any) -> None:
    described: dict[str, Any] = json.loads(DESCRIBED.read_text())
    made, changed = actions.connect(
        code=CODE,
        name="ERP simulator",
        kind=Kind.ERP,
        adapter="rest",
        base_url=address,
        settings=described | {"panel": f"{address}/"},
        secrets={"rest_key": _key()},
        site=Site.objects.get(code="AUG"),
        mode=Mode.LIVE,
        owner=owner,
        purpose=PURPOSE,
        by=journal.SYSTEM,
    )
    if changed:
        actions.plan_sync(interface=made)


def _key() -> str:
    """What the simulator asks of its callers; made at the first start."""
    return str((settings.VAR / "simulators" / "key").read_text().strip())


def _again(row: Interface, secrets: dict[str, str], **changed: Any) -> None:
    """The same interface with this one thing changed."""
    held: dict[str, Any] = {
        "adapter": row.adapter,
        "base_url": row.base_url,
        "settings": row.settings,
        "mode": row.mode,
    } | changed
    named: dict[str, Any] = {"code": row.code, "name": row.name, "kind": Kind(row.kind), "site": row.site}
    actions.connect(**named, **held, secrets=secrets, by=journal.SYSTEM)
