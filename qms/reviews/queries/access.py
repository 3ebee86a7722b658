"""What an access review has to decide about, and when the next one is due."""

import calendar
import datetime
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from qms.accounts import access
from qms.accounts.models import Site
from qms.accounts.roles import ROLES
from qms.lib.clock import now
from qms.office import access as office

from ..models import AccessLine, AccessReview, AccessRule, SystemReview

MONTHS, SYSTEM_MONTHS = 6, 12


def lines(review: AccessReview) -> list[AccessLine]:
    """Every role and token that counts on the site, those for all sites included, as it stands now. Not saved."""
    every = review.every_site
    grants = office.grants(None)
    tokens = office.tokens(None)
    if not every:
        grants = grants.filter(Q(site=review.site_id) | Q(site=None))
        tokens = tokens.filter(Q(sites=review.site_id) | Q(sites=None)).distinct()
    found = [_of_grant(review, grant) for grant in grants.order_by("user__username", "pk")]
    return found + [_of_token(review, token) for token in tokens.order_by("user__username", "pk")]


def _of_grant(review: AccessReview, grant: Any) -> AccessLine:
    where = grant.site.code if grant.site_id else "*"
    if grant.container_id:
        where = f"{where} · {grant.container}"
    return AccessLine(
        review=review,
        grant=grant,
        holder=grant.user,
        name=grant.user.full_name,
        what=grant.role,
        where=where[:200],
        since=grant.valid_from,
        until=grant.valid_to,
        given_by=grant.granted_by.full_name if grant.granted_by else "",
        used_at=grant.used_at,
    )


def _of_token(review: AccessReview, token: Any) -> AccessLine:
    sites = ", ".join(sorted(token.sites.values_list("code", flat=True))) or "*"
    return AccessLine(
        review=review,
        token=token,
        holder=token.user,
        name=token.user.full_name or token.user.username,
        what=f"{token.prefix}… {', '.join(token.scopes)}"[:80],
        where=sites[:200],
        until=token.expires_at.date(),
        used_at=token.tokenuse.used_at if hasattr(token, "tokenuse") else None,
    )


def words_of(line: AccessLine) -> Any:
    """The role in words, or what the token begins with and may do."""
    return ROLES.get(line.what, line.what)


def sites(user: Any) -> Any:
    """Sites whose reviews the person sees."""
    held = access.site_ids(user, "access_review.view")
    return Site.objects.all() if held == access.ALL else Site.objects.filter(pk__in=held)


def rule(site: Site) -> AccessRule | None:
    return AccessRule.objects.filter(site=site).first()


def due(site: Site) -> datetime.date:
    """The day by which the next review of the site's access has to be signed: so many months after the last, or after its first day."""
    [(_site, day)] = _dues(AccessReview, Site.objects.filter(pk=site.pk))
    return day


def system_due(site: Site) -> datetime.date:
    """The day by which the next periodic review of the system has to be signed for the site (EU Annex 11 §11)."""
    [(_site, day)] = _dues(SystemReview, Site.objects.filter(pk=site.pk))
    return day


def _dues(reviews: type[AccessReview | SystemReview], sites: Any) -> list[tuple[Site, datetime.date]]:
    """For all sites in one question: My work asks it on every page."""
    name, usual = ("months", MONTHS) if reviews is AccessReview else ("system_months", SYSTEM_MONTHS)
    signed = reviews.objects.filter(Q(site=OuterRef("pk")) | Q(every_site=True), state="REVIEWED")
    made = Site.history.model.objects.filter(id=OuterRef("pk")).order_by("history_date")
    rows = sites.annotate(
        last=Subquery(signed.order_by("-reviewed_at").values("reviewed_at")[:1]),
        made=Subquery(made.values("history_date")[:1]),
        months=Subquery(AccessRule.objects.filter(site=OuterRef("pk")).values(name)[:1]),
    )
    return [(site, later((site.last or site.made).date(), site.months or usual)) for site in rows]


def later(day: datetime.date, months: int) -> datetime.date:
    year, month = divmod(day.month - 1 + months, 12)
    return datetime.date(day.year + year, month + 1, min(day.day, calendar.monthrange(day.year + year, month + 1)[1]))


def system_overdue() -> list[tuple[Site, datetime.date]]:
    return _overdue(SystemReview)


def overdue() -> list[tuple[Site, datetime.date]]:
    return _overdue(AccessReview)


def _overdue(reviews: type[AccessReview | SystemReview]) -> list[tuple[Site, datetime.date]]:
    today = now().date()
    return [(site, day) for site, day in _dues(reviews, Site.objects.all()) if day < today]
