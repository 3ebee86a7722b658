"""Statements of hot paths, without the framework's cursor and query building, which cost more than PostgreSQL's own work.

Same connection, transaction and errors as everywhere (`django.db.Error`); while queries are captured, the ordinary way is taken.
"""

import functools
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
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


def insert_all(
    model: type[models.Model], same: Mapping[str, Any], each: Sequence[Mapping[str, Any]], *, back: tuple[str, ...]
) -> list[tuple[Any, ...]]:
    """Many rows in one statement: what all have in common, and what each has (the same names in each). Names are attnames;
    left-out columns take the field's default. Returns the columns `back` of each row, in no order."""
    here = connections[DEFAULT_DB_ALIAS]
    sql, constant = _insert_all_sql(model, tuple(sorted(same)), tuple(each[0]), back)
    values = [f.get_db_prep_save(same.get(f.attname, f.get_default()), here) for f in constant]
    return rows(sql, [*values, msgspec.json.encode(each).decode()])


@functools.cache
def _insert_all_sql(
    model: type[models.Model], same: tuple[str, ...], each: tuple[str, ...], back: tuple[str, ...]
) -> tuple[str, list[Any]]:
    fields = list(model._meta.concrete_fields)
    filled = [f for f in fields if f.primary_key or isinstance(f.get_default(), DatabaseDefault)]
    varying = [f for f in fields if f.attname in each]
    constant = [f for f in fields if f not in filled and f not in varying]
    if unknown := {*same, *each} - {f.attname for f in (*constant, *varying)}:
        raise ValueError(f"{model.__name__}: {sorted(unknown)}")
    columns = ", ".join(f'"{f.column}"' for f in (*constant, *varying))
    said = ", ".join([f"%s::{_type(f)}" for f in constant] + [f'x."{f.attname}"' for f in varying])
    shape = ", ".join(f'"{f.attname}" {_type(f)}' for f in varying)
    told = ", ".join(f'"{model._meta.get_field(name).column}"' for name in back)  # type: ignore[union-attr]
    return (
        f'INSERT INTO "{model._meta.db_table}" ({columns}) SELECT {said} FROM json_to_recordset(%s::json) AS x({shape})'
        f" RETURNING {told}",
        constant,
    )


def update_all(instances: Sequence[models.Model], names: Sequence[str]) -> None:
    """These columns of many rows of one model, in one statement. Names are attnames."""
    if not instances:
        return
    model = type(instances[0])
    told = [{"pk": row.pk, **{name: getattr(row, name) for name in names}} for row in instances]
    sql = _update_all_sql(model, tuple(names))
    if len(rows(sql, [msgspec.json.encode(told).decode()])) != len(instances):
        raise LookupError(f"{model.__name__}: a row to be changed is gone")


@functools.cache
def _update_all_sql(model: type[models.Model], names: tuple[str, ...]) -> str:
    fields = [next(f for f in model._meta.concrete_fields if f.attname == name) for name in names]
    own = model._meta.pk
    said = ", ".join(f'"{f.column}" = x."{f.attname}"' for f in fields)
    shape = ", ".join(f'"{name}" {_type(f)}' for name, f in (("pk", own), *((f.attname, f) for f in fields)))
    return (
        f'UPDATE "{model._meta.db_table}" t SET {said} FROM json_to_recordset(%s::json) AS x({shape})'
        f' WHERE t."{own.column}" = x.pk RETURNING t."{own.column}"'
    )


def _type(field: Any) -> str:
    """Without a length: too long a text is then refused by the column, not cut."""
    found = str(field.db_type(connections[DEFAULT_DB_ALIAS]))
    kind = found.partition("(")[0]
    return {"varchar": "text", "character varying": "text"}.get(kind, kind)
