"""Take the samples anew from a fresh plant: scripts/erp/up --no-connect --detach --fresh, then
`python -m tests.connectors.record_tryton FILE` with the connection file that it named."""

from __future__ import annotations

import datetime as dt
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.adapters.tryton import Tryton
from connectors.http import Trace, run
from connectors.messages import PlaceRole, PostingIntent, PostingKind
from tests.connectors.replay import keep

SETTINGS: dict[str, Any] = {
    "database": "plant",
    "rest_key": "taken-out",
    "company": 1,
    "page_size": 2,
    "supplier_domain": [["code", "like", "SUP-%"]],
    "customer_domain": [["code", "like", "CUS-%"]],
    "locations": {"storage": "STO", "quarantine": "QUA", "scrap": "SCRAP"},
}
HOLD = PostingIntent(
    kind=PostingKind.HOLD,
    reference="NCR26000001-01",
    item_id="14",
    lot_id="25",
    quantity=Decimal("10"),
    unit_id="1",
    from_role=PlaceRole.STORAGE,
    to_role=PlaceRole.QUARANTINE,
    planned_date=dt.date(2026, 11, 20),
)


def main(file: Path) -> None:
    told = json.loads(file.read_text())
    settings = {**SETTINGS, "rest_key": told["rest_key"]}
    adapter = Tryton()
    exchanges = {name: adapter.pull(name, None, settings) for name in adapter.objects}
    for name, exchange in {**exchanges, "hold": adapter.post(HOLD, settings)}.items():
        traces: list[Trace] = []
        result = run(exchange, base_url=told["base_url"], recorder=traces.append)
        keep(f"tryton/{name}", traces, told["base_url"], result)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
