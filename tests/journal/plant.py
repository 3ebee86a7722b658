"""Writers, the sealer and a damaging owner, for tests in a database of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection

from qms import journal
from qms.accounts import actions as accounts
from qms.journal import sealing
from qms.journal.models import Entry
from tests.databases import direct, use_login


def as_sealer() -> int:
    """Seal all that is committed, under the sealer's login."""
    connection.close()
    use_login("sealer")
    total = 0
    sealing.lead()
    while sealed := sealing.seal_once():
        total += sealed
    connection.close()
    use_login("app")
    return total


def write(n: int = 3) -> None:
    for i in range(n):
        accounts.create_site(code=f"S{Entry.objects.count()}", name=f"Site {i}", by=journal.SYSTEM)


@contextmanager
def damaging() -> Iterator[psycopg.Connection[Any]]:
    """A superuser's connection with the triggers off."""
    with direct("superuser") as admin:
        admin.execute("SET session_replication_role = replica")
        yield admin
