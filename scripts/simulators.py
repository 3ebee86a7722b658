"""The simulators of an ERP and an MES beside a demo plant: where they listen, and how they are started.

QMS_SIMULATORS=0 leaves them out; QMS_SIMULATOR_PORTS="8322,8321" says where (default: 322 and 321 above QMS_PORT).
"""

import json
import os
import secrets
import sys
from pathlib import Path

from qms.embedded import place

ABOVE = (322, 321)


def wanted(port: int) -> dict[str, str]:
    """Addresses by name; a port that somebody else has gives way to a free one."""
    if os.environ.get("QMS_DEMO", "1") == "0" or os.environ.get("QMS_SIMULATORS", "1") == "0":
        return {}
    told = os.environ.get("QMS_SIMULATOR_PORTS")
    try:
        erp, mes = [int(one) for one in told.split(",")] if told else [port + more for more in ABOVE]
    except ValueError:
        sys.exit(f"QMS_SIMULATOR_PORTS={told}: name two ports, the ERP's and the MES's, as 8322,8321.")
    ports = {"erp": erp, "mes": mes}
    return {name: f"http://127.0.0.1:{place.free_port(one if one < 65536 else None)}" for name, one in ports.items()}


def prepare(var: Path, port: int) -> dict[str, str]:
    """Makes their folder and key, and says in the environment where they will be."""
    found = wanted(port)
    folder = var / "simulators"
    if found and not (folder / "key").exists():
        folder.mkdir(mode=0o700, exist_ok=True)
        place.write_private(folder / "key", secrets.token_urlsafe(24))
    os.environ["QMS_SIMULATOR_URLS"] = json.dumps(found)
    return found


def are_new(var: Path, found: dict[str, str]) -> bool:
    """Whether the demo plant, which is there, has to be told."""
    return bool(json.loads((var / "demo.json").read_text()).get("simulators", {}) != found)


def commands(var: Path, found: dict[str, str]) -> dict[str, list[str]]:
    folder, python = var / "simulators", [sys.executable, "-m"]
    more = {
        "erp": ["--key-file", str(folder / "key"), "--store", str(folder / "erp.jsonl")],
        "mes": ["--demo", str(var / "demo.json")],
    }
    return {
        f"{name}-simulator": [
            *python,
            f"connectors.simulators.{name}",
            "--port",
            address.rpartition(":")[2],
            *more[name],
        ]
        for name, address in found.items()
    }
