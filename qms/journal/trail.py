"""Row history by triggers: for every regulated model one function and three statement-level triggers.

The function writes the historical row (which django-simple-history reads) and the journal's row entry in one go, taking act, actor
and reason from transaction-local settings. It is generated from the models after every migrate, so it can never lag behind them.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps

from qms.lib.trail import REGULATED

HISTORY_OWN = (
    "history_date",
    "history_change_reason",
    "history_type",
    "history_user_id",
    "history_act",
    "history_schema",
)


# Field types whose values row_to_json writes canonically by itself.
PLAIN = {"BigAutoField", "AutoField", "IntegerField", "BigIntegerField", "SmallIntegerField", "BooleanField"}
PLAIN |= {"PositiveIntegerField", "PositiveSmallIntegerField", "CharField", "TextField", "SlugField", "EmailField"}


def regulated_models() -> list[Any]:
    found: list[Any] = [m for m in apps.get_models() if getattr(m, "trail_class", "") == REGULATED]
    return sorted(found, key=lambda m: m._meta.db_table)


def text_of(field: Any, row: str) -> str:
    """SQL for a column's canonical JSON value: numbers with fractions, times and nested JSON become text."""
    column = f'{row}."{field.column}"'
    kind = field.get_internal_type()
    if field.name in field.model.trail_commit:
        return f"encode(sha256(convert_to({row}.personal_salt::text || ':' || {column}, 'UTF8')), 'hex')"
    if kind == "DateTimeField":
        return f"qms_utc({column})"
    target = field.target_field.get_internal_type() if field.is_relation else kind
    return column if target in PLAIN else f"{column}::text"


def row_json(model: Any, row: str) -> str:
    fields = [f for f in model._meta.concrete_fields if f.name not in model.trail_omit]
    columns = ", ".join(f'{text_of(f, row)} AS "{f.column}"' for f in sorted(fields, key=lambda f: f.column))
    return f"(SELECT row_to_json(r)::text FROM (SELECT {columns}) r)"


def entry_sql(model: Any, op: str, source: str, key_row: str, old: str, new: str) -> str:
    """INSERT … SELECT of row entries, members of the payload in alphabetical order."""
    label, table = model._meta.label_lower, model._meta.db_table
    key = f"{key_row}.{model._meta.pk.column}::text"
    site = f"{key_row}.site_id" if any(f.column == "site_id" for f in model._meta.concrete_fields) else "NULL::bigint"
    before = (
        "0"
        if op == "insert"
        else f"(SELECT max(e.object_seq) FROM journal_entry e WHERE e.object_type = '{label}' AND e.object_key = {key})"
    )
    return f"""
        INSERT INTO journal_entry (ts, kind, event, act_id, object_type, object_key, object_seq, site, actor_id, schema_version,
                                   payload)
        SELECT v_now, 'row', '{table}.{op}', v_act::uuid, '{label}', s.key, s.seq, s.site, v_actor, v_schema,
            '{{"act":' || to_json(v_act) || ',"actor":' || to_json(v_actor) || ',"key":' || to_json(s.key)
            || ',"kind":"row","new":' || s.new || ',"object":"{label}","old":' || s.old || ',"op":"{op}","schema":'
            || to_json(v_schema) || ',"seq":' || s.seq || ',"ts":' || to_json(qms_utc(v_now)) || '}}'
        FROM (SELECT {key} AS key, {site} AS site, {old} AS old, {new} AS new, coalesce({before}, 0) + 1 AS seq FROM {source}) s;"""


def history_sql(model: Any, source: str, row: str, mark: str) -> str:
    history = model.history.model
    columns = [f.column for f in model._meta.concrete_fields if f.name not in {*model.trail_omit, *model.trail_commit}]
    target = ", ".join(f'"{c}"' for c in [*columns, *HISTORY_OWN])
    values = ", ".join(f'{row}."{c}"' for c in columns)
    person = "CASE WHEN v_actor ~ '^[0-9]+$' THEN v_actor::bigint END"
    return f"""
        INSERT INTO "{history._meta.db_table}" ({target})
        SELECT {values}, v_now, left(qms_setting('qms.reason'), 100), '{mark}', {person}, v_act::uuid, v_schema FROM {source};"""


