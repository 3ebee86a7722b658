"""The database as PostgreSQL's own tools write and read it (docs/adr/0016): schema, rows, indexes and triggers in that order,

so that no trigger fires while rows come back.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from django.db import connection
from django.utils.translation import gettext as _

from qms.embedded import postgres
from qms.lib.errors import NotNow

PIECE = 16 << 20
LEFT_OUT = ("django_session", "journal_heartbeat")  # sessions end with a restore; daemons beat anew
DUMP = ["--format=custom", "--compress=gzip:1", "--no-owner", "--no-privileges", "--no-password"]
LOAD = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password"]


def pieces(snapshot: str) -> Iterator[bytes]:
    """The dump of what this snapshot sees, in pieces of at most PIECE bytes. Raises NotNow with what pg_dump said."""
    left_out = [f"--exclude-table-data=public.{table}" for table in LEFT_OUT]
    with _tool("pg_dump", [*DUMP, *left_out, f"--snapshot={snapshot}"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while data := process.stdout.read(PIECE):
            yield data


@contextmanager
def loading() -> Iterator[IO[bytes]]:
    """Where the dump is poured into; all of it is in the database afterwards, or nothing. Raises NotNow."""
    name = connection.settings_dict["NAME"]
    with _tool("pg_restore", [*LOAD, f"--dbname={name}"], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # it says itself why it left
            yield process.stdin
        with suppress(BrokenPipeError):
            process.stdin.close()


@contextmanager
def _tool(name: str, options: list[str], **pipes: Any) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [postgres.client(name), *options], env=_environment(), cwd="/", stderr=said, bufsize=-1, **pipes
        )
        is_through = False
        try:
            yield process
            is_through = True
        finally:
            if not is_through:
                process.kill()
            code = process.wait()
            if process.stdout:
                process.stdout.close()
        if code:
            said.seek(0)
            raise NotNow(
                _("%(tool)s failed: %(why)s")
                % {"tool": name, "why": said.read()[-600:].decode(errors="replace").strip()},
                hint=_("Its version must not be older than the server's; QMS_PG_BIN names the folder of another one."),
            )


def _environment() -> dict[str, str]:
    """The login that this process works with; the password never stands on a command line."""
    login = connection.settings_dict
    given = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    return os.environ | {variable: str(login[key]) for variable, key in given.items() if login[key]}
