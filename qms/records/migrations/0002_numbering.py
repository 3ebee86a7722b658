from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

from qms.records import numbering


class Migration(migrations.Migration):
    """Trigrams for search; the number series' functions exist before the first table takes its default from them."""

    dependencies = [("records", "0001_initial")]
    operations = [TrigramExtension(), migrations.RunSQL(numbering.FUNCTIONS, reverse_sql=migrations.RunSQL.noop)]
