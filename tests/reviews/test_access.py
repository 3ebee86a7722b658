"""A periodic review of access: every role and token with its last use, kept or ended by another than its holder, signed."""

import pytest
from django.core import mail
from django.db import Error, transaction
from django.test import Client
from django.urls import reverse

from qms import journal
from qms.accounts import actions as accounts
from qms.accounts.models import Grant, Site, User
from qms.demo import cast
from qms.insight import reviewing
from qms.journal.models import Entry
from qms.lib.errors import Conflict, Forbidden, Invalid
from qms.office.models import Notification
from qms.office.notifications import remind
from qms.records.queries import signatures
from qms.reviews import actions
from qms.reviews.models import AccessLine, AccessReview, AccessRule
from qms.reviews.queries import access as queries
from tests.factories import person, signing

PROVES = ("11.10(d)", "11.10(g)", "draft §11", "G21")
pytestmark = pytest.mark.django_db


def client_of(name):
    client = Client()
    client.force_login(person(name))
    return client


def line_of(review, username):
    return review.lines.filter(holder__username=username).order_by("pk").first()


def end(why="left the department"):
    return {"verdict": "end", "why": why}


def test_its_lines_are_every_role_and_token_that_counts_with_their_last_use(make):
    cast.issue_tokens()
    make.ncr(state="IN_REVIEW", held=False)
    review = make.accessreview(state="IN_REVIEW")
    held = Grant.objects.valid().filter(user__is_active=True)
    here = {grant.pk for grant in held if grant.site is None or grant.site.code == "AUG"}
    assert set(review.lines.exclude(grant=None).values_list("grant_id", flat=True)) == here
    assert review.lines.exclude(token=None).count() == 3
    assert line_of(review, "engineer").used_at is not None and line_of(review, "gongcheng") is None
    everywhere = make.accessreview(state="IN_REVIEW", every_site=True)
    assert everywhere.lines.exclude(grant=None).count() == held.count()


def test_what_is_ended_ends_at_once_and_the_next_request_knows(make):
    cast.issue_tokens()
    review, who = make.accessreview(state="IN_REVIEW"), person("security")
    role, token = line_of(review, "buyer"), line_of(review, "svc-mes")
    review = actions.decide(accessreview=review, by=who, lines={role.pk: end(), token.pk: end("the MES is replaced")})
    role.grant.refresh_from_db()
    token.token.refresh_from_db()
    assert role.grant.ended_at and token.token.revoked_at
    assert client_of("buyer").get("/ncr/").status_code == 403
    told = Entry.objects.filter(event="account.grant_ended").latest("id")
    assert "left the department" in told.payload
    with pytest.raises(Invalid, match="not open"):
        actions.decide(accessreview=review, by=who, lines={role.pk: end()})


def test_nobody_decides_about_their_own_also_not_in_the_database(make):
    review, who = make.accessreview(state="IN_REVIEW"), person("security")
    own = line_of(review, "security")
    with pytest.raises(Forbidden, match="your own"):
        actions.decide(accessreview=review, by=who, lines={own.pk: {"verdict": "keep", "why": "I need it"}})
    with (
        pytest.raises(Error, match="accessline_not_ones_own"),
        transaction.atomic(),
        journal.act(journal.EVENTS["access_review.decided"], by=who),
    ):
        AccessLine.objects.filter(pk=own.pk).update(
            verdict="keep", why="I need it", decided_by=who, decided_at=review.created_at
        )


def test_every_line_is_decided_with_a_reason_before_anybody_signs(make):
    review, who = make.accessreview(state="IN_REVIEW"), person("security")
    line = line_of(review, "operator")
    for wrong in ({"verdict": "keep", "why": "ok"}, {"verdict": "later", "why": "not sure yet"}):
        with pytest.raises(Invalid):
            actions.decide(accessreview=review, by=who, lines={line.pk: wrong})
    review = make.keep_all(review, "security")
    with pytest.raises(Conflict, match="without a decision"):
        actions.sign_access(accessreview=review, by=who, signing=signing(who))
    review = make.keep_all(review, "admin")
    review = actions.sign_access(accessreview=review, by=who, signing=signing(who))
    assert review.state == "REVIEWED" and [line.covers for line in signatures(review)] == [True]
    with pytest.raises(Forbidden):
        make.accessreview() and actions.plan_access(by=person("manager"), site=review.site, title="Not mine")


