"""My work: what waits for whom, never more queries for more rows, put off and handed on by acts."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from ncr import actions as ncr
from ncr.models import Nonconformance
from qms.insight import actions, queries, worklist
from qms.insight.models import Deferral
from qms.journal.models import Entry
from qms.lib.errors import Invalid
from qms.lib.ids import uuid7
from tests.factories import person, signing


def today():
    """Asked for at each use: a run goes on over midnight."""
    return timezone.localdate()


def asked(username):
    return {(task.label, task.step) for task in worklist.of(person(username)).tasks}


@pytest.mark.parametrize(
    ("state", "step", "who", "not_who"),
    [
        ("OPEN", "start-review", "engineer", "operator"),
        ("IN_REVIEW", "disposition", "engineer", "mrb1"),
        ("IN_MRB", "approve", "mrb1", "engineer"),
        ("DISPOSITIONED", "execute", "engineer", "supervisor"),
        ("VERIFICATION", "close", "supervisor", "inspector"),
        ("DRAFT", "submit", "inspector", "engineer"),
    ],
)
def test_the_next_step_waits_for_who_may_take_it(make, people, state, step, who, not_who):
    record = make.ncr(state=state)
    assert (record.number, step) in asked(who)
    assert record.number not in {number for number, _step in asked(not_who)}


def test_another_site_has_nothing_of_it(make, people):
    make.ncr(state="IN_MRB")
    make.ncr(state="OPEN")
    assert asked("gongcheng") == set()


def test_who_has_signed_is_not_asked_again(make, people):
    record = make.ncr(state="IN_MRB")
    ncr.approve(ncr=record, by=people["mrb1"], signing=signing(people["mrb1"]))
    assert asked("mrb1") == set() and (record.number, "approve") in asked("mrb2")


def test_work_of_an_owner_is_the_owners_alone(make, people):
    record = make.ncr(state="IN_REVIEW")
    assert (record.number, "disposition") in asked("engineer")
    record = ncr.edit(cause="INFO", ncr=record, by=people["engineer"], reason="hand over", owner=people["supplierq"])
    assert (record.number, "disposition") in asked("supplierq")
    assert record.number not in {number for number, _ in asked("engineer")}


def test_a_board_task_follows_decided_lines(make, people):
    record = make.ncr(state="IN_REVIEW")
    ncr.disposition(ncr=record, lines=[ncr.Line("scrap", record.affected_quantity)], by=people["engineer"])
    assert asked("engineer") == {(record.number, "send-to-mrb")}


def test_groups_follow_the_due_dates(make, people):
    for days in (-1, 0, 90, None):
        due = today() + dt.timedelta(days=days) if days is not None else None
        ncr.edit(
            cause="INFO",
            ncr=make.report(),
            by=people["engineer"],
            reason="plan it",
            due_date=due,
            owner=people["engineer"],
        )
    work = worklist.of(people["engineer"])
    assert [(g.key, len(g.tasks)) for g in work.groups()] == [("overdue", 1), ("today", 1), ("later", 2)]
    assert [len(g.tasks) for g in work.groups(show="overdue")] == [1] and work.groups(kind="signature") == []


def test_what_waits_for_others_is_counted(make, people):
    record = make.ncr(state="IN_MRB")
    assert [row.number for row in worklist.of(people["inspector"]).others] == [record.number]
    assert worklist.of(people["mrb1"]).others == []


def test_queries_do_not_grow_with_the_queue(make, people, client):
    def count():
        client.force_login(person("engineer"))
        with CaptureQueriesContext(connection) as asked_for:
            assert client.get(reverse("home")).status_code == 200
        return len(asked_for)

    for state in ("OPEN", "IN_REVIEW", "IN_MRB", "VERIFICATION", "DISPOSITIONED"):
        make.ncr(state=state)
    few = count()
    for _ in range(4):
        for state in ("OPEN", "IN_REVIEW", "DISPOSITIONED"):
            make.ncr(state=state)
    assert count() <= few <= 30, "one or two for each kind of record that asks something"


class TestPuttingOff:
    def test_it_leaves_the_queue_until_that_day_and_stays_in_others(self, make, people):
        record = make.report()
        actions.snooze(
            record=record,
            step="start-review",
            until=today() + dt.timedelta(days=2),
            reason="await lab",
            by=people["engineer"],
        )
        assert asked("engineer") == set() and asked("manager") == {(record.number, "start-review")}
        assert [task.label for task, _ in worklist.of(people["engineer"]).put_off] == [record.number]
        assert Entry.objects.get(event="task.snoozed").object_key == str(record.pk)

    def test_it_comes_back_on_the_day(self, make, people, monkeypatch):
        record = make.report()
        day = today() + dt.timedelta(days=1)
        actions.snooze(record=record, step="start-review", until=day, reason="await lab", by=people["engineer"])
        monkeypatch.setattr(timezone, "localdate", lambda: day)
        assert asked("engineer") == {(record.number, "start-review")}

    def test_it_is_taken_back_once(self, make, people):
        record = make.report()
        actions.snooze(
            record=record,
            step="start-review",
            until=today() + dt.timedelta(days=2),
            reason="await lab",
            by=people["engineer"],
        )
        actions.wake(record=record, step="start-review", by=people["engineer"])
        assert asked("engineer") == {(record.number, "start-review")}
        with pytest.raises(Invalid):
            actions.wake(record=record, step="start-review", by=people["engineer"])

    @pytest.mark.parametrize(
        ("days", "reason"), [(0, "await lab"), (-3, "await lab"), (61, "await lab"), (2, "n/a"), (2, "")]
    )
    def test_a_day_that_has_come_or_no_reason_is_refused(self, make, people, days, reason):
        with pytest.raises(Invalid):
            actions.snooze(
                record=make.report(),
                step="start-review",
                until=today() + dt.timedelta(days=days),
                reason=reason,
                by=people["engineer"],
            )
        assert not Deferral.objects.exists()


class TestHandingOver:
    def test_it_moves_to_the_other_person(self, make, people):
        record = make.ncr(state="IN_REVIEW")  # owned by the engineer
        actions.delegate(
            record=record, step="disposition", to=people["supplierq"], reason="I am away", by=people["engineer"]
        )
        assert asked("engineer") == set() and asked("supplierq") == {(record.number, "disposition")}
        (task,) = worklist.of(people["supplierq"]).tasks
        assert task.handed_by == people["engineer"]

    def test_nobody_without_the_right_and_no_initiator_may_get_it(self, make, people):
        record = make.ncr(state="VERIFICATION")
        for who in ("operator", "gongcheng", "inspector", "supervisor"):
            with pytest.raises(Invalid):
                actions.delegate(
                    record=record, step="close", to=people[who], reason="I am away", by=people["supervisor"]
                )
        actions.delegate(record=record, step="close", to=people["manager"], reason="I am away", by=people["supervisor"])


class TestPages:
    def test_an_empty_queue_says_what_waits_for_others(self, client, people, make):
        make.ncr(state="IN_MRB")
        client.force_login(people["inspector"])
        assert "1 item of yours is waiting for others" in client.get(reverse("home")).content.decode()
        assert "MRB" in client.get(reverse("home"), {"show": "others"}).content.decode()

    def test_a_task_is_put_off_by_its_form(self, client, people, make):
        record = make.report()
        client.force_login(people["engineer"])
        url = f"{reverse('insight:snooze', args=[record.number])}?step=start-review"
        assert client.get(url).status_code == 200
        data = {"_key": str(uuid7()), "until": (today() + dt.timedelta(days=1)).isoformat(), "reason": "await lab"}
        assert client.post(url, data).status_code == 302 and asked("engineer") == set()
        assert client.get(url).status_code == 409

    def test_only_people_who_may_do_it_are_offered(self, client, people, make):
        record = make.report()
        client.force_login(people["engineer"])
        page = client.get(f"{reverse('insight:delegate', args=[record.number])}?step=start-review").content.decode()
        assert "Maren Vogt" in page and "Otto Kern" not in page and "王芳" not in page

    def test_what_is_not_visible_does_not_exist(self, client, people, make):
        record = make.report()
        client.force_login(people["gongcheng"])
        assert client.get(f"{reverse('insight:snooze', args=[record.number])}?step=start-review").status_code == 404

    def test_signing_through_opens_the_next_item(self, client, people, make):
        first, second = make.ncr(state="IN_MRB"), make.ncr(state="IN_MRB")
        client.force_login(people["mrb1"])
        url = reverse("insight:next-signature")
        for _ in range(2):
            opened = client.get(url)["Location"]
            record = next(r for r in (first, second) if r.number in opened)
            data = {"_key": str(uuid7()), "version": str(record.version), "_sign": "1", "_username": "mrb1"}
            answer = client.post(opened, {**data, "_password": "meridian-demo-plant"})
            assert answer.status_code == 302 and answer["Location"] == url
        assert client.get(url)["Location"] == reverse("home")
        assert all(len(r.valid_approvals()) == 1 for r in Nonconformance.objects.all())

    def test_after_a_signature_nobody_is_sent_elsewhere(self, client, people, make):
        record = make.ncr(state="IN_MRB")
        client.force_login(people["mrb1"])
        data = {"_key": str(uuid7()), "version": str(record.version), "_sign": "1", "_username": "mrb1"}
        url = f"{reverse('ncr:approve', args=[record.number])}?then=https://elsewhere.example/"
        answer = client.post(url, {**data, "_password": "meridian-demo-plant"})
        assert answer["Location"] == record.get_absolute_url()


def test_recent_records_are_shown_as_long_as_they_are_visible(client, people, make):
    record = make.report()
    client.force_login(people["engineer"])
    client.get(record.get_absolute_url())
    assert [hit.label for hit in queries.recent_records(people["engineer"])][:1] == [record.number]
