"""A scratch database in the embedded cluster, with the demo plant's master data and a token; the server before it."""

import contextlib
import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NAME = "qms_bench"
PORT = int(os.environ.get("BENCH_PORT", "8791"))


def prepare(servers: dict[str, Any]) -> str:
    """Makes the database anew and returns the token of the MES."""
    recreate(servers)
    environment = {**os.environ, "QMS_DB_NAME": NAME, "DJANGO_SETTINGS_MODULE": "bench.settings", "QMS_DB_ROLE": "owner"}
    migrate = [sys.executable, "-m", "django", "migrate", "--run-syncdb", "-v", "0"]
    subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
    return seed()


def recreate(servers: dict[str, Any]) -> None:
    import psycopg

    pg, owner = servers["pg"], servers["pg"]["roles"]["owner"]
    place = {"host": pg["host"], "port": pg["port"], "user": owner["user"], "password": owner["password"]}
    with psycopg.connect(**place, dbname=pg["dbname"], autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {NAME}")


def seed() -> str:
    import django

    os.environ.update(QMS_DB_NAME=NAME, DJANGO_SETTINGS_MODULE="bench.settings", QMS_DB_ROLE="app")
    django.setup()
    from connectors.actions import connect
    from qms import journal
    from qms.demo import cast, codes, mirror

    people = cast.ensure_cast()
    site = people["engineer"].valid_grants[0].site
    mirror.load(site=site)
    codes.ensure_codes()
    connect(
        code="mes-aug", name="MES", kind="mes", adapter="rest", base_url="", settings={}, secrets={}, site=site, mode="live",
        by=journal.SYSTEM,
    )  # fmt: skip
    return cast.issue_tokens()["mes"]


def drop(servers: dict[str, Any]) -> None:
    import psycopg

    pg, owner = servers["pg"], servers["pg"]["roles"]["owner"]
    place = {"host": pg["host"], "port": pg["port"], "user": owner["user"], "password": owner["password"]}
    with psycopg.connect(**place, dbname=pg["dbname"], autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


@contextlib.contextmanager
def server() -> Iterator[None]:
    """The product's own server: two processes of four threads, as `make run` starts it."""
    command = [sys.executable, "-m", "gunicorn", "qms.wsgi:application", "--bind", f"127.0.0.1:{PORT}", "--workers", "2"]
    command += ["--worker-class", "gthread", "--threads", "4", "--no-control-socket", "--log-level", "warning"]
    environment = {**os.environ, "QMS_DB_ROLE": "app", "QMS_PLAIN_STATIC": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        _await_ready(process)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _await_ready(process: subprocess.Popen[bytes]) -> None:
    for _attempt in range(150):
        if process.poll() is not None:
            raise SystemExit("The server did not start.")
        with contextlib.suppress(OSError):
            line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
            line.request("GET", "/healthz")
            line.getresponse().read()
            return
        time.sleep(0.1)
    raise SystemExit("The server does not answer.")
