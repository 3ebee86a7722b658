# Every step until 0009_retention in one, for a plant that begins: the same tables, rules and functions.

import django.contrib.postgres.operations
import django.db.models.deletion
import django.db.models.functions.datetime
import qms.lib.fields
import qms.lib.ids
import qms.lib.schema
import simple_history.models
from django.conf import settings
from django.db import migrations, models

NUMBERING = """
CREATE OR REPLACE FUNCTION qms_next_number(p_prefix text) RETURNS text LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_year text := to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YY');
    v_number text := nextval(format('number_%s_%s', lower(p_prefix), v_year)::regclass)::text;
BEGIN
    RETURN p_prefix || '-' || v_year || '-' || lpad(v_number, greatest(6, length(v_number)), '0');
END $$;

CREATE TABLE IF NOT EXISTS records_series (prefix text PRIMARY KEY);

-- Makes this year's and next year's sequences; the scheduler calls it daily, so that a new year finds its own.
CREATE OR REPLACE FUNCTION qms_extend_numbers(p_app text) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    v_name text;
    v_made int := 0;
BEGIN
    FOR v_name IN
        SELECT format('number_%s_%s', lower(s.prefix), to_char(y, 'YY')) FROM records_series s,
        unnest(ARRAY[clock_timestamp() AT TIME ZONE 'UTC', clock_timestamp() AT TIME ZONE 'UTC' + interval '1 year']) y
    LOOP
        IF to_regclass(v_name) IS NULL THEN
            EXECUTE format('CREATE SEQUENCE %I', v_name);
            EXECUTE format('GRANT USAGE ON SEQUENCE %I TO %I', v_name, p_app);
            v_made := v_made + 1;
        END IF;
    END LOOP;
    RETURN v_made;
END $$;
"""


