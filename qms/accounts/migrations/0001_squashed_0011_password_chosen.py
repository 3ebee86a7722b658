# Every step until 0011_password_chosen in one, for a plant that begins: the same tables, rules and functions.

import django.db.models.deletion
import django.db.models.functions.datetime
import qms.lib.clock
import qms.lib.ids
import qms.lib.schema
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models

DUTIES = """
CREATE FUNCTION qms_by_actor() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_new text := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
    -- Without an act nothing is written at all; that law says so itself.
    IF coalesce(current_setting('qms.act', true), '') = '' THEN
        RETURN NEW;
    END IF;
    IF v_new IS NULL OR (TG_OP = 'UPDATE' AND v_new IS NOT DISTINCT FROM to_jsonb(OLD) ->> TG_ARGV[0]) THEN
        RETURN NEW;
    END IF;
    IF v_new IS DISTINCT FROM current_setting('qms.actor', true) THEN
        RAISE EXCEPTION 'qms: % of % is whoever acts', TG_ARGV[0], TG_TABLE_NAME USING ERRCODE = 'QM005';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION qms_not_by_actor() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF to_jsonb(NEW) ->> TG_ARGV[0] = current_setting('qms.actor', true) THEN
        RAISE EXCEPTION 'qms: nobody gives themself what % holds', TG_TABLE_NAME USING ERRCODE = 'QM005';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER grant_not_by_actor BEFORE INSERT ON accounts_grant
    FOR EACH ROW EXECUTE FUNCTION qms_not_by_actor('user_id');
CREATE TRIGGER badge_not_by_actor BEFORE INSERT ON accounts_badge
    FOR EACH ROW EXECUTE FUNCTION qms_not_by_actor('user_id');
CREATE TRIGGER compartment_not_by_actor BEFORE INSERT OR UPDATE ON accounts_compartmentuserobjectpermission
    FOR EACH ROW EXECUTE FUNCTION qms_not_by_actor('user_id');
"""
DUTIES_UNDO = """
DROP TRIGGER grant_not_by_actor ON accounts_grant;
DROP TRIGGER badge_not_by_actor ON accounts_badge;
DROP TRIGGER compartment_not_by_actor ON accounts_compartmentuserobjectpermission;
DROP FUNCTION qms_by_actor();
DROP FUNCTION qms_not_by_actor();
"""


