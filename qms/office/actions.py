"""A verification of the trail that somebody asks for, or the clock: run by the worker, its result an act, a break an alarm."""

from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.journal import verifying
from qms.lib import apart
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid, Refusal
from qms.records import jobs
from qms.records.actions import check_reason
from qms.records.models import Job

from . import events, queries, watch
from .models import Nightly, TrailAlarm, Verification

BELL = queries.VERIFY
CLOCK = journal.Actor(id="system:clock", name="Scheduler")


def ask_verification(*, by: Any) -> Verification:
    """Raises Conflict while one is running."""
    access.check(by, queries.TRAIL)
    if queries.verifying():
        raise Conflict(
            _("A verification of the trail is running already."), hint=_("Wait for its result; it stands on this page.")
        )
    with transaction.atomic():
        asked = Verification.objects.create(asked_by=by)
        jobs.post(BELL, asked.pk)
    jobs.ring(BELL, asked.pk)
    return asked


def ask_nightly(*, night: date) -> Verification | None:
    """By the clock, once for each night."""
    try:
        with transaction.atomic():
            asked = Verification.objects.create(night=night)
            jobs.post(BELL, asked.pk)
    except IntegrityError:  # two schedulers, one night
        return None
    jobs.ring(BELL, asked.pk)
    return asked


def verify(*, verification: Verification) -> verifying.Report | None:
    """For the worker, in a process of its own; a bell that comes late or twice finds the work done, or in other hands."""
    job = jobs.take(BELL, verification.pk)
    if job is None:
        return None
    try:
        with jobs.held(job):
            report = _verified(job)
            record_verification(report=report, by=verification.asked_by or CLOCK, verification=verification, job=job)
    except jobs.Lost:
        return None
    except Refusal as why:
        _not_verified(verification.pk, str(why))
        return None
    return report


def _verified(job: Job) -> verifying.Report:
    last = -1

    def told(done: int, total: int) -> None:
        nonlocal last
        if (percent := done * 100 // max(total, 1)) > last:  # each full percent, not each seal
            last = percent
            jobs.go_on(job, done, total)

    def work(tell: apart.Tell) -> dict[str, Any]:
        return verifying.verify(progress=tell).plain()

    cap = apart.Cap(settings.VERIFY_MEMORY_MB, settings.VERIFY_SILENCE_SECONDS)
    return verifying.Report.of(apart.run(work, cap=cap, told=told, beat=lambda: jobs.go_on(job)))


def record_verification(
    *, report: verifying.Report, by: Any, verification: Verification | None = None, job: Job | None = None
) -> None:
    """What was found, as an act; the alarm is raised or ended. Raises jobs.Lost."""
    first = report.found[0] if report.found else None
    with journal.act(events.VERIFIED, by=by) as act:
        if verification and job:
            jobs.close(job)
            _finish(verification)
        counts = (report.entries, report.seals, report.rows, report.versions, report.checkpoints)
        told = events.Verified(*counts, report.root, len(report.found), first.plain() if first else {})
        act.record("trail", told)
        watch.answered(TrailAlarm.BROKEN, first)


def record_qualification(*, told: dict[str, Any], sha256: str, by: Any) -> None:
    """The report stays with whoever asked for it; the trail keeps its digest."""
    with journal.act(events.QUALIFIED, by=by) as act:
        act.record("system", events.Qualified(told["product"], told["passed"], told["failed"], sha256))


@jobs.given_up(BELL)
def give_up(key: int, job: Job) -> None:
    """The watch raises the alarm when none comes to its end for a day and a half."""
    _not_verified(key, jobs.why(job))


def _not_verified(key: int, why: str) -> None:
    verification = Verification.objects.select_related("asked_by").get(pk=key)
    with journal.act(events.NOT_VERIFIED, by=verification.asked_by or CLOCK, reason=why) as act:
        jobs.cancel(BELL, key, why)
        _finish(verification)
        act.record("trail", events.NotVerified(why))


def _finish(verification: Verification) -> None:
    verification.finished_at = now()
    verification.save(update_fields=["finished_at"])


def set_nightly(*, is_on: bool, at: time, timezone: str, reason: str, by: Any) -> Nightly:
    """Raises Forbidden, Invalid."""
    access.check(by, "trail.schedule")
    check_reason(reason)
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise Invalid(
            _("There is no time zone “%(name)s”.") % {"name": timezone},
            field="timezone",
            hint=_("Write it as Europe/Berlin or Asia/Shanghai."),
        ) from None
    with journal.act(events.NIGHTLY_SET, by=by, reason=reason) as act:
        row = Nightly.objects.select_for_update().first() or Nightly()
        row.is_on, row.at, row.timezone = is_on, at, timezone
        row.save()
        act.record(row, events.NightlySet(f"{at:%H:%M}" if is_on else "", timezone))
    return row
