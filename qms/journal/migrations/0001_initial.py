from django.db import migrations

from qms.journal import sql


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(
            sql.TABLES + sql.FUNCTIONS + sql.TRIGGERS,
            reverse_sql=migrations.RunSQL.noop,
            elidable=False,
        ),
    ]
