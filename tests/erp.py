"""A real Tryton for the tests: one server for the whole run, an own copy of the demonstration plant per process.

The folder is QMS_ERP_VAR, or erp/ below QMS_VAR. The first start there takes about a minute and a half, later ones
a second or two. `manage`: the ERP's administrator over the seed's own client, to do what the ERP's people do.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "scripts" / "erp"
PLANT: dict[str, Any] = json.loads((SCRIPTS / "plant.json").read_text())


def _rpc_class() -> Any:
    spec = importlib.util.spec_from_file_location("erp_rpc", SCRIPTS / "rpc.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Rpc


@dataclass(frozen=True)
class Erp:
    base_url: str
    database: str
    told: dict[str, Any] = field(repr=False)
    manage: Any = field(repr=False)

    def settings(self, transport: str = "rest", **more: Any) -> dict[str, Any]:
        """Settings of an adapter; `transport` rest or rpc."""
        account = {"rest_key": self.told["rest_key"]}
        if transport == "rpc":
            account = {"user": self.told["user"], "password": self.told["password"]}
        return {**self.told["settings"], **account, **more}

    def id(self, model: str, **by: Any) -> int:
        return int(self.manage.id_of(model, [[name, "=", value] for name, value in by.items()]))

    def stock(self, lot: int, place: str) -> float:
        """What lies of a lot in the location with this code."""
        where = [self.id("stock.location", code=place)]
        return float(self.manage.call("stock.lot", "read", [lot], ["quantity"], locations=where)[0]["quantity"] or 0)

    def new_lot(self, number: str, item: str, quantity: float) -> int:
        """A lot that nobody else touches, with stock in the storage zone, by an inventory."""
        product = self.id("product.product", code=item)
        lot = int(self.manage.create("stock.lot", number=number, product=product))
        line = {"product": product, "lot": lot, "quantity": quantity}
        count = self.manage.create(
            "stock.inventory",
            location=self.id("stock.location", code="STO"),
            empty_quantity="keep",
            lines=[["create", [line]]],
        )
        self.manage.press("stock.inventory", "confirm", [count])
        assert self.stock(lot, "STO") == quantity
        return lot


@pytest.fixture(scope="session")
def erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Erp]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "one")
    database, file = f"test_{worker}_{os.getpid()}", tmp_path_factory.mktemp("erp") / "erp.json"
    hold = ["--hold", str(os.getpid())]
    command = [sys.executable, SCRIPTS / "up", "--no-connect", "--detach", "--fresh", *hold]
    done = subprocess.run(
        [*command, "--database", database, "--json", file],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(file.read_text())
    try:
        manage = _rpc_class()(told["base_url"], database, "admin", told["admin_password"])
        yield Erp(told["base_url"], database, told, manage)
        manage.line.close()
    finally:
        subprocess.run([sys.executable, SCRIPTS / "down", *hold, "--drop", database], check=True)
