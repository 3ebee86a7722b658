"""Software bill of materials in CycloneDX 1.6 (JSON) out of the lock files: what is installed, in which version, with which hashes.

    python scripts/sbom.py [--out FILE]

Depends on the lock files alone, so that the same release gives the same bytes.
"""

import argparse
import base64
import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.M)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def python_components() -> list[dict[str, Any]]:
    text = (ROOT / "requirements.txt").read_text()
    found = list(PIN.finditer(text))
    ends = [*(match.start() for match in found[1:]), len(text)]
    return [
        component("pypi", match[1].lower(), match[2], HASH.findall(text[match.end() : end]))
        for match, end in zip(found, ends, strict=True)
    ]


def browser_components() -> list[dict[str, Any]]:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    return [_of_npm(place, told) for place, told in sorted(packages.items()) if place and not told.get("dev")]


def _of_npm(place: str, told: dict[str, Any]) -> dict[str, Any]:
    kind, _, digest = told.get("integrity", "").partition("-")
    hashes = [base64.b64decode(digest).hex()] if digest else []
    return component("npm", place.rpartition("node_modules/")[2], told["version"], hashes, kind.upper() or "SHA512")


def component(kind: str, name: str, version: str, hashes: list[str], algorithm: str = "SHA256") -> dict[str, Any]:
    purl = f"pkg:{kind}/{name.replace('@', '%40')}@{version}"
    sums = [{"alg": algorithm.replace("SHA", "SHA-"), "content": one} for one in sorted(hashes)]
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl, "hashes": sums}


def document() -> dict[str, Any]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    about = {"type": "application", "bom-ref": "qms", "name": project["name"], "version": project["version"]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": about},
        "components": [*python_components(), *browser_components()],
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--out", type=Path)
    out = asked.parse_args().out
    text = json.dumps(document(), indent=1) + "\n"
    out.write_text(text) if out else sys.stdout.write(text)


if __name__ == "__main__":
    main()
