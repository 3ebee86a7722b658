"""G1: what somebody could do who holds the application's database login, over a connection of their own: nothing to the trail."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from qms.journal.install import JOURNAL
from qms.journal.trail import regulated_models
from qms.settings import database
from tests.databases import direct

PROVES = ("11.10(c)", "11.10(e)", "G1")
HISTORY = tuple(m.history.model._meta.db_table for m in regulated_models())
PARTITION = "journal_entry_p0"
ACT = "SELECT set_config('qms.act', gen_random_uuid()::text, false), "
WHO = '{"id":"1","name":"x","on_behalf":"","role":""}'
ACT += f"set_config('qms.actor', '1', false), set_config('qms.who', '{WHO}', false)"
ENTRY = (
    "(ts, kind, event, act_id, object_type, object_key, object_seq, actor_id, schema_version, payload)"
    " VALUES (now(), 'row', 'x.y', gen_random_uuid(), 'x', '1', 1, '1', '1', '{}')"
)
WRITES = (
    "UPDATE {t} SET {c} = {c}",
    "DELETE FROM {t}",
    "TRUNCATE {t}",
    "TRUNCATE {t} CASCADE",
    "INSERT INTO {t} SELECT * FROM {t} LIMIT 1",
    "INSERT INTO {t} DEFAULT VALUES",
    "MERGE INTO {t} a USING {t} b ON false WHEN NOT MATCHED THEN INSERT DEFAULT VALUES",
    "COPY {t} FROM STDIN",
    "LOCK TABLE {t} IN ACCESS EXCLUSIVE MODE",
    "SELECT * FROM {t} LIMIT 1 FOR UPDATE",
)
DEFINITIONS = (
    "ALTER TABLE {t} DISABLE TRIGGER ALL",
    "ALTER TABLE {t} DISABLE TRIGGER USER",
    "ALTER TABLE {t} ADD COLUMN hidden text",
    "ALTER TABLE {t} OWNER TO CURRENT_USER",
    "ALTER TABLE {t} RENAME TO gone",
    "ALTER TABLE {t} SET UNLOGGED",
    "DROP TABLE {t} CASCADE",
    "CREATE RULE swallow AS ON INSERT TO {t} DO INSTEAD NOTHING",
    "CREATE TRIGGER mine BEFORE INSERT ON {t} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE POLICY none ON {t} USING (false)",
    "ALTER TABLE {t} ENABLE ROW LEVEL SECURITY",
    "CREATE INDEX mine ON {t} ((1))",
    "COMMENT ON TABLE {t} IS 'x'",
)
TRIGGERS = (
    "DROP TRIGGER qms_trail_upd ON {t}",
    "ALTER TRIGGER qms_trail_upd ON {t} RENAME TO gone",
    "DELETE FROM {t}",
    "TRUNCATE {t}",
)
GRANT, REVOKE = "GRANT ALL ON journal_entry TO CURRENT_USER", "REVOKE SELECT ON journal_entry FROM PUBLIC, qms_sealer"
ALONE = (
    f"INSERT INTO journal_entry {ENTRY}",
    f"INSERT INTO {PARTITION} {ENTRY}",
    f"INSERT INTO journal_entry {ENTRY}".replace(" VALUES (", " OVERRIDING SYSTEM VALUE VALUES ("),
    f"INSERT INTO journal_entry {ENTRY}".replace("(ts,", "(xid, era, leaf, ts,").replace(
        "(now()", "('1', 1, '\\x00', now()"
    ),
    f"UPDATE {PARTITION} SET payload = ''",
    f"DELETE FROM {PARTITION}",
    f"TRUNCATE {PARTITION}",
    f"ALTER TABLE journal_entry DETACH PARTITION {PARTITION}",
    "UPDATE journal_entry SET ts = now() - interval '1 year'",
    "UPDATE journal_entry SET leaf = '\\x00'",
    "WITH gone AS (DELETE FROM journal_entry RETURNING *) SELECT count(*) FROM gone",
    "SET session_replication_role = replica",
    "SELECT set_config('session_replication_role', 'replica', false)",
    "SET ROLE {owner}",
    "SET ROLE {sealer}",
    "SET SESSION AUTHORIZATION {owner}",
    "SET ROLE postgres",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "GRANT {owner} TO CURRENT_USER",
    "CREATE ROLE helper SUPERUSER",
    "ALTER SYSTEM SET session_preload_libraries = 'x'",
    "ALTER DATABASE CURRENT_DATABASE SET session_replication_role = replica",
    "ALTER FUNCTION qms_entry_stamp() OWNER TO CURRENT_USER",
    "CREATE OR REPLACE FUNCTION qms_entry_stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "CREATE OR REPLACE FUNCTION qms_setting(name text) RETURNS text LANGUAGE sql AS 'SELECT ''x'''",
    "DROP FUNCTION qms_record_act CASCADE",
    "DROP FUNCTION qms_append_only CASCADE",
    "SELECT qms_check_era()",
    "SELECT qms_extend_journal()",
    "SELECT qms_record_act('x.y', 1, 'a', '1', 'l', NULL, '{}')",
    "SELECT qms_append_only()",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TABLE mine ()",
    "CREATE VIEW mine AS SELECT 1",
    "CREATE SCHEMA mine",
    "CREATE EXTENSION dblink",
    "DROP SCHEMA public CASCADE",
    "SELECT setval(pg_get_serial_sequence('journal_entry', 'id'), 1)",
    "SELECT nextval(pg_get_serial_sequence('journal_entry', 'id'))",
    "SELECT setval('number_ncr_' || to_char(now() AT TIME ZONE 'UTC', 'YY'), 1)",
    "ALTER SEQUENCE number_ncr_26 RESTART",
    "INSERT INTO workflow_edge VALUES ('ncr_nonconformance', 'OPEN', 'CLOSED')",
    "DELETE FROM workflow_edge",
    "INSERT INTO records_series VALUES ('XXX')",
    "UPDATE connectors_inboxmessage SET body = '\\x00'",
    "UPDATE connectors_inboxmessage SET headers = '{}'",
    "UPDATE connectors_inboxmessage SET message_id = 'other'",
    "DELETE FROM connectors_inboxmessage",
    "UPDATE connectors_attempt SET exchange = '[]'",
    "DELETE FROM connectors_attempt",
    "UPDATE connectors_quarantined SET body = '\\x00'",
    "UPDATE masterdata_mirrorversion SET content = ''",
    "DELETE FROM masterdata_mirrorversion",
    "UPDATE django_migrations SET name = 'x'",
    "INSERT INTO django_migrations (app, name, applied) VALUES ('ncr', '9999_forged', now())",
    "DELETE FROM accounts_user",
    "COPY journal_entry TO PROGRAM 'cat'",
    "COPY journal_entry TO '/tmp/x'",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT lo_export(lo_from_bytea(0, '\\x00'), '/tmp/x')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT pg_ls_dir('.')",
    "LOAD 'pgcrypto'",
    "CREATE EVENT TRIGGER mine ON ddl_command_start EXECUTE FUNCTION qms_append_only()",
    "CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw",
    "CREATE EXTENSION postgres_fdw",
    "CREATE OPERATOR public.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_catalog.textcat)",
    "CREATE PUBLICATION all_of_it FOR ALL TABLES",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT ALL ON TABLES TO PUBLIC",
    "ALTER ROLE {sealer} PASSWORD 'x'",
    "ALTER ROLE CURRENT_USER SET session_replication_role = replica",
    "UPDATE journal_anchor SET problem = ''",
    "DELETE FROM journal_anchor",
    "TRUNCATE journal_anchor",
    "INSERT INTO journal_seal SELECT n + 1, era, xid_from, xid_to, size, root, prev_root, frontier, signed_note FROM journal_seal",
    "SELECT pg_create_logical_replication_slot('mine', 'pgoutput')",
    "SELECT pg_read_binary_file('global/pg_control')",
    "SELECT pg_reload_conf()",
    "UPDATE pg_trigger SET tgenabled = 'D'",
    "UPDATE pg_class SET relname = 'gone' WHERE relname = 'journal_entry'",
    "DELETE FROM pg_attribute WHERE attrelid = 'journal_entry'::regclass",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{owner}' UNION ALL SELECT 1/0 = 0",
    "DO $$ BEGIN EXECUTE 'ALTER TABLE journal_entry DISABLE TRIGGER ALL'; END $$",
    "REASSIGN OWNED BY {owner} TO CURRENT_USER",
)


def column(table: str) -> str:
    return {
        "journal_entry": "payload",
        "journal_leaf": "leaf",
        "journal_seal": "signed_note",
        "journal_node": "hash",
        "journal_era": "system_identifier",
    }.get(table, "history_type")


def attacks() -> Iterator[str]:
    logins = {"owner": database("owner")["USER"], "sealer": database("sealer")["USER"]}
    yield from (filled(sql, logins) for sql in ALONE)
    for table in (*JOURNAL, *HISTORY):
        yield from (filled(sql, {"t": table, "c": column(table)}) for sql in (*WRITES, *DEFINITIONS))
    for model in regulated_models():
        kept = TRIGGERS if not model.deletable else [sql for sql in TRIGGERS if not sql.startswith("DELETE")]
        yield from (filled(sql, {"t": model._meta.db_table}) for sql in (*DEFINITIONS, *kept))


def filled(sql: str, words: dict[str, str]) -> str:
    for name, word in words.items():
        sql = sql.replace(f"{{{name}}}", word)
    return sql


@pytest.fixture
def app(plant: Any, django_db_blocker: Any) -> Iterator[psycopg.Connection[Any]]:
    """The application's login, without the application."""
    with django_db_blocker.unblock(), direct("app") as login:
        login.autocommit = False
        yield login
        login.rollback()


