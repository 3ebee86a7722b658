"""Acts on a review of access: plan, begin (which fixes its lines), decide each line, sign."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts import actions as accounts
from qms.accounts.models import Site
from qms.lib.clock import now
from qms.lib.errors import Forbidden, Invalid
from qms.lib.ids import uuid7
from qms.records import actions as records
from qms.records.actions import Signing
from qms.records.reasons import check_reason

from .. import events
from ..choices import Verdict
from ..models import AccessLine, AccessReview, AccessRule
from ..queries import access as queries
from . import planning

RIGHT = "access_review.manage"


def plan_access(
    *,
    by: Any,
    site: Site,
    title: str,
    every_site: bool = False,
    owner: Any = None,
    due_date: date | None = None,
    uid: UUID | None = None,
) -> AccessReview:
    """A review to come; due when the site's interval ends, unless told otherwise. Raises Invalid, Forbidden."""
    told_why = _("You do not review the access of %(site)s.")
    known: AccessReview | None = planning.planned_before(
        AccessReview, by=by, right=RIGHT, site=site, every_site=every_site, uid=uid, sentence=told_why
    )
    if known:
        return known
    if not title.strip():
        raise Invalid(_("A review needs a title."), field="title")
    if not planning.may_review(owner, RIGHT, site):
        raise Invalid(_("%(person)s may not review access here.") % {"person": owner}, field="owner")
    with journal.act(events.ACCESS_PLANNED, by=by) as act:
        made = AccessReview.objects.create(
            uid=uid or uuid7(),
            site=site,
            state="DRAFT",
            created_by=by,
            title=title.strip(),
            every_site=every_site,
            owner=owner,
            due_date=due_date or queries.due(site),
        )
        act.record(made, told(made))
    return made


def start_access(*, accessreview: AccessReview, by: Any, version: int | None = None) -> AccessReview:
    """Fixes the lines: everything that counts now."""

    def change(row: AccessReview) -> tuple[str, ...]:
        row.started_at = now()
        AccessLine.objects.bulk_create(queries.lines(row))
        return ("started_at",)

    return _step(accessreview, "start", by, version=version, change=change)


def decide(
    *, accessreview: AccessReview, by: Any, lines: Mapping[Any, Mapping[str, str]], version: int | None = None
) -> AccessReview:
    """Line → {verdict, why}. What is ended ends at once, by the same act as on the person's page. Nobody decides about their own."""

    def change(row: AccessReview) -> tuple[str, ...]:
        found = {str(line.pk): line for line in row.lines.select_for_update(of=("self",)).filter(verdict="")}
        if not lines:
            raise Invalid(_("Decide about one line at least."))
        for key, said in lines.items():
            if str(key) not in found:
                raise Invalid(_("The line %(line)s is not open in this review.") % {"line": key})
            _decide(found[str(key)], said, by)
        return ()

    _refuse_own(accessreview, lines, by)
    return _step(accessreview, "decide", by, version=version, change=change)


def _refuse_own(review: AccessReview, lines: Iterable[Any], by: Any) -> None:
    """Before the act, so that the attempt stands in the trail; the database says it once more."""
    named = [int(key) for key in lines if str(key).isdigit()]
    if line := review.lines.filter(pk__in=named, holder=by).first():
        raise records.by_duty(
            _("%(line)s is your own: another person decides about it.") % {"line": line},
            record=review,
            by=by,
            right=RIGHT,
        )


def _decide(line: AccessLine, said: Mapping[str, str], by: Any) -> None:
    verdict, why = said.get("verdict", ""), said.get("why", "")
    if verdict not in Verdict.values:
        raise Invalid(_("Choose whether %(line)s is kept or ended.") % {"line": line})
    check_reason(why)
    if verdict == Verdict.END:
        _end(line, by, why)
    line.verdict, line.why, line.decided_by, line.decided_at = verdict, why.strip(), by, now()
    line.save(update_fields=["verdict", "why", "decided_by", "decided_at"])


def _end(line: AccessLine, by: Any, why: str) -> None:
    """What has ended by itself meanwhile is ended already."""
    if line.grant and not line.grant.ended_at and not (line.grant.valid_to and line.grant.valid_to < now().date()):
        accounts.end_grant(grant=line.grant, by=by, reason=why)
    if line.token and not line.token.revoked_at:
        accounts.revoke_token(token=line.token, by=by, reason=why)


def sign_access(
    *, accessreview: AccessReview, by: Any, signing: Signing | None = None, version: int | None = None
) -> AccessReview:
    """“Reviewed”: over every line and its decision."""

    def change(row: AccessReview) -> tuple[str, ...]:
        row.reviewed_at = now()
        return ("reviewed_at",)

    return _step(accessreview, "sign", by, version=version, signing=signing, change=change)


def cancel_access(*, accessreview: AccessReview, by: Any, reason: str, version: int | None = None) -> AccessReview:
    return _step(accessreview, "cancel", by, version=version, reason=reason)


def set_interval(*, site: Site, months: int, reason: str, by: Any, system_months: int | None = None) -> AccessRule:
    """How often the site's access is reviewed, and (`system_months`, as before unless told) the system. Raises Invalid."""
    if not access.may(by, RIGHT) or (held := access.site_ids(by, RIGHT)) != access.ALL and site.pk not in held:
        access.check(by, RIGHT)
        raise Forbidden(_("You do not review the access of %(site)s.") % {"site": site.code})
    check_reason(reason)
    chosen = {"months": months, **({} if system_months is None else {"system_months": system_months})}
    for name, value in chosen.items():
        if not 1 <= value <= 36:
            raise Invalid(_("Months are a number from 1 to 36."), field=name)
    with journal.act(events.INTERVAL_SET, by=by, reason=reason) as act:
        rule, _new = AccessRule.objects.update_or_create(site=site, defaults=chosen)
        act.record(rule, events.IntervalSet(site=site.code, months=months, system_months=rule.system_months))
    return rule


def _step(review: AccessReview, name: str, by: Any, **options: Any) -> AccessReview:
    row: AccessReview = records.step(record=review, name=name, by=by, payload=told, **options)
    return row


def told(review: AccessReview) -> events.AccessReviewed:
    ended = review.lines.filter(verdict=Verdict.END).count()
    kept = review.lines.filter(verdict=Verdict.KEEP).count()
    return events.AccessReviewed(review=review.number, title=review.title, kept=kept, ended=ended)


ACCESSREVIEW_STEPS: dict[str, Any] = {
    "start": start_access,
    "decide": decide,
    "sign": sign_access,
    "cancel": cancel_access,
}
