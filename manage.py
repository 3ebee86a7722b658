#!/usr/bin/env python
"""Management commands, with the database login and the embedded servers that each of them needs."""

import contextlib
import os
import signal
import sys
from pathlib import Path

from qms import embedded

# The application's login may not change tables and the sealer's may only seal; see docs/explanation.
OWNER = {"migrate", "makemigrations", "showmigrations", "sqlmigrate", "flush", "test", "dbshell", "backup", "restore"}
SEALER = {"seal"}
WITHOUT_SERVERS = {
    "",
    "help",
    "version",
    "--help",
    "-h",
    "--version",
    "collectstatic",
    "makemessages",
    "compilemessages",
}


def role(command: str) -> str:
    return "owner" if command in OWNER else "sealer" if command in SEALER else "app"


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qms.settings")
    os.environ.setdefault("QMS_DB_ROLE", role(command))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    var = Path(os.environ.get("QMS_VAR") or Path(__file__).resolve().parent / "var")
    with contextlib.ExitStack() as stack:
        if command not in WITHOUT_SERVERS and embedded.wanted():
            try:
                stack.enter_context(embedded.use(var))
            except embedded.Failed as why:
                sys.exit(str(why))
        from django.core.management import execute_from_command_line

        import qms.celery  # noqa: F401  (shared tasks then ring our broker, not the default one)

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
