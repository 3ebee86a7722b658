"""A second plant in a cluster of its own, and the commands of either as real processes."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from qms import embedded

ROOT = Path(__file__).resolve().parents[2]
URLS = ("DATABASE_URL", "QMS_OWNER_DATABASE_URL", "QMS_SEALER_DATABASE_URL", "QMS_DB_ROLE", "QMS_DB_NAME")


@dataclass(frozen=True)
class Plant:
    var: Path
    pg: dict[str, Any]
    database: str

    def manage(self, *words: Any, fails: bool = False) -> str:
        """What the command said, on both streams."""
        env = {name: value for name, value in os.environ.items() if name not in URLS}
        env |= {"QMS_VAR": str(self.var), "QMS_DB_NAME": self.database, "REDIS_URL": settings.REDIS_URL}
        ran = subprocess.run(
            [sys.executable, "manage.py", *map(str, words)],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        said = ran.stdout + ran.stderr
        assert bool(ran.returncode) == fails, said
        return said

    def ask(self, sql: str, role: str = "superuser") -> list[Any]:
        login = self.pg["roles"][role]
        with psycopg.connect(
            host=self.pg["host"], port=self.pg["port"], dbname=self.database, autocommit=True, **login
        ) as line:
            return line.execute(sql).fetchall()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Django's connection of this process works here, as the application."""
        before = dict(connection.settings_dict)
        login = self.pg["roles"]["app"]
        connection.close()
        connection.settings_dict.update(
            HOST=self.pg["host"],
            PORT=self.pg["port"],
            NAME=self.database,
            USER=login["user"],
            PASSWORD=login["password"],
        )
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict.update(before)


def here() -> Plant:
    """The plant of the tests, in the copy that `own_database` made."""
    return Plant(settings.VAR, embedded.read(settings.VAR)["pg"], connection.settings_dict["NAME"])


@contextmanager
def another() -> Iterator[Plant]:
    """An empty plant: a new cluster, so another system identifier and transaction ids that begin anew."""
    var = Path(tempfile.mkdtemp(prefix="qms-restored-"))
    var.chmod(0o755)
    kept = {name: os.environ.pop(name) for name in (*URLS, "REDIS_URL") if name in os.environ}
    os.environ["REDIS_URL"] = settings.REDIS_URL  # its own broker is not needed
    try:
        with embedded.use(var) as servers:
            yield Plant(var, servers["pg"], "qms")
    finally:
        os.environ.pop("REDIS_URL")
        os.environ |= kept
        embedded.stop(var)
        shutil.rmtree(servers["home"], ignore_errors=True)
        shutil.rmtree(var, ignore_errors=True)
