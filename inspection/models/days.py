"""Partitions of the measurements: one a day (UTC), made ahead by a function of the owner's; what fits none falls into the default."""

from typing import Any

from django.conf import settings

AHEAD, LEAST_DAYS = 7, 30

# A day that lies in the default already is moved out of it before its partition is attached.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION qms_extend_measurements() RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET lock_timeout = '10s' AS $$
DECLARE
    v_today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
    v_day date;
    v_from timestamptz;
    v_table text;
    v_made int := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('qms_extend_measurements'));
    FOR v_day IN
        SELECT d::date FROM generate_series(v_today - 1, v_today + @AHEAD@, interval '1 day') d
        UNION SELECT (measured_at AT TIME ZONE 'UTC')::date FROM inspection_measurement_rest
            WHERE measured_at >= v_today - 400 AND measured_at < v_today + @AHEAD@
        ORDER BY 1
    LOOP
        v_table := 'inspection_measurement_' || to_char(v_day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass(v_table) IS NOT NULL;
        v_from := v_day::timestamp AT TIME ZONE 'UTC';
        EXECUTE format('CREATE TABLE %I (LIKE inspection_measurement INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', v_table);
        EXECUTE format('WITH gone AS (DELETE FROM inspection_measurement_rest WHERE measured_at >= $1
            AND measured_at < $1 + interval ''1 day'' RETURNING *) INSERT INTO %I SELECT * FROM gone', v_table) USING v_from;
        EXECUTE format('ALTER TABLE inspection_measurement ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
            v_table, v_from, v_from + interval '1 day');
        v_made := v_made + 1;
    END LOOP;
    RETURN v_made;
END $$;

-- Days that are kept no longer. Never fewer than @LEAST@ days are kept, whoever asks.
CREATE OR REPLACE FUNCTION qms_drop_measurements(p_days int, OUT day date, OUT dropped bigint) RETURNS SETOF record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '10s' AS $$
DECLARE
    v_first date := (clock_timestamp() AT TIME ZONE 'UTC')::date - greatest(p_days, @LEAST@);
    v_table text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('qms_extend_measurements'));
    FOR v_table IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'inspection_measurement'::regclass AND c.relname ~ '^inspection_measurement_[0-9]{8}$'
            AND to_date(right(c.relname, 8), 'YYYYMMDD') < v_first
        ORDER BY 1
    LOOP
        day := to_date(right(v_table, 8), 'YYYYMMDD');
        EXECUTE format('SELECT count(*) FROM %I', v_table) INTO dropped;
        EXECUTE format('DROP TABLE %I', v_table);
        RETURN NEXT;
    END LOOP;
    WITH gone AS (DELETE FROM inspection_measurement_rest WHERE measured_at < v_first::timestamp AT TIME ZONE 'UTC' RETURNING 1)
        SELECT NULL, count(*) INTO day, dropped FROM gone;
    IF dropped > 0 THEN
        RETURN NEXT;
    END IF;
END $$;
REVOKE ALL ON FUNCTION qms_extend_measurements(), qms_drop_measurements(int) FROM PUBLIC;
""".replace("@AHEAD@", str(AHEAD)).replace("@LEAST@", str(LEAST_DAYS))


def install(cursor: Any) -> None:
    """After every migrate, as the owner."""
    cursor.execute("SELECT to_regclass('inspection_measurement') IS NOT NULL")
    if cursor.fetchone()[0]:
        cursor.execute(FUNCTIONS)
        names = "qms_extend_measurements(), qms_drop_measurements(int)"
        cursor.execute(f"GRANT EXECUTE ON FUNCTION {names} TO {settings.QMS_APP_ROLE}")
        cursor.execute("SELECT qms_extend_measurements()")