def tried(login: psycopg.Connection[Any], *statements: str) -> str:
    """SQLSTATE of the refusal, or "" when the last statement went through; undone either way."""
    try:
        for sql in statements:
            login.execute(sql)
    except psycopg.Error as error:
        return error.sqlstate or "client"
    finally:
        login.rollback()
    return ""


# Missing right, wrong owner, no such role or parameter, our own triggers: each says no before anything happened.
def test_every_attack_is_refused_with_and_without_a_forged_act(app):
    through = [sql for sql in attacks() for before in ((), (ACT,)) if not tried(app, *before, sql)]
    through = [sql for sql in through if sql not in WITH_AN_ACT]
    assert sorted(set(through)) == []


# With forged settings the login may say anything that the program may say: it is the program. It leaves an entry each time.
WITH_AN_ACT = {"SELECT qms_record_act('x.y', 1, 'a', '1', 'l', NULL, '{}')"}


def test_no_refusal_is_a_mistake_of_the_attack(app):
    """A misspelt attack proves nothing: syntax errors and unknown tables or columns do not count as refusals."""
    wrong = {"42601", "42P01", "42703", "42883"}
    assert {sql: state for sql in attacks() if (state := tried(app, sql)) in wrong} == {}


def test_there_are_enough_attacks():
    assert len(ALONE) >= 20 and len(list(attacks())) > 800


