"""Who owns an object stands in the signed matrix alone; a rule of one interface beside it is not carried over unseen."""

from django.core.management.base import CommandError
from django.db import migrations


def none_left(apps, schema_editor):
    rows = apps.get_model("connectors", "Mastership").objects.order_by("interface__code", "object")
    told = "; ".join(
        f"{code}: {object} = {master}" for code, object, master in rows.values_list("interface__code", "object", "master")
    )
    if told:
        raise CommandError(
            f"Systems of record are said of single interfaces ({told}). Put them into the system-of-record matrix of the site, "
            "take them back at the interface (More, System of record, “the interface itself”), then upgrade again."
        )


class Migration(migrations.Migration):
    dependencies = [("connectors", "0020_downtime")]

    operations = [
        migrations.RunPython(none_left, migrations.RunPython.noop),
        migrations.DeleteModel(name="HistoricalMastership"),
        migrations.DeleteModel(name="Mastership"),
    ]
