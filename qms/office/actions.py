"""A verification of the trail that somebody asks for: run by the worker, its result an act, a break an alarm."""

from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.journal import verifying
from qms.lib import bells
from qms.lib.clock import now
from qms.lib.errors import Conflict

from . import events, queries, watch
from .models import TrailAlarm, Verification

PROGRESS_SECONDS = 3600


def ask_verification(*, by: Any) -> Verification:
    """Raises Conflict while one is running, NotNow when the worker cannot be reached."""
    access.check(by, queries.TRAIL)
    if queries.verifying():
        raise Conflict(
            _("A verification of the trail is running already."), hint=_("Wait for its result; it stands on this page.")
        )
    with transaction.atomic():  # without the bell there is no row either
        asked = Verification.objects.create(asked_by=by)
        bells.ring("office.verify", asked.pk)
    return asked


def verify(*, verification: Verification) -> verifying.Report | None:
    """For the worker; a bell that comes twice finds the work done."""
    if verification.finished_at:
        return None
    report = verifying.verify(progress=_told(f"verification:{verification.uid}"))
    first = report.found[0] if report.found else None
    with journal.act(events.VERIFIED, by=verification.asked_by) as act:
        verification.finished_at = now()
        verification.save(update_fields=["finished_at"])
        counts = (report.entries, report.seals, report.rows, report.versions, report.checkpoints)
        told = events.Verified(*counts, report.root, len(report.found), first.plain() if first else {})
        act.record("trail", told)
        watch.answered(TrailAlarm.BROKEN, first)
    return report


def _told(key: str) -> verifying.Progress:
    """Each full percent is told, not each seal."""
    last = -1

    def tell(done: int, of: int) -> None:
        nonlocal last
        if (percent := done * 100 // max(of, 1)) > last:
            last = percent
            cache.set(key, (done, of), PROGRESS_SECONDS)

    return tell
