# Every step until 0008_read_back in one, for a plant that begins: the same tables, rules and functions.

import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.db.models.functions.text
import qms.lib.fields
import qms.lib.ids
import qms.lib.schema
import simple_history.models
from django.conf import settings
from django.db import migrations, models

VERIFIED_BY_ANOTHER = """
CREATE TRIGGER command_verified_by_actor BEFORE INSERT OR UPDATE OF verified_by_id ON commands_command
    FOR EACH ROW EXECUTE FUNCTION qms_by_actor('verified_by_id');
CREATE TRIGGER posting_answered_by_actor BEFORE INSERT OR UPDATE OF answered_by_id ON commands_posting
    FOR EACH ROW EXECUTE FUNCTION qms_by_actor('answered_by_id');
CREATE TRIGGER posting_answer_signed BEFORE INSERT OR UPDATE OF answered_with_id, answered_by_id ON commands_posting
    FOR EACH ROW EXECUTE FUNCTION qms_signed_by('answered_with_id', 'answered_by_id');
"""
VERIFIED_BY_ANOTHER_UNDO = """
DROP TRIGGER command_verified_by_actor ON commands_command;
DROP TRIGGER posting_answered_by_actor ON commands_posting;
DROP TRIGGER posting_answer_signed ON commands_posting;
"""


