"""Bulk acts: the set that was read or nothing, each record its own act, long ones as a job."""

import pytest
from django.urls import reverse

from ncr import actions as ncr
from ncr.models import Nonconformance
from qms.journal.models import Entry
from qms.ui import bulk, tasks
from qms.ui.models import BulkJob

URL = "/ncr/bulk"


@pytest.fixture
def three(make):
    return [make.report() for _ in range(3)]


@pytest.fixture
def post(client, people):
    def run(who, **data):
        client.force_login(people[who])
        return client.post(URL, data)

    return run


def sure(page, **data):
    """What the preview's form sends."""
    context = page.context
    replay: dict = {}
    for name, value in context["replay"]:
        replay.setdefault(name, []).append(value)
    return {**replay, "phase": "do", "digest": context["found"].digest, **data}


def test_the_bar_stands_in_the_fragment_with_filter_and_count(client, people, three):
    client.force_login(people["engineer"])
    part = client.get("/ncr/?state=OPEN&size=25", headers={"HX-Request": "true"}).content.decode()
    assert 'id="q-bulk"' in part and 'name="expected" value="3"' in part and "state=OPEN" in part
    client.force_login(people["auditor"])
    assert 'id="q-bulk"' not in client.get("/ncr/").content.decode()


def test_a_preview_names_what_will_not_change_and_why(post, make, three):
    closed = make.ncr(state="CLOSED")
    page = post("engineer", act="owner", key=[closed.pk, *(r.pk for r in three)])
    text = page.content.decode()
    assert page.status_code == 200 and "3 records will change" in text and "Closed" in text
    assert Entry.objects.filter(event="ncr.edited").count() == 0


def test_each_record_is_its_own_act(post, people, three):
    page = post("engineer", act="owner", key=[r.pk for r in three])
    data = sure(page, owner=people["supplierq"].pk, cause="ASSIGNED", reason="supplier parts")
    done = post("engineer", **data)
    assert done.status_code == 200 and "3 records were changed" in done.content.decode()
    assert set(Nonconformance.objects.values_list("owner__username", flat=True)) == {"supplierq"}
    entries = Entry.objects.filter(event="ncr.edited", kind="act")
    assert entries.count() == 3 and len({entry.act_id for entry in entries}) == 3


def test_all_matching_is_refused_when_the_set_grew_before_the_preview(post, make, three):
    make.report()
    answer = post("engineer", act="review", all="1", query="?state=OPEN", expected="3")
    assert answer.status_code == 409 and "you chose 3 records, now there are 4" in answer.content.decode()
    assert not Nonconformance.objects.filter(state="IN_REVIEW").exists()


def test_all_matching_is_refused_when_another_person_changed_the_set_after_the_preview(post, people, make, three):
    page = post("engineer", act="review", all="1", query="state=OPEN", expected="3")
    ncr.cancel(ncr=three[0], by=people["manager"], reason="reported twice")
    assert post("engineer", **sure(page)).status_code == 409
    make.report()  # as many as before, but others
    answer = post("engineer", **sure(page))
    assert answer.status_code == 409 and "other records match now" in answer.content.decode()
    assert not Nonconformance.objects.filter(state="IN_REVIEW").exists()


def test_only_the_filtered_rows_change(post, make, three):
    other = make.ncr(state="IN_REVIEW")
    page = post("engineer", act="review", all="1", query="?state=OPEN", expected="3")
    assert post("engineer", **sure(page)).status_code == 200
    assert Nonconformance.objects.filter(state="IN_REVIEW").count() == 4
    assert Nonconformance.objects.get(pk=other.pk).version == other.version


def test_rows_of_another_site_cannot_be_named(post, three):
    answer = post("gongcheng", act="comment", key=[r.pk for r in three])
    assert answer.status_code == 409 and not any(r.number in answer.content.decode() for r in three)


@pytest.mark.parametrize(
    ("data", "status"), [({}, 422), ({"act": "comment"}, 422), ({"act": "nothing", "key": "1"}, 422)]
)
def test_nothing_chosen_is_said(post, db, data, status):
    assert post("engineer", **data).status_code == status


def test_an_act_needs_its_right(post, three):
    assert post("auditor", act="owner", key=[three[0].pk]).status_code == 403
    assert post("operator", act="review", key=[three[0].pk]).status_code == 403


def test_a_missing_reason_keeps_the_preview(post, people, three):
    page = post("engineer", act="owner", key=[three[0].pk])
    answer = post("engineer", **sure(page, owner=people["supplierq"].pk))
    assert answer.status_code == 422 and "1 record will change" in answer.content.decode()


class TestJobs:
    @pytest.fixture
    def job(self, post, three, monkeypatch):
        monkeypatch.setattr(bulk, "IN_PAGE", 2)
        rung = []
        monkeypatch.setattr(tasks, "ring", lambda job: rung.append(job.pk))
        page = post("engineer", act="comment", all="1", query="", expected="3")
        answer = post("engineer", **sure(page, text="To be sorted by Friday"))
        made = BulkJob.objects.get()
        assert answer["Location"] == reverse("ui:job", args=[made.uid]) and rung == [made.pk]
        return made

    def test_many_records_become_a_job_that_a_second_bell_does_not_repeat(self, job, client):
        tasks.run_bulk(job.pk)
        tasks.run_bulk(job.pk)
        assert Entry.objects.filter(event="record.commented").count() == 3
        page = client.get(reverse("ui:job", args=[job.uid])).content.decode()
        assert "3 records were changed" in page and "hx-get" not in page.split('id="q-job"')[1][:60]

    def test_a_right_lost_meanwhile_counts(self, job, people):
        from qms.accounts import actions as accounts
        from qms.accounts.models import Grant

        for grant in Grant.objects.valid().filter(user=people["engineer"]):
            accounts.end_grant(grant=grant, by=people["security"], reason="left the plant")
        tasks.run_bulk(job.pk)
        job.refresh_from_db()
        assert job.changed == [] and len(job.refused) == 3

    def test_it_is_cancelled_and_nobody_elses(self, job, client, people):
        url = reverse("ui:job", args=[job.uid])
        client.force_login(people["manager"])
        assert client.get(url).status_code == client.post(url).status_code == 404
        client.force_login(people["engineer"])
        client.post(url)
        tasks.run_bulk(job.pk)
        assert not Entry.objects.filter(event="record.commented").exists()
        assert "Cancelled" in client.get(url).content.decode()
