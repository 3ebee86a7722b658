"""Logins and copies of the test database, for tests that need real transactions, other rights, or damage."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from qms.settings import database


def use_login(role: str) -> None:
    """Django's connection works as this login from its next use on."""
    login = database(role)
    connection.close()
    connection.settings_dict.update(USER=login["USER"], PASSWORD=login["PASSWORD"])


def direct(role: str, dbname: str = "") -> psycopg.Connection[Any]:
    """A psycopg connection of its own, autocommit, to the database the test works in."""
    login = database(role)
    return psycopg.connect(
        host=login["HOST"],
        port=login["PORT"],
        dbname=dbname or connection.settings_dict["NAME"],
        user=login["USER"],
        password=login["PASSWORD"],
        autocommit=True,
    )


def _gone(admin: psycopg.Connection[Any], name: str) -> None:
    """The server's own vacuum, which nobody of ours may end, may work there: it is waited for."""
    for attempt in range(60):
        try:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        except psycopg.errors.InsufficientPrivilege:
            if attempt == 59:
                raise
            time.sleep(0.5)
        else:
            return


def replace(original: str, copy: str) -> None:
    """Django's connection works in a fresh copy from its next use on."""
    connection.close()
    with direct("owner", "postgres") as admin:
        _gone(admin, copy)
        admin.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{original}"')
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = copy


@contextmanager
def copied(name: str) -> Iterator[str]:
    """A copy of the test database under the name, gone afterwards; nothing has to be flushed or repaired."""
    original = connection.settings_dict["NAME"]
    copy = f"{original}_{name}"
    connection.close()
    with direct("owner", "postgres") as admin:
        _gone(admin, copy)
        admin.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{original}"')
    connection.settings_dict["NAME"] = copy
    try:
        yield copy
    finally:
        connection.close()
        connection.settings_dict["NAME"] = original
        use_login("app")
        drop(copy)


def template() -> str:
    """Name of the test database, with nobody connected to it from here: another one can be made like it."""
    connection.close()
    return str(connection.settings_dict["NAME"])


def drop(name: str) -> None:
    """Plain first: it waits for autovacuum, whose process the owner may not end by force."""
    with direct("owner", "postgres") as admin:
        try:
            admin.execute(f'DROP DATABASE "{name}"')
        except psycopg.errors.ObjectInUse:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
