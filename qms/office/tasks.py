"""Bells of the office: people are told, and mail leaves."""

import time

from celery import shared_task
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from qms.journal import following
from qms.lib.errors import NotNow

from . import notifications
from .notifications import digest, rules

MINUTE = 60
_last = {"mail": float("-inf")}


@shared_task(name="office.tell")
def tell() -> None:
    notifications.catch_up()


@shared_task(name="office.send_mail")
def send_mail() -> None:
    notifications.remind()
    if digest.is_configured():
        notifications.send_digests()


def ring() -> None:
    """New entries at once, mail and reminders every minute. Raises NotNow when the broker does not take the bell."""
    try:
        if following.is_behind([rules.NAME]):
            tell.delay()
        if time.monotonic() - _last["mail"] >= MINUTE:
            send_mail.delay()
            _last["mail"] = time.monotonic()
    except (OperationalError, OSError) as away:
        raise NotNow(_("The worker cannot be reached at the moment.")) from away
