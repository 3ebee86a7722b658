# Every step until 0007_plant_calendar in one, for a plant that begins: the same tables, rules and functions.

import datetime
import django.db.models.deletion
import django.db.models.functions.datetime
import qms.lib.fields
import qms.lib.ids
import qms.lib.schema
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('office', '0001_notifications'), ('office', '0002_alarms'), ('office', '0003_trail_alarms'), ('office', '0004_security_alarms'), ('office', '0005_verifications'), ('office', '0006_nightly'), ('office', '0007_plant_calendar')]

    initial = True

    dependencies = [
        ('accounts', '0010_duties'),
    ]

    operations = [
        qms.lib.schema.CreateModels(
            models=[migrations.CreateModel(
                name='NotificationSettings',
                fields=[
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                    ('digest', models.CharField(choices=[('none', 'No mail'), ('hourly', 'Once an hour, when there is news'), ('daily', 'Once a day, in the morning')], default='daily', max_length=8, verbose_name='mail')),
                    ('muted', models.JSONField(default=list)),
                    ('mailed_at', models.DateTimeField(null=True)),
                ],
            ), migrations.CreateModel(
                name='Notification',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('key', models.CharField(max_length=80)),
                    ('kind', models.CharField(choices=[('signature', 'Signature asked'), ('assigned', 'Assigned to me'), ('mentioned', 'Mentioned in a comment'), ('hold', 'Hold confirmed or ended'), ('posting', 'Posting failed'), ('command', 'Shop floor late, refusing or in breach'), ('interface', 'Interface silent or webhook stopped'), ('security', 'Account locked, or its protection taken away'), ('due', 'Due soon or overdue'), ('trail', 'Trail not sealed or not kept outside'), ('silence', 'Expected and not heard, or a process of ours is down')], max_length=12)),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.CharField(max_length=40)),
                    ('number', models.CharField(max_length=24)),
                    ('event', models.CharField(max_length=60)),
                    ('data', models.JSONField(default=dict)),
                    ('actor', models.CharField(blank=True, default='', max_length=120)),
                    ('at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('read_at', models.DateTimeField(null=True)),
                    ('mailed_at', models.DateTimeField(null=True)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'indexes': [models.Index(fields=['user', '-id'], name='notification_user')],
                    'constraints': [models.UniqueConstraint(fields=('user', 'key'), name='notification_once')],
                },
            ), migrations.CreateModel(
                name='TrailAlarm',
                fields=[
                    ('name', models.CharField(choices=[('unsealed', 'Sealing'), ('anchor', 'Checkpoints outside'), ('broken', 'Verification'), ('unverified', 'Nightly verification')], max_length=12, primary_key=True, serialize=False)),
                    ('since', models.DateTimeField(null=True)),
                    ('finding', models.JSONField(default=dict)),
                ],
            ), migrations.CreateModel(
                name='Verification',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('asked_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                    ('finished_at', models.DateTimeField(null=True)),
                    ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('night', models.DateField(null=True, unique=True)),
                ],
            ), migrations.CreateModel(
                name='Nightly',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('is_on', models.BooleanField(default=True, verbose_name='verify every night')),
                    ('at', models.TimeField(default=datetime.time(2, 30), verbose_name='time')),
                    ('timezone', models.CharField(max_length=40, verbose_name='time zone')),
                ],
                options={
                    'verbose_name': 'nightly verification',
                    'ordering': ('-pk',),
                },
            ), migrations.CreateModel(
                name='HistoricalNightly',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('is_on', models.BooleanField(default=True, verbose_name='verify every night')),
                    ('at', models.TimeField(default=datetime.time(2, 30), verbose_name='time')),
                    ('timezone', models.CharField(max_length=40, verbose_name='time zone')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical nightly verification',
                    'verbose_name_plural': 'historical nightly verifications',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalPlantCalendar',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('shifts', models.JSONField(blank=True, default=list, verbose_name='shifts')),
                    ('days_off', models.JSONField(blank=True, default=list, verbose_name='days off')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('site', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.site')),
                ],
                options={
                    'verbose_name': 'historical plant calendar',
                    'verbose_name_plural': 'historical plant calendars',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='PlantCalendar',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('shifts', models.JSONField(blank=True, default=list, verbose_name='shifts')),
                    ('days_off', models.JSONField(blank=True, default=list, verbose_name='days off')),
                    ('site', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='calendar', to='accounts.site')),
                ],
                options={
                    'verbose_name': 'plant calendar',
                },
            )],
        ),
    ]
