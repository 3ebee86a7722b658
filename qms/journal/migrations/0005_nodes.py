from django.db import migrations


class Migration(migrations.Migration):
    """Nodes of every eighth level of the tree; the sealer fills them for what is sealed already when it next leads."""

    dependencies = [("journal", "0004_anchors")]

    operations = [
        migrations.RunSQL(
            "CREATE TABLE journal_node (tier smallint NOT NULL CHECK (tier > 0), place bigint NOT NULL, hash bytea NOT NULL,"
            " PRIMARY KEY (tier, place))",
            "DROP TABLE journal_node",
        )
    ]
