"""Statements of hot paths, without the framework's cursor and query building, which cost more than PostgreSQL's own work.

Same connection, transaction and errors as everywhere (`django.db.Error`); while queries are captured, the ordinary way is taken.
"""

import functools
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.expressions import DatabaseDefault

# What the driver takes as it is; anything else (codes) and JSON goes through its field.
PLAIN = {str, int, bool, Decimal, datetime, UUID, type(None)}
Values = Sequence[Any] | Mapping[str, Any]


def rows(sql: str, values: Values) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    here = connections[DEFAULT_DB_ALIAS]
    if here.queries_logged or here.execute_wrappers:
        with here.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())
    here.ensure_connection()
    here.validate_no_broken_transaction()
    with here.wrap_database_errors:
        return here.connection.execute(sql, values).fetchall()


def one(sql: str, values: Values) -> tuple[Any, ...] | None:
    """The first row, or None."""
    found = rows(sql, values)
    return found[0] if found else None


def insert(instance: models.Model) -> None:
    """`save(force_insert=True)` without signals: columns that the database fills come back with the key."""
    sql, sent, returned = _insert_sql(type(instance))
    here = connections[DEFAULT_DB_ALIAS]  # the proxy asks for the connection anew at each attribute
    values = []
    for field in sent:
        value = getattr(instance, field.attname)
        is_plain = type(value) in PLAIN and not isinstance(field, models.JSONField)
        values.append(value if is_plain else field.get_db_prep_save(value, here))
    found = one(sql, values)
    assert found is not None
    for field, value in zip(returned, found, strict=True):
        setattr(instance, field.attname, value)
    instance._state.adding, instance._state.db = False, DEFAULT_DB_ALIAS


@functools.cache
def _insert_sql(model: type[models.Model]) -> tuple[str, list[Any], list[Any]]:
    fields = list(model._meta.concrete_fields)
    returned = [f for f in fields if f.primary_key or isinstance(f.get_default(), DatabaseDefault)]
    sent = [f for f in fields if f not in returned]
    columns = ", ".join(f'"{f.column}"' for f in sent)
    marks, back = ", ".join(["%s"] * len(sent)), ", ".join(f'"{f.column}"' for f in returned)
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks}) RETURNING {back}', sent, returned
