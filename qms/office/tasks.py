"""Bells of the office: people are told, and mail leaves."""

import time

from celery import shared_task
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from qms.journal import anchoring, following
from qms.lib.errors import NotNow
from qms.records import exporting, jobs
from qms.records.models import Export

from . import actions, nightly, notifications, watch
from .models import Verification
from .notifications import digest, rules

MINUTE, HOUR, ANCHOR_SECONDS, WATCH_SECONDS, SWEEP_SECONDS = 60, 3600, 15, 10, 10
# What was written while the plant stood still is sealed first: without this wait every start would raise the alarm, and end it.
_last = {"watch": time.monotonic()}


def _is_due(name: str, seconds: float) -> bool:
    """Asked when it is about to be rung; a bell that fails then is rung again after its time."""
    due = time.monotonic() - _last.get(name, float("-inf")) >= seconds
    if due:
        _last[name] = time.monotonic()
    return due


@shared_task(name="office.tell")
def tell() -> None:
    notifications.catch_up()
    if digest.is_configured():
        notifications.send_alarms()


@shared_task(name="office.send_mail")
def send_mail() -> None:
    notifications.remind()
    if digest.is_configured():
        notifications.send_alarms()
        notifications.send_digests()


@shared_task(name="office.anchor")
def anchor() -> None:
    anchoring.anchor_due()


@shared_task(name="office.verify", time_limit=HOUR)
def verify(verification_id: int) -> None:
    actions.verify(verification=Verification.objects.select_related("asked_by").get(pk=verification_id))


def look() -> None:
    """The scheduler itself asks whether the trail is sealed and kept outside: the worker may be what is away."""
    if time.monotonic() - _last["watch"] >= WATCH_SECONDS:
        watch.look()
        _last["watch"] = time.monotonic()


@shared_task(name="office.make_export", time_limit=HOUR)
def make_export(export_id: int) -> None:
    exporting.expire()
    exporting.make(export=Export.objects.select_related("asked_by").get(pk=export_id))


def ring() -> None:
    """New entries at once, mail and reminders every minute, checkpoints when they are due. Raises NotNow without the broker."""
    try:
        if following.is_behind([rules.NAME]):
            tell.delay()
        if _is_due("jobs", SWEEP_SECONDS):
            jobs.sweep()
            nightly.ring_due()
        for name, seconds, bell in (("mail", MINUTE, send_mail), ("anchor", ANCHOR_SECONDS, anchor)):
            if _is_due(name, seconds):
                bell.delay()
    except (OperationalError, OSError) as away:
        raise NotNow(_("The worker cannot be reached at the moment.")) from away
