"""The page of security decisions says what the code does: limits, keys and algorithms, logs, levels of data."""

import ast
import importlib
import json
import re
import subprocess
import sys

from django.apps import apps

from .source import PLACES, ROOT, Module, modules

PAGE = (ROOT / "docs/explanation/security-decisions.md").read_text()
LIBRARIES = {"hashlib", "hmac", "secrets", "cryptography"}


def ours() -> list[Module]:
    return [
        m
        for m in modules(PLACES)
        if m.path.startswith(("qms/", "connectors/", "ncr/", "inspection/")) and "/migrations/" not in m.path
    ]


def part(title: str) -> str:
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def test_limits_are_those_of_the_code():
    told = re.findall(r"`([\w.]+)\.([A-Z_]+)` = (\d+) \|", part("Sessions and limits"))
    assert len(told) >= 10
    for module, name, value in told:
        assert getattr(importlib.import_module(module), name) == int(value), f"{module}.{name}"


def test_every_file_that_uses_an_algorithm_stands_in_the_inventory():
    named = re.findall(r"`((?:qms|connectors|inspection|ncr)/[\w./]*)`", part("Keys and algorithms"))
    using = [m.path for m in ours() if _imports(m) & LIBRARIES]
    assert len(using) > 30
    assert [path for path in using if not any(path.startswith(one) for one in named)] == []
    assert all((ROOT / one).exists() for one in named if one != "qms/lib/crypto")


def _imports(module):
    found = {name.name.split(".")[0] for n in ast.walk(module.tree) if isinstance(n, ast.Import) for name in n.names}
    return found | {(n.module or "").split(".")[0] for n in ast.walk(module.tree) if isinstance(n, ast.ImportFrom)}


def test_every_log_of_a_name_is_listed():
    source = "\n".join((ROOT / m.path).read_text() for m in ours())
    names = set(re.findall(r'getLogger\("([\w.]+)"\)', source))
    assert names and all(f"`{name}`" in part("Logs") for name in names)


def test_every_room_with_data_has_a_level():
    told = part("Data by level")
    labels = {model._meta.app_label for model in apps.get_models()}
    assert [label for label in sorted(labels) if f"`{label}`" not in told] == []


def test_the_bill_of_materials_names_every_locked_package():
    made = subprocess.run(
        [sys.executable, str(ROOT / "scripts/sbom.py")], capture_output=True, check=True, cwd=ROOT, text=True
    ).stdout
    told = json.loads(made)
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    pins = re.findall(r"^([\w.-]+)(?:\[.*\])?==([^ ;\\]+)", (ROOT / "requirements.txt").read_text(), re.M)
    listed = {(one["name"], one["version"]): one for one in told["components"]}
    missing = [name for name, version in pins if (name.lower(), version) not in listed]
    assert len(pins) > 50 and missing == []
    assert all(one["hashes"] and one["purl"].startswith("pkg:") for one in told["components"])
    assert {"htmx.org"} <= {one["name"] for one in told["components"]}


def test_no_map_of_names_from_outside_is_an_object_literal():
    """An object literal has a prototype that names from outside could reach (ASVS 15.3.6): Map, Set or Object.create(null)."""
    wrong = []
    for path in sorted((ROOT / "static/js").rglob("*.js")):
        text = path.read_text()
        for name in re.findall(r"(?:const|let) (\w+) = \{\}", text):
            if re.search(rf"\b{name}\[[^\"'\d]", text):
                wrong.append(f"{path.name}: {name}")
    assert wrong == []
