"""A login ends after a pause, and after twelve hours whatever is done; pages that ask by themselves do not keep it open."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.test import Client

from qms import journal
from qms.accounts import actions, sessions
from qms.accounts.models import FailedAttempt
from qms.demo.cast import PASSWORD
from qms.journal.models import Entry
from qms.lib.clock import now
from qms.lib.errors import Invalid
from tests.factories import person

pytestmark = pytest.mark.django_db
PAUSE, LONGEST = timedelta(minutes=settings.IDLE_MINUTES), timedelta(seconds=settings.SESSION_COOKIE_AGE)
SECOND = timedelta(seconds=1)


class Desk:
    """A browser and a clock."""

    def __init__(self, monkeypatch):
        self.at, self.client = now(), Client()
        monkeypatch.setattr(sessions, "now", lambda: self.at)
        self.client.post("/login", {"username": "engineer", "password": PASSWORD})

    def after(self, time, path="/ncr/", **headers):
        self.at += time
        return self.client.get(path, headers=headers).status_code


@pytest.fixture
def desk(monkeypatch):
    return Desk(monkeypatch)


def test_a_pause_ends_it_to_the_second(desk):
    assert desk.after(PAUSE - 2 * SECOND) == 200
    assert desk.after(PAUSE - SECOND) == 200
    assert desk.after(PAUSE) == 302 and desk.after(SECOND) == 302
    assert desk.after(SECOND, "/api/v1/ncrs") == 401


def test_twelve_hours_end_it_however_busy(desk):
    turn = PAUSE - 60 * SECOND
    for _turn in range(24):
        assert desk.after(turn) == 200
    left = LONGEST - 24 * turn
    assert timedelta(0) < left < PAUSE
    assert desk.after(left - SECOND) == 200
    assert desk.after(SECOND) == 302


def test_a_page_that_asks_by_itself_keeps_nothing_open(desk):
    minute = timedelta(minutes=2)
    for _turn in range(int(PAUSE / minute) - 1):
        desk.after(minute, "/ncr/", **{"X-Seen": "1"})
        desk.after(timedelta(0), "/session")
    assert desk.after(2 * minute) == 302


def logged_in(agent: str) -> Client:
    client = Client(headers={"user-agent": agent})
    assert client.post("/login", {"username": "engineer", "password": PASSWORD}).status_code == 302
    return client


def test_people_see_their_sessions_and_end_the_others_with_their_password():
    mine = logged_in("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36")
    lost = logged_in("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605 Version/18.0 Safari/605")
    other = Client()
    other.post("/login", {"username": "inspector", "password": PASSWORD})
    page = mine.get("/account/sessions").content.decode()
    assert "Chrome 140, Linux" in page and "Safari 605, iPhone" in page and page.count('name="marks"') == 1
    assert lost.session.session_key not in page
    [gone] = [one for one in sessions.of(person("engineer"), mine.session.session_key) if not one.is_here]
    alien = sessions.of(person("inspector"))[0].mark
    for said, status in (
        ({"marks": [gone.mark], "current": "wrong"}, 422),
        ({"marks": [alien], "current": PASSWORD}, 422),
        ({"current": PASSWORD}, 422),
    ):
        assert mine.post("/account/sessions", said).status_code == status
    assert FailedAttempt.objects.filter(username_key="engineer").exists()  # it counts towards the lockout
    assert lost.get("/ncr/").status_code == 200
    assert mine.post("/account/sessions", {"marks": [gone.mark], "current": PASSWORD}).status_code == 302
    assert [one.get("/ncr/").status_code for one in (mine, lost, other)] == [200, 302, 200]
    assert Entry.objects.filter(event="account.sessions_ended").latest("id").actor_id == str(person("engineer").pk)


def test_whoever_has_no_password_here_ends_them_soon_after_signing_in():
    mine, lost = logged_in("Firefox/141.0"), logged_in("Firefox/140.0")
    user = person("engineer")
    with journal.act(journal.EVENTS["account.changed"], by=journal.SYSTEM) as act:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        act.record(user)
    here = mine.session.session_key
    for client in (mine, lost):  # sessions of a provider are bound to what stands now
        session = client.session
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
    marks = [one.mark for one in sessions.of(user, here) if not one.is_here]
    with pytest.raises(Invalid, match="five minutes"):
        actions.end_sessions(user=user, marks=marks, here=here, current="", is_fresh=False)
    assert actions.end_sessions(user=user, marks=marks, here=here, current="", is_fresh=True) == 1
    assert lost.get("/ncr/").status_code == 302 and mine.get("/ncr/").status_code == 200
