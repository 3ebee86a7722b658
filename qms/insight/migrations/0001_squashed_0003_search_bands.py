# Every step until 0003_search_bands in one, for a plant that begins: the same tables, rules and functions.

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.datetime
import qms.lib.fields
import qms.lib.schema
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('insight', '0001_search_documents'), ('insight', '0002_work_put_off'), ('insight', '0003_search_bands')]

    initial = True

    dependencies = [
        ('accounts', '0004_words'),
    ]

    operations = [
        qms.lib.schema.CreateModels(
            models=[migrations.CreateModel(
                name='Document',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.BigIntegerField()),
                    ('number', models.CharField(max_length=24)),
                    ('serial', models.BigIntegerField()),
                    ('recorded_at', models.DateTimeField()),
                    ('terms', django.contrib.postgres.search.SearchVectorField()),
                    ('compartment', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.compartment')),
                    ('container', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.container')),
                    ('site', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.site')),
                ],
                options={
                    'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['terms'], name='document_terms'), models.Index(fields=['serial'], name='document_serial'), models.Index(fields=['-recorded_at', '-id'], name='document_newest'), models.Index(fields=['site', '-recorded_at', '-id'], name='document_site_newest')],
                    'constraints': [models.UniqueConstraint(fields=('record_type', 'record_key'), name='document_once')],
                },
            ), migrations.CreateModel(
                name='Deferral',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.CharField(max_length=40)),
                    ('step', models.CharField(max_length=40, verbose_name='step')),
                    ('until', models.DateField(blank=True, null=True, verbose_name='until')),
                    ('reason', models.CharField(max_length=400, verbose_name='reason')),
                    ('at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='to')),
                ],
                options={
                    'verbose_name': 'deferred task',
                    'indexes': [models.Index(fields=['record_type', 'record_key', 'step'], name='deferral_task')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('to', None), ('until', None), _connector='XOR'), name='deferral_one_kind'), models.CheckConstraint(condition=models.Q(('to', None), models.Q(('to', models.F('by')), _negated=True), _connector='OR'), name='deferral_to_another')],
                },
            ), migrations.CreateModel(
                name='HistoricalDeferral',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.CharField(max_length=40)),
                    ('step', models.CharField(max_length=40, verbose_name='step')),
                    ('until', models.DateField(blank=True, null=True, verbose_name='until')),
                    ('reason', models.CharField(max_length=400, verbose_name='reason')),
                    ('at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('to', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='to')),
                ],
                options={
                    'verbose_name': 'historical deferred task',
                    'verbose_name_plural': 'historical deferred tasks',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Band',
                fields=[
                    ('number', models.IntegerField(primary_key=True, serialize=False)),
                    ('since', models.DateTimeField(unique=True)),
                    ('holds', models.IntegerField(default=0)),
                    ('is_whole', models.BooleanField(default=False)),
                ],
            ), migrations.CreateModel(
                name='Word',
                fields=[
                    ('text', models.CharField(db_collation='C', max_length=40, primary_key=True, serialize=False)),
                ],
            )],
        ),
    ]
