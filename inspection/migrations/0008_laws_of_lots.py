from django.db import migrations

# Once decided, the parts of a lot add up to the lot (deferred, so that an act may write lines and state in any order). Readings are
# added while the lot is inspected, of samples that it has; who reads, decides and signs is who acts.
LAW = """
CREATE FUNCTION inspection_usage_law() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    v_lot bigint;
    v_quantity numeric;
    v_state text;
BEGIN
    IF TG_TABLE_NAME = 'inspection_inspection' THEN
        v_lot := NEW.id;
    ELSE
        v_lot := NEW.inspection_id;
    END IF;
    SELECT quantity, state INTO v_quantity, v_state FROM inspection_inspection WHERE id = v_lot;
    IF v_state IN ('DECIDED', 'POSTED') AND v_quantity <>
            (SELECT coalesce(sum(quantity), 0) FROM inspection_usageline WHERE inspection_id = v_lot) THEN
        RAISE EXCEPTION 'qms: the parts of a decided lot must add up to its quantity %', v_quantity USING ERRCODE = 'QM005';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION inspection_reading_law() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    v_size integer;
    v_state text;
BEGIN
    SELECT c.sample_size, i.state INTO v_size, v_state FROM inspection_lotcharacteristic c
        JOIN inspection_inspection i ON i.id = c.inspection_id WHERE c.id = NEW.characteristic_id;
    IF v_state <> 'IN_INSPECTION' OR NEW.sample > v_size THEN
        RAISE EXCEPTION 'qms: readings are added during the inspection, of samples that it has' USING ERRCODE = 'QM005';
    END IF;
    RETURN NEW;
END $$;

CREATE CONSTRAINT TRIGGER inspection_usage_decided AFTER UPDATE ON inspection_inspection DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION inspection_usage_law();
CREATE CONSTRAINT TRIGGER inspection_usage_lines AFTER INSERT ON inspection_usageline DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION inspection_usage_law();
CREATE TRIGGER reading_law BEFORE INSERT ON inspection_reading
    FOR EACH ROW EXECUTE FUNCTION inspection_reading_law();
CREATE TRIGGER reading_by_actor BEFORE INSERT ON inspection_reading FOR EACH ROW EXECUTE FUNCTION qms_by_actor('by_id');
CREATE TRIGGER inspection_usage_decided_by_actor BEFORE INSERT OR UPDATE OF usage_decided_by_id ON inspection_inspection
    FOR EACH ROW EXECUTE FUNCTION qms_by_actor('usage_decided_by_id');
CREATE TRIGGER inspection_decision_signed BEFORE INSERT OR UPDATE OF decision_id, usage_decided_by_id ON inspection_inspection
    FOR EACH ROW EXECUTE FUNCTION qms_signed_by('decision_id', 'usage_decided_by_id');
"""

UNDO = """
DROP TRIGGER inspection_decision_signed ON inspection_inspection;
DROP TRIGGER inspection_usage_decided_by_actor ON inspection_inspection;
DROP TRIGGER reading_by_actor ON inspection_reading;
DROP TRIGGER reading_law ON inspection_reading;
DROP TRIGGER inspection_usage_lines ON inspection_usageline;
DROP TRIGGER inspection_usage_decided ON inspection_inspection;
DROP FUNCTION inspection_reading_law();
DROP FUNCTION inspection_usage_law();
"""


class Migration(migrations.Migration):
    dependencies = [("inspection", "0007_lots"), ("signatures", "0011_signed_by")]
    operations = [migrations.RunSQL(LAW, UNDO)]
