# Every step until 0001_batches in one, for a plant that begins: the same tables, rules and functions.

import django.db.models.deletion
import django.db.models.functions.datetime
import qms.lib.fields
import qms.lib.ids
import qms.lib.schema
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('imports', '0001_batches')]

    initial = True

    dependencies = [
        ('accounts', '0004_words'),
    ]

    operations = [
        qms.lib.schema.CreateModels(
            models=[migrations.CreateModel(
                name='ImportBatch',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('kind', models.CharField(max_length=40, verbose_name='what is imported')),
                    ('source', models.CharField(max_length=30, verbose_name='old system')),
                    ('file_name', models.CharField(max_length=200, verbose_name='file name')),
                    ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                    ('size', models.BigIntegerField(verbose_name='size')),
                    ('lines', models.IntegerField(verbose_name='lines')),
                    ('encoding', models.CharField(choices=[('utf-8-sig', 'UTF-8 with a byte order mark (Excel: “CSV UTF-8”)'), ('utf-8', 'UTF-8 without a byte order mark'), ('gb18030', 'GB18030 (Chinese, also GBK and GB2312)'), ('cp1252', 'Windows-1252 (Western European)')], max_length=12, verbose_name='encoding')),
                    ('separator', models.CharField(choices=[('comma', 'Comma ,'), ('semicolon', 'Semicolon ;'), ('tab', 'Tabulator'), ('bar', 'Vertical bar |')], max_length=12, verbose_name='separator')),
                    ('decimal_sign', models.CharField(choices=[('point', 'Point: 12.5'), ('comma', 'Comma: 12,5')], max_length=8, verbose_name='decimal sign')),
                    ('date_format', models.CharField(choices=[('iso', '2026-12-31'), ('dots', '31.12.2026'), ('day_first', '31/12/2026'), ('month_first', '12/31/2026'), ('year_first', '2026/12/31'), ('chinese', '2026年12月31日')], max_length=12, verbose_name='format of dates')),
                    ('timezone', models.CharField(max_length=40, verbose_name='time zone')),
                    ('uploaded_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='uploaded')),
                    ('checked_at', models.DateTimeField(null=True, verbose_name='dry run')),
                    ('check_run', models.UUIDField(null=True)),
                    ('applied_at', models.DateTimeField(null=True, verbose_name='imported')),
                    ('rolled_back_at', models.DateTimeField(null=True, verbose_name='rolled back')),
                    ('applied_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='imported by')),
                    ('checked_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='dry run by')),
                    ('rolled_back_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='rolled back by')),
                    ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.site', verbose_name='site')),
                    ('uploaded_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='uploaded by')),
                ],
                options={
                    'verbose_name': 'import',
                    'ordering': ('-pk',),
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('checked_at', None), ('checked_by', None)), models.Q(models.Q(('checked_at', None), _negated=True), models.Q(('checked_by', None), _negated=True)), _connector='OR'), name='import_checked_pair'), models.CheckConstraint(condition=models.Q(models.Q(('applied_at', None), ('applied_by', None)), models.Q(models.Q(('applied_at', None), _negated=True), models.Q(('applied_by', None), _negated=True)), _connector='OR'), name='import_applied_pair'), models.CheckConstraint(condition=models.Q(models.Q(('rolled_back_at', None), ('rolled_back_by', None)), models.Q(models.Q(('rolled_back_at', None), _negated=True), models.Q(('rolled_back_by', None), _negated=True)), _connector='OR'), name='import_rolled_back_pair')],
                },
            ), migrations.CreateModel(
                name='HistoricalImportBatch',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('kind', models.CharField(max_length=40, verbose_name='what is imported')),
                    ('source', models.CharField(max_length=30, verbose_name='old system')),
                    ('file_name', models.CharField(max_length=200, verbose_name='file name')),
                    ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                    ('size', models.BigIntegerField(verbose_name='size')),
                    ('lines', models.IntegerField(verbose_name='lines')),
                    ('encoding', models.CharField(choices=[('utf-8-sig', 'UTF-8 with a byte order mark (Excel: “CSV UTF-8”)'), ('utf-8', 'UTF-8 without a byte order mark'), ('gb18030', 'GB18030 (Chinese, also GBK and GB2312)'), ('cp1252', 'Windows-1252 (Western European)')], max_length=12, verbose_name='encoding')),
                    ('separator', models.CharField(choices=[('comma', 'Comma ,'), ('semicolon', 'Semicolon ;'), ('tab', 'Tabulator'), ('bar', 'Vertical bar |')], max_length=12, verbose_name='separator')),
                    ('decimal_sign', models.CharField(choices=[('point', 'Point: 12.5'), ('comma', 'Comma: 12,5')], max_length=8, verbose_name='decimal sign')),
                    ('date_format', models.CharField(choices=[('iso', '2026-12-31'), ('dots', '31.12.2026'), ('day_first', '31/12/2026'), ('month_first', '12/31/2026'), ('year_first', '2026/12/31'), ('chinese', '2026年12月31日')], max_length=12, verbose_name='format of dates')),
                    ('timezone', models.CharField(max_length=40, verbose_name='time zone')),
                    ('uploaded_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='uploaded')),
                    ('checked_at', models.DateTimeField(null=True, verbose_name='dry run')),
                    ('check_run', models.UUIDField(null=True)),
                    ('applied_at', models.DateTimeField(null=True, verbose_name='imported')),
                    ('rolled_back_at', models.DateTimeField(null=True, verbose_name='rolled back')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('applied_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='imported by')),
                    ('checked_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='dry run by')),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('rolled_back_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='rolled back by')),
                    ('site', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.site', verbose_name='site')),
                    ('uploaded_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='uploaded by')),
                ],
                options={
                    'verbose_name': 'historical import',
                    'verbose_name_plural': 'historical imports',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='ImportProgress',
                fields=[
                    ('batch', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='progress', serialize=False, to='imports.importbatch')),
                    ('stage', models.CharField(choices=[('check', 'Dry run'), ('apply', 'Import')], max_length=10)),
                    ('done', models.IntegerField(default=0)),
                    ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ('finished_at', models.DateTimeField(null=True)),
                    ('stop', models.BooleanField(default=False)),
                    ('problem', models.TextField(default='')),
                ],
            ), migrations.CreateModel(
                name='ImportCount',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('stage', models.CharField(choices=[('check', 'Dry run'), ('apply', 'Import')], max_length=10)),
                    ('run', models.UUIDField()),
                    ('new', models.IntegerField()),
                    ('changed', models.IntegerField()),
                    ('unchanged', models.IntegerField()),
                    ('refused', models.IntegerField()),
                    ('digest', models.CharField(max_length=64)),
                    ('batch', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='counts', to='imports.importbatch')),
                ],
                options={
                    'indexes': [models.Index(fields=['batch', 'stage', '-id'], name='import_count_of_batch')],
                },
            ), migrations.CreateModel(
                name='ImportOutcome',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('row', models.IntegerField()),
                    ('effect', models.CharField(choices=[('created', 'Created'), ('updated', 'Updated'), ('refused', 'Refused')], max_length=10)),
                    ('object_type', models.CharField(blank=True, default='', max_length=80)),
                    ('object_key', models.CharField(blank=True, default='', max_length=40)),
                    ('label', models.CharField(blank=True, default='', max_length=200)),
                    ('before', models.JSONField(default=dict)),
                    ('after', models.CharField(blank=True, default='', max_length=80)),
                    ('problem', models.JSONField(default=dict)),
                    ('batch', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='outcomes', to='imports.importbatch')),
                ],
                options={
                    'indexes': [models.Index(fields=['batch', 'effect', 'row'], name='import_outcome_of_batch')],
                },
            ), migrations.CreateModel(
                name='ImportRow',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('run', models.UUIDField()),
                    ('number', models.IntegerField()),
                    ('key', models.CharField(max_length=120)),
                    ('verdict', models.CharField(choices=[('new', 'New'), ('changed', 'Changed'), ('unchanged', 'Unchanged'), ('refused', 'Refused')], max_length=10)),
                    ('values', models.JSONField()),
                    ('problems', models.JSONField()),
                    ('changes', models.JSONField()),
                    ('batch', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='imports.importbatch')),
                ],
                options={
                    'indexes': [models.Index(fields=['batch', 'run', 'verdict', 'number'], name='import_row_of_run')],
                },
            )],
        ),
    ]
