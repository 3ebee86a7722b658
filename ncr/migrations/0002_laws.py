from django.db import migrations

# affected = Σ lines + undecided, at every commit, whoever writes (features.md row 3). Deferred, so that an act may change
# the record and its lines in any order; a plain new NCR (all undecided) costs no query.
LAW = """
CREATE FUNCTION ncr_quantity_law() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_ncr bigint;
    v_affected numeric;
    v_decided numeric;
BEGIN
    IF TG_TABLE_NAME = 'ncr_nonconformance' THEN
        v_ncr := NEW.id;
    ELSE
        v_ncr := CASE TG_OP WHEN 'DELETE' THEN OLD.ncr_id ELSE NEW.ncr_id END;
    END IF;
    SELECT affected_quantity - undecided_quantity, affected_quantity INTO v_decided, v_affected
        FROM ncr_nonconformance WHERE id = v_ncr;
    IF v_decided <> (SELECT coalesce(sum(quantity), 0) FROM ncr_dispositionline WHERE ncr_id = v_ncr) THEN
        RAISE EXCEPTION 'qms: disposition lines and undecided must add up to the affected quantity %%', v_affected
            USING ERRCODE = 'QM005';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ncr_quantity_birth AFTER INSERT ON ncr_nonconformance DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.affected_quantity <> NEW.undecided_quantity) EXECUTE FUNCTION ncr_quantity_law();
CREATE CONSTRAINT TRIGGER ncr_quantity_change AFTER UPDATE ON ncr_nonconformance DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.affected_quantity <> NEW.affected_quantity OR OLD.undecided_quantity <> NEW.undecided_quantity)
    EXECUTE FUNCTION ncr_quantity_law();
CREATE CONSTRAINT TRIGGER ncr_quantity_lines AFTER INSERT OR UPDATE OR DELETE ON ncr_dispositionline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ncr_quantity_law();
"""

UNDO = """
DROP TRIGGER ncr_quantity_birth ON ncr_nonconformance;
DROP TRIGGER ncr_quantity_change ON ncr_nonconformance;
DROP TRIGGER ncr_quantity_lines ON ncr_dispositionline;
DROP FUNCTION ncr_quantity_law();
"""


class Migration(migrations.Migration):
    dependencies = [("ncr", "0001_initial")]
    operations = [migrations.RunSQL(LAW.replace("%%", "%"), UNDO)]
