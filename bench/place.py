"""A scratch database beside the others, with the demo plant's master data and a token; the product's server before it.

Tests that need a real server, and processes to kill, use the same (tests/connectors/test_inbox_server.py).
"""

import contextlib
import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Scratch:
    name: str
    port: int
    more: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def environment(self, role: str) -> dict[str, str]:
        own = {"QMS_DB_NAME": self.name, "QMS_DB_ROLE": role, "DJANGO_SETTINGS_MODULE": "bench.settings"}
        return {**os.environ, "QMS_PLAIN_STATIC": "1", **own, **self.more}

    def connect(self, role: str, database: str = "") -> psycopg.Connection[Any]:
        from qms.settings import database as login
        from qms.settings import embedded

        place = login("owner" if role == "superuser" else role)
        if role == "superuser":
            account = embedded()["pg"]["roles"]["superuser"]
            place |= {"USER": account["user"], "PASSWORD": account["password"]}
        return psycopg.connect(
            host=place["HOST"], port=place["PORT"], user=place["USER"], password=place["PASSWORD"], autocommit=True,
            dbname=database or self.name,
        )  # fmt: skip

    def prepare(self, template: str = "") -> None:
        """Makes the database anew; about ten seconds. With a template, a database that is migrated already, it is a copy."""
        self.drop()
        with self.connect("owner", "postgres") as connection:
            connection.execute(f"CREATE DATABASE {self.name}" + (f' TEMPLATE "{template}"' if template else ""))
        if not template:
            self.manage("migrate", "--run-syncdb", "-v", "0", role="owner")
        seeded = subprocess.run(
            [sys.executable, "-m", "bench.seed"],
            cwd=ROOT,
            env=self.environment("app"),
            check=True,
            capture_output=True,
            text=True,
        )
        self.token = seeded.stdout.split()[-1]

    def manage(self, *arguments: str, role: str = "app") -> None:
        command = [sys.executable, "-m", "django", *arguments]
        subprocess.run(command, cwd=ROOT, env=self.environment(role), check=True)

    def drop(self) -> None:
        with self.connect("owner", "postgres") as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {self.name}")

    @contextlib.contextmanager
    def server(self) -> Iterator[subprocess.Popen[bytes]]:
        """Two processes of four threads, as `make run` starts them."""
        command = [sys.executable, "-m", "gunicorn", "qms.wsgi:application", "--bind", f"127.0.0.1:{self.port}"]
        command += ["--workers", "2", "--worker-class", "gthread", "--threads", "4", "--no-control-socket"]
        process = subprocess.Popen([*command, "--log-level", "error"], cwd=ROOT, env=self.environment("app"))
        try:
            self.await_ready(process)
            yield process
        finally:
            process.terminate()
            process.wait(20)

    def await_ready(self, process: subprocess.Popen[bytes]) -> None:
        for _attempt in range(200):
            if process.poll() is not None:
                raise SystemExit("The server did not start.")
            with contextlib.suppress(OSError):
                line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                line.request("GET", "/healthz")
                line.getresponse().read()
                line.close()
                return
            time.sleep(0.1)
        raise SystemExit("The server does not answer.")
