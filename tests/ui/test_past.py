"""Versions, comparison of any two, and the record as it was known at a moment: nothing later may be met there."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client

from ncr import actions as ncr
from qms import journal
from qms.accounts.models import User
from qms.lib.clock import now
from qms.masterdata.models import Item, MirrorVersion
from qms.records import actions as records
from tests.factories import person

PROVES = ("11.10(e)", "G14")
pytestmark = pytest.mark.django_db
LATER = "KANARIENVOGEL"


@pytest.fixture
def reader():
    def login(username="engineer"):
        client = Client()
        client.force_login(person(username))
        return client

    return login


@pytest.fixture
def story(make):
    """An NCR of several versions, with a hold, disposition lines, a comment and a file."""
    record = make.ncr(state="IN_REVIEW")
    records.comment(record=record, text="Seen in shift one", by=person("inspector"))
    record = ncr.edit(
        cause="INFO",
        ncr=make.fresh(record),
        by=person("engineer"),
        reason="measured again",
        title="Bore 0.2 mm too large",
    )
    record = ncr.disposition(ncr=record, by=person("engineer"), lines=[ncr.Line("scrap", record.affected_quantity)])
    return make.fresh(record)


def page(client, record, word="history", **params):
    answer = client.get(f"/r/{record.number}/{word}", params)
    return answer.status_code, answer.content.decode()


class TestVersions:
    def test_each_is_listed_with_who_what_and_why(self, reader, story):
        status, html = page(reader(), story)
        assert status == 200
        assert "measured again" in html and "Bore 0.2 mm too large" in html
        assert all(f'<th scope="row" class="text-end">{n}</th>' in html for n in range(1, story.version + 1))
        assert str(person("engineer")) in html

    def test_any_two_are_compared_whichever_comes_first(self, reader, story):
        client = reader()
        html = page(client, story, **{"from": 1, "to": story.version})[1]
        again = page(client, story, **{"from": story.version, "to": 1})[1]
        found = [part.partition("q-versions-walk")[2].partition('id="versions-title"')[0] for part in (html, again)]
        found = [part.partition("</nav>")[2] for part in found]
        assert found[0] == found[1]
        assert "Bore 0.2 mm too large" in found[0]
        for word in ("Disposition line", "Scrap", "Hold", "Posting", "Comment", "Seen in shift one", "added"):
            assert word in found[0], word

    def test_what_did_not_change_between_them_is_not_among_the_changes(self, reader, story):
        told = page(reader(), story, **{"from": story.version - 1, "to": story.version})[1]
        changes = told.partition('id="comparison"')[2].partition("q-fold")[0]
        assert "Scrap" in changes and "Bore 0.2 mm too large" not in changes
        assert "Bore 0.2 mm too large" in told.partition("q-fold")[2]

    def test_the_neighbours_are_one_step_away(self, reader, story):
        html = page(reader(), story, **{"from": 2, "to": 3})[1]
        assert "?from=1&amp;to=2" in html and ("?from=3&amp;to=4" in html or story.version == 3)

    def test_both_languages(self, reader, story):
        html = page(reader("mrb2"), story, **{"from": 1, "to": story.version})[1]
        assert "版本" in html and "处置" in html and "Disposition line" not in html

    @pytest.mark.parametrize(("params", "status"), [({"from": "x", "to": 1}, 422), ({"from": 1, "to": 99}, 404)])
    def test_a_version_that_is_none_is_refused_in_words(self, reader, story, params, status):
        assert page(reader(), story, **params)[0] == status

    def test_the_comparison_as_a_file_is_an_act(self, reader, story):
        answer = reader().get(f"/r/{story.number}/history", {"from": 1, "to": story.version, "format": "csv"})
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text)) if not row[0].startswith("#")]
        assert rows[0][:4] == ["Part of the record", "What", "Change", "Field"]
        assert any(row[-1] == "Bore 0.2 mm too large" for row in rows)
        assert journal.models.Entry.objects.filter(event="list.exported", object_key=str(story.pk)).exists()
        refused = reader("operator").get(f"/r/{story.number}/history", {"from": 1, "to": 2, "format": "csv"})
        assert refused.status_code == 403


class TestAsKnownThen:
    def test_nothing_that_came_later_is_met(self, reader, story, make, django_assert_max_num_queries):
        """Edits, comments, files, lines, names of people and of parts: each says the word only after the moment."""
        record, at = story, now()
        later(record, make)
        client = reader("auditor")
        for username in ("auditor", "mrb2"):  # of either language
            status, html = page(reader(username), record, "then", at=at.isoformat())
            assert status == 200 and LATER not in html
            assert "Bore 0.2 mm too large" in html and "Seen in shift one" in html
        with django_assert_max_num_queries(120):
            present = page(client, record, "then")[1]
        assert present.count(LATER) >= 5

    def test_earlier_versions_know_less(self, reader, story):
        first = page(reader(), story, "then", version=1)[1]
        assert "Bore 0.2 mm too large" not in first and "Seen in shift one" not in first and "Scrap" not in first
        assert "This is the past." in first

    def test_the_latest_says_that_it_is_the_present(self, reader, story):
        assert "This is the present." in page(reader(), story, "then")[1]
        assert "This is the present." in page(reader(), story, "then", version=story.version)[1]

    def test_the_moment_is_meant_in_the_readers_zone(self, reader, story):
        from django.utils import timezone

        here = timezone.localtime(now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
        status, html = page(reader(), story, "then", at=here)
        assert status == 404 and "was not recorded yet" in html

    @pytest.mark.parametrize("at", ["yesterday", "2026-13-45T99:00"])
    def test_what_is_no_moment_is_refused_in_words(self, reader, story, at):
        assert page(reader(), story, "then", at=at)[0] == 422

    def test_only_those_who_may_see_the_record_now(self, reader, story):
        stranger = reader("gongcheng")
        assert page(stranger, story, "then", version=1)[0] == 404
        assert page(stranger, story)[0] == 404


def later(record, make):
    """Everything that can be said later, said with the word."""
    engineer = person("engineer")
    records.comment(record=record, text=f"{LATER} comment", by=engineer)
    records.attach(record=record, name=f"{LATER}.txt", content=b"later", by=engineer)
    record = make.fresh(record)
    line = ncr.Line("use_as_is", record.affected_quantity, f"{LATER} instruction")
    record = ncr.disposition(ncr=record, by=engineer, lines=[line])
    record = ncr.edit(
        cause="INFO",
        ncr=record,
        by=engineer,
        reason=f"{LATER} reason",
        description=f"{LATER} description",
        title=f"{LATER} title",
    )
    item = record.item
    MirrorVersion.objects.create(
        object="items",
        source=item.source,
        external_id=item.external_id,
        content_hash=item.content_hash,
        content=item.content,
        run=record.uid,
        replaced_at=now(),
    )
    content = item.content.replace('"number":"', f'"number":"{LATER}')
    Item.objects.filter(pk=item.pk).update(number=LATER, name=LATER, content=content)
    with journal.act(journal.EVENTS["account.changed"], by=journal.SYSTEM) as act:
        inspector = User.objects.get(username="inspector")
        inspector.full_name = f"{LATER} name"
        inspector.save(update_fields=["full_name"])
        act.record(inspector)