def test_the_next_one_is_due_after_the_interval_and_told_when_it_is_late(make, monkeypatch):
    site = Site.objects.get(code="AUG")
    review = make.accessreview(state="REVIEWED")
    assert queries.due(site) == queries.later(review.reviewed_at.date(), 6)
    rule = actions.set_interval(site=site, months=3, reason="customer asks for a quarter", by=person("security"))
    assert queries.due(site) == queries.later(review.reviewed_at.date(), 3) and rule.months == 3
    with pytest.raises(Forbidden):
        actions.set_interval(site=site, months=3, reason="not my right", by=person("engineer"))
    remind()
    assert not Notification.objects.filter(event="access.overdue").exists()
    page = client_of("admin").get("/people/").content.decode()
    assert "is overdue since" not in page
    late = queries.later(review.reviewed_at.date(), 12)
    monkeypatch.setattr(queries, "now", lambda: review.reviewed_at.replace(year=late.year, month=late.month, day=1))
    remind()
    remind()
    told = Notification.objects.filter(event="access.overdue", number="AUG")
    assert set(told.values_list("user__username", flat=True)) == {"security", "admin"} and told.count() == 2
    assert "AUG is overdue since" in client_of("admin").get("/people/").content.decode()
    assert AccessRule.objects.filter(site=site).count() == 1
    mine = told.get(user__username="admin")
    opened = client_of("admin").get(reverse("office:notification", args=[mine.uid]))
    assert opened.url == reverse("reviews:accessreview-list")
    assert client_of("auditor").get(opened.url).status_code == 200  # whoever may only see reviews comes in there too
    assert f'href="{opened.url}"' in client_of("auditor").get("/people/").content.decode()
    assert mail.outbox == []


def test_a_periodic_review_that_is_overdue_is_told_and_stands_in_the_work(make, monkeypatch):
    site, security = Site.objects.get(code="AUG"), person("security")
    review = make.systemreview(state="REVIEWED")
    assert queries.system_due(site) == queries.later(review.reviewed_at.date(), 12)
    actions.set_interval(site=site, months=6, system_months=18, reason="our procedure 7", by=security)
    day = queries.later(review.reviewed_at.date(), 18)
    assert queries.system_due(site) == day
    with pytest.raises(Invalid):
        actions.set_interval(site=site, months=6, system_months=40, reason="never", by=security)
    title = "system is overdue since"
    assert not [alert for alert in reviewing.system_alerts(security) if alert.label == "AUG"]
    assert title not in client_of("security").get("/system/reviews/").content.decode()
    late = queries.later(day, 2)
    monkeypatch.setattr(queries, "now", lambda: review.reviewed_at.replace(year=late.year, month=late.month, day=1))
    for _ in range(2):
        remind()
    told = Notification.objects.filter(event="system.overdue", number="AUG", user=security)
    assert told.count() == 1
    assert day.isoformat() in next(str(a.text) for a in reviewing.system_alerts(security) if a.label == "AUG")
    assert not reviewing.system_alerts(person("operator"))
    assert f"AUG is overdue since {day.isoformat()}" in client_of("security").get("/system/reviews/").content.decode()
    planned = make.systemreview(title="Late one")
    assert planned.due_date == day and [t for t in reviewing.system_tasks(security) if t.record == planned]


def test_a_month_has_an_end():
    import datetime

    assert queries.later(datetime.date(2026, 8, 31), 6) == datetime.date(2027, 2, 28)


def test_the_pages(make):
    review = make.accessreview(state="IN_REVIEW")
    reviewer, reader, far = client_of("security"), client_of("engineer"), client_of("gongcheng")
    url = review.get_absolute_url()
    assert "Otto Kern" in reader.get(url).content.decode() and far.get(url).status_code == 404
    form = reverse("reviews:accessreview-decide", args=[review.number])
    page = reviewer.get(form).content.decode()
    line = line_of(review, "operator")
    assert f'name="verdict-{line.pk}"' in page and "Your own lines" in page
    assert f'name="verdict-{line_of(review, "security").pk}"' not in page
    assert reader.get(form).status_code == 403
    sent = {"version": review.version, f"verdict-{line.pk}": "end", f"why-{line.pk}": "moved to another plant"}
    assert reviewer.post(form, sent).status_code == 302
    assert "moved to another plant" in reader.get(url).content.decode()
    assert not User.objects.get(username="operator").valid_grants
    assert reviewer.post(form, {"version": review.version + 1}).status_code == 422
    assert reviewer.get(reverse("reviews:intervals")).status_code == 200
    answer = reviewer.post(
        reverse("reviews:interval", args=["AUG"]), {"months": "4", "system_months": "24", "reason": "audit finding 7"}
    )
    rule = AccessRule.objects.get(site__code="AUG")
    assert answer.status_code == 302 and (rule.months, rule.system_months) == (4, 24)
    planned = reviewer.post(reverse("reviews:accessreview-create"), {"title": "Second half", "site": "SUZ"})
    assert planned.status_code == 302 and AccessReview.objects.get(title="Second half").due_date
    assert accounts.MANAGE == "account.manage"
