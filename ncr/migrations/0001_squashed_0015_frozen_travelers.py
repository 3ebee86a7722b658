# Every step until 0015_frozen_travelers in one, for a plant that begins: the same tables, rules and functions.

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import qms.lib.fields
import qms.lib.ids
import qms.lib.schema
import simple_history.models
from django.conf import settings
from django.db import migrations, models

LAWS = """
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
        RAISE EXCEPTION 'qms: disposition lines and undecided must add up to the affected quantity %', v_affected
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
LAWS_UNDO = """
DROP TRIGGER ncr_quantity_birth ON ncr_nonconformance;
DROP TRIGGER ncr_quantity_change ON ncr_nonconformance;
DROP TRIGGER ncr_quantity_lines ON ncr_dispositionline;
DROP FUNCTION ncr_quantity_law();
"""
LAWS_OF_LINES = """
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
LAWS_OF_LINES_UNDO = """
DROP TRIGGER ncr_serial_change ON ncr_nonconformance;
DROP TRIGGER ncr_serial_lines ON ncr_dispositionline;
DROP TRIGGER ncr_serial_decided ON ncr_lineserial;
DROP TRIGGER ncr_serial_named ON ncr_affectedserial;
DROP FUNCTION ncr_serial_law();
DROP TRIGGER ncr_quantity_edition ON ncr_nonconformance;
"""
WITHDRAWN_APPROVALS = """
CREATE FUNCTION ncr_withdrawal_law() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'signatures_withdrawal' THEN
        IF EXISTS (SELECT 1 FROM ncr_approval WHERE signature_id = NEW.signature_id AND NOT withdrawn) THEN
            RAISE EXCEPTION 'qms: an approval counts although its signature is withdrawn' USING ERRCODE = 'QM005';
        END IF;
        RETURN NULL;
    END IF;
    IF NOT NEW.withdrawn OR NOT EXISTS (SELECT 1 FROM signatures_withdrawal WHERE signature_id = NEW.signature_id) THEN
        RAISE EXCEPTION 'qms: an approval is withdrawn with its signature, for good' USING ERRCODE = 'QM005';
    END IF;
    IF (SELECT state FROM ncr_nonconformance WHERE id = NEW.ncr_id) <> 'IN_MRB' THEN
        RAISE EXCEPTION 'qms: what this approval served has gone on' USING ERRCODE = 'QM005';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ncr_approval_withdrawn AFTER UPDATE OF withdrawn ON ncr_approval
    FOR EACH ROW WHEN (OLD.withdrawn IS DISTINCT FROM NEW.withdrawn) EXECUTE FUNCTION ncr_withdrawal_law();
CREATE CONSTRAINT TRIGGER ncr_approval_withdrawal AFTER INSERT ON signatures_withdrawal DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ncr_withdrawal_law();
"""
WITHDRAWN_APPROVALS_UNDO = """
DROP TRIGGER ncr_approval_withdrawn ON ncr_approval;
DROP TRIGGER ncr_approval_withdrawal ON signatures_withdrawal;
DROP FUNCTION ncr_withdrawal_law();
"""
DUTIES = """
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
DUTIES_UNDO = """
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

    replaces = [('ncr', '0001_initial'), ('ncr', '0002_laws'), ('ncr', '0003_search'), ('ncr', '0004_words'), ('ncr', '0005_ways_of_reading'), ('ncr', '0006_dispositions_complete'), ('ncr', '0007_laws_of_lines'), ('ncr', '0008_shop_floor_news'), ('ncr', '0009_from_another_system'), ('ncr', '0010_waiver_in_words'), ('ncr', '0011_names_in_words'), ('ncr', '0012_withdrawn_approvals'), ('ncr', '0013_duties'), ('ncr', '0014_travelers'), ('ncr', '0015_frozen_travelers')]

    initial = True

    dependencies = [
        ('accounts', '0010_duties'),
        ('masterdata', '0002_words'),
        ('records', '0009_retention'),
        ('signatures', '0011_signed_by'),
    ]

    operations = [
        qms.lib.schema.CreateModels(
            models=[migrations.CreateModel(
                name='DefectCode',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=24, unique=True, verbose_name='code')),
                    ('label_en', models.CharField(max_length=120, verbose_name='English label')),
                    ('label_zh_hans', models.CharField(max_length=120, verbose_name='Chinese label')),
                    ('severity', models.CharField(choices=[('critical', 'Critical'), ('major', 'Major'), ('minor', 'Minor')], default='minor', max_length=10, verbose_name='severity')),
                    ('valid_from', models.DateField(verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ],
                options={
                    'ordering': ('code',),
                    'verbose_name': 'defect code',
                },
            ), migrations.CreateModel(
                name='HistoricalDefectCode',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('code', models.CharField(max_length=24, verbose_name='code')),
                    ('label_en', models.CharField(max_length=120, verbose_name='English label')),
                    ('label_zh_hans', models.CharField(max_length=120, verbose_name='Chinese label')),
                    ('severity', models.CharField(choices=[('critical', 'Critical'), ('major', 'Major'), ('minor', 'Minor')], default='minor', max_length=10, verbose_name='severity')),
                    ('valid_from', models.DateField(verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical defect code',
                    'verbose_name_plural': 'historical defect codes',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalNonconformance',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('state', models.CharField(max_length=24, verbose_name='status')),
                    ('version', models.IntegerField(default=1, verbose_name='version')),
                    ('created_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded')),
                    ('origin', models.CharField(choices=[('mes', 'MES'), ('person', 'Person'), ('receiving', 'Receiving inspection'), ('import', 'Import from another system')], default='person', max_length=12, verbose_name='origin')),
                    ('source', models.CharField(blank=True, default='', max_length=40, verbose_name='source system')),
                    ('source_event', models.CharField(blank=True, default='', max_length=120, verbose_name='event id there')),
                    ('part_number', models.CharField(max_length=120, verbose_name='part number')),
                    ('part_name', models.CharField(blank=True, default='', max_length=200, verbose_name='part name')),
                    ('part_revision', models.CharField(blank=True, default='', max_length=40, verbose_name='revision')),
                    ('lot_number', models.CharField(blank=True, default='', max_length=120, verbose_name='lot number')),
                    ('order_number', models.CharField(blank=True, default='', max_length=120, verbose_name='order number')),
                    ('operation_name', models.CharField(blank=True, default='', max_length=200, verbose_name='operation name')),
                    ('supplier_name', models.CharField(blank=True, default='', max_length=200, verbose_name='supplier name')),
                    ('severity', models.CharField(choices=[('critical', 'Critical'), ('major', 'Major'), ('minor', 'Minor')], max_length=10, verbose_name='severity')),
                    ('title', models.CharField(max_length=200, verbose_name='title')),
                    ('description', models.TextField(blank=True, default='', verbose_name='what was found')),
                    ('requirement', models.TextField(blank=True, default='', verbose_name='what is required')),
                    ('affected_quantity', qms.lib.fields.QuantityField(decimal_places=6, max_digits=20, verbose_name='affected quantity')),
                    ('undecided_quantity', qms.lib.fields.QuantityField(decimal_places=6, max_digits=20, verbose_name='undecided quantity')),
                    ('unit', models.CharField(max_length=40, verbose_name='unit')),
                    ('unit_factor', models.DecimalField(decimal_places=12, default=1, max_digits=24, verbose_name="factor to the ERP's unit")),
                    ('detected_by', models.CharField(blank=True, default='', max_length=80, verbose_name='found by (their id)')),
                    ('occurred_at', models.DateTimeField(verbose_name='found at')),
                    ('received_at', models.DateTimeField(blank=True, null=True, verbose_name='received')),
                    ('due_date', models.DateField(blank=True, null=True, verbose_name='due')),
                    ('round', models.IntegerField(default=0, verbose_name='MRB round')),
                    ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed at')),
                    ('number', models.CharField(max_length=24, verbose_name='number')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('base_unit', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='masterdata.unit', verbose_name='unit in the ERP')),
                    ('closed_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='closed by')),
                    ('compartment', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.compartment', verbose_name='export compartment')),
                    ('container', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.container', verbose_name='customer or programme')),
                    ('created_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                    ('defect_code', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='ncr.defectcode', verbose_name='defect code')),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('item', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='masterdata.item', verbose_name='part')),
                    ('lot', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='masterdata.lot', verbose_name='lot')),
                    ('operation', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='masterdata.operation', verbose_name='operation')),
                    ('order', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='masterdata.productionorder', verbose_name='production order')),
                    ('owner', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                    ('proposed_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='disposition proposed by')),
                    ('site', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.site', verbose_name='site')),
                    ('supplier', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='masterdata.supplier', verbose_name='supplier')),
                    ('waiver', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='signatures.signature', verbose_name='signed waiver')),
                    ('work_center', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='masterdata.workcenter', verbose_name='work center')),
                    ('customer_approval_required', models.BooleanField(default=False, verbose_name='customer approval required')),
                    ('customer_at', models.DateTimeField(blank=True, null=True, verbose_name="customer's approval recorded")),
                    ('customer_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name="customer's approval recorded by")),
                    ('customer_file', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='records.attachment', verbose_name="customer's document")),
                    ('customer_reference', models.CharField(blank=True, default='', max_length=80, verbose_name="customer's approval")),
                    ('edition', models.IntegerField(default=1, verbose_name='edition')),
                ],
                options={
                    'verbose_name': 'historical nonconformance',
                    'verbose_name_plural': 'historical nonconformances',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Nonconformance',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('state', models.CharField(max_length=24, verbose_name='status')),
                    ('version', models.IntegerField(default=1, verbose_name='version')),
                    ('created_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded')),
                    ('number', qms.lib.fields.NumberField(db_default=models.Func(models.Value('NCR'), function='qms_next_number'), editable=False, max_length=24, prefix='NCR', unique=True, verbose_name='number')),
                    ('origin', models.CharField(choices=[('mes', 'MES'), ('person', 'Person'), ('receiving', 'Receiving inspection'), ('import', 'Import from another system')], default='person', max_length=12, verbose_name='origin')),
                    ('source', models.CharField(blank=True, default='', max_length=40, verbose_name='source system')),
                    ('source_event', models.CharField(blank=True, default='', max_length=120, verbose_name='event id there')),
                    ('part_number', models.CharField(max_length=120, verbose_name='part number')),
                    ('part_name', models.CharField(blank=True, default='', max_length=200, verbose_name='part name')),
                    ('part_revision', models.CharField(blank=True, default='', max_length=40, verbose_name='revision')),
                    ('lot_number', models.CharField(blank=True, default='', max_length=120, verbose_name='lot number')),
                    ('order_number', models.CharField(blank=True, default='', max_length=120, verbose_name='order number')),
                    ('operation_name', models.CharField(blank=True, default='', max_length=200, verbose_name='operation name')),
                    ('supplier_name', models.CharField(blank=True, default='', max_length=200, verbose_name='supplier name')),
                    ('severity', models.CharField(choices=[('critical', 'Critical'), ('major', 'Major'), ('minor', 'Minor')], max_length=10, verbose_name='severity')),
                    ('title', models.CharField(max_length=200, verbose_name='title')),
                    ('description', models.TextField(blank=True, default='', verbose_name='what was found')),
                    ('requirement', models.TextField(blank=True, default='', verbose_name='what is required')),
                    ('affected_quantity', qms.lib.fields.QuantityField(decimal_places=6, max_digits=20, verbose_name='affected quantity')),
                    ('undecided_quantity', qms.lib.fields.QuantityField(decimal_places=6, max_digits=20, verbose_name='undecided quantity')),
                    ('unit', models.CharField(max_length=40, verbose_name='unit')),
                    ('unit_factor', models.DecimalField(decimal_places=12, default=1, max_digits=24, verbose_name="factor to the ERP's unit")),
                    ('detected_by', models.CharField(blank=True, default='', max_length=80, verbose_name='found by (their id)')),
                    ('occurred_at', models.DateTimeField(verbose_name='found at')),
                    ('received_at', models.DateTimeField(blank=True, null=True, verbose_name='received')),
                    ('due_date', models.DateField(blank=True, null=True, verbose_name='due')),
                    ('round', models.IntegerField(default=0, verbose_name='MRB round')),
                    ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed at')),
                    ('base_unit', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.unit', verbose_name='unit in the ERP')),
                    ('closed_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='closed by')),
                    ('compartment', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.compartment', verbose_name='export compartment')),
                    ('container', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.container', verbose_name='customer or programme')),
                    ('created_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                    ('defect_code', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ncr.defectcode', verbose_name='defect code')),
                    ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.item', verbose_name='part')),
                    ('lot', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.lot', verbose_name='lot')),
                    ('operation', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.operation', verbose_name='operation')),
                    ('order', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.productionorder', verbose_name='production order')),
                    ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                    ('proposed_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='disposition proposed by')),
                    ('site', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='accounts.site', verbose_name='site')),
                    ('supplier', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.supplier', verbose_name='supplier')),
                    ('waiver', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='signatures.signature', verbose_name='signed waiver')),
                    ('work_center', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.workcenter', verbose_name='work center')),
                    ('customer_approval_required', models.BooleanField(default=False, verbose_name='customer approval required')),
                    ('customer_at', models.DateTimeField(blank=True, null=True, verbose_name="customer's approval recorded")),
                    ('customer_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name="customer's approval recorded by")),
                    ('customer_file', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.attachment', verbose_name="customer's document")),
                    ('customer_reference', models.CharField(blank=True, default='', max_length=80, verbose_name="customer's approval")),
                    ('edition', models.IntegerField(default=1, verbose_name='edition')),
                ],
                options={
                    'ordering': ('-pk',),
                    'indexes': [models.Index(fields=['site', 'state', '-id'], name='ncr_site_state'), models.Index(fields=['site', '-id'], name='ncr_site'), django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('number'), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('title'), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('lot_number'), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('part_number'), name='gin_trgm_ops'), name='ncr_search'), models.Index(fields=['occurred_at', 'id'], name='ncr_occurred')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('affected_quantity__gt', 0)), name='ncr_affected'), models.CheckConstraint(condition=models.Q(('undecided_quantity__gte', 0), ('undecided_quantity__lte', models.F('affected_quantity'))), name='ncr_undecided'), models.CheckConstraint(condition=models.Q(('unit_factor__gt', 0)), name='ncr_factor'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('closed_by', None)), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False)), _connector='OR'), name='ncr_closed_pair'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'CLOSED'), _negated=True), ('closed_by__isnull', False), _connector='OR'), name='ncr_closed_has_verifier'), models.CheckConstraint(condition=models.Q(('closed_by', models.F('created_by')), _negated=True), name='ncr_verifier_not_initiator'), models.CheckConstraint(condition=models.Q(('closed_by', models.F('proposed_by')), _negated=True), name='ncr_verifier_not_proposer'), models.UniqueConstraint(condition=models.Q(('source_event', ''), _negated=True), fields=('source', 'source_event'), name='ncr_one_per_event'), models.CheckConstraint(condition=models.Q(models.Q(('customer_at', None), ('customer_by', None), ('customer_file', None), ('customer_reference', '')), models.Q(models.Q(('customer_reference', ''), _negated=True), ('customer_at__isnull', False), ('customer_by__isnull', False), ('customer_file__isnull', False)), _connector='OR'), name='ncr_customer_approval_whole')],
                    'verbose_name': 'nonconformance',
                },
            ), migrations.CreateModel(
                name='Hold',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('state', models.CharField(max_length=24, verbose_name='status')),
                    ('version', models.IntegerField(default=1, verbose_name='version')),
                    ('created_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded')),
                    ('number', qms.lib.fields.NumberField(db_default=models.Func(models.Value('HLD'), function='qms_next_number'), editable=False, max_length=24, prefix='HLD', unique=True, verbose_name='number')),
                    ('lot_number', models.CharField(max_length=120, verbose_name='lot number')),
                    ('quantity', qms.lib.fields.QuantityField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('unit', models.CharField(max_length=40, verbose_name='unit')),
                    ('effect', models.CharField(choices=[('no_use', 'No use'), ('no_move', 'No move'), ('no_ship', 'No shipment')], default='no_use', max_length=8, verbose_name='effect')),
                    ('reason', models.TextField(verbose_name='reason')),
                    ('review_date', models.DateField(blank=True, null=True, verbose_name='review on')),
                    ('requested_at', models.DateTimeField(null=True, verbose_name='requested at')),
                    ('active_at', models.DateTimeField(null=True, verbose_name='active since')),
                    ('released_at', models.DateTimeField(null=True, verbose_name='released at')),
                    ('compartment', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.compartment', verbose_name='export compartment')),
                    ('container', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.container', verbose_name='customer or programme')),
                    ('created_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                    ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.lot', verbose_name='lot')),
                    ('site', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='accounts.site', verbose_name='site')),
                    ('ncr', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='ncr.nonconformance', verbose_name='NCR')),
                ],
                options={
                    'ordering': ('-pk',),
                    'indexes': [models.Index(fields=['site', '-id'], name='hold_site')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='hold_quantity')],
                    'verbose_name': 'hold',
                },
            ), migrations.CreateModel(
                name='HistoricalHold',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('state', models.CharField(max_length=24, verbose_name='status')),
                    ('version', models.IntegerField(default=1, verbose_name='version')),
                    ('created_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded')),
                    ('lot_number', models.CharField(max_length=120, verbose_name='lot number')),
                    ('quantity', qms.lib.fields.QuantityField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('unit', models.CharField(max_length=40, verbose_name='unit')),
                    ('effect', models.CharField(choices=[('no_use', 'No use'), ('no_move', 'No move'), ('no_ship', 'No shipment')], default='no_use', max_length=8, verbose_name='effect')),
                    ('reason', models.TextField(verbose_name='reason')),
                    ('review_date', models.DateField(blank=True, null=True, verbose_name='review on')),
                    ('requested_at', models.DateTimeField(null=True, verbose_name='requested at')),
                    ('active_at', models.DateTimeField(null=True, verbose_name='active since')),
                    ('released_at', models.DateTimeField(null=True, verbose_name='released at')),
                    ('number', models.CharField(max_length=24, verbose_name='number')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('compartment', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.compartment', verbose_name='export compartment')),
                    ('container', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.container', verbose_name='customer or programme')),
                    ('created_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('lot', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='masterdata.lot', verbose_name='lot')),
                    ('site', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.site', verbose_name='site')),
                    ('ncr', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='ncr.nonconformance', verbose_name='NCR')),
                ],
                options={
                    'verbose_name': 'historical hold',
                    'verbose_name_plural': 'historical holds',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalDispositionLine',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('line', models.IntegerField(verbose_name='line')),
                    ('kind', models.CharField(choices=[('use_as_is', 'Use as is'), ('rework', 'Rework'), ('repair', 'Repair'), ('scrap', 'Scrap'), ('return_to_supplier', 'Return to supplier'), ('regrade', 'Regrade')], max_length=20, verbose_name='disposition')),
                    ('quantity', qms.lib.fields.QuantityField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('instruction', models.TextField(blank=True, default='', verbose_name='instruction')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('ncr', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='ncr.nonconformance')),
                    ('asked_quantity', qms.lib.fields.QuantityField(decimal_places=6, default=0, max_digits=20, verbose_name='asked of the ERP')),
                    ('done_quantity', qms.lib.fields.QuantityField(decimal_places=6, default=0, max_digits=20, verbose_name='done')),
                    ('edition', models.IntegerField(default=1, verbose_name='edition')),
                    ('evidence', models.TextField(blank=True, default='', verbose_name='evidence of mutilation or marking')),
                    ('evidence_at', models.DateTimeField(null=True, verbose_name='recorded')),
                    ('evidence_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                    ('evidence_file', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='records.attachment', verbose_name='file')),
                    ('item', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='masterdata.item', verbose_name='new part')),
                    ('return_reference', models.CharField(blank=True, default='', max_length=80, verbose_name='return reference (RMA)')),
                    ('supplier', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='masterdata.supplier', verbose_name='supplier')),
                ],
                options={
                    'verbose_name': 'historical disposition line',
                    'verbose_name_plural': 'historical disposition lines',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalApproval',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('round', models.IntegerField(verbose_name='MRB round')),
                    ('slot', models.CharField(choices=[('mrb', 'MRB member'), ('design', 'Design authority')], max_length=8, verbose_name='signs as')),
                    ('digest', models.CharField(max_length=64)),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('initiator', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('proposer', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('signature', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='signatures.signature', verbose_name='signature')),
                    ('signer', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='signed by')),
                    ('ncr', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='ncr.nonconformance')),
                    ('withdrawn', models.BooleanField(default=False, verbose_name='withdrawn by the signer')),
                ],
                options={
                    'verbose_name': 'historical approval',
                    'verbose_name_plural': 'historical approvals',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='DispositionLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('line', models.IntegerField(verbose_name='line')),
                    ('kind', models.CharField(choices=[('use_as_is', 'Use as is'), ('rework', 'Rework'), ('repair', 'Repair'), ('scrap', 'Scrap'), ('return_to_supplier', 'Return to supplier'), ('regrade', 'Regrade')], max_length=20, verbose_name='disposition')),
                    ('quantity', qms.lib.fields.QuantityField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('instruction', models.TextField(blank=True, default='', verbose_name='instruction')),
                    ('ncr', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='ncr.nonconformance')),
                    ('asked_quantity', qms.lib.fields.QuantityField(decimal_places=6, default=0, max_digits=20, verbose_name='asked of the ERP')),
                    ('done_quantity', qms.lib.fields.QuantityField(decimal_places=6, default=0, max_digits=20, verbose_name='done')),
                    ('edition', models.IntegerField(default=1, verbose_name='edition')),
                    ('evidence', models.TextField(blank=True, default='', verbose_name='evidence of mutilation or marking')),
                    ('evidence_at', models.DateTimeField(null=True, verbose_name='recorded')),
                    ('evidence_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                    ('evidence_file', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.attachment', verbose_name='file')),
                    ('item', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.item', verbose_name='new part')),
                    ('return_reference', models.CharField(blank=True, default='', max_length=80, verbose_name='return reference (RMA)')),
                    ('supplier', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.supplier', verbose_name='supplier')),
                ],
                options={
                    'ordering': ('edition', 'line'),
                    'constraints': [models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='line_quantity'), models.UniqueConstraint(fields=('ncr', 'edition', 'line'), name='line_once'), models.CheckConstraint(condition=models.Q(('asked_quantity__gte', models.F('done_quantity')), ('done_quantity__gte', 0), ('quantity__gte', models.F('asked_quantity'))), name='line_progress'), models.CheckConstraint(condition=models.Q(models.Q(('item__isnull', False), ('kind', 'regrade')), models.Q(models.Q(('kind', 'regrade'), _negated=True), ('item', None)), _connector='OR'), name='line_regrade_names_item'), models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('rework', 'repair')), _negated=True), models.Q(('instruction', ''), _negated=True), _connector='OR'), name='line_rework_is_instructed'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'return_to_supplier'), _negated=True), ('supplier__isnull', False), _connector='OR'), name='line_return_names_supplier'), models.CheckConstraint(condition=models.Q(models.Q(('evidence', ''), ('evidence_at', None), ('evidence_by', None)), models.Q(models.Q(('evidence', ''), _negated=True), ('evidence_at__isnull', False), ('evidence_by__isnull', False)), _connector='OR'), name='line_evidence_pair')],
                    'verbose_name': 'disposition line',
                },
            ), migrations.CreateModel(
                name='Approval',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('round', models.IntegerField(verbose_name='MRB round')),
                    ('slot', models.CharField(choices=[('mrb', 'MRB member'), ('design', 'Design authority')], max_length=8, verbose_name='signs as')),
                    ('digest', models.CharField(max_length=64)),
                    ('initiator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('proposer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('signature', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='signatures.signature', verbose_name='signature')),
                    ('signer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='signed by')),
                    ('ncr', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='ncr.nonconformance')),
                    ('withdrawn', models.BooleanField(default=False, verbose_name='withdrawn by the signer')),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('signer', models.F('initiator')), _negated=True), name='approver_not_initiator'), models.CheckConstraint(condition=models.Q(('signer', models.F('proposer')), _negated=True), name='approver_not_proposer'), models.UniqueConstraint(condition=models.Q(('withdrawn', False)), fields=('ncr', 'round', 'digest', 'signer'), name='approval_one_each')],
                    'verbose_name': 'approval',
                },
            ), migrations.CreateModel(
                name='AffectedSerial',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.CharField(max_length=80, verbose_name='serial number')),
                    ('ncr', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='serials', to='ncr.nonconformance')),
                ],
                options={
                    'verbose_name': 'affected serial number',
                    'ordering': ('number',),
                    'constraints': [models.UniqueConstraint(fields=('ncr', 'number'), name='serial_once')],
                },
            ), migrations.CreateModel(
                name='HistoricalAffectedSerial',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('number', models.CharField(max_length=80, verbose_name='serial number')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('ncr', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='ncr.nonconformance')),
                ],
                options={
                    'verbose_name': 'historical affected serial number',
                    'verbose_name_plural': 'historical affected serial numbers',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalLineSerial',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('edition', models.IntegerField()),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('line', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='ncr.dispositionline')),
                    ('serial', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='ncr.affectedserial')),
                ],
                options={
                    'verbose_name': 'historical serial number of a line',
                    'verbose_name_plural': 'historical serial number of a lines',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalReopening',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('edition', models.IntegerField(verbose_name='edition')),
                    ('from_version', models.IntegerField()),
                    ('from_state', models.CharField(max_length=24)),
                    ('reason', models.TextField(verbose_name='reason')),
                    ('closed_at', models.DateTimeField(null=True)),
                    ('at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('closed_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('ncr', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='ncr.nonconformance')),
                    ('signature', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='signatures.signature')),
                ],
                options={
                    'verbose_name': 'historical reopening',
                    'verbose_name_plural': 'historical reopenings',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalReworkLoop',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('loop', models.IntegerField(verbose_name='loop')),
                    ('quantity', qms.lib.fields.QuantityField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('note', models.TextField(blank=True, default='', verbose_name='what was done')),
                    ('done_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='done')),
                    ('result', models.CharField(blank=True, choices=[('passed', 'Passed'), ('failed', 'Failed')], default='', max_length=8, verbose_name='re-inspection')),
                    ('reference', models.CharField(blank=True, default='', max_length=80, verbose_name='inspection')),
                    ('inspected_at', models.DateTimeField(null=True, verbose_name='re-inspected')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('done_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='done by')),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('initiator', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('inspected_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='re-inspected by')),
                    ('line', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='ncr.dispositionline')),
                    ('signature', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='signatures.signature')),
                ],
                options={
                    'verbose_name': 'historical rework loop',
                    'verbose_name_plural': 'historical rework loops',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='LineSerial',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('edition', models.IntegerField()),
                    ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='serials', to='ncr.dispositionline')),
                    ('serial', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decided', to='ncr.affectedserial')),
                ],
                options={
                    'verbose_name': 'serial number of a line',
                    'ordering': ('serial__number',),
                    'constraints': [models.UniqueConstraint(fields=('serial', 'edition'), name='serial_decided_once')],
                },
            ), migrations.CreateModel(
                name='Reopening',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('edition', models.IntegerField(verbose_name='edition')),
                    ('from_version', models.IntegerField()),
                    ('from_state', models.CharField(max_length=24)),
                    ('reason', models.TextField(verbose_name='reason')),
                    ('closed_at', models.DateTimeField(null=True)),
                    ('at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('closed_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('ncr', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reopenings', to='ncr.nonconformance')),
                    ('signature', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='signatures.signature')),
                ],
                options={
                    'verbose_name': 'reopening',
                    'ordering': ('edition',),
                    'constraints': [models.UniqueConstraint(fields=('ncr', 'edition'), name='reopening_once')],
                },
            ), migrations.CreateModel(
                name='ReworkLoop',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('loop', models.IntegerField(verbose_name='loop')),
                    ('quantity', qms.lib.fields.QuantityField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('note', models.TextField(blank=True, default='', verbose_name='what was done')),
                    ('done_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='done')),
                    ('result', models.CharField(blank=True, choices=[('passed', 'Passed'), ('failed', 'Failed')], default='', max_length=8, verbose_name='re-inspection')),
                    ('reference', models.CharField(blank=True, default='', max_length=80, verbose_name='inspection')),
                    ('inspected_at', models.DateTimeField(null=True, verbose_name='re-inspected')),
                    ('done_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='done by')),
                    ('initiator', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('inspected_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='re-inspected by')),
                    ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='loops', to='ncr.dispositionline')),
                    ('signature', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='signatures.signature')),
                ],
                options={
                    'verbose_name': 'rework loop',
                    'ordering': ('line', 'loop'),
                    'constraints': [models.UniqueConstraint(fields=('line', 'loop'), name='loop_once'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='loop_quantity'), models.CheckConstraint(condition=models.Q(('inspected_by', models.F('done_by')), _negated=True), name='reinspector_not_worker'), models.CheckConstraint(condition=models.Q(('inspected_by', models.F('initiator')), _negated=True), name='reinspector_not_initiator'), models.CheckConstraint(condition=models.Q(models.Q(('inspected_at', None), ('inspected_by', None), ('result', ''), ('signature', None)), models.Q(models.Q(('result', ''), _negated=True), models.Q(('reference', ''), _negated=True), ('inspected_at__isnull', False), ('inspected_by__isnull', False), ('signature__isnull', False)), _connector='OR'), name='loop_result_is_signed')],
                },
            ), migrations.CreateModel(
                name='DefectClock',
                fields=[
                    ('ncr', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='ncr.nonconformance')),
                    ('sequence', models.BigIntegerField(null=True)),
                    ('at', models.DateTimeField(null=True)),
                ],
            ), migrations.CreateModel(
                name='ProductionEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('kind', models.CharField(choices=[('started', 'Operation started'), ('completed', 'Operation completed'), ('moved', 'Material moved')], max_length=10, verbose_name='kind')),
                    ('source', models.CharField(max_length=40, verbose_name='source system')),
                    ('source_event', models.CharField(max_length=120, verbose_name='event id there')),
                    ('part_number', models.CharField(blank=True, default='', max_length=120, verbose_name='part number')),
                    ('order_number', models.CharField(blank=True, default='', max_length=120, verbose_name='order number')),
                    ('operation', models.CharField(blank=True, default='', max_length=120, verbose_name='operation')),
                    ('lot_number', models.CharField(blank=True, default='', max_length=120, verbose_name='lot number')),
                    ('serials', models.JSONField(default=list, verbose_name='serials')),
                    ('quantity', qms.lib.fields.QuantityField(decimal_places=6, max_digits=20, null=True, verbose_name='quantity')),
                    ('unit', models.CharField(blank=True, default='', max_length=40, verbose_name='unit')),
                    ('work_center', models.CharField(blank=True, default='', max_length=120, verbose_name='work center')),
                    ('from_place', models.CharField(blank=True, default='', max_length=120, verbose_name='from')),
                    ('to_place', models.CharField(blank=True, default='', max_length=120, verbose_name='to')),
                    ('occurred_at', models.DateTimeField(verbose_name='happened')),
                    ('received_at', models.DateTimeField(verbose_name='received')),
                    ('created_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded')),
                    ('site', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='accounts.site', verbose_name='site')),
                ],
                options={
                    'verbose_name': 'production event',
                    'ordering': ('-pk',),
                    'indexes': [models.Index(fields=['site', 'lot_number', 'occurred_at'], name='production_lot'), models.Index(fields=['site', 'order_number', 'occurred_at'], name='production_order')],
                    'constraints': [models.UniqueConstraint(fields=('source', 'source_event'), name='production_once')],
                },
            ), migrations.CreateModel(
                name='HistoricalImportedLine',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('source', models.CharField(max_length=40, verbose_name='source system')),
                    ('source_key', models.CharField(max_length=80, verbose_name='number there')),
                    ('happened_at', models.DateTimeField(verbose_name='happened at')),
                    ('person', models.CharField(blank=True, default='', max_length=120, verbose_name='person there')),
                    ('kind', models.CharField(max_length=12, verbose_name='kind')),
                    ('text', models.TextField(verbose_name='text')),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('ncr', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='ncr.nonconformance')),
                ],
                options={
                    'verbose_name': 'historical imported line of history',
                    'verbose_name_plural': 'historical imported line of historys',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='ImportedLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('source', models.CharField(max_length=40, verbose_name='source system')),
                    ('source_key', models.CharField(max_length=80, verbose_name='number there')),
                    ('happened_at', models.DateTimeField(verbose_name='happened at')),
                    ('person', models.CharField(blank=True, default='', max_length=120, verbose_name='person there')),
                    ('kind', models.CharField(max_length=12, verbose_name='kind')),
                    ('text', models.TextField(verbose_name='text')),
                    ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn')),
                    ('ncr', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='imported_lines', to='ncr.nonconformance')),
                ],
                options={
                    'verbose_name': 'imported line of history',
                    'ordering': ('happened_at', 'pk'),
                    'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('source', 'source_key'), name='imported_line_once')],
                },
            ), migrations.CreateModel(
                name='Traveler',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('system', models.CharField(max_length=40, verbose_name='system')),
                    ('record_type', models.CharField(blank=True, default='', max_length=40, verbose_name='kind of record')),
                    ('record_id', models.CharField(max_length=120, verbose_name='number there')),
                    ('url', models.CharField(blank=True, default='', max_length=500, verbose_name='address')),
                    ('title', models.CharField(blank=True, default='', max_length=200, verbose_name='title')),
                    ('sha256', models.CharField(blank=True, default='', max_length=64)),
                    ('captured_at', models.DateTimeField(null=True, verbose_name='captured')),
                    ('source_event', models.CharField(blank=True, default='', max_length=120, verbose_name='event id there')),
                    ('added_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='added')),
                    ('withdrawn_at', models.DateTimeField(null=True, verbose_name='withdrawn')),
                    ('added_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='added by')),
                    ('hold', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='travelers', to='ncr.hold', verbose_name='hold')),
                    ('ncr', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='travelers', to='ncr.nonconformance')),
                    ('site', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='accounts.site', verbose_name='site')),
                ],
                options={
                    'verbose_name': 'link to a traveler',
                    'ordering': ('pk',),
                    'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('ncr', 'system', 'record_type', 'record_id'), name='traveler_once')],
                },
            ), migrations.CreateModel(
                name='HistoricalTraveler',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('system', models.CharField(max_length=40, verbose_name='system')),
                    ('record_type', models.CharField(blank=True, default='', max_length=40, verbose_name='kind of record')),
                    ('record_id', models.CharField(max_length=120, verbose_name='number there')),
                    ('url', models.CharField(blank=True, default='', max_length=500, verbose_name='address')),
                    ('title', models.CharField(blank=True, default='', max_length=200, verbose_name='title')),
                    ('sha256', models.CharField(blank=True, default='', max_length=64)),
                    ('captured_at', models.DateTimeField(null=True, verbose_name='captured')),
                    ('source_event', models.CharField(blank=True, default='', max_length=120, verbose_name='event id there')),
                    ('added_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='added')),
                    ('withdrawn_at', models.DateTimeField(null=True, verbose_name='withdrawn')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('added_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='added by')),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('hold', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='ncr.hold', verbose_name='hold')),
                    ('ncr', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='ncr.nonconformance')),
                    ('site', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.site', verbose_name='site')),
                ],
                options={
                    'verbose_name': 'historical link to a traveler',
                    'verbose_name_plural': 'historical link to a travelers',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='TravelerCheck',
                fields=[
                    ('traveler', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='check_made', serialize=False, to='ncr.traveler')),
                    ('checked_at', models.DateTimeField()),
                    ('dead_since', models.DateTimeField(null=True)),
                    ('problem', models.CharField(blank=True, default='', max_length=300)),
                ],
            ), migrations.CreateModel(
                name='TravelerSnapshot',
                fields=[
                    ('traveler', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='snapshot', serialize=False, to='ncr.traveler')),
                    ('asked_at', models.DateTimeField()),
                    ('tries', models.IntegerField(default=0)),
                    ('next_at', models.DateTimeField(db_index=True, null=True)),
                    ('problem', models.CharField(blank=True, default='', max_length=300)),
                    ('kept_at', models.DateTimeField(null=True)),
                    ('is_changed', models.BooleanField(default=False)),
                    ('asked_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.attachment')),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('file', None), ('kept_at', None)), models.Q(('file__isnull', False), ('kept_at__isnull', False)), _connector='OR'), name='snapshot_kept_whole')],
                },
            )],
        ),
        migrations.RunSQL(
            sql=LAWS,
            reverse_sql=LAWS_UNDO,
        ),
        migrations.RunSQL(
            sql=LAWS_OF_LINES,
            reverse_sql=LAWS_OF_LINES_UNDO,
        ),
        migrations.RunSQL(
            sql=WITHDRAWN_APPROVALS,
            reverse_sql=WITHDRAWN_APPROVALS_UNDO,
        ),
        migrations.RunSQL(
            sql=DUTIES,
            reverse_sql=DUTIES_UNDO,
        ),
    ]