class Migration(migrations.Migration):

    replaces = [('records', '0001_initial'), ('records', '0002_numbering'), ('records', '0003_words'), ('records', '0004_taken_by_the_cameras_clock'), ('records', '0005_exports'), ('records', '0006_exports_of_a_site'), ('records', '0007_reasons_for_change'), ('records', '0008_jobs'), ('records', '0009_retention')]

    initial = True

    dependencies = [
        ('accounts', '0007_identity_providers'),
        ('signatures', '0008_disposals'),
    ]

    operations = [
        django.contrib.postgres.operations.TrigramExtension(
        ),
        migrations.RunSQL(
            sql=NUMBERING,
            reverse_sql='',
        ),
        qms.lib.schema.CreateModels(
            models=[migrations.CreateModel(
                name='HistoricalAttachment',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.CharField(max_length=40)),
                    ('sha256', models.CharField(max_length=64)),
                    ('name', models.CharField(max_length=200, verbose_name='file name')),
                    ('media_type', models.CharField(max_length=80)),
                    ('size', models.BigIntegerField()),
                    ('at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('taken', models.CharField(blank=True, default='', max_length=32, verbose_name="taken, by the camera's clock")),
                ],
                options={
                    'verbose_name': 'historical file',
                    'verbose_name_plural': 'historical files',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalComment',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.CharField(max_length=40)),
                    ('text', models.TextField(verbose_name='comment')),
                    ('at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical comment',
                    'verbose_name_plural': 'historical comments',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Attachment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.CharField(max_length=40)),
                    ('sha256', models.CharField(db_index=True, max_length=64)),
                    ('name', models.CharField(max_length=200, verbose_name='file name')),
                    ('media_type', models.CharField(max_length=80)),
                    ('size', models.BigIntegerField()),
                    ('at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('taken', models.CharField(blank=True, default='', max_length=32, verbose_name="taken, by the camera's clock")),
                ],
                options={
                    'indexes': [models.Index(fields=['record_type', 'record_key'], name='attachment_record')],
                    'verbose_name': 'file',
                },
            ), migrations.CreateModel(
                name='Comment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.CharField(max_length=40)),
                    ('text', models.TextField(verbose_name='comment')),
                    ('at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'indexes': [models.Index(fields=['record_type', 'record_key'], name='comment_record')],
                    'verbose_name': 'comment',
                },
            ), migrations.CreateModel(
                name='HistoricalExport',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('record_type', models.CharField(max_length=80, verbose_name='kind of record')),
                    ('keys', models.JSONField()),
                    ('label', models.CharField(max_length=200, verbose_name='records')),
                    ('count', models.IntegerField(verbose_name='number of records')),
                    ('purpose', models.TextField(verbose_name='purpose')),
                    ('language', models.CharField(choices=[('en', 'English'), ('zh-hans', '简体中文')], max_length=8, verbose_name='language')),
                    ('asked_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='asked for')),
                    ('made_at', models.DateTimeField(null=True, verbose_name='made')),
                    ('sha256', models.CharField(blank=True, default='', max_length=64, verbose_name='SHA-256')),
                    ('size', models.BigIntegerField(default=0, verbose_name='size')),
                    ('ended_at', models.DateTimeField(null=True, verbose_name='failed or cancelled')),
                    ('problem', models.TextField(blank=True, default='', verbose_name='problem')),
                    ('expires_at', models.DateTimeField(null=True, verbose_name='kept until')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('asked_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked for by')),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('site', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.site', verbose_name='site')),
                ],
                options={
                    'verbose_name': 'historical export',
                    'verbose_name_plural': 'historical exports',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Export',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('record_type', models.CharField(max_length=80, verbose_name='kind of record')),
                    ('keys', models.JSONField()),
                    ('label', models.CharField(max_length=200, verbose_name='records')),
                    ('count', models.IntegerField(verbose_name='number of records')),
                    ('purpose', models.TextField(verbose_name='purpose')),
                    ('language', models.CharField(choices=[('en', 'English'), ('zh-hans', '简体中文')], max_length=8, verbose_name='language')),
                    ('asked_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='asked for')),
                    ('made_at', models.DateTimeField(null=True, verbose_name='made')),
                    ('sha256', models.CharField(blank=True, default='', max_length=64, verbose_name='SHA-256')),
                    ('size', models.BigIntegerField(default=0, verbose_name='size')),
                    ('ended_at', models.DateTimeField(null=True, verbose_name='failed or cancelled')),
                    ('problem', models.TextField(blank=True, default='', verbose_name='problem')),
                    ('expires_at', models.DateTimeField(null=True, verbose_name='kept until')),
                    ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked for by')),
                    ('site', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.site', verbose_name='site')),
                ],
                options={
                    'verbose_name': 'export',
                    'ordering': ('-pk',),
                    'constraints': [models.CheckConstraint(condition=models.Q(('made_at', None), ('ended_at', None), _connector='OR'), name='export_ends_once'), models.CheckConstraint(condition=models.Q(models.Q(('made_at', None), ('sha256', '')), models.Q(('made_at__isnull', False), models.Q(('sha256', ''), _negated=True)), _connector='OR'), name='export_made_has_hash')],
                },
            ), migrations.CreateModel(
                name='ChangeReason',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=24, unique=True, verbose_name='code')),
                    ('label_en', models.CharField(max_length=120, verbose_name='English label')),
                    ('label_zh_hans', models.CharField(max_length=120, verbose_name='Chinese label')),
                    ('valid_from', models.DateField(verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ],
                options={
                    'verbose_name': 'reason for change',
                    'ordering': ('code',),
                },
            ), migrations.CreateModel(
                name='HistoricalChangeReason',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('code', models.CharField(max_length=24, verbose_name='code')),
                    ('label_en', models.CharField(max_length=120, verbose_name='English label')),
                    ('label_zh_hans', models.CharField(max_length=120, verbose_name='Chinese label')),
                    ('valid_from', models.DateField(verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical reason for change',
                    'verbose_name_plural': 'historical reason for changes',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Job',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('task', models.CharField(max_length=40)),
                    ('key', models.BigIntegerField()),
                    ('asked_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('rung_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('fence', models.UUIDField(null=True)),
                    ('lease_until', models.DateTimeField(null=True)),
                    ('tries', models.IntegerField(default=0)),
                    ('done', models.BigIntegerField(default=0)),
                    ('total', models.BigIntegerField(default=0)),
                    ('ended_at', models.DateTimeField(null=True)),
                    ('problem', models.TextField(blank=True, default='')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('ended_at', None)), fields=['lease_until'], name='job_open')],
                    'constraints': [models.UniqueConstraint(fields=('task', 'key'), name='job_once')],
                },
            ), migrations.CreateModel(
                name='HistoricalPreserved',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('hold_number', models.CharField(max_length=24, verbose_name='legal hold')),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.BigIntegerField()),
                    ('number', models.CharField(max_length=24, verbose_name='record')),
                    ('since', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='since')),
                    ('lifted_at', models.DateTimeField(null=True, verbose_name='lifted')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical record under a legal hold',
                    'verbose_name_plural': 'historical record under a legal holds',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalRetentionClass',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('code', models.CharField(max_length=24, verbose_name='code')),
                    ('record_type', models.CharField(max_length=80, verbose_name='kind of record')),
                    ('label_en', models.CharField(max_length=120, verbose_name='English label')),
                    ('label_zh_hans', models.CharField(max_length=120, verbose_name='Chinese label')),
                    ('years', models.IntegerField(verbose_name='years from closure')),
                    ('basis', models.CharField(max_length=200, verbose_name='basis')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical retention class',
                    'verbose_name_plural': 'historical retention classs',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Preserved',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('hold_number', models.CharField(max_length=24, verbose_name='legal hold')),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.BigIntegerField()),
                    ('number', models.CharField(max_length=24, verbose_name='record')),
                    ('since', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='since')),
                    ('lifted_at', models.DateTimeField(null=True, verbose_name='lifted')),
                ],
                options={
                    'verbose_name': 'record under a legal hold',
                    'ordering': ('pk',),
                    'indexes': [models.Index(fields=['hold_number'], name='preserved_hold')],
                    'constraints': [models.UniqueConstraint(fields=('record_type', 'record_key', 'hold_number'), name='preserved_once')],
                },
            ), migrations.CreateModel(
                name='RetentionClass',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=24, unique=True, verbose_name='code')),
                    ('record_type', models.CharField(max_length=80, unique=True, verbose_name='kind of record')),
                    ('label_en', models.CharField(max_length=120, verbose_name='English label')),
                    ('label_zh_hans', models.CharField(max_length=120, verbose_name='Chinese label')),
                    ('years', models.IntegerField(verbose_name='years from closure')),
                    ('basis', models.CharField(max_length=200, verbose_name='basis')),
                ],
                options={
                    'verbose_name': 'retention class',
                    'ordering': ('code',),
                    'constraints': [models.CheckConstraint(condition=models.Q(('years__gte', 0), ('years__lte', 100)), name='retention_years')],
                },
            ), migrations.CreateModel(
                name='HistoricalTombstone',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.BigIntegerField()),
                    ('number', models.CharField(max_length=24, verbose_name='number')),
                    ('recorded_at', models.DateTimeField(verbose_name='recorded')),
                    ('closed_at', models.DateTimeField(null=True, verbose_name='closed')),
                    ('kept_until', models.DateField(null=True, verbose_name='kept until')),
                    ('years', models.IntegerField(null=True, verbose_name='years from closure')),
                    ('disposal_number', models.CharField(max_length=24, verbose_name='disposal')),
                    ('disposed_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='disposed of')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('approval', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='signatures.signature')),
                    ('approved_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('proposal', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='signatures.signature')),
                    ('proposed_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by')),
                    ('site', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.site', verbose_name='site')),
                    ('retention', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='records.retentionclass', verbose_name='retention class')),
                ],
                options={
                    'verbose_name': 'historical record disposed of',
                    'verbose_name_plural': 'historical record disposed ofs',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Tombstone',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.BigIntegerField()),
                    ('number', models.CharField(max_length=24, unique=True, verbose_name='number')),
                    ('recorded_at', models.DateTimeField(verbose_name='recorded')),
                    ('closed_at', models.DateTimeField(null=True, verbose_name='closed')),
                    ('kept_until', models.DateField(null=True, verbose_name='kept until')),
                    ('years', models.IntegerField(null=True, verbose_name='years from closure')),
                    ('disposal_number', models.CharField(max_length=24, verbose_name='disposal')),
                    ('disposed_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='disposed of')),
                    ('approval', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='signatures.signature')),
                    ('approved_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                    ('proposal', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='signatures.signature')),
                    ('proposed_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by')),
                    ('retention', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.retentionclass', verbose_name='retention class')),
                    ('site', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='accounts.site', verbose_name='site')),
                ],
                options={
                    'verbose_name': 'record disposed of',
                    'ordering': ('-pk',),
                    'indexes': [models.Index(fields=['disposal_number'], name='tombstone_disposal')],
                    'constraints': [models.UniqueConstraint(fields=('record_type', 'record_key'), name='tombstone_once'), models.CheckConstraint(condition=models.Q(('approved_by', models.F('proposed_by')), _negated=True), name='tombstone_four_eyes')],
                },
            )],
        ),
    ]
