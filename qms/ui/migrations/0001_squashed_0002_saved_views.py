# Every step until 0002_saved_views in one, for a plant that begins: the same tables, rules and functions.

import django.db.models.deletion
import django.db.models.functions.datetime
import qms.lib.fields
import qms.lib.ids
import qms.lib.schema
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('ui', '0001_bulk_jobs'), ('ui', '0002_saved_views')]

    initial = True

    dependencies = [
        ('accounts', '__first__'),
    ]

    operations = [
        qms.lib.schema.CreateModels(
            models=[migrations.CreateModel(
                name='BulkJob',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('address', models.CharField(max_length=200)),
                    ('act', models.CharField(max_length=40)),
                    ('entered', models.TextField()),
                    ('keys', models.JSONField(default=list)),
                    ('results', models.JSONField(default=list)),
                    ('made_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('finished_at', models.DateTimeField(null=True)),
                    ('cancelled', models.BooleanField(default=False)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
            ), migrations.CreateModel(
                name='SavedView',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('list', models.CharField(max_length=60)),
                    ('path', models.CharField(max_length=200)),
                    ('name', models.CharField(max_length=60)),
                    ('query', models.TextField(blank=True, default='')),
                    ('shared', models.BooleanField(default=False)),
                    ('deleted_at', models.DateTimeField(null=True)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(condition=models.Q(('deleted_at', None)), fields=('user', 'list', 'name'), name='saved_view_once')],
                },
            ), migrations.CreateModel(
                name='DefaultView',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('list', models.CharField(max_length=60)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('view', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='ui.savedview')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('user', 'list'), name='default_view_once')],
                },
            )],
        ),
    ]
