"""A review of access that is overdue: told to whoever may do it, and on the page of the people."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from qms import journal
from qms.accounts import access
from qms.accounts.models import Site
from qms.office.models import Kind
from qms.office.notifications import rules, subjects
from qms.ui import banners
from qms.ui.banners import Banner

from . import events
from .models import AccessRule
from .queries import access as queries

VIEW, MANAGE = "access_review.view", "access_review.manage"


def register() -> None:
    subjects.register(subjects.Subject(AccessRule, VIEW, lambda row: str(row.site)))
    banners.register(shown)
    if remind not in rules.REMINDERS:
        rules.REMINDERS.append(remind)


def remind() -> None:
    """Once per site and day on which it was due."""
    found = []
    for site, day in queries.overdue():
        rule = _rule(site)
        for person in access.who_may(MANAGE, site.pk):
            told = rules.made(person, f"access:{site.pk}:{day.isoformat()}", Kind.DUE, rule)
            told.event = "access.overdue"
            found.append(told)
    rules.write(found)


def _rule(site: Site) -> AccessRule:
    if rule := queries.rule(site):
        return rule
    with journal.act(events.INTERVAL_SET, by=journal.SYSTEM) as act:
        rule = AccessRule.objects.create(site=site, months=queries.MONTHS)
        act.record(rule, events.IntervalSet(site=site.code, months=rule.months))
    return rule


def shown(place: Any, user: Any) -> Iterable[Banner]:
    """On the list of people."""
    if getattr(place, "name", "") != "people" or not (sites := access.site_ids(user, VIEW)):
        return
    for site, day in queries.overdue():
        if sites == access.ALL or site.pk in sites:
            words = {"site": site.code, "day": day.isoformat()}
            text = _("The review of access at %(site)s is overdue since %(day)s.") % words
            yield Banner(text, tone="danger", url=reverse("reviews:accessreview-list"), words=_("Reviews of access"))
