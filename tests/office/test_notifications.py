"""Who is told what, once; the inbox; the digest by mail in the reader's language, never twice."""

import datetime as dt
import email
import email.policy
import json

import pytest
from django.core import mail
from django.core.mail import BadHeaderError
from django.urls import reverse
from django.utils import timezone

from ncr import actions as ncr
from qms.commands import actions as commands
from qms.commands.models import Posting
from qms.insight import actions as insight
from qms.journal.models import Entry
from qms.lib.errors import Invalid
from qms.lib.ids import uuid7
from qms.office import notifications
from qms.office.models import Notification, NotificationSettings
from qms.office.notifications import digest, rules
from qms.records import actions as records
from tests.factories import person
from tests.fakes.mail import mail_server

NOON = dt.datetime(2027, 3, 3, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def news(db):
    """`news()`: take what was recorded since the start, as the worker does with what is sealed."""
    last = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    return lambda: rules.take(list(Entry.objects.filter(id__gt=last).order_by("id")))


def told(kind=""):
    rows = Notification.objects.filter(**({"kind": kind} if kind else {}))
    return sorted(rows.values_list("user__username", flat=True))


class TestRules:
    def test_the_board_is_asked_but_never_who_began_it(self, make, people, news):
        make.ncr(state="IN_MRB")
        news()
        assert told("signature") == ["mrb1", "mrb2"]

    def test_nobody_is_told_twice_of_one_entry(self, make, people, news):
        make.ncr(state="IN_MRB")
        news()
        before = told()
        news()
        assert told() == before

    def test_a_step_that_is_past_asks_nobody(self, make, people, news):
        make.ncr(state="DISPOSITIONED")
        news()
        assert told("signature") == []

    def test_the_new_owner_is_told_unless_it_was_their_own_act(self, make, people, news):
        record = make.report()
        record = ncr.edit(cause="INFO", ncr=record, by=people["engineer"], reason="yours", owner=people["manager"])
        ncr.edit(cause="INFO", ncr=record, by=people["engineer"], reason="mine", owner=people["engineer"])
        news()
        assert told("assigned") == ["manager"]

    def test_holds_and_failed_postings_reach_owner_and_reporter(self, make, people, news):
        record = make.report()
        make.hold(record)
        news()
        assert told("hold") == ["engineer", "inspector"]
        make.hold(make.fresh(make.report()), posted=False)
        sent = commands.mark_sent(posting=Posting.objects.order_by("pk").last())
        commands.mark_failed(posting=sent, code="refused", problem="no stock")
        news()
        assert "inspector" in told("posting")

    def test_a_task_handed_over_is_told(self, make, people, news):
        record = make.report()
        insight.delegate(
            record=record, step="start-review", to=people["manager"], reason="I am away", by=people["engineer"]
        )
        news()
        assert told("assigned") == ["manager"]

    def test_due_dates_are_told_once_each(self, make, people):
        for days in (-2, 1, 9):
            due = timezone.localdate() + dt.timedelta(days=days)
            ncr.edit(
                cause="INFO",
                ncr=make.report(),
                by=people["engineer"],
                reason="plan it",
                due_date=due,
                owner=people["engineer"],
            )
        for _ in range(2):
            notifications.remind()
        assert sorted(Notification.objects.values_list("event", flat=True)) == ["due.over", "due.soon"]

    def test_a_muted_kind_is_silent_and_a_signature_never_is(self, make, people, news):
        for name in ("manager", "mrb1"):
            NotificationSettings.objects.create(user=people[name], muted=["assigned", "signature"])
        ncr.edit(cause="INFO", ncr=make.report(), by=people["engineer"], reason="yours", owner=people["manager"])
        make.ncr(state="IN_MRB")
        news()
        assert told("assigned") == [] and "mrb1" in told("signature")

    def test_old_entries_are_no_news(self, make, people, news, monkeypatch):
        monkeypatch.setattr(rules, "STALE", dt.timedelta(0))
        make.ncr(state="IN_MRB")
        news()
        assert told() == []


class TestMentions:
    def test_a_mention_reaches_the_person(self, make, people, news):
        record = make.report()
        records.comment(record=record, text="@manager please look; also (@MRB1)", by=people["engineer"])
        payload = json.loads(Entry.objects.get(event="record.commented").payload)
        assert payload["data"]["mentions"] == [str(people["manager"].pk), str(people["mrb1"].pk)]
        news()
        assert told("mentioned") == ["manager", "mrb1"]

    def test_who_may_not_see_the_record_is_not_mentioned(self, make, people, client):
        record = make.report()
        for name in ("gongcheng", "admin"):
            with pytest.raises(Invalid, match="may not see"):
                records.comment(record=record, text=f"@{name} look", by=people["engineer"])
        client.force_login(people["engineer"])
        page = client.post(record.get_absolute_url(), {"text": "@gongcheng look"})
        assert page.status_code == 422 and "@gongcheng look</textarea>" in page.content.decode()
        assert not Entry.objects.filter(event="record.commented").exists()

    def test_addresses_and_unknown_words_are_only_text(self, make, people):
        made = records.comment(record=make.report(), text="x@manager.example or @nobody", by=people["engineer"])
        assert made.text and json.loads(Entry.objects.get(event="record.commented").payload)["data"]["mentions"] == []

    def test_only_people_who_see_the_record_are_offered(self, make, people, client):
        record = make.report()
        url = reverse("office:mentionable", args=[record.number])
        client.force_login(people["engineer"])
        offered = {row["value"] for row in client.get(url, {"q": "m"}).json()["results"]}
        assert "manager" in offered and not offered & {"admin", "gongcheng"}
        client.force_login(people["gongcheng"])
        assert client.get(url).status_code == 404

    def test_markdown_is_shown_safely(self, make, people, client):
        record = make.report()
        text = "**bold** <script>x</script> [a](javascript:x) [b](https://plant.example) ![i](http://x/y.png)"
        records.comment(record=record, text=text, by=people["engineer"])
        client.force_login(people["engineer"])
        page = client.get(record.get_absolute_url()).content.decode()
        assert "<strong>bold</strong>" in page and 'href="https://plant.example"' in page
        assert (
            "<script>x" not in page and 'href="javascript' not in page and "<img" not in page.split('id="timeline"')[1]
        )


@pytest.fixture
def waiting(make, people, news):
    make.ncr(state="IN_MRB")
    news()


class TestInbox:
    def test_it_is_ones_own_and_opening_marks_it_read(self, waiting, client, people):
        client.force_login(people["mrb1"])
        mine = Notification.objects.get(user=people["mrb1"])
        assert f"{mine.number} waits for your signature" in client.get(reverse("office:inbox")).content.decode()
        assert "1 unread notification" in client.get(reverse("office:bell")).content.decode()
        url = reverse("office:notification", args=[mine.uid])
        assert client.get(url)["Location"].endswith(mine.number)
        assert "unread" not in client.get(reverse("office:bell")).content.decode()
        client.force_login(people["mrb2"])
        assert client.get(url).status_code == 404
        assert "您的签名" in client.get(reverse("office:inbox")).content.decode()

    def test_all_are_read_at_once(self, waiting, client, people):
        client.force_login(people["mrb1"])
        client.post(reverse("office:inbox"))
        assert not Notification.objects.unread().filter(user=people["mrb1"]).exists()
        assert Notification.objects.unread().filter(user=people["mrb2"]).exists()

    def test_settings_are_kept_and_signatures_are_not_offered_to_mute(self, client, people):
        client.force_login(people["mrb1"])
        url = reverse("office:notification-settings")
        assert 'value="signature"' not in client.get(url).content.decode()
        assert client.post(url, {"_key": str(uuid7()), "digest": "hourly", "muted": ["due"]}).status_code == 302
        kept = NotificationSettings.objects.get(user=people["mrb1"])
        assert (kept.digest, kept.muted) == ("hourly", ["due"])
        assert client.post(url, {"_key": str(uuid7()), "digest": "x", "muted": ["signature"]}).status_code == 422


@pytest.fixture
def addressed(waiting, people):
    from qms import journal

    for name in ("mrb1", "mrb2"):
        with journal.act(journal.EVENTS["account.changed"], by=journal.SYSTEM) as act:
            people[name].email = f"{name}@plant.example"
            people[name].save(update_fields=["email"])
            act.record(people[name])


class TestDigest:
    def test_each_in_their_language_with_a_deep_link_and_never_twice(self, addressed, settings):
        settings.BASE_URL = "https://qms.plant.example"
        assert notifications.send_digests(at=NOON) == 2
        by_address = {m.to[0]: m for m in mail.outbox}
        number = Notification.objects.filter(kind="signature")[0].number
        english, chinese = by_address["mrb1@plant.example"], by_address["mrb2@plant.example"]
        assert f"{number} waits for your signature" in english.body and "您的签名" in chinese.body
        assert (
            "https://qms.plant.example/notifications/" in english.body
            and english.alternatives[0].mimetype == "text/html"
        )
        assert notifications.send_digests(at=NOON) == notifications.send_digests(at=NOON + dt.timedelta(days=1)) == 0

    def test_the_morning_is_that_of_the_reader(self, addressed, people):
        at = dt.datetime(2027, 3, 3, 6, 30, tzinfo=dt.UTC)  # 7:30 in Berlin
        zone = people["mrb1"].timezone
        assert zone == "Europe/Berlin"
        assert notifications.send_digests(at=at - dt.timedelta(hours=2)) == 0
        assert notifications.send_digests(at=at) == 2

    def test_what_was_read_or_refused_is_not_mailed(self, addressed, people):
        Notification.objects.filter(user=people["mrb1"]).update(read_at=NOON)
        NotificationSettings.objects.create(user=people["mrb2"], digest="none")
        assert notifications.send_digests(at=NOON) == 0

    def test_a_record_that_is_closed_to_them_is_not_named(self, addressed, people):
        from qms.accounts import actions as accounts
        from qms.accounts.models import Grant

        number = Notification.objects.first().number
        for grant in Grant.objects.valid().filter(user=people["mrb1"]):
            accounts.end_grant(grant=grant, by=people["security"], reason="left the board")
        notifications.send_digests(at=NOON)
        assert all(number not in m.body for m in mail.outbox if m.to == ["mrb1@plant.example"])

    def test_a_real_server_gets_it_and_a_refusal_is_tried_again(self, addressed, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        with mail_server() as post:
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", post.port
            post.refuse = "mrb2@plant.example"
            assert notifications.send_digests(at=NOON) == 1
            post.refuse = ""
            assert notifications.send_digests(at=NOON) == 1
            assert notifications.send_digests(at=NOON) == 0
        assert [to for _sender, to, _body in post.messages] == [["mrb1@plant.example"], ["mrb2@plant.example"]]
        received = email.message_from_bytes(post.messages[1][2], policy=email.policy.default)
        assert "您的签名" in received.get_body(("plain",)).get_content() and received["Auto-Submitted"]

    def test_a_server_that_is_away_loses_nothing(self, addressed, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        assert notifications.send_digests(at=NOON) == 0
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        assert notifications.send_digests(at=NOON) == 2


def test_the_actor_of_a_row_is_named(make, people, news):
    ncr.edit(cause="INFO", ncr=make.report(), by=people["engineer"], reason="yours", owner=people["manager"])
    news()
    assert Notification.objects.get(user=person("manager")).actor == people["engineer"].full_name


def test_a_subject_of_several_lines_is_no_header(make, people, news):
    """What people type reaches a mail in its text alone; an address with a second line is refused, not sent (ASVS 1.3.11)."""
    record = make.ncr(state="IN_REVIEW")
    hostile = "Bore\r\nBcc: thief@example.com\r\n\r\n<script>"
    record = ncr.edit(cause="INFO", ncr=record, by=person("engineer"), reason="as they wrote", title=hostile)
    record = ncr.disposition(ncr=record, lines=[ncr.Line("scrap", record.affected_quantity)], by=person("engineer"))
    ncr.send_to_mrb(ncr=record, by=person("engineer"))
    news()
    reader = person("mrb1")
    reader.email = "mrb1@example.com"
    made = digest.message(reader, list(Notification.objects.filter(user=reader)))
    head = made.message().as_string().split("\n\n")[0]
    assert "Bcc" not in head and "thief" not in head and made.recipients() == ["mrb1@example.com"]
    reader.email = "mrb1@example.com\nBcc: thief@example.com"
    with pytest.raises(BadHeaderError):
        digest.message(reader, list(Notification.objects.filter(user=reader))).message()
