"""The list that a review of access looks at: every role and token with its last use, and nothing that was guessed."""

import pytest
from django.test import Client

from qms.accounts.models import Grant, Site
from qms.journal.models import Entry
from qms.office import access
from qms.records import actions as records
from tests.factories import person

PROVES = ("11.10(d)",)
pytestmark = pytest.mark.django_db


def held(username, role):
    return access.grants(None).get(user__username=username, role=role)


def test_last_use_is_the_last_step_that_asks_a_right_of_the_role(make):
    assert held("engineer", "quality_engineer").used_at is None
    record = make.ncr(state="IN_REVIEW", held=False)
    started = Entry.objects.filter(event="ncr.review_started", object_key=str(record.pk)).latest("pk")
    grant = held("engineer", "quality_engineer")
    assert grant.used_at == started.ts and access.state(grant) == "used"
    assert access.state(held("gongcheng", "quality_engineer")) == "never", "another person of the role, another site"


def test_a_comment_is_an_act_and_no_step(make):
    record = make.ncr()
    records.comment(record=record, text="Seen", by=person("mrb1"))
    grant = held("mrb1", "mrb_member")
    assert grant.used_at is None and grant.acted_at is not None and access.state(grant) == "never"


def test_a_role_without_steps_says_that_its_use_is_not_known():
    assert access.state(access.grants(None).filter(role="auditor").first()) == "unknown"
    assert access.events_of("auditor") == set()


def test_a_step_on_another_site_is_no_use_of_this_grant(make):
    make.ncr(state="IN_REVIEW", held=False)
    grant = held("engineer", "quality_engineer")
    grant.site_id = Site.objects.get(code="SUZ").pk
    acts = access._last_acts({str(grant.user_id)})
    assert access._used(grant, acts, access.events_of("quality_engineer")) is None


def test_the_pages_and_their_files(make):
    make.ncr(state="IN_REVIEW", held=False)
    reader = Client()
    reader.force_login(person("auditor"))
    html = reader.get("/people/access?size=100").content.decode()
    assert "Quentin Adler" in html and "No step so far" in html and "Steps taken" in html
    for order in ("used_at", "-acted_at", "valid_to"):
        assert reader.get(f"/people/access?order={order}&size=25").status_code == 200
    assert reader.get("/people/tokens?order=-used_at").status_code == 200
    file = reader.get("/people/access?format=csv")
    rows = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()
    assert sum(not row.startswith('"# ') for row in rows) == access.grants(None).count() + 1
    assert Entry.objects.filter(event="list.exported", object_key="list:access").exists()
    assert reader.get("/people/tokens").status_code == 200
    stranger = Client()
    stranger.force_login(person("engineer"))
    assert stranger.get("/people/access").status_code == 403 and stranger.get("/people/tokens").status_code == 403
    assert Grant.objects.exists()
