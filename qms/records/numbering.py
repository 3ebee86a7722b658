"""One sequence per type and UTC year, made ahead by the owner; gaps are allowed, a number is never used twice."""

from typing import Any

FUNCTIONS = """
CREATE OR REPLACE FUNCTION qms_next_number(p_prefix text) RETURNS text LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_year text := to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YY');
    v_number text := nextval(format('number_%s_%s', lower(p_prefix), v_year)::regclass)::text;
BEGIN
    RETURN p_prefix || '-' || v_year || '-' || lpad(v_number, greatest(6, length(v_number)), '0');
END $$;

CREATE TABLE IF NOT EXISTS records_series (prefix text PRIMARY KEY);

-- Makes this year's and next year's sequences; the scheduler calls it daily, so that a new year finds its own.
CREATE OR REPLACE FUNCTION qms_extend_numbers(p_app text) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    v_name text;
    v_made int := 0;
BEGIN
    FOR v_name IN
        SELECT format('number_%s_%s', lower(s.prefix), to_char(y, 'YY')) FROM records_series s,
        unnest(ARRAY[clock_timestamp() AT TIME ZONE 'UTC', clock_timestamp() AT TIME ZONE 'UTC' + interval '1 year']) y
    LOOP
        IF to_regclass(v_name) IS NULL THEN
            EXECUTE format('CREATE SEQUENCE %I', v_name);
            EXECUTE format('GRANT USAGE ON SEQUENCE %I TO %I', v_name, p_app);
            v_made := v_made + 1;
        END IF;
    END LOOP;
    RETURN v_made;
END $$;
"""


def prefixes() -> list[str]:
    from django.apps import apps

    from qms.lib.fields import NumberField

    found = {f.prefix for m in apps.get_models() for f in m._meta.local_fields if isinstance(f, NumberField)}
    return sorted(p for p in found if p)


def install(cursor: Any) -> None:
    from django.conf import settings

    cursor.execute(FUNCTIONS)
    for prefix in prefixes():
        cursor.execute("INSERT INTO records_series VALUES (%s) ON CONFLICT DO NOTHING", [prefix])
    cursor.execute("SELECT qms_extend_numbers(%s)", [settings.QMS_APP_ROLE])
