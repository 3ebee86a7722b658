"""Acts on a periodic review of the system: plan, begin (which makes its report), judge and sign."""

import hashlib
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts.models import Site
from qms.journal import proofs
from qms.lib.clock import now
from qms.lib.errors import Conflict, Invalid
from qms.lib.ids import uuid7
from qms.records import actions as records
from qms.records.actions import Signing

from .. import events
from ..choices import Fitness
from ..models import SystemReview
from ..queries import access as intervals
from ..queries import periodic
from . import planning

RIGHT = "system_review.manage"


def plan_periodic(
    *,
    by: Any,
    site: Site,
    title: str,
    from_date: date,
    to_date: date,
    every_site: bool = False,
    owner: Any = None,
    due_date: date | None = None,
    uid: UUID | None = None,
) -> SystemReview:
    """A review to come; due when the site's interval ends, unless told otherwise. The same `uid` again returns the first one.

    Raises Invalid, Forbidden."""
    told_why = _("You do not review the system for %(site)s.")
    known: SystemReview | None = planning.planned_before(
        SystemReview, by=by, right=RIGHT, site=site, every_site=every_site, uid=uid, sentence=told_why
    )
    if known:
        return known
    _check(title, from_date, to_date, owner, site)
    with journal.act(events.SYSTEM_PLANNED, by=by) as act:
        made = SystemReview.objects.create(
            uid=uid or uuid7(),
            site=site,
            state="DRAFT",
            created_by=by,
            title=title.strip(),
            every_site=every_site,
            from_date=from_date,
            to_date=to_date,
            owner=owner,
            due_date=due_date or intervals.system_due(site),
        )
        act.record(made, told(made))
    return made


def _check(title: str, first: date, last: date, owner: Any, site: Site) -> None:
    if not title.strip():
        raise Invalid(_("A review needs a title."), field="title")
    if last < first:
        raise Invalid(_("The period ends before it begins."), field="to_date", hint=_("Exchange the two days."))
    if not planning.may_review(owner, RIGHT, site):
        raise Invalid(_("%(person)s may not review the system here.") % {"person": owner}, field="owner")


def start_periodic(*, systemreview: SystemReview, by: Any, version: int | None = None) -> SystemReview:
    """Makes the report, of the trail as it stands now. Raises Conflict before the period has begun."""

    def change(row: SystemReview) -> tuple[str, ...]:
        moment, checkpoint = now(), proofs.newest()
        first, last = periodic.period(row, moment)
        if last <= first:
            raise Conflict(_("The period has not begun yet."), hint=_("Begin the review when it is over."))
        row.started_at, row.report = moment, periodic.made(row, moment)
        row.report_digest = hashlib.sha256(row.report.encode()).hexdigest()
        row.trail_size, row.trail_root = (checkpoint.size, checkpoint.root.hex()) if checkpoint else (0, "")
        return ("started_at", "report", "report_digest", "trail_size", "trail_root")

    return _step(systemreview, "start", by, version=version, change=change)


def sign_periodic(
    *,
    systemreview: SystemReview,
    by: Any,
    verdict: str,
    conclusion: str,
    signing: Signing | None = None,
    version: int | None = None,
) -> SystemReview:
    """The judgement and what follows, over the report."""

    def change(row: SystemReview) -> tuple[str, ...]:
        row.verdict, row.conclusion, row.reviewed_at = verdict, conclusion.strip(), now()
        return ("verdict", "conclusion", "reviewed_at")

    if verdict not in Fitness.values:
        raise Invalid(_("Choose a judgement."), field="verdict")
    if not conclusion.strip():
        raise Invalid(_("Write what you conclude, and what follows."), field="conclusion")
    return _step(systemreview, "sign", by, version=version, signing=signing, change=change)


def cancel_periodic(*, systemreview: SystemReview, by: Any, reason: str, version: int | None = None) -> SystemReview:
    return _step(systemreview, "cancel", by, version=version, reason=reason)


def exported(*, systemreview: SystemReview, form: str, sha256: str, by: Any) -> None:
    """The report left the system; `sha256` of the very bytes."""
    with journal.act(events.SYSTEM_EXPORTED, by=by) as act:
        act.record(systemreview, events.ReportExported(review=systemreview.number, form=form, sha256=sha256))


def _step(review: SystemReview, name: str, by: Any, **options: Any) -> SystemReview:
    row: SystemReview = records.step(record=review, name=name, by=by, payload=told, **options)
    return row


def told(review: SystemReview) -> events.SystemReviewed:
    return events.SystemReviewed(
        review=review.number,
        title=review.title,
        since=review.from_date.isoformat(),
        until=review.to_date.isoformat(),
        report=review.report_digest,
        verdict=review.verdict,
    )


SYSTEMREVIEW_STEPS: dict[str, Any] = {"start": start_periodic, "sign": sign_periodic, "cancel": cancel_periodic}
