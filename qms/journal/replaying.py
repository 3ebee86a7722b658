"""Rows against their history, history against its entries, entries against their acts; counted both ways.

Versions and entries are compared as sums of keyed hashes, with a key of this run: one pass over each side, in no order.
"""

import json
import re
import secrets
from typing import Any

from django.db import DataError, connection, transaction

from .trail import regulated_models, text_of

# What an entry says of its row: after the change, or before it when the row was deleted.
SAID = """CASE WHEN e.event LIKE '%%.delete'
    THEN split_part(split_part(e.payload, ',"object":"' || e.object_type || '","old":', 2), ',"op":"delete","schema":"', 1)
    ELSE split_part(split_part(e.payload, ',"kind":"row","new":', 2), ',"object":"' || e.object_type || '","old":', 1) END"""
# Beside the values: act, kind of change, time and person, as history and as entries tell them.
TOLD = "h.history_act, h.history_type::text, h.history_date, h.history_user_id"
WRITTEN = """e.act_id, CASE right(e.event, 6) WHEN 'insert' THEN '+' WHEN 'update' THEN '~' ELSE '-' END, e.ts,
    CASE WHEN e.actor_id ~ '^[0-9]+$' THEN e.actor_id::bigint END"""
BEHIND = """
SELECT count(*), min(e.id) FROM journal_entry e,
    (SELECT era, xid_to FROM journal_seal ORDER BY n DESC LIMIT 1) s
WHERE (e.era < s.era OR e.era = s.era AND e.xid < s.xid_to) AND NOT EXISTS (SELECT 1 FROM journal_leaf l WHERE l.entry_id = e.id)"""
# Asked first: as many leaves as entries below the last seal's horizon, and as many of these leaves have their entry (the tree says).
AS_MANY = """
SELECT (SELECT count(*) FROM journal_entry e WHERE e.era < s.era) + (SELECT count(*) FROM journal_entry e
    WHERE e.era = s.era AND e.xid < s.xid_to) = (SELECT count(*) FROM journal_leaf)
FROM (SELECT era, xid_to FROM journal_seal ORDER BY n DESC LIMIT 1) s"""
SPANS = """
SELECT s.n, x.entries, s.sealed FROM (
    SELECT n, era, xid_from, xid_to, size - lag(size, 1, 0::bigint) OVER (ORDER BY n) AS sealed FROM journal_seal) s,
    LATERAL (SELECT count(*) AS entries FROM journal_entry e WHERE e.era = s.era AND e.xid >= s.xid_from AND e.xid < s.xid_to) x
WHERE x.entries <> s.sealed ORDER BY s.n LIMIT 1"""
ACTLESS = """
SELECT count(*) OVER (), act_id::text FROM journal_entry
GROUP BY act_id HAVING NOT bool_or(kind = 'act') LIMIT 1"""
GAPS = """
SELECT count(*) OVER (), object_type, object_key FROM journal_entry GROUP BY object_type, object_key
HAVING max(object_seq) <> count(DISTINCT object_seq) OR min(object_seq) <> 1 LIMIT 1"""


def compare(report: Any, *, quick: bool = False) -> Any:
    """`report` is a verifying.Report; it comes back with what was found."""
    key = secrets.randbits(62)
    entries = _counted() if quick else _summed(key)
    for model in regulated_models():
        label = model._meta.label_lower
        mine = {schema: found for (kind, schema), found in entries.items() if kind == label}
        _rows(report, model, sum(count for count, _sum in mine.values()))
        if not quick and not any(found.values.get("table") == model._meta.db_table for found in report.found):
            _versions(report, model, mine, key)
    _order(report)
    return report


