"""The embedded PostgreSQL and Valkey: started when no DATABASE_URL / REDIS_URL is set. Imports no Django.

Several processes share one pair of servers. Each holds a shared lock on `servers.users` while it works (`use`); the
last one that leaves stops the servers, so a one-off command never takes them away from a running `make run`.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import place, postgres, valkey

Servers = dict[str, Any]

__all__ = ["Failed", "ensure", "status", "stop", "use", "wanted"]
Failed = place.Failed


def wanted() -> set[str]:
    """Which of the two servers the environment leaves to us."""
    return {name for name, url in (("pg", "DATABASE_URL"), ("redis", "REDIS_URL")) if not os.environ.get(url)}


def read(var: Path) -> Servers:
    try:
        found: Servers = json.loads((var / "servers.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found


def ensure(var: Path) -> Servers:
    """Start what is wanted and not alive; returns the content of `servers.json` (mode 600). Raises Failed."""
    var = Path(var).resolve()
    var.mkdir(parents=True, exist_ok=True)
    with _locked(var / "servers.lock", fcntl.LOCK_EX):
        servers = read(var)
        down = {name for name in wanted() if not _alive(name, servers)}
        if down:
            servers["home"] = str(place.home(var))
            _start(down, servers, var)
        return servers


def _start(down: set[str], servers: Servers, var: Path) -> None:
    """Both at once. What a server was started with is on disk before it starts, so a second try finds the first."""
    home, logs = Path(servers["home"]), var / "log"
    logs.mkdir(exist_ok=True)
    if "redis" in down:
        servers["redis_url"] = valkey.address(servers)
        place.write_private(var / "servers.json", json.dumps(servers, indent=1))
        valkey.start(home, servers["redis_url"], logs / "valkey.log")
    if "pg" in down:
        servers["pg"] = postgres.start(home, servers.get("pg") or {}, logs)
        place.write_private(var / "servers.json", json.dumps(servers, indent=1))
    if "redis" in down:
        valkey.await_ready(servers, logs / "valkey.log")


def status(var: Path) -> dict[str, bool]:
    servers = read(Path(var).resolve())
    return {name: _alive(name, servers) for name in ("pg", "redis")}


def stop(var: Path) -> None:
    """Stop both servers, whoever started them; open transactions are rolled back, accepted writes are on disk."""
    var = Path(var).resolve()
    if not (var / "servers.json").exists():
        return
    with _locked(var / "servers.lock", fcntl.LOCK_EX):
        servers = read(var)
        if "redis_url" in servers:
            valkey.stop(servers)
        if "pg" in servers:
            postgres.stop(servers["pg"])


@contextlib.contextmanager
def use(var: Path) -> Iterator[Servers]:
    """Hold the servers for a while; the last holder that leaves stops them.

    The lock's file descriptor may be inherited (`pass_fds=[servers["users_fd"]]`): children then count as holders.
    """
    var = Path(var).resolve()
    var.mkdir(parents=True, exist_ok=True)
    with _locked(var / "servers.users", fcntl.LOCK_SH) as holders:
        try:
            yield ensure(var) | {"users_fd": holders}
        finally:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(holders, fcntl.LOCK_EX | fcntl.LOCK_NB)
                stop(var)


def _alive(name: str, servers: Servers) -> bool:
    if name == "pg":
        return bool(servers.get("pg")) and postgres.alive(servers["pg"])
    return "redis_url" in servers and valkey.alive(servers)


@contextlib.contextmanager
def _locked(path: Path, kind: int) -> Iterator[int]:
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, kind)
        yield fd
    finally:
        os.close(fd)
