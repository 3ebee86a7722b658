"""Bells: derived tables catch up with the sealed trail. Each may come twice, late or never."""

from celery import shared_task
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from qms.journal import following
from qms.lib.errors import NotNow

from . import projection


@shared_task(name="insight.catch_up_search", ignore_result=True)
def catch_up_search() -> None:
    projection.catch_up()


def ring() -> None:
    """Rings only when there is something to read. Raises NotNow when the broker does not take the bell."""
    if not following.is_behind([projection.NAME]):
        return
    try:
        catch_up_search.delay()
    except (OperationalError, OSError) as away:
        raise NotNow(_("The worker cannot be reached at the moment.")) from away
