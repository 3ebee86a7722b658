"""Saved views: the URL under a name, own and shared, with counts, first view, removal and undo."""

import pytest
from django.urls import reverse

from qms.ui import saved
from qms.ui.models import SavedView

SAVE = "/views/save"


@pytest.fixture
def send(client, people):
    def run(who, url, **data):
        client.force_login(people[who])
        return client.post(url, data)

    return run


@pytest.fixture
def mine(send, db):
    answer = send("engineer", SAVE, path="/ncr/", query="?state=OPEN&after=abc&order=-id", name="Fresh ones")
    assert answer["Location"] == "/ncr/?state=OPEN&order=-id"
    return SavedView.objects.get()


def change(send, view, act, who="engineer"):
    return send(who, reverse("ui:view-change", args=[view.uid]), act=act)


def test_a_view_is_a_tab_with_its_count(mine, make, client):
    make.report()
    make.ncr(state="IN_REVIEW")
    page = client.get("/ncr/?state=OPEN&order=-id").content.decode()
    assert "Fresh ones" in page and 'hx-get="/lists/ncrs/tabs?state=OPEN' in page
    tabs = client.get("/lists/ncrs/tabs?state=OPEN&order=-id").content.decode()
    chosen = tabs.split('aria-current="page"')[1].split("</a>")[0]
    assert "Fresh ones" in chosen and ">1</span>" in chosen


def test_the_same_name_renews_the_view(mine, send):
    send("engineer", SAVE, path="/ncr/", query="state=CLOSED", name="Fresh ones")
    assert SavedView.objects.get().query == "state=CLOSED"


def test_another_person_sees_only_shared_ones(mine, send, client, people):
    client.force_login(people["manager"])
    assert "Fresh ones" not in client.get("/ncr/").content.decode()
    send("engineer", SAVE, path="/ncr/", query="state=OPEN", name="Fresh ones", shared="1")
    client.force_login(people["manager"])
    assert "Fresh ones" in client.get("/ncr/").content.decode()
    assert change(send, SavedView.objects.get(), "remove", who="manager").status_code == 403


def test_sharing_needs_its_right(send, db):
    assert send("operator", SAVE, path="/ncr/", query="", name="All", shared="1").status_code == 403
    assert send("operator", SAVE, path="/ncr/", query="", name="All").status_code == 302


@pytest.mark.parametrize("path", ["/", "/nowhere", "https://elsewhere.example/ncr/", "/ncr/new", ""])
def test_only_lists_have_views(send, db, path):
    assert send("engineer", SAVE, path=path, query="", name="x").status_code == 422


def test_a_list_that_is_not_open_takes_no_view(send, db):
    assert send("operator", SAVE, path="/people/", query="", name="x").status_code == 403


def test_removed_and_brought_back(mine, send, client):
    change(send, mine, "remove")
    page = client.get("/ncr/").content.decode()
    assert "Fresh ones was removed" in page
    change(send, mine, "bring-back")
    assert SavedView.objects.live().get() == mine
    change(send, mine, "remove")
    send("engineer", SAVE, path="/ncr/", query="", name="Fresh ones")
    assert change(send, mine, "bring-back").status_code == 422


def test_the_first_view_and_the_way_around_it(mine, send, client):
    change(send, mine, "default")
    assert client.get("/ncr/")["Location"] == "/ncr/?state=OPEN&order=-id"
    assert client.get("/ncr/?view=all").status_code == 200
    change(send, mine, "default")
    assert client.get("/ncr/").status_code == 200


def test_views_of_others_cannot_be_touched(mine, send):
    for act in ("remove", "default", "bring-back"):
        assert change(send, mine, act, who="manager").status_code == 404


def test_a_filter_that_means_nothing_any_more_has_no_count(mine, client, people):
    from ncr.tables import NCRS

    assert saved.count(NCRS, people["engineer"], "state=GONE") is None


def test_counts_are_those_of_the_reader(mine, make, client, people):
    make.report()
    client.force_login(people["gongcheng"])
    assert ">1</span>" not in client.get("/lists/ncrs/tabs").content.decode()
    client.force_login(people["admin"])
    assert client.get("/lists/ncrs/tabs").status_code == 404


def test_the_palette_finds_a_view(mine, client):
    part = client.get("/palette", {"q": "fresh"}, headers={"HX-Request": "true"}).content.decode()
    assert "/ncr/?state=OPEN" in part
