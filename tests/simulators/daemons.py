"""A plant whose daemons are killed: the product's processes and the ERP, kept alive as a supervisor does."""

from __future__ import annotations

import http.client
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from django.db import DatabaseError, connection

from qms import embedded
from qms.embedded.valkey import _binary
from qms.lib.errors import Refusal
from tests.simulators.running import ROOT

MANAGE = [sys.executable, "manage.py"]


@dataclass
class Daemon:
    """`parts`: whether its children may be killed alone, as gunicorn's workers."""

    command: list[str]
    env: dict[str, str]
    log: Path
    parts: bool = False
    kills: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """-9, of one part and of the whole in turns; a supervisor starts it again."""
        assert self.process
        self.kills += 1
        with suppress(ProcessLookupError, FileNotFoundError, IndexError):
            if self.parts and self.kills % 3:
                with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as children:
                    os.kill(int(children.read().split()[0]), signal.SIGKILL)
                return
            os.killpg(self.process.pid, signal.SIGKILL)

    def tend(self) -> None:
        if self.process and self.process.poll() is not None:
            self.start()


@dataclass
class Daemons:
    folder: Path
    env: dict[str, str]
    lease: int
    all: dict[str, Daemon] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def product(self, port: int) -> None:
        web = [
            sys.executable,
            "-m",
            "gunicorn",
            "qms.wsgi:application",
            "--bind",
            f"127.0.0.1:{port}",
            "--workers",
            "2",
        ]
        web += ["--worker-class", "gthread", "--threads", "4", "--no-control-socket", "--log-level", "error"]
        worker = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "qms",
            "worker",
            "--concurrency",
            "1",
            "--without-mingle",
            "--without-gossip",
        ]
        self.add("web", web, parts=True)
        self.add("worker", worker)
        self.add("relay", [*MANAGE, "relay", "--lease", str(self.lease)])
        self.add("sealer", [*MANAGE, "seal", "--loop"], QMS_DB_ROLE="sealer")
        self.add("scheduler", [*MANAGE, "scheduler"])

    def add(self, name: str, command: list[str], *, parts: bool = False, **env: str) -> Daemon:
        made = Daemon(command, self.env | env, self.folder / f"{name}.log", parts)
        made.start()
        self.all[name] = made
        return made

    def watch(self) -> None:
        while not self.stopping.wait(0.1):
            with self.lock:
                for daemon in self.all.values():
                    daemon.tend()

    def __enter__(self) -> Daemons:
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.thread.join(5)
        for daemon in self.all.values():
            if daemon.process:
                with suppress(ProcessLookupError):
                    os.killpg(daemon.process.pid, signal.SIGKILL)
                daemon.process.wait(20)


def valkey(folder: Path, port: int, password: str) -> list[str]:
    """One that keeps nothing: what it forgets must not be missed."""
    command = [str(_binary(folder)), "--port", str(port), "--bind", "127.0.0.1", "--requirepass", password]
    return [*command, "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"]


def is_up(port: int) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def quietly(act: Callable[[], Any]) -> None:
    """Somebody else may have changed the record at the same moment: then again with the next look."""
    try:
        act()
    except Refusal:
        pass


def again(ask: Callable[[], Any]) -> Any:
    """With the database away there is no answer yet."""
    try:
        return ask()
    except DatabaseError:
        connection.close()
        time.sleep(0.2)
        return None


def superuser(statement: str) -> None:
    pg = embedded.read(Path(os.environ["QMS_VAR"]))["pg"]
    account = pg["roles"]["superuser"]
    with psycopg.connect(host=pg["host"], port=pg["port"], dbname="postgres", autocommit=True, **account) as line:
        line.execute(statement)
        line.execute("SELECT pg_reload_conf()")


def is_running(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def backends(postmaster: int) -> list[int]:
    """Processes of the application's own connections, as far as they are still there."""
    found = []
    with open(f"/proc/{postmaster}/task/{postmaster}/children") as children:
        for pid in map(int, children.read().split()):
            with suppress(OSError):
                if b"qms_app" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(pid)
    return found


def kill_one(pids: list[int], dice: random.Random) -> bool:
    """False when it has ended by itself in between."""
    with suppress(ProcessLookupError, IndexError):
        os.kill(dice.choice(pids), signal.SIGKILL)
        return True
    return False
