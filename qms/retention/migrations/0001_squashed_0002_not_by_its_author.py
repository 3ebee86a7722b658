# Every step until 0002_not_by_its_author in one, for a plant that begins: the same tables, rules and functions.

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

NOT_BY_ITS_AUTHOR = """
CREATE TRIGGER disposal_proposed_by_actor BEFORE INSERT OR UPDATE OF proposed_by_id ON retention_disposal
    FOR EACH ROW EXECUTE FUNCTION qms_by_actor('proposed_by_id');
CREATE TRIGGER disposal_approved_by_actor BEFORE INSERT OR UPDATE OF approved_by_id ON retention_disposal
    FOR EACH ROW EXECUTE FUNCTION qms_by_actor('approved_by_id');
CREATE TRIGGER disposal_proposal_signed BEFORE INSERT OR UPDATE OF proposal_id, proposed_by_id ON retention_disposal
    FOR EACH ROW EXECUTE FUNCTION qms_signed_by('proposal_id', 'proposed_by_id');
CREATE TRIGGER disposal_approval_signed BEFORE INSERT OR UPDATE OF approval_id, approved_by_id ON retention_disposal
    FOR EACH ROW EXECUTE FUNCTION qms_signed_by('approval_id', 'approved_by_id');
"""
NOT_BY_ITS_AUTHOR_UNDO = """
DROP TRIGGER disposal_proposed_by_actor ON retention_disposal;
DROP TRIGGER disposal_approved_by_actor ON retention_disposal;
DROP TRIGGER disposal_proposal_signed ON retention_disposal;
DROP TRIGGER disposal_approval_signed ON retention_disposal;
"""


class Migration(migrations.Migration):

    replaces = [('retention', '0001_retention'), ('retention', '0002_not_by_its_author')]

    initial = True

    dependencies = [
        ('accounts', '0009_retired_compartments'),
        ('signatures', '0011_signed_by'),
    ]

    operations = [
        qms.lib.schema.CreateModels(
            models=[migrations.CreateModel(
                name='HistoricalDisposal',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('state', models.CharField(max_length=24, verbose_name='status')),
                    ('version', models.IntegerField(default=1, verbose_name='version')),
                    ('created_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded')),
                    ('reason', models.TextField(verbose_name='reason')),
                    ('numbers', models.JSONField(default=list, verbose_name='records')),
                    ('number', models.CharField(max_length=24, verbose_name='number')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('approval', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='signatures.signature', verbose_name='signed approval')),
                    ('approved_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                    ('compartment', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.compartment', verbose_name='export compartment')),
                    ('container', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.container', verbose_name='customer or programme')),
                    ('created_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('proposal', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='signatures.signature', verbose_name='signed proposal')),
                    ('proposed_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by')),
                    ('site', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.site', verbose_name='site')),
                ],
                options={
                    'verbose_name': 'historical disposal',
                    'verbose_name_plural': 'historical disposals',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalLegalHold',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('state', models.CharField(max_length=24, verbose_name='status')),
                    ('version', models.IntegerField(default=1, verbose_name='version')),
                    ('created_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded')),
                    ('reason', models.TextField(verbose_name='reason')),
                    ('placed_at', models.DateTimeField(verbose_name='placed')),
                    ('lifted_at', models.DateTimeField(null=True, verbose_name='lifted')),
                    ('number', models.CharField(max_length=24, verbose_name='number')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('compartment', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.compartment', verbose_name='export compartment')),
                    ('container', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.container', verbose_name='customer or programme')),
                    ('created_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('site', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.site', verbose_name='site')),
                ],
                options={
                    'verbose_name': 'historical legal hold',
                    'verbose_name_plural': 'historical legal holds',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Disposal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('state', models.CharField(max_length=24, verbose_name='status')),
                    ('version', models.IntegerField(default=1, verbose_name='version')),
                    ('created_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded')),
                    ('number', qms.lib.fields.NumberField(db_default=models.Func(models.Value('DSP'), function='qms_next_number'), editable=False, max_length=24, prefix='DSP', unique=True, verbose_name='number')),
                    ('reason', models.TextField(verbose_name='reason')),
                    ('numbers', models.JSONField(default=list, verbose_name='records')),
                    ('approval', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='signatures.signature', verbose_name='signed approval')),
                    ('approved_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                    ('compartment', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.compartment', verbose_name='export compartment')),
                    ('container', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.container', verbose_name='customer or programme')),
                    ('created_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                    ('proposal', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='signatures.signature', verbose_name='signed proposal')),
                    ('proposed_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by')),
                    ('site', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='accounts.site', verbose_name='site')),
                ],
                options={
                    'verbose_name': 'disposal',
                    'ordering': ('-pk',),
                    'indexes': [models.Index(fields=['site', '-id'], name='disposal_site'), django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('number'), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('reason'), name='gin_trgm_ops'), name='disposal_search')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('approved_by', models.F('proposed_by')), _negated=True), name='disposal_four_eyes'), models.CheckConstraint(condition=models.Q(models.Q(('approved_by', None), ('state__in', ('DRAFT', 'CANCELLED'))), models.Q(('approved_by', None), ('proposal__isnull', False), ('proposed_by__isnull', False), ('state', 'PROPOSED')), models.Q(('approval__isnull', False), ('approved_by__isnull', False), ('proposal__isnull', False), ('proposed_by__isnull', False), ('state', 'DISPOSED')), _connector='OR'), name='disposal_states'), models.CheckConstraint(condition=models.Q(('approved_by', models.F('created_by')), _negated=True), name='disposal_not_by_its_author')],
                },
            ), migrations.CreateModel(
                name='LegalHold',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('state', models.CharField(max_length=24, verbose_name='status')),
                    ('version', models.IntegerField(default=1, verbose_name='version')),
                    ('created_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='recorded')),
                    ('number', qms.lib.fields.NumberField(db_default=models.Func(models.Value('LGH'), function='qms_next_number'), editable=False, max_length=24, prefix='LGH', unique=True, verbose_name='number')),
                    ('reason', models.TextField(verbose_name='reason')),
                    ('placed_at', models.DateTimeField(verbose_name='placed')),
                    ('lifted_at', models.DateTimeField(null=True, verbose_name='lifted')),
                    ('compartment', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.compartment', verbose_name='export compartment')),
                    ('container', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.container', verbose_name='customer or programme')),
                    ('created_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recorded by')),
                    ('site', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='accounts.site', verbose_name='site')),
                ],
                options={
                    'verbose_name': 'legal hold',
                    'ordering': ('-pk',),
                    'indexes': [models.Index(fields=['site', '-id'], name='legalhold_site'), django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('number'), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('reason'), name='gin_trgm_ops'), name='legalhold_search')],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('lifted_at', None), ('state', 'STANDING')), models.Q(('lifted_at__isnull', False), ('state', 'LIFTED')), _connector='OR'), name='legalhold_states')],
                },
            )],
        ),
        migrations.RunSQL(
            sql=NOT_BY_ITS_AUTHOR,
            reverse_sql=NOT_BY_ITS_AUTHOR_UNDO,
        ),
    ]
