"""Where the demonstration ERP lives and as whom its database runs. Standard library only."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import secrets
import socket
import stat
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements-erp.txt"
PLANT = Path(__file__).resolve().parent / "plant.json"


def wanted() -> Path:
    """The folder that the caller asked for: QMS_ERP_VAR, else erp/ below QMS_VAR."""
    chosen = os.environ.get("QMS_ERP_VAR")
    return (Path(chosen) if chosen else Path(os.environ.get("QMS_VAR") or ROOT / "var") / "erp").resolve()


def home() -> Path:
    """The folder that everything is kept in.

    PostgreSQL refuses to run as root, so for root it runs as `nobody`, who must be able to reach it. Where a parent
    folder is closed to others, the home moves to /var/tmp: a folder that is not ours is never loosened.
    """
    asked = wanted()
    asked.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0 or all(p.stat().st_mode & stat.S_IXOTH for p in (asked, *asked.parents)):
        return asked
    name = "qms-erp-" + hashlib.sha256(str(asked).encode()).hexdigest()[:12]
    moved = Path("/var/tmp") / name  # noqa: S108 (owned by root and checked below)
    moved.mkdir(mode=0o755, exist_ok=True)
    if moved.is_symlink() or moved.stat().st_uid != 0:
        raise SystemExit(f"{moved} exists and does not belong to root; remove it and start again.")
    return moved


def database_user() -> dict[str, int]:
    """Keyword arguments for subprocess: whom the database server runs as."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid}


def read_json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text()))
    except FileNotFoundError:
        return {}


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace the file in one step, readable by its owner only."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(content, out, indent=1)
    os.replace(draft, path)


def passwords(base: Path) -> dict[str, str]:
    """Made once; the database superuser, Tryton's admin, the connector's user `qms` and its key for REST."""
    path = base / "passwords.json"
    known = read_json(path)
    if not known:
        known = {name: secrets.token_urlsafe(24) for name in ("postgres", "admin", "qms", "rest")}
        write_json(path, known)
    return known


def port(base: Path, name: str) -> int:
    """A loopback port, the same one on every start as long as nobody else has taken it."""
    path = base / "ports.json"
    known = read_json(path)
    asked = int(os.environ.get("QMS_ERP_PORT", "0")) if name == "web" else 0
    for candidate in (asked or known.get(name) or 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            known[name] = probe.getsockname()[1]
            write_json(path, known)
            return int(known[name])
    raise SystemExit("no free loopback port")


def digest(*paths: Path) -> str:
    """Names the cached database: it changes when what was installed or seeded changes."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.read_bytes())
    return total.hexdigest()[:12]


def alive(pid: int | None) -> bool:
    if not pid:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return not os.path.exists("/proc")
