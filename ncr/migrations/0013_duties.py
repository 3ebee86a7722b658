from django.db import migrations

# Initiator, approver and verifier of one nonconformance are different people, whoever writes: what an approval and a loop of rework
# remember of the record is the record's own, and who closes or waives is looked up among those who began or approved.
LAW = """
CREATE FUNCTION ncr_duty_law() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'ncr_approval' THEN
        IF NOT EXISTS (SELECT 1 FROM ncr_nonconformance n WHERE n.id = NEW.ncr_id
                       AND n.created_by_id = NEW.initiator_id AND n.proposed_by_id = NEW.proposer_id) THEN
            RAISE EXCEPTION 'qms: an approval names who reported and who proposed' USING ERRCODE = 'QM005';
        END IF;
    ELSIF TG_TABLE_NAME = 'ncr_reworkloop' THEN
        IF NOT EXISTS (SELECT 1 FROM ncr_dispositionline l JOIN ncr_nonconformance n ON n.id = l.ncr_id
                       WHERE l.id = NEW.line_id AND n.created_by_id = NEW.initiator_id
                       AND (NEW.inspected_by_id IS NULL OR n.proposed_by_id IS DISTINCT FROM NEW.inspected_by_id)) THEN
            RAISE EXCEPTION 'qms: rework is re-inspected by somebody who neither reported nor proposed' USING ERRCODE = 'QM005';
        END IF;
    ELSE
        IF NEW.closed_by_id IS DISTINCT FROM OLD.closed_by_id AND EXISTS (
            SELECT 1 FROM ncr_approval WHERE ncr_id = NEW.id AND signer_id = NEW.closed_by_id) THEN
            RAISE EXCEPTION 'qms: who approved a disposition does not verify it' USING ERRCODE = 'QM005';
        END IF;
        IF NEW.proposed_by_id IS DISTINCT FROM OLD.proposed_by_id AND NEW.state <> 'IN_REVIEW' THEN
            RAISE EXCEPTION 'qms: a disposition is proposed in review' USING ERRCODE = 'QM005';
        END IF;
        IF NEW.waiver_id IS DISTINCT FROM OLD.waiver_id AND EXISTS (
            SELECT 1 FROM signatures_signature s WHERE s.id = NEW.waiver_id
            AND s.signer_id IN (NEW.created_by_id, NEW.proposed_by_id)) THEN
            RAISE EXCEPTION 'qms: who reported or proposed does not waive containment' USING ERRCODE = 'QM005';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ncr_approval_duty BEFORE INSERT ON ncr_approval FOR EACH ROW EXECUTE FUNCTION ncr_duty_law();
CREATE TRIGGER ncr_approval_signed BEFORE INSERT ON ncr_approval
    FOR EACH ROW EXECUTE FUNCTION qms_signed_by('signature_id', 'signer_id');
CREATE TRIGGER ncr_loop_duty BEFORE INSERT OR UPDATE ON ncr_reworkloop FOR EACH ROW EXECUTE FUNCTION ncr_duty_law();
CREATE TRIGGER ncr_loop_signed BEFORE INSERT OR UPDATE ON ncr_reworkloop
    FOR EACH ROW EXECUTE FUNCTION qms_signed_by('signature_id', 'inspected_by_id');
CREATE TRIGGER ncr_loop_done BEFORE INSERT ON ncr_reworkloop FOR EACH ROW EXECUTE FUNCTION qms_by_actor('done_by_id');
CREATE TRIGGER ncr_duty BEFORE UPDATE OF closed_by_id, proposed_by_id, waiver_id ON ncr_nonconformance
    FOR EACH ROW EXECUTE FUNCTION ncr_duty_law();
CREATE TRIGGER ncr_closed_by_actor BEFORE UPDATE OF closed_by_id ON ncr_nonconformance
    FOR EACH ROW EXECUTE FUNCTION qms_by_actor('closed_by_id');
CREATE TRIGGER ncr_proposed_by_actor BEFORE UPDATE OF proposed_by_id ON ncr_nonconformance
    FOR EACH ROW EXECUTE FUNCTION qms_by_actor('proposed_by_id');
"""

UNDO = """
DROP TRIGGER ncr_approval_duty ON ncr_approval;
DROP TRIGGER ncr_approval_signed ON ncr_approval;
DROP TRIGGER ncr_loop_duty ON ncr_reworkloop;
DROP TRIGGER ncr_loop_signed ON ncr_reworkloop;
DROP TRIGGER ncr_loop_done ON ncr_reworkloop;
DROP TRIGGER ncr_duty ON ncr_nonconformance;
DROP TRIGGER ncr_closed_by_actor ON ncr_nonconformance;
DROP TRIGGER ncr_proposed_by_actor ON ncr_nonconformance;
DROP FUNCTION ncr_duty_law();
"""


class Migration(migrations.Migration):
    dependencies = [("ncr", "0012_withdrawn_approvals"), ("signatures", "0011_signed_by")]
    operations = [migrations.RunSQL(LAW, UNDO)]
