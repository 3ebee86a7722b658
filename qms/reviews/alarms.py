"""A review of access, or of the system, that is overdue: told to whoever may do it, and on the page that it is about."""

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
SYSTEM_VIEW, SYSTEM_MANAGE = "system_review.view", "system_review.manage"


def register() -> None:
    subjects.register(subjects.Subject(AccessRule, VIEW, lambda row: str(row.site)))
    banners.register(shown)
    if remind not in rules.REMINDERS:
        rules.REMINDERS.append(remind)


def remind() -> None:
    """Once per site and day on which it was due."""
    found = []
    for word, right, late in (
        ("access", MANAGE, queries.overdue()),
        ("system", SYSTEM_MANAGE, queries.system_overdue()),
    ):
        for site, day in late:
            rule = _rule(site)
            for person in access.who_may(right, site.pk):
                told = rules.made(person, f"{word}:{site.pk}:{day.isoformat()}", Kind.DUE, rule)
                told.event = f"{word}.overdue"
                found.append(told)
    rules.write(found)


def _rule(site: Site) -> AccessRule:
    if rule := queries.rule(site):
        return rule
    with journal.act(events.INTERVAL_SET, by=journal.SYSTEM) as act:
        rule = AccessRule.objects.create(site=site, months=queries.MONTHS)
        act.record(rule, events.IntervalSet(site.code, rule.months, rule.system_months))
    return rule


def shown(place: Any, user: Any) -> Iterable[Banner]:
    """On the list of people, and on that of the periodic reviews."""
    name = getattr(place, "name", "")
    if name == "people":
        text, words = _("The review of access at %(site)s is overdue since %(day)s."), _("Reviews of access")
        yield from _late(text, words, queries.overdue(), VIEW, user, reverse("reviews:accessreview-list"))
    if name == "system-reviews":
        text, words = (
            _("The periodic review of the system at %(site)s is overdue since %(day)s."),
            _("Periodic reviews"),
        )
        yield from _late(
            text, words, queries.system_overdue(), SYSTEM_VIEW, user, reverse("reviews:systemreview-create")
        )


def _late(text: str, words: str, late: Any, right: str, user: Any, url: str) -> Iterable[Banner]:
    if sites := access.site_ids(user, right):
        for site, day in late:
            if sites == access.ALL or site.pk in sites:
                yield Banner(text % {"site": site.code, "day": day.isoformat()}, tone="danger", url=url, words=words)