def function_sql(model: Any, schema: str) -> str:
    table, pk = model._meta.db_table, model._meta.pk.column
    changed = f"new_rows n JOIN old_rows o ON o.{pk} = n.{pk} WHERE n IS DISTINCT FROM o"
    null = "'null'"
    insert = history_sql(model, "new_rows n", "n", "+") + entry_sql(
        model, "insert", "new_rows n", "n", null, row_json(model, "n")
    )
    update = history_sql(model, changed, "n", "~") + entry_sql(
        model, "update", changed, "n", row_json(model, "o"), row_json(model, "n")
    )
    delete = history_sql(model, "old_rows o", "o", "-") + entry_sql(
        model, "delete", "old_rows o", "o", row_json(model, "o"), null
    )
    guard = f"""
        IF EXISTS (SELECT 1 FROM new_rows n LEFT JOIN old_rows o ON o.{pk} = n.{pk} WHERE o.{pk} IS NULL) THEN
            RAISE EXCEPTION 'qms: the primary key of {table} never changes' USING ERRCODE = 'QM004';
        END IF;"""
    return "\n".join(
        _function(table, op, body, schema) for op, body in (("ins", insert), ("upd", guard + update), ("del", delete))
    )


def _function(table: str, op: str, body: str, schema: str) -> str:
    event, tables = {
        "ins": ("INSERT", "NEW TABLE AS new_rows"),
        "upd": ("UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
        "del": ("DELETE", "OLD TABLE AS old_rows"),
    }[op]
    return f"""
CREATE OR REPLACE FUNCTION "qms_trail_{table}_{op}"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $qms$
DECLARE
    v_act text := qms_setting('qms.act');
    v_actor text := qms_setting('qms.actor');
    v_now timestamptz := clock_timestamp();
    v_schema constant text := '{schema}';
BEGIN
    IF v_act = '' THEN
        RAISE EXCEPTION 'qms: a write to {table} needs an act' USING ERRCODE = 'QM001';
    END IF;{body}
    RETURN NULL;
END $qms$;
CREATE OR REPLACE TRIGGER qms_trail_{op} AFTER {event} ON "{table}" REFERENCING {tables}
    FOR EACH STATEMENT EXECUTE FUNCTION "qms_trail_{table}_{op}"();
"""


def frozen_sql(model: Any) -> str:
    """A row trigger that refuses a change of the model's frozen columns (its number, its birth)."""
    columns = [model._meta.get_field(name).column for name in getattr(model, "frozen", ())]
    if not columns:
        return ""
    table = model._meta.db_table
    differs = " OR ".join(f'OLD."{c}" IS DISTINCT FROM NEW."{c}"' for c in columns)
    return f"""
CREATE OR REPLACE FUNCTION qms_frozen() RETURNS trigger LANGUAGE plpgsql AS $qms$
BEGIN
    RAISE EXCEPTION 'qms: % has columns that never change', TG_TABLE_NAME USING ERRCODE = 'QM004';
END $qms$;
CREATE OR REPLACE TRIGGER qms_frozen BEFORE UPDATE ON "{table}" FOR EACH ROW WHEN ({differs})
    EXECUTE FUNCTION qms_frozen();
"""


def expected_triggers() -> Iterator[tuple[str, str]]:
    """(table, trigger) that must exist and be enabled; /readyz compares."""
    for model in regulated_models():
        yield from ((model._meta.db_table, f"qms_trail_{op}") for op in ("ins", "upd", "del"))
        if getattr(model, "frozen", ()):
            yield model._meta.db_table, "qms_frozen"
