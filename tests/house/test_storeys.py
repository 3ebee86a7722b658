"""The contracts of pyproject.toml leave nobody out, and the door that import-linter cannot see is shut too."""

import ast
import sys
import tomllib

import pytest

from .source import APPS, ROOT, line_of, shipped

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
# These open connections of ours: the embedded servers, the broker's ping, and the one door to the outside.
MAY_CONNECT = (
    "qms/embedded/",
    "qms/health.py",
    "connectors/http/",
    "connectors/transports/",
    "connectors/simulators/",
)  # ADR 25, 28
LINES = {
    "socket",
    "http.client",
    "urllib.request",
    "ftplib",
    "smtplib",
    "telnetlib",
    "paramiko",
    "paho.mqtt.client",
    "pymysql",
    "zeep",
    "requests",
    "httpx",
    "aiohttp",
    "urllib3",
}
SIDE_DOORS = {"eval", "exec", "__import__", "compile"}


def named(contract):
    return {name.strip(" ()") for layer in contract["layers"] for name in layer.split("|")}


def test_every_room_of_the_house_stands_on_a_storey():
    storeys = named(next(c for c in CONTRACTS if c["name"].startswith("house")))
    rooms = {f"qms.{p.stem}" for p in (ROOT / "qms").iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    rooms |= {app for app in APPS if app != "qms"}
    # qms.api_urls and qms.urls only join the rooms' own addresses; __init__ is empty.
    assert rooms - storeys == {"qms.__init__", "qms.api_urls"}


def test_no_contract_looks_away():
    assert [c["name"] for c in CONTRACTS if c.get("ignore_imports") or c.get("unmatched_ignore_imports_alerting")] == []


def imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and not node.level:
        return {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return set()


def test_only_one_room_opens_a_connection_to_the_outside():
    found = [
        f"{line_of(m, node)} {sorted(imported(node) & LINES)}"
        for m in shipped()
        if not m.path.startswith(MAY_CONNECT)
        for node in ast.walk(m.tree)
        if imported(node) & LINES
    ]
    assert found == []


def test_simulators_know_nothing_of_the_qms():
    """They stand for somebody else's system: the standard library and themselves."""
    mine = [m for m in shipped() if m.path.startswith("connectors/simulators/")]
    names = {
        (line_of(m, n), name) for m in mine for n in ast.walk(m.tree) for name in imported(n)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("connectors.simulators")
    }  # fmt: skip
    assert mine and names == set()


def test_nothing_is_made_of_text_at_run_time():
    found = [
        f"{line_of(m, n)} {n.func.id}"
        for m in shipped()
        for n in ast.walk(m.tree)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id in SIDE_DOORS
    ]
    assert found == []


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c["name"].split(":")[0])
def test_contracts_say_what_they_hold(contract):
    assert contract["type"] in ("layers", "forbidden") and contract["name"]