class Migration(migrations.Migration):

    replaces = [('commands', '0001_initial'), ('commands', '0002_words'), ('commands', '0003_answers_and_reversals'), ('commands', '0004_commands'), ('commands', '0005_instructions'), ('commands', '0006_names_in_words'), ('commands', '0007_verified_by_another'), ('commands', '0008_read_back')]

    initial = True

    dependencies = [
        ('accounts', '0009_retired_compartments'),
        ('masterdata', '0004_running_operations'),
        ('signatures', '0011_signed_by'),
    ]

    operations = [
        qms.lib.schema.CreateModels(
            models=[migrations.CreateModel(
                name='HistoricalPosting',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('reference', models.CharField(max_length=16, verbose_name='reference')),
                    ('kind', models.CharField(choices=[('HOLD', 'Hold'), ('RELEASE', 'Release'), ('SCRAP', 'Scrap'), ('RETURN', 'Return to supplier'), ('REGRADE', 'Regrade'), ('REVERSAL', 'Reversal')], max_length=12, verbose_name='kind')),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.CharField(max_length=40)),
                    ('record_number', models.CharField(max_length=24, verbose_name='record')),
                    ('purpose', models.CharField(max_length=40)),
                    ('target', models.CharField(max_length=40, verbose_name='interface')),
                    ('quantity', qms.lib.fields.QuantityField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('from_place', models.CharField(choices=[('storage', 'Storage'), ('quarantine', 'Quarantine'), ('scrap', 'Scrap'), ('supplier', 'Supplier')], max_length=12, verbose_name='from place')),
                    ('to_place', models.CharField(choices=[('storage', 'Storage'), ('quarantine', 'Quarantine'), ('scrap', 'Scrap'), ('supplier', 'Supplier')], max_length=12, verbose_name='to place')),
                    ('state', models.CharField(default='QUEUED', max_length=16, verbose_name='status')),
                    ('version', models.IntegerField(default=1)),
                    ('document_number', models.CharField(blank=True, default='', max_length=80, verbose_name='document in the ERP')),
                    ('document_id', models.CharField(blank=True, default='', max_length=80)),
                    ('read_back', models.TextField(blank=True, default='')),
                    ('problem_code', models.CharField(blank=True, default='', max_length=40)),
                    ('problem', models.TextField(blank=True, default='', verbose_name='problem')),
                    ('requested_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='requested')),
                    ('sent_at', models.DateTimeField(null=True, verbose_name='sent')),
                    ('posted_at', models.DateTimeField(null=True, verbose_name='posted')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('item', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='masterdata.item', verbose_name='part')),
                    ('lot', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='masterdata.lot', verbose_name='lot')),
                    ('requested_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by')),
                    ('site', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.site', verbose_name='site')),
                    ('unit', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='masterdata.unit', verbose_name='unit')),
                    ('answered_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('answered_with', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='signatures.signature')),
                    ('reason', models.TextField(blank=True, default='', verbose_name='reason')),
                    ('reverses', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='commands.posting')),
                    ('supplier', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='masterdata.supplier', verbose_name='supplier')),
                    ('to_item', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='masterdata.item', verbose_name='new part')),
                ],
                options={
                    'verbose_name': 'historical posting',
                    'verbose_name_plural': 'historical postings',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Posting',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('reference', models.CharField(max_length=16, unique=True, verbose_name='reference')),
                    ('kind', models.CharField(choices=[('HOLD', 'Hold'), ('RELEASE', 'Release'), ('SCRAP', 'Scrap'), ('RETURN', 'Return to supplier'), ('REGRADE', 'Regrade'), ('REVERSAL', 'Reversal')], max_length=12, verbose_name='kind')),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.CharField(max_length=40)),
                    ('record_number', models.CharField(max_length=24, verbose_name='record')),
                    ('purpose', models.CharField(max_length=40)),
                    ('target', models.CharField(max_length=40, verbose_name='interface')),
                    ('quantity', qms.lib.fields.QuantityField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('from_place', models.CharField(choices=[('storage', 'Storage'), ('quarantine', 'Quarantine'), ('scrap', 'Scrap'), ('supplier', 'Supplier')], max_length=12, verbose_name='from place')),
                    ('to_place', models.CharField(choices=[('storage', 'Storage'), ('quarantine', 'Quarantine'), ('scrap', 'Scrap'), ('supplier', 'Supplier')], max_length=12, verbose_name='to place')),
                    ('state', models.CharField(default='QUEUED', max_length=16, verbose_name='status')),
                    ('version', models.IntegerField(default=1)),
                    ('document_number', models.CharField(blank=True, default='', max_length=80, verbose_name='document in the ERP')),
                    ('document_id', models.CharField(blank=True, default='', max_length=80)),
                    ('read_back', models.TextField(blank=True, default='')),
                    ('problem_code', models.CharField(blank=True, default='', max_length=40)),
                    ('problem', models.TextField(blank=True, default='', verbose_name='problem')),
                    ('requested_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='requested')),
                    ('sent_at', models.DateTimeField(null=True, verbose_name='sent')),
                    ('posted_at', models.DateTimeField(null=True, verbose_name='posted')),
                    ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.item', verbose_name='part')),
                    ('lot', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.lot', verbose_name='lot')),
                    ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by')),
                    ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.site', verbose_name='site')),
                    ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.unit', verbose_name='unit')),
                    ('answered_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('answered_with', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='signatures.signature')),
                    ('reason', models.TextField(blank=True, default='', verbose_name='reason')),
                    ('reverses', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversals', to='commands.posting')),
                    ('supplier', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.supplier', verbose_name='supplier')),
                    ('to_item', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.item', verbose_name='new part')),
                ],
                options={
                    'ordering': ('pk',),
                    'indexes': [models.Index(fields=['record_type', 'record_key'], name='posting_record'), models.Index(fields=['target', 'state'], name='posting_target_state')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='posting_quantity'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('POSTED', 'RECONCILED')), _negated=True), models.Q(('document_number', ''), _negated=True), _connector='OR'), name='posting_has_document'), models.CheckConstraint(condition=models.Q(models.Q(('from_place', models.F('to_place')), _negated=True), ('to_item__isnull', False), _connector='OR'), name='posting_moves'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'REVERSAL'), ('reverses__isnull', False)), models.Q(models.Q(('kind', 'REVERSAL'), _negated=True), ('reverses', None)), _connector='OR'), name='posting_reversal'), models.UniqueConstraint(condition=models.Q(models.Q(('state', 'CANCELLED'), _negated=True), ('reverses__isnull', False)), fields=('reverses',), name='posting_reversed_once'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'SKIPPED'), _negated=True), ('answered_with__isnull', False), _connector='OR'), name='posting_skip_is_signed'), models.CheckConstraint(condition=models.Q(('answered_by', models.F('requested_by')), _negated=True), name='posting_answer_by_another')],
                    'verbose_name': 'posting',
                },
            ), migrations.CreateModel(
                name='HistoricalCommand',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_act', models.UUIDField(null=True)),
                    ('history_schema', models.TextField(default='')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False)),
                    ('kind', models.CharField(choices=[('hold', 'Hold'), ('release', 'Release'), ('special_instruction', 'Special instruction'), ('inspect_sample', 'Inspect a sample'), ('sort', 'Sort'), ('quarantine', 'Quarantine'), ('stop_operation', 'Stop the operation')], max_length=20, verbose_name='kind')),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.CharField(max_length=40)),
                    ('record_number', models.CharField(max_length=24, verbose_name='record')),
                    ('purpose', models.CharField(max_length=40)),
                    ('target', models.CharField(max_length=40, verbose_name='interface')),
                    ('severity', models.CharField(default='major', max_length=10)),
                    ('part', models.CharField(blank=True, default='', max_length=120)),
                    ('part_revision', models.CharField(blank=True, default='', max_length=40)),
                    ('lot', models.CharField(blank=True, default='', max_length=120, verbose_name='lot')),
                    ('order', models.CharField(blank=True, default='', max_length=120)),
                    ('operation', models.CharField(blank=True, default='', max_length=200)),
                    ('work_center', models.CharField(blank=True, default='', max_length=120)),
                    ('serials', models.JSONField(blank=True, default=list)),
                    ('text', models.TextField(blank=True, default='')),
                    ('quantity', qms.lib.fields.QuantityField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('unit', models.CharField(max_length=40)),
                    ('state', models.CharField(default='REQUESTED', max_length=16, verbose_name='status')),
                    ('version', models.IntegerField(default=1)),
                    ('answers', models.JSONField(blank=True, default=dict, verbose_name='answers')),
                    ('problem', models.TextField(blank=True, default='', verbose_name='problem')),
                    ('executor', models.CharField(blank=True, default='', max_length=80)),
                    ('executed_at', models.DateTimeField(null=True, verbose_name='executed')),
                    ('due_at', models.DateTimeField(null=True, verbose_name='due')),
                    ('overdue', models.IntegerField(default=0, verbose_name='missed deadlines')),
                    ('requested_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='requested')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.CharField(max_length=100, null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('requested_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('site', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.site')),
                    ('valid_until', models.DateTimeField(blank=True, null=True, verbose_name='valid until')),
                    ('verified_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('reported', models.JSONField(blank=True, default=dict, verbose_name='last report')),
                    ('verified_how', models.CharField(blank=True, choices=[('person', 'By a person'), ('read_back', 'Automatic read-back')], default='', max_length=10, verbose_name='kind of verification')),
                ],
                options={
                    'verbose_name': 'historical command',
                    'verbose_name_plural': 'historical commands',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Command',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=qms.lib.ids.uuid7, editable=False, unique=True)),
                    ('kind', models.CharField(choices=[('hold', 'Hold'), ('release', 'Release'), ('special_instruction', 'Special instruction'), ('inspect_sample', 'Inspect a sample'), ('sort', 'Sort'), ('quarantine', 'Quarantine'), ('stop_operation', 'Stop the operation')], max_length=20, verbose_name='kind')),
                    ('record_type', models.CharField(max_length=80)),
                    ('record_key', models.CharField(max_length=40)),
                    ('record_number', models.CharField(max_length=24, verbose_name='record')),
                    ('purpose', models.CharField(max_length=40)),
                    ('target', models.CharField(max_length=40, verbose_name='interface')),
                    ('severity', models.CharField(default='major', max_length=10)),
                    ('part', models.CharField(blank=True, default='', max_length=120)),
                    ('part_revision', models.CharField(blank=True, default='', max_length=40)),
                    ('lot', models.CharField(blank=True, default='', max_length=120, verbose_name='lot')),
                    ('order', models.CharField(blank=True, default='', max_length=120)),
                    ('operation', models.CharField(blank=True, default='', max_length=200)),
                    ('work_center', models.CharField(blank=True, default='', max_length=120)),
                    ('serials', models.JSONField(blank=True, default=list)),
                    ('text', models.TextField(blank=True, default='')),
                    ('quantity', qms.lib.fields.QuantityField(decimal_places=6, max_digits=20, verbose_name='quantity')),
                    ('unit', models.CharField(max_length=40)),
                    ('state', models.CharField(default='REQUESTED', max_length=16, verbose_name='status')),
                    ('version', models.IntegerField(default=1)),
                    ('answers', models.JSONField(blank=True, default=dict, verbose_name='answers')),
                    ('problem', models.TextField(blank=True, default='', verbose_name='problem')),
                    ('executor', models.CharField(blank=True, default='', max_length=80)),
                    ('executed_at', models.DateTimeField(null=True, verbose_name='executed')),
                    ('due_at', models.DateTimeField(db_index=True, null=True, verbose_name='due')),
                    ('overdue', models.IntegerField(default=0, verbose_name='missed deadlines')),
                    ('requested_at', qms.lib.fields.DatabaseTime(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='requested')),
                    ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.site')),
                    ('valid_until', models.DateTimeField(blank=True, null=True, verbose_name='valid until')),
                    ('verified_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('reported', models.JSONField(blank=True, default=dict, verbose_name='last report')),
                    ('verified_how', models.CharField(blank=True, choices=[('person', 'By a person'), ('read_back', 'Automatic read-back')], default='', max_length=10, verbose_name='kind of verification')),
                ],
                options={
                    'verbose_name': 'command',
                    'ordering': ('pk',),
                    'indexes': [models.Index(fields=['record_type', 'record_key'], name='command_record'), models.Index(fields=['site', 'lot'], name='command_lot')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='command_quantity'), models.UniqueConstraint(fields=('record_type', 'record_key', 'purpose', 'target'), name='command_once_per_target'), models.CheckConstraint(condition=models.Q(('verified_by', None), models.Q(('executor', django.db.models.functions.text.Concat(models.Value('person:'), django.db.models.functions.comparison.Cast('verified_by_id', models.TextField()))), _negated=True), _connector='OR'), name='command_verified_by_another')],
                },
            )],
        ),
        migrations.RunSQL(
            sql=VERIFIED_BY_ANOTHER,
            reverse_sql=VERIFIED_BY_ANOTHER_UNDO,
        ),
    ]
