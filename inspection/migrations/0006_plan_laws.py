from django.db import migrations

# Whoever writes: only a draft is changed, with its characteristics; what was released stays as it was signed, by its signer in an
# act of their own; and a plan without characteristics goes nowhere.
LAW = """
CREATE FUNCTION inspection_plan_law() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_free text[] := ARRAY['state', 'version', 'compartment_id', 'container_id'];
BEGIN
    IF OLD.state = 'IN_REVIEW' THEN
        v_free := v_free || ARRAY['released_by_id', 'released_at', 'release_id', 'supersedes_id', 'sha256'];
    END IF;
    IF OLD.state <> 'DRAFT' AND to_jsonb(OLD) - v_free IS DISTINCT FROM to_jsonb(NEW) - v_free THEN
        RAISE EXCEPTION 'qms: an inspection plan is changed only as a draft' USING ERRCODE = 'QM005';
    END IF;
    IF NEW.state IN ('IN_REVIEW', 'RELEASED') AND NEW.state <> OLD.state
        AND NOT EXISTS (SELECT 1 FROM inspection_plancharacteristic c WHERE c.plan_id = NEW.id) THEN
        RAISE EXCEPTION 'qms: an inspection plan has characteristics' USING ERRCODE = 'QM005';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION inspection_characteristic_law() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    v_plan bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.plan_id ELSE NEW.plan_id END;
    v_state text;
BEGIN
    SELECT state INTO v_state FROM inspection_inspectionplan WHERE id = v_plan FOR SHARE;
    IF v_state <> 'DRAFT' THEN
        RAISE EXCEPTION 'qms: characteristics are changed only in a draft' USING ERRCODE = 'QM005';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER inspectionplan_law BEFORE UPDATE ON inspection_inspectionplan
    FOR EACH ROW EXECUTE FUNCTION inspection_plan_law();
CREATE TRIGGER inspectionplan_edited_by_actor BEFORE INSERT OR UPDATE OF edited_by_id ON inspection_inspectionplan
    FOR EACH ROW EXECUTE FUNCTION qms_by_actor('edited_by_id');
CREATE TRIGGER inspectionplan_released_by_actor BEFORE INSERT OR UPDATE OF released_by_id ON inspection_inspectionplan
    FOR EACH ROW EXECUTE FUNCTION qms_by_actor('released_by_id');
CREATE TRIGGER inspectionplan_release_signed BEFORE INSERT OR UPDATE OF release_id, released_by_id ON inspection_inspectionplan
    FOR EACH ROW EXECUTE FUNCTION qms_signed_by('release_id', 'released_by_id');
CREATE TRIGGER plancharacteristic_law BEFORE INSERT OR UPDATE OR DELETE ON inspection_plancharacteristic
    FOR EACH ROW EXECUTE FUNCTION inspection_characteristic_law();
"""

UNDO = """
DROP TRIGGER plancharacteristic_law ON inspection_plancharacteristic;
DROP TRIGGER inspectionplan_release_signed ON inspection_inspectionplan;
DROP TRIGGER inspectionplan_released_by_actor ON inspection_inspectionplan;
DROP TRIGGER inspectionplan_edited_by_actor ON inspection_inspectionplan;
DROP TRIGGER inspectionplan_law ON inspection_inspectionplan;
DROP FUNCTION inspection_characteristic_law();
DROP FUNCTION inspection_plan_law();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("inspection", "0005_plans"),
        ("signatures", "0011_signed_by"),
    ]
    operations = [migrations.RunSQL(LAW, UNDO)]
