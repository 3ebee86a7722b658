"""Releases asked for many holds at once: each its own act, the ones that cannot say why, another set is refused."""

import pytest

from ncr.models import Hold
from qms.commands.models import Posting
from qms.journal.models import Entry
from tests.ui.test_bulk import sure

pytestmark = pytest.mark.django_db
URL = "/holds/bulk"


@pytest.fixture
def post(client, people):
    def run(who, **data):
        client.force_login(people[who])
        return client.post(URL, data)

    return run


@pytest.fixture
def holds(make):
    return [make.hold(make.report()) for _ in range(2)]


def test_the_list_of_holds_offers_it_to_those_who_may(client, people, holds):
    client.force_login(people["engineer"])
    assert 'value="release"' in client.get("/holds/").content.decode()
    client.force_login(people["inspector"])
    shown = client.get("/holds/").content.decode()
    assert 'value="release"' not in shown and 'value="comment"' in shown


def test_each_release_is_asked_of_the_erp_and_one_that_is_not_active_says_why(post, make, holds):
    waiting = make.hold(make.report(), posted=False)
    page = post("supervisor", act="release", key=[h.pk for h in (*holds, waiting)])
    assert "2 records will change" in page.content.decode() and "Not possible in the status" in page.content.decode()
    done = post("supervisor", **sure(page, reason="Measured again on the CMM: within tolerance"))
    assert done.status_code == 200 and "2 records were changed" in done.content.decode()
    assert set(Hold.objects.filter(pk__in=[h.pk for h in holds]).values_list("state", flat=True)) == {
        "RELEASE_REQUESTED"
    }
    assert Posting.objects.filter(kind="RELEASE").count() == 2
    assert Entry.objects.filter(event="hold.release_requested", kind="act").count() == 2
    assert Hold.objects.get(pk=waiting.pk).state == "REQUESTED"


def test_nothing_is_done_when_the_set_changed_or_the_right_is_missing(post, make, holds):
    page = post("supervisor", act="release", all="1", query="?state=ACTIVE", expected="2")
    data = sure(page, reason="all of them are good")
    make.hold(make.report())
    assert post("supervisor", **data).status_code == 409
    assert post("inspector", act="release", key=[h.pk for h in holds]).status_code == 403
    assert not Posting.objects.filter(kind="RELEASE").exists()
