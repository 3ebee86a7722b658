from django.db import migrations

# Lines of the present edition count; those of earlier editions are history. Pieces known by serial number: as many as are
# affected, and each line names as many as its quantity. Deferred like the first law, so that an act may work in any order.
LAW = """
CREATE OR REPLACE FUNCTION ncr_quantity_law() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    v_ncr bigint;
    v_affected numeric;
    v_decided numeric;
    v_edition integer;
BEGIN
    IF TG_TABLE_NAME = 'ncr_nonconformance' THEN
        v_ncr := NEW.id;
    ELSE
        v_ncr := CASE TG_OP WHEN 'DELETE' THEN OLD.ncr_id ELSE NEW.ncr_id END;
    END IF;
    SELECT affected_quantity - undecided_quantity, affected_quantity, edition INTO v_decided, v_affected, v_edition
        FROM ncr_nonconformance WHERE id = v_ncr;
    IF v_decided <> (SELECT coalesce(sum(quantity), 0) FROM ncr_dispositionline
                     WHERE ncr_id = v_ncr AND edition = v_edition) THEN
        RAISE EXCEPTION 'qms: disposition lines and undecided must add up to the affected quantity %', v_affected
            USING ERRCODE = 'QM005';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ncr_quantity_edition AFTER UPDATE ON ncr_nonconformance DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.edition <> NEW.edition) EXECUTE FUNCTION ncr_quantity_law();

CREATE FUNCTION ncr_serial_law() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    v_ncr bigint;
    v_count bigint;
    v_affected numeric;
    v_edition integer;
BEGIN
    IF TG_TABLE_NAME = 'ncr_nonconformance' THEN
        v_ncr := NEW.id;
    ELSIF TG_TABLE_NAME = 'ncr_lineserial' THEN
        SELECT ncr_id INTO v_ncr FROM ncr_affectedserial
            WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.serial_id ELSE NEW.serial_id END;
        IF TG_OP <> 'DELETE' AND NOT EXISTS (SELECT 1 FROM ncr_dispositionline WHERE id = NEW.line_id
                                             AND ncr_id = v_ncr AND edition = NEW.edition) THEN
            RAISE EXCEPTION 'qms: a serial number belongs to a line of its own nonconformance and edition'
                USING ERRCODE = 'QM005';
        END IF;
    ELSE
        v_ncr := CASE TG_OP WHEN 'DELETE' THEN OLD.ncr_id ELSE NEW.ncr_id END;
    END IF;
    SELECT count(*) INTO v_count FROM ncr_affectedserial WHERE ncr_id = v_ncr;
    IF v_count = 0 THEN
        RETURN NULL;
    END IF;
    SELECT affected_quantity, edition INTO v_affected, v_edition FROM ncr_nonconformance WHERE id = v_ncr;
    IF v_count <> v_affected THEN
        RAISE EXCEPTION 'qms: % serial numbers for % affected pieces', v_count, v_affected USING ERRCODE = 'QM005';
    END IF;
    IF EXISTS (SELECT 1 FROM ncr_dispositionline l WHERE l.ncr_id = v_ncr AND l.edition = v_edition
               AND l.quantity <> (SELECT count(*) FROM ncr_lineserial s WHERE s.line_id = l.id)) THEN
        RAISE EXCEPTION 'qms: each disposition line names as many serial numbers as its quantity' USING ERRCODE = 'QM005';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ncr_serial_named AFTER INSERT OR DELETE ON ncr_affectedserial
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ncr_serial_law();
CREATE CONSTRAINT TRIGGER ncr_serial_decided AFTER INSERT OR DELETE ON ncr_lineserial
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ncr_serial_law();
CREATE CONSTRAINT TRIGGER ncr_serial_lines AFTER INSERT OR UPDATE OF quantity ON ncr_dispositionline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ncr_serial_law();
CREATE CONSTRAINT TRIGGER ncr_serial_change AFTER UPDATE ON ncr_nonconformance DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.affected_quantity <> NEW.affected_quantity) EXECUTE FUNCTION ncr_serial_law();
"""

UNDO = """
DROP TRIGGER ncr_serial_change ON ncr_nonconformance;
DROP TRIGGER ncr_serial_lines ON ncr_dispositionline;
DROP TRIGGER ncr_serial_decided ON ncr_lineserial;
DROP TRIGGER ncr_serial_named ON ncr_affectedserial;
DROP FUNCTION ncr_serial_law();
DROP TRIGGER ncr_quantity_edition ON ncr_nonconformance;
"""


class Migration(migrations.Migration):
    dependencies = [("ncr", "0006_dispositions_complete")]
    operations = [migrations.RunSQL(LAW, UNDO)]
