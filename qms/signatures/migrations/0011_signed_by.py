from django.db import migrations

# Whoever writes: a person signs in an act of their own, and a row that names a signature names its signer.
LAW = """
CREATE FUNCTION qms_signed_by() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_row jsonb := to_jsonb(NEW);
    v_signature bigint := (v_row ->> TG_ARGV[0])::bigint;
BEGIN
    IF v_signature IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM signatures_signature s WHERE s.id = v_signature AND s.signer_id::text = v_row ->> TG_ARGV[1]) THEN
        RAISE EXCEPTION 'qms: % of % is not the signer of its signature', TG_ARGV[1], TG_TABLE_NAME USING ERRCODE = 'QM005';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signature_by_actor BEFORE INSERT ON signatures_signature
    FOR EACH ROW EXECUTE FUNCTION qms_by_actor('signer_id');
"""

UNDO = "DROP TRIGGER signature_by_actor ON signatures_signature; DROP FUNCTION qms_signed_by();"


class Migration(migrations.Migration):
    dependencies = [("signatures", "0010_approved"), ("accounts", "0010_duties")]
    operations = [migrations.RunSQL(LAW, UNDO)]