def rows_of(login: psycopg.Connection[Any], sql: str) -> Any:
    found = login.execute(sql).fetchone()
    return found and found[0]


def test_a_forged_act_still_leaves_its_trace(app):
    """Whoever holds the login may change a row as the program may; never without version and entry, never with another time."""
    app.execute(ACT)
    count = "SELECT count(*) FROM journal_entry WHERE kind = 'row' AND object_type = 'accounts.site'"
    before = rows_of(app, count)
    app.execute("UPDATE accounts_site SET name = name || '!'")
    changed = rows_of(app, "SELECT count(*) FROM accounts_site")
    assert rows_of(app, count) == before + changed
    assert rows_of(app, "SELECT max(ts) > now() - interval '1 minute' FROM journal_entry")
    assert rows_of(app, "SELECT count(*) FROM accounts_historicalsite WHERE name LIKE '%!'") == changed


def test_a_shadow_table_of_ones_own_catches_nothing(app):
    """Temporary tables come first on an ordinary search path; the trail's functions name theirs."""
    app.execute("CREATE TEMP TABLE journal_entry (LIKE public.journal_entry)")
    app.execute("CREATE TEMP TABLE workflow_edge (table_name text, source text, target text)")
    app.execute("INSERT INTO pg_temp.workflow_edge VALUES ('ncr_nonconformance', 'OPEN', 'CLOSED')")
    app.execute(f"CREATE TEMP TABLE {HISTORY[0]} (LIKE public.{HISTORY[0]})")
    app.execute(ACT)
    app.execute("UPDATE accounts_compartment SET name = name || '!'")
    assert rows_of(app, "SELECT count(*) FROM pg_temp.journal_entry") == 0
    assert rows_of(app, f"SELECT count(*) FROM pg_temp.{HISTORY[0]}") == 0
    with pytest.raises(psycopg.Error, match="may not go"):
        app.execute("UPDATE ncr_nonconformance SET state = 'CLOSED' WHERE state = 'OPEN'")


