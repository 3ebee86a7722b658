"""Bells: derived tables catch up with the sealed trail. Each may come twice, late or never."""

from celery import shared_task
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from qms.journal import following
from qms.lib.errors import NotNow

from . import bands, projection

LONGEST_SECONDS = 7200


@shared_task(name="insight.catch_up_search", ignore_result=True)
def catch_up_search() -> None:
    projection.catch_up()


@shared_task(name="insight.rebuild_search", ignore_result=True, time_limit=LONGEST_SECONDS)
def rebuild_search() -> None:
    """After an upgrade that cuts documents another way; nothing when it is done, or when another worker is at it."""
    if not bands.are_whole():
        projection.rebuild(wait=False)


def ring() -> None:
    """Rings only when there is something to do. Raises NotNow when the broker does not take the bell."""
    bells = [catch_up_search] if following.is_behind([projection.NAME]) else []
    bells += [] if bands.are_whole() else [rebuild_search]
    try:
        for bell in bells:
            bell.delay()
    except (OperationalError, OSError) as away:
        raise NotNow(_("The worker cannot be reached at the moment.")) from away
