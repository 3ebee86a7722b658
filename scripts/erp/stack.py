"""Bring the ERP up and down: packages, database cluster, seeded template, working database, server."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import place
import seed
import tryton
from cluster import Cluster

HERE = Path(__file__).resolve().parent
SEED_FILES = (place.REQUIREMENTS, place.PLANT, HERE / "seed.py", HERE / "seed_orders.py")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Stack:
    def __init__(self) -> None:
        self.base = place.home()
        self.cluster = Cluster(self.base)
        self.server = tryton.Tryton(self.base, self.cluster)
        self.holders = self.base / "holders"
        self.holders.mkdir(exist_ok=True)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One caller at a time changes what runs: tests and a person may share the folder."""
        with open(self.base / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def up(self, database: str, *, fresh: bool, holder: int) -> dict[str, Any]:
        """Serve `database`, a copy of the seeded plant; returns what a client needs to sign in.

        A database that exists is served as it stands, unless `fresh` is asked for or the plant's definition changed.
        """
        tryton.install(self.base)
        self.cluster = Cluster(self.base)
        self.server = tryton.Tryton(self.base, self.cluster)
        self.cluster.start()
        self.server.configure()
        template = self._template()
        state = place.read_json(self.base / "state.json")
        there = database in self.cluster.databases()
        if fresh or not there or state.get(database) != template:
            if there:
                self.server.stop()  # it keeps a model pool and connections for every database that it has seen
                self.cluster.drop(database)
            self.cluster.copy(template, database)
            place.write_json(self.base / "state.json", {**state, database: template})
        pid = self.server.start()
        self.server.open(database)
        (self.holders / str(holder)).touch()
        secret = place.passwords(self.base)
        return {
            "adapter": "tryton",
            "base_url": self.server.url,
            "database": database,
            "user": "qms",
            "password": secret["qms"],
            "rest_key": secret["rest"],
            "admin_password": secret["admin"],
            "settings": {
                "database": database,
                "timezone": "UTC",
                "locations": seed.locations(),
                "supplier_domain": [["code", "like", "SUP-%"]],
                "customer_domain": [["code", "like", "CUS-%"]],
            },
            "pid": pid,
            "home": str(self.base),
        }

    def _template(self) -> str:
        """The name of the seeded database that all others are copied from, made where it is missing."""
        base, template = "base_" + place.digest(place.REQUIREMENTS), "seed_" + place.digest(*SEED_FILES)
        known = self.cluster.databases()
        if template in known:
            return template
        if base not in known:
            say("ERP: making Tryton's database (about a minute, once)")
            self.server.create_database("making_base")
            self.cluster.sql(f'ALTER DATABASE making_base RENAME TO "{base}"')
        say("ERP: entering the plant (about 20 seconds, once)")
        self.server.stop()
        self.cluster.drop("making_seed")
        self.cluster.copy(base, "making_seed")
        self.server.start()
        self.server.open("making_seed")
        seed.seed(self.server.url, "making_seed", place.passwords(self.base))
        self.server.stop()
        self.cluster.sql(f'ALTER DATABASE making_seed RENAME TO "{template}"')
        for old in known:
            if old.startswith(("base_", "seed_")) and old != base:
                self.cluster.drop(old)
        return template

    def release(self, holder: int | None, drop: str | None = None) -> None:
        """Let go of the ERP; it stops when nobody alive holds it. Without a holder everything is stopped."""
        for path in self.holders.iterdir():
            if holder in (None, int(path.name)) or (path.name != "0" and not place.alive(int(path.name))):
                path.unlink()
        if drop and self.cluster.pid():
            self.cluster.drop(drop)
            state = place.read_json(self.base / "state.json")
            state.pop(drop, None)
            place.write_json(self.base / "state.json", state)
        if not any(self.holders.iterdir()):
            self.server.stop()
            self.cluster.stop()


def connect(file: Path) -> None:
    """Tell the running QMS about the ERP."""
    python = os.environ.get("QMS_PYTHON") or str(place.ROOT / ".venv" / "bin" / "python")
    python = python if os.path.exists(python) else sys.executable
    # The demonstration's ERP is live at once; one that a plant connects begins where QMS_FIRST_STAGE says.
    command = [python, str(place.ROOT / "manage.py"), "connect_erp", "--file", str(file)]
    environment = {"QMS_FIRST_STAGE": "live", **os.environ}
    if subprocess.run(command, check=False, env=environment).returncode:
        raise SystemExit("The ERP runs, but the QMS could not be connected to it (see above).")
