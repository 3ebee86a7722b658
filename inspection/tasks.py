"""What Celery carries: a bell a day. It may come twice, late or never."""

from celery import shared_task
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from qms import journal
from qms.lib.errors import NotNow

from . import actions


@shared_task(name="inspection.keep_days", time_limit=3600)
def keep_days() -> None:
    """Partitions of the days to come, and an end to raw values that are kept no longer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT qms_extend_measurements()")
    actions.drop_old(days=settings.MEASUREMENT_DAYS, by=journal.SYSTEM)


@shared_task(name="inspection.inspect_due", time_limit=600)
def inspect_due() -> None:
    """What waits for its inspection: receipts, shipments, operations, intervals."""
    token = journal.ORIGIN.set(journal.Origin(source="automation"))
    try:
        actions.inspect_due()
    finally:
        journal.ORIGIN.reset(token)


@shared_task(name="inspection.watch_charts", time_limit=600)
def watch_charts() -> None:
    """New values of every control chart, judged by its frozen limits."""
    token = journal.ORIGIN.set(journal.Origin(source="automation"))
    try:
        actions.watch_charts(by=journal.SYSTEM)
    finally:
        journal.ORIGIN.reset(token)


def ring_days() -> None:
    """Raises NotNow when the broker does not take the bell."""
    try:
        keep_days.delay()
    except (OperationalError, OSError) as away:
        raise NotNow(_("The worker cannot be reached at the moment.")) from away