def test_functions_of_ones_own_are_never_called_by_the_trail(app):
    """Named like the trail's own and like PostgreSQL's, first on the search path."""
    app.execute(
        "CREATE FUNCTION pg_temp.qms_utc(timestamptz) RETURNS text LANGUAGE sql AS $$ SELECT '1999-01-01T00:00:00Z' $$"
    )
    app.execute("CREATE FUNCTION pg_temp.qms_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT 'forged' $$")
    app.execute("CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT '\\x00'::bytea $$")
    app.execute(
        "CREATE FUNCTION pg_temp.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT '1999-01-01'::timestamptz $$"
    )
    app.execute("SET search_path = pg_temp, pg_catalog, public")
    app.execute(ACT)
    app.execute("UPDATE public.accounts_site SET name = name || '!'")
    app.execute("SELECT public.qms_record_act('x.y', 1, 'a', '1', 'l', NULL, '{}')")
    forged = "SELECT count(*) FROM public.journal_entry WHERE payload LIKE '%%1999-01%%' OR payload LIKE '%%forged%%' OR leaf = '\\x00'"
    assert rows_of(app, forged) == 0


def test_what_the_login_tells_the_functions_chooses_no_time_no_order_and_no_hash(app):
    app.execute(ACT)
    before = rows_of(app, "SELECT coalesce(max(id), 0) FROM journal_entry")
    app.execute(
        "SELECT qms_record_act('x.y', 1, 'a', '1', 'l', NULL, '{\"leaf\":\"00\",\"seq\":9,\"ts\":\"1999-01-01\"}')"
    )
    app.execute('SELECT * FROM qms_record_acts(\'x.y\', 1, \'a\', \'[{"key": "2", "label": "l", "data": "{}"}]\')')
    told = """SELECT bool_and(id > %s AND ts > now() - interval '1 minute' AND xid = pg_current_xact_id() AND kind = 'act'
        AND leaf = sha256('\\x00'::bytea || convert_to(payload, 'UTF8'))) FROM journal_entry WHERE object_type = 'a'"""
    found = app.execute(told, [before]).fetchone()
    assert found == (True,)


@pytest.mark.parametrize(
    "value", ["", "no-uuid", "00000000-0000-0000-0000-00000000000g", "'; DROP TABLE journal_entry --"]
)
def test_a_malformed_act_writes_nothing(app, value):
    app.execute("SELECT set_config('qms.act', %s, true)", [value])
    with pytest.raises(psycopg.Error):
        app.execute("UPDATE accounts_site SET name = 'x'")


def test_what_is_allowed_to_anybody_opens_nothing(app):
    """A grant of what one does not hold, or a revoke of what others gave, is only warned about."""
    for sql in (
        "RESET ROLE",
        "RESET SESSION AUTHORIZATION",
        "RESET ALL",
        "SET ROLE NONE",
        "DISCARD PLANS",
        GRANT,
        REVOKE,
    ):
        app.execute(sql)
        assert rows_of(app, "SELECT current_user") == database("app")["USER"]
        assert tried(app, f"INSERT INTO journal_entry {ENTRY}") == "42501"


def test_the_app_owns_nothing_and_belongs_to_nobody(app):
    me = database("app")["USER"]
    assert (
        rows_of(app, f"SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = '{me}'")
        == 0
    )
    assert (
        rows_of(
            app, f"SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = '{me}'"
        )
        == 0
    )
    assert (
        rows_of(
            app,
            f"SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls FROM pg_roles WHERE rolname = '{me}'",
        )
        is False
    )


def test_the_sealer_writes_leaves_and_seals_only(plant, django_db_blocker):
    with django_db_blocker.unblock(), direct("sealer") as login:
        login.autocommit = False
        for sql in (
            f"INSERT INTO journal_entry {ENTRY}",
            "UPDATE journal_entry SET payload = ''",
            "DELETE FROM journal_leaf",
            "UPDATE journal_seal SET size = 0",
            "SELECT * FROM ncr_nonconformance",
            "UPDATE accounts_user SET password = ''",
        ):
            assert tried(login, sql), sql
