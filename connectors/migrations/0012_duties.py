from django.db import migrations

# Whoever writes: the person of the row is the one who acts, and the signer of its signature.
LAW = """
CREATE TRIGGER mapping_edited_by_actor BEFORE INSERT OR UPDATE OF edited_by_id ON connectors_mapping
    FOR EACH ROW EXECUTE FUNCTION qms_by_actor('edited_by_id');
CREATE TRIGGER mapping_approved_by_actor BEFORE INSERT OR UPDATE OF approved_by_id ON connectors_mapping
    FOR EACH ROW EXECUTE FUNCTION qms_by_actor('approved_by_id');
"""

UNDO = """
DROP TRIGGER mapping_edited_by_actor ON connectors_mapping;
DROP TRIGGER mapping_approved_by_actor ON connectors_mapping;
"""


class Migration(migrations.Migration):
    dependencies = [
        ('signatures', '0011_signed_by'),
        ('connectors', '0011_mappings'),
    ]
    operations = [
        migrations.RunSQL(LAW, UNDO),
    ]
