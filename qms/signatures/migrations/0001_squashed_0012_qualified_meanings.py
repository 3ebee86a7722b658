# Every step until 0012_qualified_meanings in one, for a plant that begins: the same tables, rules and functions.

import django.db.models.deletion
import django.db.models.functions.datetime
import qms.lib.fields
import qms.lib.ids
import qms.lib.schema
import simple_history.models
from django.conf import settings
from django.db import migrations, models

WITHDRAWALS = """
CREATE FUNCTION signature_withdrawal_law() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM signatures_signature s WHERE s.id = NEW.signature_id AND s.signer_id = NEW.by_id
                   AND s.record_type = NEW.record_type AND s.record_key = NEW.record_key) THEN
        RAISE EXCEPTION 'qms: a signature is withdrawn by its signer alone' USING ERRCODE = 'QM005';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signature_withdrawal_law BEFORE INSERT ON signatures_withdrawal
    FOR EACH ROW EXECUTE FUNCTION signature_withdrawal_law();
"""
WITHDRAWALS_UNDO = 'DROP TRIGGER signature_withdrawal_law ON signatures_withdrawal; DROP FUNCTION signature_withdrawal_law();'
SIGNED_BY = """
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
SIGNED_BY_UNDO = 'DROP TRIGGER signature_by_actor ON signatures_signature; DROP FUNCTION qms_signed_by();'


class Migration(migrations.Migration):

    replaces = [('signatures', '0001_initial'), ('signatures', '0002_words'), ('signatures', '0003_more_meanings'), ('signatures', '0004_continuous_signing'), ('signatures', '0005_reviewed'), ('signatures', '0006_step_up'), ('signatures', '0007_withdrawals'), ('signatures', '0008_disposals'), ('signatures', '0009_signing_rules'), ('signatures', '0010_approved'), ('signatures', '0011_signed_by'), ('signatures', '0012_qualified_meanings')]

    initial = True

    dependencies = [
        ('accounts', '0010_duties'),
    ]

    operations = [
        qms.lib.schema.CreateModels(
            models=[migrations.CreateModel(
                name='HistoricalSignature',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.CharField(max_length=40)),
                    ('record_number', models.CharField(max_length=24)),
                    ('record_version', models.IntegerField()),
                    ('digest', models.CharField(max_length=64)),
                    ('meaning', models.CharField(choices=[('approved', 'Approved'), ('agreed', 'Agreed that electronic signatures bind'), ('approved_mrb', 'Approved for the MRB'), ('approved_design', 'Approved as design authority'), ('waived', 'Waived, taking responsibility'), ('verified', 'Verified and closed'), ('voided', 'Declared void'), ('reinspected', 'Re-inspected after rework or repair'), ('reopened', 'Reopened'), ('skipped', 'Posting skipped, taking responsibility'), ('reviewed', 'Reviewed'), ('disposal_proposed', 'Disposal proposed'), ('disposal_approved', 'Disposal approved'), ('recorded', 'Recorded what was posted in the ERP by hand')], max_length=24, verbose_name='meaning')),
                    ('sentence', models.TextField()),
                    ('consequence', models.TextField(blank=True, default='')),
                    ('language', models.CharField(max_length=8)),
                    ('signer_name', models.CharField(max_length=120, verbose_name='printed name')),
                    ('signer_roles', models.CharField(blank=True, default='', max_length=200)),
                    ('timezone', models.CharField(max_length=40)),
                    ('signed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='signed')),
                    ('comment', models.TextField(blank=True, default='')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('signer', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('components', models.CharField(blank=True, default='', max_length=60, verbose_name='components')),
                    ('flags', models.CharField(blank=True, default='', max_length=80)),
                    ('scheme', models.IntegerField(default=1)),
                    ('series', models.UUIDField(blank=True, null=True)),
                    ('fresh_roles', models.JSONField(blank=True, default=list)),
                ],
                options={
                    'verbose_name': 'historical signature',
                    'verbose_name_plural': 'historical signatures',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Signature',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.CharField(max_length=40)),
                    ('record_number', models.CharField(max_length=24)),
                    ('record_version', models.IntegerField()),
                    ('digest', models.CharField(max_length=64)),
                    ('meaning', models.CharField(choices=[('approved', 'Approved'), ('agreed', 'Agreed that electronic signatures bind'), ('approved_mrb', 'Approved for the MRB'), ('approved_design', 'Approved as design authority'), ('waived', 'Waived, taking responsibility'), ('verified', 'Verified and closed'), ('voided', 'Declared void'), ('reinspected', 'Re-inspected after rework or repair'), ('reopened', 'Reopened'), ('skipped', 'Posting skipped, taking responsibility'), ('reviewed', 'Reviewed'), ('disposal_proposed', 'Disposal proposed'), ('disposal_approved', 'Disposal approved'), ('recorded', 'Recorded what was posted in the ERP by hand')], max_length=24, verbose_name='meaning')),
                    ('sentence', models.TextField()),
                    ('consequence', models.TextField(blank=True, default='')),
                    ('language', models.CharField(max_length=8)),
                    ('signer_name', models.CharField(max_length=120, verbose_name='printed name')),
                    ('signer_roles', models.CharField(blank=True, default='', max_length=200)),
                    ('timezone', models.CharField(max_length=40)),
                    ('signed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='signed')),
                    ('comment', models.TextField(blank=True, default='')),
                    ('signer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to=settings.AUTH_USER_MODEL)),
                    ('components', models.CharField(blank=True, default='', max_length=60, verbose_name='components')),
                    ('flags', models.CharField(blank=True, default='', max_length=80)),
                    ('scheme', models.IntegerField(default=1)),
                    ('series', models.UUIDField(blank=True, null=True)),
                    ('fresh_roles', models.JSONField(blank=True, default=list)),
                ],
                options={
                    'ordering': ('signed_at',),
                    'indexes': [models.Index(fields=['record_type', 'record_key'], name='signature_record')],
                    'verbose_name': 'signature',
                },
            ), migrations.CreateModel(
                name='HistoricalAgreement',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('edition', models.IntegerField(verbose_name='edition')),
                    ('language', models.CharField(max_length=8, verbose_name='language')),
                    ('text', models.TextField(verbose_name='text as shown')),
                    ('sha256', models.CharField(max_length=64)),
                    ('agreed_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='agreed')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('user', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical agreement on electronic signatures',
                    'verbose_name_plural': 'historical agreement on electronic signaturess',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Series',
                fields=[
                    ('session', models.CharField(max_length=64, primary_key=True, serialize=False)),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7)),
                    ('address', models.CharField(max_length=45)),
                    ('device', models.CharField(max_length=64)),
                    ('stamp', models.CharField(max_length=64)),
                    ('used_at', models.DateTimeField()),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'series of signings',
                },
            ), migrations.CreateModel(
                name='Agreement',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('edition', models.IntegerField(verbose_name='edition')),
                    ('language', models.CharField(max_length=8, verbose_name='language')),
                    ('text', models.TextField(verbose_name='text as shown')),
                    ('sha256', models.CharField(max_length=64)),
                    ('agreed_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='agreed')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='agreements', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'agreement on electronic signatures',
                    'ordering': ('-edition',),
                    'constraints': [models.UniqueConstraint(fields=('user', 'edition'), name='agreement_once')],
                },
            ), migrations.CreateModel(
                name='StepUp',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('session', models.CharField(max_length=64)),
                    ('number', models.CharField(max_length=24)),
                    ('meaning', models.CharField(max_length=24)),
                    ('bound', models.CharField(max_length=64)),
                    ('username', models.CharField(blank=True, default='', max_length=60)),
                    ('path', models.CharField(max_length=500)),
                    ('entered', models.JSONField(default=list)),
                    ('shown', models.JSONField(default=dict)),
                    ('begun_at', models.DateTimeField()),
                    ('proved_at', models.DateTimeField(null=True)),
                    ('proof', models.JSONField(default=dict)),
                    ('used_at', models.DateTimeField(null=True)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'step-up',
                },
            ), migrations.CreateModel(
                name='HistoricalWithdrawal',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.CharField(max_length=40)),
                    ('record_number', models.CharField(max_length=24)),
                    ('reason', models.TextField(verbose_name='reason')),
                    ('by_name', models.CharField(max_length=120, verbose_name='printed name')),
                    ('timezone', models.CharField(max_length=40)),
                    ('withdrawn_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='withdrawn')),
                    ('components', models.CharField(blank=True, default='', max_length=60, verbose_name='components')),
                    ('series', models.UUIDField(blank=True, null=True)),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('signature', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='signatures.signature', verbose_name='signature')),
                ],
                options={
                    'verbose_name': 'historical withdrawal of a signature',
                    'verbose_name_plural': 'historical withdrawal of a signatures',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Withdrawal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.CharField(max_length=40)),
                    ('record_number', models.CharField(max_length=24)),
                    ('reason', models.TextField(verbose_name='reason')),
                    ('by_name', models.CharField(max_length=120, verbose_name='printed name')),
                    ('timezone', models.CharField(max_length=40)),
                    ('withdrawn_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='withdrawn')),
                    ('components', models.CharField(blank=True, default='', max_length=60, verbose_name='components')),
                    ('series', models.UUIDField(blank=True, null=True)),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('signature', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='withdrawal', to='signatures.signature', verbose_name='signature')),
                ],
                options={
                    'verbose_name': 'withdrawal of a signature',
                    'indexes': [models.Index(fields=['record_type', 'record_key'], name='withdrawal_record')],
                },
            ), migrations.CreateModel(
                name='HistoricalSigningRule',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('refuses_fresh_role', models.BooleanField(default=False, verbose_name='refuse within 24 hours of a role being granted')),
                    ('refuses_fresh_access', models.BooleanField(default=False, verbose_name='refuse within 24 hours of a one-time password or a new binding')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('site', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.site')),
                    ('qualified_meanings', models.JSONField(blank=True, default=list, verbose_name='meanings that ask for a qualification')),
                ],
                options={
                    'verbose_name': 'historical signing rule',
                    'verbose_name_plural': 'historical signing rules',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='SigningRule',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('refuses_fresh_role', models.BooleanField(default=False, verbose_name='refuse within 24 hours of a role being granted')),
                    ('refuses_fresh_access', models.BooleanField(default=False, verbose_name='refuse within 24 hours of a one-time password or a new binding')),
                    ('site', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='signing_rule', to='accounts.site')),
                    ('qualified_meanings', models.JSONField(blank=True, default=list, verbose_name='meanings that ask for a qualification')),
                ],
                options={
                    'verbose_name': 'signing rule',
                },
            )],
        ),
        migrations.RunSQL(
            sql=WITHDRAWALS,
            reverse_sql=WITHDRAWALS_UNDO,
        ),
        migrations.RunSQL(
            sql=SIGNED_BY,
            reverse_sql=SIGNED_BY_UNDO,
        ),
    ]
