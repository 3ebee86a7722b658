# Every step until 0006_time_stamps in one, for a plant that begins: the same tables, rules and functions.

import django.db.models.functions.datetime
import qms.lib.fields
import qms.lib.schema
from django.db import migrations, models

INITIAL = """
CREATE TABLE journal_era (
    era smallint PRIMARY KEY, system_identifier text NOT NULL, started_at timestamptz NOT NULL DEFAULT clock_timestamp());
INSERT INTO journal_era SELECT 1, system_identifier::text FROM pg_control_system();

CREATE TABLE journal_entry (
    id bigint GENERATED ALWAYS AS IDENTITY,
    era smallint NOT NULL DEFAULT 1,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    ts timestamptz NOT NULL,
    leaf bytea NOT NULL,
    kind text NOT NULL CHECK (kind IN ('act', 'row')),
    event text NOT NULL,
    act_id uuid NOT NULL,
    object_type text NOT NULL,
    object_key text NOT NULL,
    object_seq bigint NOT NULL,
    site bigint,
    actor_id text NOT NULL,
    schema_version text NOT NULL,
    payload text NOT NULL,
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE TABLE journal_entry_p0 PARTITION OF journal_entry FOR VALUES FROM (MINVALUE) TO (20000000);
CREATE TABLE journal_entry_rest PARTITION OF journal_entry DEFAULT;
CREATE INDEX journal_entry_object ON journal_entry (object_type, object_key, object_seq);
CREATE INDEX journal_entry_act ON journal_entry (act_id);
CREATE INDEX journal_entry_horizon ON journal_entry (era, xid, id);
CREATE INDEX journal_entry_ts ON journal_entry USING brin (ts);

CREATE TABLE journal_leaf (
    leaf_index bigint PRIMARY KEY, entry_id bigint NOT NULL UNIQUE, leaf bytea NOT NULL);
CREATE TABLE journal_seal (
    n bigint PRIMARY KEY, era smallint NOT NULL, xid_from xid8 NOT NULL, xid_to xid8 NOT NULL, size bigint NOT NULL,
    root bytea NOT NULL, prev_root bytea NOT NULL, frontier bytea NOT NULL, signed_note text NOT NULL, tsa_token bytea,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE journal_heartbeat (
    name text PRIMARY KEY, beat_at timestamptz NOT NULL DEFAULT clock_timestamp(), progress_at timestamptz,
    detail text NOT NULL DEFAULT '');

CREATE OR REPLACE FUNCTION qms_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'qms: % is append-only', TG_TABLE_NAME USING ERRCODE = 'QM003';
END $$;

-- The server sets what a writer could forge; the leaf is RFC 6962's hash of the stored bytes. Who acts is a setting of the writer's, and
-- part of the text: it must be the object that we expect, about the same person as the column.
CREATE OR REPLACE FUNCTION qms_entry_stamp() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_who text := qms_setting('qms.who');
BEGIN
    IF v_who IS NOT JSON OBJECT WITH UNIQUE KEYS OR NEW.actor_id = ''
        OR (v_who::json ->> 'id') IS DISTINCT FROM NEW.actor_id OR coalesce(v_who::json ->> 'name', '') = '' THEN
        RAISE EXCEPTION 'qms: an entry does not say who acts' USING ERRCODE = 'QM001';
    END IF;
    NEW.xid := pg_current_xact_id();
    NEW.leaf := sha256('\\x00'::bytea || convert_to(NEW.payload, 'UTF8'));
    RETURN NEW;
END $$;

-- STABLE like to_char itself: so the planner writes it into the statement instead of calling it.
CREATE OR REPLACE FUNCTION qms_utc(t timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

CREATE OR REPLACE FUNCTION qms_setting(name text) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT coalesce(current_setting(name, true), '') $$;

-- Canonical JSON (qms/lib/canonical.py): one object, members in order at every depth, no blanks, whole numbers, escapes in one spelling.
-- The exact looks cost, so each is taken only when a cheap one finds something that may be wrong.
CREATE OR REPLACE FUNCTION qms_in_order(value json) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    v_last text COLLATE "C" := NULL;
    v_one record;
BEGIN
    FOR v_one IN SELECT key, left(e.value::text, 1) AS opens, e.value FROM json_each(value) e LOOP
        IF v_one.key COLLATE "C" <= v_last THEN
            RETURN false;
        ELSIF v_one.opens = '{' AND NOT qms_in_order(v_one.value) THEN
            RETURN false;
        ELSIF v_one.opens = '[' AND position('{' in v_one.value::text) > 0 AND NOT qms_all_in_order(v_one.value) THEN
            RETURN false;
        END IF;
        v_last := v_one.key;
    END LOOP;
    RETURN true;
END $$;
CREATE OR REPLACE FUNCTION qms_all_in_order(list json) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(bool_and(CASE json_typeof(e) WHEN 'object' THEN qms_in_order(e) WHEN 'array' THEN qms_all_in_order(e)
        ELSE true END), true) FROM json_array_elements(list) e
$$;
CREATE OR REPLACE FUNCTION qms_is_canonical(t text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF t IS NOT JSON OBJECT WITH UNIQUE KEYS THEN
        RETURN false;
    END IF;
    IF t ~ '":\\s|"\\s|,\\s+(["[{0-9-]|true|false|null)|[[{]\\s|\\s[]},]|^\\s|\\s$|(":|[,[])-?([0-9]+[.eE]|[0-9]{16}|0)'
        AND regexp_replace(t, '"[^"\\\\]*(\\\\.[^"\\\\]*)*"', '', 'g') ~ '\\s|[0-9][.eE]|[0-9]{17}|-0' THEN
        RETURN false;
    END IF;
    IF position('\\' in t) > 0
        AND replace(t, '\\\\', '') ~ '\\\\([^"bfnrtu]|u(?!00(0[0-7be-f]|1[0-9a-f])))' THEN
        RETURN false;
    END IF;
    IF position('{' in substr(t, 2)) > 0 THEN
        RETURN qms_in_order(t::json);
    END IF;
    RETURN NOT EXISTS (SELECT FROM (SELECT k, lag(k) OVER () AS before FROM json_object_keys(t::json) k) keys
                       WHERE k COLLATE "C" < before);
END $$;

-- One act: who, what, to which record, why. Members of the payload stand in alphabetical order (canonical JSON).
-- One row by OUT parameters: a set-returning function would be materialised for each act.
-- Replaced in place: writers are at work. Dropped only where an older version's result has another shape.
DO $$ BEGIN
    IF pg_get_function_result(to_regprocedure('qms_record_act(text, int, text, text, text, bigint, text)')) <> 'record' THEN
        DROP FUNCTION qms_record_act(text, int, text, text, text, bigint, text);
    END IF;
END $$;
CREATE OR REPLACE FUNCTION qms_record_act(
    p_event text, p_version int, p_type text, p_key text, p_label text, p_site bigint, p_data text,
    OUT entry_id bigint, OUT recorded_at timestamptz
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act text := qms_setting('qms.act');
    v_now timestamptz := clock_timestamp();
    v_seq bigint;
BEGIN
    IF v_act = '' THEN
        RAISE EXCEPTION 'qms: no act is open' USING ERRCODE = 'QM001';
    END IF;
    IF p_event !~ '^[a-z_]+[.][a-z_.]+$' OR p_type = '' OR p_key = '' OR NOT qms_is_canonical(p_data) THEN
        RAISE EXCEPTION 'qms: not an entry of the trail' USING ERRCODE = 'QM001';
    END IF;
    SELECT coalesce(max(e.object_seq), 0) + 1 INTO v_seq
        FROM journal_entry e WHERE e.object_type = p_type AND e.object_key = p_key;
    INSERT INTO journal_entry
        (ts, kind, event, act_id, object_type, object_key, object_seq, site, actor_id, schema_version, payload)
    VALUES (v_now, 'act', p_event, v_act::uuid, p_type, p_key, v_seq, p_site, qms_setting('qms.actor'), p_version::text,
        '{"act":' || to_json(v_act) || ',"data":' || p_data || ',"event":' || to_json(p_event)
        || ',"key":' || to_json(p_key) || ',"kind":"act","label":' || to_json(p_label) || ',"object":' || to_json(p_type)
        || ',"reason":' || to_json(qms_setting('qms.reason')) || ',"request":' || to_json(qms_setting('qms.request'))
        || ',"seq":' || v_seq || ',"site":' || coalesce(p_site::text, 'null')
        || ',"source":' || to_json(qms_setting('qms.source')) || ',"ts":' || to_json(qms_utc(v_now))
        || ',"v":' || p_version || ',"who":' || qms_setting('qms.who') || '}')
    RETURNING journal_entry.id, journal_entry.ts INTO entry_id, recorded_at;
END $$;

-- The same for many subjects of one act (core-path.md §5.6): p_rows is [{key, label, site, data}], data canonical JSON as text.
CREATE OR REPLACE FUNCTION qms_record_acts(p_event text, p_version int, p_type text, p_rows json)
RETURNS TABLE (entry_id bigint, subject_key text, recorded_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act text := qms_setting('qms.act');
    v_now timestamptz := clock_timestamp();
    v_head text := '{"act":' || to_json(v_act) || ',"data":';
    v_kind text := ',"kind":"act","label":';
    v_tail text := ',"source":' || to_json(qms_setting('qms.source')) || ',"ts":' || to_json(qms_utc(v_now))
        || ',"v":' || p_version || ',"who":' || qms_setting('qms.who') || '}';
    v_from text := ',"object":' || to_json(p_type) || ',"reason":' || to_json(qms_setting('qms.reason'))
        || ',"request":' || to_json(qms_setting('qms.request')) || ',"seq":';
BEGIN
    IF v_act = '' THEN
        RAISE EXCEPTION 'qms: no act is open' USING ERRCODE = 'QM001';
    END IF;
    IF p_event !~ '^[a-z_]+[.][a-z_.]+$' OR p_type = '' OR EXISTS (
        SELECT FROM json_to_recordset(p_rows) AS r(key text, data text) WHERE r.key = '' OR NOT qms_is_canonical(r.data)) THEN
        RAISE EXCEPTION 'qms: not an entry of the trail' USING ERRCODE = 'QM001';
    END IF;
    RETURN QUERY
    INSERT INTO journal_entry AS j
        (ts, kind, event, act_id, object_type, object_key, object_seq, site, actor_id, schema_version, payload)
    SELECT v_now, 'act', p_event, v_act::uuid, p_type, s.key, s.seq, s.site, qms_setting('qms.actor'), p_version::text,
        v_head || s.data || ',"event":' || to_json(p_event) || ',"key":' || to_json(s.key) || v_kind || to_json(s.label)
        || v_from || s.seq || ',"site":' || coalesce(s.site::text, 'null') || v_tail
    FROM (SELECT r.*, coalesce((SELECT max(e.object_seq) FROM journal_entry e
                                WHERE e.object_type = p_type AND e.object_key = r.key), 0) + 1 AS seq
          FROM json_to_recordset(p_rows) AS r(key text, label text, site bigint, data text)) s
    RETURNING j.id, j.object_key, j.ts;
END $$;

-- Called by the sealer: a new cluster (restore) starts its transaction ids anew, so it starts an era.
CREATE OR REPLACE FUNCTION qms_check_era() RETURNS smallint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    v_here text := (SELECT system_identifier::text FROM pg_control_system());
    v_last journal_era := (SELECT e FROM journal_era e ORDER BY era DESC LIMIT 1);
BEGIN
    IF v_last.system_identifier <> v_here THEN
        INSERT INTO journal_era (era, system_identifier) VALUES (v_last.era + 1, v_here) RETURNING * INTO v_last;
        EXECUTE format('ALTER TABLE journal_entry ALTER COLUMN era SET DEFAULT %s', v_last.era);
    END IF;
    RETURN v_last.era;
END $$;

-- Keeps one empty partition ahead of the newest entry. Returns how many it made.
CREATE OR REPLACE FUNCTION qms_extend_journal() RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    v_size bigint := 20000000;
    v_next bigint := coalesce((SELECT max(id) FROM journal_entry), 0) / v_size + 1;
BEGIN
    IF to_regclass('journal_entry_p' || v_next) IS NOT NULL THEN
        RETURN 0;
    END IF;
    EXECUTE format('CREATE TABLE journal_entry_p%s PARTITION OF journal_entry FOR VALUES FROM (%s) TO (%s)',
                   v_next, v_next * v_size, (v_next + 1) * v_size);
    RETURN 1;
END $$;
REVOKE ALL ON FUNCTION qms_check_era(), qms_extend_journal() FROM PUBLIC;

CREATE OR REPLACE TRIGGER qms_stamp BEFORE INSERT ON journal_entry FOR EACH ROW EXECUTE FUNCTION qms_entry_stamp();

CREATE OR REPLACE TRIGGER qms_append_only BEFORE UPDATE OR DELETE ON journal_entry
    FOR EACH ROW EXECUTE FUNCTION qms_append_only();
CREATE OR REPLACE TRIGGER qms_no_truncate BEFORE TRUNCATE ON journal_entry
    FOR EACH STATEMENT EXECUTE FUNCTION qms_append_only();

CREATE OR REPLACE TRIGGER qms_append_only BEFORE UPDATE OR DELETE ON journal_leaf
    FOR EACH ROW EXECUTE FUNCTION qms_append_only();
CREATE OR REPLACE TRIGGER qms_no_truncate BEFORE TRUNCATE ON journal_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION qms_append_only();

CREATE OR REPLACE TRIGGER qms_append_only BEFORE UPDATE OR DELETE ON journal_seal
    FOR EACH ROW EXECUTE FUNCTION qms_append_only();
CREATE OR REPLACE TRIGGER qms_no_truncate BEFORE TRUNCATE ON journal_seal
    FOR EACH STATEMENT EXECUTE FUNCTION qms_append_only();

CREATE OR REPLACE TRIGGER qms_append_only BEFORE UPDATE OR DELETE ON journal_era
    FOR EACH ROW EXECUTE FUNCTION qms_append_only();
CREATE OR REPLACE TRIGGER qms_no_truncate BEFORE TRUNCATE ON journal_era
    FOR EACH STATEMENT EXECUTE FUNCTION qms_append_only();
"""
NODES = 'CREATE TABLE journal_node (tier smallint NOT NULL CHECK (tier > 0), place bigint NOT NULL, hash bytea NOT NULL, PRIMARY KEY (tier, place))'
NODES_UNDO = 'DROP TABLE journal_node'