def _all(sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _counted() -> dict[tuple[str, str], tuple[int, Any]]:
    sql = "SELECT object_type, schema_version, count(*) FROM journal_entry WHERE kind = 'row' GROUP BY 1, 2"
    return {(kind, schema): (count, None) for kind, schema, count in _all(sql)}


def _summed(key: int) -> dict[tuple[str, str], tuple[int, Any]]:
    """(type, schema) → (row entries, sum of their hashes), in one pass."""
    sql = f"""SELECT e.object_type, e.schema_version, count(*), sum(hash_record_extended(ROW({WRITTEN}, {SAID}), %s))
        FROM journal_entry e WHERE e.kind = 'row' GROUP BY 1, 2"""
    return {(kind, schema): (count, total) for kind, schema, count, total in _all(sql, [key])}


def _rows(report: Any, model: Any, entries: int) -> None:
    """Row = last history row, and as many historical rows as entries."""
    table, history = model._meta.db_table, model.history.model._meta.db_table
    kept = [f.column for f in model._meta.concrete_fields if f.name not in {*model.trail_omit, *model.trail_commit}]
    differs = " OR ".join(f't."{c}" IS DISTINCT FROM h."{c}"' for c in kept)
    [(rows, changed, gone, versions, first)] = _all(f"""
        WITH last AS (SELECT DISTINCT ON (id) * FROM {history} ORDER BY id, history_id DESC)
        SELECT count(row), count(*) FILTER (WHERE row IS NOT NULL AND wrong), count(*) FILTER (WHERE row IS NULL AND wrong),
               (SELECT count(*) FROM {history}), min(coalesce(row, was)) FILTER (WHERE wrong)
        FROM (SELECT t.id AS row, h.id AS was,
                     CASE WHEN t.id IS NULL THEN h.history_type <> '-'
                          ELSE h.id IS NULL OR h.history_type = '-' OR {differs} END AS wrong
              FROM {table} t FULL JOIN last h ON h.id = t.id OFFSET 0) x""")
    report.rows += rows
    report.versions += versions
    if changed:
        report.say("rows_changed", table=table, count=changed, row=first)
    if gone:
        report.say("rows_gone", table=table, count=gone, row=first)
    if versions != entries:
        report.say("rows_counted", table=table, versions=versions, entries=entries)


# --- versions against entries ---


def _versions(report: Any, model: Any, entries: dict[str, tuple[int, Any]], key: int) -> None:
    """Each schema's versions by their text; where that differs by their values, as a later migration may write them otherwise."""
    history, said = model.history.model._meta.db_table, _json(model)
    if model.trail_commit:  # schema by schema: an entry knows the columns of its time
        schemas = {*entries, *(schema for (schema,) in _all(f"SELECT DISTINCT history_schema FROM {history}"))}
        for schema in sorted(schemas):
            _by_value(report, model, schema, key)
        return
    sql = f"""SELECT h.history_schema, count(*), sum(hash_record_extended(ROW({TOLD}, {said}), %s))
        FROM {history} h GROUP BY 1"""
    own = {schema: (count, total) for schema, count, total in _all(sql, [key])}
    for schema in sorted({*own, *entries}):
        if own.get(schema) != entries.get(schema):
            _by_value(report, model, schema, key)


def _json(model: Any) -> str:
    """The canonical text of a historical row, as the trigger wrote it of the row itself."""
    fields = [f for f in model._meta.concrete_fields if f.name not in model.trail_omit]
    columns = ", ".join(f'{text_of(f, "h")} AS "{f.column}"' for f in sorted(fields, key=lambda f: f.column))
    return f"(SELECT row_to_json(r)::text FROM (SELECT {columns}) r)"


def _values_sides(model: Any, schema: str | None) -> tuple[str, str]:
    """SELECT id, hash of each version, and of each entry: typed values of the columns that the entries of the schema know."""
    label, history = model._meta.label_lower, model.history.model._meta.db_table
    known = _members(label, schema)
    apart = {*model.trail_omit, *model.trail_commit}
    fields = [f for f in model._meta.concrete_fields if f.name not in apart and f.column in known]
    kinds = {f.column: re.sub(r"\(.*?\)", "", str(f.db_type(connection))) for f in fields}
    names = {column: {"varchar": "text", "char": "text"}.get(kind, kind) for column, kind in kinds.items()}
    own = ", ".join([TOLD, *(f'h."{c}"::{kind}' for c, kind in names.items())])
    said = ", ".join([WRITTEN, *(f"(j.said ->> '{c}')::{kind}" for c, kind in names.items())])
    only = "" if schema is None else " WHERE h.history_schema = %(schema)s"
    also = "" if schema is None else " AND e.schema_version = %(schema)s"
    return (
        f"SELECT h.id, hash_record_extended(ROW({own}), %(key)s) AS sum FROM {history} h{only}",
        f"""SELECT e.object_key::bigint AS id, hash_record_extended(ROW({said}), %(key)s) AS sum
            FROM journal_entry e CROSS JOIN LATERAL (SELECT ({SAID})::jsonb AS said) j
            WHERE e.kind = 'row' AND e.object_type = '{label}'{also}""",
    )


def _members(label: str, schema: str | None) -> set[str]:
    """Names in the newest row entry of the schema."""
    also = "" if schema is None else " AND schema_version = %s"
    sql = f"SELECT payload FROM journal_entry WHERE object_type = %s AND kind = 'row'{also} ORDER BY id DESC LIMIT 1"
    found = _all(sql, [label] if schema is None else [label, schema])
    if not found:
        return set()
    said = json.loads(found[0][0])
    return set(said["new"] or said["old"])


def _by_value(report: Any, model: Any, schema: str | None, key: int) -> None:
    try:
        _first_of(report, model, schema, key)
    except (
        DataError,
        ValueError,
        LookupError,
        TypeError,
    ):  # an entry's text was damaged: what it is worth, the tree says
        report.say("entries_unreadable", table=model._meta.db_table)


def _first_of(report: Any, model: Any, schema: str | None, key: int) -> None:
    """Says the first row whose versions are not what its entries say."""
    sides = _values_sides(model, schema)
    own, said = (f"SELECT id, count(*) AS n, sum(sum) AS sum FROM ({side}) x GROUP BY id" for side in sides)
    sql = f"""SELECT count(*), min(coalesce(a.id, b.id)) FROM ({own}) a FULL JOIN ({said}) b ON b.id = a.id
        WHERE a.n IS DISTINCT FROM b.n OR a.sum IS DISTINCT FROM b.sum"""
    with transaction.atomic():
        [(rows, first)] = _all(sql, {"key": key, "schema": schema})
    if rows:
        report.say("versions_changed", table=model._meta.db_table, count=rows, row=first)


# --- entries among themselves ---


def _order(report: Any) -> None:
    [(behind, entry)] = [(0, 0)] if all(equal for (equal,) in _all(AS_MANY)) else _all(BEHIND)
    if behind:
        report.say("never_sealed", count=behind, entry=entry)
    for n, entries, sealed in _all(SPANS):
        report.say("seal_span", n=n, entries=entries, sealed=sealed)
    for count, act in _all(ACTLESS):
        report.say("act_missing", count=count, act=act)
    for count, kind, key in _all(GAPS):
        report.say("seq_gap", count=count, object=kind, key=key)
