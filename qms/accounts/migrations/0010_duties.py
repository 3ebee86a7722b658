from django.db import migrations

# Whoever writes: who stands in a row as having done something is the one whose act it is, and nobody gives access to themself.
LAW = """
CREATE FUNCTION qms_by_actor() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_new text := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
    -- Without an act nothing is written at all; that law says so itself.
    IF coalesce(current_setting('qms.act', true), '') = '' THEN
        RETURN NEW;
    END IF;
    IF v_new IS NULL OR (TG_OP = 'UPDATE' AND v_new IS NOT DISTINCT FROM to_jsonb(OLD) ->> TG_ARGV[0]) THEN
        RETURN NEW;
    END IF;
    IF v_new IS DISTINCT FROM current_setting('qms.actor', true) THEN
        RAISE EXCEPTION 'qms: % of % is whoever acts', TG_ARGV[0], TG_TABLE_NAME USING ERRCODE = 'QM005';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION qms_not_by_actor() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF to_jsonb(NEW) ->> TG_ARGV[0] = current_setting('qms.actor', true) THEN
        RAISE EXCEPTION 'qms: nobody gives themself what % holds', TG_TABLE_NAME USING ERRCODE = 'QM005';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER grant_not_by_actor BEFORE INSERT ON accounts_grant
    FOR EACH ROW EXECUTE FUNCTION qms_not_by_actor('user_id');
CREATE TRIGGER badge_not_by_actor BEFORE INSERT ON accounts_badge
    FOR EACH ROW EXECUTE FUNCTION qms_not_by_actor('user_id');
CREATE TRIGGER compartment_not_by_actor BEFORE INSERT OR UPDATE ON accounts_compartmentuserobjectpermission
    FOR EACH ROW EXECUTE FUNCTION qms_not_by_actor('user_id');
"""

UNDO = """
DROP TRIGGER grant_not_by_actor ON accounts_grant;
DROP TRIGGER badge_not_by_actor ON accounts_badge;
DROP TRIGGER compartment_not_by_actor ON accounts_compartmentuserobjectpermission;
DROP FUNCTION qms_by_actor();
DROP FUNCTION qms_not_by_actor();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_retired_compartments")]
    operations = [migrations.RunSQL(LAW, UNDO)]