class Migration(migrations.Migration):

    replaces = [('accounts', '0001_initial'), ('accounts', '0002_given_passwords_and_grantors'), ('accounts', '0003_grant_ended_at'), ('accounts', '0004_words'), ('accounts', '0005_badges'), ('accounts', '0006_continuous_signing'), ('accounts', '0007_identity_providers'), ('accounts', '0008_grant_moment'), ('accounts', '0009_retired_compartments'), ('accounts', '0010_duties'), ('accounts', '0011_password_chosen')]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        qms.lib.schema.CreateModels(
            models=[migrations.CreateModel(
                name='Compartment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=40, unique=True, verbose_name='code')),
                    ('name', models.CharField(max_length=80, verbose_name='name')),
                    ('retired_at', models.DateTimeField(blank=True, null=True, verbose_name='retired')),
                ],
                options={
                    'permissions': (('enter_compartment', 'May see records of this compartment'),),
                    'verbose_name': 'export compartment',
                },
            ), migrations.CreateModel(
                name='FailedAttempt',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('username_key', models.CharField(db_index=True, max_length=120)),
                    ('address', models.CharField(blank=True, default='', max_length=45)),
                    ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
            ), migrations.CreateModel(
                name='ServiceToken',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('prefix', models.CharField(max_length=12)),
                    ('digest', models.CharField(max_length=64, unique=True)),
                    ('scopes', models.JSONField(default=list)),
                    ('source', models.CharField(blank=True, default='', max_length=40, verbose_name='source system')),
                    ('addresses', models.JSONField(blank=True, default=list, verbose_name='allowed addresses')),
                    ('expires_at', models.DateTimeField(verbose_name='expires')),
                    ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tokens', to=settings.AUTH_USER_MODEL)),
                    ('sites', models.ManyToManyField(through='accounts.TokenSite', to='accounts.site')),
                ],
                options={
                    'abstract': False,
                    'verbose_name': 'token',
                },
            ), migrations.CreateModel(
                name='Site',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.CharField(max_length=16, unique=True, verbose_name='code')),
                    ('name', models.CharField(max_length=80, verbose_name='name')),
                    ('name_zh', models.CharField(blank=True, default='', max_length=80, verbose_name='Chinese name')),
                    ('timezone', models.CharField(default='UTC', max_length=40, verbose_name='time zone')),
                ],
                options={
                    'ordering': ('code',),
                    'verbose_name': 'site',
                },
            ), migrations.CreateModel(
                name='User',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('password', models.CharField(max_length=128, verbose_name='password')),
                    ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                    ('username', models.CharField(max_length=60, unique=True, verbose_name='user id')),
                    ('username_key', models.CharField(editable=False, max_length=120, unique=True)),
                    ('kind', models.CharField(choices=[('person', 'Person'), ('service', 'Service account')], default='person', max_length=8)),
                    ('full_name', models.CharField(max_length=120, verbose_name='printed name')),
                    ('email', models.EmailField(blank=True, default='', max_length=254, verbose_name='e-mail')),
                    ('language', models.CharField(choices=[('en', 'English'), ('zh-hans', '简体中文')], default='en', max_length=8, verbose_name='language')),
                    ('theme', models.CharField(choices=[('auto', 'Automatic'), ('light', 'Light'), ('dark', 'Dark')], default='auto', max_length=8, verbose_name='theme')),
                    ('timezone', models.CharField(default='UTC', max_length=40, verbose_name='time zone')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('personal_salt', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                    ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                    ('password_given', models.BooleanField(default=False, verbose_name='one-time password')),
                    ('pin', models.CharField(blank=True, default='', editable=False, max_length=128, verbose_name='PIN')),
                    ('epoch', models.IntegerField(default=0, editable=False, verbose_name='sessions ended')),
                    ('password_handed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('password_chosen_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ],
                options={
                    'ordering': ('username',),
                    'verbose_name': 'account',
                },
            ), migrations.CreateModel(
                name='Container',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('customer', 'Customer'), ('programme', 'Programme'), ('product_line', 'Product line')], max_length=16, verbose_name='kind')),
                    ('code', models.CharField(max_length=40, verbose_name='code')),
                    ('name', models.CharField(max_length=80, verbose_name='name')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('kind', 'code'), name='container_once')],
                    'verbose_name': 'customer or programme',
                },
            ), migrations.CreateModel(
                name='HistoricalCompartment',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('code', models.CharField(max_length=40, verbose_name='code')),
                    ('name', models.CharField(max_length=80, verbose_name='name')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('retired_at', models.DateTimeField(blank=True, null=True, verbose_name='retired')),
                ],
                options={
                    'verbose_name': 'historical export compartment',
                    'verbose_name_plural': 'historical export compartments',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalCompartmentUserObjectPermission',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('content_object', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.compartment')),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('permission', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='auth.permission')),
                    ('user', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical compartment access',
                    'verbose_name_plural': 'historical compartment accesss',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalContainer',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('kind', models.CharField(choices=[('customer', 'Customer'), ('programme', 'Programme'), ('product_line', 'Product line')], max_length=16, verbose_name='kind')),
                    ('code', models.CharField(max_length=40, verbose_name='code')),
                    ('name', models.CharField(max_length=80, verbose_name='name')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical customer or programme',
                    'verbose_name_plural': 'historical customer or programmes',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalServiceToken',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('prefix', models.CharField(max_length=12)),
                    ('digest', models.CharField(max_length=64)),
                    ('scopes', models.JSONField(default=list)),
                    ('source', models.CharField(blank=True, default='', max_length=40, verbose_name='source system')),
                    ('addresses', models.JSONField(blank=True, default=list, verbose_name='allowed addresses')),
                    ('expires_at', models.DateTimeField(verbose_name='expires')),
                    ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('user', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical token',
                    'verbose_name_plural': 'historical tokens',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalSite',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('code', models.CharField(max_length=16, verbose_name='code')),
                    ('name', models.CharField(max_length=80, verbose_name='name')),
                    ('name_zh', models.CharField(blank=True, default='', max_length=80, verbose_name='Chinese name')),
                    ('timezone', models.CharField(default='UTC', max_length=40, verbose_name='time zone')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical site',
                    'verbose_name_plural': 'historical sites',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalUser',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('username', models.CharField(max_length=60, verbose_name='user id')),
                    ('username_key', models.CharField(editable=False, max_length=120)),
                    ('kind', models.CharField(choices=[('person', 'Person'), ('service', 'Service account')], default='person', max_length=8)),
                    ('full_name', models.CharField(max_length=120, verbose_name='printed name')),
                    ('language', models.CharField(choices=[('en', 'English'), ('zh-hans', '简体中文')], default='en', max_length=8, verbose_name='language')),
                    ('theme', models.CharField(choices=[('auto', 'Automatic'), ('light', 'Light'), ('dark', 'Dark')], default='auto', max_length=8, verbose_name='theme')),
                    ('timezone', models.CharField(default='UTC', max_length=40, verbose_name='time zone')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('password_given', models.BooleanField(default=False, verbose_name='one-time password')),
                    ('epoch', models.IntegerField(default=0, editable=False, verbose_name='sessions ended')),
                    ('password_handed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                    ('password_chosen_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ],
                options={
                    'verbose_name': 'historical account',
                    'verbose_name_plural': 'historical accounts',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='TokenUse',
                fields=[
                    ('token', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to='accounts.servicetoken')),
                    ('used_at', models.DateTimeField()),
                ],
            ), migrations.CreateModel(
                name='HistoricalTokenSite',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('token', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.servicetoken')),
                    ('site', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.site')),
                ],
                options={
                    'verbose_name': 'historical site of a token',
                    'verbose_name_plural': 'historical site of a tokens',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalGrant',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('role', models.CharField(choices=[('operator', 'Operator'), ('inspector', 'Inspector'), ('quality_engineer', 'Quality engineer'), ('supervisor', 'Supervisor'), ('quality_manager', 'Quality manager'), ('mrb_member', 'MRB member'), ('supplier_quality', 'Supplier quality engineer'), ('design_authority', 'Design authority'), ('purchasing', 'Purchasing'), ('document_controller', 'Document controller'), ('auditor', 'Auditor'), ('security_officer', 'Security officer'), ('integration_owner', 'Integration owner'), ('administrator', 'Administrator')], max_length=24, verbose_name='role')),
                    ('valid_from', models.DateField(verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('container', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.container')),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('user', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('site', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.site')),
                    ('granted_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                    ('granted_at', models.DateTimeField(blank=True, null=True, verbose_name='granted')),
                ],
                options={
                    'verbose_name': 'historical grant',
                    'verbose_name_plural': 'historical grants',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='TokenSite',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.site')),
                    ('token', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.servicetoken')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('token', 'site'), name='token_site_once')],
                    'verbose_name': 'site of a token',
                },
            ), migrations.CreateModel(
                name='CompartmentUserObjectPermission',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('content_object', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounts.compartment')),
                    ('permission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.permission')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'abstract': False,
                    'unique_together': {('user', 'permission', 'content_object')},
                    'verbose_name': 'compartment access',
                },
            ), migrations.CreateModel(
                name='Grant',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('role', models.CharField(choices=[('operator', 'Operator'), ('inspector', 'Inspector'), ('quality_engineer', 'Quality engineer'), ('supervisor', 'Supervisor'), ('quality_manager', 'Quality manager'), ('mrb_member', 'MRB member'), ('supplier_quality', 'Supplier quality engineer'), ('design_authority', 'Design authority'), ('purchasing', 'Purchasing'), ('document_controller', 'Document controller'), ('auditor', 'Auditor'), ('security_officer', 'Security officer'), ('integration_owner', 'Integration owner'), ('administrator', 'Administrator')], max_length=24, verbose_name='role')),
                    ('valid_from', models.DateField(verbose_name='valid from')),
                    ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                    ('container', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.container')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grants', to=settings.AUTH_USER_MODEL)),
                    ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='accounts.site')),
                    ('granted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                    ('granted_at', models.DateTimeField(blank=True, null=True, verbose_name='granted')),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='grant_dates'), models.CheckConstraint(condition=models.Q(('granted_by', models.F('user')), _negated=True), name='grant_not_to_oneself')],
                    'verbose_name': 'grant',
                },
            ), migrations.CreateModel(
                name='HistoricalBadge',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('number', models.CharField(max_length=60, verbose_name='badge number')),
                    ('issued_at', models.DateTimeField(default=qms.lib.clock.now, verbose_name='issued')),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('issued_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('user', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical badge',
                    'verbose_name_plural': 'historical badges',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Badge',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.CharField(max_length=60, verbose_name='badge number')),
                    ('issued_at', models.DateTimeField(default=qms.lib.clock.now, verbose_name='issued')),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                    ('issued_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='badges', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'badge',
                    'ordering': ('-pk',),
                    'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('number',), name='badge_once'), models.CheckConstraint(condition=models.Q(('issued_by', models.F('user')), _negated=True), name='badge_not_to_oneself')],
                },
            ), migrations.CreateModel(
                name='CodeDevice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('secret', models.TextField(editable=False)),
                    ('enrolled_at', models.DateTimeField(default=qms.lib.clock.now, verbose_name='enrolled')),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                    ('personal_salt', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='code_devices', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'one-time code',
                    'ordering': ('-pk',),
                    'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('user',), name='code_device_once')],
                },
            ), migrations.CreateModel(
                name='CodeUse',
                fields=[
                    ('device', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='use', serialize=False, to='accounts.codedevice')),
                    ('step', models.BigIntegerField()),
                ],
            ), migrations.CreateModel(
                name='HistoricalCodeDevice',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('enrolled_at', models.DateTimeField(default=qms.lib.clock.now, verbose_name='enrolled')),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('user', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical one-time code',
                    'verbose_name_plural': 'historical one-time codes',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='IdentityProvider',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('code', models.SlugField(max_length=24, unique=True, verbose_name='code')),
                    ('name', models.CharField(max_length=60, verbose_name='name')),
                    ('issuer', models.CharField(max_length=300, verbose_name='issuer')),
                    ('client_id', models.CharField(max_length=200, verbose_name='client id')),
                    ('secret', models.TextField(blank=True, default='', editable=False)),
                    ('acr_values', models.CharField(blank=True, default='', max_length=200, verbose_name='asked when signing (acr)')),
                    ('ends_session', models.BooleanField(default=False, verbose_name='log out there too')),
                    ('creates_people', models.BooleanField(default=False, verbose_name='make accounts at the first login')),
                    ('retired_at', models.DateTimeField(blank=True, null=True, verbose_name='retired')),
                    ('personal_salt', models.UUIDField(default=uuid.uuid4, editable=False)),
                ],
                options={
                    'verbose_name': 'identity provider',
                    'ordering': ('name',),
                },
            ), migrations.CreateModel(
                name='HistoricalIdentityProvider',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('code', models.SlugField(db_index=False, max_length=24, verbose_name='code')),
                    ('name', models.CharField(max_length=60, verbose_name='name')),
                    ('issuer', models.CharField(max_length=300, verbose_name='issuer')),
                    ('client_id', models.CharField(max_length=200, verbose_name='client id')),
                    ('acr_values', models.CharField(blank=True, default='', max_length=200, verbose_name='asked when signing (acr)')),
                    ('ends_session', models.BooleanField(default=False, verbose_name='log out there too')),
                    ('creates_people', models.BooleanField(default=False, verbose_name='make accounts at the first login')),
                    ('retired_at', models.DateTimeField(blank=True, null=True, verbose_name='retired')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical identity provider',
                    'verbose_name_plural': 'historical identity providers',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalIdentity',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('subject', models.CharField(blank=True, default='', max_length=255, verbose_name='subject')),
                    ('invited_until', models.DateTimeField(blank=True, null=True, verbose_name='invited until')),
                    ('made_at', models.DateTimeField(default=qms.lib.clock.now, verbose_name='made')),
                    ('bound_at', models.DateTimeField(blank=True, null=True, verbose_name='bound')),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('made_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('user', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('provider', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.identityprovider')),
                ],
                options={
                    'verbose_name': 'historical sign-in at an identity provider',
                    'verbose_name_plural': 'historical sign-in at an identity providers',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Identity',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('subject', models.CharField(blank=True, default='', max_length=255, verbose_name='subject')),
                    ('email', models.EmailField(blank=True, default='', max_length=254, verbose_name='invited e-mail')),
                    ('invited_until', models.DateTimeField(blank=True, null=True, verbose_name='invited until')),
                    ('made_at', models.DateTimeField(default=qms.lib.clock.now, verbose_name='made')),
                    ('bound_at', models.DateTimeField(blank=True, null=True, verbose_name='bound')),
                    ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                    ('personal_salt', models.UUIDField(default=uuid.uuid4, editable=False)),
                    ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='identities', to=settings.AUTH_USER_MODEL)),
                    ('provider', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='identities', to='accounts.identityprovider')),
                ],
                options={
                    'verbose_name': 'sign-in at an identity provider',
                    'ordering': ('-pk',),
                    'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('user',), name='identity_of_user_once'), models.UniqueConstraint(condition=models.Q(('ended_at', None), models.Q(('subject', ''), _negated=True)), fields=('provider', 'subject'), name='identity_subject_once'), models.CheckConstraint(condition=models.Q(('made_by', models.F('user')), _negated=True), name='identity_not_to_oneself'), models.CheckConstraint(condition=models.Q(models.Q(('bound_at', None), ('subject', '')), models.Q(models.Q(('subject', ''), _negated=True), ('bound_at__isnull', False)), _connector='OR'), name='identity_bound_pair')],
                },
            )],
        ),
        migrations.RunSQL(
            sql=DUTIES,
            reverse_sql=DUTIES_UNDO,
        ),
    ]
