"""The Tryton server: its virtual environment, its configuration, its process."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import place
from cluster import Cluster

MODULES = (
    "company",
    "currency",
    "party",
    "product",
    "stock",
    "stock_lot",
    "purchase",
    "production",
    "production_routing",
    "production_work",
)


def install(base: Path) -> None:
    """Make the virtual environment from the locked list, unless it already holds exactly that list."""
    venv, stamp = base / "venv", base / "venv" / "installed"
    wanted = place.digest(place.REQUIREMENTS)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
    command = [venv / "bin" / "python", "-m", "pip", "install", "-q", "--no-input", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "--require-hashes", "-r", place.REQUIREMENTS],
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        raise SystemExit(f"The ERP's packages could not be installed:\n{done.stdout[-2000:]}")
    stamp.write_text(wanted)


class Tryton:
    def __init__(self, base: Path, cluster: Cluster) -> None:
        self.base, self.cluster = base, cluster
        self.conf, self.pidfile, self.log = base / "trytond.conf", base / "trytond.pid", base / "trytond.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{place.read_json(self.base / 'ports.json')['web']}"

    def configure(self) -> None:
        for name in ("files", "www"):
            (self.base / name).mkdir(exist_ok=True)
        text = (
            f"[database]\nuri = {self.cluster.uri()}\npath = {self.base / 'files'}\nlist = False\nlanguage = en\n"
            f"[web]\nroot = {self.base / 'www'}\n[session]\nauthentications = password\n"
        )
        self.conf.unlink(missing_ok=True)
        with os.fdopen(os.open(self.conf, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(text)

    def _environment(self) -> dict[str, str]:
        return {"TZ": "UTC", "PATH": os.environ.get("PATH", ""), "TRYTOND_CONFIG": str(self.conf), "LANG": "C.UTF-8"}

    def create_database(self, name: str) -> None:
        """An empty Tryton database with the modules activated: about 25 s of CPU."""
        self.cluster.drop(name)
        self.cluster.sql(f'CREATE DATABASE "{name}"')
        passfile = self.base / "passfile"
        passfile.unlink(missing_ok=True)
        with os.fdopen(os.open(passfile, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(place.passwords(self.base)["admin"])
        command = [
            self.base / "venv" / "bin" / "trytond-admin",
            "-c",
            self.conf,
            "-d",
            name,
            "--email",
            "admin@plant.test",
            "-u",
            *MODULES,
            "--activate-dependencies",
        ]
        with open(self.base / "init.log", "wb") as log:
            done = subprocess.run(
                command,
                env=self._environment() | {"TRYTONPASSFILE": str(passfile)},
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        passfile.unlink()
        if done.returncode:
            raise SystemExit(f"Tryton could not make its database; see {self.base / 'init.log'}")

    def pid(self) -> int | None:
        try:
            pid = int(self.pidfile.read_text())
            ours = place.alive(pid) and str(self.base) in Path(f"/proc/{pid}/cmdline").read_text()
        except (OSError, ValueError):
            return None
        return pid if ours else None

    def start(self) -> int:
        """Start the server and wait until it answers; returns its process id."""
        running = self.pid()
        if running:
            return running
        port = place.port(self.base, "web")
        with open(self.log, "ab") as log:
            server = subprocess.Popen(
                [
                    self.base / "venv" / "bin" / "gunicorn",
                    "--no-control-socket",
                    "--bind",
                    f"127.0.0.1:{port}",
                    "--workers",
                    "1",
                    "--threads",
                    "8",
                    "--timeout",
                    "120",
                    "--log-level",
                    "warning",
                    "--pid",
                    self.pidfile,
                    "trytond.application:app",
                ],
                env=self._environment(),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd=self.base,
            )
        for _ in range(400):
            if server.poll() is not None:
                break
            if self._answers(port):
                return server.pid
            time.sleep(0.1)
        raise SystemExit(f"Tryton did not start; see {self.log}")

    def _answers(self, port: int) -> bool:
        try:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            line.request("GET", "/")
            return line.getresponse().status < 500
        except OSError:
            return False

    def open(self, database: str) -> None:
        """Load the database's modules in the running server.

        The first call on a database has to be a REST one: seen with 8.2.1, a sign-in over JSON-RPC as the first call
        leaves the server with an empty model pool, and every later call fails with a KeyError on res.user.
        The list of databases is remembered for minutes for each host name; one of its own finds a new database.
        """
        line = http.client.HTTPConnection(*urlsplit(self.url).netloc.split(":"), timeout=120)
        line.request("GET", f"/{database}/rest/model/ir.module", headers={"Host": f"{database.replace('_', '-')}.test"})
        status = line.getresponse().status
        if status != http.HTTPStatus.UNAUTHORIZED:
            raise SystemExit(f"Tryton does not serve the database {database} (HTTP {status}); see {self.log}")

    def stop(self) -> None:
        pid = self.pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGTERM)
        for _ in range(300):
            if not place.alive(pid):
                return
            time.sleep(0.1)
        os.kill(pid, signal.SIGKILL)
