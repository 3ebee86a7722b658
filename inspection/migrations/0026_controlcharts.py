import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import qms.lib.fields
import qms.lib.ids
import simple_history.models
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

DUTIES = """
CREATE TRIGGER chartsignal_acknowledged_by_actor BEFORE INSERT OR UPDATE OF acknowledged_by_id ON inspection_chartsignal
    FOR EACH ROW EXECUTE FUNCTION qms_by_actor('acknowledged_by_id');
CREATE TRIGGER chartsignal_closed_by_actor BEFORE INSERT OR UPDATE OF closed_by_id ON inspection_chartsignal
    FOR EACH ROW EXECUTE FUNCTION qms_by_actor('closed_by_id');
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0011_password_chosen'),
        ('inspection', '0025_tranches'),
        ('masterdata', '0006_matrix'),
        ('signatures', '0014_blocks_by_two'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ControlChart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                ('state', models.CharField(max_length=24, verbose_name='status')),
                ('version', models.IntegerField(default=1, verbose_name='version')),
                ('created_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded')),
                ('number', qms.lib.fields.NumberField(db_default=models.Func(models.Value('SPC'), function='qms_next_number'), editable=False, max_length=24, prefix='SPC', unique=True, verbose_name='number')),
                ('source', models.CharField(choices=[('measurements', 'Measurements and process parameters of machines'), ('readings', 'Readings of inspections'), ('lots', 'Results of inspected lots')], max_length=12, verbose_name='values from')),
                ('part', models.CharField(max_length=120, verbose_name='part')),
                ('characteristic', models.CharField(blank=True, default='', max_length=120, verbose_name='characteristic')),
                ('unit', models.CharField(blank=True, default='', max_length=40, verbose_name='unit')),
                ('kind', models.CharField(choices=[('i_mr', 'Single values and moving ranges (I-MR)'), ('x_r', 'Means and ranges (X̄-R)'), ('x_s', 'Means and standard deviations (X̄-S)'), ('ewma', 'Exponentially weighted means (EWMA)'), ('cusum', 'Cumulative sums (CUSUM)'), ('p', 'Share of nonconforming units (p)'), ('np', 'Number of nonconforming units (np)'), ('c', 'Number of nonconformities (c)'), ('u', 'Nonconformities per unit (u)')], max_length=8, verbose_name='kind')),
                ('size', models.IntegerField(default=1, verbose_name='values in a subgroup')),
                ('rules', models.JSONField(default=list, verbose_name='rules')),
                ('weight', models.DecimalField(decimal_places=3, default=Decimal('0.2'), max_digits=5, verbose_name='weight of EWMA')),
                ('width', models.DecimalField(decimal_places=3, default=Decimal('3'), max_digits=5, verbose_name='width of EWMA in sigmas')),
                ('allowance', models.DecimalField(decimal_places=3, default=Decimal('0.5'), max_digits=5, verbose_name='allowance of CUSUM in sigmas')),
                ('interval', models.DecimalField(decimal_places=3, default=Decimal('5'), max_digits=5, verbose_name='decision interval of CUSUM in sigmas')),
                ('reaction', models.TextField(blank=True, default='', verbose_name='reaction plan')),
                ('limits_number', models.IntegerField(default=0, verbose_name='version of the limits')),
                ('figures', models.JSONField(blank=True, default=dict, verbose_name='limits')),
                ('stretch', models.JSONField(blank=True, default=dict, verbose_name='limits from')),
                ('limits_reason', models.TextField(blank=True, default='', verbose_name='reason of the limits')),
                ('compartment', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.compartment', verbose_name='export compartment')),
                ('container', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.container', verbose_name='customer or programme')),
                ('created_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                ('item', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.item', verbose_name='part')),
                ('owner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('series', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='charts', to='inspection.series', verbose_name='measured characteristic')),
                ('site', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='accounts.site', verbose_name='site')),
            ],
            options={
                'verbose_name': 'control chart',
                'ordering': ('-pk',),
            },
        ),
        migrations.CreateModel(
            name='ChartSignal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                ('limits_number', models.IntegerField(verbose_name='version of the limits')),
                ('place', models.IntegerField(verbose_name='point')),
                ('track', models.SmallIntegerField(default=0, verbose_name='statistic')),
                ('rule', models.CharField(max_length=4, verbose_name='rule')),
                ('value', models.DecimalField(decimal_places=20, max_digits=40, verbose_name='value')),
                ('at', models.DateTimeField(verbose_name='measured')),
                ('created_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='signalled')),
                ('acknowledged_at', models.DateTimeField(null=True, verbose_name='acknowledged')),
                ('cause', models.TextField(blank=True, default='', verbose_name='assignable cause')),
                ('reaction', models.TextField(blank=True, default='', verbose_name='reaction taken')),
                ('reason', models.TextField(blank=True, default='', verbose_name='reason for closing')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='closed')),
                ('acknowledged_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='acknowledged by')),
                ('closed_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='closed by')),
                ('site', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='accounts.site', verbose_name='site')),
                ('chart', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='signals', to='inspection.controlchart')),
            ],
            options={
                'verbose_name': 'signal of a control chart',
                'ordering': ('-pk',),
            },
        ),
        migrations.CreateModel(
            name='ChartPoint',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('place', models.IntegerField(verbose_name='point')),
                ('at', models.DateTimeField(verbose_name='measured')),
                ('numbers', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ('size', models.IntegerField(default=1, verbose_name='sample size')),
                ('lower', models.DecimalField(decimal_places=20, max_digits=40, null=True, verbose_name='lower limit')),
                ('upper', models.DecimalField(decimal_places=20, max_digits=40, null=True, verbose_name='upper limit')),
                ('name', models.CharField(blank=True, default='', max_length=120, verbose_name='serial or lot number')),
                ('keys', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('created_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded')),
                ('batch', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inspection.measurementbatch')),
                ('inspection', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inspection.inspection')),
                ('chart', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='points', to='inspection.controlchart')),
            ],
            options={
                'verbose_name': 'point of a control chart',
                'ordering': ('chart', 'place'),
            },
        ),
        migrations.CreateModel(
            name='ChartLimits',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.IntegerField(verbose_name='version')),
                ('figures', models.JSONField(verbose_name='limits')),
                ('stretch', models.JSONField(verbose_name='limits from')),
                ('reason', models.TextField(verbose_name='reason')),
                ('at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='frozen')),
                ('signature', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='signatures.signature')),
                ('chart', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='inspection.controlchart')),
            ],
            options={
                'verbose_name': 'version of control limits',
                'ordering': ('chart', '-number'),
            },
        ),
        migrations.CreateModel(
            name='ChartFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(null=True)),
                ('judged', models.IntegerField(default=0)),
                ('problem', models.TextField(default='')),
                ('failed_at', models.DateTimeField(null=True)),
                ('chart', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='feed', to='inspection.controlchart')),
            ],
        ),
        migrations.CreateModel(
            name='HistoricalChartLimits',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('history_act', models.UUIDField(null=True)),
                ('history_schema', models.TextField(default='')),
                ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                ('number', models.IntegerField(verbose_name='version')),
                ('figures', models.JSONField(verbose_name='limits')),
                ('stretch', models.JSONField(verbose_name='limits from')),
                ('reason', models.TextField(verbose_name='reason')),
                ('at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='frozen')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('chart', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='inspection.controlchart')),
                ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('signature', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='signatures.signature')),
            ],
            options={
                'verbose_name': 'historical version of control limits',
                'verbose_name_plural': 'historical version of control limitss',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalChartSignal',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('history_act', models.UUIDField(null=True)),
                ('history_schema', models.TextField(default='')),
                ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                ('limits_number', models.IntegerField(verbose_name='version of the limits')),
                ('place', models.IntegerField(verbose_name='point')),
                ('track', models.SmallIntegerField(default=0, verbose_name='statistic')),
                ('rule', models.CharField(max_length=4, verbose_name='rule')),
                ('value', models.DecimalField(decimal_places=20, max_digits=40, verbose_name='value')),
                ('at', models.DateTimeField(verbose_name='measured')),
                ('created_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='signalled')),
                ('acknowledged_at', models.DateTimeField(null=True, verbose_name='acknowledged')),
                ('cause', models.TextField(blank=True, default='', verbose_name='assignable cause')),
                ('reaction', models.TextField(blank=True, default='', verbose_name='reaction taken')),
                ('reason', models.TextField(blank=True, default='', verbose_name='reason for closing')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='closed')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('acknowledged_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='acknowledged by')),
                ('chart', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='inspection.controlchart')),
                ('closed_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='closed by')),
                ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.site', verbose_name='site')),
            ],
            options={
                'verbose_name': 'historical signal of a control chart',
                'verbose_name_plural': 'historical signal of a control charts',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalControlChart',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('history_act', models.UUIDField(null=True)),
                ('history_schema', models.TextField(default='')),
                ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                ('state', models.CharField(max_length=24, verbose_name='status')),
                ('version', models.IntegerField(default=1, verbose_name='version')),
                ('created_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded')),
                ('source', models.CharField(choices=[('measurements', 'Measurements and process parameters of machines'), ('readings', 'Readings of inspections'), ('lots', 'Results of inspected lots')], max_length=12, verbose_name='values from')),
                ('part', models.CharField(max_length=120, verbose_name='part')),
                ('characteristic', models.CharField(blank=True, default='', max_length=120, verbose_name='characteristic')),
                ('unit', models.CharField(blank=True, default='', max_length=40, verbose_name='unit')),
                ('kind', models.CharField(choices=[('i_mr', 'Single values and moving ranges (I-MR)'), ('x_r', 'Means and ranges (X̄-R)'), ('x_s', 'Means and standard deviations (X̄-S)'), ('ewma', 'Exponentially weighted means (EWMA)'), ('cusum', 'Cumulative sums (CUSUM)'), ('p', 'Share of nonconforming units (p)'), ('np', 'Number of nonconforming units (np)'), ('c', 'Number of nonconformities (c)'), ('u', 'Nonconformities per unit (u)')], max_length=8, verbose_name='kind')),
                ('size', models.IntegerField(default=1, verbose_name='values in a subgroup')),
                ('rules', models.JSONField(default=list, verbose_name='rules')),
                ('weight', models.DecimalField(decimal_places=3, default=Decimal('0.2'), max_digits=5, verbose_name='weight of EWMA')),
                ('width', models.DecimalField(decimal_places=3, default=Decimal('3'), max_digits=5, verbose_name='width of EWMA in sigmas')),
                ('allowance', models.DecimalField(decimal_places=3, default=Decimal('0.5'), max_digits=5, verbose_name='allowance of CUSUM in sigmas')),
                ('interval', models.DecimalField(decimal_places=3, default=Decimal('5'), max_digits=5, verbose_name='decision interval of CUSUM in sigmas')),
                ('reaction', models.TextField(blank=True, default='', verbose_name='reaction plan')),
                ('limits_number', models.IntegerField(default=0, verbose_name='version of the limits')),
                ('figures', models.JSONField(blank=True, default=dict, verbose_name='limits')),
                ('stretch', models.JSONField(blank=True, default=dict, verbose_name='limits from')),
                ('limits_reason', models.TextField(blank=True, default='', verbose_name='reason of the limits')),
                ('number', models.CharField(max_length=24, verbose_name='number')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('compartment', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.compartment', verbose_name='export compartment')),
                ('container', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.container', verbose_name='customer or programme')),
                ('created_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('item', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='masterdata.item', verbose_name='part')),
                ('owner', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('series', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='inspection.series', verbose_name='measured characteristic')),
                ('site', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.site', verbose_name='site')),
            ],
            options={
                'verbose_name': 'historical control chart',
                'verbose_name_plural': 'historical control charts',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.AddIndex(
            model_name='controlchart',
            index=models.Index(fields=['site', '-id'], name='controlchart_site'),
        ),
        migrations.AddIndex(
            model_name='controlchart',
            index=models.Index(fields=['item', 'characteristic'], name='controlchart_of'),
        ),
        migrations.AddIndex(
            model_name='controlchart',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('number'), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('part'), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('characteristic'), name='gin_trgm_ops'), name='controlchart_search'),
        ),
        migrations.AddConstraint(
            model_name='controlchart',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('series__isnull', False), ('source', 'measurements')), models.Q(models.Q(('source', 'measurements'), _negated=True), ('item__isnull', False), ('series', None)), _connector='OR'), name='controlchart_source'),
        ),
        migrations.AddConstraint(
            model_name='controlchart',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('p', 'np', 'c', 'u')), ('source', 'lots')), models.Q(models.Q(('source', 'lots'), _negated=True), models.Q(('kind__in', ('p', 'np', 'c', 'u')), _negated=True), models.Q(('characteristic', ''), _negated=True)), _connector='OR'), name='controlchart_counts'),
        ),
        migrations.AddConstraint(
            model_name='controlchart',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('x_r', 'x_s')), ('size__range', (2, 25))), models.Q(models.Q(('kind__in', ('x_r', 'x_s')), _negated=True), ('size', 1)), _connector='OR'), name='controlchart_size'),
        ),
        migrations.AddConstraint(
            model_name='controlchart',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'MONITORING'), _negated=True), models.Q(('limits_number__gte', 1), models.Q(('limits_reason', ''), _negated=True)), _connector='OR'), name='controlchart_frozen'),
        ),
        migrations.AddConstraint(
            model_name='controlchart',
            constraint=models.CheckConstraint(condition=models.Q(('allowance__gte', 0), ('interval__gt', 0), ('weight__gt', 0), ('weight__lte', 1), ('width__gt', 0)), name='controlchart_weights'),
        ),
        migrations.AddIndex(
            model_name='chartsignal',
            index=models.Index(condition=models.Q(('closed_at', None)), fields=['site', '-id'], name='chartsignal_open'),
        ),
        migrations.AddConstraint(
            model_name='chartsignal',
            constraint=models.UniqueConstraint(fields=('chart', 'place', 'track', 'rule'), name='chartsignal_once'),
        ),
        migrations.AddConstraint(
            model_name='chartsignal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('acknowledged_at', None), ('acknowledged_by', None)), models.Q(('acknowledged_at__isnull', False), ('acknowledged_by__isnull', False)), _connector='OR'), name='chartsignal_acknowledged'),
        ),
        migrations.AddConstraint(
            model_name='chartsignal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('closed_by', None), ('reason', '')), models.Q(('acknowledged_at__lte', models.F('closed_at')), ('closed_at__isnull', False), ('closed_by__isnull', False), models.Q(('cause', ''), _negated=True), models.Q(('reaction', ''), _negated=True), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='chartsignal_closed'),
        ),
        migrations.AddConstraint(
            model_name='chartpoint',
            constraint=models.UniqueConstraint(fields=('chart', 'place'), name='chartpoint_once'),
        ),
        migrations.AddConstraint(
            model_name='chartpoint',
            constraint=models.CheckConstraint(condition=models.Q(('place__gte', 1), ('size__gt', 0)), name='chartpoint_place'),
        ),
        migrations.AddConstraint(
            model_name='chartlimits',
            constraint=models.UniqueConstraint(fields=('chart', 'number'), name='chartlimits_once'),
        ),
        migrations.AddConstraint(
            model_name='chartlimits',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1), models.Q(('reason', ''), _negated=True)), name='chartlimits_reason'),
        ),
        migrations.RunSQL(DUTIES, migrations.RunSQL.noop),
    ]