class Migration(migrations.Migration):

    replaces = [('journal', '0001_initial'), ('journal', '0002_initial'), ('journal', '0003_follower'), ('journal', '0004_anchors'), ('journal', '0005_nodes'), ('journal', '0006_time_stamps')]

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.RunSQL(
            sql=INITIAL,
            reverse_sql='',
        ),
        qms.lib.schema.CreateModels(
            models=[migrations.CreateModel(
                name='Entry',
                fields=[
                    ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                    ('era', models.SmallIntegerField()),
                    ('ts', models.DateTimeField()),
                    ('leaf', models.BinaryField()),
                    ('kind', models.TextField()),
                    ('event', models.TextField()),
                    ('act_id', models.UUIDField()),
                    ('object_type', models.TextField()),
                    ('object_key', models.TextField()),
                    ('object_seq', models.BigIntegerField()),
                    ('site', models.BigIntegerField(null=True)),
                    ('actor_id', models.TextField()),
                    ('schema_version', models.TextField()),
                    ('payload', models.TextField()),
                ],
                options={
                    'db_table': 'journal_entry',
                    'managed': False,
                },
            ), migrations.CreateModel(
                name='Heartbeat',
                fields=[
                    ('name', models.TextField(primary_key=True, serialize=False)),
                    ('beat_at', models.DateTimeField()),
                    ('progress_at', models.DateTimeField(null=True)),
                    ('detail', models.TextField()),
                ],
                options={
                    'db_table': 'journal_heartbeat',
                    'managed': False,
                },
            ), migrations.CreateModel(
                name='Leaf',
                fields=[
                    ('leaf_index', models.BigIntegerField(primary_key=True, serialize=False)),
                    ('entry_id', models.BigIntegerField(unique=True)),
                    ('leaf', models.BinaryField()),
                ],
                options={
                    'db_table': 'journal_leaf',
                    'managed': False,
                },
            ), migrations.CreateModel(
                name='Seal',
                fields=[
                    ('n', models.BigIntegerField(primary_key=True, serialize=False)),
                    ('era', models.SmallIntegerField()),
                    ('size', models.BigIntegerField()),
                    ('root', models.BinaryField()),
                    ('prev_root', models.BinaryField()),
                    ('frontier', models.BinaryField()),
                    ('signed_note', models.TextField()),
                    ('sealed_at', models.DateTimeField()),
                ],
                options={
                    'db_table': 'journal_seal',
                    'managed': False,
                },
            ), migrations.CreateModel(
                name='Follower',
                fields=[
                    ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                    ('position', models.BigIntegerField(default=-1)),
                ],
            ), migrations.CreateModel(
                name='Anchor',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('place', models.CharField(max_length=12)),
                    ('where', models.TextField()),
                    ('seal', models.BigIntegerField()),
                    ('size', models.BigIntegerField()),
                    ('problem', models.TextField(blank=True, default='')),
                    ('token', models.BinaryField(null=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['place', '-id'], name='anchor_place')],
                },
            )],
        ),
        migrations.RunSQL(
            sql=NODES,
            reverse_sql=NODES_UNDO,
        ),
    ]
