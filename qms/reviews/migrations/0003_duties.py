from django.db import migrations

# Whoever writes: the person of the row is the one who acts, and the signer of its signature.
LAW = """
CREATE TRIGGER trailreview_reviewer_by_actor BEFORE INSERT OR UPDATE OF reviewer_id ON reviews_trailreview
    FOR EACH ROW EXECUTE FUNCTION qms_by_actor('reviewer_id');
CREATE TRIGGER accessline_decided_by_actor BEFORE INSERT OR UPDATE OF decided_by_id ON reviews_accessline
    FOR EACH ROW EXECUTE FUNCTION qms_by_actor('decided_by_id');
"""

UNDO = """
DROP TRIGGER trailreview_reviewer_by_actor ON reviews_trailreview;
DROP TRIGGER accessline_decided_by_actor ON reviews_accessline;
"""


class Migration(migrations.Migration):
    dependencies = [
        ('signatures', '0011_signed_by'),
        ('reviews', '0002_access'),
    ]
    operations = [
        migrations.RunSQL(LAW, UNDO),
    ]
