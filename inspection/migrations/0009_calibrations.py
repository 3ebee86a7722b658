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

DUTIES = """
CREATE TRIGGER calibration_edited_by_actor BEFORE INSERT OR UPDATE OF edited_by_id ON inspection_calibration
    FOR EACH ROW EXECUTE FUNCTION qms_by_actor('edited_by_id');
CREATE TRIGGER calibration_approved_by_actor BEFORE INSERT OR UPDATE OF approved_by_id ON inspection_calibration
    FOR EACH ROW EXECUTE FUNCTION qms_by_actor('approved_by_id');
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0011_password_chosen'),
        ('inspection', '0008_laws_of_lots'),
    ]

    operations = [
        migrations.AddField(
            model_name='gauge',
            name='check_points',
            field=models.JSONField(blank=True, null=True, verbose_name='check points'),
        ),
        migrations.AddField(
            model_name='gauge',
            name='interval_months',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='calibration interval in months'),
        ),
        migrations.AddField(
            model_name='historicalgauge',
            name='check_points',
            field=models.JSONField(blank=True, null=True, verbose_name='check points'),
        ),
        migrations.AddField(
            model_name='historicalgauge',
            name='interval_months',
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='calibration interval in months'),
        ),
        migrations.AddConstraint(
            model_name='gauge',
            constraint=models.CheckConstraint(condition=models.Q(('interval_months', None), ('interval_months__range', (1, 120)), _connector='OR'), name='gauge_interval'),
        ),
        qms.lib.schema.CreateModels(
            models=[migrations.CreateModel(
                name='Calibration',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('state', models.CharField(max_length=24, verbose_name='status')),
                    ('version', models.IntegerField(default=1, verbose_name='version')),
                    ('created_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded')),
                    ('number', qms.lib.fields.NumberField(db_default=models.Func(models.Value('CAL'), function='qms_next_number'), editable=False, max_length=24, prefix='CAL', unique=True, verbose_name='number')),
                    ('performed_date', models.DateField(verbose_name='calibrated on')),
                    ('laboratory', models.CharField(blank=True, default='', max_length=120, verbose_name='laboratory')),
                    ('accreditation', models.CharField(blank=True, default='', max_length=60, verbose_name='accreditation number')),
                    ('certificate', models.CharField(blank=True, default='', max_length=80, verbose_name='certificate number')),
                    ('procedure', models.CharField(blank=True, default='', max_length=120, verbose_name='procedure')),
                    ('environment', models.CharField(blank=True, default='', max_length=200, verbose_name='ambient conditions')),
                    ('standards', models.JSONField(blank=True, default=list, verbose_name='standards used')),
                    ('points', models.JSONField(default=list, verbose_name='points')),
                    ('unit', models.CharField(blank=True, default='', max_length=40, verbose_name='unit')),
                    ('result', models.CharField(choices=[('passed', 'Passed'), ('adjusted', 'Adjusted, within tolerance now'), ('failed', 'Failed')], max_length=8, verbose_name='result')),
                    ('is_out', models.BooleanField(verbose_name='out of tolerance as found')),
                    ('good_date', models.DateField(null=True, verbose_name='last good calibration')),
                    ('impact', models.CharField(blank=True, choices=[('none', 'No product is affected'), ('affected', 'Product is affected')], default='', max_length=8, verbose_name='impact verdict')),
                    ('impact_reason', models.TextField(blank=True, default='', verbose_name='reason of the verdict')),
                    ('impact_seen', models.JSONField(blank=True, default=list, verbose_name='uses that were judged')),
                    ('approved_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                    ('compartment', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.compartment', verbose_name='export compartment')),
                    ('container', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.container', verbose_name='customer or programme')),
                    ('created_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                    ('edited_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='last changed by')),
                    ('gauge', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='calibrations', to='inspection.gauge', verbose_name='gauge')),
                    ('site', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='accounts.site', verbose_name='site')),
                ],
                options={
                    'verbose_name': 'calibration',
                    'ordering': ('-pk',),
                    'indexes': [models.Index(fields=['site', '-id'], name='calibration_site'), models.Index(fields=['gauge', '-id'], name='calibration_gauge'), django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('number'), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('certificate'), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('laboratory'), name='gin_trgm_ops'), name='calibration_search')],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('IMPACT', 'APPROVED')), _negated=True), ('approved_by__isnull', False), _connector='OR'), name='calibration_is_approved'), models.CheckConstraint(condition=models.Q(('approved_by', None), models.Q(models.Q(('approved_by', models.F('created_by')), _negated=True), models.Q(('approved_by', models.F('edited_by')), _negated=True)), _connector='OR'), name='calibration_four_eyes'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'APPROVED'), _negated=True), ('is_out', False), models.Q(models.Q(('impact', ''), _negated=True), models.Q(('impact_reason', ''), _negated=True)), _connector='OR'), name='calibration_impact_judged'), models.CheckConstraint(condition=models.Q(('is_out', False), models.Q(('result', 'passed'), _negated=True), _connector='OR'), name='calibration_out_is_no_pass')],
                },
            ), migrations.CreateModel(
                name='HistoricalCalibration',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('state', models.CharField(max_length=24, verbose_name='status')),
                    ('version', models.IntegerField(default=1, verbose_name='version')),
                    ('created_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded')),
                    ('performed_date', models.DateField(verbose_name='calibrated on')),
                    ('laboratory', models.CharField(blank=True, default='', max_length=120, verbose_name='laboratory')),
                    ('accreditation', models.CharField(blank=True, default='', max_length=60, verbose_name='accreditation number')),
                    ('certificate', models.CharField(blank=True, default='', max_length=80, verbose_name='certificate number')),
                    ('procedure', models.CharField(blank=True, default='', max_length=120, verbose_name='procedure')),
                    ('environment', models.CharField(blank=True, default='', max_length=200, verbose_name='ambient conditions')),
                    ('standards', models.JSONField(blank=True, default=list, verbose_name='standards used')),
                    ('points', models.JSONField(default=list, verbose_name='points')),
                    ('unit', models.CharField(blank=True, default='', max_length=40, verbose_name='unit')),
                    ('result', models.CharField(choices=[('passed', 'Passed'), ('adjusted', 'Adjusted, within tolerance now'), ('failed', 'Failed')], max_length=8, verbose_name='result')),
                    ('is_out', models.BooleanField(verbose_name='out of tolerance as found')),
                    ('good_date', models.DateField(null=True, verbose_name='last good calibration')),
                    ('impact', models.CharField(blank=True, choices=[('none', 'No product is affected'), ('affected', 'Product is affected')], default='', max_length=8, verbose_name='impact verdict')),
                    ('impact_reason', models.TextField(blank=True, default='', verbose_name='reason of the verdict')),
                    ('impact_seen', models.JSONField(blank=True, default=list, verbose_name='uses that were judged')),
                    ('number', models.CharField(max_length=24, verbose_name='number')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('approved_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                    ('compartment', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.compartment', verbose_name='export compartment')),
                    ('container', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.container', verbose_name='customer or programme')),
                    ('created_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                    ('edited_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='last changed by')),
                    ('gauge', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='inspection.gauge', verbose_name='gauge')),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('site', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.site', verbose_name='site')),
                ],
                options={
                    'verbose_name': 'historical calibration',
                    'verbose_name_plural': 'historical calibrations',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            )],
        ),
        migrations.RunSQL(DUTIES, migrations.RunSQL.noop),
    ]
